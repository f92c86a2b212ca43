"""Asks why a task is skipped or flagged: a number chooses, Return sends, Escape goes back to work."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.model.needs import OTHER_LANGUAGE
from annodesk.ui import theme
from annodesk.ui.annotate.choice import ChoiceRow
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

SKIP_REASONS = (
    OTHER_LANGUAGE,
    "cannot be heard or seen well enough",
    "the guidelines do not cover this",
    "I know somebody in it",
    "another reason",
)
FLAG_REASONS = (
    "the guidelines do not cover this",
    "I am not sure of my answer",
    "content that somebody should see",
    "the recording or the text is faulty",
    "another reason",
)

_FEW_WORDS = "A few words more (they help)"
_WHICH_LANGUAGE = "Which one is it, such as pt? It goes to somebody who knows it"


class ReasonDialog(QDialog):
    """Gives a reason of a list, with a note; ``note`` says what must be written, where something must."""

    given = Signal(str, str)

    def __init__(
        self, title: str, explanation: str, reasons: Sequence[str], verb: str, parent: QWidget, *, note: str = ""
    ) -> None:
        super().__init__(parent)
        self._needs_note, self._note_said = bool(note), note or _FEW_WORDS
        set_title(self, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(420))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label(title, "title"))
        column.addWidget(label(explanation, "dim", wrap=True))
        self._reasons = tuple(reasons)
        self._chosen = 0
        self.rows = [ChoiceRow(reason, str(number), form="round") for number, reason in enumerate(reasons, start=1)]
        rows = QVBoxLayout()
        rows.setSpacing(1)
        for number, row in enumerate(self.rows, start=1):
            row.clicked.connect(lambda _checked=False, number=number: self.choose(number))
            rows.addWidget(row)
        column.addLayout(rows)
        self.note = QLineEdit()
        self.note.setPlaceholderText(self._note_said)
        self.note.setAccessibleName(note or "Note")
        self.note.textChanged.connect(self._follow)
        column.addWidget(self.note)
        feet = QHBoxLayout()
        feet.addStretch()
        back = button("Back to work")
        back.clicked.connect(self.reject)
        self.send = button(verb, role="primary")
        self.send.setEnabled(False)
        self.send.clicked.connect(self._send)
        feet.addWidget(back)
        feet.addWidget(self.send)
        column.addLayout(feet)
        self.setFocus()

    def choose(self, number: int) -> None:
        """Choose a reason by its number, from 1."""
        self._chosen = number
        for place, row in enumerate(self.rows, start=1):
            row.setChecked(place == number)
        is_language = self._reasons[number - 1] == OTHER_LANGUAGE
        self.note.setPlaceholderText(_WHICH_LANGUAGE if is_language else self._note_said)
        self._follow()
        self.note.setFocus()

    def _follow(self) -> None:
        self.send.setEnabled(bool(self._chosen) and bool(self.note.text().strip() or not self._needs_note))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        number = event.key() - Qt.Key.Key_0
        if 1 <= number <= len(self._reasons) and not self.note.hasFocus():
            self.choose(number)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._send()
        else:
            super().keyPressEvent(event)

    def _send(self) -> None:
        if self.send.isEnabled():
            self.given.emit(self._reasons[self._chosen - 1], self.note.text().strip())
            self.accept()
