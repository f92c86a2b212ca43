"""A mark whose form tells as much as its colour."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from annodesk.ui import theme


class Dot(QWidget):
    """A mark whose form tells as much as its colour: full when saved, a ring while waiting, a cross on trouble."""

    def __init__(self) -> None:
        super().__init__()
        self.state = "ok"

    def show_state(self, state: str) -> None:
        """One of ok, waiting, bad, off."""
        self.state = state
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        colour = QColor({"ok": tokens.ok, "waiting": tokens.warn, "bad": tokens.bad}.get(self.state, tokens.faint))
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        middle, radius = QPointF(self.width() / 2, self.height() / 2), self.width() * 0.34
        painter.setPen(QPen(colour, max(1.5, self.width() / 7)))
        if self.state == "bad":
            for sign in (1, -1):
                step = QPointF(radius, radius * sign)
                painter.drawLine(middle - step, middle + step)
        else:
            painter.setBrush(colour if self.state == "ok" else Qt.BrushStyle.NoBrush)
            painter.drawEllipse(middle, radius, radius)
        painter.end()
