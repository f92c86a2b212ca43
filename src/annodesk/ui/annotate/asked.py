"""What was asked from the open task, at the side: the question, where it stands, and the answer."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from annodesk.model.times import format_us
from annodesk.model.work import Inquiry, InquiryState
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import button, label

_STANDS = {
    InquiryState.OPEN: "It waits for an answer. The task comes back first in your list.",
    InquiryState.WITHDRAWN: "Withdrawn.",
    InquiryState.CLOSED: "Not answered: the task was not open any more.",
}


class AskedPanel(QWidget):
    """The questions of one task, the last one first.

    time_chosen(object)    the moment (microseconds) of a question that was pressed
    withdraw_asked()       the person goes on without an answer
    """

    time_chosen = Signal(object)
    withdraw_asked = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.shown: tuple[Inquiry, ...] = ()
        self._host = QWidget()
        rows = QVBoxLayout(self._host)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        self.withdraw = KeyButton("Go on without an answer", "annotate.withdraw")
        self.withdraw.clicked.connect(self.withdraw_asked)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(label("Your question", "head"))
        column.addWidget(self._host)
        column.addWidget(self.withdraw, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def set_questions(self, asked: Sequence[Inquiry]) -> None:
        """Show the questions of a task; nothing at all where there is none."""
        self.shown = tuple(reversed(asked))
        clear_rows(self._host)
        rows = self._host.layout()
        assert rows is not None
        for one in self.shown:
            rows.addWidget(self._row(one))
        self.withdraw.setVisible(any(one.state is InquiryState.OPEN for one in self.shown))
        self.setVisible(bool(self.shown))

    def _row(self, one: Inquiry) -> QWidget:
        row = QWidget()
        column = QVBoxLayout(row)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        if one.time_us is not None:
            jump = button(format_us(one.time_us, decimals=1), role="flat", tip="Go to the moment you asked about")
            jump.clicked.connect(lambda _checked=False, at=one.time_us: self.time_chosen.emit(at))
            column.addWidget(jump, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(label(one.words, wrap=True))
        if one.state is InquiryState.ANSWERED:
            column.addWidget(label("Answer", "small"))
            column.addWidget(label(one.answer, "strong", wrap=True))
        else:
            column.addWidget(label(_STANDS[one.state], "small", wrap=True))
        return row
