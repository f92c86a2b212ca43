"""How far a project is, in bands, and when it will be done, as a range.

"Done" means settled; what stands by the machine alone is a band of its own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.model.work import Band
from annodesk.quality.forecast import WINDOW_DAYS, Forecast, Work, forecast
from annodesk.store.cells import (
    BAND,
    DAY_US,
    HANDED_ON,
    RAISED_ON,
    REOPENED_ON,
    REVIEWED_ON,
    WAITS_BY,
    WAITS_SINCE,
    day_of,
)

if TYPE_CHECKING:
    from annodesk.services.counts import Counts

NAMES = (BAND, HANDED_ON, REVIEWED_ON, REOPENED_ON, RAISED_ON, WAITS_BY, WAITS_SINCE)
NO_ITEMS = "Nothing has been added yet: add recordings, videos or texts."


class BandCount(Struct, frozen=True):
    """The items of one band: how many, how much of media, and the share of all items."""

    band: Band
    items: int
    media_us: int
    share: float


class Completion(Struct, frozen=True):
    """How far a project is.

    Parameters
    ----------
    bands : in the order they are drawn: done, machine, in review, begun, left; all of them, also those of no items
    done_share : settled by people or by the machine; None where there is no item, and ``reason`` says what to do
    done_from_us, done_by_us : when all will be settled, nine times in ten; None where ``forecast.reason`` says why, and
        the latter alone where no end is in sight at the slower pace
    waiting, oldest_us : reviews that wait, and since when the oldest does (to the day)
    """

    project_id: str
    name: str
    items: int
    bands: tuple[BandCount, ...]
    done_share: float | None
    forecast: Forecast
    done_from_us: int | None
    done_by_us: int | None
    waiting: int
    oldest_us: int | None
    reason: str = ""


def completion_of(project_id: str, name: str, counts: Counts, now_us: int) -> Completion:
    """From the figures of ``NAMES``."""
    known = {band: (counts.n(BAND, band.value), counts.total(BAND, band.value)) for band in Band}
    items = sum(n for n, _ in known.values())
    bands = tuple(BandCount(band, n, length, n / items if items else 0.0) for band, (n, length) in known.items())
    found = forecast(_work(known, counts, now_us))
    waits = {int(parts[0]): n for parts, (n, _) in counts.parts(WAITS_SINCE).items()}
    settled = known[Band.DONE][0] + known[Band.MACHINE][0]
    return Completion(
        project_id,
        name,
        items,
        bands,
        settled / items if items else None,
        found,
        None if found.low_days is None else now_us + round(found.low_days * DAY_US),
        None if found.high_days is None else now_us + round(found.high_days * DAY_US),
        sum(waits.values()),
        min(waits) * DAY_US if waits else None,
        "" if items else NO_ITEMS,
    )


def as_json(found: Completion) -> dict[str, Any]:
    """What the command line tells of it."""

    def day(at_us: int | None) -> str | None:
        return None if at_us is None else datetime.fromtimestamp(at_us / 1e6, tz=UTC).date().isoformat()

    return {
        "bands": {one.band.value: one.items for one in found.bands},
        "done_from": day(found.done_from_us),
        "done_by": day(found.done_by_us),
        "forecast": found.forecast.reason,
        "reviews_waiting": found.waiting,
        "oldest_review": day(found.oldest_us),
    }


def _work(known: dict[Band, tuple[int, int]], counts: Counts, now_us: int) -> Work:
    today = day_of(now_us)
    handed_in = by_day(counts, HANDED_ON)
    reviewed = by_day(counts, REVIEWED_ON)
    began = [day for day in (*handed_in, *reviewed) if day <= today]
    # Yesterday is the last whole day; today counts once something came in.
    last = today if handed_in.get(today, 0) + reviewed.get(today, 0) else today - 1
    days = range(max(min(began, default=today + 1), last - WINDOW_DAYS + 1), last + 1)
    done, machine, review, begun, left = (
        known[band][0] for band in (Band.DONE, Band.MACHINE, Band.REVIEW, Band.BEGUN, Band.LEFT)
    )
    decided, sets = done + review, sum(handed_in.values())
    return Work(
        left,
        begun,
        review,
        [handed_in.get(day, 0) for day in days],
        [reviewed.get(day, 0) for day in days],
        max(1.0, (sets - begun) / decided) if decided else 1.0,
        review + sum(reviewed.values()),
        max(decided, review + sum(reviewed.values())),
        sum(n for n, _ in counts.parts(REOPENED_ON).values()),
        done + machine,
    )


def by_day(counts: Counts, name: str) -> dict[int, int]:
    """How many on each day that has any."""
    return {int(parts[0]): n for parts, (n, _) in counts.parts(name).items()}
