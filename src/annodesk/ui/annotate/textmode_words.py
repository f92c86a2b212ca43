"""The dialog of short words: the project's to be read, the person's own to be changed."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from annodesk.model.expansions import as_lines, parse_lines
from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title


class ExpansionsDialog(QDialog):
    """One short word to a line; gives the person's own once they can be understood."""

    given = Signal(dict)

    def __init__(self, of_project: Mapping[str, str], own: Mapping[str, str], parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Short words")
        self.setMinimumWidth(theme.px(480))
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Short words", "title"))
        words = "Typed in a segment's text and followed by a space or a mark, a short word becomes what it stands for."
        column.addWidget(label(f"{words} Ctrl+Z takes that back.", "dim", wrap=True))
        if of_project:
            column.addWidget(label("Of this project", "head"))
            shown = QPlainTextEdit(as_lines(of_project))
            shown.setReadOnly(True)
            shown.setAccessibleName("Short words of this project")
            shown.setMaximumHeight(theme.px(120))
            column.addWidget(shown)
        column.addWidget(label("Your own", "head"))
        self.own = QPlainTextEdit(as_lines(own))
        self.own.setAccessibleName("Your own short words")
        self.own.setPlaceholderText("btw = by the way")
        self.own.setTabChangesFocus(True)
        column.addWidget(self.own)
        self.problem = label("", "bad", wrap=True)
        column.addWidget(self.problem)
        feet = QHBoxLayout()
        feet.addStretch()
        back = button("Back to work")
        back.clicked.connect(self.reject)
        self.keep = button("Keep", role="primary")
        self.keep.setDefault(True)
        self.keep.clicked.connect(self._give)
        feet.addWidget(back)
        feet.addWidget(self.keep)
        column.addLayout(feet)
        self.own.textChanged.connect(self._check)
        self.own.setFocus()

    def _check(self) -> None:
        _, wrong = parse_lines(self.own.toPlainText())
        self.problem.setText(wrong)
        self.keep.setEnabled(not wrong)

    def _give(self) -> None:
        table, wrong = parse_lines(self.own.toPlainText())
        if not wrong:
            self.given.emit(table)
            self.accept()
