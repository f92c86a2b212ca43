"""How far a model's probabilities can be believed, with items as heavy as they were unlikely to be drawn."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.quality.calibration import Bin, bin_starts
from annodesk.quality.draws import Draws, Measure, ratio_of

if TYPE_CHECKING:
    from annodesk.quality.bootstrap import FloatArray
    from annodesk.quality.predicted import Counted
    from annodesk.quality.ratings import IntArray

BINS = 10
EACH = 10
"""So many answers are in a bin, or more: of fewer its share of right ones says nothing."""
NO_PROBABILITIES = "The file tells no probabilities."
NOBODY_UNAIDED = "Nobody answered these items without sight of suggestions, so calibration is not known."


class Calibration(Struct, frozen=True):
    """How probabilities compare with what stands, over ``n`` answers: Brier score and expected calibration error."""

    n: int
    bins: tuple[Bin, ...]
    brier: Measure
    ece: Measure


def calibration_of(
    rows: Sequence[Counted | None], weight: FloatArray, unaided: FloatArray, draws: Draws, *, by_label: bool = True
) -> tuple[Calibration, dict[str, Calibration]]:
    """Of all answers of a model, and of those of each label, where these are asked for.

    Parameters
    ----------
    unaided : (n_items,), 1 where somebody answered an item without sight of suggestions
    """
    found = [
        (place, sure.label, sure.probability, sure.right)
        for place, one in enumerate(rows)
        if one is not None
        for sure in one.sure
    ]
    kept = [one for one in found if unaided[one[0]]]
    if not kept:
        none = Measure(note=NOBODY_UNAIDED if found else NO_PROBABILITIES)
        return Calibration(0, (), none, none), {}
    item = np.array([one[0] for one in kept], dtype=np.intp)
    p, y = np.array([one[2] for one in kept]), np.array([one[3] for one in kept], dtype=np.float64)
    labels = np.array([one[1] for one in kept])
    each = {}
    for label in sorted(set(labels.tolist())) if by_label else ():
        wanted = labels == label
        each[label] = _of(item[wanted], p[wanted], y[wanted], weight, draws)
    return _of(item, p, y, weight, draws), each


def _of(item: IntArray, p: FloatArray, y: FloatArray, weight: FloatArray, draws: Draws) -> Calibration:
    order = np.argsort(p, kind="stable")
    item, p, y = item[order], p[order], y[order]
    each, n_items = weight[item], len(weight)

    def column(values: FloatArray, of: slice = slice(None)) -> FloatArray:
        return np.bincount(item[of], weights=(values * each)[of], minlength=n_items).astype(np.float64)

    total, errors = column(np.ones(len(p))), column((p - y) ** 2)
    starts = bin_starts(p, max(1, min(BINS, len(p) // EACH)))
    parts = [slice(a, b) for a, b in zip(starts.tolist(), [*starts[1:].tolist(), len(p)], strict=True)]
    within = [column(values, part) for part in parts for values in (p, y)]
    below, wrong, *sums = draws.sums(np.stack([total, errors, *within], axis=1))
    bins, apart = [], np.zeros(len(below))
    for part, sure, right in zip(parts, sums[::2], sums[1::2], strict=True):
        heavy = float(each[part].sum())
        first, end = part.start, part.stop
        bins.append(
            Bin(float(p[first]), float(p[end - 1]), end - first, float(sure[0] / heavy), float(right[0] / heavy))
        )
        apart += np.abs(sure - right)
    brier, ece = ratio_of(wrong, below, total), ratio_of(apart, below, total)
    return Calibration(len(p), tuple(bins), brier.told(), ece.told())
