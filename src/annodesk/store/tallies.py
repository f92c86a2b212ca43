"""Tallies of items: what was said on each part, without who said it; written by the coordinator with the scores."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, delete, select

from annodesk.store import tables as t

Json = dict[str, Any]

_AT_ONCE = 100
"""So many are looked up by one query: thousands would make the server read its tables whole."""


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


def of_item(db: Connection, item_id: str, part: str) -> Mapping[str, Any] | None:
    """What was said of a part of one item; None where nothing is known."""
    where = (t.tally.c.item_id == item_id) & (t.tally.c.part == part)
    return db.execute(select(t.tally.c.body).where(where)).scalar()


def of_items(db: Connection, item_ids: Sequence[str], part: str) -> dict[str, Mapping[str, Any]]:
    """What was said of a part of some items, by item."""
    found: dict[str, Mapping[str, Any]] = {}
    for first in range(0, len(item_ids), _AT_ONCE):
        where = t.tally.c.item_id.in_(item_ids[first : first + _AT_ONCE]) & (t.tally.c.part == part)
        found |= {row.item_id: row.body for row in db.execute(select(t.tally.c.item_id, t.tally.c.body).where(where))}
    return found


def newest_items(
    db: Connection, project_id: str, part: str, most: int | None, *, since_us: int = 0, until_us: int | None = None
) -> list[tuple[str, int]]:
    """The items that were scored last on a part, and when, newest first; all of them without ``most``.

    Parameters
    ----------
    since_us, until_us : only those that were scored then, both ends with them
    """
    query = select(t.tally.c.item_id, t.tally.c.made_at_us).join(t.item)
    mine = query.where(t.item.c.project_id == project_id, t.tally.c.part == part, t.tally.c.made_at_us >= since_us)
    if until_us is not None:
        mine = mine.where(t.tally.c.made_at_us <= until_us)
    rows = db.execute(mine.order_by(t.tally.c.made_at_us.desc(), t.tally.c.item_id).limit(most))
    return [(row.item_id, row.made_at_us) for row in rows]


def forget_tally(db: Connection, item_id: str, part: str) -> None:
    """Let an item have no tally of a part."""
    db.execute(delete(t.tally).where(t.tally.c.item_id == item_id, t.tally.c.part == part))


def put_tally(db: Connection, item_id: str, part: str, body: Json, now_us: int) -> None:
    """Make this an item's tally of a part, where the item has been scored; its other tallies stay."""
    known = (t.tally.c.item_id == item_id) & (t.tally.c.part == part)
    if db.execute(delete(t.tally).where(known)).rowcount:
        db.execute(t.tally.insert().values(item_id=item_id, part=part, body=body, made_at_us=now_us))


def made_at(db: Connection, item_id: str, part: str) -> int | None:
    """When an item's tally of a part was made, None where there is none."""
    where = (t.tally.c.item_id == item_id) & (t.tally.c.part == part)
    return db.execute(select(t.tally.c.made_at_us).where(where)).scalar()


def replace_tally(db: Connection, item_id: str, part: str, body: Json, now_us: int) -> None:
    """Make this an item's tally of a part; its other tallies stay."""
    db.execute(delete(t.tally).where(t.tally.c.item_id == item_id, t.tally.c.part == part))
    db.execute(t.tally.insert().values(item_id=item_id, part=part, body=body, made_at_us=now_us))
