"""Lets a person say when each video begins: shown at once, kept on disk as one step a gesture, and taken back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer
from shiboken6 import isValid

from annodesk.model.times import format_us
from annodesk.ui.player.video_offsets import OffsetsDialog

if TYPE_CHECKING:
    from annodesk.services.videos import Moved, Step
    from annodesk.ui.bus import Context
    from annodesk.ui.player.video import VideoDeck

KEEP_MS = 700
"""Nudges that follow each other this soon are one gesture, and one step to undo."""
NOTHING = {"undo": "There is no move of yours to take back.", "redo": "There is no move to make again."}


class _Gesture(Struct, frozen=True):
    item_id: str
    asset_id: str
    before_us: int
    offset_us: int


class VideoMoves(QObject):
    """Owns the window that asks, and what is not on disk yet."""

    def __init__(self, context: Context, deck: VideoDeck) -> None:
        super().__init__(deck)
        self._context, self._deck = context, deck
        self.dialog: OffsetsDialog | None = None
        self._gesture: _Gesture | None = None
        self._is_stepping = False
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(KEEP_MS)
        self._rest.timeout.connect(self.keep)
        deck.offsets_asked.connect(self.ask)
        deck.closing.connect(self.leave)

    def ask(self) -> None:
        """Ask when each video begins."""
        if self.dialog is None:
            deck = self._deck
            self.dialog = dialog = OffsetsDialog(deck.videos, deck.frames_us(), deck.home.window())
            dialog.moved.connect(self._on_moved)
            dialog.step_asked.connect(self.step)
            dialog.finished.connect(self._on_finished)
            dialog.show()
        self.dialog.activateWindow()

    def leave(self) -> None:
        """The videos are about to be others: keep what was done and close the window."""
        if self.dialog is not None and isValid(self.dialog):
            self.dialog.accept()
        self.keep()

    def _on_finished(self) -> None:
        self.dialog = None
        self.keep()

    def _on_moved(self, asset_id: str, offset_us: int) -> None:
        video = next((one for one in self._deck.videos if one.asset_id == asset_id), None)
        if video is None or video.offset_us == offset_us:
            return
        if self._gesture is not None and self._gesture.asset_id != asset_id:
            self.keep()
        begun = self._gesture or _Gesture(video.item_id, asset_id, video.offset_us, offset_us)
        self._gesture = replace(begun, offset_us=offset_us)
        self._deck.move(asset_id, offset_us)
        self._rest.start()

    def keep(self) -> None:
        """Write the gesture down; where that is refused the video goes back to where it began, and it is told why."""
        self._rest.stop()
        gesture, self._gesture = self._gesture, None
        if gesture is None or gesture.offset_us == gesture.before_us:
            return

        def failed(error: Exception) -> None:
            self._show(gesture.asset_id, gesture.before_us)
            self._context.notices.error(error, "move a video")

        self._context.jobs.store(
            self._context.services.videos.move,
            gesture.item_id,
            gesture.asset_id,
            gesture.offset_us,
            self._context.person_id,
            on_done=lambda moved: self._context.bus.changed.emit(moved.changes),
            on_error=failed,
            what="move a video",
        )

    def step(self, which: str) -> None:
        """Take back the last move, or make it again; one that is out of sight is shown first, and waits."""
        self.keep()
        videos = self._deck.videos
        if self._is_stepping or not videos:
            return
        self._is_stepping = True
        item_id, person_id = videos[0].item_id, self._context.person_id

        def failed(error: Exception) -> None:
            self._is_stepping = False
            self._context.notices.error(error, "move a video")

        def found(step: Step | None) -> None:
            place = next((n for n, v in enumerate(self._deck.videos) if step and v.asset_id == step.asset_id), None)
            if step is None or place is None:
                self._is_stepping = False
                self._say(NOTHING[which])
                return
            if self.dialog is not None:
                self.dialog.show_field(step.asset_id)
            if self._deck.room.bring(place):
                self._is_stepping = False
                self._say(f"The last move was of {self._deck.videos[place].name}; once more, and it is taken back.")
                return
            self._context.jobs.store(
                self._context.services.videos.take_step,
                item_id,
                person_id,
                which,
                on_done=done,
                on_error=failed,
                what="move a video",
            )

        def done(moved: Moved | None) -> None:
            self._is_stepping = False
            if moved is None:
                self._say(NOTHING[which])
                return
            self._show(moved.asset_id, moved.offset_us)
            name = next((one.name for one in self._deck.videos if one.asset_id == moved.asset_id), "The video")
            self._say(f"{name} begins at {format_us(moved.offset_us)} again.")
            self._context.bus.changed.emit(moved.changes)

        self._context.jobs.store(
            self._context.services.videos.next_step,
            item_id,
            person_id,
            which,
            on_done=found,
            on_error=failed,
            what="move a video",
        )

    def _show(self, asset_id: str, offset_us: int) -> None:
        self._deck.move(asset_id, offset_us)
        if self.dialog is not None:
            self.dialog.show_offset(asset_id, offset_us)

    def _say(self, sentence: str) -> None:
        if self.dialog is not None:
            self.dialog.words.setText(sentence)
        self._deck.said.emit(sentence)
