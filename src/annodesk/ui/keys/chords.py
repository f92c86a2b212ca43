"""Chords: a key with its modifiers, written as on a US keyboard; where it lies on another one, and how it is shown.

Alone and with Shift a letter, digit or sign means the *position* it has on a US keyboard, so that hands find it on
every board. With Ctrl, Alt or Cmd a letter means the letter, as everywhere in the system; digits and signs still mean
their position. A sign that a US keyboard types with Shift (``?``) means whatever key types it.
"""

from __future__ import annotations

from functools import cache

from msgspec import Struct
from PySide6.QtGui import QKeySequence

from annodesk.ui.keys.layouts import US, Layout

SHIFTED_SIGNS = frozenset(shift for plain, shift in US.signs.values() if not plain.isalpha())
_PORTABLE, _NATIVE = QKeySequence.SequenceFormat.PortableText, QKeySequence.SequenceFormat.NativeText
_EDITING = frozenset({"Space", "Backspace", "Del", "Left", "Right", "Up", "Down", "Home", "End", "PgUp", "PgDown"})
_ORDER = ("Meta", "Ctrl", "Alt", "Shift")
WAY_OUT = "Esc"
"""The one key that nobody can bind: it leads out of everything."""
UNSAFE = {
    "AltGr": "Ctrl and Alt together are AltGr on many keyboards.",
    "Alt+Shift": "Alt+Shift switches the keyboard's language on many systems.",
    "Ctrl+Space": "Ctrl+Space turns the input method on and off on many systems.",
    "own": "The system may keep this key for itself.",
}


@cache
def canonical(key: str) -> str:
    """One spelling per chord, so that `ctrl+k` and `Ctrl+K` are the same."""
    return QKeySequence(key).toString(_PORTABLE)


def parse(text: str) -> str:
    """The one spelling of a chord out of a file; empty where it is none."""
    sequence = QKeySequence(text[:60])
    if sequence.count() != 1 or not sequence.toString(_PORTABLE).isprintable():
        return ""
    chord = canonical(text[:60])
    return "" if not split(chord)[1] or split(chord)[1] in (WAY_OUT, *_ORDER) else chord


@cache
def split(chord: str) -> tuple[frozenset[str], str]:
    """The modifiers and the key of a chord."""
    parts = canonical(chord).split("+")
    key = "+" if canonical(chord).endswith("+") else parts[-1]
    return frozenset(part for part in parts if part in _ORDER), key


def join(modifiers: frozenset[str], key: str) -> str:
    """The chord of a key with modifiers."""
    return canonical("+".join([*(one for one in _ORDER if one in modifiers), key]))


@cache
def writes(chord: str) -> bool:
    """Whether a chord types a sign in a text, or moves or deletes there."""
    modifiers, key = split(chord)
    return modifiers <= {"Shift"} and (len(key) == 1 or key in _EDITING)


def means_letter(modifiers: frozenset[str], key: str) -> bool:
    """Whether the letter counts and not its place."""
    return len(key) == 1 and key.isalpha() and bool(modifiers - {"Shift"})


class Reach(Struct, frozen=True):
    """What hands do for a chord on one board: a position with modifiers."""

    position: str
    modifiers: frozenset[str]


def reach(chord: str, layout: Layout) -> Reach | None:
    """Where a chord lies on a layout; None where it cannot be pressed there."""
    modifiers, key = split(chord)
    if key in SHIFTED_SIGNS:
        for position, (plain, shifted) in layout.signs.items():
            if key in (plain, shifted):
                return Reach(position, modifiers | ({"Shift"} if key == shifted else frozenset()))
        return None
    position = layout.letter_at(key) if means_letter(modifiers, key) else key
    return None if position in layout.taken else Reach(position, modifiers)


@cache
def trouble(chord: str) -> str:
    """Why a chord does not work everywhere; empty where it does."""
    modifiers, key = split(chord)
    if {"Ctrl", "Alt"} <= modifiers:
        return UNSAFE["AltGr"]
    if {"Alt", "Shift"} <= modifiers:
        return UNSAFE["Alt+Shift"]
    if key == "Space" and modifiers == {"Ctrl"}:
        return UNSAFE["Ctrl+Space"]
    if "Meta" in modifiers or chord in ("Alt+F4", "Alt+Tab", "Alt+Space", "Ctrl+Esc"):
        return UNSAFE["own"]
    return ""


def show(chord: str, layout: Layout, learned: dict[str, str]) -> str:
    """A chord as the person's own keyboard and system name it."""
    modifiers, key = split(chord)
    native = QKeySequence(chord).toString(_NATIVE)
    if len(key) != 1 or key in SHIFTED_SIGNS or (means_letter(modifiers, key) and layout.is_latin):
        return native
    if means_letter(modifiers, key):
        return native  # boards without Latin letters carry them beside their own, and Ctrl goes by them
    legend = learned.get(key) or layout.legend(key)
    return native.removesuffix(key) + legend if native.endswith(key) else native
