"""Rows of what lies in batches: items by state, and the places of those nobody has decided about."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import NamedTuple

from sqlalchemy import Connection, delete, func, select, update

from annodesk.model.work import ItemState, Slot, SlotState, Stage
from annodesk.store import tables as t
from annodesk.store import tasks
from annodesk.store.local_tables import journal


def items_by_state(db: Connection, project_id: str) -> Mapping[str, Mapping[ItemState, int]]:
    """How many items of each batch are in each state."""
    joined = t.item.join(t.item_state, t.item_state.c.item_id == t.item.c.id)
    query = select(t.item.c.batch_id, t.item_state.c.state, func.count()).select_from(joined)
    found: dict[str, dict[ItemState, int]] = {}
    mine = query.where(t.item.c.project_id == project_id).group_by(t.item.c.batch_id, t.item_state.c.state)
    for batch_id, state, n in db.execute(mine):
        found.setdefault(batch_id, {})[ItemState(state)] = n
    return found


def items_of(db: Connection, batch_id: str) -> list[str]:
    """The items of a batch."""
    return list(db.execute(select(t.item.c.id).where(t.item.c.batch_id == batch_id).order_by(t.item.c.id)).scalars())


def items_after(db: Connection, project_id: str, batch_id: str, after: str, most: int) -> list[str]:
    """The next so many items of a batch after one."""
    item = t.item.c
    mine = (item.project_id == project_id) & (item.batch_id == batch_id) & (item.id > after)
    return list(db.execute(select(item.id).where(mine).order_by(item.id).limit(most)).scalars())


def open_slots(db: Connection, project_id: str, batch_id: str) -> dict[str, list[Slot]]:
    """The places of a batch's tasks to label whose items nobody has decided about, by task."""
    undecided = select(t.item.c.id).join(t.item_state, t.item_state.c.item_id == t.item.c.id)
    undecided = undecided.where(t.item.c.batch_id == batch_id, t.item_state.c.state == ItemState.OPEN.value)
    where = (t.task.c.project_id == project_id) & (t.task.c.stage == Stage.ANNOTATE.value)
    return tasks.slots_by_task(db, where & t.task.c.item_id.in_(undecided))


def narrow_tasks(db: Connection, batch_id: str, people: int, most: int) -> list[str]:
    """Some tasks to label of a batch with fewer places than people, of items that nobody has decided about."""
    joined = t.item.join(t.item_state, t.item_state.c.item_id == t.item.c.id)
    joined = joined.join(t.task, t.task.c.item_id == t.item.c.id).join(t.slot, t.slot.c.task_id == t.task.c.id)
    where = (t.item.c.batch_id == batch_id) & (t.item_state.c.state == ItemState.OPEN.value)
    query = select(t.slot.c.task_id).select_from(joined).where(where, t.task.c.stage == Stage.ANNOTATE.value)
    grouped = query.group_by(t.slot.c.task_id).having(func.count() < people).order_by(t.slot.c.task_id)
    return list(db.execute(grouped.limit(most)).scalars())


def drop_slots(db: Connection, slot_ids: Collection[str]) -> None:
    """Give up places that nobody has taken."""
    where = t.slot.c.id.in_(list(slot_ids)) & t.slot.c.claim_id.is_(None)
    db.execute(delete(t.slot).where(where))


def set_overlap(db: Connection, task_id: str, people: int) -> None:
    """How many people a task is for from now on."""
    db.execute(update(t.task_plan).where(t.task_plan.c.task_id == task_id).values(overlap=people))


def shift_priority(db: Connection, batch_id: str, by: int) -> None:
    """Make all tasks of a batch more or less urgent."""
    of_batch = select(t.task.c.id).join(t.item, t.item.c.id == t.task.c.item_id).where(t.item.c.batch_id == batch_id)
    changed = update(t.task_plan).where(t.task_plan.c.task_id.in_(of_batch))
    db.execute(changed.values(priority=t.task_plan.c.priority + by))


class PairRow(NamedTuple):
    """How two people agree on a part of a task; sets stand for them where it is not known here who they are."""

    item_id: str
    part: str
    author_a: str
    author_b: str
    value: float


def pair_scores(db: Connection, batch_id: str) -> list[PairRow]:
    """How each two people agree on the items of a batch, whose answers count beside each other."""
    score, a, b = t.score.c, t.annotation_set.alias(), t.annotation_set.alias()
    joined = t.score.join(t.item, t.item.c.id == score.item_id)
    joined = joined.outerjoin(a, a.c.id == score.set_a).outerjoin(b, b.c.id == score.set_b)
    who = [func.coalesce(side.c.author_id, made) for side, made in ((a, score.set_a), (b, score.set_b))]
    query = select(score.item_id, score.part, *who, score.value).select_from(joined)
    told = (t.item.c.batch_id == batch_id) & score.is_current.is_(True) & (score.scope == "pair")
    query = query.where(told, score.label.is_(None), score.value.is_not(None)).order_by(score.id)
    return [PairRow(r[0], r[1], r[2], r[3], r[4]) for r in db.execute(query)]


def answer_times_us(db: Connection, batch_id: str) -> list[int]:
    """The working time of each answer that was handed in on the items of a batch, in the local file."""
    held = t.claim.join(t.task, t.task.c.id == t.claim.c.task_id).join(t.item, t.item.c.id == t.task.c.item_id)
    held = held.join(journal, journal.c.set_id == t.claim.c.set_id)
    where = (t.item.c.batch_id == batch_id) & (t.task.c.stage == Stage.ANNOTATE.value)
    query = select(func.sum(journal.c.elapsed_us)).select_from(held)
    query = query.where(where, t.claim.c.state == SlotState.SUBMITTED.value)
    spent = query.group_by(t.task.c.item_id, t.claim.c.person_id)
    return [int(one) for one in db.execute(spent).scalars() if one]
