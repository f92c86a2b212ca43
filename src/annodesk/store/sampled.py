"""Rows of draws: how probable it was of each item that it would be drawn to be labelled, and whether it was."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

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


def record(db: Connection, probabilities: Mapping[str, float], chosen: Collection[str], how: str, now_us: int) -> None:
    """Write a draw down: probabilities are those over all draws, with this one; what is chosen is given out sooner."""
    there = set(db.execute(select(t.sampled.c.item_id)).scalars())
    taken = set(chosen)
    fresh = [
        {"item_id": i, "probability": p, "is_drawn": i in taken, "how": how, "made_at_us": now_us}
        for i, p in probabilities.items()
        if i not in there
    ]
    if fresh:
        db.execute(t.sampled.insert(), fresh)
    for item_id in probabilities.keys() & there:
        values: dict[str, Any] = {"probability": probabilities[item_id]}
        values |= {"is_drawn": True, "how": how, "made_at_us": now_us} if item_id in taken else {}
        db.execute(update(t.sampled).where(t.sampled.c.item_id == item_id).values(**values))
    _put_first(db, sorted(taken))


def _put_first(db: Connection, item_ids: list[str]) -> None:
    for first in range(0, len(item_ids), _AT_ONCE):
        tasks = select(t.task.c.id).where(t.task.c.item_id.in_(item_ids[first : first + _AT_ONCE]))
        behind = t.task_plan.c.task_id.in_(tasks) & (t.task_plan.c.priority < _PRIORITY)
        db.execute(update(t.task_plan).where(behind).values(priority=_PRIORITY))
