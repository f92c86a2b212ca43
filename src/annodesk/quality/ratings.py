"""Ratings of many items by many people: read from rows, with missing values, and as numbers to count with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from operator import methodcaller
from pathlib import Path

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from annodesk.errors import FormatError

COLUMNS = ("item", "annotator", "label")

Rating = frozenset[str]
"""The labels one person gave one item; a missing value is not there at all."""


class Ratings(Struct, frozen=True):
    """Who gave which labels to which item; items and annotators in the order they were first named."""

    by_item: Mapping[str, Mapping[str, Rating]]
    annotators: tuple[str, ...]

    @property
    def items(self) -> tuple[str, ...]:
        """All items named, also those nobody rated."""
        return tuple(self.by_item)

    def units(self) -> list[list[Rating]]:
        """The ratings of each item that has any."""
        return [list(given.values()) for given in self.by_item.values() if given]


IntArray = npt.NDArray[np.integer]

_GIVEN = methodcaller("values")
_CELLS_PER_RATING = 8
"""A table may have so many cells for each rating in it; 40,000 people who rate two items each would fill gigabytes."""


class Listed(Struct, frozen=True, eq=False):
    """Ratings as numbers, one entry each, sorted by item: which item, which person, and which of the labels.

    Parameters
    ----------
    item, person, code : int, (n_ratings,)
    n_items, n_people, n_labels : also those without a rating
    """

    item: IntArray
    person: IntArray
    code: IntArray
    n_items: int
    n_people: int
    n_labels: int

    def table(self) -> IntArray | None:
        """Codes as (n_items, n_people), -1 where missing; None where such a table would be mostly empty."""
        return self._filled(self.person, self.n_people)

    def crowded(self) -> IntArray | None:
        """Codes as (n_items, most ratings of an item), whoever gave them; None where it would be mostly empty."""
        sizes = np.bincount(self.item, minlength=self.n_items)
        place = np.arange(len(self.item)) - np.repeat(np.cumsum(sizes) - sizes, sizes)
        return self._filled(place, int(sizes.max(initial=0)))

    def _filled(self, column: IntArray, width: int) -> IntArray | None:
        if self.n_items * width > _CELLS_PER_RATING * len(self.code) + 1_000:
            return None
        codes = np.full((self.n_items, width), -1, dtype=np.int32)
        codes[self.item, column] = self.code
        return codes


def listed(ratings: Ratings) -> tuple[Listed, tuple[Rating, ...], tuple[str, ...]]:
    """Ratings as numbers, the labels that the codes stand for and the people, both in the order they first appear."""
    units = ratings.by_item.values()
    # Millions of ratings are looked up here, so without a loop in Python.
    labels = {one: place for place, one in enumerate(dict.fromkeys(chain.from_iterable(map(_GIVEN, units))))}
    named = chain(ratings.annotators, chain.from_iterable(units))
    people = {one: place for place, one in enumerate(dict.fromkeys(named))}
    sizes = np.fromiter(map(len, units), np.intp, len(units))
    total = int(sizes.sum())
    found = Listed(
        np.repeat(np.arange(len(units)), sizes),
        np.fromiter(map(people.__getitem__, chain.from_iterable(units)), np.intp, total),
        np.fromiter(map(labels.__getitem__, chain.from_iterable(map(_GIVEN, units))), np.intp, total),
        len(units),
        len(people),
        len(labels),
    )
    return found, tuple(labels), tuple(people)


def ratings_from_rows(rows: Iterable[Sequence[str]], path: Path | str = "ratings") -> Ratings:
    """Ratings from rows with the header ``item,annotator,label``, as a CSV reader gives them.

    Several labels are joined by ``|``; an empty label is a missing value. Other columns are ignored, blank rows too.
    Raises FormatError, naming ``path`` and the row, for a missing column, a nameless item or a second rating.
    """
    places: dict[str, int] | None = None
    by_item: dict[str, dict[str, Rating]] = {}
    annotators: dict[str, None] = {}
    known: dict[str, Rating] = {}
    for number, row in enumerate(rows, start=1):
        if places is None:
            cells = [cell.strip() for cell in row]
            if any(cells):
                places = _places([cell.removeprefix("\ufeff").lower() for cell in cells], path, number)
            continue
        item, annotator, label = (row[place].strip() if place < len(row) else "" for place in places.values())
        if not (item and annotator):
            _require_blank(row, item, path, number)
            continue
        annotators.setdefault(annotator)
        given = by_item.setdefault(item, {})
        rating = known.get(label)
        if rating is None:
            rating = known[label] = frozenset(part for part in (p.strip() for p in label.split("|")) if part)
        if not rating:
            continue
        if annotator in given:
            raise FormatError(path, number, f"{annotator} rates {item} a second time", "Keep one row of each.")
        given[annotator] = rating
    if places is None:
        raise FormatError(path, 1, f"is empty; expected the header {','.join(COLUMNS)}")
    return Ratings(by_item, tuple(annotators))


def _require_blank(row: Sequence[str], item: str, path: Path | str, number: int) -> None:
    """Refuse a row without an item or an annotator, but for one that says nothing at all."""
    if not any(cell.strip() for cell in row):
        return
    if len(row) < 2:
        raise FormatError(path, number, f"has {len(row)} cells; expected {', '.join(COLUMNS)}")
    raise FormatError(path, number, f"has no {'annotator' if item else 'item'}")


def _places(header: Sequence[str], path: Path | str, number: int) -> dict[str, int]:
    missing = [name for name in COLUMNS if name not in header]
    if missing:
        found = ",".join(header)
        raise FormatError(path, number, f"the header is {found!r}; expected {','.join(COLUMNS)}")
    return {name: header.index(name) for name in COLUMNS}
