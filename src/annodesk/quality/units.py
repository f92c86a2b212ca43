"""Items that were rated alike, taken together: what coefficients, their intervals and Dawid and Skene's model count."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from annodesk.quality.ratings import IntArray, Listed

FloatArray = npt.NDArray[np.float64]
Matrix = Any
"""Numbers in two dimensions: an array, or scipy's sparse one where that would be mostly zeros; both take ``@``."""

_DENSE_CELLS = 1 << 21
_COUNTED_KEYS = 1 << 16
_LARGEST_KEY = 62 * math.log(2)


class Units(Struct, frozen=True, eq=False):
    """Items with equal ratings as one unit.

    Parameters
    ----------
    counts : (n_units, n_columns), how often each label (``label_units``), or whether each person each label
        (``person_units``), is found in the unit
    weights : (n_units,), how many items the unit stands for
    of_item : int, (n_items,), the unit of each item; -1 of an item that nobody has rated
    """

    counts: Matrix
    weights: FloatArray
    of_item: IntArray


class PersonUnits(Struct, frozen=True, eq=False):
    """Units that keep apart who gave which label.

    Parameters
    ----------
    units : its columns are the pairs of a person and a label that occur, sorted by person
    person, code : int, (n_columns,), whose column it is and which label it is about
    """

    units: Units
    person: IntArray
    code: IntArray


def tally(rows: IntArray, columns: IntArray, shape: tuple[int, int]) -> Matrix:
    """How often each pair of row and column occurs."""
    n_rows, n_columns = shape
    if n_rows * n_columns <= _DENSE_CELLS:
        cells = np.bincount(rows * n_columns + columns, minlength=n_rows * n_columns)
        return cells.reshape(shape).astype(np.float64)
    from scipy.sparse import csr_array

    return csr_array((np.ones(len(rows)), (rows, columns)), shape=shape)


def row_sums(matrix: Matrix) -> FloatArray:
    """The sum of each row, of an array or a sparse one."""
    return np.asarray(matrix.sum(axis=1), dtype=np.float64).ravel()


def dense(matrix: Matrix) -> FloatArray:
    """An array, also of a sparse one."""
    return matrix if isinstance(matrix, np.ndarray) else np.asarray(matrix.toarray())


def label_units(ratings: IntArray | Listed, n_labels: int) -> Units:
    """Items in which each label was given equally often, whoever gave it, as one unit.

    Parameters
    ----------
    ratings : int, (n_items, n_people), -1 where missing; or the list of them
    """
    if isinstance(ratings, Listed):
        table = ratings.crowded()
        if table is None:
            counts = tally(ratings.item, ratings.code, (ratings.n_items, n_labels))
            return _rated(counts, ratings.n_items)
        ratings = table
    n_items, n_people = ratings.shape
    base = n_people + 1
    if n_labels * math.log(base) <= math.log(max(_COUNTED_KEYS, 4 * n_items)):
        # What follows takes a few passes over the items, where sorting each item's ratings would take most of the time.
        powers = np.append(base ** np.arange(n_labels), 0)
        keys = np.zeros(n_items, dtype=np.intp)
        for column in ratings.T:
            keys += powers[column]
        distinct, weights, of_item = _counted(keys, base**n_labels)
        return Units((distinct[:, None] // powers[:-1] % base).astype(np.float64), weights, of_item)
    rows, weights, of_item = _alike(np.sort(ratings, axis=1), n_labels)
    unit, place = np.nonzero(rows >= 0)
    return Units(tally(unit, rows[unit, place], (len(rows), n_labels)), weights, of_item)


def person_units(ratings: IntArray | Listed, n_labels: int) -> PersonUnits:
    """Items in which everybody gave the same label as one unit.

    Parameters
    ----------
    ratings : int, (n_items, n_people), -1 where missing; or the list of them
    """
    table = ratings.table() if isinstance(ratings, Listed) else ratings
    if table is None:
        assert isinstance(ratings, Listed)
        pairs, column = _pairs(ratings.person, ratings.code, n_labels)
        units = _rated(tally(ratings.item, column, (ratings.n_items, len(pairs))), ratings.n_items)
    else:
        rows, weights, of_item = _alike(table, n_labels)
        unit, person = np.nonzero(rows >= 0)
        pairs, column = _pairs(person, rows[unit, person], n_labels)
        units = Units(tally(unit, column, (len(rows), len(pairs))), weights, of_item)
    return PersonUnits(units, pairs // max(1, n_labels), pairs % max(1, n_labels))


def _pairs(person: IntArray, code: IntArray, n_labels: int) -> tuple[IntArray, IntArray]:
    """The pairs of a person and a label that occur, as one number each, and the place of each rating's."""
    keys = person * n_labels + code + 1
    distinct, _, column = _counted(keys, int(keys.max(initial=0)) + 1)
    return distinct - 1, column


def _rated(counts: Matrix, n_items: int) -> Units:
    """Each item that has a rating as a unit of its own."""
    rated = np.flatnonzero(row_sums(counts))
    return Units(counts[rated], np.ones(len(rated)), _places(rated, n_items))


def _places(rated: IntArray, n_items: int) -> IntArray:
    """Where each item stands among those rated, -1 of the others."""
    of_item = np.full(n_items, -1, dtype=np.intp)
    of_item[rated] = np.arange(len(rated))
    return of_item


def _alike(codes: IntArray, n_labels: int) -> tuple[IntArray, FloatArray, IntArray]:
    """Distinct rows that hold a rating, how many items have each, and the row of each item."""
    n_items, width = codes.shape
    if width * math.log(n_labels + 1) > _LARGEST_KEY:
        # So many different rows are possible that few items would be equal.
        rated = np.flatnonzero((codes >= 0).any(axis=1))
        return codes[rated], np.ones(len(rated)), _places(rated, n_items)
    keys = np.zeros(n_items, dtype=np.int64)
    for column in codes.T:
        keys *= n_labels + 1
        keys += column
        keys += 1
    distinct, weights, of_item = _counted(keys, (n_labels + 1) ** width)
    rows = np.empty((len(distinct), width), dtype=np.intp)
    for place in range(width):
        rows[:, place] = distinct // (n_labels + 1) ** (width - 1 - place) % (n_labels + 1) - 1
    return rows, weights, of_item


def _counted(keys: IntArray, n_keys: int) -> tuple[IntArray, FloatArray, IntArray]:
    """The distinct keys but 0, which is that of an item without ratings; how many have each; and the place of each."""
    if n_keys <= max(_COUNTED_KEYS, 4 * len(keys)):
        found = np.bincount(keys, minlength=n_keys)
        found[0] = 0
        distinct = np.flatnonzero(found)
        place = np.full(n_keys, -1, dtype=np.intp)
        place[distinct] = np.arange(len(distinct))
        return distinct, found[distinct].astype(np.float64), place[keys]
    distinct, found = np.unique(keys, return_counts=True)
    if len(distinct) and distinct[0] == 0:
        distinct, found = distinct[1:], found[1:]
    of_item = np.where(keys == 0, -1, np.searchsorted(distinct, keys))
    return distinct, found.astype(np.float64), of_item
