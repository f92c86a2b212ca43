"""One step as a page: a title, a few words, its own part in the middle, and the way on; Return goes on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import button, label, restyle

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QShowEvent

WIDTH = 620


class Page(QWidget):
    """Words and a part of its own, in a column of readable width that scrolls where there is no room.

    passed()    the person goes on
    """

    passed = Signal()

    def __init__(self, title: str, words: str, *, go_on: str = "Go on") -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(title)
        self.title, self.words = label(title, "title", wrap=True), label(words, "dim", wrap=True)
        self.said = label("", wrap=True)
        self.said.hide()
        self.go_on = button(go_on, role="primary")
        self.go_on.clicked.connect(self.passed)
        self.body = QVBoxLayout()
        self.body.setSpacing(theme.SPACE * 2)
        self._column = QWidget()
        self._column.setProperty("role", "scrolled")
        rows = QVBoxLayout(self._column)
        rows.setSpacing(theme.SPACE * 4)
        rows.addStretch(1)
        for part in (self.title, self.words):
            rows.addWidget(part)
        rows.addLayout(self.body)
        rows.addWidget(self.said)
        feet = QHBoxLayout()
        feet.addWidget(self.go_on)
        feet.addStretch()
        rows.addLayout(feet)
        rows.addStretch(2)
        inner = QWidget()
        inner.setProperty("role", "scrolled")
        middle = QHBoxLayout(inner)
        middle.addStretch(1)
        middle.addWidget(self._column, 100)
        middle.addStretch(1)
        self._area = area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QFrame.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inner)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(area)
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def order(self, *parts: QWidget) -> None:
        """Tab goes through these, then to the way on."""
        for before, after in zip((self, *parts), (*parts, self.go_on), strict=True):
            QWidget.setTabOrder(before, after)

    def begin(self) -> None:
        """The step is reached."""

    def take_focus(self) -> None:
        """Give the focus to what is done here first."""
        self.go_on.setFocus(Qt.FocusReason.OtherFocusReason)

    def release(self) -> None:
        """Let go of what is held."""

    def say(self, sentence: str, role: str = "") -> None:
        """Tell what came of it."""
        restyle(self.said, role)
        self.said.setText(sentence)
        self.said.setVisible(bool(sentence))
        if sentence:
            self._area.ensureWidgetVisible(self.said)

    def _size(self) -> None:
        self._column.setMaximumWidth(theme.px(WIDTH))

    # Qt

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.take_focus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return goes on wherever nothing else takes it."""
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
            self.passed.emit()
        else:
            super().keyPressEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._size()
