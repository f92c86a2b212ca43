"""A line in which a clause of the guidelines is chosen by typing some of it, or gone through by the arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from annodesk.model.clauses import split_clauses
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

MOST_NAMED = 4


class ClauseField(QLineEdit):
    """Up and Down go through the headings that hold what was typed; what is in no heading is no clause."""

    def __init__(self, guidelines: str, clause: str = "") -> None:
        super().__init__()
        self.headings = headings_of(guidelines)
        self._typed = ""
        self.textEdited.connect(self._on_edited)
        self.setPlaceholderText("Clause of the guidelines: type some of it")
        self.setAccessibleName("Clause of the guidelines")
        self.setMaxLength(300)
        if clause in self.headings:
            self.setText(clause)

    def clause(self) -> str:
        """The clause meant: the one with these words, else the only one that holds them; empty where none does."""
        wanted = self.text().strip()
        same = [one for one in self.headings if one.casefold() == wanted.casefold()]
        found = same or self._holding(wanted)
        return found[0] if wanted and (same or len(found) == 1) else ""

    def told(self) -> str:
        """What is meant, or what could be."""
        if not self.headings:
            return "The guidelines have no headings to pin to."
        if self.clause():
            return f"Pinned to: {shown(self.clause(), 120)}"
        found = self._holding(self.text().strip())
        if not found:
            return "No clause holds these words."
        more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
        return f"Which one? {', '.join(shown(one, 40) for one in found[:MOST_NAMED])}{more}"

    def keyPressEvent(self, event: QKeyEvent) -> None:
        steps = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}
        step = steps.get(Qt.Key(event.key()))
        found = self._holding(self._typed)
        if step is None or not found:
            super().keyPressEvent(event)
            return
        place = found.index(self.text()) + step if self.text() in found else (0 if step > 0 else -1)
        self.setText(found[place % len(found)])

    def _on_edited(self, text: str) -> None:
        self._typed = text.strip()

    def _holding(self, words: str) -> list[str]:
        return [one for one in self.headings if words.casefold() in one.casefold()]


def headings_of(guidelines: str) -> list[str]:
    """The headings of the guidelines, each once."""
    return list(dict.fromkeys(clause.heading for clause in split_clauses(guidelines) if clause.heading))
