"""Whether probabilities can still be believed beside what was found, or are too far from it for chance alone."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.quality.calibration import reliability

if TYPE_CHECKING:
    from annodesk.quality.bootstrap import FloatArray

BINS = 5
_DRAWS = 10_000
_AT_ONCE = 1 << 22


class Miscalibration(Struct, frozen=True):
    """How often probabilities that are right would be as far from what was found as these, by two measures.

    Parameters
    ----------
    spiegelhalter : of the Brier score against what it should be (Spiegelhalter 1986), on both sides
    by_bins : of the squared distances of shares right from mean probabilities, bin by bin (Hosmer and Lemeshow 1980),
        by drawing what would be found; None where every probability is 0 or 1
    """

    spiegelhalter: float | None
    by_bins: float | None

    def is_rejected(self, level: float = 0.05) -> bool:
        """Whether either measure says that these probabilities are wrong."""
        return any(p is not None and p < level for p in (self.spiegelhalter, self.by_bins))


def miscalibration(
    probabilities: Sequence[float] | FloatArray,
    right: Sequence[bool] | FloatArray,
    rng: np.random.Generator,
    *,
    bins: int = BINS,
) -> Miscalibration:
    """Test probabilities of answers against whether they proved right; raises AnnodeskError where one is none."""
    found = reliability(probabilities, right, bins=bins)
    if not found.n:
        return Miscalibration(None, None)
    p, y = np.asarray(probabilities, np.float64).ravel(), np.asarray(right, np.float64).ravel()
    order = np.argsort(p, kind="stable")
    p, y = p[order], y[order]
    spread = float(np.sum((1 - 2 * p) ** 2 * p * (1 - p)))
    z = float(np.sum((y - p) * (1 - 2 * p))) / math.sqrt(spread) if spread > 1e-12 else None
    first = np.cumsum([0, *(one.n for one in found.bins)])[:-1]
    expected, noise = np.add.reduceat(p, first), np.add.reduceat(p * (1 - p), first)
    open_bins = noise > 1e-12
    if not open_bins.any():
        return Miscalibration(None if z is None else math.erfc(abs(z) / math.sqrt(2)), None)

    def distance(said: FloatArray) -> FloatArray:
        sums = np.add.reduceat(said, first, axis=-1)
        return np.asarray((((sums - expected) ** 2)[..., open_bins] / noise[open_bins]).sum(axis=-1))

    seen, beyond = float(distance(y)), 0
    at_once = max(1, min(_DRAWS, _AT_ONCE // len(p)))
    for start in range(0, _DRAWS, at_once):
        n = min(at_once, _DRAWS - start)
        beyond += int((distance((rng.random((n, len(p))) < p).astype(np.float64)) >= seen - 1e-9).sum())
    return Miscalibration(
        None if z is None else math.erfc(abs(z) / math.sqrt(2)),
        (beyond + 1) / (_DRAWS + 1),
    )
