"""How often somebody's answers meet confirmed ones, between what bounds, and whether that has fallen.

It is looked at after every answer, so an ordinary test would sooner or later cry wolf. The evidence for a fall is a
Shiryaev-Roberts sum: for every answer that the fall may have begun after, how much likelier two shares (the former and
a lower one, each as likely as any other) make what was answered than one share does. While nothing changes it reaches
``FALSE_ALARM_EVERY`` once in so many answers at the most (Shin, Ramdas and Rinaldo 2023, E-detectors).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from msgspec import Struct

from annodesk.model.shares import wilson

FALSE_ALARM_EVERY = 400
"""While somebody works as before, one false alarm in so many answers at the most."""
LEAST_BEFORE = 5
"""So many answers must stand before a fall: of fewer nobody knows how they work."""
LEAST_ANSWERS = 10
"""Of fewer answers nothing is said of a person but how many there are."""
LEAST_RIGHT = 0.80
"""Somebody whose whole interval lies under this is to be talked with."""

_MOST = 2_000


class Accuracy(Struct, frozen=True):
    """A share of right answers with its 95 % interval; ``value`` is None of none."""

    n: int
    right: int
    value: float | None
    low: float
    high: float

    @property
    def is_low(self) -> bool:
        """Whether there are enough answers to say that it is too low."""
        return self.n >= LEAST_ANSWERS and self.high < LEAST_RIGHT


class Drift(Struct, frozen=True):
    """Since which answer somebody has been right less often, and how often before and since."""

    first: int
    before: Accuracy
    since: Accuracy


def accuracy(right: Sequence[bool]) -> Accuracy:
    """How often answers were right, by Wilson's interval."""
    n, count = len(right), sum(right)
    return Accuracy(n, count, count / n if n else None, *wilson(count, n))


def find_drift(right: Sequence[bool], *, every: int = FALSE_ALARM_EVERY) -> Drift | None:
    """Whether somebody is right less often than they were.

    Parameters
    ----------
    right : whether each answer was right, in the order in which they were given
    """
    from scipy.special import betaln

    begin = max(0, len(right) - _MOST)
    good = np.asarray(right[begin:], dtype=np.float64)
    n = len(good)
    if n <= LEAST_BEFORE:
        return None
    first = np.arange(LEAST_BEFORE, n)
    right_before = np.cumsum(good)[first - 1]
    wrong_before = first - right_before
    right_since, wrong_since = good.sum() - right_before, n - good.sum() - wrong_before
    evidence = betaln(right_before + 1, wrong_before + 1) + betaln(right_since + 1, wrong_since + 1)
    evidence -= betaln(good.sum() + 1, n - good.sum() + 1)
    has_fallen = right_since * first < right_before * (n - first)
    if not has_fallen.any():
        return None
    evidence = np.where(has_fallen, evidence, -np.inf)
    top = float(evidence.max())
    if top + np.log(np.exp(evidence - top).sum()) < np.log(every):
        return None
    at = begin + int(first[int(np.argmax(evidence))])
    return Drift(at, accuracy(right[begin:at]), accuracy(right[at:]))
