"""What waits for a person in a project: questions, disputes, and references in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from msgspec import Struct, field
from sqlalchemy import ColumnElement, Connection, func, select

from annodesk.model.work import BatchState, InquiryState
from annodesk.store import tables as t


class Waits(Struct, frozen=True):
    """Open questions and since when, disputes that nobody is there for, references in doubt, open batches.

    ``unsettled`` is how many items are not settled, by batch, as figures tell.
    """

    questions: int = 0
    questions_since_us: int | None = None
    disputes: int = 0
    references: int = 0
    open_batches: int = 0
    unsettled: Mapping[str, int] = field(default_factory=dict)


def waits_of(db: Connection, unsettled: Mapping[str, Mapping[str, int]]) -> dict[str, Waits]:
    """Of some projects, as far as this file knows.

    Whatever else there is, only what waits is looked at, not all items of a project.

    Parameters
    ----------
    unsettled : of each of the projects how many items of each batch are not settled
    """
    project_ids = list(unsettled)
    asked, batch = t.inquiry.c, t.batch.c
    open_ones = (asked.project_id.in_(project_ids)) & (asked.state == InquiryState.OPEN.value)
    query = select(asked.project_id, func.count(), func.min(asked.made_at_us)).where(open_ones)
    questions = {row[0]: (row[1], row[2]) for row in db.execute(query.group_by(asked.project_id))}
    disputes = _by_project(db, t.told_ruling.c.item_id, t.told_ruling.c.waits.is_(True))
    references = _by_project(db, t.reference_item.c.item_id, t.reference_item.c.suspended_at_us.is_not(None))
    given_out = (batch.project_id.in_(project_ids)) & (batch.state == BatchState.OPEN.value)
    counted = select(batch.project_id, func.count()).where(given_out).group_by(batch.project_id)
    open_batches = {row[0]: row[1] for row in db.execute(counted)}
    return {
        one: Waits(
            *questions.get(one, (0, None)),
            disputes.get(one, 0),
            references.get(one, 0),
            open_batches.get(one, 0),
            unsettled[one],
        )
        for one in project_ids
    }


def _by_project(db: Connection, item_id: ColumnElement[str], where: ColumnElement[bool]) -> Counter[str]:
    """How many rows about items there are, by project: those are few, so the item of each is looked up."""
    of_project = select(t.item.c.project_id).where(t.item.c.id == item_id).scalar_subquery()
    return Counter(db.execute(select(of_project).where(where)).scalars())


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
