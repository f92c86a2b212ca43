"""Rows of what a project owes: answers under old versions, disputes, the model's labels, references that grow old."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from sqlalchemy import Connection, func, select

from annodesk.model.work import ItemState, Reason, SettledBy
from annodesk.store import tables as t

Counted = tuple[int, int | None]
"""How many items, and since when the oldest."""


def version_times(db: Connection, project_id: str) -> list[tuple[int, int]]:
    """Number and time of each version of a project, newest first."""
    rows = t.project_version.c
    query = select(rows.version, rows.made_at_us).where(rows.project_id == project_id).order_by(rows.version.desc())
    return [(row.version, row.made_at_us) for row in db.execute(query)]


def under_old(db: Connection, project_id: str, version: int, at_us: int) -> dict[str, int]:
    """Settled items whose answer was given under an older version, and since when it stands.

    Where whose it is is not known here, it is the time that counts.
    """
    sets, stands = t.annotation_set.c, t.settlement.c
    joined = t.settlement.join(t.task, t.task.c.id == stands.task_id)
    joined = joined.join(t.item_state, t.item_state.c.item_id == t.task.c.item_id)
    joined = joined.outerjoin(t.annotation_set, sets.id == stands.set_id)
    is_old = func.coalesce(sets.project_version < version, stands.made_at_us < at_us)
    where = (t.task.c.project_id == project_id) & stands.stands.is_(True) & is_old
    settled = where & (t.item_state.c.state == ItemState.SETTLED.value) & (stands.settled_by != SettledBy.MACHINE.value)
    query = select(t.task.c.item_id, func.min(stands.made_at_us)).select_from(joined).where(settled)
    return {row[0]: row[1] for row in db.execute(query.group_by(t.task.c.item_id))}


def disputes(db: Connection, project_id: str) -> Counted:
    """Items with a dispute that nobody has ruled yet."""
    one = t.escalation.c
    query = select(func.count(one.item_id.distinct()), func.min(one.made_at_us)).join(
        t.item, t.item.c.id == one.item_id
    )
    where = (t.item.c.project_id == project_id) & one.closed_at_us.is_(None) & (one.reason == Reason.DISPUTED.value)
    return _counted(db.execute(query.where(where)).one())


def by_machine(db: Connection, project_id: str) -> Counted:
    """Items whose answer is the model's alone."""
    stands = t.settlement.c
    query = select(func.count(t.task.c.item_id.distinct()), func.min(stands.made_at_us))
    query = query.select_from(t.settlement.join(t.task, t.task.c.id == stands.task_id))
    where = (t.task.c.project_id == project_id) & stands.stands.is_(True)
    return _counted(db.execute(query.where(where, stands.settled_by == SettledBy.MACHINE.value)).one())


def ageing_references(db: Connection, project_id: str, before_us: int) -> Counted:
    """Reference items confirmed before a time, or suspended since."""
    one = t.reference_item.c
    query = select(func.count(), func.min(one.made_at_us)).join(t.item, t.item.c.id == one.item_id)
    is_old = (one.made_at_us < before_us) | one.suspended_at_us.is_not(None)
    return _counted(db.execute(query.where(t.item.c.project_id == project_id, is_old)).one())


def keys_of(db: Connection, item_ids: Collection[str]) -> dict[str, str]:
    """The names of some items."""
    query = select(t.item.c.id, t.item.c.key).where(t.item.c.id.in_(list(item_ids)))
    return {row.id: row.key for row in db.execute(query)}


def _counted(row: Sequence[int | None]) -> Counted:
    return row[0] or 0, row[1]
