"""Decibel columns of a recording's spectrum at any zoom, and their rows on a linear or mel scale."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from annodesk.media import cache
from annodesk.media.decode import AudioSource, block_frames, blocks_until_break, open_audio
from annodesk.media.fold import fold_rows
from annodesk.media.shared_audio import SharedAudio
from annodesk.media.windows import WINDOW, WINDOWS
from annodesk.progress import CancelToken, Progress, silent

Float32 = NDArray[np.float32]
Scale = Literal["linear", "mel"]

SILENCE_DB = -120.0
"""What stands where there is nothing; also the lowest value given."""
MOST_CELLS = 8192
"""Columns of the overview, from which zooms coarser than its cells are drawn."""

_KIND, _VERSION = "spectrum", 1
_STEP_DB = 0.5
_WINDOWS_PER_COLUMN = 4
_READ_SAMPLES, _COLUMNS_SAMPLES = 1 << 20, 1 << 18
# From so many windows a column on, the few that are looked at are read one by one and what lies between is left out.
_READ_APART_WINDOWS = 24
_SPECTRA_SAMPLES = 1 << 16
"""Samples whose spectra are computed at once, which takes about a millisecond: the window may wait for it."""


class Spectrogram:
    """One recording's spectrum, channels averaged; safe to use from several threads, one at a time gets through."""

    def __init__(self, path: Path, offset_us: int = 0) -> None:
        self.path, self.offset_us = path, offset_us
        self._audio = SharedAudio(path)
        self._overview: tuple[NDArray[np.uint8], int] | None = None
        self.lacks_overview = False
        """Whether columns were asked for that the overview would show better."""

    def columns(
        self, first_px: int, us_per_px: float, n: int, window: int = WINDOW, cancel: CancelToken | None = None
    ) -> Float32:
        """Decibels of each pixel column, relative to a sine at full scale.

        Parameters
        ----------
        first_px : the first column, counted in pixels from time 0 of the item
        us_per_px : microseconds a column covers
        n : columns
        window : samples of one spectrum
        cancel : asked whether to stop between two pieces of the work

        Returns
        -------
        float32, (window // 2 + 1, n)
            Row k holds the frequency ``k * rate / window``. A column finer than a window shows the window around its
            middle, a coarser one the loudest of up to four windows in it. Columns coarser than the overview's cells
            come from there, the loudest of all, and have the overview's WINDOW; before it is there they show four
            windows like the others.
        """
        with self._audio.reading() as source:
            per_column = us_per_px * source.rate_hz / 1_000_000
            start = (first_px * us_per_px - self.offset_us) * source.rate_hz / 1_000_000
            finest = max(cell_samples(source.samples), 0 if window == WINDOW else _WINDOWS_PER_COLUMN * window)
            if per_column >= finest:
                if self._overview is None and not self.lacks_overview:
                    self._overview = _known_overview(self.path, source)
                if self._overview is not None:
                    return _from_overview(*self._overview, start, per_column, n)
                self.lacks_overview = True
            return _from_samples(source, start, per_column, n, window, cancel or CancelToken())

    def learn_overview(self, cancel: CancelToken | None = None) -> None:
        """Make the overview, which takes a pass over the recording; columns can be had meanwhile."""
        self._overview = build_overview(self.path, cancel=cancel)
        self.lacks_overview = False

    @property
    def rate_hz(self) -> int:
        """Samples per second; the highest row is half of it."""
        with self._audio.reading() as source:
            return source.rate_hz

    def close(self) -> None:
        """Let go of the file."""
        self._audio.close()


