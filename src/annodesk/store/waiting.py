"""What waits for a person in a project: questions, disputes, references in doubt, and what of each batch is open."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlalchemy import Connection, func, select

from annodesk.model.work import BatchState, InquiryState, ItemState
from annodesk.store import tables as t


@dataclass(frozen=True, slots=True)
class Waits:
    """Open questions and since when, disputes that nobody is there for, references in doubt, open batches.

    ``unsettled`` is how many items are not settled, by batch, of those that have a deadline.
    """

    questions: int = 0
    questions_since_us: int | None = None
    disputes: int = 0
    references: int = 0
    open_batches: int = 0
    unsettled: dict[str, int] = field(default_factory=dict)


def waits_of(db: Connection, project_id: str) -> Waits:
    """Of one project, as far as this file knows."""
    asked = t.inquiry.c
    open_ones = (asked.project_id == project_id) & (asked.state == InquiryState.OPEN.value)
    questions, since_us = db.execute(select(func.count(), func.min(asked.made_at_us)).where(open_ones)).one()
    of_project = t.item.c.project_id == project_id
    told = select(func.count()).select_from(t.told_ruling.join(t.item))
    disputes = db.execute(told.where(of_project, t.told_ruling.c.waits.is_(True))).scalar_one()
    doubted = select(func.count()).select_from(t.reference_item.join(t.item, t.item.c.id == t.reference_item.c.item_id))
    references = db.execute(doubted.where(of_project, t.reference_item.c.suspended_at_us.is_not(None))).scalar_one()
    batch = t.batch.c
    given_out = (batch.project_id == project_id) & (batch.state == BatchState.OPEN.value)
    open_batches = db.execute(select(func.count()).select_from(t.batch).where(given_out)).scalar_one()
    return Waits(questions, since_us, disputes, references, open_batches, _unsettled(db, project_id))


def _unsettled(db: Connection, project_id: str) -> dict[str, int]:
    batch, state = t.batch.c, t.item_state.c
    due = select(batch.id).where(batch.project_id == project_id, batch.deadline_us.is_not(None))
    if db.execute(due.limit(1)).first() is None:
        return {}
    joined = t.item.join(t.item_state, state.item_id == t.item.c.id)
    query = select(t.item.c.batch_id, func.count()).select_from(joined).group_by(t.item.c.batch_id)
    mine = (t.item.c.project_id == project_id) & t.item.c.batch_id.in_(due) & (state.state != ItemState.SETTLED.value)
    return {batch_id: int(n) for batch_id, n in db.execute(query.where(mine))}


def worst_items(
    db: Connection, project_id: str, part: str, label: str | None, since_us: int, most: int
) -> tuple[str, ...]:
    """The items on which people agree least on a part, or on a label of it, of those scored since; worst first."""
    score = t.score.c
    known = score.is_current.is_(True) & score.value.is_not(None) & (score.part == part) & (score.value < 1)
    known &= (score.scope == ("part" if label is None else "label")) & (score.made_at_us >= since_us)
    if label is not None:
        known &= score.label == label
    query = select(score.item_id).select_from(t.score.join(t.item)).where(t.item.c.project_id == project_id, known)
    return tuple(db.execute(query.order_by(score.value, score.item_id).limit(most)).scalars())
