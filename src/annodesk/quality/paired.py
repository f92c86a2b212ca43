"""Whether a new model is not worse than the old one, from what both said of the same items.

Each item gives one difference, the new one's agreement with people less the old one's, from -1 to 1. The interval is
Agresti and Min's for matched proportions (Statistics in Medicine 2005, 24:729): half an observation is added to each of
the four kinds of pairs before the usual normal interval. So items that all came out alike do not pass for certainty.
It is kept for differences between -1 and 1, which vary no more than those that are one of the two.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import NormalDist, fmean
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.quality.agreement import CountableSet, TaskSets, score_beside

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema

ENOUGH = 20
"""Of fewer items nothing is said."""


class Sums(Struct, frozen=True):
    """What is added up over items: how many, each one's agreement with people, their difference and its square."""

    n: int = 0
    old: float = 0.0
    new: float = 0.0
    squares: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(self.n + other.n, self.old + other.old, self.new + other.new, self.squares + other.squares)


class Verdict(Struct, frozen=True):
    """How two compare over ``n`` items; None where they are fewer than ENOUGH.

    Parameters
    ----------
    old, new : mean agreement with people, 0 to 1
    difference : new less old, with what it is at least, and at most, at the stated confidence (each side alone)
    is_not_worse : whether it is at least ``-margin`` at that confidence
    more : about how many items more it takes to tell, if they go on like this; None where more would not help
    """

    n: int
    old: float | None = None
    new: float | None = None
    difference: float | None = None
    at_least: float | None = None
    at_most: float | None = None
    is_not_worse: bool = False
    is_worse: bool = False
    more: int | None = None


def add_up(pairs: Iterable[tuple[float, float]]) -> Sums:
    """The sums of pairs of the old one's and the new one's agreement with people."""
    total = Sums()
    for old, new in pairs:
        total += Sums(1, old, new, (new - old) ** 2)
    return total


def compare(sums: Sums, *, confidence: float, margin: float) -> Verdict:
    """Whether the new one is not worse by more than ``margin``, at a confidence such as 0.95."""
    n = sums.n
    if n < ENOUGH:
        return Verdict(n, more=ENOUGH - n)
    difference = (sums.new - sums.old) / n
    z = NormalDist().inv_cdf(confidence)
    low, high = _bounds(sums, n, z)
    at_least, at_most = max(-1.0, low), min(1.0, high)
    is_not_worse, is_worse = at_least >= -margin, at_most < -margin
    more = None
    if not (is_not_worse or is_worse):
        more = next((step for step in (2**k for k in range(3, 17)) if _decided(sums, n + step, z, margin)), None)
    return Verdict(n, sums.old / n, sums.new / n, difference, at_least, at_most, is_not_worse, is_worse, more)


def _bounds(sums: Sums, n: int, z: float) -> tuple[float, float]:
    """Both ends, if so many items came out as these have."""
    share = n / sums.n
    wide = n + 2
    mean = (sums.new - sums.old) * share / wide
    spread = max(0.0, (sums.squares * share + 1) / wide - mean**2)
    half = z * math.sqrt(spread / wide)
    return mean - half, mean + half


def _decided(sums: Sums, n: int, z: float, margin: float) -> bool:
    low, high = _bounds(sums, n, z)
    return low >= -margin or high < -margin


def agreement_of_both(
    schema: LabelSchema,
    people: Sequence[TaskSets],
    old: Mapping[str, CountableSet],
    new: Mapping[str, CountableSet],
    *,
    versions: Mapping[int, LabelSchema] | None = None,
) -> tuple[float, float] | None:
    """How the old and the new model agree with the same people on one item: means over what either says anything of.

    Who had suggestions in view says nothing about a model (rule 8). What one model is silent about counts against it
    where the other is not; None where there is nothing to compare.

    Parameters
    ----------
    old, new : what each said, by task
    """
    unaided = [replace(task, sets=tuple(one for one in task.sets if not one.aided)) for task in people]
    found, said = [], set()
    for model in (old, new):
        rows = score_beside(schema, unaided, model, versions=versions)
        found.append({(one.task_id, one.part, one.set_a): one.value for one in rows if one.label is None})
        only = score_beside(schema, unaided, model, versions=versions, only_said=True)
        said |= {(one.task_id, one.part) for one in only}
    by_old, by_new = found
    both = [key for key in by_old if key in by_new and key[:2] in said]
    return (fmean(by_old[key] for key in both), fmean(by_new[key] for key in both)) if both else None