def cell_samples(samples: int) -> int:
    """Samples of one cell of the overview: whole windows, few enough cells."""
    return max(1, -(-samples // (MOST_CELLS * WINDOW))) * WINDOW


def build_overview(
    path: Path, *, progress: Progress = silent, cancel: CancelToken | None = None
) -> tuple[NDArray[np.uint8], int]:
    """The whole recording's spectrum in at most MOST_CELLS cells, made in one pass and kept in the cache.

    Returns
    -------
    cells : uint8, (WINDOW // 2 + 1, cells)
        The loudest window of each cell, in steps of half a decibel above SILENCE_DB.
    size : samples of a cell
    """
    place = cache.derived(path, _KIND, _VERSION)
    with open_audio(path) as source:
        known = _known_overview(path, source)
        if known is not None:
            return known
        size = cell_samples(source.samples)
        shape = (WINDOW // 2 + 1, -(-source.samples // size))
        loudest = np.zeros((shape[1], shape[0]), np.float32)
        done, left_over = 0, np.zeros(0, np.float32)
        blocks = blocks_until_break(path, source, 0, source.samples, block_frames(source, _READ_SAMPLES))
        asked = cancel or CancelToken()
        for block in blocks:  # what lies behind a break is silence here
            mono = np.concatenate([left_over, _mono(block)])
            whole = len(mono) // WINDOW * WINDOW
            for at in range(0, whole, _SPECTRA_SAMPLES):
                asked.check()
                piece = mono[at : min(at + _SPECTRA_SAMPLES, whole)]
                _keep_loudest(loudest, (done + at) // size, ((done + at) % size) // WINDOW, size // WINDOW, piece)
            done, left_over = done + whole, mono[whole:]
            progress(done / max(1, source.samples), "Spectrum")
        if len(left_over):
            last = np.concatenate([left_over, np.zeros(WINDOW - len(left_over), np.float32)])
            _keep_loudest(loudest, done // size, (done % size) // WINDOW, size // WINDOW, last)
        is_whole = done + len(left_over) >= source.samples
    cells = np.empty(shape, np.uint8)
    at_once = max(1, _SPECTRA_SAMPLES // shape[0])
    for first in range(0, shape[1], at_once):
        asked.check()
        steps = np.clip((_decibels(loudest[first : first + at_once]) - SILENCE_DB) / _STEP_DB, 0, 255)
        cells[:, first : first + at_once] = np.rint(steps).T
    if is_whole:  # the file may be back as a whole the next time
        with cache.writing(place) as temporary, temporary.open("wb") as file:
            np.save(file, cells, allow_pickle=False)
        cache.trim()
    return cells, size


def frequency_rows(
    height: int, rate_hz: int, scale: Scale, low_hz: float = 0.0, high_hz: float | None = None
) -> Float32:
    """The frequency at each row's edge, from the top down: float32 (height + 1,), in Hz.

    The mel scale is O'Shaughnessy's, 2595 log10(1 + f / 700).
    """
    top = min(high_hz or rate_hz / 2, rate_hz / 2)
    if scale == "linear":
        return np.linspace(top, low_hz, height + 1, dtype=np.float32)
    highest, lowest = (2595 * np.log10(1 + hz / 700) for hz in (top, low_hz))
    mels = np.linspace(highest, lowest, height + 1)
    return np.asarray(700 * (10 ** (mels / 2595) - 1), np.float32)


def to_rows(columns: Float32, edges_hz: Float32, rate_hz: int) -> Float32:
    """Columns of decibels as rows of a picture: the loudest bin of each row, between bins interpolated.

    Parameters
    ----------
    columns : float32, (window // 2 + 1, n)
    edges_hz : float32, (height + 1,), falling

    Returns
    -------
    float32, (height, n)
    """
    window = 2 * (len(columns) - 1)
    bins = np.clip(edges_hz[::-1] * window / rate_hz, 0, len(columns) - 1)  # rising
    middles = (bins[:-1] + bins[1:]) / 2
    below = np.minimum(middles.astype(np.int64), len(columns) - 2)
    share = (middles - below).astype(np.float32)[:, None]
    rows = columns[below] * (1 - share) + columns[below + 1] * share
    first, last = np.ceil(bins[:-1]).astype(np.int64), np.ceil(bins[1:]).astype(np.int64)
    inside = first < last
    if inside.any():
        peaks = fold_rows(np.maximum, columns[: int(last[inside][-1])].T, first[inside]).T
        rows[inside] = np.maximum(rows[inside], peaks)
    return np.asarray(rows[::-1], np.float32)


def _from_samples(
    source: AudioSource, start: float, per_column: float, n: int, window: int, cancel: CancelToken
) -> Float32:
    found = np.full((window // 2 + 1, n), SILENCE_DB, np.float32)
    is_apart = per_column >= _READ_APART_WINDOWS * window
    per_piece = n if is_apart else max(1, int(_COLUMNS_SAMPLES / source.channels / max(per_column, 1)))
    k = int(np.clip(per_column // window, 1, _WINDOWS_PER_COLUMN))
    shares = (np.arange(k) + 0.5) / k
    for first in range(0, n, per_piece):
        columns = np.arange(first, min(first + per_piece, n))
        edges = start + per_column * columns
        columns = columns[(edges + per_column > 0) & (edges < source.samples)]
        if not columns.size:
            continue
        middles = np.clip(start + per_column * (columns[:, None] + shares), 0, source.samples - 1)
        begins = (np.floor(middles).astype(np.int64) - window // 2).ravel()
        known = None if is_apart else _heard(source, int(begins[0]), int(begins[-1]) + window - int(begins[0]))
        at_once = max(1, _SPECTRA_SAMPLES // (window * k))
        for some in range(0, len(columns), at_once):
            cancel.check()
            wanted = begins[some * k : (some + at_once) * k]
            if known is None:
                windows = np.stack([_heard_aside(source, int(begin), window, cancel) for begin in wanted])
            else:
                windows = np.lib.stride_tricks.sliding_window_view(known, window)[wanted - begins[0]]
            power = _power(windows).reshape(-1, k, window // 2 + 1).max(axis=1)
            found[:, columns[some : some + at_once]] = _decibels(power).T
    return found


def _from_overview(cells: NDArray[np.uint8], size: int, start: float, per_column: float, n: int) -> Float32:
    found = np.full((cells.shape[0], n), SILENCE_DB, np.float32)
    edges = np.ceil((start + per_column * np.arange(n + 1)) / size).astype(np.int64)
    first, last = np.searchsorted(edges[:-1], 0), np.searchsorted(edges[:-1], cells.shape[1])
    if first > 0 and edges[first] > 0:
        first -= 1  # this column begins before the recording and ends inside it
    if first < last:
        starts = np.maximum(edges[first:last], 0)
        part = cells[:, : min(max(int(edges[last]), int(starts[-1]) + 1), cells.shape[1])]
        found[:, first:last] = fold_rows(np.maximum, part, starts) * np.float32(_STEP_DB) + SILENCE_DB
    return found


def _heard(source: AudioSource, first: int, n: int) -> Float32:
    """The mean of the channels of some samples, silence where there are none."""
    return np.asarray(source.read(first, n).mean(axis=0, dtype=np.float32), np.float32)


def _heard_aside(source: AudioSource, first: int, n: int, cancel: CancelToken) -> Float32:
    """The same, asking before whether to stop."""
    cancel.check()
    return _heard(source, first, n)


def _keep_loudest(loudest: Float32, cell: int, windows_before: int, per_cell: int, mono: Float32) -> None:
    """Put the windows of consecutive samples into their cells."""
    if not len(mono):
        return
    power = _power(mono.reshape(-1, WINDOW))
    for start in range(-windows_before, len(power), per_cell):
        place = loudest[cell]
        np.maximum(place, power[max(0, start) : start + per_cell].max(axis=0), out=place)
        cell += 1


def _mono(block: NDArray[np.int16]) -> Float32:
    """The mean of the channels, full scale 1.0; channel by channel, for numpy's mean is slow across neighbours."""
    total: Float32 = block[0].astype(np.float32)
    for channel in block[1:]:
        total += channel
    total *= np.float32(1 / (32768 * len(block)))
    return total


def _power(windows: Float32) -> Float32:
    """Power of each bin, 1.0 for a sine at full scale: (m, window) to (m, window // 2 + 1)."""
    from scipy.fft import rfft  # three times as fast as numpy's in single precision

    shape, full_scale = _hann(windows.shape[1])
    spectrum = rfft(windows * shape, axis=1)
    return np.asarray((spectrum.real**2 + spectrum.imag**2) / np.float32(full_scale**2), np.float32)


@lru_cache(maxsize=len(WINDOWS))
def _hann(window: int) -> tuple[Float32, float]:
    """A Hann window, and its gain for a sine, halved by its two sides: a full-scale sine reads 0 dB."""
    shape = np.hanning(window + 1)[:-1].astype(np.float32)
    return shape, float(shape.sum()) / 2


def _decibels(power: Float32) -> Float32:
    floor = np.float32(10 ** (SILENCE_DB / 10))
    return np.asarray(10 * np.log10(np.maximum(power, floor)), np.float32)


def _known_overview(path: Path, source: AudioSource) -> tuple[NDArray[np.uint8], int] | None:
    """The overview where the cache has it."""
    size = cell_samples(source.samples)
    cells = _read(cache.derived(path, _KIND, _VERSION), (WINDOW // 2 + 1, -(-source.samples // size)))
    return None if cells is None else (cells, size)


def _read(place: Path, shape: tuple[int, int]) -> NDArray[np.uint8] | None:
    """The cells kept in the cache; None where there are none of this shape."""
    try:
        known = np.load(place, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return known if known.shape == shape and known.dtype == np.uint8 else None
