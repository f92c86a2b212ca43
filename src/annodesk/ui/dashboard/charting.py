"""Charts out of what services measured: of how people agree, and of what pre-labels save."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.services.behind import Behind
from annodesk.store.cells import AGREED_ON, WORK_ON
from annodesk.ui.dashboard.charted import Chart, Point, Series, Shape, Unit
from annodesk.ui.quality.figures import percent

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.services import Services
    from annodesk.services.agreeing import AgreementReport
    from annodesk.services.anchoring import AnchoringReport


class Places(Struct, frozen=True):
    """What the clips behind a point are of: a part, a label of it, and the items: some, or those that it counts."""

    part: str = ""
    label: str = ""
    items: tuple[str, ...] | None = None
    behind: Behind | None = None


AGREEMENT, SAVINGS = "Agreement by part", "What pre-labels save"
NONE_YET = "Nothing to compare yet: two people must have submitted the same item without suggestions."


def read_agreement(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> Chart:
    """How people agree on each part now, with intervals."""
    try:
        report = services.quality.agreement(project_id, person_id, cancel=cancel)
    except AnnodeskError as error:
        return Chart("agreement", AGREEMENT, reason=str(error))
    return agreement_chart(report)


def agreement_chart(report: AgreementReport) -> Chart:
    """A bar for each part and label that can be told of; a part's key leads to its clips."""
    names, points = [], []
    for part in report.parts:
        measured = part.people.whole if part.people is not None else None
        if measured is None or measured.value is None:
            continue
        value, n = measured.value, measured.items
        key = Places(part.part, behind=Behind(AGREED_ON, None, (part.part, "")))
        points.append(Point(len(names), value, measured.low, measured.high, n, key=key))
        names.append(part.part)
    items = report.items
    note = f"Krippendorff's alpha · {items:,} items · 95 % interval"
    series = (Series("people", tuple(points)),)
    return Chart("agreement", AGREEMENT, note, series, Unit.SCORE, Shape.BARS, names=tuple(names), reason=NONE_YET)


def read_savings(services: Services, project_id: str, person_id: str, cancel: CancelToken) -> Chart:
    """What suggestions do to the time that work takes, from the places that were drawn to be without them."""
    try:
        report = services.anchoring.report(project_id, person_id, cancel=cancel)
    except AnnodeskError as error:
        return Chart("savings", SAVINGS, reason=str(error))
    return savings_chart(report)


def savings_chart(report: AnchoringReport) -> Chart:
    """Working time with suggestions beside without, and what that comes to with its interval."""
    measured = report.measured
    reason = report.reason or (report.told[0] if report.told else "")
    time = measured.time if measured is not None else None
    if measured is None or time is None or time.with_them is None or time.without is None or time.value is None:
        return Chart("savings", SAVINGS, reason=reason or "Not enough work with and without suggestions to tell.")
    low, high = time.low, time.high
    keys = [Places(behind=Behind(WORK_ON, aided=aided)) for aided in (False, True)]
    # The interval is of the ratio; it is drawn on the side with suggestions.
    with_them = Point(
        1,
        time.with_them,
        low * time.without if low is not None else None,
        high * time.without if high is not None else None,
        time.n_with,
        keys[True],
    )
    names = (f"without (n {time.n_without:,})", f"with (n {time.n_with:,})")
    said = f"With suggestions work takes {percent(time.value)} of the time"
    if low is not None and high is not None:
        said += f" ({percent(low)} to {percent(high)})"
    following = measured.following
    foot = f"{said}."
    if following.value is not None and following.low is not None and following.high is not None:
        foot += (
            f" Answers moved to the model's by seeing it: {_percent_points(following.value)}"
            f" ({_percent_points(following.low)} to {_percent_points(following.high)})."
        )
    series = (Series("working time", (Point(0, time.without, n=time.n_without, key=keys[False]), with_them)),)
    note = "work for each second of media · 95 % interval"
    return Chart("savings", SAVINGS, note, series, Unit.PACE, Shape.BARS, names=names, foot=foot)


def _percent_points(value: float) -> str:
    return f"{value * 100:+.1f} points".replace("-", "−")
