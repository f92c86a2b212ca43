"""How time maps to pixels: zoom, pan, limits, and where ruler ticks fall. No Qt."""

from __future__ import annotations

import math
from functools import lru_cache

from msgspec import Struct
from msgspec.structs import replace

FINEST_US_PER_PX = 2.0
"""Deepest zoom: about ten pixels a sample at 48 kHz."""

_STEPS_US = tuple(
    step for power in range(7) for step in (10**power, 2 * 10**power, 5 * 10**power) if step <= 5_000_000
) + tuple(s * 1_000_000 for s in (10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000, 36000))


class TimeScale(Struct, frozen=True):
    """The part of the timeline in view.

    Parameters
    ----------
    start_us : time at the left edge
    us_per_px : microseconds that one pixel covers
    width_px : pixels in view
    low_us, high_us : the timeline's own limits; the view never leaves them
    """

    start_us: int = 0
    us_per_px: float = 10_000.0
    width_px: int = 100
    low_us: int = 0
    high_us: int = 1_000_000

    @property
    def end_us(self) -> int:
        """Time at the right edge, at most the timeline's end."""
        return min(self.high_us, self.start_us + math.ceil(self.width_px * self.us_per_px))

    @property
    def span_us(self) -> int:
        """Microseconds in view."""
        return self.end_us - self.start_us

    @property
    def origin_px(self) -> float:
        """Left edge counted in pixels from time 0."""
        return self.start_us / self.us_per_px

    def to_x(self, time_us: float) -> float:
        """Pixels from the left edge."""
        return (time_us - self.start_us) / self.us_per_px

    def to_us(self, x_px: float) -> int:
        """The time at a pixel, kept inside the timeline."""
        return max(self.low_us, min(self.high_us, round(self.start_us + x_px * self.us_per_px)))

    def length_us(self, width_px: float) -> int:
        """Microseconds that so many pixels cover."""
        return round(width_px * self.us_per_px)

    @property
    def coarsest_us_per_px(self) -> float:
        """The zoom at which the whole timeline is in view."""
        return max(FINEST_US_PER_PX, (self.high_us - self.low_us) / max(1, self.width_px))

    def kept(self) -> TimeScale:
        """The same view, with zoom and place inside the limits."""
        us_per_px = max(FINEST_US_PER_PX, min(self.us_per_px, self.coarsest_us_per_px))
        span = us_per_px * self.width_px
        start = max(self.low_us, min(self.start_us, round(self.high_us - span)))
        return replace(self, start_us=start, us_per_px=us_per_px)

    def zoomed(self, factor: float, at_us: int) -> TimeScale:
        """Closer for a factor above 1; the time named stays under its pixel."""
        x = self.to_x(at_us)
        us_per_px = max(FINEST_US_PER_PX, min(self.us_per_px / factor, self.coarsest_us_per_px))
        return replace(self, us_per_px=us_per_px, start_us=round(at_us - x * us_per_px)).kept()

    def panned(self, by_us: int) -> TimeScale:
        """Later for a positive distance."""
        return replace(self, start_us=self.start_us + by_us).kept()

    def fitted(self, start_us: int, end_us: int, *, margin: float = 0.0) -> TimeScale:
        """The stretch filling the view, with a margin on each side as a share of the stretch."""
        length = max(1, end_us - start_us)
        us_per_px = length * (1 + 2 * margin) / max(1, self.width_px)
        kept = replace(self, us_per_px=us_per_px, start_us=round(start_us - length * margin)).kept()
        if kept.us_per_px > us_per_px:  # the zoom has a floor: keep the stretch in the middle
            middle = (start_us + end_us) / 2
            kept = replace(kept, start_us=round(middle - kept.us_per_px * self.width_px / 2)).kept()
        return kept

    def resized(self, width_px: int) -> TimeScale:
        """The same zoom on another width; a view of everything stays one."""
        was_all = self.us_per_px >= self.coarsest_us_per_px * 0.999
        wide = replace(self, width_px=max(1, width_px))
        return (replace(wide, us_per_px=wide.coarsest_us_per_px, start_us=self.low_us) if was_all else wide).kept()

    def shows(self, start_us: int, end_us: int) -> bool:
        """Whether the whole stretch is in view."""
        return self.start_us <= start_us and end_us <= self.end_us

    def meets(self, start_us: int, end_us: int) -> bool:
        """Whether any of the stretch is in view."""
        return start_us < self.end_us and end_us > self.start_us


def tick_step_us(us_per_px: float, min_px: float) -> int:
    """The finest good step (1, 2, 5 ... ms, 10, 15, 30 s, minutes, hours) at least so many pixels wide."""
    wanted = us_per_px * min_px
    for step in _STEPS_US:
        if step >= wanted:
            return step
    return _STEPS_US[-1] * math.ceil(wanted / _STEPS_US[-1])


def minor_step_us(step_us: int) -> int:
    """The step of the small ticks between two labelled ones."""
    for parts in (5, 3, 2):
        if step_us % parts == 0 and (step_us // parts) in _STEPS_US:
            return step_us // parts
    return max(1, step_us // 2)


@lru_cache(maxsize=2048)
def tick_text(time_us: int, step_us: int) -> str:
    """A time as finely written as its step needs: ``00:04:15``, ``00:04:15.250``."""
    decimals = 0
    while decimals < 6 and step_us % 10 ** (6 - decimals):
        decimals += 1
    whole, part = divmod(time_us, 1_000_000)
    hours, rest = divmod(whole, 3600)
    head = f"{hours:02d}:{rest // 60:02d}:{rest % 60:02d}"
    return f"{head}.{part // 10 ** (6 - decimals):0{decimals}d}" if decimals else head
