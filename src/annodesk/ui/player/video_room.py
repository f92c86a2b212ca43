"""Where an item's pictures are: in the workspace, folded away, in a window of their own, one alone or all."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk.ui.parts import settings
from annodesk.ui.player.video_panel import VideoPanel, VideoWindow

FOLDED, TORN = "video/folded", "video/in-own-window"
"""Where this workstation keeps whether videos are folded, or in their own window."""


class VideoRoom(QObject):
    """Owns the panel and its window; ``home`` is where the panel stands in the workspace.

    changed()    the person put the pictures elsewhere
    fits()       screens have another size now, or others are seen
    """

    changed = Signal()
    fits = Signal()

    def __init__(self, owner: QWidget, window_key: str, parent: QObject) -> None:
        super().__init__(parent)
        self._owner = owner
        self._window: VideoWindow | None = None
        self._has_videos = False
        self.alone: int | None = None
        self.is_folded = bool(settings().value(FOLDED, False, type=bool))
        self.is_torn = bool(settings().value(TORN, False, type=bool))
        self.panel = VideoPanel(window_key)
        self.panel.window_asked.connect(self.toggle_window)
        self.home = QWidget()
        column = QVBoxLayout(self.home)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.panel)
        self.home.hide()

    def show_room(self, has_videos: bool) -> None:
        """Give pictures their place, or where there are none take it away."""
        self._has_videos = has_videos
        wants_window = self.is_torn and has_videos and not self.is_folded and self._owner.isVisible()
        if wants_window and self._window is None:
            self._window = VideoWindow(self.panel, self._owner.window())
            self._window.closed.connect(self._on_window_closed)
            self._window.show()
        elif not wants_window and self._window is not None:
            self.home.layout().addWidget(self.panel)
            window, self._window = self._window, None
            window.leave()
            window.deleteLater()
        self.home.setVisible(has_videos and not self.is_folded and self._window is None)
        QTimer.singleShot(0, self, self.fits.emit)

    def is_seen(self, number: int) -> bool:
        """Whether this one's screen can be looked at."""
        return not self.panel.screens[number].isHidden() and self.panel.isVisible()

    def show_alone(self, number: int | None) -> None:
        """One video alone, or all."""
        self.alone = number
        self.panel.show_only(number)

    def bring(self, number: int) -> bool:
        """Let this video be seen; False where it already was."""
        was_seen = not self.is_folded and self.alone in (None, number)
        if self.is_folded:
            self.toggle_folded()
        if self.alone not in (None, number):
            self.show_alone(None)
            self.fits.emit()
        return not was_seen

    def toggle_folded(self) -> None:
        """Fold the pictures away, or show them again; remembered."""
        self.is_folded = not self.is_folded
        settings().setValue(FOLDED, self.is_folded)
        self.show_room(self._has_videos)
        self.changed.emit()

    def toggle_window(self) -> None:
        """Put the pictures into a window of their own, for a second screen, or back; remembered."""
        self.is_torn = not self.is_torn
        settings().setValue(TORN, self.is_torn)
        if self.is_torn and self.is_folded:
            self.is_folded = False
            settings().setValue(FOLDED, False)
        self.show_room(self._has_videos)
        self.changed.emit()

    def _on_window_closed(self) -> None:
        if self.is_torn:
            QTimer.singleShot(0, self, self.toggle_window)
