"""What the items of a project are counted for, by a field of their metadata, in a file that stands alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator
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
_LOOKED_AT = 500
MOST_FIELDS = 40

Said = dict[str, tuple[int, int]]


def _value(field: str) -> ColumnElement[str]:
    if field == DURATION:
        length = t.item.c.duration_us
        return case(*((length < 1_000_000 * most_s, name) for most_s, name in _BANDS), else_=_LONGEST)
    path = '$."' + field.replace('"', "") + '"'
    return func.coalesce(cast(func.json_extract(t.item.c.metadata, path), String), literal(""))


def fields(db: Connection, project_id: str) -> tuple[str, ...]:
    """Names in the metadata of the items added last."""
    query = select(t.item.c.metadata).where(t.item.c.project_id == project_id).order_by(t.item.c.id.desc())
    names = {name for row in db.execute(query.limit(_LOOKED_AT)) for name in row.metadata if name != DURATION}
    return tuple(sorted(names)[:MOST_FIELDS])


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
    behind = set(db.execute(select(recount.c.item_id).distinct()).scalars())
    columns = select(t.item.c.id, value.label("value"), counted.c.said)
    joined = columns.select_from(t.item.outerjoin(counted, counted.c.item_id == t.item.c.id))
    mine = joined.where(t.item.c.project_id == project_id, value.in_(list(wanted))).order_by(t.item.c.id).limit(_PAGE)
    after, rows = "", db.execute(mine).all()
    while rows:
        anew = [row.id for row in rows if row.id in behind or row.said is None]
        fresh: dict[str, Said] = {}
        for first in range(0, len(anew), AT_ONCE):
            sums = sums_of(db, anew[first : first + AT_ONCE], HERE)
            fresh |= {item_id: {":".join(key): by for key, by in said.items()} for item_id, said in sums.items()}
        yield [(row.value, fresh.get(row.id) or _as_said(row.said)) for row in rows]
        after = rows[-1].id
        rows = db.execute(mine.where(t.item.c.id > after)).all() if len(rows) == _PAGE else []


def _as_said(body: Any) -> Said:
    return {key: (int(n), int(total)) for key, (n, total) in (body or {}).items()}
