"""The keyboard in use: which layout it has, learnt from the system and from what its keys type."""

from __future__ import annotations

import sys
from functools import cache

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QGuiApplication, QKeyEvent, QKeySequence

from annodesk.ui.keys import chords
from annodesk.ui.keys.layouts import BY_NAME, US, Layout, best_fit
from annodesk.ui.keys.positions import position_of

_ALT_GR_BIT = 0x80
"""X11's fifth modifier, which AltGr sets."""
_DEAD = {
    Qt.Key.Key_Dead_Circumflex: "^", Qt.Key.Key_Dead_Acute: "´", Qt.Key.Key_Dead_Grave: "`",
    Qt.Key.Key_Dead_Diaeresis: "¨", Qt.Key.Key_Dead_Tilde: "~",
}  # fmt: skip
_MODIFIERS = {
    Qt.KeyboardModifier.ControlModifier: "Ctrl", Qt.KeyboardModifier.AltModifier: "Alt",
    Qt.KeyboardModifier.ShiftModifier: "Shift", Qt.KeyboardModifier.MetaModifier: "Meta",
}  # fmt: skip
NO_KEYS = {int(Qt.Key.Key_unknown), 0} | {
    int(getattr(Qt.Key, f"Key_{name}"))
    for name in ("Shift", "Control", "Alt", "AltGr", "Meta", "CapsLock", "NumLock", "ScrollLock", "Super_L", "Super_R")
}
"""What is only held for another key, or is none."""


class Keyboard(QObject):
    """Reads key events into chords and knows what stands on the keys; ``changed`` when it learns better."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._learned: dict[str, str] = {}
        self._chosen = ""
        self._told = "us"
        self.layout: Layout = US

    @property
    def learned(self) -> dict[str, str]:
        """Signs of keys where they are another layout's than the one shown."""
        return {} if self._chosen else self._learned

    @property
    def found(self) -> str:
        """Name of the layout that the keys told of; of the system's as long as they have told nothing."""
        return self._told if self._chosen else self.layout.name

    def listen(self, remembered: str = "") -> None:
        """Begin with what was found last time, else with what the system tells, and follow that."""
        method = QGuiApplication.inputMethod()
        told = method.locale().name().split("_")[0].lower()
        self._told = remembered if remembered in BY_NAME else told if told in BY_NAME else "us"
        self._settle()

    def choose(self, name: str) -> None:
        """Show the letters of one layout from now on; an empty name goes by what the keys type."""
        self._chosen = name if name in BY_NAME else ""
        self._settle()

    def forget(self) -> None:
        """Know nothing again, as after another board was plugged in."""
        self._learned, self._chosen, self._told = {}, "", "us"
        self._settle()

    def shown(self, chord: str) -> str:
        """A chord as this keyboard and the system name it."""
        return chords.show(chord, self.layout, self.learned)

    def chords_of(self, event: QKeyEvent) -> list[str]:
        """What a key press may mean, the first that is bound counts; empty where the system's own reading is right."""
        position = position_of(event.nativeScanCode(), event.nativeVirtualKey())
        if not position:
            return []
        modifiers = frozenset(name for flag, name in _MODIFIERS.items() if event.modifiers() & flag)
        text = event.text() if event.text().isprintable() and len(event.text()) == 1 else ""
        if _is_alt_gr(event):
            return [chords.canonical(text)] if text and not text.isalnum() else []
        self._learn(position, event, modifiers, text)
        letter = chr(event.key()) if 0x41 <= event.key() <= 0x5A else ""
        if modifiers - {"Shift"} and position.isalpha() and len(position) == 1 and letter:
            found = [chords.join(modifiers, letter)]
        elif modifiers - {"Shift"} and letter:
            found = [chords.join(modifiers, letter), chords.join(modifiers, position)]
        else:
            found = [chords.join(modifiers, position)]
        sign = text if text and not text.isalpha() else chr(event.key()) if 0x21 <= event.key() <= 0x7E else ""
        if sign and not sign.isalpha():
            found.append(chords.join(modifiers - {"Shift"}, sign))
        return list(dict.fromkeys(found))

    def _learn(self, position: str, event: QKeyEvent, modifiers: frozenset[str], text: str) -> None:
        if modifiers - {"Shift"} or len(position) != 1:
            return
        sign = _DEAD.get(Qt.Key(event.key()), text) if event.key() >= Qt.Key.Key_Dead_Grave.value else text
        if not sign or ("Shift" in modifiers and not sign.isalpha()):
            return
        sign = sign.upper() if len(sign.upper()) == 1 else sign
        if self._learned.get(position) != sign:
            self._learned.pop(position, None)
            self._learned[position] = sign
            self._settle()

    def _settle(self) -> None:
        """Choose the layout that explains what was seen; older signs give way to newer ones, but never the most."""
        if self._chosen:
            self.layout = BY_NAME[self._chosen]
        else:
            seen = list(self._learned.items())
            for drop in range(len(seen) // 2 + 1):
                fitting = best_fit(dict(seen[drop:]), self._told)
                if fitting is not None:
                    self._learned = dict(seen[drop:])
                    break
            self.layout = fitting or US
        self.changed.emit()


def _is_alt_gr(event: QKeyEvent) -> bool:
    if event.modifiers() & Qt.KeyboardModifier.GroupSwitchModifier:
        return True
    if sys.platform == "win32":
        both = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier
        return event.modifiers() & both == both and event.text().isprintable() and bool(event.text())
    return sys.platform != "darwin" and bool(event.nativeModifiers() & _ALT_GR_BIT)


def plain_chord(event: QKeyEvent) -> str:
    """What the system reads in a key press."""
    if event.key() in (Qt.Key.Key_unknown.value, 0):
        return ""
    return chords.canonical(QKeySequence(event.keyCombination()).toString(QKeySequence.SequenceFormat.PortableText))


@cache
def current() -> Keyboard:
    """The one keyboard of this program."""
    return Keyboard()


def chord_of(event: QKeyEvent) -> str:
    """The one chord a key press means first of all."""
    found = current().chords_of(event)
    return found[0] if found else plain_chord(event)
