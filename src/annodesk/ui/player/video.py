"""An item's videos following its playhead: opening and closing them, stepping by their frames, going through them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk import settings as workstation
from annodesk.errors import AnnodeskError
from annodesk.ui.parts import settings
from annodesk.ui.player.video_edges import VideoEdges
from annodesk.ui.player.video_feed import OpenWith, VideoFeed, open_reader
from annodesk.ui.player.video_room import VideoRoom
from annodesk.ui.player.video_shown import ShownVideo
from annodesk.ui.player.video_shuttle import Shuttle
from annodesk.ui.player.video_words import VideoWords
from annodesk.ui.timeline.filmstrip import FilmStrip

if TYPE_CHECKING:
    from annodesk.services.review import ReviewWork
    from annodesk.services.tasks import TaskWork
    from annodesk.services.videos import ItemVideo
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.transport import Transport
    from annodesk.ui.player.video_times import FrameTimes
    from annodesk.ui.timeline.view import TimelineView

STRIP = "timeline/filmstrip"
"""Where this workstation keeps whether the film strip is shown."""
SETTLE_MS = 120
"""A picture that is being resized is decoded for its new size once it has kept it for so long."""
RELEASE_S = 0.3
BY_CARD = "Videos are decoded by the graphics card where it shows the very same pictures."
BY_PROCESSOR = "Videos are decoded by the processor."


def sound_of(work: TaskWork | ReviewWork) -> Path | None:
    """The recording whose waveform is drawn; None where it is a video without sound."""
    asset = work.item.timeline_asset
    return None if asset is not None and asset.is_silent else work.media_path


class VideoDeck(QObject):
    """Owns the videos and their strip; ``home`` is where their panel stands in the workspace.

    changed()     there are other videos, or what is known or shown of them is another
    said(str)     a sentence for the status line
    closing()     the videos are about to be let go of
    offsets_asked()    the person wants to say when each video begins
    """

    changed = Signal()
    closing = Signal()
    offsets_asked = Signal()
    said = Signal(str)

    def __init__(
        self,
        timeline: TimelineView,
        transport: Transport,
        jobs: Jobs,
        parent: QWidget,
        *,
        window_key: str = "",
        open_with: OpenWith = open_reader,
    ) -> None:
        super().__init__(parent)
        self._timeline, self._transport, self._jobs = timeline, transport, jobs
        self.open_with = open_with
        self._shown: list[ShownVideo] = []
        self._closing: list[VideoFeed] = []
        self._asleep: list[ItemVideo] = []
        self.chosen = 0
        self.room = VideoRoom(parent, window_key, self)
        self.panel, self.home = self.room.panel, self.room.home
        self.room.changed.connect(self.changed)
        self.room.fits.connect(self._fit)
        self.strip = FilmStrip(timeline.state, jobs, timeline)
        timeline.scrubber.watch_plain(self.strip)
        self.wants_strip = bool(settings().value(STRIP, True, type=bool))
        rows = timeline.layout()
        assert isinstance(rows, QVBoxLayout)
        rows.insertWidget(rows.indexOf(timeline.ruler) + 1, self.strip)
        self.edges = VideoEdges(timeline, jobs, self)
        self.edges.changed.connect(self.changed)
        self.words = VideoWords(self.room, self.edges, self)
        self.words.said.connect(self.said)
        self.panel.stop_asked.connect(self._on_stop)
        self.shuttle = Shuttle(self._shuttle_by, self)
        self.shuttle.rate_changed.connect(self._tell_shuttle)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._fit)
        timeline.playhead_moved.connect(lambda _time_us: self.follow())
        transport.state_changed.connect(self._on_transport)
        self.panel.chosen.connect(self.choose)
        self.panel.alone_asked.connect(self.toggle_alone)

    # What there is

    @property
    def has_videos(self) -> bool:
        """Whether the item has any, be they shown or not."""
        return bool(self._shown)

    @property
    def has_cuts(self) -> bool:
        """Whether shot cuts are known."""
        return self.edges.has_cuts

    @property
    def videos(self) -> list[ItemVideo]:
        """The videos, as they lie in time now."""
        return [one.video for one in self._shown]

    @property
    def times(self) -> FrameTimes | None:
        """The frames that steps lead to: those of the video chosen; None while they are not known."""
        return self._shown[self.chosen].times if self._shown else None

    @property
    def is_idle(self) -> bool:
        """Whether every frame wanted is on the screen and the strip is drawn, or they cannot be."""
        if self._settle.isActive() or not (self.strip.is_complete or not self.strip.isVisible()):
            return False
        return all(one.is_idle or not self.room.is_seen(number) for number, one in enumerate(self._shown))

    def numbers(self) -> list[int | None]:
        """The number of the frame on each screen, None where there is no picture."""
        return [one.screen.frame.number if one.screen.frame is not None else None for one in self._shown]

    # Opening and closing

    def load(self, videos: Sequence[ItemVideo]) -> None:
        """Show these videos; their files are opened in their own threads."""
        self.close()
        keeper = next((video for video in videos if video.keeps_time), None)
        self._timeline.waveform.setHidden(keeper is not None and not keeper.has_sound)
        self.strip.set_tall(self._timeline.waveform.isHidden())
        self.panel.set_videos([video.name if video.role == "main" else video.role for video in videos])
        wants_card = self._wants_card()
        for video, screen in zip(videos, self.panel.screens, strict=True):
            one = ShownVideo(video, screen, self._jobs, self, open_with=self.open_with, let_go=self._closing.append)
            self._shown.append(one)
            screen.resized.connect(self._settle.start)
            one.opened.connect(lambda one=one: self._on_opened(one))
            one.arrived.connect(lambda one=one: self._on_arrived(one))
            one.changed.connect(self._on_changed)
        self.edges.set_videos(self._shown)
        self.words.set_videos(self._shown)
        self.chosen = 0
        self.room.alone = None
        self._show_roles()
        for one in self._shown:
            one.open(wants_card=wants_card)
        self.room.show_room(self.has_videos)
        self.changed.emit()

    def close(self) -> None:
        """Let go of the videos; their threads end by themselves."""
        self.closing.emit()
        self._asleep = []
        for one in self._shown:
            one.close()
            one.deleteLater()
        for feed in [feed for feed in self._closing if not feed.is_alive]:
            self._closing.remove(feed)
            feed.deleteLater()
        if self._shown:
            self._shown = []
            self.panel.set_videos([])
            self.edges.set_videos(())
            self.words.set_videos(())
            self.shuttle.stop()
            self._show_strip()
            self.room.show_room(False)
            self.changed.emit()

    def release(self) -> None:
        """Let go of the files and the threads, until `resume`: the workspace is left, or the window closes."""
        asleep = self.videos
        self.close()
        self._asleep = asleep
        for feed in self._closing:
            feed.join(RELEASE_S)

    def resume(self) -> None:
        """Open again what was let go of; the workspace is shown."""
        if self._asleep:
            self.load(self._asleep)
        else:
            self.room.show_room(self.has_videos)

    def _wants_card(self) -> bool:
        with contextlib.suppress(AnnodeskError):  # told when the program starts
            return workstation.load().hardware_decoding == "automatic"
        return False

    def toggle_card(self) -> None:
        """Let the graphics card decode, or the processor again; remembered."""
        try:
            workstation.change(hardware_decoding="off" if self._wants_card() else "automatic")
        except AnnodeskError as error:
            self.said.emit(str(error))
            return
        wants_card = self._wants_card()
        self.words.say_again()
        self.said.emit(BY_CARD if wants_card else BY_PROCESSOR)
        for one in self._shown:
            one.open_again(wants_card=wants_card)

    def _on_opened(self, one: ShownVideo) -> None:
        self.edges.recall(one)
        self.edges.snap_to_frames()
        self.follow()
        self._on_changed()

    def _on_changed(self) -> None:
        self.words.show()
        self._show_strip()
        self.changed.emit()

    def read_or_not(self) -> None:
        """Go on without the video whose frames are being looked for, or look for them after all."""
        self.words.read_or_not(wants_card=self._wants_card())

    def _on_stop(self) -> None:
        if self.edges.shots.is_looking:
            self.find_cuts()
        else:
            self.read_or_not()

    # Following the playhead

    def follow(self) -> None:
        """Show, on every screen that is seen, the frame of the playhead."""
        for number, one in enumerate(self._shown):
            if self.room.is_seen(number):
                at_us = self._timeline.playhead_us
                one.follow(at_us, rate=self._transport.rate, is_playing=self._transport.is_playing)

    def _on_arrived(self, one: ShownVideo) -> None:
        one.paint(self._timeline.playhead_us)

    def _fit(self) -> None:
        for one in self._shown:
            if one.feed is not None and not one.screen.isHidden():
                one.feed.resize(one.screen.within)
        self.follow()

    # Frames and cuts

    def stepped(self, time_us: int, frames: int) -> int | None:
        """The start of the frame so many on; None where frames are not known."""
        return self.times.stepped(time_us, frames) if self.times is not None else None

    def step(self, frames: int) -> bool:
        """Move the playhead by frames; False where there are none."""
        to_us = self.stepped(self._timeline.playhead_us, frames)
        if to_us is None:
            return False
        self.shuttle.stop()
        self._transport.pause()
        self._go(to_us)
        return True

    def step_cut(self, way: int) -> None:
        """Go to the shot cut after, or before, the playhead."""
        to_us = self.edges.cut_beside(way)
        if to_us is not None:
            self._go(to_us)

    def _go(self, time_us: int) -> None:
        bounds = self._timeline.state.bounds
        self._timeline.move_playhead(max(bounds.start_us, min(bounds.end_us, time_us)))
        self._timeline.ensure_visible(self._timeline.playhead_us)

    def find_cuts(self) -> None:
        """Look for the shots of the video chosen, or stop that."""
        self.edges.find_cuts(self._shown[self.chosen] if self._shown else None)

    def push_shuttle(self, way: int) -> None:
        """Go faster this way."""
        self._transport.pause()
        self.shuttle.push(way)

    def _shuttle_by(self, by_us: int) -> bool:
        before = self._timeline.playhead_us
        self._timeline.follow_playhead(before + by_us)
        return self._timeline.playhead_us != before

    def _tell_shuttle(self, rate: float) -> None:
        self.said.emit(f"{abs(rate):g} times {'on' if rate > 0 else 'back'}, without sound" if rate else "")

    def _on_transport(self) -> None:
        if self._transport.is_playing:
            self.shuttle.stop()
        self.follow()

    # When they begin

    def offsets_us(self) -> dict[str, int]:
        """When each video begins, by its asset."""
        return {video.asset_id: video.offset_us for video in self.videos}

    def move(self, asset_id: str, offset_us: int) -> None:
        """A video begins at another time now."""
        for one in self._shown:
            if one.video.asset_id == asset_id:
                one.move(offset_us)
        self.edges.snap_to_cuts()
        self._show_strip()
        self.follow()
        self.changed.emit()

    def frames_us(self) -> dict[str, int]:
        """The usual length of each video's frames, by its asset."""
        return {one.video.asset_id: one.frame_us() for one in self._shown}

    # What is shown of them

    def toggle_strip(self) -> None:
        """Show the film strip, or give its room back; remembered."""
        self.wants_strip = not self.wants_strip
        settings().setValue(STRIP, self.wants_strip)
        self._show_strip()

    @property
    def is_blurred(self) -> bool:
        """Whether no picture can be made out, and none is shown small."""
        return self.panel.is_blurred

    def set_blurred(self, on: bool) -> None:
        """Blur every picture, or show them as they are."""
        if on != self.panel.is_blurred:
            self.panel.set_blurred(on)
            self._show_strip()

    def _show_strip(self) -> None:
        one = self._shown[self.chosen] if self._shown and not self.is_blurred else None
        if one is None or one.index is None:
            self.strip.set_film(None)
        else:
            self.strip.set_film(one.video.path, one.index, one.video.offset_us)
        self.strip.wait(one is not None and one.is_silent)
        self.strip.setVisible(self.wants_strip and self.strip.has_film)

    def choose(self, number: int) -> None:
        """Let steps and keys act on this video."""
        if self._shown:
            self.chosen = number % len(self._shown)
            self._show_roles()
            self._show_strip()
            self.changed.emit()

    def _show_roles(self) -> None:
        has_several = len(self._shown) > 1
        for place, one in enumerate(self._shown):
            one.screen.set_role(is_named=has_several, is_chosen=has_several and place == self.chosen)

    def toggle_alone(self, number: int | None = None) -> None:
        """See one video alone, or all again."""
        if len(self._shown) > 1:
            self._show_alone(None if self.room.alone is not None else self.chosen if number is None else number)

    def next_alone(self) -> None:
        """See the first video alone, then each of the others, then all together."""
        if len(self._shown) < 2:
            self.said.emit("This item has no second video.")
            return
        following = 0 if self.room.alone is None else self.room.alone + 1
        self._show_alone(following if following < len(self._shown) else None)

    def _show_alone(self, number: int | None) -> None:
        self.room.show_alone(number)
        if number is not None:
            self.choose(number)
        self._fit()

    def handlers(self, workspace: str) -> dict[str, Callable[[], object]]:
        """What the actions of `video_actions` do, by id."""
        made: dict[str, Callable[[], object]] = {
            "video_fold": self.room.toggle_folded,
            "video_window": self.room.toggle_window,
            "video_alone": self.next_alone,
            "video_card": self.toggle_card,
            "video_read": self.read_or_not,
            "filmstrip": self.toggle_strip,
            "videos": self.offsets_asked.emit,
            "frames": self.edges.toggle_frames,
            "shuttle_on": lambda: self.push_shuttle(1),
            "shuttle_back": lambda: self.push_shuttle(-1),
            "find_cuts": self.find_cuts,
            "next_cut": lambda: self.step_cut(1),
            "prev_cut": lambda: self.step_cut(-1),
        }
        return {f"{workspace}.{name}": handler for name, handler in made.items()}
