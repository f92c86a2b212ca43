"""A small field over the timeline: write a time, press Return, be there."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.parts import label, restyle

EXAMPLES = "1:02:03.5   12.5 s   1500 ms   +2 s   500 f   01:00:00:12"


class GoToField(QFrame):
    """Asks for a time; what is no time stays in the field, with a sentence under it.

    given(object)   the time, in microseconds
    left()          it is closed without a time
    """

    given = Signal(object)
    left = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.field = QLineEdit()
        self.field.setAccessibleName("Go to time")
        self.field.setMinimumWidth(theme.px(220))
        self.field.installEventFilter(self)
        self.says = label(EXAMPLES, "small")
        row = QHBoxLayout()
        row.addWidget(label("Go to", "dim"))
        row.addWidget(self.field, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.addLayout(row)
        column.addWidget(self.says)
        self._read: Callable[[str], int] = int
        self.hide()

    def ask(self, shown: str, read: Callable[[str], int]) -> None:
        """Open with a time selected; ``read`` turns what is written into microseconds, or refuses."""
        self._read = read
        self._say(EXAMPLES, is_wrong=False)
        self.field.setText(shown)
        self.field.selectAll()
        self.adjustSize()
        parent = self.parentWidget()
        self.move(max(0, (parent.width() - self.width()) // 2), theme.px(48))
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            is_own = event.key() in (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
            event.setAccepted(is_own)  # what means something in the field does not reach the window's keys
            return is_own
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if event.key() == Qt.Key.Key_Escape:
                self._close(None)
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and not event.isAutoRepeat():
                self._take()
                return True
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self._close(None)
        return super().eventFilter(watched, event)

    def _take(self) -> None:
        try:
            time_us = self._read(self.field.text())
        except AnnodeskError as error:
            self._say(str(error), is_wrong=True)
            self.field.selectAll()
            return
        self._close(time_us)

    def _close(self, time_us: int | None) -> None:
        self.hide()
        if time_us is None:
            self.left.emit()
        else:
            self.given.emit(time_us)

    def _say(self, sentence: str, *, is_wrong: bool) -> None:
        restyle(self.says, "bad" if is_wrong else "small")
        self.says.setText(sentence)
        self.adjustSize()
