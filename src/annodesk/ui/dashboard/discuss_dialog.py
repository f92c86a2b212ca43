"""Talks about a place: what was said of it so far, a few words, and to whom they go."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QButtonGroup, QDialog, QHBoxLayout, QPlainTextEdit, QRadioButton, QVBoxLayout, QWidget

from annodesk.services.asking import LONGEST
from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title
from annodesk.ui.precedents import date_text

if TYPE_CHECKING:
    from annodesk.services.discussing import Said

MOST_SHOWN = 6
"""So much of what was said is shown, the newest."""
TO_JUDGES, TO_AUTHOR = "Ask the analysts and managers", "Tell whoever gave the answer"
WHAT_COMES = "It stands among their open questions, and you are told the answer."
BESIDE = "Words to an author stand beside the answer, and they are told once."


class DiscussDialog(QDialog):
    """Ctrl+Return sends the words.

    given(str, bool)    the words, and whether they go to the answer's author alone
    """

    given = Signal(str, bool)

    def __init__(self, about: str, said: Sequence[Said], parent: QWidget, *, has_author: bool) -> None:
        super().__init__(parent)
        set_title(self, "Discuss this place")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(480))
        self.words = QPlainTextEdit()
        self.words.setAccessibleName("What you say")
        self.words.setPlaceholderText("What is it about?")
        self.words.setTabChangesFocus(True)
        self.words.setFixedHeight(theme.px(72))
        self.to_judges, self.to_author = QRadioButton(TO_JUDGES), QRadioButton(TO_AUTHOR)
        self._to = QButtonGroup(self)
        for one in (self.to_judges, self.to_author):
            self._to.addButton(one)
            one.setVisible(has_author)
        self.to_judges.setChecked(True)
        self.send = button("Say it", role="primary", tip="Say it (Ctrl+Return)")
        self.send.setShortcut("Ctrl+Return")
        self.send.setEnabled(False)
        self.words.textChanged.connect(lambda: self.send.setEnabled(0 < len(self._typed()) <= LONGEST))
        self.send.clicked.connect(self._send)
        back = button("Back")
        back.clicked.connect(self.reject)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Discuss this place", "title"))
        column.addWidget(label(about, "dim", wrap=True))
        for line, role in lines_of(said):
            column.addWidget(label(line, role, wrap=True))
        column.addWidget(self.words)
        column.addWidget(self.to_judges)
        column.addWidget(self.to_author)
        told = f"{WHAT_COMES} {BESIDE}" if has_author else f"It goes to the analysts and managers. {WHAT_COMES}"
        column.addWidget(label(told, "small", wrap=True))
        column.addLayout(feet)
        self.words.setFocus()

    def _typed(self) -> str:
        return self.words.toPlainText().strip()

    def _send(self) -> None:
        if self.send.isEnabled():
            self.given.emit(self._typed(), self.to_author.isChecked())
            self.accept()


def lines_of(said: Sequence[Said]) -> list[tuple[str, str]]:
    """What was said of a place, each with the role of its label."""
    lines = []
    for one in said[-MOST_SHOWN:]:
        where = f" · {one.place}" if one.place else ""
        lines.append((f"{one.who[:1].upper()}{one.who[1:]}, {date_text(one.at_us)}{where}: {one.words}", ""))
        if one.answer:
            lines.append((f"Answered: {one.answer}", "dim"))
        elif one.is_open:
            lines.append(("It waits for an answer.", "small"))
    if len(said) > MOST_SHOWN:
        lines.insert(0, (f"{len(said) - MOST_SHOWN:,} more were said before.", "small"))
    return lines
