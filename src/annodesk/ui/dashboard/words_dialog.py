"""Asks for a few words."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title


class WordsDialog(QDialog):
    """Asks for a few words; Return sends them.

    given(str)    the words
    """

    given = Signal(str)

    def __init__(self, title: str, says: str, send: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, title)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(420))
        self.words = QLineEdit()
        self.words.setAccessibleName(title)
        self.words.setMaxLength(1_000)
        self.send = button(send, role="primary")
        self.send.setEnabled(False)
        self.words.textChanged.connect(lambda text: self.send.setEnabled(bool(text.strip())))
        self.words.returnPressed.connect(self._send)
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
        column.addWidget(label(title, "title", wrap=True))
        column.addWidget(label(says, "dim", wrap=True))
        column.addWidget(self.words)
        column.addLayout(feet)
        self.words.setFocus()

    def _send(self) -> None:
        if self.words.text().strip():
            self.given.emit(self.words.text().strip())
            self.accept()
