"""What edges keep to beside videos: the starts of frames and the shot cuts; finding cuts and going to them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from annodesk.ui.parts import settings
from annodesk.ui.player.shot_finder import ShotFinder
from annodesk.ui.timeline.ruler import CUT
from annodesk.ui.timeline.state import FRAME

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.player.video_shown import ShownVideo
    from annodesk.ui.timeline.view import TimelineView

FRAMES = "video/edges-on-frames"
"""Where this workstation keeps what edges keep to."""


class VideoEdges(QObject):
    """Gives the timeline the places at which the pictures change.

    changed()    more cuts are known, or none any more
    said(str)    a sentence for the status line
    going(str)   how far the search for cuts is
    """

    changed = Signal()
    said = Signal(str)
    going = Signal(str)

    def __init__(self, timeline: TimelineView, jobs: Jobs, parent: QObject) -> None:
        super().__init__(parent)
        self._timeline = timeline
        self._videos: Sequence[ShownVideo] = ()
        self.keeps_to_frames = bool(settings().value(FRAMES, True, type=bool))
        self.shots = ShotFinder(jobs, self)
        self.shots.changed.connect(self.snap_to_cuts)
        self.shots.said.connect(self.going)

    def set_videos(self, videos: Sequence[ShownVideo]) -> None:
        """Follow these; none leaves the timeline as it is without videos."""
        self._videos = videos
        if not videos:
            for kind in (FRAME, CUT):
                self._timeline.set_snap_points(kind, ())
            self.shots.stop()

    @property
    def has_cuts(self) -> bool:
        """Whether shot cuts are known."""
        return CUT in self._timeline.state.snap_points

    def toggle_frames(self) -> None:
        """Let edges keep to frames, or no longer; remembered."""
        self.keeps_to_frames = not self.keeps_to_frames
        settings().setValue(FRAMES, self.keeps_to_frames)
        self.snap_to_frames()
        self.said.emit("Edges keep to frames." if self.keeps_to_frames else "Edges go anywhere between frames too.")

    def snap_to_frames(self) -> None:
        """Edges keep to the frames of the video that time is counted by; beside a recording they are its samples'."""
        keeper = next((one for one in self._videos if one.video.keeps_time), None)
        times = keeper.times if keeper is not None and self.keeps_to_frames else None
        self._timeline.set_snap_points(FRAME, times.places_us if times is not None else ())

    def recall(self, one: ShownVideo) -> None:
        """Take the cuts that were found in this file before; those of another file of its name are forgotten."""
        if one.video.path is not None:
            self.shots.forget(one.video.path)
            self.shots.recall(one.video.path)

    def snap_to_cuts(self) -> None:
        """Edges may snap to the cuts of every video shown, where they lie in the item's time."""
        known = [
            self.shots.times_us(one.video.path) + one.video.offset_us
            for one in self._videos
            if one.video.path is not None
        ]
        self._timeline.set_snap_points(CUT, np.concatenate(known) if known else ())
        self.changed.emit()

    def find_cuts(self, one: ShownVideo | None) -> None:
        """Look for the shots of this video, or stop that."""
        if one is None or one.index is None or one.video.path is None:
            self.said.emit("The video is not open yet." if one is not None else "This item has no video.")
        else:
            self.shots.toggle(one.video.path, one.index)

    def cut_beside(self, way: int) -> int | None:
        """The shot cut after, or before, the playhead; None where there is none, which is said."""
        cuts = self._timeline.state.snap_points.get(CUT, np.zeros(0, np.int64))
        at = int(np.searchsorted(cuts, self._timeline.playhead_us, "right" if way > 0 else "left"))
        place = at if way > 0 else at - 1
        if 0 <= place < cuts.size:
            return int(cuts[place])
        self.said.emit("There is no shot cut after this." if way > 0 else "There is no shot cut before this.")
        return None
