"""Which days are named along an axis of time, and how: each with its month, the first of a year with the year."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

_STEPS = (1, 2, 3, 7, 14)
_MONTHS = (1, 2, 3, 6, 12, 24, 60, 120)


def day_ticks(low_s: float, high_s: float, most: int) -> list[tuple[float, str]]:
    """The noons that are named between two times, in seconds since 1970, with their words; ``most`` at the most.

    A time that no calendar has gives none.
    """
    try:
        low, high = datetime.fromtimestamp(low_s), datetime.fromtimestamp(high_s)
        days = _days(low, high, max(1, most))
        at = [(day.timestamp(), day) for day in days]
    except (OverflowError, OSError, ValueError):
        return []
    found, year = [], 0
    for seconds, day in at:
        found.append((seconds, f"{day.day} {day:%b}" + (f" {day.year}" if day.year != year else "")))
        year = day.year
    return found


def _days(low: datetime, high: datetime, most: int) -> list[datetime]:
    for step in _STEPS:
        noons = list(_noons(low, high, step, most + 1))
        if len(noons) <= most:
            return noons
    for step in _MONTHS:
        firsts = list(_firsts(low, high, step, most + 1))
        if len(firsts) <= most:
            return firsts
    return firsts[:most]


def _noons(low: datetime, high: datetime, step: int, most: int) -> Iterator[datetime]:
    # Counted from one day for all axes, so that days are not renamed as an axis grows.
    day = low.replace(hour=12, minute=0, second=0, microsecond=0)
    day -= timedelta(days=day.toordinal() % step)
    while day <= high and most:
        if day >= low:
            yield day
            most -= 1
        day += timedelta(days=step)


def _firsts(low: datetime, high: datetime, step: int, most: int) -> Iterator[datetime]:
    month = low.year * 12 + low.month - 1
    month -= month % step
    while most:
        day = datetime(month // 12, month % 12 + 1, 1, 12)
        if day > high:
            return
        if day >= low:
            yield day
            most -= 1
        month += step
