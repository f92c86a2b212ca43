"""Whether somebody is at the window: keys and clicks anywhere in it, and whether it has the keys at all."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride)
_CLICKS = (QEvent.Type.MouseButtonPress, QEvent.Type.MouseButtonDblClick)


class Presence(QObject):
    """An event filter on the whole program while it is turned on; it takes nothing from anybody.

    pressed()     a key went down, or a button of the mouse; a key that is held says so once
    left()        the window is no longer the person's, or was made small
    came_back()   it is again
    """

    pressed = Signal()
    left = Signal()
    came_back = Signal()

    def __init__(self, window: Callable[[], QWidget], parent: QObject) -> None:
        super().__init__(parent)
        self._window = window
        self._is_on = False

    @property
    def is_there(self) -> bool:
        """Whether the window has the keys and can be seen."""
        window = self._window()
        return window.isActiveWindow() and window.isVisible() and not window.isMinimized()

    def turn(self, is_on: bool) -> None:
        """Follow, or no longer."""
        app = QApplication.instance()
        if is_on == self._is_on or app is None:
            return
        self._is_on = is_on
        if is_on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _CLICKS or (kind in _KEYS and isinstance(event, QKeyEvent) and not event.isAutoRepeat()):
            self.pressed.emit()
        elif kind == QEvent.Type.WindowDeactivate and watched is self._window():
            self.left.emit()
        elif kind == QEvent.Type.WindowActivate and watched is self._window():
            self.came_back.emit()
        return False
