"""A line in which skills are written, each with its level, and completed from what is known: ``medical:2, en``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLineEdit

from annodesk.model.needs import HIGHEST_LEVEL, LONGEST_SKILL, MOST_NEEDS, needs_words, read_needs
from annodesk.ui.plain import set_tip, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.model.work import Skill

_MOST_SHOWN = 12
SAYS = "Groups of labels, languages and other skills, each with its level: en:3, medical."


class SkillsEdit(QLineEdit):
    """Down and Up go through what is known and begins as what is being written does."""

    def __init__(self) -> None:
        super().__init__()
        self.setMaxLength(MOST_NEEDS * (LONGEST_SKILL + 4))
        self._known: tuple[str, ...] = ()
        self._begun: str | None = None
        self.textEdited.connect(self._forget)

    def show_skills(self, skills: Iterable[Skill], known: Sequence[str]) -> None:
        """Show some skills; ``known`` are those that may be completed, the groups of labels first."""
        self.setText(needs_words(skills))
        self._known, self._begun = tuple(known), None
        more = " …" if len(known) > _MOST_SHOWN else ""
        some = ", ".join(shown(name) for name in known[:_MOST_SHOWN]) + more
        self.setPlaceholderText(f"nothing in particular; known here: {some}" if known else "nothing in particular")
        set_tip(self, f"{SAYS} Known here, with Down: {some}" if known else SAYS)

    def said(self) -> tuple[Skill, ...]:
        """What is written."""
        return read_needs(self.text())

    def problem(self) -> str:
        """What is wrong with it, and what to write; empty where nothing is."""
        words = [word.strip() for word in self.text().replace(";", ",").replace("|", ",").split(",") if word.strip()]
        if len(words) > MOST_NEEDS or any(len(word) > LONGEST_SKILL for word in words):
            return f"At most {MOST_NEEDS} skills of {LONGEST_SKILL} letters: write fewer."
        for word in words:
            name, colon, level = word.rpartition(":")
            is_level = level.strip().isdecimal() and 1 <= int(level) <= HIGHEST_LEVEL
            if colon and (not name.strip() or not is_level):
                return f"Behind the colon stands a level from 1 to {HIGHEST_LEVEL}, such as medical:2."
        return ""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
        else:
            self._complete(step)

    def _complete(self, step: int) -> None:
        """Put the next known skill in place of the one that is being written."""
        before, comma, word = self.text().rpartition(",")
        if self._begun is None:
            self._begun = word.strip()
        fitting = [name for name in self._known if name.casefold().startswith(self._begun.casefold())]
        if fitting:
            now, last = word.strip(), -1 if step > 0 else 0
            place = fitting.index(now) if now in fitting else last
            self.setText(f"{before}{comma} {fitting[(place + step) % len(fitting)]}".strip())

    def _forget(self, _text: str) -> None:
        self._begun = None
