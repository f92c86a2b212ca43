"""Frames of one video, decoded ahead of the playhead in a thread of their own; the window never waits for one."""

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from annodesk.errors import Cancelled, MediaError
from annodesk.media.files import file_status
from annodesk.progress import CancelToken, Progress

if TYPE_CHECKING:
    from annodesk.media.files import Status
    from annodesk.media.frames import FrameIndex
    from annodesk.media.picture import Shown

log = logging.getLogger(__name__)

AHEAD_PLAYING, AHEAD_RESTING = 10, 2
"""Frames kept ready after the one on show."""
KEPT_BYTES, LEAST_KEPT = 48 << 20, 6
LATE_MOST = 12
"""So many frames are decoded without being shown before one is: a slow decoder shows late frames rather than none."""
NEAR_FRAMES = 10
"""A move back by no more is a step: more of them are to be expected."""
SHOWN_HZ = 60.0
"""Faster than this no screen shows frames; at high rates the others are left out."""
CANNOT_OPEN = "The video cannot be shown"
TELL_EVERY_S = 0.1
NOT_COUNTED = "Not shown: its frames have not been found yet."


class Reader(Protocol):
    """What frames are read with."""

    index: FrameIndex
    note: str

    def show(self, number: int, within: tuple[int, int] | None = None, goes_on: Callable[[], bool] = ...) -> Shown:
        """The frame of this number as it is meant to be seen."""

    def prepare_back(self, number: int, within: tuple[int, int] | None, goes_on: Callable[[], bool]) -> bool:
        """Decode ahead for steps back from a frame, as long as ``goes_on`` says."""

    def speed_up(self, goes_on: Callable[[], bool] = ...) -> bool:
        """Let a graphics card decode, if one shows the very same; ``note`` says where none does."""

    def close(self) -> None:
        """Let go of the file."""


OpenWith = Callable[[Path, Progress, CancelToken], Reader]


class Frame(Struct, frozen=True):
    """A picture ready to be painted, and which frame it is of."""

    number: int
    image: QImage
    within: tuple[int, int]


def open_reader(path: Path, progress: Progress, cancel: CancelToken) -> Reader:
    """The reader of a file's frames; its index comes from the cache or by reading all packets once."""
    from annodesk.media.frames import FrameReader

    return FrameReader(path, progress=progress, cancel=cancel)


