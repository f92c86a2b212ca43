"""Figures by a field of the metadata in a team: the server adds up what items are counted for, page by page.

Items that somebody has open to label are in no figure of theirs here: a value that only one item has would tell of it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from annodesk.services.by_field import MOST_VALUES, FieldValue, FieldValues
from annodesk.services.counts import Counts
from annodesk.store.cells import SQUARED
from annodesk.store.counted_by import DURATION, LOOKED_AT, names_of

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.store.link import Record
    from annodesk.store.rollup import Key, Sum
    from annodesk.sync.meeting import Team

ITEMS_AT_ONCE = 5_000

_METADATA = "select metadata from annodesk.item where project_id = %s order by id desc limit %s"
_VALUES = "select value, items, last_item from annodesk.values_of(%s, %s, %s, %s)"
_COUNTED = """
select value, figure, n, total, last_item, items from annodesk.counted_by(%s, %s, %s::text[], %s::text[], %s, %s)
"""


def fields(team: Team) -> tuple[str, ...]:
    """What items can be told apart by, from those added last."""
    rows = team.link.ask(_METADATA, team.project_id, LOOKED_AT)
    return (*names_of(row["metadata"] for row in rows), DURATION)


def values(
    team: Team, field: str, *, like: str = "", most: int = MOST_VALUES, cancel: CancelToken | None = None
) -> FieldValues:
    """The most frequent values of a field, of those that have ``like`` in them."""
    found: Counter[str] = Counter()
    for rows in _pages(team, _VALUES, field, cancel=cancel):
        for row in rows:
            if like in row["value"]:
                found[row["value"]] += row["items"]
    first = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:most]
    others = found.total() - sum(items for _, items in first)
    told = tuple(FieldValue(value, items) for value, items in first)
    return FieldValues(field, told, len(found) - len(first), others)


def counts_by(
    team: Team, field: str, wanted: Collection[str], names: Collection[str], *, cancel: CancelToken | None = None
) -> dict[str, Counts]:
    """The figures of some values of a field."""
    asked = sorted({one for name in names for one in (name, name + SQUARED)})
    sums: dict[str, defaultdict[Key, Sum]] = {value: defaultdict(lambda: (0, 0)) for value in wanted}
    for rows in _pages(team, _COUNTED, field, sorted(set(wanted)), asked, cancel=cancel):
        for row in rows:
            name, _, part = row["figure"].partition(":")
            held = sums[row["value"]][name, part]
            sums[row["value"]][name, part] = (held[0] + row["n"], held[1] + row["total"])
    return {value: Counts(dict(held)) for value, held in sums.items()}


def _pages(team: Team, statement: str, *asked: object, cancel: CancelToken | None) -> Iterator[list[Record]]:
    """Page after page; the last row of each says after which item the next begins, and how many were looked at."""
    after, looked_at = "", ITEMS_AT_ONCE
    while looked_at == ITEMS_AT_ONCE:
        if cancel is not None:
            cancel.check()
        rows = team.link.ask(statement, team.project_id, *asked, after, ITEMS_AT_ONCE)
        (ends,) = [row for row in rows if row["value"] is None]
        after, looked_at = ends["last_item"] or "", ends["items"]
        yield [row for row in rows if row["value"] is not None]
