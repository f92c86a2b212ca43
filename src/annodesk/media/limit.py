"""Keeps sound below full scale without distortion: the gain goes down before a peak comes, never too late."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Float32 = NDArray[np.float32]
Float64 = NDArray[np.float64]

_LOOK_AHEAD_S = 0.005
_RELEASE_DB_PER_S = 40.0


class Limiter:
    """One stretch of sound, given and taken in pieces; what is nowhere over full scale comes out as it went in.

    As many samples come out as went in, those of the last 5 ms with ``finish``.
    """

    def __init__(self, rate_hz: int) -> None:
        self._ahead = max(1, round(_LOOK_AHEAD_S * rate_hz))
        self._release_db = _RELEASE_DB_PER_S / rate_hz
        self._waiting: Float32 | None = None
        self._wanted_db = np.zeros(0)  # what each waiting sample needs
        self._gains_db: Float64 | None = None  # of the last samples let out, before smoothing

    def push(self, samples: Float32) -> Float32:
        """Take float32 (channels, n) of any size; return what is ready, (channels, any number)."""
        peaks = np.abs(samples).max(axis=0, initial=0.0).astype(np.float64)
        return self._let_out(samples, np.minimum(0.0, -20 * np.log10(np.maximum(peaks, 1e-9))))

    def finish(self) -> Float32:
        """What is left, once all has been pushed."""
        if self._waiting is None:
            return np.zeros((1, 0), np.float32)
        return self._let_out(np.zeros((len(self._waiting), self._ahead), np.float32), np.zeros(self._ahead))

    def _let_out(self, samples: Float32, wanted_db: Float64) -> Float32:
        waiting = samples if self._waiting is None else np.concatenate([self._waiting, samples], axis=1)
        wanted = np.concatenate([self._wanted_db, wanted_db])
        n = max(0, waiting.shape[1] - self._ahead)
        self._waiting, self._wanted_db = waiting[:, n:], wanted[n:]
        out = waiting[:, :n]
        if not n:
            return out
        held = np.lib.stride_tricks.sliding_window_view(wanted, self._ahead + 1).min(axis=1)
        if self._gains_db is None:  # as if it had always been as quiet as it has to begin
            self._gains_db = np.full(self._ahead, held[0])
        if not held.any() and not self._gains_db.any():
            return out
        ramp = self._release_db * np.arange(n + 1)
        rising = np.minimum.accumulate(np.concatenate([self._gains_db[-1:], held]) - ramp) + ramp
        gains = np.concatenate([self._gains_db, np.minimum(rising[1:], 0.0)])
        self._gains_db = gains[-self._ahead :]
        # Each of those averaged looked at this sample, so their mean is low enough for it too.
        sums = np.cumsum(np.concatenate([[0.0], gains]))
        smooth_db = (sums[self._ahead + 1 :] - sums[: -self._ahead - 1]) / (self._ahead + 1)
        return np.asarray(out * 10 ** (smooth_db / 20), np.float32)
