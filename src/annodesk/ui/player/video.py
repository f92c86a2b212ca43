"""An item's videos following its playhead: which frame each shows, stepping, and where their pictures are."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk.model.times import format_us
from annodesk.services.copies import copy_warning
from annodesk.ui.parts import settings
from annodesk.ui.player.shot_finder import ShotFinder
from annodesk.ui.player.video_feed import VideoFeed
from annodesk.ui.player.video_offsets import OffsetsDialog
from annodesk.ui.player.video_panel import VideoPanel, VideoWindow
from annodesk.ui.player.video_shuttle import Shuttle
from annodesk.ui.player.video_times import FrameTimes
from annodesk.ui.timeline.filmstrip import FilmStrip
from annodesk.ui.timeline.ruler import CUT
from annodesk.ui.timeline.state import FRAME

if TYPE_CHECKING:
    from annodesk.media.frames import FrameIndex
    from annodesk.services.review import ReviewWork
    from annodesk.services.tasks import TaskWork
    from annodesk.services.videos import ItemVideo
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.transport import Transport
    from annodesk.ui.player.video_screen import VideoScreen
    from annodesk.ui.timeline.view import TimelineView

FOLDED, TORN, FRAMES = "video/folded", "video/in-own-window", "video/edges-on-frames"
STRIP = "timeline/filmstrip"
"""Where this workstation keeps whether videos are folded, in their own window, what edges keep to, and the strip."""
SETTLE_MS = 120
"""A picture that is being resized is decoded for its new size once it has kept it for so long."""
RELEASE_S = 0.3
OPENING = "Opening the video ..."
BREAKS_OFF = "{} breaks off at {}: it is damaged, or still being copied."


def sound_of(work: TaskWork | ReviewWork) -> Path | None:
    """The recording whose waveform is drawn; None where it is a video without sound."""
    asset = work.item.timeline_asset
    return None if asset is not None and asset.is_silent else work.media_path


class _Shown:
    """One video: its frames, its thread and its screen."""

    def __init__(self, video: ItemVideo, screen: VideoScreen, feed: VideoFeed | None) -> None:
        self.video, self.screen, self.feed = video, screen, feed
        self.warning = ""
        self.index: FrameIndex | None = None
        self.times: FrameTimes | None = None
        self.is_broken = feed is None
        self._frame_us: int | None = None

    def take_index(self, index: FrameIndex) -> None:
        self.index, self.times = index, FrameTimes(index, self.video.offset_us)

    def frame_us(self) -> int:
        """The usual length of a frame; one number for the whole video, found once."""
        if self._frame_us is None and self.times is not None:
            self._frame_us = self.times.frame_us()
        return self._frame_us or 40_000

    def move(self, offset_us: int) -> None:
        self.video = replace(self.video, offset_us=offset_us)
        if self.index is not None:
            self.take_index(self.index)


class VideoDeck(QObject):
    """Owns the panel and the threads; ``home`` is where the panel stands in the workspace.

    changed()     there are other videos, or what is known or shown of them is another
    said(str)     a sentence for the status line
    moved(str, int, int)    the person let a video (its asset) begin at another time: now, and before
    """

    changed = Signal()
    moved = Signal(str, object, object)
    said = Signal(str)

    def __init__(
        self, timeline: TimelineView, transport: Transport, jobs: Jobs, parent: QWidget, *, window_key: str = ""
    ) -> None:
        super().__init__(parent)
        self._timeline, self._transport, self._jobs = timeline, transport, jobs
        self._owner = parent
        self._shown: list[_Shown] = []
        self._closing: list[VideoFeed] = []
        self._asleep: list[ItemVideo] = []
        self._window: VideoWindow | None = None
        self.chosen = 0
        self.alone: int | None = None
        self.is_folded = bool(settings().value(FOLDED, False, type=bool))
        self.is_torn = bool(settings().value(TORN, False, type=bool))
        self.keeps_to_frames = bool(settings().value(FRAMES, True, type=bool))
        self.panel = VideoPanel(window_key)
        self.home = QWidget()
        column = QVBoxLayout(self.home)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.home.hide()
        self.strip = FilmStrip(timeline.state, jobs, timeline)
        self.wants_strip = bool(settings().value(STRIP, True, type=bool))
        rows = timeline.layout()
        assert isinstance(rows, QVBoxLayout)
        rows.insertWidget(rows.indexOf(timeline.ruler) + 1, self.strip)
        self.shots = ShotFinder(jobs, self)
        self.shots.changed.connect(self._snap_to_cuts)
        self.shots.said.connect(self._tell_shots)
        self.panel.stop_asked.connect(self.find_cuts)
        self.shuttle = Shuttle(self._shuttle_by, self)
        self.shuttle.rate_changed.connect(self._tell_shuttle)
        self._settle = QTimer(self)
        self._settle.setSingleShot(True)
        self._settle.setInterval(SETTLE_MS)
        self._settle.timeout.connect(self._fit)
        timeline.playhead_moved.connect(lambda _time_us: self.follow())
        transport.state_changed.connect(self._on_transport)
        self.panel.window_asked.connect(self.toggle_window)
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
        return CUT in self._timeline.state.snap_points

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
        """Whether every frame wanted is on the screen, or cannot be."""
        if self._settle.isActive() or not (self.strip.isHidden() or self.strip.is_complete):
            return False
        return all(
            one.is_broken or not self._is_seen(one) or (one.feed is not None and one.feed.is_idle and one.times)
            for one in self._shown
        )

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
        for number, (video, screen) in enumerate(zip(videos, self.panel.screens, strict=True)):
            feed = VideoFeed(video.path, self) if video.path is not None else None
            shown = _Shown(video, screen, feed)
            self._shown.append(shown)
            screen.say(OPENING if feed is not None else video.problem)
            screen.resized.connect(self._settle.start)
            if feed is not None:
                feed.opened.connect(lambda index, one=shown: self._on_opened(one, index))
                feed.arrived.connect(lambda one=shown: self._on_arrived(one))
                feed.failed.connect(lambda sentence, one=shown: self._on_failed(one, sentence))
                feed.resize(screen.within)
                feed.start()
            screen.set_role(is_named=len(videos) > 1, is_chosen=len(videos) > 1 and number == 0)
        self.chosen, self.alone = 0, None
        self._show_room()
        self.changed.emit()

    def close(self) -> None:
        """Let go of the videos; their threads end by themselves."""
        self._asleep = []
        for one in self._shown:
            if one.feed is not None:
                one.feed.close()
                self._closing.append(one.feed)
        for feed in [feed for feed in self._closing if not feed.is_alive]:
            self._closing.remove(feed)
            feed.deleteLater()
        if self._shown:
            self._shown = []
            self.panel.set_videos([])
            self.panel.warn("")
            for kind in (FRAME, CUT):
                self._timeline.set_snap_points(kind, ())
            self.shuttle.stop()
            self.shots.stop()
            self.panel.show_going_on("")
            self._show_strip()
            self._show_room()
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
            self._show_room()

    def _on_opened(self, one: _Shown, index: FrameIndex) -> None:
        if one not in self._shown:
            return
        one.take_index(index)
        one.screen.say("")
        self._look_at_file(one, index)
        if one.video.path is not None:
            self.shots.recall(one.video.path)
        self._snap_to_frames()
        self._show_strip()
        self.follow()
        self.changed.emit()

    def _look_at_file(self, one: _Shown, index: FrameIndex) -> None:
        """Say what is wrong with a file though it is shown: it breaks off, or is another copy."""

        def found(sentence: str) -> None:
            breaks = BREAKS_OFF.format(one.video.name, format_us(index.end_us)) if index.breaks_off else ""
            one.warning = "\n".join(filter(None, (breaks, sentence)))
            self.panel.warn("\n".join(shown.warning for shown in self._shown if shown.warning))

        if one.video.asset is not None and one.video.path is not None:
            self._jobs.compute(
                copy_warning, one.video.asset, one.video.path, on_done=found, what="compare the video with its item"
            )

    def _on_failed(self, one: _Shown, sentence: str) -> None:
        if one not in self._shown:
            return
        one.is_broken = one.times is None
        if one.is_broken or one.screen.frame is None:
            one.screen.say(sentence)
        else:
            self.said.emit(sentence)
        self.changed.emit()

    # Following the playhead

    def follow(self) -> None:
        """Show, on every screen that is seen, the frame of the playhead."""
        for one in self._shown:
            if one.times is not None and one.feed is not None and self._is_seen(one):
                number = one.times.number_at(self._timeline.playhead_us)
                frames_per_s = self._transport.rate * 1_000_000 / max(1, one.frame_us())
                one.feed.want(number, is_playing=self._transport.is_playing, frames_per_s=frames_per_s)
                self._paint(one, number)

    def _on_arrived(self, one: _Shown) -> None:
        if one in self._shown and one.times is not None:
            self._paint(one, one.times.number_at(self._timeline.playhead_us))

    def _paint(self, one: _Shown, number: int) -> None:
        assert one.times is not None
        assert one.feed is not None
        frame = one.feed.best(number)
        if frame is None:
            return
        before = one.screen.frame
        if frame.number == number or before is None or abs(frame.number - number) < abs(before.number - number):
            one.screen.say("")
            one.screen.show_frame(frame)
            one.screen.set_caption(*self._caption(one, one.times, frame.number))

    def _caption(self, one: _Shown, times: FrameTimes, number: int) -> tuple[str, str]:
        time_us, playhead_us = int(times.starts_us[number]), self._timeline.playhead_us
        notes = ["variable"] if times.index.is_variable_rate else []
        if playhead_us < times.start_us:
            notes = [f"begins at {format_us(times.start_us)}"]
        elif playhead_us >= times.end_us > times.start_us:
            notes = ["ended"]
        return f"{format_us(time_us)} f {number}", " ".join(notes)

    def _is_seen(self, one: _Shown) -> bool:
        return not one.screen.isHidden() and self.panel.isVisible()

    def _fit(self) -> None:
        for one in self._shown:
            if one.feed is not None and not one.screen.isHidden():
                one.feed.resize(one.screen.within)
        self.follow()

    # Frames and edges

    def stepped(self, time_us: int, frames: int) -> int | None:
        """The start of the frame so many on; None where frames are not known."""
        return self.times.stepped(time_us, frames) if self.times is not None else None

    def toggle_frames(self) -> None:
        """Let edges keep to frames, or no longer; remembered."""
        self.keeps_to_frames = not self.keeps_to_frames
        settings().setValue(FRAMES, self.keeps_to_frames)
        self._snap_to_frames()
        self.said.emit("Edges keep to frames." if self.keeps_to_frames else "Edges go anywhere between frames too.")

    def _snap_to_frames(self) -> None:
        """Edges keep to the frames of the video that time is counted by; beside a recording they are its samples'."""
        keeper = next((one for one in self._shown if one.video.keeps_time), None)
        times = keeper.times if keeper is not None and self.keeps_to_frames else None
        self._timeline.set_snap_points(FRAME, times.places_us if times is not None else ())

    def _snap_to_cuts(self) -> None:
        """Edges may snap to the cuts of every video shown, where they lie in the item's time."""
        known = [
            self.shots.times_us(one.video.path) + one.video.offset_us
            for one in self._shown
            if one.video.path is not None
        ]
        self._timeline.set_snap_points(CUT, np.concatenate(known) if known else ())
        self.changed.emit()

    def _tell_shots(self, sentence: str) -> None:
        """How far it is stands under the picture, where it can be stopped; what came of it in the status line."""
        is_looking = self.shots.is_looking
        self.panel.show_going_on(sentence if is_looking else "")
        if not is_looking or self.panel.isHidden() or self.is_folded:
            self.said.emit(sentence)

    def find_cuts(self) -> None:
        """Look for the shots of the video chosen, or stop that."""
        one = self._shown[self.chosen] if self._shown else None
        if one is None or one.index is None or one.video.path is None:
            self.said.emit("The video is not open yet." if one is not None else "This item has no video.")
        else:
            self.shots.toggle(one.video.path, one.index)

    def offsets_us(self) -> dict[str, int]:
        """When each video begins, by its asset."""
        return {video.asset_id: video.offset_us for video in self.videos}

    def move(self, asset_id: str, offset_us: int) -> None:
        """A video begins at another time now."""
        for one in self._shown:
            if one.video.asset_id == asset_id:
                one.move(offset_us)
        self._snap_to_cuts()
        self._show_strip()
        self.follow()
        self.changed.emit()

    # Moving about

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
        cuts = self._timeline.state.snap_points.get(CUT, np.zeros(0, np.int64))
        at = int(np.searchsorted(cuts, self._timeline.playhead_us, "right" if way > 0 else "left"))
        place = at if way > 0 else at - 1
        if 0 <= place < cuts.size:
            self._go(int(cuts[place]))
        else:
            self.said.emit("There is no shot cut after this." if way > 0 else "There is no shot cut before this.")

    def _go(self, time_us: int) -> None:
        bounds = self._timeline.state.bounds
        self._timeline.move_playhead(max(bounds.start_us, min(bounds.end_us, time_us)))
        self._timeline.ensure_visible(self._timeline.playhead_us)

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

    def handlers(self, workspace: str) -> dict[str, Callable[[], object]]:
        """What the actions of `video_actions` do, by id."""
        made: dict[str, Callable[[], object]] = {
            "video_fold": self.toggle_folded,
            "video_window": self.toggle_window,
            "video_alone": self.next_alone,
            "filmstrip": self.toggle_strip,
            "videos": self.ask_offsets,
            "frames": self.toggle_frames,
            "shuttle_on": lambda: self.push_shuttle(1),
            "shuttle_back": lambda: self.push_shuttle(-1),
            "find_cuts": self.find_cuts,
            "next_cut": lambda: self.step_cut(1),
            "prev_cut": lambda: self.step_cut(-1),
        }
        return {f"{workspace}.{name}": handler for name, handler in made.items()}

    def ask_offsets(self) -> None:
        """Ask when each video begins; what is changed shows at once and is asked to be kept by ``moved``."""
        frames_us = {one.video.asset_id: one.frame_us() for one in self._shown}
        self.dialog = OffsetsDialog(self.videos, frames_us, self._owner.window())
        self.dialog.moved.connect(self._on_moved)
        self.dialog.show()
        self.dialog.activateWindow()

    def _on_moved(self, asset_id: str, offset_us: int) -> None:
        before = next((video.offset_us for video in self.videos if video.asset_id == asset_id), offset_us)
        if before != offset_us:
            self.move(asset_id, offset_us)
            self.moved.emit(asset_id, offset_us, before)

    # Where the pictures are

    def toggle_strip(self) -> None:
        """Show the film strip, or give its room back; remembered."""
        self.wants_strip = not self.wants_strip
        settings().setValue(STRIP, self.wants_strip)
        self._show_strip()

    def _show_strip(self) -> None:
        one = self._shown[self.chosen] if self._shown else None
        if one is None or one.index is None:
            self.strip.set_film(None)
        else:
            self.strip.set_film(one.video.path, one.index, one.video.offset_us)
        self.strip.setVisible(self.wants_strip and self.strip.has_film)

    def choose(self, number: int) -> None:
        """Let steps and keys act on this video."""
        if self._shown:
            self.chosen = number % len(self._shown)
            for place, one in enumerate(self._shown):
                one.screen.set_role(
                    is_named=len(self._shown) > 1, is_chosen=len(self._shown) > 1 and place == self.chosen
                )
            self._show_strip()
            self.changed.emit()

    def toggle_alone(self, number: int | None = None) -> None:
        """See one video alone, or all again."""
        if len(self._shown) > 1:
            self._show_alone(None if self.alone is not None else self.chosen if number is None else number)

    def next_alone(self) -> None:
        """See the first video alone, then each of the others, then all together."""
        if len(self._shown) < 2:
            self.said.emit("This item has no second video.")
            return
        following = 0 if self.alone is None else self.alone + 1
        self._show_alone(following if following < len(self._shown) else None)

    def _show_alone(self, number: int | None) -> None:
        self.alone = number
        self.panel.show_only(number)
        if number is not None:
            self.choose(number)
        self._fit()

    def toggle_folded(self) -> None:
        """Fold the pictures away, or show them again; remembered."""
        self.is_folded = not self.is_folded
        settings().setValue(FOLDED, self.is_folded)
        self._show_room()
        self.changed.emit()

    def toggle_window(self) -> None:
        """Put the pictures into a window of their own, for a second screen, or back; remembered."""
        self.is_torn = not self.is_torn
        settings().setValue(TORN, self.is_torn)
        if self.is_torn and self.is_folded:
            self.is_folded = False
            settings().setValue(FOLDED, False)
        self._show_room()
        self.changed.emit()

    def _show_room(self) -> None:
        wants_window = self.is_torn and self.has_videos and not self.is_folded and self._owner.isVisible()
        if wants_window and self._window is None:
            self._window = VideoWindow(self.panel, self._owner.window())
            self._window.closed.connect(self._on_window_closed)
            self._window.show()
        elif not wants_window and self._window is not None:
            self.home.layout().addWidget(self.panel)
            window, self._window = self._window, None
            window.leave()
            window.deleteLater()
        self.home.setVisible(self.has_videos and not self.is_folded and self._window is None)
        QTimer.singleShot(0, self, self._fit)

    def _on_window_closed(self) -> None:
        if self.is_torn:
            QTimer.singleShot(0, self, self.toggle_window)

    def warn(self, sentence: str) -> None:
        """Say what is wrong with the files though they are shown."""
        self.panel.warn(sentence)
