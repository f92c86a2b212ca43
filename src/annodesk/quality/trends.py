"""Means with their intervals from sums that are kept: how many, the sum of the values, and of their squares."""

from __future__ import annotations

import math

from msgspec import Struct

from annodesk.model.shares import wilson

_Z95 = 1.959963984540054
FEWEST = 3
"""Of fewer values an interval is as good as none."""


class Mean(Struct, frozen=True):
    """The mean of n values from 0 to 1 with its 95 % interval; nothing where n is 0."""

    n: int
    value: float | None
    low: float | None
    high: float | None


def mean_of(n: int, total: float, squares: float) -> Mean:
    """From the sums. One value is added that knows nothing, so that values all alike are not taken for certainty."""
    if n <= 0:
        return Mean(0, None, None, None)
    value = min(1.0, max(0.0, total / n))
    if n < FEWEST:
        return Mean(n, value, *wilson(min(n, max(0.0, total)), n))
    guess = (total + 1) / (n + 2)
    spread = max(0.0, squares - n * value * value)
    half = _Z95 * math.sqrt((spread + guess * (1 - guess)) / n / n)
    return Mean(n, value, max(0.0, value - half), min(1.0, value + half))


class Fall(Struct, frozen=True):
    """How a mean changed: by how much, and between what, with 95 % confidence."""

    before: Mean
    after: Mean
    by: float
    low: float
    high: float


def fall_of(before: Mean, after: Mean) -> Fall | None:
    """How far a mean fell; None where it did not, or where that may be chance."""
    known = (before.value, before.low, before.high, after.value, after.low, after.high)
    if before.n < FEWEST or after.n < FEWEST or None in known:
        return None
    b, b_low, b_high, a, a_low, a_high = (float(one) for one in known if one is not None)
    # Newcombe's way with two intervals that stand for themselves.
    by = b - a
    low = by - math.hypot(b - b_low, a_high - a)
    high = by + math.hypot(b_high - b, a - a_low)
    return Fall(before, after, by, low, high) if low > 0 else None
