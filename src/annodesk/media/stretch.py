"""Slower and faster sound that keeps its pitch, by FFmpeg's ``atempo``, with every sharp onset at its exact place.

Left alone ``atempo`` wanders by up to 45 ms, doubles clicks where it slows and drops them where it hastens (measured at
44.1 kHz, 0.5 and 2 times). It does begin exactly, so a fresh one begins at each onset, and what is cut off there is
filled from a mirror of what came before: intervals between onsets are then right to 0.1 ms.
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.filter import Graph

Float32 = NDArray[np.float32]

SLOWEST, FASTEST = 0.1, 4.0

# An onset is a millisecond so many times as loud as the loudest of those before it, and not all but silent.
_RISE, _BEFORE_FRAMES, _QUIET = 2.8, 30, 1e-3
_APART_S = 0.06
_MIRROR_S = 0.1
# What was found in a window may come out early: so much of the input is not let out yet, as an onset may follow.
_HELD_S = 0.1


def bounded_rate(rate: float) -> float:
    """The nearest rate that sound can be played at; as recorded where it is no number."""
    return min(FASTEST, max(SLOWEST, rate)) if math.isfinite(rate) else 1.0


def stretched_samples(samples: int, rate: float) -> int:
    """How many samples so many become, exactly; of one or more never none."""
    return max(min(1, samples), round(samples / rate))


class Stretcher:
    """One stretch of mono or stereo sound at another speed, given and taken in pieces.

    What comes out, ``finish`` included, is exactly ``stretched_samples`` of what went in: a sample at ``k`` is heard
    at ``k / rate``. Nothing outside the stretch is needed, and nothing of it is lost at its edges.
    """

    def __init__(self, channels: int, rate_hz: int, rate: float) -> None:
        self._channels, self._rate_hz, self._rate = channels, rate_hz, rate
        self._step = max(1, rate_hz // 1000)
        self._held: Float32 = np.zeros((channels, 0), np.float32)  # not yet given to the piece
        self._held_at = 0  # where it begins
        self._searched = 0
        self._before = np.zeros(_BEFORE_FRAMES, np.float32)
        self._out_at = 0  # where what is let out next lies
        self._piece = _Piece(channels, rate_hz, rate, 0, 0)
        self._fading: Float32 | None = None

    def push(self, samples: Float32) -> Float32:
        """Take float32 (channels, n); return what is ready, (channels, any number)."""
        self._held = np.concatenate([self._held, samples], axis=1)
        out = []
        for onset in self._onsets():
            out.append(self._cut(onset))
        # The frame before an onset goes with the onset, so the last one waits.
        self._give(max(self._held_at, self._searched - self._step))
        until = self._held_at - round(_HELD_S * self._rate_hz)
        out.append(self._let_out(self._place(until) if until > self._piece.begins else self._out_at))
        return np.concatenate(out, axis=1)

    def finish(self) -> Float32:
        """What is left, once all has been pushed."""
        end = self._held_at + self._held.shape[1]
        self._give(end)
        return self._let_out(stretched_samples(end, self._rate), to_the_end=True)

    def _place(self, sample: int) -> int:
        """Where a sample of the piece is heard."""
        return self._piece.out_begins + round((sample - self._piece.begins) / self._rate)

    def _onsets(self) -> list[int]:
        """Onsets among the whole frames not yet searched, as samples counted from the start."""
        at = self._searched - self._held_at
        n = (self._held.shape[1] - at) // self._step
        if n <= 0:
            return []
        loud = np.abs(self._held[:, at : at + n * self._step]).max(axis=0).reshape(n, self._step)
        frames = np.concatenate([self._before, loud.max(axis=1)])
        before = np.lib.stride_tricks.sliding_window_view(frames, _BEFORE_FRAMES).max(axis=1)[:n]
        self._before = frames[-_BEFORE_FRAMES:]
        found: list[int] = []
        last = self._piece.begins
        for k in np.flatnonzero(loud.max(axis=1) > np.maximum(before * _RISE, _QUIET)):
            sharp = np.argmax(loud[k] > max(float(before[k]) * _RISE, _QUIET) * 0.7)
            onset = self._searched + int(k) * self._step + int(sharp)
            if onset - last >= _APART_S * self._rate_hz:
                found.append(onset)
                last = onset
        self._searched += n * self._step
        return found

    def _cut(self, onset: int) -> Float32:
        """End the piece one frame before the onset and begin another, whose first frame is faded over."""
        begins = onset - self._step
        self._give(begins)
        out_begins = stretched_samples(onset, self._rate) - self._step
        out = self._let_out(out_begins, to_the_end=True)
        self._fading = self._piece.take(self._step)
        self._piece = _Piece(self._channels, self._rate_hz, self._rate, begins, out_begins)
        return out

    def _give(self, until: int) -> None:
        n = until - self._held_at
        if n > 0:
            self._piece.push(self._held[:, :n])
            self._held, self._held_at = self._held[:, n:], until

    def _let_out(self, until: int, *, to_the_end: bool = False) -> Float32:
        n = until - self._out_at
        if not to_the_end:
            n = min(n, self._piece.ready)
        if n <= 0 or (not to_the_end and self._fading is not None and n < self._step):
            return np.zeros((self._channels, 0), np.float32)
        out = self._piece.take(n)
        if self._fading is not None:
            m = min(n, self._step)
            rise = np.linspace(0, 1, self._step, endpoint=False, dtype=np.float32)[:m]
            out[:, :m] = out[:, :m] * rise + self._fading[:, :m] * (1 - rise)
            self._fading = None
        self._out_at += n
        return out


class _Piece:
    """One run of ``atempo`` over what lies between two onsets."""

    def __init__(self, channels: int, rate_hz: int, rate: float, begins: int, out_begins: int) -> None:
        self.begins, self.out_begins = begins, out_begins
        self.ready = 0
        self._channels, self._rate_hz, self._rate = channels, rate_hz, rate
        self._graph = _graph(channels, rate_hz, rate)
        self._pushed = 0
        self._out: list[Float32] = []
        self._recent: Float32 = np.zeros((channels, 0), np.float32)

    def push(self, samples: Float32) -> None:
        """Give samples and keep those that a mirror would need."""
        self._feed(samples)
        kept = round(_MIRROR_S * self._rate_hz)
        self._recent = np.concatenate([self._recent, samples], axis=1)[:, -kept:]

    def take(self, n: int) -> Float32:
        """The next samples, (channels, n); past what was pushed its mirror image goes on."""
        mirror, tries = self._recent[:, ::-1], 0
        while self.ready < n and mirror.shape[1]:
            least = round(_MIRROR_S * self._rate_hz * max(1.0, self._rate))
            while mirror.shape[1] < least:
                mirror = np.concatenate([mirror, mirror[:, ::-1]], axis=1)
            self._feed(mirror)
            tries += 1
            if tries > 100:
                break
        whole = np.concatenate([*self._out, np.zeros((self._channels, max(0, n - self.ready)), np.float32)], axis=1)
        self._out, self.ready = [whole[:, n:]], max(0, self.ready - n)
        return np.ascontiguousarray(whole[:, :n])

    def _feed(self, samples: Float32) -> None:
        import av

        if not samples.shape[1]:
            return
        layout = "mono" if self._channels == 1 else "stereo"
        packed = np.ascontiguousarray(samples.T, np.float32).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(packed, format="flt", layout=layout)
        frame.sample_rate, frame.time_base, frame.pts = self._rate_hz, Fraction(1, self._rate_hz), self._pushed
        self._pushed += samples.shape[1]
        self._graph.push(frame)
        while True:
            try:
                got = self._graph.pull()
            except BlockingIOError:  # it wants more
                return
            block = np.asarray(got.to_ndarray(), np.float32).reshape(-1, self._channels).T
            self._out.append(block)
            self.ready += block.shape[1]


def _graph(channels: int, rate_hz: int, rate: float) -> Graph:
    """``atempo`` in as few steps between 0.5 and 2 as make the rate: beyond 2 it would skip samples."""
    from av.filter import Graph

    graph = Graph()
    graph.threads = 1
    last = graph.add_abuffer(
        sample_rate=rate_hz,
        format="flt",
        layout="mono" if channels == 1 else "stereo",
        time_base=Fraction(1, rate_hz),
    )
    steps = max(1, math.ceil(abs(math.log2(rate)) - 1e-9))
    for _ in range(steps):
        step = graph.add("atempo", f"{rate ** (1 / steps):.9f}")
        last.link_to(step)
        last = step
    last.link_to(graph.add("abuffersink"))
    graph.configure()
    return graph
