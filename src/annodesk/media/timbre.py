"""A stretch of sound as a row of numbers in which what sounds alike lies near: for finding like ones, not for reading.

Colour, movement, pulses and pauses are each told by several numbers, all but free of the recording's gain.
"""

from __future__ import annotations

import functools
import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import asdict
from numpy.typing import NDArray

from annodesk.media import features
from annodesk.media.features import RATE_HZ, read_mono
from annodesk.media.measured import measured

if TYPE_CHECKING:
    from annodesk.progress import CancelToken

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

VERSION = 1
"""Of the numbers: another one where they change, so that none is compared with those of before."""

_FRAME, _HOP = 1024, 512
_BANDS, _CURVE = 40, 20
_DEEPEST_DB = 80.0
_SOUNDING_DB, _FAINTEST_DB = 50.0, -85.0
"""A frame sounds where it is at most so far below the loudest, and above what no recording keeps."""

_PULSE_FRAME, _PULSE_HOP = 512, 128
_PULSE_RATE_HZ = RATE_HZ / _PULSE_HOP
_PULSE_BANDS_HZ = (60, 400, 1500, 4000, 11000)
_PULSE_EDGES_HZ = (0.4, 1, 2, 4, 8, 16, 32, 80)


def timbre(mono: Float32) -> Float64:
    """The numbers of a stretch, (n,): always as many, and all of them finite.

    Parameters
    ----------
    mono : (samples,) at RATE_HZ, full scale -1 to 1; any length, also none
    """
    samples = np.nan_to_num(np.asarray(mono, np.float32).ravel(), nan=0.0, posinf=1.0, neginf=-1.0)
    if samples.size < 2 * _FRAME:
        samples = np.pad(samples, (0, 2 * _FRAME - samples.size))
    power = _power(samples, _FRAME, _HOP)
    levels_db = 10 * np.log10(power.sum(axis=1) + 1e-12)
    loud_db = float(np.percentile(levels_db, 95))
    sounding = levels_db > max(loud_db - _SOUNDING_DB, _FAINTEST_DB)
    if not sounding.any():
        sounding = np.ones_like(sounding)
    numbers = np.concatenate(
        [
            _colour(power, levels_db, sounding),
            _dynamics(levels_db, sounding, loud_db),
            _pulses(samples),
            _described(samples),
        ]
    )
    return np.asarray(np.nan_to_num(numbers, nan=0.0, posinf=0.0, neginf=0.0), np.float64)


def timbres(path: Path | str, stretches_us: Sequence[tuple[int, int]], *, cancel: CancelToken | None = None) -> Float64:
    """The numbers of some stretches of a recording, (stretches, n), from its derived file where it has them."""

    def measure(fresh: Sequence[tuple[int, int]]) -> list[Float64]:
        found = []
        for start_us, end_us in fresh:
            if cancel is not None:
                cancel.check()
            found.append(timbre(read_mono(path, start_us, end_us)[0]))
        return found

    return measured(path, "timbre", VERSION, stretches_us, measure)


def _power(samples: Float32, frame: int, hop: int) -> Float64:
    """Power of frames, (frames, bins), scaled so that a full-scale sine has 1 in its bin."""
    frames = np.lib.stride_tricks.sliding_window_view(samples, frame)[::hop]
    window = np.hanning(frame).astype(np.float32)
    bins = np.fft.rfft(frames * window, axis=1)
    return np.asarray((bins.real**2 + bins.imag**2) / float(window.sum() / 2) ** 2, np.float64)


@functools.lru_cache(maxsize=1)
def _bank() -> Float64:
    """Triangles evenly spaced on the mel scale from 50 Hz to 11 kHz, (bins, bands)."""
    low, high = (2595 * np.log10(1 + hz / 700) for hz in (50, 11000))
    mel = np.linspace(low, high, _BANDS + 2)
    edges_hz = 700 * (10 ** (mel / 2595) - 1)
    hz = np.fft.rfftfreq(_FRAME, 1 / RATE_HZ)[:, None]
    rising = (hz - edges_hz[:-2]) / (edges_hz[1:-1] - edges_hz[:-2])
    falling = (edges_hz[2:] - hz) / (edges_hz[2:] - edges_hz[1:-1])
    bank = np.maximum(0, np.minimum(rising, falling))
    # A triangle narrower than a bin may meet none: it takes the nearest.
    for band in np.flatnonzero(bank.sum(axis=0) < 0.5):
        bank[int(np.abs(hz[:, 0] - edges_hz[band + 1]).argmin()), band] = 1.0
    return np.asarray(bank, np.float64)


@functools.lru_cache(maxsize=1)
def _cosines() -> Float64:
    """The first cosines over the bands, orthonormal, (bands, curve)."""
    at = (np.arange(_BANDS) + 0.5)[:, None] * np.arange(_CURVE) * np.pi / _BANDS
    cosines = np.cos(at) * np.sqrt(2 / _BANDS)
    cosines[:, 0] /= np.sqrt(2)
    return np.asarray(cosines, np.float64)


