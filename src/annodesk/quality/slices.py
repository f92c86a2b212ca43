"""Where models are worst: their F1 for each value of each metadata field, small ones marked."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
from msgspec import Struct

from annodesk.quality.draws import Draws, Measure, Ratio, less, ratio_of

if TYPE_CHECKING:
    from annodesk.quality.bootstrap import FloatArray
    from annodesk.quality.ranked import Ranking
    from annodesk.quality.sureness import Calibration

SMALL = 20
"""Of fewer items a slice is marked: that it is worst may be chance."""
MOST_VALUES = 30
"""So many values of a field are told, those of the most items."""
MOST_FIELDS = 50
BANDS = 4
"""Into so many of equally many items the numbers of a field are put that has more than there are values to tell."""
LONGEST = 80
_AT_ONCE = 10
"""So many slices are counted together: their columns stand beside each other."""

Mask = npt.NDArray[np.bool_]


class Slice(Struct, frozen=True):
    """The items with one value of a field: F1 of each model, and of two the second's less the first's.

    ``calibration`` and ``ranking`` are of each model too, of the first slices alone (`evaluation.MOST_TOLD`).
    """

    field: str
    value: str
    items: int
    is_small: bool
    f1: tuple[Measure, ...]
    difference: Measure | None = None
    item_ids: tuple[str, ...] = ()
    calibration: tuple[Calibration, ...] = ()
    ranking: tuple[Ranking, ...] = ()


def slices_of(
    ids: Sequence[str],
    metadata: Sequence[Mapping[str, Any]],
    has: Mask,
    columns: Sequence[Sequence[FloatArray]],
    draws: Draws,
) -> tuple[Slice, ...]:
    """Every slice, the worst first and small ones after all others.

    Parameters
    ----------
    has : (n_items,), whether an item counts
    columns : of each model how often each item's labels stand, were said and were right, by weight
    """
    found = []
    for field in _fields(metadata):
        values = values_of([one.get(field) for one in metadata])
        times = Counter(value for value, counts in zip(values, has.tolist(), strict=True) if value and counts)
        if len(times) < 2:
            continue
        told_of = times.most_common(MOST_VALUES)
        for first in range(0, len(told_of), _AT_ONCE):
            page = told_of[first : first + _AT_ONCE]
            masks = [np.array([one == value for one in values]) & has for value, _ in page]
            each = [_f1(draws, model, masks) for model in columns]
            for place, (value, items) in enumerate(page):
                f1 = [model[place] for model in each]
                second = less(f1[1], f1[0]).told() if len(f1) == 2 else None
                among = [ids[n] for n in np.flatnonzero(masks[place]).tolist()]
                told = tuple(one.told("Nothing stands there, and nothing was said.") for one in f1)
                found.append(Slice(field, value, items, items < SMALL, told, second, tuple(among)))
    return tuple(sorted(found, key=lambda one: (one.is_small, _worst(one), one.field, one.value)))


def _f1(draws: Draws, columns: Sequence[FloatArray], masks: Sequence[Mask]) -> list[Ratio]:
    """F1 of one model within each of some slices."""
    truths, said, right = columns
    above, below = [2 * right * mask for mask in masks], [(truths + said) * mask for mask in masks]
    sums = draws.sums(np.stack([*above, *below], axis=1))
    return [ratio_of(sums[n], sums[len(masks) + n], below[n]) for n in range(len(masks))]


def _worst(one: Slice) -> float:
    return min((f1.value for f1 in one.f1 if f1.value is not None), default=2.0)


def _fields(metadata: Sequence[Mapping[str, Any]]) -> list[str]:
    times = Counter(field for one in metadata for field in one)
    return sorted(field for field, _ in times.most_common(MOST_FIELDS))


def values_of(values: Sequence[Any]) -> list[str]:
    """What each item's value is called, "" for none; many different numbers are put into bands."""
    different = {repr(one) for one in values if one is not None}
    numbers = [_number(one) for one in values]
    if len(different) > MOST_VALUES and all(
        n is not None for n, v in zip(numbers, values, strict=True) if v is not None
    ):
        known = np.array([n for n in numbers if n is not None])
        edges = np.unique(np.quantile(known, np.linspace(0, 1, BANDS + 1)))
        return ["" if n is None else _band(n, edges) for n in numbers]
    return [_name(one) for one in values]


def _number(value: Any) -> float | None:
    if isinstance(value, bool):
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if np.isfinite(number) else None


def _band(number: float, edges: FloatArray) -> str:
    place = int(np.clip(np.searchsorted(edges, number, side="right") - 1, 0, max(0, len(edges) - 2)))
    return f"{edges[place]:g} to {edges[min(place + 1, len(edges) - 1)]:g}"


def _name(value: Any) -> str:
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
