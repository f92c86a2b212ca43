"""Pitch and loudness over time, of a stretch at a time, as curves to be drawn beside the spectrogram.

The pitch is found as Boersma (1993) does: the autocorrelation of a window divided by the window's own, candidates at
its peaks, and the cheapest path through them. Loudness is momentary loudness by ITU-R BS.1770-4.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.media.loudness import lufs, weighting
from annodesk.media.shared_audio import SharedAudio
from annodesk.progress import CancelToken

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

LOW_HZ, HIGH_HZ = 60.0, 800.0
"""The pitches looked for: low voices to high ones, most instruments' melodies."""
PITCH_STEP_US, LOUDNESS_STEP_US = 10_000, 100_000

_RATE_HZ = 16_000
_FRAME_S, _HOP_S, _FFT = 0.05, PITCH_STEP_US / 1e6, 2048  # a frame holds three periods of the lowest pitch
_CANDIDATES = 5
_VOICED_FROM, _SILENT_SHARE = 0.45, 0.03
_OCTAVE_COST, _JUMP_COST, _VOICING_COST = 0.01, 0.35, 0.14
# The path is sought in blocks side by side, each with a little of its neighbours.
_BLOCK, _BESIDE = 200, 30
_MOMENTARY_HOPS = 4
_WARM_UP_S = 1.0


class Curve(Struct, frozen=True):
    """Values at even times: ``values`` (n,) from ``start_us`` on, NaN where there is nothing to tell."""

    start_us: int
    step_us: int
    values: Float32


