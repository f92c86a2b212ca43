"""Columns of a recording at any zoom: from its peaks, or from samples where a column is finer than they are. No Qt."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annodesk.media.peaks import BASE, Peaks

if TYPE_CHECKING:
    from annodesk.media.decode import AudioSource
    from annodesk.progress import CancelToken, Progress

Float32 = NDArray[np.float32]
FULL_SCALE = 32768.0
PARTIAL_EVERY_S = 0.15
MOST_GAIN = 8.0
LOUDEST_SHARE = 0.94
WAVE_FLOOR_DB = -60.0
"""What lies in the middle of a waveform drawn by decibel."""
# While peaks are being made, stretches up to this long are drawn from their samples.
_READ_SAMPLES = 1 << 18


class WaveSource:
    """One recording's picture; safe to use from several threads, one at a time gets through."""

    def __init__(self, path: Path, peaks: Peaks, offset_us: int = 0) -> None:
        self.path, self.peaks, self.offset_us = path, peaks, offset_us
        self.rate_hz, self.channels = peaks.rate_hz, peaks.channels
        self.is_growing = False
        """Whether its peaks are still being made."""
        self._lock = threading.Lock()
        self._audio: AudioSource | None = None

    @property
    def duration_us(self) -> int:
        """Length of the recording."""
        return round(self.peaks.samples * 1_000_000 / self.rate_hz)

    def columns(self, first_px: int, us_per_px: float, n: int) -> tuple[Float32, Float32]:
        """Lowest and highest value of each pixel column, over all channels.

        Parameters
        ----------
        first_px : the first column, counted in pixels from time 0 of the item
        us_per_px : microseconds a column covers
        n : columns

        Returns
        -------
        lows, highs : float32 (n,), full scale -1.0 to 1.0; 0 where there is no recording
        """
        lows, highs = self.channel_columns(first_px, us_per_px, n)
        return lows.min(axis=0), highs.max(axis=0)

    def channel_columns(self, first_px: int, us_per_px: float, n: int) -> tuple[Float32, Float32]:
        """The same for each channel: float32 (channels, n)."""
        per_column = us_per_px * self.rate_hz / 1_000_000
        start = (first_px * us_per_px - self.offset_us) * self.rate_hz / 1_000_000
        if per_column >= BASE and not self._is_read_sooner(start, per_column * n):
            return self._peak_columns(start, per_column, n)
        with self._lock:  # the decoder is not for two threads at once
            return self._fine_columns(start, per_column, n)

    def gain(self) -> float:
        """How much quiet recordings are drawn larger, 1 to 8; nothing is ever drawn beyond the lane."""
        lows, highs = self._peak_columns(0.0, max(BASE, self.peaks.samples / 512), 512)
        loudest = float(max(highs.max(initial=0), -lows.min(initial=0)))
        return 1.0 if loudest <= 0 else max(1.0, min(MOST_GAIN, LOUDEST_SHARE / loudest))

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._audio is not None:
                self._audio.close()
                self._audio = None

    def _is_read_sooner(self, start: float, n: float) -> bool:
        """Whether these samples are short of what is known yet, and few enough to be read for themselves."""
        is_unknown = self.is_growing and start + n > self.peaks.known_samples and start < self.peaks.samples
        return is_unknown and n <= _READ_SAMPLES

    def _peak_columns(self, start: float, per_column: float, n: int) -> tuple[Float32, Float32]:
        found = [self.peaks.columns(start, per_column, n, channel) for channel in range(self.channels)]
        lows, highs = (np.stack([pair[side] for pair in found]).astype(np.float32) for side in (0, 1))
        return lows / FULL_SCALE, highs / FULL_SCALE

    def _fine_columns(self, start: float, per_column: float, n: int) -> tuple[Float32, Float32]:
        first, last = int(np.floor(start)) - 1, int(np.ceil(start + per_column * n)) + 2
        folded = [fold_fine(values, start - first, per_column, n) for values in self._read(first, last - first)]
        return np.stack([low for low, _ in folded]), np.stack([high for _, high in folded])

    def _read(self, first: int, n: int) -> Float32:
        if self._audio is None:
            from annodesk.media.decode import open_audio

            self._audio = open_audio(self.path)
        return self._audio.read(first, n)


