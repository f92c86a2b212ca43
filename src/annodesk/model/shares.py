"""Shares of a whole, and between what bounds they lie."""

from __future__ import annotations

import math

_Z95 = 1.959963984540054


def wilson(count: float, of: float) -> tuple[float, float]:
    """The 95 % interval of a share, by Wilson's score; from 0 to 1 of nothing.

    Counts need not be whole: what was not drawn one by one is worth fewer answers than there are.
    """
    if of <= 0:
        return 0.0, 1.0
    share, square = count / of, _Z95**2
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = _Z95 / (1 + square / of) * math.sqrt(share * (1 - share) / of + square / (4 * of**2))
    # At the ends the sum comes out at a hair beside them.
    return max(0.0, middle - half) if count else 0.0, min(1.0, middle + half) if count < of else 1.0
