"""How far probabilities can be believed: reliability, Brier score, calibration error, and two ways to mend them.

A probability stands beside what was found: 1 where the answer it was given to proved right, 0 where not. Only unaided
answers may say what is right (rule 8): who has seen a suggestion agrees with it too often.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.quality.bootstrap import FloatArray, Interval, interval

if TYPE_CHECKING:
    from annodesk.quality.ratings import IntArray

BINS = 15
_CLOSEST = 1e-12
_HOTTEST = 100.0


class Bin(Struct, frozen=True):
    """Answers of about one probability: how many, their mean probability, and the share of them that was right."""

    low: float
    high: float
    n: int
    probability: float
    right: float


class Reliability(Struct, frozen=True):
    """How probabilities compare with what was found; None with a ``reason`` where that is not defined.

    ``brier`` is the mean squared error, ``ece`` the expected calibration error over bins of equal numbers: the mean
    distance between a bin's mean probability and its share of right answers.
    """

    n: int
    bins: tuple[Bin, ...] = ()
    brier: float | None = None
    ece: float | None = None
    brier_interval: Interval | None = None
    ece_interval: Interval | None = None
    reason: str = ""


def reliability(
    probabilities: Sequence[float] | FloatArray,
    right: Sequence[bool] | FloatArray,
    *,
    bins: int = BINS,
    rng: np.random.Generator | None = None,
) -> Reliability:
    """Reliability of probabilities; with a generator of random numbers the scores come with bootstrap intervals.

    Parameters
    ----------
    probabilities, right : (n,), what was said, from 0 to 1, and whether it proved right
    bins : most bins; they hold equally many answers, but equal probabilities are never parted
    """
    p, y = _pairs(probabilities, right)
    if not len(p):
        return Reliability(0, reason="No answer has both a probability and a verdict.")
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    first = bin_starts(p, bins)
    sizes = np.diff(np.append(first, len(p)))
    means, shares = np.add.reduceat(p, first) / sizes, np.add.reduceat(y, first) / sizes
    last = first + sizes - 1
    table = tuple(
        Bin(float(p[a]), float(p[b]), int(n), float(mean), float(share))
        for a, b, n, mean, share in zip(first, last, sizes, means, shares, strict=True)
    )
    errors = (p - y) ** 2
    found = Reliability(len(p), table, float(errors.mean()), _ece(sizes, means, shares))
    if rng is None:
        return found
    ones = np.ones(len(p))

    def brier_of(w: FloatArray) -> FloatArray:
        return np.asarray((errors @ w) / w.sum(axis=0))

    def ece_of(w: FloatArray) -> FloatArray:
        return np.array([_ece_of_draw(p, y, column.astype(np.intp), bins) for column in w.T])

    return Reliability(
        found.n,
        table,
        found.brier,
        found.ece,
        interval(ones, brier_of, rng),
        interval(ones, ece_of, rng),
    )


def _pairs(probabilities: Sequence[float] | FloatArray, right: Sequence[bool] | FloatArray) -> tuple[FloatArray, ...]:
    p, y = np.asarray(probabilities, dtype=np.float64).ravel(), np.asarray(right, dtype=np.float64).ravel()
    if len(p) != len(y):
        raise AnnodeskError(f"There are {len(p)} probabilities and {len(y)} verdicts.", "Give one of each.")
    if not (np.isfinite(p).all() and ((p >= 0) & (p <= 1)).all()):
        raise AnnodeskError("A probability is not a number from 0 to 1.", "Leave out what has none.")
    if not np.isin(y, (0.0, 1.0)).all():
        raise AnnodeskError("A verdict is neither right nor wrong.", "Leave out what was not judged.")
    return p, y


def bin_starts(p: FloatArray, bins: int) -> IntArray:
    """Where each bin of equally many sorted probabilities begins; equal ones lie in the first bin that has one."""
    cuts = np.linspace(0, len(p), max(1, min(bins, len(p))) + 1)[:-1].round().astype(np.intp)
    # A cut among equal probabilities moves behind them, so that the bins say the same whatever order they came in.
    moved = np.where(cuts == 0, 0, np.searchsorted(p, p[np.maximum(cuts, 1) - 1], side="right"))
    found: IntArray = np.unique(moved[moved < len(p)])
    return found


def _ece(sizes: IntArray, means: FloatArray, shares: FloatArray) -> float:
    return float((sizes * np.abs(means - shares)).sum() / sizes.sum())


def _ece_of_draw(p: FloatArray, y: FloatArray, times: IntArray, bins: int) -> float:
    p, y = np.repeat(p, times), np.repeat(y, times)
    first = bin_starts(p, bins)
    sizes = np.diff(np.append(first, len(p)))
    return _ece(sizes, np.add.reduceat(p, first) / sizes, np.add.reduceat(y, first) / sizes)


class Isotonic(Struct, frozen=True, eq=False):
    """A rising curve from probabilities as given to those that were found, straight between its points.

    Parameters
    ----------
    given, found : (n_points,), both rising
    """

    given: FloatArray
    found: FloatArray

    def __call__(self, probabilities: Sequence[float] | FloatArray) -> FloatArray:
        """Mended probabilities; beyond its ends the curve is level."""
        return np.interp(np.asarray(probabilities, dtype=np.float64), self.given, self.found)


def fit_isotonic(probabilities: Sequence[float] | FloatArray, right: Sequence[bool] | FloatArray) -> Isotonic:
    """The rising curve with the least squared error, by pooling neighbours that fall; raises AnnodeskError of nothing.

    Needs some hundred answers: with few it learns them by heart.
    """
    p, y = _pairs(probabilities, right)
    if not len(p):
        raise AnnodeskError("There is nothing to learn from.", "Have some answers judged first.")
    given, place = np.unique(p, return_inverse=True)
    weights = np.bincount(place).astype(np.float64)
    values = np.bincount(place, weights=y) / weights
    # Each block: its value, its weight and how many points it holds.
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        block = (value, weight, 1)
        while blocks and blocks[-1][0] >= block[0]:
            before = blocks.pop()
            both = before[1] + block[1]
            block = ((before[0] * before[1] + block[0] * block[1]) / both, both, before[2] + block[2])
        blocks.append(block)
    found = np.repeat([block[0] for block in blocks], [block[2] for block in blocks])
    return Isotonic(given, found)


class Temperature(Struct, frozen=True):
    """Divides log odds by a number: above 1 it makes probabilities less sure of themselves, below 1 surer."""

    temperature: float

    def __call__(self, probabilities: FloatArray) -> FloatArray:
        """Mended probabilities.

        Parameters
        ----------
        probabilities : (n,) of one answer each, or (n, n_labels) of all labels, each row with the sum 1
        """
        given = np.asarray(probabilities, dtype=np.float64)
        if given.ndim == 1:
            return np.asarray(_softened(np.stack([given, 1 - given], axis=1), self.temperature)[:, 0])
        return _softened(given, self.temperature)


def fit_temperature(probabilities: FloatArray, right: Sequence[int] | IntArray) -> Temperature:
    """The temperature at which what was found is most likely (Guo et al. 2017); raises AnnodeskError of nothing.

    Parameters
    ----------
    probabilities : (n,) of one answer each, or (n, n_labels) of all labels
    right : (n,), whether the answer proved right; or which label is right
    """
    given = np.asarray(probabilities, dtype=np.float64)
    label = np.asarray(right, dtype=np.intp).ravel()
    if given.ndim == 1:
        given, label = np.stack([given, 1 - given], axis=1), 1 - label
    if not len(given):
        raise AnnodeskError("There is nothing to learn from.", "Have some answers judged first.")
    if len(given) != len(label) or not np.isfinite(given).all() or given.min() < 0 or given.max() > 1:
        raise AnnodeskError("A probability is not a number from 0 to 1.", "Leave out what has none.")
    if label.min() < 0 or label.max() >= given.shape[1]:
        raise AnnodeskError("A verdict names no label.", "Leave out what was not judged.")
    from scipy.optimize import minimize_scalar

    logs = np.log(np.clip(given, _CLOSEST, 1))
    rows = np.arange(len(label))

    def unlikely(log_temperature: float) -> float:
        scaled = logs / math.exp(log_temperature)
        top = scaled.max(axis=1, keepdims=True)
        total = np.log(np.exp(scaled - top).sum(axis=1)) + top[:, 0]
        return float((total - scaled[rows, label]).mean())

    edge = math.log(_HOTTEST)
    best = minimize_scalar(unlikely, bounds=(-edge, edge), method="bounded", options={"xatol": 1e-8})
    return Temperature(math.exp(best.x))


def _softened(given: FloatArray, temperature: float) -> FloatArray:
    scaled = np.log(np.clip(given, _CLOSEST, 1)) / temperature
    powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))
