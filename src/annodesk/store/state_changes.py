"""The history of states: who moved what from where to where."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import select

from annodesk.store import tables as t

if TYPE_CHECKING:
    from sqlalchemy import Connection


class StateChange(Struct, frozen=True):
    """One line of the history of states."""

    subject: str
    subject_id: str
    before: str | None
    after: str
    by: str


def note_state(
    db: Connection, subject: str, subject_id: str, before: str | None, after: str, by: str, now_us: int
) -> None:
    """Add one line to the history of states."""
    values = {"subject": subject, "subject_id": subject_id, "before": before, "after": after, "by": by}
    db.execute(t.state_change.insert().values(**values, made_at_us=now_us))


def states_of(db: Connection, subject_ids: Iterable[str]) -> list[StateChange]:
    """The history of these subjects, oldest first."""
    changes = t.state_change
    wanted = changes.c.subject_id.in_(list(subject_ids))
    rows = db.execute(select(changes).where(wanted).order_by(changes.c.position))
    return [StateChange(row.subject, row.subject_id, row.before, row.after, row.by) for row in rows]
