"""Items that the model has answered, a page at a time: which nobody has begun, and which were decided about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, func, select, update

from annodesk.model.annotations import AuthorKind
from annodesk.model.work import BatchState, ItemState, Stage
from annodesk.store import precedents, takedown
from annodesk.store import tables as t


class Answered(NamedTuple):
    """An item, and the newest of the model's sets on it: with another one it is to be looked at again."""

    item_id: str
    answer: str


def answered(db: Connection, project_id: str, after: str, most: int) -> tuple[list[Answered], str]:
    """The items of the next so many tasks that the model has answered, and where to go on: empty after the last."""
    sets = t.annotation_set.c
    by_model = (sets.project_id == project_id) & (sets.author_kind == AuthorKind.MODEL.value)
    newest = select(sets.task_id, func.max(sets.id).label("answer")).where(by_model, sets.task_id > after)
    answers = {
        r.task_id: r.answer for r in db.execute(newest.group_by(sets.task_id).order_by(sets.task_id).limit(most))
    }
    if not answers:
        return [], ""
    looked_at, task = list(answers), t.task.c
    of_task = select(task.id, task.item_id).where(task.project_id == project_id, task.id.in_(looked_at))
    found: dict[str, str] = {}
    for row in db.execute(of_task):
        found[row.item_id] = max(answers[row.id], found.get(row.item_id, ""))
    place = looked_at[-1] if len(looked_at) == most else ""
    return [Answered(item_id, answer) for item_id, answer in sorted(found.items())], place


def newest_of(db: Connection, project_id: str, item_ids: Sequence[str]) -> list[tuple[str, str, str]]:
    """Of some items the tasks to label that the model has answered: item, task, and its newest set."""
    sets, task = t.annotation_set.c, t.task.c
    mine = (task.project_id == project_id) & task.item_id.in_(item_ids) & (task.stage == Stage.ANNOTATE.value)
    of_task = {row.id: row.item_id for row in db.execute(select(task.id, task.item_id).where(mine))}
    by_model = (sets.project_id == project_id) & (sets.author_kind == AuthorKind.MODEL.value)
    newest = select(sets.task_id, func.max(sets.id).label("answer")).where(by_model, sets.task_id.in_(list(of_task)))
    return [(of_task[row.task_id], row.task_id, row.answer) for row in db.execute(newest.group_by(sets.task_id))]


def hold(db: Connection, task_id: str) -> None:
    """Let no other worker write what the model says of a task until the transaction ends; alone there is no other."""
    if db.dialect.name == "postgresql":
        db.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(task_id, 0))))


def unbegun(db: Connection, project_id: str, item_ids: list[str]) -> set[str]:
    """Of some items the open ones that nobody has begun to label.

    Of open batches, no pilots among them, for people learn from these; nor what hangs in the guidelines.
    """
    wanted = _open(db, project_id, item_ids) - _begun(db, project_id, item_ids)
    return wanted - takedown.taken_down(db, wanted) - precedents.items_ever(db, wanted) if wanted else set()


def decided(db: Connection, project_id: str, item_ids: list[str]) -> set[str]:
    """Of some items those that were scored and decided about."""
    state = t.item_state.c
    query = select(state.item_id).join(t.item, t.item.c.id == state.item_id).where(t.item.c.project_id == project_id)
    known = state.state.in_([ItemState.SETTLED.value, ItemState.ESCALATED.value])
    return set(db.execute(query.where(state.item_id.in_(item_ids), known)).scalars())


def _open(db: Connection, project_id: str, item_ids: list[str]) -> set[str]:
    state, batch = t.item_state.c, t.batch.c
    joined = t.item_state.join(t.item, t.item.c.id == state.item_id).join(t.batch, batch.id == t.item.c.batch_id)
    query = select(state.item_id).select_from(joined).where(t.item.c.project_id == project_id)
    is_open = (state.state == ItemState.OPEN.value) & (batch.state == BatchState.OPEN.value) & batch.is_pilot.is_(False)
    return set(db.execute(query.where(state.item_id.in_(item_ids), is_open)).scalars())


def _begun(db: Connection, project_id: str, item_ids: list[str]) -> set[str]:
    joined = t.task.join(t.claim, t.claim.c.task_id == t.task.c.id)
    query = select(t.task.c.item_id).select_from(joined).where(t.task.c.project_id == project_id)
    labels = t.task.c.stage == Stage.ANNOTATE.value
    return set(db.execute(query.where(t.task.c.item_id.in_(item_ids), labels).distinct()).scalars())


def blind_places(db: Connection, task_ids: list[str]) -> None:
    """Show suggestions on none of the free places of some tasks."""
    free = t.slot.c.task_id.in_(task_ids) & t.slot.c.claim_id.is_(None)
    db.execute(update(t.slot).where(free).values(shows_suggestions=False))