class VideoFeed(QObject):
    """Decodes what is wanted, newest wish first, and a little ahead of it.

    opened(FrameIndex)   the frames are known now
    arrived()            a frame is ready that was not
    failed(str)          why nothing can be shown, or not the frame that was wanted
    progressed(float, str)  how much of its frames is found, and what is being done
    noted(str)           something to know about how it is decoded
    """

    opened = Signal(object)
    arrived = Signal()
    failed = Signal(str)
    progressed = Signal(float, str)
    noted = Signal(str)

    def __init__(
        self,
        path: Path,
        parent: QObject | None = None,
        *,
        open_with: OpenWith = open_reader,
        wants_card: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._path, self._open, self._clock = path, open_with, clock
        self._wants_card = wants_card
        self._cancel = CancelToken()
        self._reading_since_s: float | None = None
        self._told_s = 0.0
        self.status: Status | None = None  # of the file as it was opened
        self._change = threading.Condition()
        self._wanted, self._step, self._is_playing = 0, 1, False
        self._goes_back = False
        self._within = (0, 0)
        self._count = 0
        self._ready: OrderedDict[int, Frame] = OrderedDict()
        self._bytes = 0
        self._bad: set[int] = set()
        self._decoded = -1
        self._is_closed = False
        self._is_idle = False
        self._arrivals = self._seen_arrivals = 0
        self.arrived.connect(self._see_arrival)
        self._thread = threading.Thread(target=self._run, name="annodesk-video", daemon=True)

    # For the window

    def start(self) -> None:
        """Open the file; call it once the signals are connected."""
        self._thread.start()

    def want(self, number: int, *, is_playing: bool = False, frames_per_s: float = 0.0) -> None:
        """This is the frame to show now; while it plays, so many go by a second."""
        step = max(1, round(frames_per_s / SHOWN_HZ)) if is_playing else 1
        with self._change:
            if (number, step, is_playing) != (self._wanted, self._step, self._is_playing):
                self._goes_back = not is_playing and 0 < self._wanted - number <= NEAR_FRAMES
                self._wanted, self._step, self._is_playing = number, step, is_playing
                self._is_idle = False
                self._change.notify()

    def resize(self, within: tuple[int, int]) -> None:
        """Decode for a picture no larger than this, in device pixels."""
        with self._change:
            if within != self._within:
                self._within = within
                self._bad.clear()
                self._is_idle = False
                self._change.notify()

    def best(self, number: int) -> Frame | None:
        """The frame of this number, at whatever size; else the nearest of those ready, where one is near."""
        with self._change:
            reach = LATE_MOST * 2 * self._step
            near = [n for n in self._ready if abs(n - number) <= reach and (n <= number or not self._is_playing)]
            return self._ready[min(near, key=lambda n: abs(n - number))] if near else None

    @property
    def is_idle(self) -> bool:
        """Whether all that is wanted is decoded, and the window was told."""
        with self._change:
            return self._is_idle and self._seen_arrivals == self._arrivals

    @property
    def is_alive(self) -> bool:
        """Whether the thread still runs."""
        return self._thread.is_alive()

    def close(self) -> None:
        """Have the thread end and let go of the file; it is not waited for."""
        self._cancel.cancel()
        with self._change:
            self._is_closed = True
            self._change.notify()

    def give_up(self) -> None:
        """Look no further for the frames, where that still goes on; `failed` then says so."""
        self._cancel.cancel()

    @property
    def waiting_s(self) -> float:
        """How long the file has not given what is being read of it."""
        since = self._reading_since_s
        return 0.0 if since is None else self._clock() - since

    def join(self, timeout_s: float) -> None:
        """Wait a little for the thread to end, such as before the program does."""
        self._thread.join(timeout_s)

    def _see_arrival(self) -> None:
        self._seen_arrivals += 1

    # In the thread

    def _run(self) -> None:
        self._reading_since_s = self._clock()
        self.status = file_status(self._path)
        try:
            reader = self._open(self._path, self._on_progress, self._cancel)
        except Cancelled:
            if not self._is_closed:
                self._tell(self.failed, NOT_COUNTED)
            return
        except MediaError as error:
            self._tell(self.failed, str(error))
            return
        except Exception as error:
            log.warning("%s: the video could not be opened", self._path, exc_info=True)
            self._tell(self.failed, f"{CANNOT_OPEN}: {error}")
            return
        finally:
            self._reading_since_s = None
        with contextlib.closing(reader):
            with self._change:
                self._count = reader.index.count
            self._tell(self.opened, reader.index)
            while (wish := self._next_wish(reader)) is not None:
                self._reading_since_s = self._clock()
                self._decode(reader, *wish)
                self._reading_since_s = None
                self._pass_on(reader)

    def _on_progress(self, share: float, words: str = "") -> None:
        self._reading_since_s = now = self._clock()
        if now - self._told_s >= TELL_EVERY_S:
            self._told_s = now
            self._tell(self.progressed, share, words)

    def _pass_on(self, reader: Reader) -> None:
        """What the reader has to say, once."""
        if reader.note:
            sentence, reader.note = reader.note, ""
            self._tell(self.noted, sentence)

    def _ask_card(self, reader: Reader) -> None:
        """Once the first pictures are there, have the graphics card take over where it can."""
        self._wants_card = False
        try:
            reader.speed_up(self._goes_on)
        except Cancelled:
            return
        except Exception:
            log.warning("%s: the graphics card could not be asked", self._path, exc_info=True)
        self._pass_on(reader)

    def _decode(self, reader: Reader, number: int, within: tuple[int, int]) -> None:
        try:
            shown = reader.show(number, within, self._goes_on)
        except Cancelled:
            return
        except MediaError as error:
            self._give_up(number, str(error))
            return
        except Exception as error:
            log.warning("%s: frame %d could not be decoded", self._path, number, exc_info=True)
            self._give_up(number, f"{CANNOT_OPEN}: {error}")
            return
        height, width = shown.shape[:2]
        image = QImage(shown.data, width, height, width * 4, QImage.Format.Format_ARGB32).copy()
        if int(shown[..., 3].min()) == 255:
            image.reinterpretAsFormat(QImage.Format.Format_RGB32)
        with self._change:
            old = self._ready.pop(number, None)
            self._bytes += image.sizeInBytes() - (old.image.sizeInBytes() if old is not None else 0)
            self._ready[number] = Frame(number, image, within)
            self._decoded = number
            self._arrivals += 1
            self._forget()
        self._tell(self.arrived)

    def _give_up(self, number: int, sentence: str) -> None:
        with self._change:
            self._bad.add(number)
            is_wanted = number == self._wanted
        if is_wanted:
            self._tell(self.failed, sentence)

    def _goes_on(self) -> bool:
        return not self._is_closed

    def _still_wants(self, number: int) -> bool:
        return not self._is_closed and number == self._wanted

    def _next_wish(self, reader: Reader) -> tuple[int, tuple[int, int]] | None:
        """The next frame to decode, once there is one; None when there will be none any more."""
        while not self._is_closed:
            with self._change:
                number = self._missing()
                if number is not None:
                    return number, self._within
                asks_card = self._wants_card and min(self._within) >= 1 and not self._is_closed
                wanted, within, goes_back = self._wanted, self._within, self._goes_back
                if not asks_card and (not goes_back or min(within) < 1):
                    self._rest()
                    continue
            if asks_card:
                self._ask_card(reader)
                continue
            # Steps went back: have the pictures before ready, until something else is wanted.
            if not reader.prepare_back(wanted, within, partial(self._still_wants, wanted)):
                with self._change:
                    self._rest(wanted)
        return None

    def _rest(self, number: int | None = None) -> None:
        """Wait for another wish, unless there was one since this frame was wanted."""
        if not self._is_closed and number in (None, self._wanted) and self._missing() is None:
            self._is_idle = True
            self._change.wait()

    def _missing(self) -> int | None:
        """The next frame to decode; None while there is none."""
        if min(self._within) < 1 or not self._count:
            return None
        wanted, step = min(self._wanted, self._count - 1), self._step
        if not self._is_playing and self._is_missing(wanted):
            return wanted
        first = wanted - wanted % step
        behind = (first - self._decoded) // step
        if self._is_playing and LATE_MOST < behind < LATE_MOST * 20:
            return self._decoded + LATE_MOST * step  # too slow for this rate: show that one, late, and go on
        most = KEPT_BYTES // max(1, self._within[0] * self._within[1] * 4) - 2
        ahead = max(1, min(most, AHEAD_PLAYING if self._is_playing else AHEAD_RESTING))
        for number in range(first, min(self._count, first + (ahead + 1) * step), step):
            if self._is_missing(number):
                return number
        return None

    def _is_missing(self, number: int) -> bool:
        found = self._ready.get(number)
        return (found is None or found.within != self._within) and number not in self._bad

    def _forget(self) -> None:
        """Let go of the frames furthest from the one wanted, behind it first."""
        while self._bytes > KEPT_BYTES and len(self._ready) > LEAST_KEPT:
            low, high = min(self._ready), max(self._ready)
            reach = 2 * AHEAD_PLAYING * self._step
            far = high if high > self._wanted + reach or low >= self._wanted else low
            self._bytes -= self._ready.pop(far).image.sizeInBytes()

    def _tell(self, signal: object, *values: object) -> None:
        with contextlib.suppress(RuntimeError):  # the window has gone meanwhile
            signal.emit(*values)  # type: ignore[attr-defined]
