"""Tallies of items: what was said on each part, without who said it; written by the coordinator with the scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, select

from annodesk.store import tables as t

Json = dict[str, Any]


def replace_tallies(db: Connection, item_id: str, tallies: Iterable[tuple[str, Json]], now_us: int) -> None:
    """Make these, by part, the tallies of an item."""
    db.execute(delete(t.tally).where(t.tally.c.item_id == item_id))
    rows = [{"item_id": item_id, "part": part, "body": body, "made_at_us": now_us} for part, body in tallies]
    if rows:
        db.execute(t.tally.insert(), rows)


def newest(db: Connection, project_id: str, part: str, most: int) -> list[tuple[int, Mapping[str, Any]]]:
    """When the items that were scored last were, and what was said of a part of them; newest first."""
    query = select(t.tally.c.made_at_us, t.tally.c.body).join(t.item).where(t.item.c.project_id == project_id)
    last_first = query.where(t.tally.c.part == part).order_by(t.tally.c.made_at_us.desc(), t.tally.c.item_id)
    return [(row.made_at_us, row.body) for row in db.execute(last_first.limit(most))]
