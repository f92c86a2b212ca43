"""Samples of audio streams inside containers (m4a, mp4, mkv, webm), through PyAV, placed by their timestamps."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

from annodesk.errors import MediaError
from annodesk.media.containers import open_container, origin_pts, reading, require_possible, time_base
from annodesk.media.decode import BLOCK_FRAMES, AudioSource, Float32, Int16, to_int16

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.stream import Stream
    from numpy.typing import NDArray

# Decoders need what came before: without it MP3 and AAC are wrong after a seek. AAC still differs where it fills in
# noise of its own (at most 0.1 of full scale, tones are exact), and Opus needs 200 ms to come within 0.001 (measured).
_PREROLL_FRAMES = 1 << 14
# Timestamps may be rounded to milliseconds; only a real hole or jump moves the samples.
_JUMP_S = 0.005
# Formats whose index lists every packet.
_INDEXED = frozenset({"mov", "mp4", "m4a"})
_TAIL_S = 10
# Silence in a hole is given in pieces: a damaged timestamp may open one of years.
_HOLE_FRAMES = 1 << 16


class _Placement(Struct, frozen=True):
    """Where decoded frames lie: timestamps in ticks, and the sample each starts at; both sorted."""

    pts: NDArray[np.int64]
    positions: NDArray[np.int64]

    def position(self, pts: int) -> int | None:
        """The first sample of the frame with this timestamp; None for one that only exists after a seek."""
        k = int(np.searchsorted(self.pts, pts))
        return int(self.positions[k]) if k < self.pts.size and self.pts[k] == pts else None


class ContainerSource(AudioSource):
    """The first audio stream of a container."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stack = ExitStack()
        try:
            self._open()
            self.rate_hz = int(self._stream.rate or 0)
            self.channels = int(self._stream.channels or 0)
            if self.rate_hz <= 0 or self.channels <= 0:
                raise MediaError(f"{path} has a damaged audio track.", "Convert it, or copy it again.")
            self._origin = origin_pts(self._container, self._stream)
            self._per_tick = time_base(self._stream) * self.rate_hz
            with reading(path):
                samples = packet_samples(self._container, self._stream, self.rate_hz)
            self.samples = require_possible(path, samples, self.rate_hz)
        except BaseException:
            self.close()
            raise
        self._placement: _Placement | None = None

    def _open(self) -> None:
        self._stack.close()
        self._container: InputContainer = self._stack.enter_context(open_container(self._path))
        if not self._container.streams.audio:
            raise MediaError(
                f"{self._path} has no sound.", "Choose a file with an audio track, or work on the pictures."
            )
        self._stream = self._container.streams.audio[0]
        if not is_decodable(self._stream):
            raise unknown_encoding(self._path)
        self._stream.codec_context.thread_type = "AUTO"

    def blocks(
        self, start: int = 0, frames: int = BLOCK_FRAMES, *, stop: int | None = None, reuse: bool = False
    ) -> Iterator[Int16]:
        position, end = max(0, start), self.samples if stop is None else min(stop, self.samples)
        if position >= end:
            return
        frames = min(frames, end - position)
        place = np.zeros((self.channels, frames), np.int16)
        filled = 0
        for part in self._parts(position, end):
            taken = 0
            while taken < part.shape[1]:
                step = min(frames - filled, part.shape[1] - taken)
                place[:, filled : filled + step] = part[:, taken : taken + step]
                taken, filled = taken + step, filled + step
                if filled == frames or position + filled == end:
                    yield place[:, :filled] if reuse else place[:, :filled].copy()
                    position, filled = position + filled, 0

    def glimpse(self, start: int, n: int) -> Float32:
        ticks = round(start / self._per_tick) + self._origin
        with reading(self._path):
            self._container.seek(max(0, ticks), stream=self._stream, backward=True)
            frames = self._container.decode(self._stream)
            first, second = next(frames, None), next(frames, None)
        found = _planar(second or first)[:, :n]  # the first lacks what came before it
        return found if found.shape == (self.channels, n) else np.zeros((self.channels, n), np.float32)

    def _parts(self, start: int, end: int) -> Iterator[Int16]:
        """Consecutive pieces of ``[start, end)``; silence where there are holes, and where packets promise too much."""
        position = start
        for at, chunk in self._chunks(start):
            for part in _aligned(position, at, chunk):
                kept = part[:, : end - position]
                position += kept.shape[1]
                yield to_int16(np.ascontiguousarray(kept))
            if position >= end:
                return
        for hole in range(position, end, _HOLE_FRAMES):
            yield np.zeros((self.channels, min(_HOLE_FRAMES, end - hole)), np.int16)

    def read(self, start: int, n: int) -> Float32:
        out = np.zeros((self.channels, max(0, n)), np.float32)
        first, last = max(0, start), min(start + n, self.samples)
        if first >= last:
            return out
        for at, chunk in self._chunks(first):
            low, high = max(at, first), min(at + chunk.shape[1], last)
            if low < high:
                out[:, low - start : high - start] = chunk[:, low - at : high - at]
            if at + chunk.shape[1] >= last:
                break
        return out

    def close(self) -> None:
        self._stack.close()

    def _chunks(self, start: int) -> Iterator[tuple[int, Float32]]:
        """Consecutive (first sample, samples) from ``start`` or somewhat before it, ordered."""
        with reading(self._path):
            if start < _PREROLL_FRAMES * 2:
                yield from self._from_the_start()
            else:
                yield from self._from(start)

    def _from_the_start(self) -> Iterator[tuple[int, Float32]]:
        import av

        self._open()  # a seek to the start does not bring back the packets before time zero that the decoder needs
        joiner = av.AudioFifo()
        begins: int | None = None
        position = 0
        for frame, position in self._placed():
            if begins is not None and position != begins + joiner.samples:
                yield begins, _planar(joiner.read())
                joiner, begins = av.AudioFifo(), None
            begins = position if begins is None else begins
            frame.pts = None
            joiner.write(frame)
            if joiner.samples >= 1 << 16:
                block = _planar(joiner.read())
                yield begins, block
                begins += block.shape[1]
        if begins is not None and joiner.samples:
            yield begins, _planar(joiner.read())

    def _placed(self) -> Iterator[tuple[AudioFrame, int]]:
        """Every decoded frame from here on with its first sample: counted on, unless its timestamp jumps."""
        expected: int | None = None
        ticks, samples = self._per_tick.denominator, self._per_tick.numerator  # fractions themselves are slow
        for frame in self._container.decode(self._stream):
            by_clock = expected or 0
            if frame.pts is not None:
                by_clock = (2 * (frame.pts - self._origin) * samples + ticks) // (2 * ticks)
            jumped = expected is None or abs(by_clock - expected) > _JUMP_S * self.rate_hz
            position = by_clock if jumped or expected is None else expected
            expected = position + frame.samples
            yield frame, position

    def _from(self, start: int) -> Iterator[tuple[int, Float32]]:
        place = None if self._per_tick <= 1 else self._known_placement()
        target = round((start - _PREROLL_FRAMES) / self._per_tick) + self._origin
        self._container.seek(max(0, target), stream=self._stream, backward=True)
        for frame in self._container.decode(self._stream):
            if frame.pts is None:
                continue
            by_clock = round((frame.pts - self._origin) * self._per_tick)
            position = by_clock if place is None else place.position(frame.pts)
            if position is not None and position + frame.samples > start:
                yield position, _planar(frame)

    def _known_placement(self) -> _Placement:
        """Timestamps to samples, from one pass over all frames: rounded timestamps do not say the exact sample."""
        if self._placement is None:
            self._open()
            pairs = [(frame.pts, position) for frame, position in self._placed() if frame.pts is not None]
            table = np.array(pairs, np.int64).reshape(-1, 2)
            self._placement = _Placement(table[:, 0].copy(), table[:, 1].copy())
        return self._placement