def _colour(power: Float64, levels_db: Float64, sounding: NDArray[np.bool_]) -> Float64:
    """The spectrum's curve while it sounds: where it lies, how far and fast it moves, how the loud part differs."""
    bands = power @ _bank()
    bands_db = 10 * np.log10(bands + 1e-12)
    bands_db = np.maximum(bands_db, bands_db.max() - _DEEPEST_DB)
    curve = (bands_db @ _cosines()) / np.sqrt(_BANDS)  # decibels of a band, whatever their number
    used = curve[sounding]
    loud = used[levels_db[sounding] >= np.median(levels_db[sounding])]
    mean = used.mean(axis=0)
    moves = np.abs(curve[2:] - curve[:-2])[sounding[2:] & sounding[:-2]]
    speed = moves.mean(axis=0) if len(moves) else np.zeros(_CURVE)
    of_mean = 10 * np.log10(bands[sounding].mean(axis=0) + 1e-12)
    whole = (np.maximum(of_mean, of_mean.max() - _DEEPEST_DB) @ _cosines()) / np.sqrt(_BANDS)
    differs = loud.mean(axis=0) - mean
    return np.concatenate([mean[1:], used.std(axis=0), speed[:13], differs[1:13], (whole - mean)[:13]])


def _dynamics(levels_db: Float64, sounding: NDArray[np.bool_], loud_db: float) -> Float64:
    """How levels are spread below the loudest, and how much of the stretch sounds."""
    below = np.maximum(np.percentile(levels_db, (5, 25, 50, 75)) - loud_db, -60.0)
    return np.concatenate([below, [float(levels_db[sounding].std()), 10 * float(sounding.mean())]])


def _pulses(samples: Float32) -> Float64:
    """How deep each part of the spectrum pulses, slowly and fast; its peaks; and the clearest repetitions."""
    power = _power(samples, _PULSE_FRAME, _PULSE_HOP)
    hz = np.fft.rfftfreq(_PULSE_FRAME, 1 / RATE_HZ)
    found: list[float] = []
    for low, high in itertools.pairwise(_PULSE_BANDS_HZ):
        envelope = np.sqrt(power[:, (hz >= low) & (hz < high)].sum(axis=1)) + 1e-7
        envelope /= envelope.mean()
        found += _depths(envelope)
        found.append(float(np.log(np.mean(envelope**4) / np.mean(envelope**2) ** 2)))
    rises = np.maximum(0, np.diff(np.log(power.sum(axis=1) + 1e-9)))
    found += [*_repetition(rises, 1 / 60, 0.25), *_repetition(rises, 0.25, 1.5)]
    return np.asarray(found, np.float64)


def _depths(envelope: Float64) -> list[float]:
    """Power of an envelope's movements between the edges, against its mean, as logarithms."""
    spectrum = np.abs(np.fft.rfft((envelope - envelope.mean()) * np.hanning(envelope.size))) ** 2
    spectrum *= 2 / (envelope.size * np.square(np.hanning(envelope.size)).sum())
    rate_hz = np.fft.rfftfreq(envelope.size, 1 / _PULSE_RATE_HZ)
    edges = itertools.pairwise(_PULSE_EDGES_HZ)
    return [float(np.log10(spectrum[(rate_hz >= low) & (rate_hz < high)].sum() + 1e-4)) for low, high in edges]


def _repetition(curve: Float64, shortest_s: float, longest_s: float) -> tuple[float, float]:
    """How clearly a curve repeats itself, and after how long (the logarithm of it, 0 for the middle)."""
    first, last = round(shortest_s * _PULSE_RATE_HZ), round(longest_s * _PULSE_RATE_HZ)
    centred = curve - curve.mean()
    if curve.size < 2 * last or float(np.square(centred).sum()) < 1e-9:
        return 0.0, 0.0
    likeness = np.fft.irfft(np.abs(np.fft.rfft(centred, 2 * curve.size)) ** 2)[: last + 1]
    searched = likeness[first:] / likeness[0]
    best = int(searched.argmax())
    middle = np.log(np.sqrt(first * last))
    return float(np.clip(searched[best], 0, 1)), float(np.log(first + best) - middle)


def _described(samples: Float32) -> Float64:
    """What is told of the stretch in words, with frequencies and rates on a scale on which they are heard."""
    told = features.describe(samples, RATE_HZ)
    skipped = ("duration_s", "loudness_db", "peak_db")  # nothing of these is the sound's own
    return np.asarray(
        [
            float(np.log2(1 + value)) if name.endswith(("_hz", "_bpm")) else float(value)
            for name, value in asdict(told).items()
            if name not in skipped
        ]
    )
