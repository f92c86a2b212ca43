"""Proposes segments of a recording from its sound alone: where silence begins and ends, and where the sound changes."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.media.decode import open_audio, stream_mono
from annodesk.progress import CancelToken, Progress, silent

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

SHORTEST_US = 300_000

_RATE_HZ = 22050
_FRAME, _HOP = 2048, 512
_BLOCK_FRAMES = 1 << 17
_N_MELS, _N_MFCC = 40, 13
_FRAMES_PER_S = _RATE_HZ / _HOP

_SILENCE_S = 0.7
_BLIP_S = 0.15
_WINDOW_S = 2.8
_REFINE_S = 0.8
# Neighbouring frames tell nearly the same: so many of them count as one independent observation. With the price of a
# boundary (in nats an added number) chosen on synthetic programmes with seeds other than the demo's.
_FRAMES_PER_OBSERVATION = 6.0
_PRICE = 2.8
# Added to every variance: changes much smaller than the spread of the whole recording are no news.
_SPREAD = 0.3
_LONGEST_FRAMES = round(1200 * _FRAMES_PER_S)


class _Sums(Struct, frozen=True):
    """Running sums over frames, so that the statistics of any stretch take one subtraction."""

    weight: Float64  # (n + 1,)
    first: Float64  # (n + 1, features)
    second: Float64

    @classmethod
    def of(cls, features: Float32, weights: Float64) -> _Sums:
        weighted = features * weights[:, None]
        start = np.zeros((1, features.shape[1]))
        return cls(
            np.concatenate([[0.0], np.cumsum(weights)]),
            np.concatenate([start, np.cumsum(weighted, axis=0)]),
            np.concatenate([start, np.cumsum(weighted * features, axis=0)]),
        )

    def cost(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> Float64:
        """Weight times log variance of stretches ``[low, high)``, summed over features, (stretches,)."""
        weight = self.weight[high] - self.weight[low]
        safe = np.maximum(weight, 1e-9)[..., None]
        mean = (self.first[high] - self.first[low]) / safe
        variance = (self.second[high] - self.second[low]) / safe - mean**2
        return np.asarray(weight * np.log(np.maximum(variance, 0.0) + _SPREAD).sum(axis=-1), np.float64)

    def gain(self, low: NDArray[np.int64], middle: NDArray[np.int64], high: NDArray[np.int64]) -> Float64:
        """How much better two stretches with statistics of their own explain ``[low, high)`` than one, per feature."""
        better = self.cost(low, high) - self.cost(low, middle) - self.cost(middle, high)
        return np.asarray(better / (2 * _FRAMES_PER_OBSERVATION * self.first.shape[1]), np.float64)


def propose(
    path: Path | str, *, progress: Progress = silent, cancel: CancelToken | None = None
) -> list[tuple[int, int]]:
    """Stretches ``(start_us, end_us)`` that sound alike within, in order, without gaps, covering the whole recording.

    None is shorter than SHORTEST_US unless the recording is; a recording without samples has none. The recording is
    read in blocks; only its features (14 numbers for 23 ms) are kept in memory.
    """
    features, levels_db, duration_us = _features(path, progress, cancel or CancelToken())
    if duration_us <= 0:
        return []
    n = levels_db.size
    is_silent = levels_db < np.clip(np.percentile(levels_db, 95) - 40, -60, -45)
    is_silent = ~_without_short(~is_silent, round(_BLIP_S * _FRAMES_PER_S))
    edges = {0, n}
    for low, high, quiet in _runs(_without_short(is_silent, round(_SILENCE_S * _FRAMES_PER_S))):
        edges |= {low, high}
        if not quiet:
            for start in range(low, high, _LONGEST_FRAMES):
                end = min(start + _LONGEST_FRAMES, high)
                weights = np.where(is_silent[start:end], 0.0, 1.0)
                edges |= {start + k for k in _changes(features[start:end], weights)}
    times_us = [round(edge * 1_000_000 / _FRAMES_PER_S) for edge in sorted(edges)]
    times_us = [0, *(at for at in times_us[1:-1] if at < duration_us), duration_us]
    return _long_enough(times_us)


def _features(path: Path | str, progress: Progress, cancel: CancelToken) -> tuple[Float32, Float64, int]:
    """Standardised features (n, d) and levels (n,) in dB of frames 23 ms apart, and the duration."""
    import librosa

    found: list[Float32] = []
    levels: list[Float64] = []
    with open_audio(path) as source:
        duration_us = round(source.samples * 1_000_000 / source.rate_hz)
        expected = max(1.0, source.samples * _RATE_HZ / source.rate_hz)
        left = np.zeros(_FRAME // 2, np.float32)  # frame k is centred on sample k * _HOP
        done = 0
        pieces = stream_mono(source, _RATE_HZ, _BLOCK_FRAMES)
        end: Float32 | None = np.zeros(_FRAME // 2, np.float32)
        while end is not None:
            cancel.check()
            piece = next(pieces, None)
            if piece is None:
                piece, end = end, None
            left = np.concatenate([left, piece])
            count = max(0, (left.size - _FRAME) // _HOP + 1)
            if not count:
                continue
            used = left[: (count - 1) * _HOP + _FRAME]
            power = np.abs(librosa.stft(used, n_fft=_FRAME, hop_length=_HOP, center=False)) ** 2
            mel = librosa.feature.melspectrogram(S=power, sr=_RATE_HZ, n_mels=_N_MELS)
            decibels = librosa.power_to_db(mel, ref=1.0, amin=1e-5, top_db=None)
            found.append(librosa.feature.mfcc(S=decibels, n_mfcc=_N_MFCC).T.astype(np.float32))
            inner = np.lib.stride_tricks.sliding_window_view(used, _FRAME)[::_HOP, _FRAME // 4 : -_FRAME // 4]
            square = np.mean(np.square(inner, dtype=np.float64), axis=1)
            flatness = np.log10(librosa.feature.spectral_flatness(S=power, power=1.0, amin=1e-8).T + 1e-4)
            found[-1] = np.hstack([found[-1], flatness.astype(np.float32)])
            levels.append(10 * np.log10(square + 1e-12))
            left = left[count * _HOP :]
            done += count * _HOP
            progress(min(1.0, done / expected), "Listening for changes")
    if not found:
        return np.zeros((0, _N_MFCC + 1), np.float32), np.zeros(0), 0
    features, levels_db = np.concatenate(found), np.concatenate(levels)
    loud = features[levels_db > -60]
    if loud.size:
        features = (features - loud.mean(axis=0)) / (loud.std(axis=0) + 1e-3)
    return features.astype(np.float32), levels_db, duration_us


def _changes(features: Float32, weights: Float64) -> list[int]:
    """Frames at which the sound changes for good: local peaks of novelty, kept where they pay for themselves."""
    n, window = len(features), round(_WINDOW_S * _FRAMES_PER_S)
    if n < 2 * round(SHORTEST_US / 1e6 * _FRAMES_PER_S):
        return []
    sums = _Sums.of(features, weights)
    every = np.arange(n + 1)
    novelty = sums.gain(np.maximum(every - window, 0), every, np.minimum(every + window, n))
    reach = window // 4
    padded = np.pad(novelty, reach, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1)
    peaks = np.flatnonzero((novelty == highest) & (novelty > _PRICE / 2))
    edges = [0, *(int(k) for k in peaks if reach // 2 < k < n - reach // 2), n]
    return _refined(sums, _paying(sums, edges))


def _paying(sums: _Sums, edges: list[int]) -> list[int]:
    """The edges left when those whose removal costs least have been removed, up to the price."""
    kept = list(edges)
    while len(kept) > 2:
        low, middle, high = (np.array(kept[k : len(kept) - 2 + k], np.int64) for k in range(3))
        gains = sums.gain(low, middle, high)
        worst = int(gains.argmin())
        if gains[worst] >= _PRICE:
            break
        del kept[worst + 1]
    return kept


def _refined(sums: _Sums, edges: list[int]) -> list[int]:
    """Inner edges, each moved to where it divides its two neighbours best."""
    reach = round(_REFINE_S * _FRAMES_PER_S)
    moved = list(edges)
    for k in range(1, len(moved) - 1):
        low, high = moved[k - 1], moved[k + 1]
        candidates = np.arange(max(low + 1, moved[k] - reach), min(high, moved[k] + reach + 1))
        if candidates.size:
            gains = sums.gain(np.full_like(candidates, low), candidates, np.full_like(candidates, high))
            moved[k] = int(candidates[gains.argmax()])
    return moved[1:-1]


def _runs(flags: NDArray[np.bool_]) -> list[tuple[int, int, bool]]:
    """Stretches of equal flags: (first, one past the last, flag)."""
    turns = [0, *(np.flatnonzero(np.diff(flags)) + 1).tolist(), flags.size]
    return [(low, high, bool(flags[low])) for low, high in itertools.pairwise(turns) if high > low]


def _without_short(flags: NDArray[np.bool_], shortest: int) -> NDArray[np.bool_]:
    """The flags with runs of True shorter than this taken out."""
    out = flags.copy()
    for low, high, flag in _runs(flags):
        if flag and high - low < shortest:
            out[low:high] = False
    return out


def _long_enough(times_us: list[int]) -> list[tuple[int, int]]:
    """Consecutive stretches; an edge too near to the one before or to the end is left out."""
    kept = [times_us[0]]
    for at in times_us[1:-1]:
        if at - kept[-1] >= SHORTEST_US and times_us[-1] - at >= SHORTEST_US:
            kept.append(at)
    kept.append(times_us[-1])
    return list(itertools.pairwise(kept))
