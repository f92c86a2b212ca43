"""How long work takes beside what it was expected to take: by the length of a task, what is in it, and suggestions.

The expectation is a straight line through all work of the project, kept as sums alone, so that no item is read again.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from msgspec import Struct

_Z95 = 1.959963984540054
FEWEST = 12
"""From less work no expectation is made."""


class Expectation(Struct, frozen=True):
    """Minutes expected of a set: ``weights`` for each measure; ``spread`` of the minutes around that."""

    weights: tuple[float, ...]
    spread: float
    n: int


class Ratio(Struct, frozen=True):
    """Time taken over time expected for that work, below 1 where it was faster; with its 95 % interval."""

    n: int
    value: float | None
    low: float | None
    high: float | None
    minutes: float
    expected: float | None


def expectation(sums: Mapping[tuple[str, str], float], measures: Sequence[str], n: int) -> Expectation | None:
    """The line of least squares from the sums of products; ``measures`` end with the time, begin with a constant 1.

    No weight is below nothing: more to do never takes less time. The constant and suggestions may be.
    """
    if n < FEWEST:
        return None
    size = len(measures)
    table = np.zeros((size, size))
    for row, a in enumerate(measures):
        for column, b in enumerate(measures):
            table[row, column] = sums.get((a, b), sums.get((b, a), 0.0))
    x, y, yy = table[:-1, :-1], table[:-1, -1], float(table[-1, -1])
    used = [i for i in range(size - 1) if x[i, i] > 0]
    while True:
        weights = np.zeros(size - 1)
        if used:
            # A little is added on the diagonal, so that measures that always go together are no trouble.
            square = x[np.ix_(used, used)]
            weights[used] = np.linalg.solve(square + np.diag(1e-6 * np.diag(square) + 1e-12), y[used])
        bad = [i for i in used if weights[i] < 0 and measures[i] in ("length", "segments")]
        if not bad:
            break
        used.remove(min(bad, key=lambda i: weights[i]))
    left = yy - 2 * float(weights @ y) + float(weights @ x @ weights)
    return Expectation(tuple(weights.tolist()), math.sqrt(max(left, 0.0) / max(n - len(used), 1)), n)


def ratio(known: Expectation, measured: Sequence[float], minutes: float, n: int) -> Ratio:
    """Of some work: ``measured`` are the sums of its measures without the time."""
    expected = sum(w * m for w, m in zip(known.weights, measured, strict=True))
    if n <= 0 or expected <= 0:
        return Ratio(max(n, 0), None, None, None, minutes, None)
    half = _Z95 * known.spread * math.sqrt(n) / expected
    value = minutes / expected
    return Ratio(n, value, max(0.0, value - half), value + half, minutes, expected)
