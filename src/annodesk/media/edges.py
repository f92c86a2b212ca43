"""Where the sound of a recording begins, ends or changes, to two milliseconds, within stretches of it."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from annodesk.media.decode import AudioSource, open_audio
from annodesk.model.taps import Change
from annodesk.progress import CancelToken

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

HOP_S = 0.002
WINDOW_S = 0.016
CONTEXT_US = 700_000
"""Read on either side of a stretch, so that a change at its edge is heard like one inside."""

_BANDS = 16
_LOWEST_HZ = 80.0
_FLOOR_DB = -75.0
# The level of all bands together says more than any one of them: so many bands' worth.
_LEVEL_WEIGHT = 4
# Stretches on both sides of a change that are compared: a click, a syllable, a word, a turn.
_SIDES_S = (0.02, 0.06, 0.2, 0.6)
_SPREAD_DB2 = 2.0
_RISE_S = 0.1
# Nats for one unit of gain, and the least that is a change at all; set on recordings other than those of the benchmark.
_NATS = 18.7
_LEAST_NATS = 0.7
_PEAK_S = 0.006
_STEP_SAMPLES = 1 << 20


def find_changes(
    path: Path | str, stretches: Iterable[tuple[int, int]], *, cancel: CancelToken | None = None
) -> list[Change]:
    """Every change of sound within stretches ``(start_us, end_us)`` of a recording, in order of time.

    Channels are averaged, at the recording's own rate, so that what is above hearing counts too.
    """
    token = cancel or CancelToken()
    found: list[Change] = []
    with open_audio(path) as source:
        duration_us = round(source.samples * 1_000_000 / source.rate_hz)
        for start_us, end_us in _joined(stretches, duration_us):
            longest_us = round(_STEP_SAMPLES / source.rate_hz * 1_000_000)
            for at_us in range(start_us, end_us, longest_us):
                token.check()
                found += _changes_in(source, at_us, min(end_us, at_us + longest_us))
    return found


def _joined(stretches: Iterable[tuple[int, int]], duration_us: int) -> list[tuple[int, int]]:
    """The stretches in order, inside the recording, those that meet made one."""
    joined: list[tuple[int, int]] = []
    for start, end in sorted((max(0, start), min(duration_us, end)) for start, end in stretches):
        if end <= start:
            continue
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((start, end))
    return joined


def _changes_in(source: AudioSource, start_us: int, end_us: int) -> list[Change]:
    first = max(0, round((start_us - CONTEXT_US) * source.rate_hz / 1_000_000))
    last = min(source.samples, round((end_us + CONTEXT_US) * source.rate_hz / 1_000_000))
    mono = source.read(first, last - first).mean(axis=0, dtype=np.float32)
    times_us = first * 1_000_000 / source.rate_hz + np.arange(round(mono.size / (HOP_S * source.rate_hz)) + 1) * (
        HOP_S * 1_000_000
    )
    bands_db, level_db = band_levels(mono, source.rate_hz)
    gain, rise_db = novelty(bands_db, level_db)
    reach = round(_PEAK_S / HOP_S)
    padded = np.pad(gain, reach, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    peaks = np.flatnonzero((gain == highest) & (gain >= _LEAST_NATS))
    return [
        Change(round(times_us[k]), float(gain[k]), float(rise_db[k]))
        for k in peaks
        if k < times_us.size and start_us <= times_us[k] < end_us
    ]


def band_levels(mono: Float32, rate_hz: int) -> tuple[Float64, Float64]:
    """Levels in decibel of bands (n, bands) and of all together (n,), every HOP_S, each centred on its moment."""
    size = max(16, round(WINDOW_S * rate_hz))
    count = round(mono.size / (HOP_S * rate_hz))
    at = np.round(np.arange(count) * HOP_S * rate_hz).astype(np.int64)
    padded = np.concatenate([np.zeros(size // 2, np.float32), mono, np.zeros(size, np.float32)])
    frequencies = np.fft.rfftfreq(size, 1 / rate_hz)
    edges = np.geomspace(_LOWEST_HZ, max(rate_hz / 2, 2 * _LOWEST_HZ), _BANDS + 1)
    first_bins = np.unique(np.searchsorted(frequencies, edges[:-1]).clip(0, frequencies.size - 1))
    window = np.hanning(size).astype(np.float32)
    scale = 1 / (size * float(np.square(window).sum()))
    bands, levels = np.empty((count, first_bins.size)), np.empty(count)
    frames = np.lib.stride_tricks.sliding_window_view(padded, size)
    for start in range(0, count, 4096):
        power = np.square(np.abs(np.fft.rfft(frames[at[start : start + 4096]] * window, axis=1))) * scale
        bands[start : start + 4096] = np.add.reduceat(power, first_bins, axis=1)
        levels[start : start + 4096] = power.sum(axis=1)
    return 10 * np.log10(bands + 1e-10), 10 * np.log10(levels + 1e-10)


def novelty(bands_db: Float64, level_db: Float64) -> tuple[Float64, Float64]:
    """For each moment between two frames, (n + 1,): how much better two sounds explain what is around it than one,
    in nats, and by how many decibel the level after it is above that before it."""
    level = np.maximum(level_db, _FLOOR_DB)
    bands = np.maximum(bands_db, _FLOOR_DB - 10 * np.log10(_BANDS))
    features = np.column_stack([bands, level])
    weights = np.array([1.0] * bands.shape[1] + [_LEVEL_WEIGHT])
    weights /= weights.sum()
    n = len(features)
    zero = np.zeros((1, features.shape[1]))
    first = np.concatenate([zero, np.cumsum(features, axis=0)])
    second = np.concatenate([zero, np.cumsum(features**2, axis=0)])
    every = np.arange(n + 1)

    def cost(low: NDArray[np.int64], high: NDArray[np.int64]) -> Float64:
        count = np.maximum(high - low, 1)[:, None]
        mean = (first[high] - first[low]) / count
        variance = np.maximum((second[high] - second[low]) / count - mean**2, 0.0)
        return np.asarray((high - low) * (np.log(variance + _SPREAD_DB2) @ weights), np.float64)

    gain = np.zeros(n + 1)
    for side_s in _SIDES_S:
        side = round(side_s / HOP_S)
        low, high = np.maximum(every - side, 0), np.minimum(every + side, n)
        gain += (cost(low, high) - cost(low, every) - cost(every, high)) * HOP_S / np.sqrt(side_s)
    side = round(_RISE_S / HOP_S)
    low, high = np.maximum(every - side, 0), np.minimum(every + side, n)
    after = (first[high, -1] - first[every, -1]) / np.maximum(high - every, 1)
    before = (first[every, -1] - first[low, -1]) / np.maximum(every - low, 1)
    rise = np.where((every > low) & (every < high), after - before, 0.0)
    return gain * (_NATS / (2 * len(_SIDES_S))), rise