def fold_fine(values: Float32, start: float, per_column: float, n: int) -> tuple[Float32, Float32]:
    """Lowest and highest value of a line through the samples, per column; neighbours share their edge's value.

    Parameters
    ----------
    values : float32 (n_samples,)
    start : where the first column begins, in samples, not necessarily whole
    per_column : samples a column covers, also below 1
    n : columns

    Returns
    -------
    lows, highs : float32 (n,)
    """
    edges = np.clip(start + per_column * np.arange(n + 1), 0, len(values) - 1)
    at_edges = np.interp(edges, np.arange(len(values)), values).astype(np.float32)
    lows = np.minimum(at_edges[:-1], at_edges[1:])
    highs = np.maximum(at_edges[:-1], at_edges[1:])
    first = np.minimum(np.ceil(edges).astype(np.int64), len(values) - 1)
    has_inside = first[:-1] < first[1:]  # a sample lies inside the column
    if has_inside.any():
        begins = first[:-1][has_inside]
        end = int(first[1:][has_inside][-1])
        lows[has_inside] = np.minimum(lows[has_inside], np.minimum.reduceat(values[:end], begins))
        highs[has_inside] = np.maximum(highs[has_inside], np.maximum.reduceat(values[:end], begins))
    return lows, highs


def draw_columns(lows: Float32, highs: Float32, height_px: int, gain: float = 1.0) -> NDArray[np.uint8]:
    """How much of each pixel the waveform covers, 0 to 255.

    Parameters
    ----------
    lows, highs : float32 (n,), full scale -1.0 to 1.0

    Returns
    -------
    uint8, (height_px, n)
        Silence is a line one pixel high.
    """
    middle, half = height_px / 2, height_px / 2 - 1
    tops = middle - np.clip(highs * gain, -1, 1) * half
    bottoms = middle - np.clip(lows * gain, -1, 1) * half
    thin = np.maximum(0, 1 - (bottoms - tops)) / 2
    tops, bottoms = tops - thin, bottoms + thin
    rows = np.arange(height_px, dtype=np.float32)[:, None]
    covered = np.minimum(bottoms.astype(np.float32), rows + 1) - np.maximum(tops.astype(np.float32), rows)
    return (np.clip(covered, 0, 1) * 255).astype(np.uint8)


def draw_channels(
    lows: Float32, highs: Float32, height_px: int, gain: float = 1.0, *, in_db: bool = False
) -> NDArray[np.uint8]:
    """The same for channels one below the other, each in its share of the height.

    Parameters
    ----------
    lows, highs : float32 (channels, n)
    in_db : heights by decibel, WAVE_FLOOR_DB in the middle, instead of by amplitude
    """
    edges = channel_edges(height_px, len(lows))
    if in_db:
        lows, highs, gain = by_decibel(lows * gain), by_decibel(highs * gain), 1.0
    parts = [
        draw_columns(low, high, edges[k + 1] - edges[k], gain)
        for k, (low, high) in enumerate(zip(lows, highs, strict=True))
    ]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def channel_edges(height_px: int, channels: int) -> list[int]:
    """Where each channel begins, and where the last ends, in pixels from the top."""
    return [round(height_px * k / channels) for k in range(channels + 1)]


def by_decibel(values: Float32) -> Float32:
    """Amplitudes as shares of the way from WAVE_FLOOR_DB (0) to full scale (1), with their sign."""
    level = 20 * np.log10(np.maximum(np.abs(values), np.float32(1e-9)))
    return np.asarray(np.sign(values) * np.maximum(0, 1 - level / WAVE_FLOOR_DB), np.float32)


def open_source(path: Path, offset_us: int) -> WaveSource | None:
    """The recording's picture from its cached peaks, None where they are still to be made."""
    from annodesk.media import peaks

    found = peaks.open_or_none(path)
    return None if found is None else WaveSource(path, found, offset_us)


def peaks_threads() -> int:
    """How many threads make peaks beside a window: two where a processor is left for the window that neither needs."""
    return 2 if (os.cpu_count() or 1) > 2 else 1


def build_source(
    path: Path,
    offset_us: int,
    on_partial: Callable[[WaveSource, float], None],
    progress: Progress,
    cancel: CancelToken,
) -> WaveSource:
    """Makes the peaks; ``on_partial`` is given the growing picture and its gain now and then, on this thread."""
    from annodesk.media import peaks

    growing: WaveSource | None = None
    gain, told_s = 1.0, -PARTIAL_EVERY_S
    sketch = None

    def partial(known: Peaks) -> None:
        nonlocal growing, gain, told_s, sketch
        if growing is None:
            growing = WaveSource(path, known, offset_us)
            growing.is_growing = True
        is_sharper = known.sketch is not sketch
        if is_sharper and sketch is None:
            gain = growing.gain()  # by the first sketch, and then it stays: a picture that jumps looks broken
        if is_sharper or time.monotonic() - told_s >= PARTIAL_EVERY_S:
            sketch, told_s = known.sketch, time.monotonic()
            on_partial(growing, gain)

    made = peaks.build(path, progress=progress, cancel=cancel, on_partial=partial, threads=peaks_threads())
    if growing is not None:
        growing.is_growing = False
        growing.close()
    return WaveSource(path, made, offset_us)
