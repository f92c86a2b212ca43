"""Pictures of a video: where every frame lies in time, the exact frame at a number or time, and thumbnails.

Positions come from the stream's own timestamps (PTS), never from a frame number times a rate.
"""

from __future__ import annotations

import bisect
import contextlib
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media import cache
from annodesk.media.containers import open_container, origin_pts, reading, require_file, time_base
from annodesk.media.picture import Shown, decode_by, to_shown, transparent_decoder

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Picture = NDArray[np.uint8]
Int64 = NDArray[np.int64]

_KIND, _VERSION = "frames", 1
_ATTACHED_PICTURE = 0x0400
_VP8_SHOWN = 0x10


@dataclass(frozen=True, slots=True)
class FrameIndex:
    """Every frame of a video in the order it is shown.

    ``pts`` (n,) and ``keyframes`` (k,) are sorted timestamps in ticks of ``tick_s``, counted from ``origin``; two
    frames may share a timestamp. ``end`` is where the last frame ends.
    """

    pts: Int64
    keyframes: Int64
    tick_s: Fraction
    origin: int
    end: int

    @property
    def count(self) -> int:
        """How many frames there are."""
        return int(self.pts.size)

    @property
    def pts_us(self) -> Int64:
        """The time of every frame, (n,)."""
        return self._to_us(self.pts)

    @property
    def keyframes_us(self) -> Int64:
        """The time of every frame that can be decoded by itself, (k,)."""
        return self._to_us(self.keyframes)

    @property
    def end_us(self) -> int:
        """The time at which the last frame ends."""
        return int(self._to_us(np.array([self.end]))[0])

    @property
    def is_variable_rate(self) -> bool:
        """Whether frames follow each other at unequal intervals, beyond what rounded timestamps explain."""
        if self.count < 3:
            return False
        between = np.diff(self.pts)
        return bool((between.max() - between.min()) * self.tick_s > 2 * self.tick_s + Fraction(1, 1000))

    def time_us(self, number: int) -> int:
        """The time of a frame."""
        return int(self._to_us(self.pts[[number]])[0])

    def number_at(self, time_us: int) -> int:
        """The frame on show at a time: the last that has begun, or the first of all."""
        return max(0, bisect.bisect_right(self.pts_us, time_us) - 1)

    @classmethod
    def of(cls, path: Path | str) -> FrameIndex:
        """The index of the file's first video stream, from the cache or by reading its packets once."""
        place = cache.derived(path, _KIND, _VERSION)
        known = _load(place)
        if known is None:
            known = _scan(require_file(path))
            with contextlib.suppress(OSError), cache.writing(place) as temporary, temporary.open("wb") as file:
                numbers = (known.tick_s.numerator, known.tick_s.denominator, known.origin, known.end)
                np.savez(file, pts=known.pts, keyframes=known.keyframes, numbers=np.array(numbers, np.int64))
        return known

    def _to_us(self, pts: Int64) -> Int64:
        scaled = (pts - self.origin) * (self.tick_s.numerator * 1_000_000)
        half = self.tick_s.denominator // 2
        return np.asarray((scaled + half) // self.tick_s.denominator, np.int64)


class FrameReader:
    """Exact frames of one video through one open decoder; going forward decodes on instead of seeking.

    Not safe to use from two threads at once.
    """

    def __init__(self, path: Path | str, index: FrameIndex | None = None) -> None:
        self._path = require_file(path)
        self.index = index or FrameIndex.of(path)
        self._stack = contextlib.ExitStack()
        self._container: InputContainer = self._stack.enter_context(open_container(self._path))
        self._stream = video_stream(self._container, self._path)
        self._stream.codec_context.thread_type = "AUTO"
        self._decoder = transparent_decoder(self._stream)
        self._frames: Iterator[VideoFrame] = iter(())
        self._next = -1  # number of the frame that decoding on would give; -1 unknown

    def __enter__(self) -> FrameReader:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        self._stack.close()

    def read(self, number: int) -> tuple[Picture, int]:
        """The frame with this number as it is stored: rgb (height, width, 3), and its time in microseconds."""
        with reading(self._path):
            return _to_rgb(self._decode_to(number)), self.index.time_us(number)

    def show(self, number: int, within: tuple[int, int] | None = None) -> Shown:
        """The frame with this number as it is meant to be seen, no larger than ``within`` (width, height)."""
        with reading(self._path):
            return to_shown(self._decode_to(number), self._stream.sample_aspect_ratio, within)

    def _decode_to(self, number: int) -> VideoFrame:
        if not 0 <= number < self.index.count:
            raise MediaError(
                f"{self._path} has no frame {number}; its frames are 0 to {self.index.count - 1}.",
                "Choose one of those.",
            )
        target = int(self.index.pts[number])
        first_same = int(np.searchsorted(self.index.pts, target))
        same_before = number - first_same
        if 0 <= self._next <= number and not self._key_between(self._next, number):
            found = self._first_from(target, number - max(self._next, first_same))
            if found is not None:
                self._next = number + 1
                return found
        key = max(0, bisect.bisect_right(self.index.keyframes, target) - 1)
        while True:
            # The key frame itself is sought: a seek to the frame may land past it where B-frames reorder.
            start = int(self.index.keyframes[key]) if self.index.keyframes.size else int(self.index.pts[0])
            self._container.seek(start, stream=self._stream, backward=True)
            self._frames = self._decode()
            found = self._first_from(target, same_before)
            if found is not None and (found.pts == target or key == 0):
                self._next = number + 1
                return found
            if key == 0:
                self._next = -1
                raise MediaError(f"Frame {number} of {self._path} cannot be decoded.", "The video may be cut off.")
            key -= 1

    def _decode(self) -> Iterator[VideoFrame]:
        if self._decoder is not None:
            return decode_by(self._decoder, self._container, self._stream)
        return self._container.decode(self._stream)

    def _first_from(self, target: int, skip: int) -> VideoFrame | None:
        """The first decoded frame at or after a timestamp, or the one ``skip`` frames of that timestamp later."""
        for frame in self._frames:
            if frame.pts is None or frame.pts < target:
                continue
            if frame.pts == target and skip > 0 and self._shares(target):
                skip -= 1
                continue
            return frame
        return None

    def _shares(self, target: int) -> bool:
        first, last = np.searchsorted(self.index.pts, (target, target + 1))
        return bool(last - first > 1)

    def _key_between(self, first: int, number: int) -> bool:
        """Whether seeking is shorter than decoding on."""
        pts = self.index.pts
        low, high = np.searchsorted(self.index.keyframes, (pts[first], pts[number]), side="right")
        return bool(high > low)


def frame_at(
    path: Path | str, index: FrameIndex | None = None, *, number: int | None = None, time_us: int | None = None
) -> tuple[Picture, int]:
    """One frame, by number or by time: rgb (height, width, 3), and its own time in microseconds."""
    with FrameReader(path, index) as reader:
        wanted = reader.index.number_at(time_us or 0) if number is None else number
        return reader.read(wanted)


def thumbnails(
    path: Path | str, index: FrameIndex | None, times_us: Sequence[int], height: int
) -> Iterator[tuple[int, Picture]]:
    """For each wanted time the nearest key frame at or before it, scaled: (time wanted, rgb (height, width, 3)).

    Key frames alone are decoded, which is sixteen times faster than exact frames (measured).
    """
    found = require_file(path)
    known = index or FrameIndex.of(path)
    with open_container(found) as container, reading(found):
        stream = video_stream(container, found)
        stream.codec_context.skip_frame = "NONKEY"
        shown: tuple[int, Picture] | None = None
        for time_us in times_us:
            key = max(0, bisect.bisect_right(known.keyframes_us, time_us) - 1)
            if shown is None or shown[0] != key:
                container.seek(int(known.keyframes[key]), stream=stream, backward=True)
                frame = next((frame for frame in container.decode(stream) if frame.pts is not None), None)
                if frame is None:
                    continue
                width = max(1, round(frame.width * height / frame.height))
                shown = key, _to_rgb(frame, width, height)
            yield time_us, shown[1]


def video_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first stream of moving pictures; a cover picture does not count."""
    for stream in container.streams.video:
        if not int(stream.disposition) & _ATTACHED_PICTURE:
            return stream
    raise MediaError(f"{path} has no pictures.", "Choose a video, or work on the sound.")


def _scan(path: Path) -> FrameIndex:
    shown, keys, end = [], [], 0
    with open_container(path) as container, reading(path):
        stream = video_stream(container, path)
        is_vp8 = stream.codec_context.name == "vp8"
        for packet in container.demux(stream):
            pts = packet.dts if packet.pts is None else packet.pts
            if pts is None or not packet.size or packet.is_discard:
                continue
            if is_vp8 and not bytes(packet)[0] & _VP8_SHOWN:
                continue  # a reference picture that is never shown
            shown.append(pts)
            end = max(end, pts + (packet.duration or 0))
            if packet.is_keyframe:
                keys.append(pts)
        if not shown:
            raise MediaError(f"{path} has no pictures that can be decoded.", "Convert it, or copy it again.")
        index = FrameIndex(
            np.array(sorted(shown), np.int64),
            np.array(sorted(keys or shown[:1]), np.int64),
            time_base(stream),
            origin_pts(container, stream),
            end,
        )
    return index


def _load(place: Path) -> FrameIndex | None:
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            numerator, denominator, origin, end = (int(number) for number in kept["numbers"])
            pts, keyframes = kept["pts"], kept["keyframes"]
            tick_s = Fraction(numerator, denominator)
    except (OSError, ValueError, TypeError, KeyError, EOFError, MemoryError, ZeroDivisionError, zipfile.BadZipFile):
        return None
    for times in (pts, keyframes):
        if times.dtype != np.int64 or times.ndim != 1 or not times.size or bool((np.diff(times) < 0).any()):
            return None
    return FrameIndex(pts, keyframes, tick_s, origin, end) if tick_s > 0 else None


def _to_rgb(frame: VideoFrame, width: int | None = None, height: int | None = None) -> Picture:
    if width is None and min(frame.width, frame.height) < 2:
        # The scaler refuses odd chroma at a single pixel; enlarged it takes it.
        return np.asarray(frame.to_ndarray(format="rgb24", width=16, height=16), np.uint8)[
            : frame.height, : frame.width
        ]
    return np.asarray(frame.to_ndarray(format="rgb24", width=width, height=height), np.uint8)
