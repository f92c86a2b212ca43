"""Playing a stretch of a recording: exact edges, loops, and a silent clock where there is no audio device."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer, Signal

from annodesk.ui.player.feed import SoundFeed
from annodesk.ui.player.output import NoSound, SoundOutput, open_output

TICK_MS = 16
NO_END_US = 1 << 62


class Transport(QObject):
    """Plays one recording at a time; positions are on the item's timeline, in microseconds.

    Parameters
    ----------
    silent : never open an audio device; the playhead moves by the clock alone
    clock : monotonic seconds
    """

    position_changed = Signal(object)  # int microseconds; Qt's own int ends at 35 minutes
    state_changed = Signal()
    heard = Signal(object, object)  # start_us, end_us of a stretch just played

    def __init__(
        self,
        parent: QObject | None = None,
        *,
        silent: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        super().__init__(parent)
        self._silent, self._clock = silent, clock
        self._path: Path | None = None
        self._offset_us = 0
        self._duration_us: int | None = None
        self._position_us = 0
        self._start_us = self._end_us = 0
        self._heard_from_us = 0
        self._loop = False
        self._is_playing = False
        self._started_s: float | None = None
        self._feed: SoundFeed | None = None
        self._output: SoundOutput | None = None
        self._problem = ""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def is_playing(self) -> bool:
        """Whether the playhead moves by itself now."""
        return self._is_playing

    @property
    def has_started(self) -> bool:
        """Whether the first samples were there (or will never be), so that the playhead moves."""
        return self._started_s is not None

    @property
    def is_looping(self) -> bool:
        """Whether the stretch begins again at its end."""
        return self.is_playing and self._loop

    @property
    def rate(self) -> float:
        """How fast, 1.0 being as recorded; the only speed there is yet."""
        return 1.0

    @property
    def has_sound(self) -> bool:
        """Whether what plays now can be heard."""
        return self._output is not None

    @property
    def problem(self) -> str:
        """Why there is no sound, in a few words; empty where there is."""
        return self._problem

    @property
    def position_us(self) -> int:
        """Where the playhead is."""
        return self._now_us() if self.is_playing else self._position_us

    def set_source(self, path: Path | None, *, offset_us: int = 0, duration_us: int | None = None) -> None:
        """Play this file from now on; ``offset_us`` is where it begins on the item's timeline."""
        self.pause()
        self._path, self._offset_us, self._duration_us = path, offset_us, duration_us
        self._position_us = 0
        self._problem = ""

    def seek(self, time_us: int) -> None:
        """Put the position somewhere; what plays goes on from there without a stretch's end."""
        if self.is_playing:
            self.play(time_us)
        else:
            self._set_position(max(0, time_us))

    def play(self, start_us: int | None = None, end_us: int | None = None, loop: bool = False) -> None:
        """Play from a time (from here) to a time (to the end), over and over where asked."""
        self._stop()
        start = self._position_us if start_us is None else max(0, start_us)
        last = NO_END_US if self._duration_us is None else self._offset_us + self._duration_us
        end = last if end_us is None else min(end_us, last)
        if end <= start:
            self._set_position(start)
            self.state_changed.emit()
            return
        self._start_us, self._end_us, self._loop = start, end, loop and end < NO_END_US
        if not self._silent and self._path is not None:
            self._feed = SoundFeed(self._path, start - self._offset_us, end - self._offset_us, loop=self._loop)
        self._is_playing = True
        self._heard_from_us = start
        self._set_position(start)
        self._timer.start()
        self.state_changed.emit()

    def pause(self) -> None:
        """Stop where the playhead is."""
        if self.is_playing:
            self._finish(self._now_us())

    def toggle(self) -> None:
        """Play on, or pause."""
        if self.is_playing:
            self.pause()
        else:
            at_end = self._duration_us is not None and self._position_us >= self._offset_us + self._duration_us
            self.play(self._offset_us if at_end else None)

    def close(self) -> None:
        """Stop and let go of the file, the device and the thread."""
        feed = self._feed
        self.pause()
        self._stop()
        if feed is not None:
            feed.join()

    def _begin(self) -> None:
        """Start moving, with sound where the first samples and a device are there."""
        if self._feed is not None:
            self._problem = self._feed.problem
            if not self._problem:
                try:
                    self._output = open_output(self._feed, self)
                except NoSound as reason:
                    self._problem = str(reason)
            if self._output is None:
                self._feed.stop()
                self._feed = None
        self._started_s = self._clock()

    def _now_us(self) -> int:
        if self._started_s is None:
            return self._start_us
        if self._output is not None:
            played_us = self._output.played_us()
        else:
            played_us = round((self._clock() - self._started_s) * 1_000_000)
        if self._loop:
            return self._start_us + played_us % (self._end_us - self._start_us)
        return min(self._end_us, self._start_us + played_us)

    def _tick(self) -> None:
        if self._started_s is None:
            if self._feed is not None and not self._feed.is_ready:
                return
            self._begin()
        now = self._now_us()
        if now < self._position_us:  # the loop began again
            self.heard.emit(self._heard_from_us, self._end_us)
            self._heard_from_us = self._start_us
        is_over = not self._loop and now >= self._end_us
        if is_over or (self._output is not None and self._output.has_ended):  # the file may be shorter than was said
            self._finish(now)
        else:
            self._set_position(now)

    def _finish(self, at_us: int) -> None:
        self._stop()
        if at_us > self._heard_from_us:
            self.heard.emit(self._heard_from_us, at_us)
        self._set_position(at_us)
        self.state_changed.emit()

    def _stop(self) -> None:
        self._timer.stop()
        self._started_s, self._is_playing = None, False
        if self._output is not None:
            self._output.close()
            self._output.deleteLater()
            self._output = None
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def _set_position(self, time_us: int) -> None:
        if time_us != self._position_us:
            self._position_us = time_us
            self.position_changed.emit(time_us)
