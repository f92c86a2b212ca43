"""Bootstrap intervals: how far a figure about items would spread if other items of the kind had been drawn.

Whole items are drawn with replacement, and the interval lies between the percentiles of what the draws give (Efron and
Tibshirani 1993, chapter 13). For kappa and alpha such intervals hold what they promise, which the usual normal ones
and a resampling of single pairs of ratings do not (Zapf et al. 2016, BMC Medical Research Methodology 16:93).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
from msgspec import Struct

FloatArray = npt.NDArray[np.float64]

LEVEL = 0.95
RESAMPLES = 1_000
FEWEST_RESAMPLES = 200
FEWEST_ITEMS = 3
"""From one or two items there are hardly any different draws."""
MOST_UNDEFINED = 0.05
_MOST_DRAWN = 200_000_000
"""So many numbers are gone through for all resamples; there are fewer of them where each is large."""
_CELLS_AT_ONCE = 1 << 22


class Interval(Struct, frozen=True):
    """A 95 % interval, or the sentence why there is none; ``note`` says what is to be known of one that there is."""

    low: float | None
    high: float | None
    resamples: int = 0
    note: str = ""


def interval(
    weights: FloatArray,
    evaluate: Callable[[FloatArray], FloatArray],
    rng: np.random.Generator,
    *,
    width: int = 1,
    resamples: int = RESAMPLES,
) -> Interval:
    """The interval of a figure of many items, some of which are alike.

    Parameters
    ----------
    weights : (n_units,), how many items each unit stands for
    evaluate : takes weights (n_units, n_draws) and gives the figure of each draw (n_draws,), NaN where it has none
    width : numbers that ``evaluate`` keeps for each draw at the same time, so that memory stays small
    """
    n_units, n_items = len(weights), round(weights.sum())
    if n_items < FEWEST_ITEMS:
        return Interval(None, None, 0, f"An interval needs {FEWEST_ITEMS} items or more; here: {n_items}.")
    each = max(min(n_items, 4 * n_units), width)
    resamples = max(min(resamples, FEWEST_RESAMPLES), min(resamples, _MOST_DRAWN // each))
    at_once = max(1, min(resamples, _CELLS_AT_ONCE // max(n_units, width)))
    found = []
    for first in range(0, resamples, at_once):
        found.append(evaluate(draw(weights, n_items, min(at_once, resamples - first), rng)))
    return interval_of(np.concatenate(found))


def interval_of(values: FloatArray) -> Interval:
    """The interval that the figure of each draw gives; NaN where a draw has none."""
    resamples = len(values)
    defined = values[np.isfinite(values)]
    undefined = resamples - len(defined)
    if undefined > MOST_UNDEFINED * resamples:
        return Interval(None, None, resamples, f"{undefined:,} of {resamples:,} resamples have no value themselves.")
    tail = (1 - LEVEL) / 2
    low, high = (float(value) for value in np.quantile(defined, [tail, 1 - tail]))
    note = f"{undefined:,} of {resamples:,} resamples have no value and are left out." if undefined else ""
    if low == high:
        note = "All resamples give the same, so the interval is narrower than the truth."
    return Interval(low, high, resamples, note)


def draw(weights: FloatArray, n_items: int, n_draws: int, rng: np.random.Generator) -> FloatArray:
    """How often each unit is drawn, (n_units, n_draws)."""
    n_units = len(weights)
    if 4 * n_units < n_items:
        return rng.multinomial(n_items, weights / n_items, size=n_draws).T.astype(np.float64)
    unit_of = np.repeat(np.arange(n_units), weights.astype(np.intp))
    drawn = np.empty((n_units, n_draws))
    for draw in range(n_draws):
        drawn[:, draw] = np.bincount(unit_of[rng.integers(n_items, size=n_items)], minlength=n_units)
    return drawn
