"""Cards of the desk: a head with what is told and what it rests on, and below it the one thing that is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent


class Card(QFrame):
    """A title, a note at its right (n, interval, unit), and a body; without a body it says why there is none."""

    def __init__(self, title: str, note: str = "") -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName(title)
        self.title = label(title, "strong")
        self.note, self.below = ElidedLabel("small", Qt.TextElideMode.ElideRight), label("", "small", wrap=True)
        self.note.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
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
        self.column.addWidget(self.below)
        self.column.addWidget(self.reason)
        self.body: QWidget | None = None
        self.show_note(note)

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
        self.below.setText(words)
        self._place_note()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_note()

    def _place_note(self) -> None:
        """Beside the title where the whole of it has room there, else on lines of its own: it is never cut."""
        edges, whole = self.column.contentsMargins(), self.note.whole()
        others = self.title.sizeHint().width() + self.tools.sizeHint().width() + theme.SPACE * 6
        room = self.width() - edges.left() - edges.right() - others
        is_below = bool(whole) and self.note.fontMetrics().horizontalAdvance(whole) > room
        self.note.setVisible(not is_below)
        self.below.setVisible(is_below)


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
