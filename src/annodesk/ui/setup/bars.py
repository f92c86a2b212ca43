"""Numbers with their intervals on one scale, for the project page."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QLineF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme


class IntervalBar(QWidget):
    """Numbers with their intervals on one scale: a dot on a line for each, each in a colour of its own."""

    def __init__(self, name: str, high: float = 1.0) -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._high = high
        self._rows: list[tuple[float, float, float, str]] = []
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_values(self, rows: Sequence[tuple[float, float, float, str]], high: float | None = None) -> None:
        """Show (value, low, high, colour token) rows; the scale ends at ``high``."""
        self._rows = list(rows)
        self._high = high or max((top for _, _, top, _ in rows), default=1.0) or 1.0
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(160), theme.px(18) * max(1, len(self._rows)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(80), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        line, edge = theme.px(18), theme.px(5)
        span = self.width() - 2 * edge

        def at(value: float) -> float:
            return edge + max(0.0, min(1.0, value / self._high)) * span

        for place, (value, low, high, colour) in enumerate(self._rows):
            middle = place * line + line / 2
            painter.setPen(QPen(QColor(now.line), 1))
            painter.drawLine(QLineF(edge, middle, edge + span, middle))
            pen = QPen(QColor(getattr(now, colour)), theme.px(3))
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            painter.drawLine(QLineF(at(low), middle, at(high), middle))
            painter.setPen(QPen(QColor(getattr(now, colour)), 1.5))
            painter.setBrush(QColor(now.panel))
            dot = theme.px(4)
            painter.drawEllipse(QRectF(at(value) - dot, middle - dot, 2 * dot, 2 * dot))
        painter.end()
