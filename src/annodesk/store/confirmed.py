"""Confirmed answers of a project: its reference items, and what was settled after an audit drawn by lot."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import Connection, and_, func, select

from annodesk.model.work import ItemState, Reason, Stage
from annodesk.store import tables as t

_AT_ONCE = 100
"""So many are looked up by one query: thousands would make the server read its tables whole."""


class ReferenceRow(NamedTuple):
    """A reference item: whether it is hidden, since when it is one, and since when it is in doubt."""

    item_id: str
    key: str
    is_hidden: bool
    made_at_us: int
    suspended_at_us: int | None
    project_version: int | None
    """What version of the project its answer was made under."""


def references(db: Connection, project_id: str, most: int) -> list[tuple[str, bool]]:
    """The newest reference items that stand, and whether each is hidden."""
    table = t.reference_item.c
    # Looked up for each: joined, a server would read all items.
    of_project = select(t.item.c.project_id).where(t.item.c.id == table.item_id).scalar_subquery()
    mine = (of_project == project_id) & table.suspended_at_us.is_(None)
    query = select(table.item_id, table.is_hidden).where(mine)
    return [(row.item_id, row.is_hidden) for row in db.execute(query.order_by(table.made_at_us.desc()).limit(most))]


def list_references(db: Connection, project_id: str, most: int) -> list[ReferenceRow]:
    """The newest reference items with what is to be told of them, those in doubt too."""
    table, answer = t.reference_item.c, t.annotation_set
    query = (
        select(t.reference_item, t.item.c.key, answer.c.project_version)
        .join(t.item, t.item.c.id == table.item_id)
        .outerjoin(answer, answer.c.id == table.set_id)
        .where(t.item.c.project_id == project_id)
        .order_by(table.made_at_us.desc(), table.item_id)
        .limit(most)
    )
    return [
        ReferenceRow(r.item_id, r.key, r.is_hidden, r.made_at_us, r.suspended_at_us, r.project_version)
        for r in db.execute(query)
    ]


def audited(db: Connection, project_id: str, most: int) -> list[tuple[str, int]]:
    """The items settled last that nothing but the lot sent to review, and when each was drawn."""
    state, why = t.item_state.c, t.escalation.c
    drawn = select(why.item_id, func.max(why.made_at_us).label("at_us")).group_by(why.item_id)
    only = drawn.having(and_(func.min(why.reason) == Reason.AUDIT.value, func.max(why.reason) == Reason.AUDIT.value))
    found = only.subquery()
    query = (
        select(found.c.item_id, found.c.at_us)
        .join(t.item_state, state.item_id == found.c.item_id)
        .join(t.item, t.item.c.id == found.c.item_id)
        .where(t.item.c.project_id == project_id, state.state == ItemState.SETTLED.value)
        .order_by(state.changed_at_us.desc())
        .limit(most)
    )
    return [(row.item_id, row.at_us) for row in db.execute(query)]


def reference_tasks(db: Connection, project_id: str, most: int) -> list[tuple[str, bool]]:
    """The tasks of the newest reference items that stand, and whether each is hidden."""
    newest = references(db, project_id, most)
    is_hidden = dict(newest)
    found: list[tuple[str, bool]] = []
    for first in range(0, len(newest), _AT_ONCE):
        some = [item_id for item_id, _ in newest[first : first + _AT_ONCE]]
        mine = (t.task.c.project_id == project_id) & t.task.c.item_id.in_(some)
        query = select(t.task.c.id, t.task.c.item_id).where(mine, t.task.c.stage == Stage.ANNOTATE.value)
        found += [(row.id, is_hidden[row.item_id]) for row in db.execute(query.order_by(t.task.c.id))]
    return found


def taken_by(db: Connection, project_id: str, person_id: str) -> int:
    """How many tasks of a project a person has ever taken."""
    mine = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == person_id)
    return int(db.execute(select(func.count()).select_from(t.claim).where(mine)).scalar_one())


def is_offered(db: Connection, task_id: str, person_id: str) -> bool:
    """Whether a task is among a person's offers."""
    mine = (t.offer.c.task_id == task_id) & (t.offer.c.person_id == person_id)
    return db.execute(select(t.offer.c.task_id).where(mine)).first() is not None


def answers_to_references(db: Connection, project_id: str) -> dict[str, int]:
    """How often something was handed in on each settled reference that stands, in the local file."""
    joined = t.reference_item.join(t.task, t.task.c.item_id == t.reference_item.c.item_id)
    joined = joined.join(t.claim, t.claim.c.task_id == t.task.c.id)
    joined = joined.join(t.item_state, t.item_state.c.item_id == t.task.c.item_id)
    joined = joined.join(t.submission, t.submission.c.set_id == t.claim.c.set_id)
    stands = (t.task.c.project_id == project_id) & t.reference_item.c.suspended_at_us.is_(None)
    stands &= (t.task.c.stage == Stage.ANNOTATE.value) & (t.item_state.c.state == ItemState.SETTLED.value)
    stands &= t.submission.c.made_at_us > t.reference_item.c.made_at_us
    query = select(t.task.c.item_id, func.count()).select_from(joined).where(stands).group_by(t.task.c.item_id)
    return {item_id: int(n) for item_id, n in db.execute(query)}


_OPEN = t.reference_item.c.is_hidden.is_(False) & t.reference_item.c.suspended_at_us.is_(None)


def open_reference(db: Connection, item_id: str) -> bool:
    """Whether an item is an open reference that stands."""
    mine = (t.reference_item.c.item_id == item_id) & _OPEN
    return db.execute(select(t.reference_item.c.item_id).where(mine)).first() is not None


def count_open(db: Connection, project_id: str) -> int:
    """How many tasks of a project are open references."""
    joined = t.task.join(t.reference_item, t.reference_item.c.item_id == t.task.c.item_id)
    mine = (t.task.c.project_id == project_id) & (t.task.c.stage == Stage.ANNOTATE.value) & _OPEN
    return int(db.execute(select(func.count()).select_from(joined).where(mine)).scalar_one())


def open_taken_by(db: Connection, project_id: str, person_id: str) -> int:
    """How many of these a person has taken."""
    joined = t.claim.join(t.task, t.task.c.id == t.claim.c.task_id)
    joined = joined.join(t.reference_item, t.reference_item.c.item_id == t.task.c.item_id)
    mine = (t.claim.c.project_id == project_id) & (t.claim.c.person_id == person_id)
    stage = t.task.c.stage == Stage.ANNOTATE.value
    return int(db.execute(select(func.count()).select_from(joined).where(mine, stage, _OPEN)).scalar_one())
