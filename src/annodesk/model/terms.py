"""What was agreed with a member of a project, and why they are given nothing just now."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

DAY_US = 86_400_000_000
MINUTE_US = 60_000_000
_MINUTES_A_DAY = 1_440
_MONDAY = 3
"""1970 began on a Thursday: the place of the first Monday's day before it, counted from Monday."""
DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
EVERY_DAY = 127


class Terms(Struct, frozen=True):
    """A member's quota, absence, pause and working hours; nothing is limited where nothing was agreed.

    Parameters
    ----------
    works_from, works_to : minutes of their own day; the end before the beginning is of the next day
    weekdays : a bit for each day from Monday on which their day begins
    utc_offset : minutes by which their clock is ahead of UTC
    declined : kinds of sensitive content they do not work with, in small letters
    """

    quota_a_day: int | None = None
    absent_until_us: int | None = None
    is_paused: bool = False
    works_from: int | None = None
    works_to: int | None = None
    weekdays: int = EVERY_DAY
    utc_offset: int = 0
    declined: frozenset[str] = frozenset()

    @property
    def has_hours(self) -> bool:
        """Whether they work at some times only."""
        return self.works_from is not None or self.works_to is not None or self.weekdays != EVERY_DAY


class Load(Struct, frozen=True):
    """What a member has taken in the last 24 hours, and how long that was sensitive content."""

    taken_today: int = 0
    sensitive_us: int = 0


class Standing(Struct, frozen=True):
    """What routing knows of a member beside their skills."""

    terms: Terms = Terms()
    load: Load = Load()
    sensitive_most_us: int | None = None
    """So long a day anybody works with sensitive content; None where the project sets no limit."""


Standings = Mapping[str, Standing]


def works_at(terms: Terms, now_us: int) -> bool:
    """Whether a time lies in somebody's working hours."""
    minutes = now_us // MINUTE_US + terms.utc_offset
    minute, day = minutes % _MINUTES_A_DAY, (minutes // _MINUTES_A_DAY + _MONDAY) % 7
    begin, end = terms.works_from or 0, terms.works_to if terms.works_to is not None else _MINUTES_A_DAY
    if begin < end:
        return begin <= minute < end and bool(terms.weekdays >> day & 1)
    # A night's work belongs to the day on which it began.
    began = day if minute >= begin else (day - 1) % 7
    return (minute >= begin or minute < end) and bool(terms.weekdays >> began & 1)


def why_none_now(standing: Standing, now_us: int) -> str:
    """Why somebody is given no new task at all just now, in a sentence; empty where they are."""
    terms = standing.terms
    if terms.is_paused:
        return "A manager has paused new tasks for you. What you hold stays yours."
    if terms.absent_until_us is not None and terms.absent_until_us > now_us:
        return "You are marked as away."
    if terms.has_hours and not works_at(terms, now_us):
        return f"It is outside your working hours ({hours_in_words(terms)})."
    if terms.quota_a_day is not None and standing.load.taken_today >= terms.quota_a_day:
        count = f"{terms.quota_a_day} task{'s' * (terms.quota_a_day != 1)}"
        return f"You have taken the {count} a day that were agreed."
    return ""


def hours_in_words(terms: Terms) -> str:
    """Somebody's working hours: the days, and from when to when by their own clock."""
    days = [name for place, name in enumerate(DAYS) if terms.weekdays >> place & 1]
    named = {7: "every day", 0: "no day"}.get(len(days), "")
    if not named:
        named = "Monday to Friday" if terms.weekdays == 0b11111 else ", ".join(days)
    if terms.works_from is None and terms.works_to is None:
        return named
    end = terms.works_to if terms.works_to is not None else _MINUTES_A_DAY
    return f"{named}, {_clock(terms.works_from or 0)} to {_clock(end)}"


def _clock(minute: int) -> str:
    return f"{minute // 60}:{minute % 60:02}"
