"""The charts of the page of figures: what was done over time, how well, why items wait, values beside each other."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError
from annodesk.model.shares import wilson
from annodesk.model.work import Band, Reason
from annodesk.quality.trends import Mean
from annodesk.services.behind import Behind, Beside
from annodesk.services.by_field import Where
from annodesk.services.desk_figures import TIME_BY_VALUE
from annodesk.services.over_time import Measure
from annodesk.store.cells import (
    AGREED_ON,
    DAY_US,
    HANDED_ON,
    MODEL_ON,
    RAISED_ON,
    REFERENCE_ON,
    REVIEWED_ON,
    SETTLED_ON,
    WAITS_BY,
    WORK_ON,
)
from annodesk.ui.dashboard.charted import Change, Chart, Point, Series, Shape, Unit
from annodesk.ui.dashboard.charting import Places, read_savings
from annodesk.ui.dashboard.reading import band_of
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.quality.calibration import Bin
    from annodesk.quality.expected_time import Ratio
    from annodesk.services import Services
    from annodesk.services.by_field import FieldValues
    from annodesk.services.desk_figures import Slice
    from annodesk.services.over_time import Series as Measured

KeyOf = Callable[[int, int], Places]
"""What the clips of the days from one time to before another are of."""
VOLUME, WAITS = "Work a day", "Why items are in review"
COMPARED, BELIEF = "Agreement by value", "How far the model can be believed"
MOST_POINTS = 60
"""Of more days than these each point is a week, of more weeks four."""
FEWEST_EACH = 8
"""An estimate by day rests on so many on the mean, else each point is a week."""
MOST_SERIES = 4
MOST_COMPARED = 12
"""So many values of a field, those of most items, stand beside the one that is looked at."""
_COUNTED_AS = {
    Measure.HANDED_IN: HANDED_ON,
    Measure.REVIEWED: REVIEWED_ON,
    Measure.SETTLED: SETTLED_ON,
}
_BELIEVED = ("accent", "ok", "warn", "bad", "#b779c9", "#58b089")


class Figures(Struct, frozen=True):
    """What the page of figures shows: the charts, what they are told of, and what they could be told of.

    ``fields`` are the fields of the metadata.
    """

    charts: tuple[Chart, ...]
    about: str
    fields: tuple[str, ...]


def read_figures(
    services: Services, project_id: str, person_id: str, where: Where | None, cancel: CancelToken
) -> Figures:
    """All charts of a project, of everything or of the items that have one value in a field."""
    desk = services.desk_figures
    made: list[Chart] = []
    read = _Reader(services, project_id, person_id, where, cancel)
    for build in (read.volume, read.agreement, read.labels, read.time, read.waits, read.model, read.references):
        cancel.check()
        made.append(_or_reason(build))
    if where is None:
        made += [read_savings(services, project_id, person_id, cancel), _or_reason(read.belief)]
    else:
        made += read.compared()
    try:
        done = desk.completion(project_id) if where is None else desk.completion_where(project_id, where, cancel=cancel)
        about = band_of(done).words
    except AnnodeskError as error:
        about = str(error)
    try:
        fields = desk.fields(project_id)
    except AnnodeskError as error:
        fields, about = (), str(error)
    return Figures(tuple(made), about, fields)


def read_values(services: Services, project_id: str, person_id: str, field: str, cancel: CancelToken) -> FieldValues:
    """The values of a field that most items have, to choose from; read once the field is chosen."""
    return services.desk_figures.values(project_id, field, cancel=cancel)


def _or_reason(build: Callable[[], Chart]) -> Chart:
    """A chart, or one that says why it could not be read."""
    try:
        return build()
    except AnnodeskError as error:
        return Chart(build.__name__, _TITLES.get(build.__name__, ""), reason=str(error))


_TITLES = {
    "volume": VOLUME,
    "agreement": "Agreement over time",
    "labels": "Agreement on labels over time",
    "time": "Time taken beside time expected",
    "waits": WAITS,
    "model": "The model beside people's unaided answers",
    "references": "Answers beside reference items",
    "belief": BELIEF,
}


class _Reader:
    """Reads one chart at a time."""

    def __init__(
        self, services: Services, project_id: str, person_id: str, where: Where | None, cancel: CancelToken
    ) -> None:
        self._services, self._project_id, self._person_id = services, project_id, person_id
        self._where, self._cancel = where, cancel

    def _series(self, measure: Measure, part: str = "", label: str | None = None) -> Measured:
        """By day, or by week where that are too many days."""
        ask = partial(
            self._services.desk_figures.series,
            self._project_id,
            self._person_id,
            measure,
            part=part,
            label=label,
            where=self._where,
            cancel=self._cancel,
        )
        found = ask()
        is_estimate = any(point.low is not None for point in found.points)
        is_thin = is_estimate and len(found.points) > 3 and found.n < FEWEST_EACH * len(found.points)
        if _days_of(found) <= MOST_POINTS and not is_thin:
            return found
        by_week = ask(days=7)
        return by_week if _days_of(by_week) // 7 <= MOST_POINTS else ask(days=28)

    def _key(self, name: str, part: str | None = None, label: str = "", *, beside: Beside = Beside.PEOPLE) -> KeyOf:
        """What the clips are of, of a figure's days; of agreement on a part, or on whole items where that is empty."""
        about = () if part is None else (part, label)
        where = self._where
        return lambda since, until: Places(part or "", label, None, Behind(name, (since, until), about, where, beside))

    def _of_reason(self, name: str, reason: Reason) -> Places:
        beside = Beside.MODEL if reason is Reason.MODEL_AGAINST_HUMANS else Beside.PEOPLE
        return Places(behind=Behind(name, None, (reason.value,), self._where, beside))

    def volume(self) -> Chart:
        """Sets handed in, reviews and items settled."""
        asked = ((Measure.HANDED_IN, "accent"), (Measure.REVIEWED, "warn"), (Measure.SETTLED, "ok"))
        found = [(self._series(measure), colour) for measure, colour in asked]
        series = tuple(
            Series(one.title, _points(one, self._key(_COUNTED_AS[one.measure])), colour)
            for one, colour in found
            if one.points
        )
        days = max((point.days for one, _ in found for point in one.points), default=1)
        total = " · ".join(f"{one.n:,} {one.measure.value}" for one, _ in found)
        title = VOLUME if days == 1 else "Work a week"
        return Chart(
            "volume", title, total, series, Unit.COUNT, Shape.LINE, _changes(found[0][0]), reason=found[0][0].reason
        )

    def agreement(self) -> Chart:
        """The item's score, and each part's."""
        parts = [part for part, label in self._parts() if not label][: MOST_SERIES - 1]
        found = [("whole items", self._series(Measure.AGREEMENT), None)]
        found += [(part, self._series(Measure.AGREEMENT, part, ""), part) for part in parts]
        return self._agreed("agreement", "Agreement over time", found)

    def labels(self) -> Chart:
        """The labels people agree on least."""
        found = [(label, self._series(Measure.AGREEMENT, part, label), part) for part, label in self._parts() if label]
        known = [one for one in found if one[1].whole is not None and one[1].whole.value is not None]
        known.sort(key=lambda one: one[1].whole.value if one[1].whole and one[1].whole.value is not None else 1.0)
        return self._agreed("labels", "Agreement on labels over time", known[:4], "the four agreed on least · ")

    def _agreed(
        self, chart_id: str, title: str, found: Sequence[tuple[str, Measured, str | None]], note: str = ""
    ) -> Chart:
        series = []
        for place, (name, one, part) in enumerate(found):
            label = name if one.label else ""
            key = self._key(AGREED_ON, part or "", label)
            series.append(Series(name, _points(one, key), _BELIEVED[place % len(_BELIEVED)]))
        counts = sorted({one.n for _, one, _ in found if one.points}) or [0]
        n = f"{counts[0]:,}" if len(counts) == 1 else f"{counts[0]:,} to {counts[-1]:,}"
        changes = _changes(found[0][1]) if found else ()
        reason = (
            found[0][1].reason
            if found
            else "No label has two answers yet that were given independently: give a batch an overlap of two."
        )
        note = f"{note}n {n} · 95 % interval"
        return Chart(chart_id, title, note, tuple(series), Unit.SCORE, Shape.LINE, changes, reason=reason)

    def _parts(self) -> tuple[tuple[str, str], ...]:
        return self._services.desk_figures.parts(self._project_id)

    def time(self) -> Chart:
        """Time taken as a ratio to what such work takes."""
        one = self._series(Measure.TIME)
        note = f"n {one.n:,} · 95 % interval"
        foot = "1 is the time expected for work of that length, with as many segments and suggestions."
        series, changes = (Series("", _points(one, self._key(WORK_ON))),), _changes(one)
        title = _TITLES["time"]
        return Chart("time", title, note, series, Unit.RATIO, Shape.LINE, changes, reason=one.reason, foot=foot)

    def model(self) -> Chart:
        """The model beside answers given without it."""
        return self._mean("model", Measure.MODEL, self._key(MODEL_ON, beside=Beside.MODEL))

    def references(self) -> Chart:
        """Everybody's answers together beside reference items."""
        return self._mean("references", Measure.REFERENCE, self._key(REFERENCE_ON, beside=Beside.REFERENCE))

    def _mean(self, chart_id: str, measure: Measure, key: KeyOf) -> Chart:
        one = self._series(measure)
        series, note = (Series("", _points(one, key)),), f"n {one.n:,} · 95 % interval"
        return Chart(
            chart_id, _TITLES[chart_id], note, series, Unit.SCORE, Shape.LINE, _changes(one), reason=one.reason
        )

    def waits(self) -> Chart:
        """Open reviews by reason, beside how many there have ever been; how long they wait in words."""
        found = self._services.desk_figures.escalations(self._project_id, where=self._where, cancel=self._cancel)
        names = tuple(one.reason.value for one in found.reasons)
        waiting, raised = (
            tuple(
                Point(place, float(count(one)), n=one.raised, key=self._of_reason(name, one.reason))
                for place, one in enumerate(found.reasons)
            )
            for name, count in ((WAITS_BY, lambda one: one.waiting), (RAISED_ON, lambda one: one.raised))
        )
        ages = [f"{one.items:,} for {_age_words(one.from_days, one.to_days)}" for one in found.ages if one.items]
        foot = f"Waiting: {', '.join(ages)}." if ages else "Nothing waits."
        series = (Series("wait now", waiting, "warn"), Series("ever raised", raised, "#6e7787"))
        note = "1 item waits" if found.waiting == 1 else f"{found.waiting:,} items wait"
        return Chart("waits", WAITS, note, series, Unit.COUNT, Shape.BARS, names=names, reason=found.reason, foot=foot)

    def belief(self) -> Chart:
        """How often the model is right of what it says with a probability, by label."""
        from annodesk.services.heard_as import first_part

        part = first_part(self._services.projects.get(self._project_id).project.schema)
        found = self._services.pricing.reliability(self._project_id, self._person_id, part)
        known = [one for one in found if one.reliability.bins][:MOST_SERIES]
        series = tuple(
            Series(one.name, tuple(_believed(bin, part, one.key.label) for bin in one.reliability.bins), colour)
            for one, colour in zip(known, _BELIEVED, strict=False)
        )
        n = sum(point.n for one in series for point in one.points)
        note = f"{part} · n {n:,} · answers given without sight of it"
        reason = "Nobody has answered without sight of the model what it answered too."
        return Chart("belief", BELIEF, note, series, Unit.SHARE, Shape.BELIEF, reason=reason)

    def compared(self) -> list[Chart]:
        """The values of the field that is looked at beside each other: how far they are, and their answers."""
        assert self._where is not None
        field = self._where.field
        try:
            found = self._slices(field)
        except AnnodeskError as error:
            return [Chart("compared", COMPARED, reason=str(error))]
        names = tuple(f"{shown(one.value, 40)} ({one.completion.items:,})" for one in found)
        done = [_share_done(one) for one in found]
        measured: list[tuple[str, str, Unit, Sequence[Mean | Ratio | None], str, Behind]] = [
            ("compared done", f"Settled by {field}", Unit.SHARE, done, "No item has one of these values.",
             Behind(SETTLED_ON)),
            ("compared", f"Agreement by {field}", Unit.SCORE, [one.agreement for one in found],
             "None of these values has an item with two independent answers yet.", Behind(AGREED_ON, None, ("", ""))),
            ("compared model", f"The model beside people's unaided answers by {field}", Unit.SCORE,
             [one.model for one in found], "Nobody has answered without suggestions what the model answered of these.",
             Behind(MODEL_ON, beside=Beside.MODEL)),
            ("compared references", f"Answers beside reference items by {field}", Unit.SCORE,
             [one.reference for one in found], "Nobody has met a reference item with one of these values yet.",
             Behind(REFERENCE_ON, beside=Beside.REFERENCE)),
            ("compared time", f"Time taken beside time expected by {field}", Unit.RATIO,
             [one.pace for one in found], TIME_BY_VALUE,
             Behind(WORK_ON)),
        ]  # fmt: skip
        wheres = [Where(field, one.value) for one in found]
        return [
            _by_value(chart_id, title, unit, names, values, reason, [replace(behind, where=one) for one in wheres])
            for chart_id, title, unit, values, reason, behind in measured
        ]

    def _slices(self, field: str) -> tuple[Slice, ...]:
        assert self._where is not None
        desk = self._services.desk_figures
        known = desk.values(self._project_id, field, cancel=self._cancel).values
        values = [one.value for one in known if one.value][:MOST_COMPARED]
        values += [self._where.value] if self._where.value not in values else []
        return desk.compared(self._project_id, self._person_id, field, values, cancel=self._cancel)


