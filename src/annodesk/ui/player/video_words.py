"""What is said of an item's videos: under the picture what is wrong and what goes on, the rest in the status line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.media.frame_card import DIFFERS, FAILED, NO_CARD

if TYPE_CHECKING:
    from annodesk.ui.player.video_edges import VideoEdges
    from annodesk.ui.player.video_room import VideoRoom
    from annodesk.ui.player.video_shown import ShownVideo

ALL_FOUND = "The frames of every video that can be shown are found."
_SAID_ONCE = frozenset({NO_CARD, DIFFERS, FAILED})


class VideoWords(QObject):
    """Follows the videos shown and the search for their cuts.

    said(str)    a sentence for the status line
    """

    said = Signal(str)

    def __init__(self, room: VideoRoom, edges: VideoEdges, parent: QObject) -> None:
        super().__init__(parent)
        self._room, self._edges = room, edges
        self._videos: Sequence[ShownVideo] = ()
        self._told: set[str] = set()
        edges.said.connect(self.said)
        edges.going.connect(self._tell_shots)

    def set_videos(self, videos: Sequence[ShownVideo]) -> None:
        """Speak of these."""
        self._videos = videos
        for one in videos:
            one.said.connect(self._say_once)
            one.progressed.connect(self.show)
        self.show()

    def show(self) -> None:
        """Say what is wrong with the files though they are shown, and what goes on with them."""
        self._room.panel.warn("\n".join(one.warning for one in self._videos if one.warning))
        if not self._edges.shots.is_looking:
            self._room.panel.show_going_on(*self._going_on())

    def say_again(self) -> None:
        """What is said once a session may be said once more."""
        self._told.clear()

    def read_or_not(self, *, wants_card: bool) -> None:
        """Go on without the video whose frames are being looked for, or look for them after all."""
        counting = next((one for one in self._videos if one.times is None and not one.is_broken), None)
        left = next((one for one in self._videos if one.is_waiting), None)
        if counting is not None:
            counting.go_on_without()
        elif left is not None:
            left.open_again(wants_card=wants_card)
        else:
            self.said.emit(ALL_FOUND)

    def _going_on(self) -> tuple[str, str]:
        """What is done to find the frames of a video, and the word for the button that changes it."""
        counting = next((one for one in self._videos if one.is_counting), None)
        if counting is not None:
            return f"{counting.video.name} · {counting.going_on}", "Go on without it"
        left = next((one for one in self._videos if one.is_waiting), None)
        return ("", "") if left is None else (f"{left.video.name} is not shown", "Find its frames")

    def _tell_shots(self, sentence: str) -> None:
        """How far it is stands under the picture, where it can be stopped; what came of it in the status line."""
        is_looking = self._edges.shots.is_looking
        if is_looking:
            self._room.panel.show_going_on(sentence, "Stop")
        else:
            self.show()
        if not is_looking or self._room.panel.isHidden() or self._room.is_folded:
            self.said.emit(sentence)

    def _say_once(self, sentence: str) -> None:
        """What holds for this machine rather than for a file is said for the first video alone."""
        if sentence not in self._told:
            self.said.emit(sentence)
        if sentence in _SAID_ONCE:
            self._told.add(sentence)
