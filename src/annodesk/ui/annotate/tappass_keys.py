"""The keys of a tap pass: presses and releases with the moment they were made, before shortcuts see them."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget

from annodesk.ui.actions import KeyMap, is_text_field
from annodesk.ui.heldkeys import TOGETHER_MS
from annodesk.ui.keys import keyboard

LONGEST_DELAY_S = 1.0
_SETTLE_MS = 12
"""A release that a repeat made is followed by its press within so long."""

_KEYS = (QEvent.Type.KeyPress, QEvent.Type.KeyRelease, QEvent.Type.ShortcutOverride)
_LEAVING = (QEvent.Type.WindowDeactivate, QEvent.Type.ApplicationDeactivate)


class KeyTaker(Protocol):
    """What a tap pass does with keys."""

    def takes(self, chord: str, owner: str) -> bool:
        """Whether this key is the pass's now; ``owner`` is the action that has it otherwise, empty for none."""

    def press(self, chord: str, owner: str, key: int, delay_s: float) -> None:
        """One of its keys went down so long ago."""

    def release(self, key: int, delay_s: float) -> None:
        """A key that it took was let go so long ago."""

    def let_all_go(self) -> None:
        """The window is no longer the person's; what is held ends."""


class EventClock:
    """How long an event was on its way: its own time against this clock, over that of the fastest one."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._ahead: deque[float] = deque(maxlen=256)

    def delay_s(self, timestamp_ms: int) -> float:
        """Seconds since the event was made; 0 where the system does not say when that was."""
        if not timestamp_ms:
            return 0.0
        ahead = self._clock() - timestamp_ms / 1000
        if self._ahead and not 0 <= ahead - min(self._ahead) < LONGEST_DELAY_S:
            self._ahead.clear()  # faster than any before, or another clock
        self._ahead.append(ahead)
        return ahead - min(self._ahead)


class TapKeys(QObject):
    """An event filter on the whole program that is there while a pass is on."""

    def __init__(self, window: Callable[[], QWidget], keys: KeyMap, taker: KeyTaker, parent: QObject) -> None:
        super().__init__(parent)
        self._window, self._keys, self._taker = window, keys, taker
        self._clock = EventClock()
        self._down: dict[
            int, int
        ] = {}  # keys the pass took, with the time of their release where one may be a repeat's
        self._is_on = False

    def turn(self, is_on: bool) -> None:
        """Listen, or no longer."""
        app = QApplication.instance()
        if is_on == self._is_on or app is None:
            return
        self._is_on = is_on
        self._down.clear()
        if is_on:
            app.installEventFilter(self)
        else:
            app.removeEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        kind = event.type()
        if kind in _LEAVING:
            if kind == QEvent.Type.ApplicationDeactivate or watched is self._window():
                self._leave()
            return False
        if kind not in _KEYS or not isinstance(event, QKeyEvent):
            return False
        if kind == QEvent.Type.KeyRelease:
            return self._released(event)
        if not self._is_listening():
            if self._down:
                self._leave()
            return False
        chord, owner = self._meant(event)
        key = _key_of(event)
        if key not in self._down and not self._taker.takes(chord, owner):
            return False
        event.accept()  # for the override: no shortcut takes it, its press comes next
        if kind == QEvent.Type.KeyPress:
            self._pressed(event, key, chord, owner)
        return True

    def _pressed(self, event: QKeyEvent, key: int, chord: str, owner: str) -> None:
        if event.isAutoRepeat():
            return
        if key in self._down:
            released = self._down[key]
            if released and 0 <= event.timestamp() - released <= TOGETHER_MS:
                self._down[key] = 0  # a repeat's pair: the hand never left the key
            return
        self._down[key] = 0
        self._taker.press(chord, owner, key, self._clock.delay_s(event.timestamp()))

    def _released(self, event: QKeyEvent) -> bool:
        key = _key_of(event)
        if key not in self._down:
            return False
        if event.isAutoRepeat():
            return True
        delay_s, at_ms = self._clock.delay_s(event.timestamp()), int(event.timestamp())
        if not event.nativeScanCode() or not at_ms:
            self._let_go(key, delay_s)
            return True
        self._down[key] = at_ms
        since = time.monotonic()

        def settle() -> None:
            if self._down.get(key) == at_ms:
                self._let_go(key, delay_s + time.monotonic() - since)

        QTimer.singleShot(_SETTLE_MS, self, settle)
        return True

    def _let_go(self, key: int, delay_s: float) -> None:
        del self._down[key]
        self._taker.release(key, delay_s)

    def _leave(self) -> None:
        self._down.clear()
        self._taker.let_all_go()

    def _is_listening(self) -> bool:
        window = self._window()
        if not window.isActiveWindow() or QApplication.activePopupWidget() or QApplication.activeModalWidget():
            return False
        return not is_text_field(QApplication.focusWidget())

    def _meant(self, event: QKeyEvent) -> tuple[str, str]:
        """The chord of a press and the action that has it."""
        chords = keyboard.current().chords_of(event) or [keyboard.plain_chord(event)]
        for chord in chords:
            owner = self._keys.owner_of(chord)
            if owner is not None:
                return chord, owner.id
        return chords[0], ""


def _key_of(event: QKeyEvent) -> int:
    """The same for a key's press and its release, whatever modifiers came between."""
    return event.nativeScanCode() or -event.key() - 1
