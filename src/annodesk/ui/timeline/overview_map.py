"""What was said over the whole recording, in a few rows of pixels: each tier's labels, and where the model doubts."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.model.schema import Tier, TierKind, colour_of

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment

Float64 = NDArray[np.float64]

LEAST_SHARE = 0.35
"""How strong the colour of a column at least is that holds anything: one word in an hour is seen."""


class Row(Struct, frozen=True):
    """One row: its columns' colours ``#rrggbb`` (index -1 is none) and how strong each is, 0 to 1."""

    colours: tuple[str, ...]
    index: NDArray[np.int16]
    strength: NDArray[np.float32]


def tier_row(annotations: AnnotationSet, tier: Tier, plain: str, low_us: int, high_us: int, width: int) -> Row:
    """The label that covers most of each column, and how much of it is covered; ``plain`` colours what has no label."""
    colours = tuple(dict.fromkeys([*(colour_of(tier, one.name) for one in tier.labels), plain]))
    places = annotations.places(tier.name)
    found = np.array([colours.index(_colour(annotations, i, tier, plain)) for _, _, i in places], np.int64)
    starts = np.array([start for start, _, _ in places], np.float64)
    ends = np.array([end for _, end, _ in places], np.float64)
    edges = np.linspace(low_us, high_us, width + 1)
    if tier.kind is TierKind.POINT:
        ends = starts + (high_us - low_us) / width
    covered = np.stack([covered_share(starts[found == k], ends[found == k], edges) for k in range(len(colours))])
    most = covered.argmax(axis=0)
    whole = covered.sum(axis=0)
    strength = np.where(whole > 0, np.clip(whole, LEAST_SHARE, 1), 0)
    return Row(colours, np.where(whole > 0, most, -1).astype(np.int16), strength.astype(np.float32))


def doubt_row(suggestions: Iterable[Segment], below: float, colour: str, low_us: int, high_us: int, width: int) -> Row:
    """Where suggestions are less sure than ``below``: the less sure, the stronger."""
    doubts = [
        (s.start_us, s.end_us, 1 - s.origin.suggestion.probability)
        for s in suggestions
        if s.origin.suggestion is not None and s.origin.suggestion.probability < below
    ]
    strength = np.zeros(width, np.float32)
    per_column = max(1.0, (high_us - low_us) / width)
    for start, end, doubt in doubts:
        first = int(np.clip((start - low_us) / per_column, 0, width - 1))
        last = int(np.clip((end - 1 - low_us) / per_column, first, width - 1))
        part = strength[first : last + 1]
        np.maximum(part, LEAST_SHARE + (1 - LEAST_SHARE) * min(1.0, 2 * doubt), out=part)
    return Row((colour,), np.where(strength > 0, 0, -1).astype(np.int16), strength)


def covered_share(starts: Float64, ends: Float64, edges: Float64) -> Float64:
    """How much of each column between edges (n + 1,) stretches cover; where they overlap, more than 1."""

    def passed(times: Float64) -> Float64:
        ordered = np.sort(times)
        sums = np.concatenate([[0.0], np.cumsum(ordered)])
        count = np.searchsorted(ordered, edges)
        return np.asarray(count * edges - sums[count], np.float64)

    whole = passed(starts) - passed(ends)
    return np.asarray(np.diff(whole) / np.maximum(np.diff(edges), 1e-9), np.float64)


def paint_rows(rows: Sequence[Row]) -> NDArray[np.uint32]:
    """The rows as premultiplied ARGB pixels, uint32 (rows, width)."""
    pixels = []
    for row in rows:
        table = np.array([[int(c[k : k + 2], 16) for k in (1, 3, 5)] for c in row.colours], np.float64)
        strength = row.strength[:, None].astype(np.float64)
        parts = np.rint(table[np.maximum(row.index, 0)] * strength).astype(np.uint32)
        alpha = np.rint(row.strength * 255).astype(np.uint32)
        pixels.append((alpha << 24) | (parts[:, 0] << 16) | (parts[:, 1] << 8) | parts[:, 2])
    return np.array(pixels, np.uint32)


def _colour(annotations: AnnotationSet, element_id: str, tier: Tier, plain: str) -> str:
    label = annotations.segment(element_id).label
    return colour_of(tier, label) if label and any(one.name == label for one in tier.labels) else plain
