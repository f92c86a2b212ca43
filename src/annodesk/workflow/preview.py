"""What a threshold would have done to the items so far: how many would have gone to review, and what that costs."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.shares import wilson

if TYPE_CHECKING:
    from annodesk.workflow.escalation import Thresholds

WEEK_US = 7 * 86_400_000_000


class PastItem(Struct, frozen=True):
    """An item that has been scored: when, and what decides whether it goes to review at a threshold.

    It goes where ``value`` is below the threshold; a value below 0 means that it goes at any.
    """

    value: float
    at_us: int


class Preview(Struct, frozen=True):
    """Of ``items`` scored so far those that would have gone to review at a threshold.

    ``share`` lies between ``low`` and ``high`` with 95 % certainty (Wilson); all None where nothing was scored.
    ``hours_a_week`` is what reviewing them takes, None where nobody has reviewed yet.
    """

    threshold: float
    items: int
    below: int
    share: float | None = None
    low: float | None = None
    high: float | None = None
    hours_a_week: float | None = None


def preview(
    thresholds: Sequence[float], history: Iterable[PastItem], *, review_us: float | None = None
) -> tuple[Preview, ...]:
    """What each threshold would have sent to review of the items so far.

    Parameters
    ----------
    thresholds : agreement below which an item goes to review, as many as wanted: the history is sorted once
    history : the items that were scored, in any order
    review_us : mean working time of one review, None where it is not known

    Notes
    -----
    A week's hours are those of the time in which the items were scored, taken as one week where it is shorter: what
    was done on a single day is no measure of every day.
    """
    past = sorted(history, key=lambda one: one.value)
    values, times = [one.value for one in past], [one.at_us for one in past]
    weeks = max(1.0, (max(times) - min(times)) / WEEK_US) if times else 1.0
    return tuple(_at(one, values, weeks, review_us) for one in thresholds)


def _at(threshold: float, values: Sequence[float], weeks: float, review_us: float | None) -> Preview:
    items, below = len(values), bisect_left(values, threshold)
    if not items:
        return Preview(threshold, 0, 0)
    hours = None if review_us is None else below * review_us / weeks / 3_600_000_000
    return Preview(threshold, items, below, below / items, *wilson(below, items), hours)


def deciding_value(parts: Mapping[str, float], labels: Mapping[tuple[str, str], float], limits: Thresholds) -> float:
    """What decides whether an item goes to review when the project's own threshold is moved (``PastItem.value``).

    Parts and labels with a threshold of their own stay at it: where one of them is below, the item goes at any
    threshold; where none is, they say nothing. Where no part follows the project's, infinity: it goes at none.
    """
    is_low = any(value < limits.parts[part] for part, value in parts.items() if part in limits.parts)
    is_low |= any(limits.is_low(part, label, value) for (part, label), value in labels.items())
    if is_low:
        return -1.0
    return min((value for part, value in parts.items() if part not in limits.parts), default=math.inf)
