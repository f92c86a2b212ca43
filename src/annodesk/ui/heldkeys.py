"""Drops what a held key repeats although Qt takes it for a new press."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent

TOGETHER_MS = 1
"""A keyboard's repeat lets go and presses at one time of the event; no hand is that fast."""


class HeldKeys(QObject):
    """An event filter for one window.

    X11 sends a release and a press for each repeat. Qt knows the pair by looking ahead in its queue, and where the
    press has not arrived yet, as in a busy window, it gives out both as if a hand had done them: a held key would then
    answer again. Such presses go no further.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._released: tuple[int, int] | None = None  # which key, and when

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride):
            return False
        assert isinstance(event, QKeyEvent)
        press = (event.nativeScanCode(), event.timestamp())  # no scan code: no keyboard made it, none repeats it
        if kind == QEvent.Type.KeyRelease:
            self._released = press
            return False
        if event.isAutoRepeat() or not self._is_repeat(press):
            return False
        event.accept()  # for the override: the key belongs to no shortcut, and its press is dropped in turn
        return True

    def _is_repeat(self, press: tuple[int, int]) -> bool:
        released = self._released
        return released is not None and 0 != press[0] == released[0] and 0 <= press[1] - released[1] <= TOGETHER_MS
