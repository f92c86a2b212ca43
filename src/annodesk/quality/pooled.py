"""Agreement on a part over all items of a project: Krippendorff's alpha of what was said, weighted by how long it is.

A question is one unit an item, so its alpha is that of `coefficients`; on a timeline or in a text every stretch is a
unit and weighs as much as it is long (microseconds, or code points), where `coefficients` counts units alone. The
interval comes from drawing whole items again and again, since what is said within one item is not independent.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct, field

from annodesk.model.schema import Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.progress import CancelToken
from annodesk.quality.bootstrap import RESAMPLES, Interval, draw, interval_of
from annodesk.quality.coefficients import masi_distance

if TYPE_CHECKING:
    from annodesk.quality.ratings import Rating
    from annodesk.quality.tally import Tally, TaskTally, Unit

DRAWN_AT_ONCE = 100
FEW = 10
"""Of fewer items an interval says nothing that could be relied on."""
MOST_SAID = 400
"""So many different sayings of a part are told apart; every pair of them is compared."""


class Side(StrEnum):
    """Whose answers are held against each other."""

    PEOPLE = "people"
    AIDED = "aided"
    MODEL = "model"


NOBODY = {
    Side.PEOPLE: "no item has answers by two people who worked independently",
    Side.AIDED: "no item has two answers with suggestions in view",
    Side.MODEL: "the model has answered nothing that somebody answered without its help",
}
UNMARKED = "nobody has marked anything"
MOMENTS = "moments have no length, so chance cannot be told; the item score compares them"
ALIKE = "everybody says the same everywhere, so agreement by chance cannot be told"
TOO_MANY = f"more than {MOST_SAID} different answers were given"


class Measured(Struct, frozen=True):
    """Chance-corrected agreement over a set of items, with what it rests on.

    Parameters
    ----------
    value : None where it is not defined; ``reason`` says why
    low, high : bounds of the 95 % interval, None of too few items
    items : the items that have two answers or more
    percent : how much of what both were asked they say alike, 0 to 1
    prevalence : the share of all that was said, by label (of a label: its own)
    """

    value: float | None = None
    reason: str = ""
    low: float | None = None
    high: float | None = None
    items: int = 0
    percent: float | None = None
    prevalence: Mapping[str, float] = field(default_factory=dict)


class PartMeasured(Struct, frozen=True):
    """A part as a whole, and each of its labels held against all others."""

    whole: Measured
    labels: Mapping[str, Measured]


class _Sums(Struct, frozen=True):
    """What each item adds: apart (I,), used (I, K), alike (I,), weight (I,); per label apart (I, L)."""

    said: list[Rating]
    distance: np.ndarray
    apart: np.ndarray
    used: np.ndarray
    alike: np.ndarray
    weight: np.ndarray
    label_apart: np.ndarray
    has_label: np.ndarray
    """(K, L): whether a saying has a label."""
    one_less: float
    """1 for questions, whose ratings are counted, 0 where lengths are summed."""


def measure(
    part: Tier | Question | SpanType,
    tallies: Sequence[Tally],
    side: Side = Side.PEOPLE,
    *,
    draws: int = RESAMPLES,
    cancel: CancelToken | None = None,
) -> PartMeasured:
    """Agreement on a part over the items tallied, and on each of its labels; the same tallies give the same numbers."""
    names = [label.name for label in part.labels]
    if isinstance(part, Tier) and part.kind is TierKind.POINT:
        return _undefined(MOMENTS, names)
    items = [units for tally in tallies if (units := [u for task in tally.tasks for u in units_of(task, side)])]
    if not items:
        is_unmarked = side is Side.PEOPLE and any(len(task.aided) > 1 for tally in tallies for task in tally.tasks)
        return _undefined(UNMARKED if is_unmarked and isinstance(part, SpanType) else NOBODY[side], names)
    said = sorted({one for units in items for _, given in units for one in given}, key=sorted)
    if len(said) > MOST_SAID:
        return _undefined(TOO_MANY, names, len(items))
    sums = _add_up(part, items, said, names, cancel or CancelToken())
    drawn = _draw(sums, zlib.crc32(f"{part.name}/{side}".encode()), draws, cancel) if len(items) >= FEW else None
    return PartMeasured(_whole(sums, drawn, names), _labels(sums, drawn, names))


def units_of(task: TaskTally, side: Side) -> Iterator[tuple[int, list[Rating]]]:
    """The weight of each unit and what is held against each other there, where that are two answers or more.

    Of people who had suggestions in view one may count beside those who had none: two of them agree with the
    suggestion, not with each other. The model is held against each person who worked without it.
    """
    aided = [place for place, one in enumerate(task.aided) if one]
    alone = [place for place, one in enumerate(task.aided) if not one]
    if side is Side.MODEL:
        if task.has_model:
            for unit in task.units:
                for place in alone:
                    yield from _answered(unit, (place, len(task.aided)))
        return
    asked = aided if side is Side.AIDED else [*alone, *aided[:1]]
    for unit in task.units:
        yield from _answered(unit, asked)


def _answered(unit: Unit, places: Sequence[int]) -> Iterator[tuple[int, list[Rating]]]:
    given = [one for place in places if (one := unit.said[place]) is not None]
    if len(given) > 1:
        yield unit.weight, given


def _add_up(
    part: Tier | Question | SpanType, items: Sequence[Sequence[tuple[int, list[Rating]]]], said: list[Rating],
    names: Sequence[str], cancel: CancelToken,
) -> _Sums:  # fmt: skip
    place = {one: number for number, one in enumerate(said)}
    given: list[tuple[int, int, float]] = []
    pairs: list[tuple[int, int, int, float, float]] = []
    weight = np.zeros(len(items))
    for number, units in enumerate(items):
        cancel.check()
        for length, ratings in units:
            m, places = len(ratings), [place[one] for one in ratings]
            weight[number] += length
            given += [(number, one, length) for one in places]
            pairs += [(number, a, b, length / (m - 1), length / (m * (m - 1))) for a, b in combinations(places, 2)]
    of, a, b, share, part_of = (np.array(column) for column in zip(*pairs, strict=True))
    distance = np.array([[_distance(part, one, other) for other in said] for one in said])
    has_label = np.array([[name in one for name in names] for one in said], dtype=float).reshape(len(said), len(names))

    def summed(values: np.ndarray) -> np.ndarray:
        """Both directions of each pair, by item."""
        return np.bincount(of, weights=2 * values, minlength=len(items))

    rated, which, length_of = (np.array(column) for column in zip(*given, strict=True))
    used = np.bincount(rated * len(said) + which, weights=length_of, minlength=len(items) * len(said))
    differs = [summed(share * (has_label[a, n] != has_label[b, n])) for n in range(len(names))]
    return _Sums(
        said,
        distance,
        summed(share * distance[a, b]),
        used.reshape(len(items), len(said)),
        summed(part_of * (a == b)),
        weight,
        np.array(differs).reshape(len(names), len(items)).T,
        has_label,
        1.0 if isinstance(part, Question) else 0.0,
    )


def _distance(part: Tier | Question | SpanType, a: Rating, b: Rating) -> float:
    """Ratings by their square difference, several labels at once by MASI, all else by whether it is the same."""
    if a == b:
        return 0.0
    if isinstance(part, Question):
        if part.kind is QuestionKind.RATING:
            return (_number(a) - _number(b)) ** 2
        return masi_distance(a, b) if part.kind is QuestionKind.MULTI_LABEL else 1.0
    several = part.overlap or (isinstance(part, Tier) and part.many_labels)
    return masi_distance(a, b) if several else 1.0


def _number(rating: Rating) -> float:
    try:
        found = float(next(iter(rating), "0"))
    except ValueError:
        return 0.0
    return found if np.isfinite(found) else 0.0


def _draw(sums: _Sums, seed: int, draws: int, cancel: CancelToken | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The sums of items drawn with replacement: apart (B,), used (B, K), label apart (B, L)."""
    rng, n = np.random.default_rng(seed), len(sums.apart)
    rows = np.hstack([sums.apart[:, None], sums.used, sums.label_apart])
    found = []
    for first in range(0, draws, DRAWN_AT_ONCE):
        if cancel is not None:
            cancel.check()
        found.append(draw(np.ones(n), n, min(DRAWN_AT_ONCE, draws - first), rng).T @ rows)
    drawn, kinds = np.vstack(found), sums.used.shape[1]
    return drawn[:, 0], drawn[:, 1 : 1 + kinds], drawn[:, 1 + kinds :]


