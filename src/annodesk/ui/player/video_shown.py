"""One video of the item: its frames, its thread, its screen, and whether its file is still the one that was opened."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from annodesk.model.times import format_us
from annodesk.services.copies import copy_warning
from annodesk.ui.plain import shown
from annodesk.ui.player.video_feed import NOT_COUNTED, OpenWith, VideoFeed
from annodesk.ui.player.video_times import FrameTimes
from annodesk.ui.timeline.media_watch import MediaWatch

if TYPE_CHECKING:
    from annodesk.media.frames import FrameIndex
    from annodesk.services.videos import ItemVideo
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.video_screen import VideoScreen

OPENING = "Opening the video ..."
BREAKS_OFF = "{} breaks off at {}: it is damaged, or still being copied."
GONE = "{} is no longer there: check the drive it lies on. All else goes on."
SILENT = "{} does not answer: check the drive it lies on. All else goes on."
BACK = "{} is there again."
REPLACED = "{} has changed on the disk and was opened anew."
LOOK_EVERY_MS = 500
SILENT_AFTER_S = 4.0
USUAL_FRAME_US = 40_000


class ShownVideo(QObject):
    """Follows a playhead it is told of; opens its file anew once that has changed or is back.

    opened()        its frames are known, for the first time or again
    changed()       what there is to say of it is another
    arrived()       a frame is ready that was not
    said(str)       a sentence for the status line
    progressed()    more of its frames are found
    """

    opened = Signal()
    changed = Signal()
    arrived = Signal()
    said = Signal(str)
    progressed = Signal()

    def __init__(
        self,
        video: ItemVideo,
        screen: VideoScreen,
        jobs: Jobs,
        parent: QObject,
        *,
        open_with: OpenWith,
        let_go: Callable[[VideoFeed], object],
    ) -> None:
        super().__init__(parent)
        self.video, self.screen = video, screen
        self._jobs, self._open_with, self._let_go = jobs, open_with, let_go
        self.feed: VideoFeed | None = None
        self.index: FrameIndex | None = None
        self.times: FrameTimes | None = None
        self.is_broken = video.path is None
        self.going_on = ""  # what is being done to find its frames
        self._has_waited = False
        self._copy_words = ""
        self.is_silent = False
        self._frame_us: int | None = None
        self._watch = MediaWatch(self)
        self._watch.vanished.connect(self._on_vanished)
        self._watch.returned.connect(lambda: self._open_anew(BACK))
        self._watch.changed.connect(lambda: self._open_anew(REPLACED))
        self._look = QTimer(self)
        self._look.setInterval(LOOK_EVERY_MS)
        self._look.timeout.connect(self._look_at_feed)

    # Opening and closing

    def open(self, *, wants_card: bool) -> None:
        """Open the file in a thread of its own, or say why there is none."""
        self._wants_card = wants_card
        self.screen.say(OPENING if self.video.path is not None else self.video.problem)
        if self.video.path is None:
            return
        self.is_broken = self._has_waited = self.is_silent = False
        feed = self.feed = VideoFeed(self.video.path, self.parent(), open_with=self._open_with, wants_card=wants_card)
        feed.opened.connect(lambda index: self._on_opened(feed, index))
        feed.arrived.connect(lambda: self.arrived.emit() if feed is self.feed else None)
        feed.failed.connect(lambda sentence: self._on_failed(feed, sentence))
        feed.progressed.connect(lambda share, words: self._on_progress(feed, share, words))
        feed.noted.connect(self.said)
        feed.resize(self.screen.within)
        feed.start()
        self._look.start()

    def close(self) -> None:
        """Let go of the file."""
        self._look.stop()
        self._watch.watch(None)
        if self.feed is not None:
            feed, self.feed = self.feed, None
            feed.close()
            self._let_go(feed)

    def open_again(self, *, wants_card: bool) -> None:
        """Open the file anew; the picture on the screen stays until there is another."""
        self.close()
        self.index = self.times = self._frame_us = None
        self.going_on = self._copy_words = ""
        self.open(wants_card=wants_card)
        self.changed.emit()

    def _open_anew(self, words: str) -> None:
        was_shown = self.times is not None
        self.open_again(wants_card=self._wants_card)
        if was_shown:
            self.said.emit(words.format(self.video.name))

    def go_on_without(self) -> None:
        """Look no further for its frames."""
        if self.feed is not None and self.times is None:
            self.feed.give_up()

    # What is known

    @property
    def is_waiting(self) -> bool:
        """Whether its frames were left unfound."""
        return self.is_broken and self.screen.message == NOT_COUNTED

    @property
    def is_counting(self) -> bool:
        """Whether its frames are being looked for, for longer than a moment."""
        return bool(self.going_on) and self._has_waited and self.times is None and not self.is_broken

    @property
    def warning(self) -> str:
        """What is wrong with the file though it is shown; empty where nothing is."""
        name, breaks = shown(self.video.name), ""
        if self.index is not None and self.index.breaks_off:
            breaks = BREAKS_OFF.format(name, format_us(self.index.end_us))
        gone = GONE.format(name) if self._watch.is_gone else SILENT.format(name) if self.is_silent else ""
        return "\n".join(filter(None, (gone, breaks, self._copy_words)))

    @property
    def is_idle(self) -> bool:
        """Whether nothing more will come to the screen by itself."""
        if self.is_broken or self.is_silent:
            return True
        return self.feed is not None and self.feed.is_idle and self.times is not None

    def frame_us(self) -> int:
        """The usual length of a frame; one number for the whole video, found once."""
        if self._frame_us is None and self.times is not None:
            self._frame_us = self.times.frame_us()
        return self._frame_us or USUAL_FRAME_US

    def move(self, offset_us: int) -> None:
        """Let it begin at another time of the item."""
        self.video = replace(self.video, offset_us=offset_us)
        if self.index is not None:
            self.times = FrameTimes(self.index, offset_us)

    # Its frames

    def follow(self, time_us: int, *, rate: float, is_playing: bool) -> None:
        """Want the frame of this time, and show what is nearest to it."""
        if self.times is not None and self.feed is not None:
            number = self.times.number_at(time_us)
            frames_per_s = rate * 1_000_000 / max(1, self.frame_us())
            self.feed.want(number, is_playing=is_playing, frames_per_s=frames_per_s)
            self.paint(time_us)

    def paint(self, time_us: int) -> None:
        """Show what is ready and nearest to this time."""
        if self.times is None or self.feed is None:
            return
        number = self.times.number_at(time_us)
        frame = self.feed.best(number)
        if frame is None:
            return
        before = self.screen.frame
        if frame.number == number or before is None or abs(frame.number - number) < abs(before.number - number):
            self.screen.say("")
            self.screen.show_frame(frame)
            self.screen.set_caption(*self._caption(self.times, frame.number, time_us))

    def _caption(self, times: FrameTimes, number: int, playhead_us: int) -> tuple[str, str]:
        notes = "variable" if times.index.is_variable_rate else ""
        if playhead_us < times.start_us:
            notes = f"begins at {format_us(times.start_us)}"
        elif playhead_us >= times.end_us > times.start_us:
            notes = "ended"
        return f"{format_us(int(times.starts_us[number]))} f {number}", notes

    # What the thread and the disk tell

    def _on_opened(self, feed: VideoFeed, index: FrameIndex) -> None:
        if feed is not self.feed:
            return
        self.index, self.times = index, FrameTimes(index, self.video.offset_us)
        self.going_on = ""
        self.screen.say("")
        self._watch.watch(self.video.path, feed.status)
        self._compare_copies()
        self.opened.emit()

    def _compare_copies(self) -> None:
        index = self.index

        def found(sentence: str) -> None:
            if index is self.index:
                self._copy_words = shown(sentence)
                self.changed.emit()

        if self.video.asset is not None and self.video.path is not None:
            self._jobs.compute(
                copy_warning, self.video.asset, self.video.path, on_done=found, what="compare the video with its item"
            )

    def _on_failed(self, feed: VideoFeed, sentence: str) -> None:
        if feed is not self.feed:
            return
        self.going_on = ""
        if self.times is None:
            self.is_broken = True
            self.screen.show_frame(None)
            self._watch.watch(self.video.path, feed.status)
        if self.is_broken or self.screen.frame is None:
            self.screen.say(sentence)
        elif not self._watch.is_gone:
            self.said.emit(sentence)
        self.changed.emit()

    def _on_progress(self, feed: VideoFeed, share: float, words: str) -> None:
        if feed is self.feed and self.times is None:
            self.going_on = f"{words}: {round(100 * share)} %"
            self.screen.say(self.going_on)
            self.progressed.emit()

    def _on_vanished(self) -> None:
        self.changed.emit()

    def _look_at_feed(self) -> None:
        """See whether the file answers; a read that hangs is told of, the thread is left to wait for it."""
        was = (self.is_silent, self.is_counting)
        reading_s = self.feed.waiting_s if self.feed is not None else 0.0
        self.is_silent = max(reading_s, self._watch.waiting_s) > SILENT_AFTER_S
        self._has_waited = True
        if was != (self.is_silent, self.is_counting):
            if self.times is None and not self.is_broken:
                self.screen.say(SILENT.format(self.video.name) if self.is_silent else self.going_on or OPENING)
            self.changed.emit()
