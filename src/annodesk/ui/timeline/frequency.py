"""How frequency maps to height: the band in view, linear or mel, and where the axis is written. No Qt."""

from __future__ import annotations

import math
import re
from functools import lru_cache
from typing import Literal

from msgspec import Struct

FrequencyScale = Literal["linear", "mel"]
Band = tuple[float | None, float | None]
"""Lowest and highest frequency in Hz, None for no limit on that side."""

LEAST_SPAN_HZ = 20.0
_NICE = (1, 2, 5)
_HZ = re.compile(r"(\d+(?:[.,]\d+)?)\s*(k?)\s*(?:hz)?", re.IGNORECASE)


class FrequencyAxis(Struct, frozen=True):
    """The frequencies in view, low at the bottom.

    Parameters
    ----------
    low_hz, high_hz : the band in view
    scale : ``mel`` gives speech more room, as ears do
    """

    low_hz: float
    high_hz: float
    scale: FrequencyScale = "mel"

    def row_of(self, hz: float, height: float) -> float:
        """Pixels from the top at which a frequency is drawn; outside 0 to height where it is not in view."""
        low, high = self._place(self.low_hz), self._place(self.high_hz)
        return height * (1 - (self._place(hz) - low) / (high - low))

    def hz_at(self, y: float, height: float) -> float:
        """The frequency at a height, kept inside the band in view."""
        low, high = self._place(self.low_hz), self._place(self.high_hz)
        place = low + (high - low) * (1 - min(max(y / max(1.0, height), 0.0), 1.0))
        return place if self.scale == "linear" else 700 * (10 ** (place / 2595) - 1)

    def zoomed(self, factor: float, at_hz: float, top_hz: float) -> tuple[float, float]:
        """The band closer around a frequency for a factor above 1; the frequency stays at its height."""
        low, at, high = (self._place(hz) for hz in (self.low_hz, at_hz, self.high_hz))
        ends = (at - (at - low) / factor, at + (high - at) / factor)
        found = [700 * (10 ** (end / 2595) - 1) if self.scale == "mel" else end for end in ends]
        wanted_low, wanted_high = max(0.0, found[0]), min(top_hz, found[1])
        if wanted_high - wanted_low < LEAST_SPAN_HZ:
            return self.low_hz, self.high_hz
        return wanted_low, wanted_high

    def ticks(self, height: float, apart: float) -> tuple[float, ...]:
        """Round frequencies in view whose marks lie at least ``apart`` pixels from each other, lowest first."""
        return _ticks(self, height, apart)

    def round_ones(self, height: float, apart: float) -> list[float]:
        """Frequencies in view that are good to mark, the best first; some may have no room."""
        span = self.high_hz - self.low_hz
        if self.scale == "linear":
            least = span * apart / max(1.0, height)
            power = 10 ** math.floor(math.log10(max(least, 1e-3)))
            step = next((power * n for n in (*_NICE, 10) if power * n >= least), power * 10)
            first = math.ceil(self.low_hz / step)
            return [k * step for k in range(first, int(self.high_hz / step) + 1)]
        found: list[float] = []  # the roundest first, then those that still have room between
        for factors in ((1,), (2, 5), (3, 4, 6, 8), (1.5, 2.5, 3.5, 7)):
            for power in range(5, 0, -1):
                found += [f * 10**power for f in factors if self.low_hz <= f * 10**power <= self.high_hz]
        if len(found) < 2:  # a narrow band holds no round ones
            step = 10 ** math.floor(math.log10(max(span / 2, 1.0)))
            found += [k * step for k in range(math.ceil(self.low_hz / step), int(self.high_hz / step) + 1)]
        return found

    def _place(self, hz: float) -> float:
        return hz if self.scale == "linear" else 2595 * math.log10(1 + max(hz, -699.0) / 700)


@lru_cache(maxsize=64)
def _ticks(axis: FrequencyAxis, height: float, apart: float) -> tuple[float, ...]:
    found: dict[float, float] = {}
    for hz in axis.round_ones(height, apart):
        y = axis.row_of(hz, height)
        if apart / 2 <= y <= height - apart / 2 and all(abs(y - other) >= apart for other in found.values()):
            found[hz] = y
    return tuple(sorted(found))


def hz_text(hz: float) -> str:
    """A frequency as the axis has it: ``500``, ``1k``, ``2.5k``."""
    return f"{hz:.0f}" if hz < 1000 else f"{hz / 1000:.5g}k"


def band_text(low_hz: float | None, high_hz: float | None) -> str:
    """A band as people write it: ``1,200 to 3,400 Hz``, ``above 500 Hz``."""
    if low_hz is None and high_hz is None:
        return ""
    if high_hz is None:
        return f"above {low_hz:,.0f} Hz"
    if low_hz is None:
        return f"below {high_hz:,.0f} Hz"
    return f"{low_hz:,.0f} to {high_hz:,.0f} Hz"


def parse_band(text: str) -> Band:
    """The band that a person wrote: ``1200-3400``, ``1.2k to 3.4 kHz``, ``500-``, ``-8k``, nothing for no limits.

    Raises
    ------
    ValueError
        With a sentence for the person.
    """
    sides = re.split(r"\s*(?:\bto\b|[-\u2013\u2212])\s*", text.strip())
    if sides == [""]:
        return None, None
    if len(sides) != 2:
        raise ValueError("Write two frequencies with a dash between them, such as 1200-3400.")
    found: list[float | None] = []
    for side in sides:
        match = _HZ.fullmatch(side)
        if side and match is None:
            raise ValueError(f"{side!r} is no frequency; write it as 1200 or 1.2k.")
        found.append(None if match is None else float(match[1].replace(",", ".")) * (1000 if match[2] else 1))
    low, high = found
    if low is not None and high is not None and low >= high:
        raise ValueError("The first frequency must be below the second.")
    return low, high
