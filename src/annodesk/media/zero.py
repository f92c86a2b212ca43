"""Where a recording's wave crosses zero, to the sample."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annodesk.media.decode import open_audio

if TYPE_CHECKING:
    from numpy.typing import NDArray

REACH_US = 20_000
"""How far from a time a crossing is looked for: a period of 25 Hz on either side."""


def nearest_crossing(path: Path | str, time_us: int, *, channel: int | None = None) -> int | None:
    """The time, in microseconds, of the crossing nearest to a time (see `crossings`).

    None where nothing crosses zero within REACH_US, as in a silence or beyond the recording's end.
    """
    times_us = crossings(path, time_us - REACH_US, time_us + REACH_US, channel=channel)
    return int(times_us[int(np.abs(times_us - time_us).argmin())]) if times_us.size else None


def crossings(path: Path | str, start_us: int, end_us: int, *, channel: int | None = None) -> NDArray[np.int64]:
    """Times in microseconds, (n,), of the samples within a stretch at which the wave changes its sign.

    Of the two samples around a crossing it is the one nearer to zero. Channels are averaged unless one is named.
    """
    with open_audio(path) as source:
        rate_hz = source.rate_hz
        first = max(0, round(start_us * rate_hz / 1_000_000))
        last = min(source.samples, round(end_us * rate_hz / 1_000_000) + 1)
        if last - first < 2:
            return np.empty(0, np.int64)
        block = source.read(first, last - first)
    wave = block[channel] if channel is not None and channel < len(block) else block.mean(axis=0)
    is_low = wave < 0
    before = np.flatnonzero(is_low[:-1] != is_low[1:])
    samples = first + before + (np.abs(wave[before + 1]) < np.abs(wave[before]))
    return np.asarray(np.rint(samples * 1_000_000 / rate_hz), np.int64)