def is_decodable(stream: AudioStream) -> bool:
    """Whether there is a decoder for it; a stream without one has no rate and no channels to ask for."""
    return stream.codec_context is not None


def unknown_encoding(path: Path) -> MediaError:
    """What to say of sound that there is no decoder for."""
    return MediaError(f"{path} holds sound in an encoding that cannot be read here.", "Convert it to WAV or FLAC.")


def packet_samples(container: InputContainer, stream: Stream, rate_hz: int) -> int:
    """Samples from time zero to the end of the last packet; decodes nothing.

    Where the file's own index leads to its end, only the last packets are read: to go through those of a film would
    read all of it from the disk.
    """
    if stream.duration and set(container.format.name.split(",")) & _INDEXED and _is_whole(container, stream):
        start = (stream.start_time or 0) + stream.duration - round(_TAIL_S / time_base(stream))
        container.seek(max(0, start), stream=stream, backward=True)
    end = _last_tick(container, stream)
    return max(0, round((end - origin_pts(container, stream)) * time_base(stream) * rate_hz))


def _last_tick(container: InputContainer, stream: Stream) -> int:
    """Where the last packet from here on ends."""
    end = 0
    longest = 0
    for packet in container.demux(stream):
        if packet.pts is None or packet.is_discard:
            continue
        longest = max(longest, packet.duration or 0)
        end = max(end, packet.pts + (packet.duration or longest))
    return end


def _is_whole(container: InputContainer, stream: Stream) -> bool:
    """Whether what the index lists last lies inside the file."""
    entries = stream.index_entries
    if not len(entries):
        return False
    last = entries[len(entries) - 1]
    return bool(last.pos + last.size <= container.size)


def _planar(frame: AudioFrame | None) -> Float32:
    """The frame's samples as float32 (channels, n), full scale -1.0 to 1.0."""
    if frame is None:
        return np.zeros((1, 0), np.float32)
    raw = frame.to_ndarray()
    if not frame.format.is_planar:
        raw = raw.reshape(-1, len(frame.layout.channels)).T
    if raw.dtype.kind == "f":
        return np.ascontiguousarray(raw, np.float32)
    middle = 128.0 if raw.dtype == np.uint8 else 0.0
    full_scale = np.float32(1 << (8 * raw.dtype.itemsize - 1))
    return np.asarray((np.ascontiguousarray(raw, np.float32) - np.float32(middle)) / full_scale, np.float32)


def _aligned(expected: int, at: int, chunk: Float32) -> Iterator[Float32]:
    """The chunk as it continues at sample ``expected``: silence before a hole, the overlap cut off."""
    for hole in range(expected, at, _HOLE_FRAMES):
        yield np.zeros((chunk.shape[0], min(_HOLE_FRAMES, at - hole)), np.float32)
    if at + chunk.shape[1] > expected:
        yield chunk[:, max(0, expected - at) :]