def _whole(sums: _Sums, drawn: tuple[np.ndarray, np.ndarray, np.ndarray] | None, names: Sequence[str]) -> Measured:
    used = sums.used.sum(axis=0)
    value = _alpha(sums.apart.sum(), _expected(used, sums))
    found = Interval(None, None) if drawn is None else interval_of(_alpha(drawn[0], _expected(drawn[1], sums)))
    told = _prevalence(sums, used, names)
    percent = float(sums.alike.sum() / sums.weight.sum())
    return _measured(float(value), found, len(sums.apart), percent, told)


def _expected(used: np.ndarray, sums: _Sums) -> np.ndarray:
    """What would be apart by chance, for totals (..., K)."""
    total = used.sum(axis=-1)
    return np.asarray(((used @ sums.distance) * used).sum(axis=-1) / _room(total, sums))


def _room(total: np.ndarray, sums: _Sums) -> np.ndarray:
    return np.maximum(total - sums.one_less, 1e-300)


def _alpha(apart: np.ndarray, expected: np.ndarray) -> np.ndarray:
    """1 - observed / expected, NaN where nothing could be apart."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 1e-12, 1 - apart / expected, np.nan)


def _labels(
    sums: _Sums, drawn: tuple[np.ndarray, np.ndarray, np.ndarray] | None, names: Sequence[str]
) -> dict[str, Measured]:
    used = sums.used.sum(axis=0)
    total, have = used.sum(), used @ sums.has_label
    apart = sums.label_apart.sum(axis=0)
    values = _alpha(apart, 2 * have * (total - have) / _room(total, sums))
    intervals = [Interval(None, None)] * len(names)
    if drawn is not None:
        drawn_total, drawn_have = drawn[1].sum(axis=1, keepdims=True), drawn[1] @ sums.has_label
        chance = 2 * drawn_have * (drawn_total - drawn_have) / _room(drawn_total, sums)
        several = _alpha(drawn[2], chance)
        intervals = [interval_of(several[:, place]) for place in range(len(names))]
    found = {}
    for place, name in enumerate(names):
        share = float(have[place] / total)
        percent = float(1 - apart[place] / total)
        reason = f"nobody says {name}" if not have[place] else ALIKE
        found[name] = _measured(float(values[place]), intervals[place], len(sums.apart), percent, {name: share}, reason)
    return found


def _measured(
    value: float,
    between: Interval,
    items: int,
    percent: float,
    prevalence: Mapping[str, float],
    reason: str = ALIKE,
) -> Measured:
    if not np.isfinite(value):
        return Measured(None, reason, None, None, items, percent, prevalence)
    return Measured(value, "", between.low, between.high, items, percent, prevalence)


def _prevalence(sums: _Sums, used: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """The share of each label in all that was said, the most frequent first; "" for nothing."""
    total = float(used.sum())
    shares = {name: float(used @ sums.has_label[:, place]) / total for place, name in enumerate(names)}
    known = set(names)
    for place, one in enumerate(sums.said):
        for name in one - known if one else ("",):
            shares[name] = shares.get(name, 0.0) + float(used[place]) / total
    return {name: share for name, share in sorted(shares.items(), key=lambda s: (-s[1], s[0])) if share > 0}


def _undefined(reason: str, names: Sequence[str], items: int = 0) -> PartMeasured:
    none = Measured(reason=reason, items=items)
    return PartMeasured(none, dict.fromkeys(names, none))
