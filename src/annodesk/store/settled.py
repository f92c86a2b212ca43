"""Settled items of the local file: listed, withdrawn, and made references."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, delete, literal, literal_column, select, tuple_, update

from annodesk.model.work import ItemState, SettledBy, SlotState, Stage
from annodesk.store import tables as t

_AT_ONCE = 200
"""So many are looked up by one query: thousands would make the server read its tables whole."""


class SettledRow(NamedTuple):
    """An item whose answer stands: since when, by what, and whether it is a reference."""

    item_id: str
    key: str
    at_us: int
    ways: tuple[SettledBy, ...]
    is_reference: bool


class Standing(NamedTuple):
    """What stands for a task: whose set at which head, and by what."""

    set_id: str
    author_id: str
    settled_by: SettledBy
    head: str | None


class Reference(NamedTuple):
    """Whose answer an item is a reference with, and since when."""

    set_id: str | None
    made_at_us: int


def newest(db: Connection, project_id: str, most: int) -> list[SettledRow]:
    """The items settled last, newest first."""
    mine = (t.item.c.project_id == project_id) & (t.item_state.c.state == ItemState.SETTLED.value)
    query = select(t.item_state, t.item.c.key).join(t.item, t.item.c.id == t.item_state.c.item_id).where(mine)
    rows = db.execute(query.order_by(t.item_state.c.changed_at_us.desc()).limit(most)).all()
    ids = [row.item_id for row in rows]
    stands = t.settlement.c.stands.is_(True) & t.task.c.item_id.in_(ids)
    ways: dict[str, set[SettledBy]] = {}
    for row in db.execute(select(t.task.c.item_id, t.settlement.c.settled_by).join(t.settlement).where(stands)):
        ways.setdefault(row.item_id, set()).add(SettledBy(row.settled_by))
    references = t.reference_item.c
    wanted = references.item_id.in_(ids) & references.suspended_at_us.is_(None)
    known = set(db.execute(select(references.item_id).where(wanted)).scalars())
    return [
        SettledRow(r.item_id, r.key, r.changed_at_us, tuple(sorted(ways.get(r.item_id, ()))), r.item_id in known)
        for r in rows
    ]


def newest_by_people(db: Connection, project_id: str, most: int) -> list[str]:
    """The items that people settled last, newest first: how many the machine settled since then does not matter."""
    table, found = t.settlement.c, dict[str, None]()
    # Word for word as the key has it that these are found by.
    by_people = table.stands.is_(True) & (table.settled_by != literal_column("'machine'"))
    query = select(table.id, table.task_id, table.made_at_us).where(by_people)
    query = query.order_by(table.made_at_us.desc(), table.id.desc()).limit(_AT_ONCE)
    page = db.execute(query).all()
    while page:
        of_task = _items_of(db, project_id, [row.task_id for row in page])
        known = settled_among(db, sorted(set(of_task.values())))
        found |= dict.fromkeys(item for row in page if (item := of_task.get(row.task_id, "")) in known)
        if len(page) < _AT_ONCE or len(found) >= most:
            break
        at_us, last_id = page[-1].made_at_us, page[-1].id
        last = tuple_(literal(at_us, table.made_at_us.type), literal(last_id, table.id.type))
        page = db.execute(query.where(tuple_(table.made_at_us, table.id) < last)).all()
    return list(found)[:most]


def _items_of(db: Connection, project_id: str, task_ids: list[str]) -> dict[str, str]:
    """The item of each of some tasks of a project."""
    wanted = (t.task.c.project_id == project_id) & t.task.c.id.in_(task_ids)
    return {row.id: row.item_id for row in db.execute(select(t.task.c.id, t.task.c.item_id).where(wanted))}


def settled_among(db: Connection, item_ids: Collection[str]) -> set[str]:
    """Those of some items whose answer stands."""
    states = t.item_state.c
    wanted = states.item_id.in_(list(item_ids)) & (states.state == ItemState.SETTLED.value)
    return set(db.execute(select(states.item_id).where(wanted)).scalars())


def hidden_among(db: Connection, item_ids: Collection[str]) -> set[str]:
    """Those of some items whose answer is, or was, kept hidden among ordinary work."""
    table = t.reference_item.c
    wanted = table.item_id.in_(list(item_ids)) & table.is_hidden.is_(True)
    return set(db.execute(select(table.item_id).where(wanted)).scalars())


def held_among(db: Connection, item_ids: Collection[str]) -> set[str]:
    """Those of some items that somebody is labelling, or will go on with."""
    held = [state.value for state in (SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED)]
    query = select(t.task.c.item_id).join(t.claim, t.claim.c.task_id == t.task.c.id)
    wanted = t.task.c.item_id.in_(list(item_ids)) & (t.task.c.stage == Stage.ANNOTATE.value)
    return set(db.execute(query.where(wanted, t.claim.c.state.in_(held)).distinct()).scalars())


def standing(db: Connection, task_ids: Collection[str]) -> dict[str, Standing]:
    """What stands for some tasks, by task."""
    where = t.settlement.c.task_id.in_(list(task_ids)) & t.settlement.c.stands.is_(True)
    query = select(t.settlement, t.annotation_set.c.author_id).join(
        t.annotation_set, t.annotation_set.c.id == t.settlement.c.set_id
    )
    rows = db.execute(query.where(where))
    return {r.task_id: Standing(r.set_id, r.author_id, SettledBy(r.settled_by), r.head) for r in rows}


def withdraw(db: Connection, task_ids: Collection[str]) -> None:
    """Let no answer to some tasks stand; what stood is kept as history."""
    db.execute(update(t.settlement).where(t.settlement.c.task_id.in_(list(task_ids))).values(stands=False))


def is_hidden_reference(db: Connection, item_id: str) -> bool:
    """Whether an item's answer is kept hidden among ordinary work."""
    table = t.reference_item.c
    hidden = table.is_hidden.is_(True) & (table.item_id == item_id) & table.suspended_at_us.is_(None)
    return db.execute(select(table.item_id).where(hidden)).first() is not None


