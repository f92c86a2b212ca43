"""Time on an item's timeline: integer microseconds, intervals, and how both are written for people."""

from __future__ import annotations

import math
from collections.abc import Iterable

from msgspec import Struct

US_PER_SECOND = 1_000_000


class Interval(Struct, frozen=True, order=True):
    """The half-open stretch ``[start_us, end_us)``; a point where both are equal."""

    start_us: int
    end_us: int

    def __post_init__(self) -> None:
        if self.end_us < self.start_us:
            raise ValueError(f"end {self.end_us} us is before start {self.start_us} us")

    @property
    def duration_us(self) -> int:
        """Length in microseconds, 0 for a point."""
        return self.end_us - self.start_us

    def overlap_us(self, other: Interval) -> int:
        """Microseconds both cover; 0 where they only touch."""
        return max(0, min(self.end_us, other.end_us) - max(self.start_us, other.start_us))

    def gap_us(self, other: Interval) -> int:
        """Microseconds between the two; 0 where they touch or overlap."""
        return max(0, max(self.start_us, other.start_us) - min(self.end_us, other.end_us))

    def contains(self, time_us: int) -> bool:
        """Whether the time lies inside; the end does not."""
        return self.start_us <= time_us < self.end_us

    def crop(self, within: Interval) -> Interval | None:
        """The part inside another interval, None where there is none."""
        if self.duration_us == 0:
            return self if within.contains(self.start_us) else None
        start, end = max(self.start_us, within.start_us), min(self.end_us, within.end_us)
        return Interval(start, end) if start < end else None

    def iou(self, other: Interval) -> float:
        """Intersection over union, 0 to 1; two equal points give 1."""
        both = self.overlap_us(other)
        either = self.duration_us + other.duration_us - both
        return both / either if either else float(self == other)


def seconds_to_us(seconds: float) -> int:
    """Nearest microsecond of a time in seconds, halves to even; refuses NaN and infinity."""
    if not math.isfinite(seconds):
        raise ValueError(f"{seconds} is not a time")
    return round(seconds * US_PER_SECOND)


def format_us(time_us: int, *, decimals: int = 3) -> str:
    """``HH:MM:SS.mmm``, rounded to the decimals shown; a minus sign before negative times."""
    sign = "-" if time_us < 0 else ""
    step = 10 ** (6 - decimals)
    shown = (abs(time_us) + step // 2) // step
    seconds, part = divmod(shown, 10**decimals)
    hours, rest = divmod(seconds, 3600)
    head = f"{sign}{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{head}.{part:0{decimals}d}" if decimals else head


def joined(stretches: Iterable[Interval], *, gap_us: int = 50_000) -> tuple[Interval, ...]:
    """Stretches in order, those closer than the gap made one."""
    found: list[Interval] = []
    for stretch in sorted(stretches):
        if found and stretch.start_us <= found[-1].end_us + gap_us:
            found[-1] = Interval(found[-1].start_us, max(found[-1].end_us, stretch.end_us))
        else:
            found.append(stretch)
    return tuple(found)


def left_out(whole: Interval, stretches: Iterable[Interval], *, least_us: int = 1) -> tuple[Interval, ...]:
    """What of the whole no stretch covers, in order; pieces shorter than ``least_us`` do not count."""
    found, at = [], whole.start_us
    for stretch in sorted(stretches):
        if at < stretch.start_us and at < whole.end_us:
            found.append(Interval(at, min(stretch.start_us, whole.end_us)))
        at = max(at, stretch.end_us)
    if at < whole.end_us:
        found.append(Interval(at, whole.end_us))
    return tuple(piece for piece in found if piece.duration_us >= least_us)


def length_words(length_us: int) -> str:
    """A length as people say it: ``1 h 5 min``, ``3 min 20 s``, ``12 s``; rounded to whole seconds."""
    seconds = round(length_us / US_PER_SECOND)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "h"), (minutes, "min"), (0 if hours else seconds, "s")]
    return " ".join(f"{n} {unit}" for n, unit in parts if n) or "0 s"
