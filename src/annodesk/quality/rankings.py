"""Rankings against what is relevant: NDCG and average precision, fair where several things were given one score.

Things of one score have no order of their own: NDCG is its mean over all orders of them (McSherry and Najork 2008), and
average precision looks at each of them with all of them drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from annodesk.quality.bootstrap import FloatArray
    from annodesk.quality.ratings import IntArray


def ndcg(gains: Sequence[float] | FloatArray, scores: Sequence[float] | FloatArray, k: int | None = None) -> (
    float | None
):  # fmt: skip
    """Discounted gain of a ranking by that of the best one, 0 to 1; None where nothing is relevant.

    Parameters
    ----------
    gains : (n,), how much each thing is worth, 0 or more
    scores : (n,), by which they were ranked, highest first
    k : only so many first places count
    """
    worth, order = np.asarray(gains, dtype=np.float64), np.asarray(scores, dtype=np.float64)
    discounts = 1 / np.log2(np.arange(2, len(worth) + 2))
    if k is not None:
        discounts[k:] = 0
    best = float((np.sort(worth)[::-1] * discounts).sum())
    if best <= 0:
        return None
    place, sizes = _blocks(order)
    means = np.bincount(place, weights=worth) / sizes
    shared = np.add.reduceat(discounts, np.concatenate([[0], np.cumsum(sizes)[:-1]]))
    return min(1.0, float((means * shared).sum()) / best)


def average_precision(relevant: Sequence[float] | FloatArray, scores: Sequence[float] | FloatArray) -> float | None:
    """The mean, over what is relevant, of the precision at its place; None where nothing is."""
    hits, order = np.asarray(relevant, dtype=np.float64) > 0, np.asarray(scores, dtype=np.float64)
    if not hits.any():
        return None
    place, sizes = _blocks(order)
    found = np.bincount(place, weights=hits.astype(np.float64))
    precision = np.cumsum(found) / np.cumsum(sizes)
    return float((found * precision).sum() / found.sum())


def _blocks(scores: FloatArray) -> tuple[IntArray, IntArray]:
    """Which block of equal scores each thing is in, highest first, and how many are in each."""
    _, place, sizes = np.unique(-scores, return_inverse=True, return_counts=True)
    return place.ravel(), sizes
