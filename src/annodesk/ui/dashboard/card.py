"""Cards of the desk: a head with what is told and what it rests on, and below it the one thing that is shown."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import label


class Card(QFrame):
    """A title, a note at its right (n, interval, unit), and a body; without a body it says why there is none."""

    def __init__(self, title: str, note: str = "") -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self.title = label(title, "strong")
        self.note = ElidedLabel("small", Qt.TextElideMode.ElideRight)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.note.set_whole(note)
        self.tools = QHBoxLayout()
        self.tools.setSpacing(theme.SPACE)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 3)
        head.addWidget(self.title)
        head.addWidget(self.note, 1)
        head.addLayout(self.tools)
        self.reason = label("", "dim", wrap=True)
        self.reason.hide()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(16, 12, 16, 12)
        self.column.setSpacing(theme.SPACE * 2)
        self.column.addLayout(head)
        self.column.addWidget(self.reason)
        self.body: QWidget | None = None

    def set_body(self, body: QWidget) -> None:
        """Show this below the head."""
        self.body = body
        self.column.addWidget(body, 1)
        self.column.addStretch()

    def say(self, reason: str) -> None:
        """Say why there is nothing to show; an empty reason shows the body again."""
        self.reason.setText(reason)
        self.reason.setVisible(bool(reason))
        if self.body is not None:
            self.body.setVisible(not reason)
        self.setAccessibleDescription(reason)

    def show_note(self, words: str) -> None:
        """Say what the numbers rest on."""
        self.note.set_whole(words)


class ScrolledPage(QScrollArea):
    """A page that scrolls down and never sideways; its cards stand in ``rows``."""

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.host = QWidget()
        self.host.setProperty("role", "scrolled")
        self.setWidget(self.host)
