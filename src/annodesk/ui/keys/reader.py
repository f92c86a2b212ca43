"""Reads key presses by their place on the board before Qt reads them by their letter."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from annodesk.ui.keys import keyboard

if TYPE_CHECKING:
    from annodesk.ui.keys.composing import Composing


class Presses(Protocol):
    """What takes chords: a key map."""

    def knows(self, chord: str) -> bool:
        """Whether the chord is bound, be it live now or not."""

    def press(self, chord: str, *, is_repeat: bool) -> bool:
        """Do what the chord is bound to now; False where nothing is."""


@runtime_checkable
class OwnKeys(Protocol):
    """A widget that listens for some keys itself while it has the focus."""

    def owns_chord(self, chord: str) -> bool:
        """Whether this is one of them."""


class KeyReader(QObject):
    """An event filter for one window.

    Where Qt reads a key otherwise than its place says, as Y on a German board or a digit on a French one, Qt's
    shortcuts do not see it and the key maps are asked. All else stays with Qt, and so do presses without a scan code.
    """

    def __init__(
        self, key_maps: Callable[[], Sequence[Presses]], composing: Composing, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._key_maps, self._composing = key_maps, composing

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind not in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride) or self._composing.is_composing:
            return False
        assert isinstance(event, QKeyEvent)
        chords = keyboard.current().chords_of(event)
        if not chords or chords == [keyboard.plain_chord(event)] or QApplication.activePopupWidget() is not None:
            return False
        focus, maps = QApplication.focusWidget(), self._key_maps()
        is_own = isinstance(focus, OwnKeys) and focus.owns_chord(chords[0])
        if kind == QEvent.Type.ShortcutOverride:
            if not any(one.knows(chord) for one in maps for chord in (*chords, keyboard.plain_chord(event))):
                return False
            event.accept()  # no shortcut takes it by its letter; its press comes next
            return True
        return not is_own and any(one.press(chord, is_repeat=event.isAutoRepeat()) for chord in chords for one in maps)
