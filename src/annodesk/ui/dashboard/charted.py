"""What a chart shows, as plain values: series of points with n and interval, and the lines where something changed."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum

from msgspec import Struct

from annodesk.ui.quality.figures import percent

_EXPECTED = " the expected time"


class Shape(StrEnum):
    """How a chart is drawn."""

    LINE = "line"
    BARS = "bars"
    STACKED = "stacked"
    BELIEF = "belief"
    """How often something is right (up) of what is said with a probability (across); the diagonal is all that is so."""


class Unit(StrEnum):
    """What the upward axis counts."""

    SHARE = "share"
    SCORE = "score"
    COUNT = "count"
    RATIO = "ratio"
    PACE = "pace"
    SECONDS = "seconds"
    HOURS = "hours"


class Point(Struct, frozen=True):
    """One value: where (microseconds since 1970, or a place of ``Chart.names``), how much, between what, on how many.

    ``value`` is None where it is not defined: there the line is broken. ``key`` says which clips are behind it.
    """

    at: float
    value: float | None
    low: float | None = None
    high: float | None = None
    n: int = 0
    key: object = None


class Series(Struct, frozen=True):
    """One line or colour of bars; ``colour`` is a token of the theme or ``#rrggbb``; dashed is a guess."""

    name: str
    points: tuple[Point, ...]
    colour: str = "accent"
    is_dashed: bool = False


class Change(Struct, frozen=True):
    """Something changed then: the guidelines, the schema, the model or a policy."""

    at_us: int
    words: str


class Chart(Struct, frozen=True):
    """One chart; without ``series`` that hold anything, ``reason`` says why there is nothing to see, and what to do.

    ``names`` are the places along the axis where that is no time; ``note`` says n and which interval.
    """

    id: str
    title: str
    note: str = ""
    series: tuple[Series, ...] = ()
    unit: Unit = Unit.COUNT
    shape: Shape = Shape.LINE
    changes: tuple[Change, ...] = ()
    names: tuple[str, ...] = ()
    reason: str = ""
    foot: str = ""

    @property
    def is_empty(self) -> bool:
        """Whether there is not one value."""
        return not any(known(point.value) for series in self.series for point in series.points)

    @property
    def is_timed(self) -> bool:
        """Whether the axis is time."""
        return not self.names and self.shape is not Shape.BELIEF


def known(value: float | None) -> bool:
    """Whether a value can be drawn and said."""
    return value is not None and math.isfinite(value)


def value_words(value: float | None, unit: Unit) -> str:
    """A value as people read it."""
    if value is None or not math.isfinite(value):
        return "not defined"
    if unit is Unit.SHARE:
        return percent(value)
    if unit is Unit.SCORE:
        return f"{value:.2f}".replace("-", "−")
    if unit is Unit.RATIO:
        return f"{value:.2f} ×{_EXPECTED}"
    if unit is Unit.PACE:
        return f"{value:.2f} s"
    if unit is Unit.SECONDS:
        return f"{value:,.0f} s"
    if unit is Unit.HOURS:
        return f"{value:,.1f} h"
    return f"{value:,.0f}"


def point_words(chart: Chart, series: Series, point: Point) -> str:
    """A point in a sentence: where, how much, between what, and on how many it rests."""
    said = value_words(point.value, chart.unit)
    if known(point.low) and known(point.high):
        low, high = value_words(point.low, chart.unit), value_words(point.high, chart.unit)
        # Said once is enough of what it is times of.
        said += f" ({low.removesuffix(_EXPECTED)} to {high.removesuffix(_EXPECTED)})"
    n = f", n {point.n:,}" if point.n else ""
    name = f"{series.name}, " if series.name and len(chart.series) > 1 else ""
    return f"{name}{place_words(chart, point.at)}: {said}{n}"


def place_words(chart: Chart, at: float) -> str:
    """Where along the axis."""
    if chart.names:
        place = round(at)
        return chart.names[place] if 0 <= place < len(chart.names) else ""
    if chart.shape is Shape.BELIEF:
        return f"said with {percent(at)}"
    try:
        when = datetime.fromtimestamp(at / 1_000_000)
    except (OverflowError, OSError, ValueError):
        return "some day"
    return f"{when.day} {when:%b %Y}"


def as_csv(chart: Chart) -> str:
    """A line for each point, and one for each change."""
    out = io.StringIO()
    written = csv.writer(out, lineterminator="\n")
    written.writerow(["chart", "series", "where", "value", "low", "high", "n"])
    for series in chart.series:
        for point in series.points:
            numbers = [_number(one) for one in (point.value, point.low, point.high)]
            written.writerow(
                [_safe(chart.title), _safe(series.name), _safe(_where(chart, point.at)), *numbers, point.n]
            )
    for change in chart.changes:
        written.writerow(
            [_safe(chart.title), "change", _safe(f"{_where(chart, change.at_us)} {change.words}"), "", "", "", ""]
        )
    return out.getvalue()


def _where(chart: Chart, at: float) -> str:
    if not chart.is_timed:
        return place_words(chart, at)
    try:
        return datetime.fromtimestamp(at / 1_000_000).date().isoformat()
    except (OverflowError, OSError, ValueError):
        return ""


def _number(value: float | None) -> str:
    return f"{value:.6g}" if value is not None and math.isfinite(value) else ""


def _safe(text: str) -> str:
    """Words that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text


def in_words(chart: Chart, most: int = 40) -> str:
    """The whole chart in words, for whoever does not see it."""
    lines = [point_words(chart, series, point) for series in chart.series for point in series.points[-most:]]
    changes = [f"{place_words(chart, one.at_us)}: {one.words}" for one in chart.changes]
    return "; ".join((*lines, *changes))


def empty(charts: Iterable[Chart]) -> list[Chart]:
    """Those of some charts that have nothing to show."""
    return [one for one in charts if one.is_empty]