def suspend_reference(db: Connection, item_id: str, now_us: int) -> None:
    """Hold nobody's answer against a reference any more, until it is confirmed anew."""
    db.execute(update(t.reference_item).where(t.reference_item.c.item_id == item_id).values(suspended_at_us=now_us))


def forget_reference(db: Connection, item_id: str) -> None:
    """An answer that does not stand any more is no reference; what comes of it is confirmed anew."""
    db.execute(delete(t.reference_item).where(t.reference_item.c.item_id == item_id))


def make_reference(
    db: Connection, item_id: str, set_id: str, confirmed_by: str, *, is_hidden: bool, now_us: int
) -> None:
    """Make an item's answer a reference, in place of what was one."""
    db.execute(delete(t.reference_item).where(t.reference_item.c.item_id == item_id))
    values = {"item_id": item_id, "set_id": set_id, "confirmed_by": confirmed_by, "is_hidden": is_hidden}
    db.execute(t.reference_item.insert().values(**values, made_at_us=now_us))


_REFERENCE, _SETTLED = t.reference_item.c, t.settlement.c
_FOLLOWING = (
    select(_REFERENCE.item_id, _REFERENCE.set_id, _REFERENCE.made_at_us)
    .where(_REFERENCE.item_id >= bindparam("item"))
    .order_by(_REFERENCE.item_id)
    .limit(1)
)
_STOOD = (
    select(_SETTLED.set_id, _SETTLED.head)
    .where(_SETTLED.task_id == bindparam("task"), _SETTLED.made_at_us <= bindparam("until"))
    .where(_SETTLED.settled_by == SettledBy.ADJUDICATION.value)
    .order_by(_SETTLED.made_at_us.desc(), _SETTLED.id.desc())
    .limit(1)
)


def reference_of(db: Connection, item_id: str) -> Reference | None:
    """What an item is a reference with; None where it is none.

    The next reference there is read for any item: how often rows of a table are read is seen by every login.
    """
    table = t.reference_item.c
    following = select(table.item_id, table.set_id, table.made_at_us, table.suspended_at_us)
    row = db.execute(following.where(table.item_id >= item_id).order_by(table.item_id).limit(1)).first()
    stands = row is not None and row.item_id == item_id and row.suspended_at_us is None
    return Reference(row.set_id, row.made_at_us) if row is not None and stands else None


def confirmed_answer(
    db: Connection, task_id: str, reference: Reference, *, is_whole: bool
) -> tuple[str, str | None] | None:
    """The set, and its head, that a reference has as a task's answer: what stood when it was confirmed.

    It stays the reference's answer while its item is open again. ``is_whole`` says that the item has no other task.
    """
    row = db.execute(_STOOD, {"task": task_id, "until": reference.made_at_us}).first()
    if row is not None:
        return row.set_id, row.head
    if not is_whole or reference.set_id is None:
        return None
    head = db.execute(select(t.annotation_set.c.head).where(t.annotation_set.c.id == reference.set_id)).scalar()
    return reference.set_id, head
