"""What the items of a project are counted for, by a field of their metadata, in a file that stands alone."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, String, case, cast, func, literal, select

from annodesk.store import tables as t
from annodesk.store.local_tables import counted, recount
from annodesk.store.rollup import AT_ONCE, sums_of
from annodesk.store.rollup_here import HERE

DURATION = "duration"
"""A field that every item has, in bands."""
_BANDS = ((60, "under 1 min"), (600, "1 to 10 min"), (3_600, "10 to 60 min"))
_LONGEST = "over 1 h"
_PAGE = 2_000
LOOKED_AT = 500
"""The fields of so many items, those added last, are told."""
MOST_FIELDS = 40

Said = dict[str, tuple[int, int]]


def _value(field: str) -> ColumnElement[str]:
    if field == DURATION:
        length = t.item.c.duration_us
        return case(*((length < 1_000_000 * most_s, name) for most_s, name in _BANDS), else_=_LONGEST)
    path = '$."' + field.replace('"', "") + '"'
    said = cast(func.json_extract(t.item.c.metadata, path), String)
    # SQLite tells true and false as 1 and 0.
    kind = cast(func.json_type(t.item.c.metadata, path), String)
    return func.coalesce(case((kind.in_(["true", "false"]), kind), else_=said), literal(""))


def value_of(metadata: Mapping[str, object], duration_us: int, field: str) -> str:
    """What one item has in a field, as text: as databases tell it."""
    if field == DURATION:
        return next((name for most_s, name in _BANDS if duration_us < 1_000_000 * most_s), _LONGEST)
    said = metadata.get(field)
    return "" if said is None else said if isinstance(said, str) else json.dumps(said)


def fields(db: Connection, project_id: str) -> tuple[str, ...]:
    """Names in the metadata of the items added last."""
    query = select(t.item.c.metadata).where(t.item.c.project_id == project_id).order_by(t.item.c.id.desc())
    return names_of(row.metadata for row in db.execute(query.limit(LOOKED_AT)))


def names_of(found: Iterable[Mapping[str, object]]) -> tuple[str, ...]:
    """The names in some items' metadata."""
    return tuple(sorted({name for metadata in found for name in metadata if name != DURATION})[:MOST_FIELDS])


def values(
    db: Connection, project_id: str, field: str, *, like: str, most: int
) -> tuple[list[tuple[str, int]], int, int]:
    """The most frequent values with how many items have each; how many more values there are, and items with these."""
    value = _value(field)
    query = select(value.label("value"), func.count().label("n")).where(t.item.c.project_id == project_id)
    if like:
        query = query.where(value.contains(like, autoescape=True))
    grouped = query.group_by(value).subquery()
    every, items = db.execute(select(func.count(), func.coalesce(func.sum(grouped.c.n), 0))).one()
    rows = db.execute(select(grouped.c.value, grouped.c.n).order_by(grouped.c.n.desc(), grouped.c.value).limit(most))
    found = [(str(row.value), int(row.n)) for row in rows]
    return found, int(every) - len(found), int(items) - sum(n for _, n in found)


def said_by(db: Connection, project_id: str, field: str, wanted: Collection[str]) -> Iterator[list[tuple[str, Said]]]:
    """What items with some values of a field are counted for, a page at a time, each with its value.

    What happened since an item was counted is counted too.
    """
    value = _value(field)
    named = select(t.item.c.id, value.label("value")).where(t.item.c.project_id == project_id)
    mine = named.where(value.in_(list(wanted))).order_by(t.item.c.id).limit(_PAGE)
    behind, after, rows = _behind(db), "", db.execute(mine).all()
    while rows:
        said = _said(db, [row.id for row in rows], behind)
        yield [(row.value, said[row.id]) for row in rows]
        after = rows[-1].id
        rows = db.execute(mine.where(t.item.c.id > after)).all() if len(rows) == _PAGE else []


def newest_said(db: Connection, project_id: str, field: str = "", value: str = "") -> Iterator[list[tuple[str, Said]]]:
    """What items are counted for by their ids, the newest first, a page at a time; of one value of a field where named.

    What happened since an item was counted is counted too.
    """
    mine = select(t.item.c.id).where(t.item.c.project_id == project_id).order_by(t.item.c.id.desc()).limit(_PAGE)
    if field:
        mine = mine.where(_value(field) == value)
    behind, ids = _behind(db), list(db.execute(mine).scalars())
    while ids:
        said = _said(db, ids, behind)
        yield [(item_id, said[item_id]) for item_id in ids]
        ids = list(db.execute(mine.where(t.item.c.id < ids[-1])).scalars()) if len(ids) == _PAGE else []


def _behind(db: Connection) -> set[str]:
    """Items that something happened to since they were counted."""
    return set(db.execute(select(recount.c.item_id).distinct()).scalars())


def _said(db: Connection, ids: Sequence[str], behind: Collection[str]) -> dict[str, Said]:
    """What each of some items is counted for now."""
    kept = {one.item_id: one.said for one in db.execute(select(counted).where(counted.c.item_id.in_(ids)))}
    anew = [item_id for item_id in ids if item_id in behind or item_id not in kept]
    fresh: dict[str, Said] = {}
    for first in range(0, len(anew), AT_ONCE):
        sums = sums_of(db, anew[first : first + AT_ONCE], HERE)
        fresh |= {item_id: {":".join(key): by for key, by in said.items()} for item_id, said in sums.items()}
    return {item_id: fresh.get(item_id) or _as_said(kept.get(item_id)) for item_id in ids}


def _as_said(body: Any) -> Said:
    return {key: (int(n), int(total)) for key, (n, total) in (body or {}).items()}
