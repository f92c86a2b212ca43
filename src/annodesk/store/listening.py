"""What of each task its author has played: rows in and out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from annodesk.model.times import Interval
from annodesk.store.local_tables import heard

if TYPE_CHECKING:
    from annodesk.store.engine import Connection


def set_heard(db: Connection, set_id: str, stretches: Iterable[Interval]) -> None:
    """Keep what was played of a set's task, in place of what was known."""
    db.execute(delete(heard).where(heard.c.set_id == set_id))
    rows = [{"set_id": set_id, "start_us": s.start_us, "end_us": s.end_us} for s in stretches]
    if rows:
        db.execute(insert(heard), rows)


def heard_of(db: Connection, set_id: str) -> tuple[Interval, ...]:
    """What was played of a set's task, in order."""
    rows = db.execute(select(heard).where(heard.c.set_id == set_id).order_by(heard.c.start_us))
    return tuple(Interval(row.start_us, row.end_us) for row in rows)
