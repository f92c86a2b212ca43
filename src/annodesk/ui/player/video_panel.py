"""The room of an item's videos: up to four side by side, one alone, or in a window of its own on a second screen."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label, settings
from annodesk.ui.plain import set_title
from annodesk.ui.player.video_screen import VideoScreen

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent, QEnterEvent, QMouseEvent, QResizeEvent

WINDOW = "video/window"
"""Where this workstation keeps the place of the videos' own window."""
GAP_PX = 2


def grid(count: int, width: int, height: int, aspect: float = 16 / 9) -> list[QRect]:
    """Places for so many pictures of one aspect, in the columns that make them largest."""
    if count < 1:
        return []

    def picture_width(columns: int) -> float:
        rows = math.ceil(count / columns)
        return min(width / columns, height / rows * aspect)

    columns = max(range(1, count + 1), key=lambda n: (picture_width(n), -n))
    rows = math.ceil(count / columns)
    xs = [round(width * n / columns) for n in range(columns + 1)]
    ys = [round(height * n / rows) for n in range(rows + 1)]
    places = []
    for number in range(count):
        row, column = divmod(number, columns)
        gap_x, gap_y = GAP_PX * (column < columns - 1), GAP_PX * (row < rows - 1)
        left, top = xs[column], ys[row]
        places.append(QRect(left, top, max(1, xs[column + 1] - left - gap_x), max(1, ys[row + 1] - top - gap_y)))
    return places


class _Wall(QWidget):
    """Lays its screens out; those that are hidden take no room."""

    def __init__(self) -> None:
        super().__init__()
        self.screens: list[VideoScreen] = []

    def arrange(self) -> None:
        """Give every screen its place."""
        seen = [screen for screen in self.screens if not screen.isHidden()]
        for screen, place in zip(seen, grid(len(seen), self.width(), self.height()), strict=True):
            screen.setGeometry(place)

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(68))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(180))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.arrange()


class VideoPanel(QFrame):
    """Screens and, under them, what is to be known of the files.

    window_asked()   the button for an own window, or back, was pressed
    stop_asked()     the button that stops what goes on was pressed
    chosen(int)      a screen was pressed
    alone_asked(int) a screen was pressed twice
    """

    window_asked = Signal()
    stop_asked = Signal()
    chosen = Signal(int)
    alone_asked = Signal(int)

    def __init__(self, window_key: str = "") -> None:
        super().__init__()
        self.setProperty("role", "ground")
        self.wall = _Wall()
        self.is_blurred = False
        self.warning = label("", "warn", wrap=True)
        self.warning.setMargin(theme.px(4))
        self.warning.hide()
        self._window_key = window_key
        self.window_button = button("", role="flat", tip="Own window", key=window_key)
        self.window_button.setParent(self.wall)
        self.window_button.setCursor(Qt.CursorShape.ArrowCursor)
        self.window_button.clicked.connect(self.window_asked)
        self.window_button.hide()
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        self.going_on = QWidget()
        self._going_words, self._stop = label("", "small"), button("Stop", role="flat")
        self._stop.clicked.connect(self.stop_asked)
        row = QHBoxLayout(self.going_on)
        row.setContentsMargins(theme.px(8), 0, theme.px(4), 0)
        row.addWidget(self._going_words, 1)
        row.addWidget(self._stop)
        self.going_on.hide()
        rows.addWidget(self.wall, 1)
        rows.addWidget(self.going_on)
        rows.addWidget(self.warning)
        theme.notifier().theme_changed.connect(self._place_button)

    @property
    def screens(self) -> Sequence[VideoScreen]:
        """The screens, in the order of the videos."""
        return self.wall.screens

    def set_videos(self, names: Sequence[str]) -> None:
        """A screen for every video."""
        for screen in self.wall.screens:
            screen.hide()
            screen.deleteLater()
        self.wall.screens = []
        for number, name in enumerate(names):
            screen = VideoScreen(name, self.wall)
            screen.set_blurred(self.is_blurred)
            screen.pressed.connect(lambda n=number: self.chosen.emit(n))
            screen.alone_asked.connect(lambda n=number: self.alone_asked.emit(n))
            self.wall.screens.append(screen)
            screen.show()
        self.wall.arrange()
        self.window_button.raise_()

    def set_blurred(self, on: bool) -> None:
        """Blur every picture, or show them as they are."""
        self.is_blurred = on
        for screen in self.wall.screens:
            screen.set_blurred(on)

    def show_only(self, number: int | None) -> None:
        """Show one video alone, or all."""
        for place, screen in enumerate(self.screens):
            screen.setVisible(number is None or place == number)
        self.wall.arrange()

    def warn(self, sentence: str) -> None:
        """Say what is wrong with a file though it is shown; empty where nothing is."""
        self.warning.setText(sentence)
        self.warning.setVisible(bool(sentence))

    def show_going_on(self, sentence: str, stop: str = "Stop") -> None:
        """Say what goes on in the background, beside a button that changes it; empty where nothing does."""
        self._going_words.setText(sentence)
        self._stop.setText(stop)
        self.going_on.setVisible(bool(sentence))

    def _place_button(self) -> None:
        is_torn = isinstance(self.window(), VideoWindow)
        side = theme.px(26)
        self.window_button.setIcon(theme.icon("dock-window" if is_torn else "open-in-new", theme.current().text))
        self.window_button.setGeometry(self.wall.width() - side - theme.px(6), theme.px(6), side, side)
        self.window_button.raise_()

    def enterEvent(self, event: QEnterEvent) -> None:
        self._place_button()
        self.window_button.show()

    def leaveEvent(self, event: object) -> None:
        self.window_button.hide()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_button()


class VideoWindow(QWidget):
    """The videos on a second screen; keys go on to the window it belongs to, closing it puts the videos back."""

    closed = Signal()

    def __init__(self, panel: VideoPanel, parent: QWidget) -> None:
        # A tool window: only such a one leaves its parent's shortcuts working while it is the active window.
        super().__init__(parent, Qt.WindowType.Tool | Qt.WindowType.WindowMaximizeButtonHint)
        self.setWindowFlag(Qt.WindowType.WindowCloseButtonHint, True)
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        set_title(self, "Video")
        self._is_going = False
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(panel)
        panel.show()
        place = settings().value(WINDOW)
        if place is None or not self.restoreGeometry(place):
            self.resize(theme.px(960), theme.px(560))

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self.setWindowState(self.windowState() ^ Qt.WindowState.WindowFullScreen)

    def leave(self) -> None:
        """Close without putting the videos back."""
        self._is_going = True
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:
        settings().setValue(WINDOW, self.saveGeometry())
        if not self._is_going:
            self.closed.emit()
        super().closeEvent(event)