class CurveSource:
    """One recording's curves; safe to use from several threads, one at a time gets through.

    ``loudest`` is the recording's largest amplitude: what is far below it counts as silent.
    """

    def __init__(self, path: Path, offset_us: int = 0, loudest: float = 1.0) -> None:
        self.path, self.offset_us, self._loudest = path, offset_us, loudest
        self._audio = SharedAudio(path)

    def pitch(self, start_us: int, end_us: int, cancel: CancelToken | None = None) -> Curve:
        """The pitch in Hz of a stretch of the item, at multiples of PITCH_STEP_US; NaN where nothing is voiced.

        ``cancel`` is asked whether to stop between two pieces of the work.
        """
        first, last = -(-start_us // PITCH_STEP_US), -(-end_us // PITCH_STEP_US)
        begin = first * PITCH_STEP_US - self.offset_us
        beside_s = _BESIDE * _HOP_S + _FRAME_S / 2
        with self._audio.reading() as source:
            n = round(((last - first) * _HOP_S + 2 * beside_s) * source.rate_hz)
            mono = source.read(round((begin / 1e6 - beside_s) * source.rate_hz), n).mean(axis=0, dtype=np.float32)
            rate_hz = source.rate_hz
        found = pitch_of(mono, rate_hz, loudest=self._loudest, cancel=cancel)[_BESIDE : _BESIDE + last - first]
        values = np.full(max(0, last - first), np.nan, np.float32)
        values[: len(found)] = found
        return Curve(first * PITCH_STEP_US, PITCH_STEP_US, values)

    def loudness(self, start_us: int, end_us: int, cancel: CancelToken | None = None) -> Curve:
        """Momentary loudness in LUFS (of 400 ms around each time), at multiples of LOUDNESS_STEP_US.

        ``cancel`` is asked whether to stop between two pieces of the work.
        """
        from scipy.signal import sosfilt

        first, last = -(-start_us // LOUDNESS_STEP_US), -(-end_us // LOUDNESS_STEP_US)
        with self._audio.reading() as source:
            hop = round(LOUDNESS_STEP_US / 1e6 * source.rate_hz)
            begin = (
                round((first * LOUDNESS_STEP_US - self.offset_us) / 1e6 * source.rate_hz) - _MOMENTARY_HOPS // 2 * hop
            )
            warm_up = round(_WARM_UP_S * source.rate_hz)
            hops = max(0, last - first) + _MOMENTARY_HOPS - 1
            samples = source.read(begin - warm_up, warm_up + hops * hop)
            if cancel is not None:
                cancel.check()
            heard = sosfilt(weighting(source.rate_hz), samples, axis=1)[:, warm_up:]
        if cancel is not None:
            cancel.check()
        energy = np.einsum("ij,ij->j", heard, heard).reshape(-1, hop).sum(axis=1)
        power = np.lib.stride_tricks.sliding_window_view(energy, _MOMENTARY_HOPS).sum(axis=1)
        return Curve(
            first * LOUDNESS_STEP_US, LOUDNESS_STEP_US, np.asarray(lufs(power / (hop * _MOMENTARY_HOPS)), np.float32)
        )

    def close(self) -> None:
        """Let go of the file."""
        self._audio.close()


def pitch_of(mono: Float32, rate_hz: int, *, loudest: float = 1.0, cancel: CancelToken | None = None) -> Float32:
    """The pitch in Hz at every 10 ms of samples (n,), from the middle of the first 50 ms on; NaN where unvoiced."""
    cancel = cancel or CancelToken()
    cancel.check()
    if rate_hz != _RATE_HZ and mono.size:
        import soxr

        mono = np.asarray(soxr.resample(mono, rate_hz, _RATE_HZ), np.float32)
    frame, hop = round(_FRAME_S * _RATE_HZ), round(_HOP_S * _RATE_HZ)
    if mono.size < frame:
        return np.zeros(0, np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(mono, frame)[::hop]
    hz, strength = _candidates(frames, loudest, cancel)
    return _cheapest_path(hz, strength, cancel)


def _candidates(frames: Float32, loudest: float, cancel: CancelToken) -> tuple[Float64, Float64]:
    """Pitch and strength of each frame's candidates, (n, _CANDIDATES + 1); the first is unvoiced, its pitch 0."""
    from scipy.fft import irfft, rfft

    n, length = frames.shape
    window = np.hanning(length + 1)[:-1].astype(np.float32)
    centred = (frames - frames.mean(axis=1, keepdims=True)) * window
    spectrum = rfft(centred, _FFT, axis=1)
    own = irfft(np.abs(rfft(window, _FFT)) ** 2)
    first, last = int(_RATE_HZ / HIGH_HZ), int(np.ceil(_RATE_HZ / LOW_HZ))
    cancel.check()
    whole = irfft(spectrum.real**2 + spectrum.imag**2, axis=1)[:, : last + 2]
    cancel.check()
    energy = np.maximum(whole[:, :1], 1e-9)
    near = whole[:, first - 1 : last + 2] / energy / (own[first - 1 : last + 2] / own[0]).astype(np.float32)
    before, inner, after = near[:, :-2], near[:, 1:-1], near[:, 2:]
    lags = np.arange(first, last + 1)
    score = np.where(
        (inner > before) & (inner >= after) & (inner > 0.2), inner - _OCTAVE_COST * np.log2(lags / first), -1.0
    )
    cancel.check()
    best = np.argpartition(score, -_CANDIDATES, axis=1)[:, -_CANDIDATES:]
    rows = np.arange(n)[:, None]
    a, b, c = before[rows, best], inner[rows, best], after[rows, best]
    bend = a - 2 * b + c
    shift = np.where(np.abs(bend) > 1e-9, 0.5 * (a - c) / np.where(np.abs(bend) > 1e-9, bend, 1), 0)
    is_peak = score[rows, best] > -1
    height = np.minimum(b - 0.25 * (a - c) * shift, 1.0)
    hz, strength = np.zeros((n, _CANDIDATES + 1)), np.full((n, _CANDIDATES + 1), -10.0)
    hz[:, 1:] = np.where(is_peak, _RATE_HZ / (lags[best] + np.clip(shift, -1, 1)), 1.0)
    strength[:, 1:] = np.where(is_peak, height - _OCTAVE_COST * np.log2(np.maximum(HIGH_HZ / hz[:, 1:], 1e-9)), -10.0)
    level = np.abs(frames).max(axis=1) / max(loudest, 1e-6)
    strength[:, 0] = _VOICED_FROM + np.maximum(0, 2 - level / (_SILENT_SHARE / (1 + _VOICED_FROM)))
    return hz, strength


def _cheapest_path(hz: Float64, strength: Float64, cancel: CancelToken) -> Float32:
    """The pitch along the best path through the candidates; NaN where that is unvoiced."""
    n = len(hz)
    blocks = -(-n // _BLOCK)
    length = _BLOCK + 2 * _BESIDE
    places = np.clip(np.arange(blocks)[:, None] * _BLOCK - _BESIDE + np.arange(length), 0, n - 1)
    pitch, gain = hz[places], strength[places]  # (blocks, length, candidates)
    octaves = np.log2(np.maximum(pitch, 1.0))
    voiced = pitch > 0
    total = gain[:, 0].copy()
    came_from = np.zeros(pitch.shape, np.int8)
    for k in range(1, length):
        cancel.check()
        both = voiced[:, k - 1, :, None] & voiced[:, k, None, :]
        jump = _JUMP_COST * np.abs(octaves[:, k - 1, :, None] - octaves[:, k, None, :])
        change = _VOICING_COST * (voiced[:, k - 1, :, None] != voiced[:, k, None, :])
        ways = total[:, :, None] - np.where(both, jump, change)
        came_from[:, k] = ways.argmax(axis=1)
        total = ways.max(axis=1) + gain[:, k]
    chosen = np.zeros((blocks, length), np.int64)
    chosen[:, -1] = total.argmax(axis=1)
    every = np.arange(blocks)
    for k in range(length - 1, 0, -1):
        chosen[:, k - 1] = came_from[every, k, chosen[:, k]]
    found = np.take_along_axis(pitch, chosen[:, :, None], axis=2)[:, _BESIDE : _BESIDE + _BLOCK, 0].ravel()[:n]
    return np.where(found > 0, found, np.nan).astype(np.float32)
