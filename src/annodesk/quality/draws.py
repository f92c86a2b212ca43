"""The same drawings of items for every figure of an evaluation, so that two models are compared on the same items.

A figure is a sum over items by another sum over items, each item as heavy as its weight. Whole items are drawn with
replacement (see `bootstrap`): the segments of one recording are right or wrong together.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from annodesk.model.shares import wilson
from annodesk.quality.bootstrap import FEWEST_ITEMS, FEWEST_RESAMPLES, RESAMPLES, FloatArray, interval_of

_MOST_COUNTS = 50_000_000
"""So many numbers are kept of all drawings; there are fewer drawings of very many items."""

ALL_ALIKE = "Every drawing of items gives the same, so the interval is Wilson's."
ALL_ALIKE_TWICE = "Every drawing of items gives the same, so the interval is Agresti and Min's."
_Z = 1.959963984540054


class Measure(Struct, frozen=True):
    """A figure and its 95 % interval; None where it has none, and ``note`` says why, or what the interval is."""

    value: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


class Draws:
    """How often each item is in each drawing."""

    def __init__(self, n_items: int, rng: np.random.Generator) -> None:
        self.n_items = n_items
        self._counts: npt.NDArray[np.float32] | None = None
        if n_items >= FEWEST_ITEMS:
            resamples = max(FEWEST_RESAMPLES, min(RESAMPLES, _MOST_COUNTS // n_items))
            self._counts = np.empty((resamples, n_items), dtype=np.float32)
            for one in self._counts:
                one[:] = np.bincount(rng.integers(n_items, size=n_items), minlength=n_items)

    def sums(self, columns: FloatArray) -> FloatArray:
        """Each column's sum over the items there are, then over those of each drawing; many at once are quicker.

        Parameters
        ----------
        columns : (n_items, n_columns)

        Returns
        -------
        (n_columns, 1 + n_draws)
        """
        whole: FloatArray = columns.sum(axis=0)[:, np.newaxis]
        if self._counts is None:
            return whole
        return np.concatenate([whole, (self._counts @ columns.astype(np.float32)).T], axis=1)

    def ratio(self, top: FloatArray, bottom: FloatArray) -> Ratio:
        """One sum by another, as it is and as each drawing gives it."""
        above, below = self.sums(np.stack([top, bottom], axis=1))
        return ratio_of(above, below, bottom)


class Ratio(Struct, frozen=True, eq=False):
    """A figure as it is and in each drawing.

    Parameters
    ----------
    values : (1 + n_draws,), NaN where it is not defined
    effective : so many equally heavy items would tell as much
    items : on so many items it rests
    is_difference : whether it lies between -1 and 1
    """

    values: FloatArray
    effective: float
    items: int
    is_difference: bool = False

    def told(self, nothing: str = "There is nothing to count.") -> Measure:
        """The figure with its interval; ``nothing`` says what it means that there is none."""
        value = float(self.values[0])
        if not np.isfinite(value):
            return Measure(note=nothing)
        if self.items < FEWEST_ITEMS or len(self.values) == 1:
            return Measure(value, note=f"An interval needs {FEWEST_ITEMS} items or more; here: {self.items}.")
        found = interval_of(self.values[1:])
        if found.low is None or found.high is None or found.low < found.high:
            return Measure(value, found.low, found.high, found.note)
        if self.is_difference:
            # As if half an item more had come out in each way (see `paired`).
            half = _Z / (self.effective + 2)
            return Measure(value, max(-1.0, value - half), min(1.0, value + half), ALL_ALIKE_TWICE)
        low, high = wilson(min(1.0, value) * self.effective, self.effective)
        return Measure(value, min(low, value), max(high, value), ALL_ALIKE)


def ratio_of(above: FloatArray, below: FloatArray, bottom: FloatArray) -> Ratio:
    """One figure by another, from their sums; ``bottom`` is the column that the second ones are of."""
    squares = float((bottom**2).sum())
    effective = float(bottom.sum()) ** 2 / squares if squares else 0.0
    return Ratio(by(above, below), effective, int(np.count_nonzero(bottom)))


def by(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """One by the other; NaN where there is nothing to divide by."""
    found: FloatArray = np.divide(top, bottom, out=np.full(len(top), np.nan), where=bottom > 0)
    return found


def less(new: Ratio, old: Ratio) -> Ratio:
    """One figure less another of the same items."""
    values = new.values - old.values
    return Ratio(values, min(new.effective, old.effective), min(new.items, old.items), is_difference=True)


def joined(ratios: list[Ratio], how: Callable[[FloatArray], FloatArray]) -> Ratio:
    """A figure made of several others, drawing by drawing; it rests on what the least of them rests on.

    Parameters
    ----------
    how : takes (n_ratios, 1 + n_draws) and gives (1 + n_draws,)
    """
    values = np.stack([one.values for one in ratios])
    return Ratio(how(values), min(one.effective for one in ratios), min(one.items for one in ratios))
