"""The strips of the project page: a share of tasks, and how sure the model was of what it said so far."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from annodesk.ui import theme
from annodesk.ui.handle_strip import HandleStrip
from annodesk.ui.quality.figures import percent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget


def paint_foot(painter: QPainter, room: QRectF, left: str, middle: str, right: str) -> None:
    """The ends of a scale and what it is of, below a room."""
    now = theme.current()
    painter.setFont(theme.font("small"))
    painter.setPen(QColor(now.dim))
    foot = QRectF(room.left() - theme.px(10), room.bottom() + theme.px(4), room.width() + theme.px(20), theme.px(18))
    painter.drawText(foot.adjusted(theme.px(6), 0, 0, 0), Qt.AlignmentFlag.AlignLeft, left)
    painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, middle)
    painter.drawText(foot.adjusted(0, 0, -theme.px(6), 0), Qt.AlignmentFlag.AlignRight, right)


class ShareStrip(HandleStrip):
    """A share as a bar filled up to the handle."""

    def __init__(self, name: str, *, most: float = 1.0, of: str = "", parent: QWidget | None = None) -> None:
        super().__init__(name, high=most, words=percent, height_px=64, parent=parent)
        self._of = of

    def paint_ground(self, painter: QPainter, room: QRectF) -> None:
        now = theme.current()
        bar = QRectF(room.left(), room.bottom() - theme.px(8), room.width(), theme.px(8))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(bar, theme.px(4), theme.px(4))
        filled = QRectF(bar.left(), bar.top(), self.place_of(self.value, room) - bar.left(), bar.height())
        painter.setBrush(theme.mix(now.panel, now.accent, 0.55 if self.isEnabled() else 0.2))
        painter.drawRoundedRect(filled, theme.px(4), theme.px(4))
        paint_foot(painter, room, "0 %", self._of, percent(self._high))


class SureStrip(HandleStrip):
    """How sure the model was of each thing it said, as bars; what is shown is filled, the rest hatched."""

    def __init__(self, name: str, *, low: float = 0.5, parent: QWidget | None = None) -> None:
        super().__init__(name, low=low, words=percent, height_px=108, parent=parent)
        self._bars: list[int] = []

    def show_values(self, probabilities: Sequence[float], bins: int = 25) -> None:
        """Show how probabilities are spread between the ends."""
        self._bars = [0] * bins
        span = self._high - self._low
        for one in probabilities:
            if one >= self._low:
                self._bars[min(bins - 1, int((one - self._low) / span * bins + 1e-9))] += 1
        self.update()

    def paint_ground(self, painter: QPainter, room: QRectF) -> None:
        now = theme.current()
        highest = max(self._bars, default=0)
        width = room.width() / max(1, len(self._bars))
        edge = self.place_of(self.value, room)
        shown, hidden = theme.mix(now.panel, now.accent, 0.6), QBrush(QColor(now.faint), Qt.BrushStyle.BDiagPattern)
        painter.setPen(Qt.PenStyle.NoPen)
        for place, count in enumerate(self._bars):
            if not count:
                continue
            high = max(2.0, room.height() * count / highest)
            bar = QRectF(room.left() + place * width, room.bottom() - high, max(1.0, width - 1.5), high)
            left = bar.intersected(QRectF(room.left(), room.top() - 1, max(0.0, edge - room.left()), room.height() + 2))
            if left.width() > 0:
                painter.fillRect(left, hidden)
            painter.fillRect(bar.adjusted(max(0.0, left.width()), 0, 0, 0), shown)
        painter.setPen(QPen(QColor(now.line), 1))
        painter.drawLine(QLineF(room.bottomLeft(), room.bottomRight()))
        paint_foot(painter, room, percent(self._low), "how sure the model is", percent(self._high))