def _share_done(one: Slice) -> Mean:
    done = sum(band.items for band in one.completion.bands if band.band is Band.DONE)
    n = one.completion.items
    return Mean(n, done / n if n else None, None, None)


def _by_value(
    chart_id: str,
    title: str,
    unit: Unit,
    names: tuple[str, ...],
    found: Sequence[Mean | Ratio | None],
    reason: str,
    behind: Sequence[Behind],
) -> Chart:
    """A bar for each value of a field of which something is known; its items' clips are behind it."""
    points = tuple(
        Point(place, one.value, one.low, one.high, one.n, Places(behind=behind[place]))
        for place, one in enumerate(found)
        if one is not None and one.value is not None
    )
    field = behind[0].where.field if behind and behind[0].where is not None else ""
    interval = "" if chart_id == "compared done" else " · 95 % interval"
    note = f"{field}{interval} · items in brackets"
    return Chart(chart_id, title, note, (Series("", points),), unit, Shape.BARS, names=names, reason=reason)


def _believed(found: Bin, part: str, label: str) -> Point:
    low, high = wilson(found.right * found.n, found.n)
    behind = Behind(MODEL_ON, beside=Beside.MODEL, probability=(found.low, found.high))
    return Point(found.probability, found.right, low, high, found.n, Places(part, label, behind=behind))


def _days_of(found: Measured) -> int:
    return (found.points[-1].from_us - found.points[0].from_us) // DAY_US + 1 if found.points else 0


def _points(found: Measured, key: KeyOf) -> tuple[Point, ...]:
    """Points in the middle of their days; stretches without a value break the line."""
    made: list[Point] = []
    before: int | None = None
    for one in found.points:
        if before is not None and found.whole is not None and one.from_us - before > 3 * one.days * DAY_US:
            made.append(Point((before + one.from_us) / 2, None))
        before, until_us = one.from_us, one.from_us + one.days * DAY_US
        of, middle = key(one.from_us, until_us), (one.from_us + until_us) / 2
        made.append(Point(middle, one.value, one.low, one.high, one.n, of))
    return tuple(made)


def _changes(found: Measured) -> tuple[Change, ...]:
    return tuple(Change(one.at_us, one.words) for one in found.changes)


def _age_words(from_days: int, to_days: int | None) -> str:
    if to_days is None:
        return f"{from_days} days and more"
    return "less than a day" if not from_days else f"{from_days} to {to_days} days"
