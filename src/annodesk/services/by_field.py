"""Figures of the items that have some value in a field of their metadata, and values beside each other.

These are counted when they are asked for, from what each item is counted for: names and values of metadata are content,
which is kept nowhere but with the item. However many values a field has, only the most frequent are told.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.services.counts import Counts
from annodesk.store import counted_by
from annodesk.store.cells import SQUARED
from annodesk.store.counted_by import DURATION

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.store.engine import Connection
    from annodesk.store.rollup import Key, Sum

MOST_VALUES = 50
NO_VALUE = ""
"""The value of items that have none."""


class Where(Struct, frozen=True):
    """Items whose field has this value, as text; ``DURATION`` is a field too, in bands."""

    field: str
    value: str


class FieldValue(Struct, frozen=True):
    """One value of a field, and how many items have it."""

    value: str
    items: int


class FieldValues(Struct, frozen=True):
    """The most frequent values of a field; ``others`` is how many items have one of the ``more`` that are not here."""

    field: str
    values: tuple[FieldValue, ...]
    more: int
    others: int


def fields(db: Connection, project_id: str) -> tuple[str, ...]:
    """What items can be told apart by: the names in their metadata, and how long they are."""
    return (*counted_by.fields(db, project_id), DURATION)


def values(db: Connection, project_id: str, field: str, *, like: str = "", most: int = MOST_VALUES) -> FieldValues:
    """The most frequent values of a field, of those that have ``like`` in them."""
    rows, more, others = counted_by.values(db, project_id, field, like=like, most=most)
    return FieldValues(field, tuple(FieldValue(value, n) for value, n in rows), more, others)


def counts_where(
    db: Connection, project_id: str, where: Where, names: Collection[str], *, cancel: CancelToken | None = None
) -> Counts:
    """The figures of those items alone."""
    return counts_by(db, project_id, where.field, [where.value], names, cancel=cancel)[where.value]


def counts_by(
    db: Connection,
    project_id: str,
    field: str,
    wanted: Collection[str],
    names: Collection[str],
    *,
    cancel: CancelToken | None = None,
) -> dict[str, Counts]:
    """The figures of some values of a field, read once."""
    asked = {one for name in names for one in (name, name + SQUARED)}
    sums: dict[str, defaultdict[Key, Sum]] = {value: defaultdict(lambda: (0, 0)) for value in wanted}
    for value, said in _pages(db, project_id, field, wanted, cancel):
        into = sums[value]
        for key, (n, total) in said.items():
            name, _, part = key.partition(":")
            if name in asked:
                held = into[name, part]
                into[name, part] = (held[0] + n, held[1] + total)
    return {value: Counts(dict(held)) for value, held in sums.items()}


def _pages(
    db: Connection, project_id: str, field: str, wanted: Collection[str], cancel: CancelToken | None
) -> Iterator[tuple[str, dict[str, tuple[int, int]]]]:
    for page in counted_by.said_by(db, project_id, field, wanted):
        if cancel is not None:
            cancel.check()
        yield from page
