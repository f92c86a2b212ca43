"""Playing recordings: exact edges and loops at every rate, scrubbing, a silent clock where there is no device."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt, QTimer, Signal

from annodesk.media.listen import Hearing
from annodesk.ui.player.feed import Feed, ScrubFeed, SoundFeed
from annodesk.ui.player.heard import Heard
from annodesk.ui.player.output import BUFFER_S, SCRUB_BUFFER_S, NoSound, SoundOutput, id_of, open_output

if TYPE_CHECKING:
    from annodesk.media.recordings import Further
    from annodesk.model.times import Interval

TICK_MS = 16
NO_END_US = 1 << 62
AROUND_US = 500_000
RESUME_BACK_US = 500_000
ACROSS_US = 300_000
# So often what has been heard is told while it goes on, so that little of it is lost with the program.
HEARD_EVERY_US = 5_000_000
# A file that gives nothing for so long does not answer: its drive may be gone.
UNANSWERED_S = 3.0
UNANSWERED = "The recording does not answer: its drive may be gone. It plays on when it is back."
# The thread of a file that does not answer is left to itself after so long.
_JOIN_S = 0.5
# A hand that rests for so long has stopped scrubbing.
SCRUB_REST_MS = 400
# A device that is lost twice within this time is not tried again.
LOST_AGAIN_S = 5.0
# Positions may be off by a fraction of a sample where the sound is changed; a loop goes back by more.
_JITTER_US = 1000


class Transport(Heard):
    """Plays one item's recordings at a time; positions are on the item's timeline, in microseconds.

    ``around_us`` is how much ``play_around`` adds on either side, ``resume_back_us`` how far ``toggle`` steps back
    where it goes on after a pause.

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
        self.around_us, self.resume_back_us = AROUND_US, RESUME_BACK_US
        self._silent, self._clock = silent, clock
        self._path: Path | None = None
        self._further: tuple[Further, ...] = ()
        self._has_own_sound = True
        self._offset_us = 0
        self._duration_us: int | None = None
        self._bounds: Interval | None = None
        self._position_us = 0
        self._paused_at_us: int | None = None
        self._plays_on = False
        self._return_us: int | None = None
        self._start_us = self._end_us = self._from_us = 0
        self._heard_from_us = 0
        self._loop = False
        self._is_playing = False
        self._started_s: float | None = None
        self._lost_s = float("-inf")
        self._answered_s, self._seen_frames = 0.0, -1
        self._feed: Feed | None = None
        self._output: SoundOutput | None = None
        self._problem = self._remark = ""
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)
        self._scrub_rest = QTimer(self)
        self._scrub_rest.setSingleShot(True)
        self._scrub_rest.setInterval(SCRUB_REST_MS)
        self._scrub_rest.timeout.connect(self._rest)

    # What is going on

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
    def is_scrubbing(self) -> bool:
        """Whether a hand drags the playhead and grains are heard."""
        return isinstance(self._feed, ScrubFeed)

    @property
    def has_sound(self) -> bool:
        """Whether what plays now can be heard."""
        return self._output is not None

    @property
    def problem(self) -> str:
        """Why there is no sound, or no more, in a few words; empty where there is."""
        return self._problem or self._devices.problem

    @property
    def remark(self) -> str:
        """Which of the recordings is missed while the others are heard, in sentences; empty where none is."""
        return self._remark

    @property
    def position_us(self) -> int:
        """Where the playhead is: at what is heard now."""
        return self._now_us() if self.is_playing else self._position_us

    # Playing

    def set_source(self, path: Path | None, *, offset_us: int = 0, duration_us: int | None = None) -> None:
        """Play this file from now on; ``offset_us`` is where it begins on the item's timeline.

        The rate stays; strips, band and loudness belong to a recording and are forgotten.
        """
        self.pause()
        self._rest()
        self._plays_on = False
        self._path, self._offset_us, self._duration_us = path, offset_us, duration_us
        self._position_us, self._paused_at_us = 0, None
        self._further, self._has_own_sound = (), True
        self._bounds, self._problem, self._remark = None, "", ""
        self.hear(Hearing(rate=self._hearing.rate))

    def set_further(self, further: tuple[Further, ...], *, has_own_sound: bool = True) -> None:
        """Play these recordings too, each from its place on the item's timeline, until there is another source.

        ``has_own_sound`` is whether the source has any; where nothing is said of how one is mixed it is not heard.
        """
        if (further, has_own_sound) != (self._further, self._has_own_sound):
            self._further, self._has_own_sound = further, has_own_sound
            if self.is_playing:
                self._go_on_elsewhere()

    def set_bounds(self, bounds: Interval) -> None:
        """Play nothing outside of these, until there is another source."""
        self._bounds = bounds

    def seek(self, time_us: int) -> None:
        """Put the position somewhere; what plays goes on from there without a stretch's end."""
        if self.is_playing:
            self.play(time_us)
        else:
            self._set_position(max(0, time_us))

    def play(self, start_us: int | None = None, end_us: int | None = None, loop: bool = False) -> None:
        """Play from a time (from here) to a time (to the end), over and over where asked."""
        if self.is_playing:
            self._tell_heard(self._now_us())
        self._stop()
        first, last = self._limits()
        start = max(first, self._position_us if start_us is None else start_us)
        end = last if end_us is None else min(end_us, last)
        self._paused_at_us, self._return_us, self._plays_on = None, None, False
        self._set_position(start)
        if end <= start:
            self.state_changed.emit()
            return
        self._start_us, self._end_us, self._loop = start, end, loop and end < NO_END_US
        self._is_playing = True
        self._heard_from_us = start
        self._go_from(start)
        self.state_changed.emit()

    def play_around(self, start_us: int, end_us: int, *, loop: bool = False) -> None:
        """Play a stretch with a little before and after it."""
        self.play(start_us - self.around_us, end_us + self.around_us, loop)

    def play_across(self, edge_us: int, span_us: int = ACROSS_US) -> None:
        """Play a little across an edge that was just moved; at its end the playhead is where it was before."""
        back_us = self._return_us if self.is_playing and self._return_us is not None else self._position_us
        self.play(edge_us - span_us // 2, edge_us + span_us // 2)
        if self.is_playing:
            self._return_us = back_us
        else:
            self._set_position(back_us)

    def pause(self) -> None:
        """Stop where the playhead is."""
        if self.is_playing:
            was_across = self._return_us is not None
            self._finish(self._now_us())
            self._paused_at_us = None if was_across else self._position_us

    def toggle(self) -> None:
        """Pause, or play on; after a pause, if the playhead is still there, from a little before."""
        first, last = self._limits()
        if self.is_playing:
            self.pause()
        elif self._position_us >= last:
            self.play(first)
        elif self._paused_at_us == self._position_us:
            self.play(self._position_us - self.resume_back_us)
        else:
            self.play()

    def scrub(self, time_us: int) -> None:
        """Put the playhead here, as a hand drags it, and let a short grain of what is there be heard."""
        if self.is_playing:
            self.pause()
            self._plays_on = True
        self._paused_at_us = None
        self._set_position(max(0, time_us))
        if not self._silent and self._has_file and self._feed is None:
            path, further = self._beside()
            playable = self._devices.playable()
            self._feed = ScrubFeed(path, hearing=self._hearing, playable_hz=playable, further=further)
            self._timer.start()
        if isinstance(self._feed, ScrubFeed):
            self._feed.aim(self._position_us - self._offset_us)
            self._scrub_rest.start()

    def end_scrub(self) -> None:
        """The hand has let go: what played before it took hold plays on from here."""
        self._rest()
        if self._plays_on:
            self.play()

    def _rest(self) -> None:
        if self.is_scrubbing:
            self._stop()

    def close(self) -> None:
        """Stop and let go of the file, the device and the thread."""
        feed = self._feed
        self.pause()
        self._stop()
        if feed is not None:
            feed.join(_JOIN_S)

    # How it is heard

    def hear(self, hearing: Hearing) -> None:
        """Let what plays be heard in this way from now on."""
        if hearing == self._hearing:
            return
        if self._output is None and self._started_s is not None:
            self._from_us, self._started_s = self._now_us(), self._clock()
        is_mixed_anew = hearing.others != self._hearing.others
        self._hearing = hearing
        if isinstance(self._feed, SoundFeed):
            self._feed.change(hearing)
        elif is_mixed_anew and not self._silent and self.is_playing and self.has_started:
            self._go_on_elsewhere()  # nothing was to be heard before
        self.hearing_changed.emit()

    def look_for_device(self) -> None:
        """See whether there is a device to play on, and follow from now on those that come and go."""
        if not self._silent and not self.is_playing:
            self._devices.find()
            self.outputs_changed.emit()

    # Inside: starting and stopping

    def _limits(self) -> tuple[int, int]:
        """Where playing can begin and must end."""
        first, last = self._offset_us, NO_END_US
        if self._duration_us is not None:
            heard = [one for number, one in enumerate(self._further, 1) if one.path and self._hearing.factor(number)]
            first = min([first, *(one.offset_us for one in heard)])
            last = max([self._offset_us + self._duration_us, *(one.offset_us + one.duration_us for one in heard)])
        first = max(0, first)
        if self._bounds is not None:
            first, last = max(first, self._bounds.start_us), min(last, self._bounds.end_us)
        return first, last

    def _go_from(self, from_us: int) -> None:
        """Prepare the sound of the stretch from here on; the playhead moves once it is ready."""
        self._from_us, self._started_s = from_us, None
        self._answered_s, self._seen_frames = self._clock(), -1
        if not self._silent and self._has_file:
            path, further = self._beside()
            self._feed = SoundFeed(
                path,
                self._start_us - self._offset_us,
                self._end_us - self._offset_us,
                from_us=from_us - self._offset_us,
                loop=self._loop,
                hearing=self._hearing,
                playable_hz=self._devices.playable(),
                further=further,
            )
        self._timer.start()

    @property
    def _has_file(self) -> bool:
        return self._path is not None or any(one.path is not None for one in self._further)

    def _beside(self) -> tuple[Path | None, tuple[Further, ...]]:
        """What time is counted by, where it has sound, and the others by when they begin after it."""
        path = self._path if self._has_own_sound or not self._further else None
        return path, tuple(replace(one, offset_us=one.offset_us - self._offset_us) for one in self._further)

    def _begin(self) -> None:
        """Start moving, with sound where the first samples and a device are there."""
        if self._feed is not None:
            self._open(BUFFER_S)
            if self._output is None:
                self._drop_feed()
        self._started_s = self._clock()

    def _open(self, buffer_s: float) -> None:
        """Let the feed be heard; where it cannot be, ``problem`` says why."""
        assert self._feed is not None
        problem = self._feed.problem
        if not problem and self._devices.device is not None:
            try:
                self._output = open_output(self._feed, self._devices.device, self, buffer_s=buffer_s)
                self._output.lost.connect(self._on_lost, Qt.ConnectionType.QueuedConnection)
            except NoSound as reason:
                problem = str(reason)
        self._problem = problem

    def _now_us(self) -> int:
        if self._started_s is None:
            return self._from_us
        if self._output is not None:
            heard_us = self._output.heard_us()
            return self._from_us if heard_us is None else min(self._end_us, self._offset_us + heard_us)
        passed_us = self._from_us - self._start_us + round((self._clock() - self._started_s) * 1_000_000 * self.rate)
        if self._loop:
            return self._start_us + passed_us % (self._end_us - self._start_us)
        return min(self._end_us, self._start_us + passed_us)

    def _tick(self) -> None:
        if isinstance(self._feed, ScrubFeed):
            if self._feed.is_ready:
                self._timer.stop()
                self._open(SCRUB_BUFFER_S)
                if self._problem:
                    self.state_changed.emit()
            return
        self._look_for_answer()
        if self._feed is not None and self._feed.is_ready and self._feed.remark != self._remark:
            self._remark = self._feed.remark
            self.state_changed.emit()
        if self._started_s is None:
            if self._feed is not None and not self._feed.is_ready:
                return
            self._begin()
            self.state_changed.emit()
        now = self._now_us()
        if self._loop and now < self._position_us - min(_JITTER_US, (self._end_us - self._start_us) // 2):
            self._tell_heard(self._end_us)
            self._heard_from_us = self._start_us
        elif now < self._position_us:
            now = self._position_us
        is_over = not self._loop and now >= self._end_us
        if self._output is not None:
            self._output.look()
        if self._output is not None and self._output.has_ended:
            if self._feed is not None and self._feed.problem:
                self._problem = self._feed.problem
            elif self._end_us - now <= _JITTER_US:
                now = self._end_us
            is_over = True  # the file may be shorter than was said
        if is_over:
            self._finish(now)
            return
        self._set_position(now)
        if self.is_playing and now - self._heard_from_us >= HEARD_EVERY_US:
            self._tell_heard(now)

    def _tell_heard(self, until_us: int) -> None:
        if until_us > self._heard_from_us:
            self.heard.emit(self._heard_from_us, until_us)
            self._heard_from_us = until_us

    def _look_for_answer(self) -> None:
        """Say where a file gives nothing for long, and take that back once it does."""
        feed = self._feed
        if feed is None:
            return
        if feed.taken_frames != self._seen_frames or feed.has_ended or (feed.is_ready and self._started_s is None):
            self._seen_frames, self._answered_s = feed.taken_frames, self._clock()
            said, silence = "", self._problem == UNANSWERED
        else:
            is_late = self._clock() - self._answered_s > UNANSWERED_S
            said, silence = UNANSWERED, is_late and feed.is_waiting and not self._problem
        if silence:
            self._problem = said
            self.state_changed.emit()

    def _finish(self, at_us: int) -> None:
        self._stop()
        self._tell_heard(at_us)
        back_us, self._return_us = self._return_us, None
        self._set_position(at_us if back_us is None else back_us)
        self.state_changed.emit()

    def _stop(self) -> None:
        self._timer.stop()
        self._scrub_rest.stop()
        self._started_s, self._is_playing = None, False
        self._drop_output()
        self._drop_feed()

    def _drop_output(self) -> None:
        if self._output is not None:
            self._output.close()
            self._output.deleteLater()
            self._output = None

    def _drop_feed(self) -> None:
        if self._feed is not None:
            self._feed.stop()
            self._feed = None

    def _set_position(self, time_us: int) -> None:
        if time_us != self._position_us:
            self._position_us = time_us
            self.position_changed.emit(time_us)

    # Inside: devices that come and go

    def _follow_devices(self) -> None:
        """Go on where it should be heard now, from the place that is heard."""
        if self._silent or not self._devices.is_watching:
            return
        device = self._devices.find()
        if self.is_playing and self.has_started:
            wanted = id_of(device) if device is not None else ""
            if wanted != (self._output.device_id if self._output is not None else ""):
                self._go_on_elsewhere()

    def _on_lost(self) -> None:
        if self._output is None or not self._output.is_lost:
            return
        is_hopeless = self._output.has_stalled or self._clock() - self._lost_s < LOST_AGAIN_S
        self._lost_s = self._clock()
        if not self.is_playing:
            self._stop()
        elif is_hopeless:
            self._from_us = self._now_us()
            self._drop_output()
            self._drop_feed()
            self._started_s, self._problem = self._clock(), "the audio device was lost"
            self.state_changed.emit()
        else:
            self._go_on_elsewhere()

    def _go_on_elsewhere(self) -> None:
        now = self._now_us()
        self._drop_output()
        self._drop_feed()
        self._go_from(now)
