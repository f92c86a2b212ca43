"""Where a recording's wave crosses zero, to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from annodesk.media.decode import open_audio

REACH_US = 20_000
"""How far from a time a crossing is looked for: a period of 25 Hz on either side."""


def nearest_crossing(path: Path | str, time_us: int, *, channel: int | None = None) -> int | None:
    """The time, in microseconds, of the sample nearest to a time at which the wave changes its sign.

    Of the two samples around a crossing it is the one nearer to zero. Channels are averaged unless one is named; None
    where nothing crosses zero within REACH_US, as in a silence or beyond the recording's end.
    """
    with open_audio(path) as source:
        rate_hz = source.rate_hz
        first = max(0, round((time_us - REACH_US) * rate_hz / 1_000_000))
        last = min(source.samples, round((time_us + REACH_US) * rate_hz / 1_000_000) + 1)
        if last - first < 2:
            return None
        block = source.read(first, last - first)
    wave = block[channel] if channel is not None and channel < len(block) else block.mean(axis=0)
    is_low = wave < 0
    before = np.flatnonzero(is_low[:-1] != is_low[1:])
    if not before.size:
        return None
    samples = first + before + (np.abs(wave[before + 1]) < np.abs(wave[before]))
    times_us = samples * 1_000_000 / rate_hz
    return round(float(times_us[int(np.abs(times_us - time_us).argmin())]))
