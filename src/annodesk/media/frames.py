"""Pictures of a video: the exact frame at a number or time, stepping both ways.

Positions come from the stream's own timestamps (PTS), never from a frame number times a rate.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from annodesk.errors import Cancelled, MediaError
from annodesk.media.containers import reading
from annodesk.media.frame_cache import DEFAULT_BYTES, FrameCache, Kept
from annodesk.media.frame_card import FAILED, Opening, checked_decoder, ways_here
from annodesk.media.frame_decode import FrameDecoder, video_stream
from annodesk.media.frame_index import FrameIndex
from annodesk.media.picture import Shown, to_shown
from annodesk.progress import CancelToken, Progress, silent

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

__all__ = ["FrameIndex", "FrameReader", "Picture", "frame_at", "to_rgb", "video_stream"]

Picture = NDArray[np.uint8]

# A frame shown this much smaller than it is stored is kept as it is shown.
_MUCH_SMALLER = 4
# Instead of a key frame: the beginning of the file.
_START = -1


class _CardError(Exception):
    """The graphics card gave another frame than the one that follows, or none."""


def always() -> bool:
    """Nothing asks for the work to stop."""
    return True


class FrameReader:
    """Exact frames of one video through one open decoder; safe to ask from several threads, one at a time is served.

    Going forward decodes on. Going back decodes once from the key frame and keeps what was decoded on the way, within
    ``cache_bytes``, so that further steps back cost nothing. ``goes_on`` ends a read that nobody waits for any more:
    once it says False, Cancelled is raised, and what was decoded so far is not lost.

    The processor decodes, until `speed_up` has found a graphics card in ``ways`` that gives the same frames; where that
    fails on the way the processor takes over and the same frame is read again. ``note`` says what there is to know.
    """

    def __init__(
        self,
        path: Path | str,
        index: FrameIndex | None = None,
        *,
        cache_bytes: int = DEFAULT_BYTES,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
        ways: tuple[Opening, ...] | None = None,
    ) -> None:
        self._decoder = FrameDecoder(path)
        self._path = self._decoder.path
        self._ways = ways
        self.is_by_card, self.note = False, ""
        try:
            self.index = index or FrameIndex.of(path, progress, cancel)
        except BaseException:
            self._decoder.close()
            raise
        self._lock = threading.RLock()
        self._cache = FrameCache(cache_bytes)
        self._last = -1  # number of the frame decoded last; decoding on gives the next
        self._is_running = False  # whether decoding on is possible at all
        self._last_frame: VideoFrame | None = None
        self._stored_bytes = 0  # of a frame as it is decoded; 0 until one was kept

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the file; safe to call twice."""
        with self._lock:
            self._decoder.close()
            self._cache.clear()
            self._is_running, self._last_frame = False, None

    def speed_up(self, goes_on: Callable[[], bool] = always) -> bool:
        """Let a graphics card decode from now on, if one shows the very same; ``note`` says where none does."""
        with self._lock, reading(self._path):
            if not self.is_by_card:
                ways = ways_here() if self._ways is None else self._ways
                decoder, self.note = checked_decoder(self._path, self.index, ways, goes_on)
                if decoder is not None:
                    self._take(decoder, is_by_card=True)
            return self.is_by_card

    def _take(self, decoder: FrameDecoder, *, is_by_card: bool) -> None:
        self._decoder.close()
        self._decoder, self.is_by_card = decoder, is_by_card
        self._is_running, self._last, self._last_frame = False, -1, None

    def read(self, number: int, goes_on: Callable[[], bool] = always) -> tuple[Picture, int]:
        """The frame with this number as it is stored: rgb (height, width, 3), and its time in microseconds."""
        with self._lock, reading(self._path):
            frame = self._frame(number, None, goes_on).frame
            assert frame is not None
            return to_rgb(frame), self.index.time_us(number)

    def show(self, number: int, within: tuple[int, int] | None = None, goes_on: Callable[[], bool] = always) -> Shown:
        """The frame with this number as it is meant to be seen, no larger than ``within`` (width, height)."""
        with self._lock, reading(self._path):
            kept = self._frame(number, within, goes_on)
            return kept.shown if kept.shown is not None else self._to_shown(kept.frame, within)

    def follow(self, width: int, first: int = 0) -> Iterator[tuple[int, Picture]]:
        """Every frame from the first on, ``width`` wide, as (number, bgr (height, width, 3)); fast, and not to be seen.

        What a frame's side data say of turning it and of the shape of its pixels is left out.
        """
        for number in range(first, self.index.count):
            with self._lock, reading(self._path):
                frame = self._frame(number, None, always).frame
                assert frame is not None
                height = max(2, round(frame.height * width / max(1, frame.width)))
                small = frame.to_ndarray(
                    format="bgr24", width=width, height=height, interpolation="FAST_BILINEAR", threads=1
                )
                yield number, np.asarray(small, np.uint8)

    def is_ready(self, number: int, within: tuple[int, int] | None = None) -> bool:
        """Whether this frame is at hand without decoding."""
        return number == self._last or self._cache.get(number, within) is not None

    def prepare_back(self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool]) -> bool:
        """Decode ahead for stepping back from a frame, as long as ``goes_on`` says; whether there was something to do.

        Asked between steps, it has the group of pictures before ready when the steps come to it; broken off, the next
        call goes on where it stopped.
        """
        with self._lock, reading(self._path):
            self._cache.at = number
            room = max(1, self._cache.most_bytes // max(1, self._frame_bytes(within))) - 2
            missing = next(
                (n for n in range(number - 1, max(-1, number - room), -1) if self._cache.get(n, within) is None), None
            )
            if missing is None:
                return False
            try:
                self._reach(missing, within, goes_on, keep=True)
            except (Cancelled, MediaError):
                return False
            return True

    def _frame(self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool]) -> Kept:
        if not 0 <= number < self.index.count:
            raise MediaError(
                f"{self._path} has no frame {number}; its frames are 0 to {self.index.count - 1}.",
                "Choose one of those.",
            )
        is_back = number < self._cache.at
        self._cache.at = number
        kept = self._cache.get(number, within)
        if kept is not None:
            return kept
        if number == self._last and self._last_frame is not None:
            return Kept(self._last_frame, None, None, 0)
        return Kept(self._reach(number, within, goes_on, keep=is_back), None, None, 0)

    def _reach(
        self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool], *, keep: bool
    ) -> VideoFrame:
        """Decode up to a frame, keeping those on the way if wanted."""
        if self.is_by_card:
            try:
                return self._reach_once(number, within, goes_on, keep=keep)
            except (MediaError, _CardError):
                self.note = FAILED
                self._take(FrameDecoder(self._path), is_by_card=False)
                self._cache.clear()
        return self._reach_once(number, within, goes_on, keep=keep)

    def _reach_once(
        self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool], *, keep: bool
    ) -> VideoFrame:
        key = self.index.key_of(number)
        # Decoding on is shorter than seeking, unless a key frame lies between.
        if self._is_running and self._last < number and self.index.key_numbers[key] <= self._last + 1:
            found = self._decode_to(number, within, goes_on, keep)
            if found is not None:
                return found
        damaged: VideoFrame | None = None
        while key >= _START:
            key = self._start(key, number)
            found = self._decode_to(number, within, goes_on, keep)
            if found is not None and (not found.is_corrupt or damaged is not None or key == _START):
                return found
            damaged = found
            key -= 1
        raise MediaError(f"Frame {number} of {self._path} cannot be decoded.", "The video may be damaged.")

    def _start(self, key: int, number: int) -> int:
        """Have decoding begin at a key frame, or at one before it where no seek leads there; returns which it was."""
        index = self.index
        self._last_frame, self._is_running = None, True
        while key >= (1 if index.is_counted else 0) and index.key_numbers[key] <= number:
            if self._decoder.start_at(int(index.keyframes[key]), int(index.key_dts[key])):
                self._last = int(index.key_numbers[key]) - 1
                return key
            key -= 1
        self._decoder.start()
        self._last = -1
        return _START

    def _decode_to(
        self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool], keep: bool
    ) -> VideoFrame | None:
        """The frame, or the one that still stands at its time; None where it has to be decoded from further back."""
        try:
            for frame in self._decoder:
                place = self._number_of(frame)
                if place is not None:
                    if self.is_by_card and frame.is_corrupt:
                        raise _CardError
                    before, self._last, self._last_frame = self._last_frame, place, frame
                    if keep and place <= number:
                        self._keep(place, frame, within)
                    if place == number:
                        return frame
                    if place > number:
                        if self.is_by_card:
                            raise _CardError
                        if keep and before is not None:
                            self._keep(number, before, within)
                        return before
                if not goes_on():
                    raise Cancelled
        except MediaError:
            self._is_running = False
            raise
        self._is_running = False
        if self.is_by_card:
            raise _CardError
        return None

    def _number_of(self, frame: VideoFrame) -> int | None:
        """Which frame this is; None for one that is not shown, such as those before the key frame it began with."""
        following = self._last + 1
        if self.index.is_counted:
            is_lead = self._last_frame is None and following > 0 and not frame.key_frame
            return None if is_lead or following >= self.index.count else following
        if frame.pts is None:
            return None
        pts = self.index.pts
        if following < pts.size and pts[following] == frame.pts:
            return following
        place = int(np.searchsorted(pts, frame.pts))
        return place if following <= place < pts.size and pts[place] == frame.pts else None

    def _keep(self, place: int, frame: VideoFrame, within: tuple[int, int] | None) -> None:
        stored = self._stored_bytes = sum(plane.buffer_size for plane in frame.planes)
        if within is not None and within[0] * within[1] * 4 * _MUCH_SMALLER < stored:
            shown = self._to_shown(frame, within)
            self._cache.put(place, Kept(None, shown, within, shown.nbytes))
        else:
            self._cache.put(place, Kept(frame, None, None, stored))

    def _frame_bytes(self, within: tuple[int, int] | None) -> int:
        context = self._decoder.stream.codec_context
        stored = self._stored_bytes or context.width * context.height * 2
        shown = stored if within is None else within[0] * within[1] * 4
        return shown if shown * _MUCH_SMALLER < stored else stored

    def _to_shown(self, frame: VideoFrame | None, within: tuple[int, int] | None) -> Shown:
        assert frame is not None
        return to_shown(frame, self._decoder.stream.sample_aspect_ratio, within)


def frame_at(
    path: Path | str, index: FrameIndex | None = None, *, number: int | None = None, time_us: int | None = None
) -> tuple[Picture, int]:
    """One frame, by number or by time: rgb (height, width, 3), and its own time in microseconds."""
    with FrameReader(path, index) as reader:
        wanted = reader.index.number_at(time_us or 0) if number is None else number
        return reader.read(wanted)


def to_rgb(frame: VideoFrame, width: int | None = None, height: int | None = None) -> Picture:
    """The frame's colours as stored, (height, width, 3), scaled where a size is given."""
    if width is None and min(frame.width, frame.height) < 2:
        # The scaler refuses odd chroma at a single pixel; enlarged it takes it.
        return np.asarray(frame.to_ndarray(format="rgb24", width=16, height=16, threads=1), np.uint8)[
            : frame.height, : frame.width
        ]
    # One thread is as fast, and several may leave grey pixels (see `picture`).
    return np.asarray(frame.to_ndarray(format="rgb24", width=width, height=height, threads=1), np.uint8)
