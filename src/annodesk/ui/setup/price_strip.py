"""The price of a threshold as a picture: how many items would stand without a person, and how many labels be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPainterPath, QPen, QPolygonF

from annodesk.ui import theme
from annodesk.ui.handle_strip import HandleStrip
from annodesk.ui.quality.figures import percent
from annodesk.ui.setup.strips import paint_foot

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

LOWEST = 0.5


class PricePoint(Struct, frozen=True):
    """At a threshold: the share of items that would stand, by now and once all labels may, and of labels wrong.

    ``wrong`` and its interval are None where no answer says anything.
    """

    above: float
    now: float
    later: float
    wrong: tuple[float, float, float] | None = None


class PriceStrip(HandleStrip):
    """Filled: what would stand by now; hatched: what would once all labels may; the line: labels that are wrong."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Stands alone from", low=LOWEST, words=percent, height_px=176, parent=parent)
        self._points: list[PricePoint] = []
        self.most_wrong = 0.1

    def show_points(self, points: Sequence[PricePoint]) -> None:
        """Show what thresholds cost, in rising order."""
        self._points = [one for one in points if one.above >= LOWEST - 1e-9]
        tops = [one.wrong[2] for one in self._points if one.wrong is not None]
        # The line's own scale ends at a round number above all of it.
        highest = max(tops, default=0.1)
        self.most_wrong = next((step for step in (0.02, 0.05, 0.1, 0.2, 0.5) if highest <= step), 1.0)
        self.update()

    def paint_ground(self, painter: QPainter, room: QRectF) -> None:
        now = theme.current()
        painter.setPen(QPen(QColor(now.line), 1))
        for share in (0.25, 0.5, 0.75, 1.0):
            y = room.bottom() - share * room.height()
            painter.drawLine(QLineF(room.left(), y, room.right(), y))
        if self._points:
            later = [(one.above, one.later) for one in self._points]
            self._paint_area(painter, room, later, QBrush(QColor(now.faint), Qt.BrushStyle.BDiagPattern))
            stand = [(one.above, one.now) for one in self._points]
            self._paint_area(painter, room, stand, QBrush(theme.mix(now.panel, now.ok, 0.55)))
            self._paint_wrong(painter, room)
        painter.setPen(QPen(QColor(now.line), 1))
        painter.drawLine(QLineF(room.bottomLeft(), room.bottomRight()))
        paint_foot(painter, room, percent(LOWEST), "how sure the model is", "100 %")

    def _paint_area(
        self, painter: QPainter, room: QRectF, points: Sequence[tuple[float, float]], brush: QBrush
    ) -> None:
        shape = QPainterPath(QPointF(self.place_of(points[0][0], room), room.bottom()))
        for above, share in points:
            shape.lineTo(self.place_of(above, room), room.bottom() - share * room.height())
        shape.lineTo(self.place_of(points[-1][0], room), room.bottom())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.fillPath(shape, brush)

    def _paint_wrong(self, painter: QPainter, room: QRectF) -> None:
        now = theme.current()

        def y_of(share: float) -> float:
            return room.bottom() - min(1.0, share / self.most_wrong) * room.height()

        known = [(self.place_of(one.above, room), one.wrong) for one in self._points if one.wrong is not None]
        if len(known) < 2:
            return
        band = QPolygonF([QPointF(x, y_of(wrong[1])) for x, wrong in known if wrong])
        band += QPolygonF([QPointF(x, y_of(wrong[2])) for x, wrong in reversed(known) if wrong])
        tint = QColor(now.bad)
        tint.setAlpha(30)
        painter.setPen(QPen(QColor(now.bad), 1, Qt.PenStyle.DotLine))
        painter.setBrush(tint)
        painter.drawPolygon(band)
        painter.setPen(QPen(QColor(now.bad), theme.px(2)))
        painter.drawPolyline(QPolygonF([QPointF(x, y_of(wrong[0])) for x, wrong in known if wrong]))
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(now.bad))
        top = QRectF(room.left(), room.top() - theme.px(18), theme.px(200), theme.px(16))
        painter.drawText(top, Qt.AlignmentFlag.AlignLeft, f"{percent(self.most_wrong)} wrong")
