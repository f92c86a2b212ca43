"""Figures over time: volume, agreement, model and reference agreement, and time taken beside time expected.

A day without work is a zero of volume and no value at all of a mean; each value says what it rests on and its interval.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from enum import StrEnum
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.work import Reason
from annodesk.quality.expected_time import Expectation, Ratio, expectation, ratio
from annodesk.quality.trends import Mean, mean_of
from annodesk.services.counts import Counts
from annodesk.store.cells import (
    AGREED_ON,
    DAY_US,
    HANDED_ON,
    MEASURES,
    MODEL_ON,
    RAISED_ON,
    REFERENCE_ON,
    REOPENED_ON,
    REVIEWED_ON,
    SEP,
    SETTLED_ON,
    SQUARED,
    WAITS_BY,
    WAITS_SINCE,
    WORK_ON,
    WORK_TIMES,
    day_of,
    part_of,
)

if TYPE_CHECKING:
    from annodesk.services.changes_of_project import ChangeLine

MOST_DAYS = 3_660
"""Work that a clock gone wrong has dated elsewhere is not drawn over a hundred years."""


class Measure(StrEnum):
    """What is drawn over time."""

    SETTLED = "settled"
    HANDED_IN = "handed in"
    REVIEWED = "reviewed"
    REOPENED = "reopened"
    ESCALATED = "escalated"
    AGREEMENT = "agreement"
    MODEL = "model"
    REFERENCE = "reference"
    TIME = "time"


_VOLUME = {
    Measure.SETTLED: SETTLED_ON,
    Measure.HANDED_IN: HANDED_ON,
    Measure.REVIEWED: REVIEWED_ON,
    Measure.REOPENED: REOPENED_ON,
    Measure.ESCALATED: RAISED_ON,
}
_MEAN = {Measure.AGREEMENT: AGREED_ON, Measure.MODEL: MODEL_ON, Measure.REFERENCE: REFERENCE_ON}
NAMES = {
    **{measure: (name,) for measure, name in (_VOLUME | _MEAN).items()},
    Measure.TIME: (WORK_ON, WORK_TIMES),
}
"""The figures that each measure is made of."""

_TITLES = {
    Measure.SETTLED: ("Items settled", "items a day"),
    Measure.HANDED_IN: ("Work handed in", "sets a day"),
    Measure.REVIEWED: ("Reviews handed in", "reviews a day"),
    Measure.REOPENED: ("Items opened again", "items a day"),
    Measure.ESCALATED: ("Sent to review", "reasons a day"),
    Measure.AGREEMENT: ("Agreement", "agreement"),
    Measure.MODEL: ("People's unaided answers beside the model's", "agreement"),
    Measure.REFERENCE: ("Answers beside reference items", "agreement"),
    Measure.TIME: ("Time taken beside time expected for that work", "ratio"),
}
NO_TIMES = "No time was kept with what was handed in: the page You says what is recorded."
_NOTHING = {
    Measure.SETTLED: "Nothing is settled yet: two answers that agree settle an item, or a review.",
    Measure.HANDED_IN: "Nothing has been handed in yet: the page Work tells who has which task.",
    Measure.REVIEWED: "No review has been handed in yet: analysts find what waits at the review desk (F6).",
    Measure.REOPENED: "Nothing has been opened again.",
    Measure.ESCALATED: "Nothing has been sent to review.",
    Measure.AGREEMENT: "No item has two answers yet that were given independently: give a batch an overlap of two.",
    Measure.MODEL: "Nobody answered unaided what the model answered too: raise the share of tasks without suggestions.",
    Measure.REFERENCE: "Nobody has met a reference item yet: the page References makes settled items ones.",
    Measure.TIME: "Time is compared once a dozen sets have been handed in.",
}


class Point(Struct, frozen=True):
    """One day, or the days from ``from_us``: a value with its interval, and how much it rests on.

    Of volume the interval is None, for it is counted and not estimated.
    """

    from_us: int
    days: int
    value: float
    low: float | None
    high: float | None
    n: int


class Series(Struct, frozen=True):
    """A figure over time.

    Parameters
    ----------
    points : oldest first; days of which there is no mean have none
    changes : the lines of each change of guidelines, labels, model or policy
    whole : over all of the time; None of volume
    reason : why there is no point, empty where there is one
    """

    measure: Measure
    title: str
    unit: str
    points: tuple[Point, ...]
    changes: tuple[ChangeLine, ...]
    n: int
    part: str = ""
    label: str | None = None
    whole: Mean | None = None
    reason: str = ""


class ReasonWaits(Struct, frozen=True):
    """Reviews of one reason: how many wait, for how long on average, and how many there have ever been."""

    reason: Reason
    waiting: int
    mean_age_us: int | None
    raised: int


class Age(Struct, frozen=True):
    """Items that have waited for review from so many days on, to before ``to_days``; None for no end."""

    from_days: int
    to_days: int | None
    items: int


class EscalationFigures(Struct, frozen=True):
    """Why items are in review and how long they have been: by reason, most waiting first, and by age."""

    reasons: tuple[ReasonWaits, ...]
    ages: tuple[Age, ...]
    waiting: int
    oldest_us: int | None
    reason: str = ""


ESCALATIONS = (WAITS_BY, WAITS_SINCE, RAISED_ON)
_AGES = ((0, 1), (1, 3), (3, 7), (7, 14), (14, None))


def series(
    counts: Counts,
    measure: Measure,
    changes: Sequence[ChangeLine],
    *,
    part: str = "",
    label: str | None = None,
    days: int = 1,
    now_us: int | None = None,
) -> Series:
    """A measure from the figures of ``NAMES``, each point of so many days.

    Parameters
    ----------
    now_us : what a clock gone wrong has dated later counts as of that day
    part, label : of agreement which part, or label of it; empty for whole items. Of the model and of references, which
        part; empty for all together. Of escalations the reason.
    """
    counts = counts if now_us is None else _until(counts, NAMES[measure], day_of(now_us))
    if measure is Measure.TIME:
        points, n, whole = _times(counts, days)
    elif measure in _MEAN:
        points, n, whole = _means(counts, measure, part, label or "", days)
    else:
        points, n, whole = *_volume(counts, _VOLUME[measure], part, days), None
    title, unit = _TITLES[measure]
    if days > 1 and measure in _VOLUME:
        unit = unit.replace("a day", "a week" if days == 7 else f"in {days} days")
    about = f"{title}: {label or part}" if part else title
    untimed = measure is Measure.TIME and n > 0
    reason = "" if points else NO_TIMES if untimed else _NOTHING[measure]
    return Series(measure, about, unit, tuple(points), tuple(changes), n, part, label, whole, reason)


def _until(counts: Counts, names: Sequence[str], today: int) -> Counts:
    """The same with every day after today taken for today."""
    dated = {one for name in names if name != WORK_TIMES for one in (name, name + SQUARED)}
    days = {part.partition(SEP)[0] for name, part in counts.held if name in dated}
    if all(int(day) <= today for day in days):
        return counts
    held: dict[tuple[str, str], tuple[int, int]] = {}
    for (name, part), (n, total) in counts.held.items():
        day, *about = part.split(SEP)
        key = (name, part_of(min(int(day), today), *about)) if name in dated else (name, part)
        was = held.get(key, (0, 0))
        held[key] = (was[0] + n, was[1] + total)
    return Counts(held)


def parts_of(counts: Counts) -> tuple[tuple[str, str], ...]:
    """The parts and labels of which there is agreement over time; the label is empty for a whole part."""
    return tuple(sorted({(part, label) for _, part, label in counts.parts(AGREED_ON) if part}))


def _volume(counts: Counts, name: str, reason: str, days: int) -> tuple[list[Point], int]:
    by_day: dict[int, int] = {}
    for parts, (n, _) in counts.parts(name).items():
        if not reason or parts[1:] == (reason,):
            by_day[int(parts[0])] = by_day.get(int(parts[0]), 0) + n
    starts = list(_starts(by_day, days))
    found = [sum(by_day.get(day, 0) for day in range(start, start + days)) for start in starts]
    points = [Point(start * DAY_US, days, float(n), None, None, n) for start, n in zip(starts, found, strict=True)]
    return points, sum(found)


def _means(counts: Counts, measure: Measure, part: str, label: str, days: int) -> tuple[list[Point], int, Mean | None]:
    name = _MEAN[measure]
    by_day: dict[int, list[float]] = {}
    for parts, (n, total) in counts.parts(name).items():
        day, *about = parts
        is_asked = about == [part, label] if measure is Measure.AGREEMENT else part in ("", *about)
        if is_asked:
            squares = counts.total(name + SQUARED, part_of(*parts))
            held = by_day.setdefault(int(day), [0.0, 0.0, 0.0])
            for place, value in enumerate((n, total / 1e6, squares / 1e6)):
                held[place] += value
    points = []
    for start in _starts(by_day, days):
        sums = [sum(one) for one in zip(*(by_day[d] for d in range(start, start + days) if d in by_day), strict=True)]
        found = mean_of(round(sums[0]), sums[1], sums[2]) if sums else Mean(0, None, None, None)
        if found.value is not None:
            points.append(Point(start * DAY_US, days, found.value, found.low, found.high, found.n))
    every = [sum(one) for one in zip(*by_day.values(), strict=True)] or [0.0, 0.0, 0.0]
    whole = mean_of(round(every[0]), every[1], every[2])
    return points, whole.n, whole


def _times(counts: Counts, days: int) -> tuple[list[Point], int, Mean | None]:
    known = expectation_of(counts)
    if known is None:
        return [], 0, None
    by_day: dict[int, dict[str, tuple[int, int]]] = {}
    for (day, measure), value in counts.parts(WORK_ON).items():
        by_day.setdefault(int(day), {})[measure] = value
    points = []
    for start in _starts(by_day, days):
        held = [by_day[day] for day in range(start, start + days) if day in by_day]
        sums = [sum(one.get(name, (0, 0))[1] for one in held) / 100 for name in MEASURES]
        n = sum(one.get(MEASURES[0], (0, 0))[0] for one in held)
        found = ratio(known, sums[:-1], sums[-1], n)
        if found.value is not None:
            points.append(Point(start * DAY_US, days, found.value, found.low, found.high, found.n))
    return points, known.n, None


def expectation_of(counts: Counts) -> Expectation | None:
    """What work of a project is expected to take, from its own; None where there is too little."""
    sums = {(parts[0], parts[1]): total / 100 for parts, (_, total) in counts.parts(WORK_TIMES).items()}
    return expectation(sums, MEASURES, counts.n(WORK_TIMES, part_of(MEASURES[0], MEASURES[0])))


def mean_over(counts: Counts, measure: Measure) -> Mean:
    """A measure of means over all of the time, of whole items or all parts together."""
    return _means(counts, measure, "", "", 1)[2] or Mean(0, None, None, None)


def pace_of(counts: Counts, known: Expectation) -> Ratio:
    """Time taken over time expected, over all of the time, by what work of a larger whole is expected to take."""
    sums, n = dict.fromkeys(MEASURES, 0.0), 0
    for (_, measure), (count, total) in counts.parts(WORK_ON).items():
        sums[measure] = sums.get(measure, 0.0) + total / 100
        n += count if measure == MEASURES[0] else 0
    measured = [sums[name] for name in MEASURES]
    return ratio(known, measured[:-1], measured[-1], n)


def _starts(by_day: Collection[int], days: int) -> Iterator[int]:
    """The first days of all stretches there are, ending with the newest; of far too many the last ones."""
    if by_day:
        first, last = min(by_day), max(by_day)
        first = max(first - first % days, last - MOST_DAYS)
        yield from range(first - first % days, last + 1, days)


def escalation_figures(counts: Counts, now_us: int) -> EscalationFigures:
    """From the figures of ``ESCALATIONS``."""
    raised: dict[str, int] = {}
    for (_, why), (n, _) in counts.parts(RAISED_ON).items():
        raised[why] = raised.get(why, 0) + n
    reasons = []
    for one in Reason:
        n, seconds = counts.n(WAITS_BY, one.value), counts.total(WAITS_BY, one.value)
        age_us = max(0, now_us - round(1e6 * seconds / n)) if n else None
        if n or raised.get(one.value):
            reasons.append(ReasonWaits(one, n, age_us, raised.get(one.value, 0)))
    since = {int(parts[0]): n for parts, (n, _) in counts.parts(WAITS_SINCE).items()}
    today = day_of(now_us)
    ages = tuple(
        Age(low, high, sum(n for day, n in since.items() if low <= max(0, today - day) < (high or today + 1)))
        for low, high in _AGES
    )
    waiting = sum(since.values())
    oldest_us = min(since) * DAY_US if since else None
    told = tuple(sorted(reasons, key=lambda one: (-one.waiting, -one.raised)))
    return EscalationFigures(told, ages, waiting, oldest_us, "" if told else "Nothing has been sent to review.")
