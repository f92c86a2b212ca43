"""Text out of files on its way into the window: never rich text, nothing hidden in it, never too much of it."""

from __future__ import annotations

import html
import re
import textwrap
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QStaticText
from PySide6.QtGui import Qt as GuiQt

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LONGEST_LINE = 1_000
"""Characters of a text that stands on one line of the window."""
LONGEST_TEXT = 10_000
"""Characters of a text that may have several lines; Qt lays such a label out in 10 ms."""
LONGEST_NAME = 60
"""Characters of a name in the frame of the window, where nothing is cut by the room there is."""
LONGEST_TIP, TIP_COLUMNS = 600, 90

# Control characters, lone surrogates, line and paragraph separators, and what turns the writing direction of the
# text after it. What joins letters (U+200C, U+200D) and the plain direction marks stay: names are written with them.
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ufff9-\ufffb\ud800-\udfff]")


def shown(text: str, longest: int = LONGEST_LINE) -> str:
    """A text as one line: what is hidden in it made visible, a line end too, and cut where it is too long."""
    if len(text) > longest:
        text = f"{text[: longest - 1]}…"
    return text if text.isprintable() else _HIDDEN.sub(_visible, text)


def shown_lines(text: str, longest: int = LONGEST_TEXT) -> str:
    """The same where a text keeps its lines."""
    return "\n".join(shown(line, longest) for line in _cut(text, longest).split("\n"))


def breakable(text: str, longest_word: int = 30) -> str:
    """A text with places to break in longer words: Qt needs 1.3 s to wrap 20,000 letters without, 3 ms with them."""
    return re.sub(rf"\S{{{longest_word}}}(?=\w)|\S{{{2 * longest_word}}}(?=\S)", "\\g<0>\u200b", text)


def entry_text(text: str, longest: int = 80) -> str:
    """A name for a menu entry or a button: an ampersand is one, not the mark of a key."""
    return shown(text, longest).replace("&", "&&")


def tip_text(text: str) -> str:
    """A text as a tool tip shows it letter by letter: Qt takes for rich text what looks like it."""
    lines = shown_lines(text, LONGEST_TIP).split("\n")
    tip = "\n".join(textwrap.fill(line, TIP_COLUMNS) for line in lines)
    if not GuiQt.mightBeRichText(tip):
        return tip
    return f"<p style='white-space: pre-wrap'>{html.escape(tip)}</p>"


@lru_cache(maxsize=2048)
def laid_out(words: str) -> QStaticText:
    """One line as it is painted, letter by letter; the places of its letters take longer to find than to draw."""
    found = QStaticText(words)
    found.setTextFormat(Qt.TextFormat.PlainText)
    return found


class _HasTip(Protocol):
    """A widget, or an item of a list or table."""

    def setToolTip(self, text: str, /) -> None: ...


def set_tip(of: _HasTip, text: str) -> None:
    """Give something a tool tip; the one place that does."""
    of.setToolTip(tip_text(text))


def set_title(window: QWidget, text: str) -> None:
    """Give a window its title; the one place that does. (Qt takes a single [*] out of a title.)"""
    window.setWindowTitle(shown(text, 200).replace("[*]", "[*][*]"))


def _cut(text: str, longest: int) -> str:
    text = text[: 2 * longest + 2].replace("\r\n", "\n").expandtabs(4)
    return text if len(text) <= longest else f"{text[: longest - 1]}…"


def _visible(hidden: re.Match[str]) -> str:
    return repr(hidden.group())[1:-1]  # as the command line shows it: \n, \x00, \u202e
