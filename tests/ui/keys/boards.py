"""Hands on a board: key events as a system makes them, with the scan code of the place and the sign of the layout."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from annodesk.ui.keys.layouts import BY_NAME, Layout
from annodesk.ui.keys.positions import code_of

NONE = Qt.KeyboardModifier.NoModifier
_DEAD = {"^": "Circumflex", "´": "Acute", "`": "Grave", "¨": "Diaeresis", "~": "Tilde"}
_DEAD_ON = {"de": "^´`", "fr": "^¨", "es": "´`^¨", "sv": "´`^¨~"}


def event_of(
    kind: QEvent.Type, position: str, layout: Layout, modifiers: Qt.KeyboardModifier = NONE, *, repeats: bool = False
) -> QKeyEvent:
    """The event of a place on a board of that layout."""
    plain, shifted = layout.signs.get(position, (position, position))
    sign = shifted if modifiers & Qt.KeyboardModifier.ShiftModifier else plain
    text = "" if modifiers & (Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier) else sign
    if sign in _DEAD and sign in _DEAD_ON.get(layout.name, ""):
        key, text = int(getattr(Qt.Key, f"Key_Dead_{_DEAD[sign]}")), ""
    elif len(sign) == 1:
        key = ord(sign.upper()) if len(sign.upper()) == 1 else ord(sign)
    else:
        key = int(Qt.Key.Key_unknown)
    code = code_of(position)
    return QKeyEvent(kind, key, modifiers, code, code, 0, text if len(text) == 1 else "", repeats, 1)


def press(
    window: QWidget, position: str, name: str, modifiers: Qt.KeyboardModifier = NONE, *, repeats: bool = False
) -> None:
    """Press a place on a board, as the system and Qt do it: first the shortcuts, then the widget with the focus."""
    layout, handle = BY_NAME[name], window.windowHandle()
    override = event_of(QEvent.Type.ShortcutOverride, position, layout, modifiers, repeats=repeats)
    QApplication.sendEvent(handle, override)
    down = event_of(QEvent.Type.KeyPress, position, layout, modifiers, repeats=repeats)
    if override.isAccepted():
        QApplication.sendEvent(handle, down)
        return
    QTest.keyClick(QApplication.focusWidget() or window, Qt.Key(down.key()), modifiers)
