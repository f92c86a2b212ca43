"""Rows of draws: how probable it was of each item that it would be drawn to be labelled, and whether it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, bindparam, select, update
from sqlalchemy.dialects import sqlite

from annodesk.store import tables as t

_AT_ONCE = 500
_PRIORITY = 1
"""What is drawn comes before what is not, and after what somebody put first by hand."""


def drawn(db: Connection, project_id: str) -> dict[str, float]:
    """Items that were drawn, with the probability with which each would have been."""
    return {item_id: p for item_id, (p, is_drawn) in known(db, project_id).items() if is_drawn}


def known(db: Connection, project_id: str, *, among: Collection[str] | None = None) -> dict[str, tuple[float, bool]]:
    """Every item that could have been drawn, with its probability over all draws so far, and whether it was."""
    rows = t.sampled.c
    query = select(rows.item_id, rows.probability, rows.is_drawn).join(t.item)
    query = query.where(t.item.c.project_id == project_id)
    if among is not None:
        query = query.where(rows.item_id.in_(list(among)))
    return {row.item_id: (row.probability, row.is_drawn) for row in db.execute(query)}


def record(
    db: Connection,
    probabilities: Mapping[str, float],
    chosen: Collection[str],
    how: str,
    now_us: int,
    *,
    before: Mapping[str, object],
) -> None:
    """Write a draw down: probabilities are those over all draws, with this one.

    Parameters
    ----------
    before : those of the items, or more, that could have been drawn before
    """
    taken = set(chosen)
    fresh = [
        {"item_id": i, "probability": p, "is_drawn": i in taken, "how": how, "made_at_us": now_us}
        for i, p in probabilities.items()
        if i not in before
    ]
    if fresh:
        # Somebody may be drawing by hand just now.
        if db.dialect.name == "postgresql":
            from sqlalchemy.dialects import postgresql

            db.execute(postgresql.insert(t.sampled).on_conflict_do_nothing(), fresh)
        else:
            db.execute(sqlite.insert(t.sampled).on_conflict_do_nothing(), fresh)
    rows = t.sampled.c
    older = [{"one": i, "chance": p} for i, p in probabilities.items() if i in before]
    if older:
        changed = update(t.sampled).where(rows.item_id == bindparam("one")).values(probability=bindparam("chance"))
        db.execute(changed, older)
    said = {"is_drawn": True, "how": how, "made_at_us": now_us}
    again = sorted(taken & before.keys())
    for first in range(0, len(again), _AT_ONCE):
        db.execute(update(t.sampled).where(rows.item_id.in_(again[first : first + _AT_ONCE])).values(**said))


def put_first(db: Connection, item_ids: Sequence[str]) -> None:
    """Have items given out before others of their batch's priority."""
    for first in range(0, len(item_ids), _AT_ONCE):
        tasks = select(t.task.c.id).where(t.task.c.item_id.in_(item_ids[first : first + _AT_ONCE]))
        behind = t.task_plan.c.task_id.in_(tasks) & (t.task_plan.c.priority < _PRIORITY)
        db.execute(update(t.task_plan).where(behind).values(priority=_PRIORITY))
