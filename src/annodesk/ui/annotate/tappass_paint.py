"""Draws a tap pass over the lanes: segments as they would be, their edges, and the raw taps as ghosts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from annodesk.model.schema import TierKind, colour_of
from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline.lane_rows import LANE_PAD_PX

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment
    from annodesk.ui.annotate.tappass_state import Drawing, DrawnEdge
    from annodesk.ui.timeline.lanes import LaneSpec
    from annodesk.ui.timeline.state import TimelineState
    from annodesk.ui.timeline.tiers import TierLanes

_LEAST_TEXT_PX = 18


class TapOverlay(QWidget):
    """Lies over the lanes and lets the mouse through; empty while there is no pass."""

    def __init__(self, lanes: TierLanes, state: TimelineState, drawings: Callable[[], Sequence[Drawing]]) -> None:
        super().__init__(lanes)
        self._lanes, self._state, self._drawings = lanes, state, drawings
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        lanes.installEventFilter(self)
        state.scale_changed.connect(self.update)
        state.lanes_changed.connect(self.update)
        theme.notifier().theme_changed.connect(self.update)
        self.setGeometry(lanes.rect())
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize:
            self.setGeometry(self._lanes.rect())
        return False

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setClipRect(self._lanes.time_rect() & event.rect())
        painter.setFont(theme.font("small"))
        rows = {lane.id: (lane, top, height) for lane, top, height in self._lanes.lane_tops()}
        for drawing in self._drawings():
            if drawing.lane in rows:
                self._paint_lane(painter, drawing, *rows[drawing.lane])
        self._lanes.paint_lines(painter)
        painter.end()

    def _paint_lane(self, painter: QPainter, drawing: Drawing, lane: LaneSpec, top: int, height: int) -> None:
        scale = self._state.scale
        pad = theme.px(LANE_PAD_PX)
        for segment in drawing.segments:
            if segment.end_us >= scale.start_us and segment.start_us <= scale.end_us:
                self._paint_segment(painter, segment, lane, top + pad, height - 2 * pad)
        reach = scale.length_us(theme.px(12))
        for edge in drawing.edges:
            places = [edge.time_us, *((edge.tapped_us,) if edge.tapped_us is not None else ())]
            if max(places) >= scale.start_us - reach and min(places) <= scale.end_us + reach:
                self._paint_edge(painter, edge, top, height)

    def _paint_segment(self, painter: QPainter, segment: Segment, lane: LaneSpec, top: float, height: float) -> None:
        colours = theme.current()
        ink = theme.label_colour(colour_of(lane.tier, segment.label))
        left, right = self._lanes.x_of(segment.start_us), self._lanes.x_of(segment.end_us)
        words, metrics = shown(segment.label), painter.fontMetrics()
        if lane.tier.kind is TierKind.POINT:
            half, middle = theme.px(5), top + height / 2
            painter.setPen(QPen(ink.edge, 1.4))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            corners = ((0, -half), (half, 0), (0, half), (-half, 0))
            painter.drawPolygon(QPolygonF([QPointF(left + x, middle + y) for x, y in corners]))
            painter.setPen(QColor(colours.text))
            painter.drawText(QPointF(left + half + theme.px(4), middle + metrics.ascent() / 2 - 1), words)
            return
        box = QRectF(left + 0.5, top + 0.5, max(1.0, right - left - 1), height - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink.faint)
        painter.drawRect(box)
        pen = QPen(ink.edge, 1.2)
        pen.setDashPattern([4, 3])
        painter.setPen(pen)
        painter.drawLine(box.topLeft(), box.topRight())
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        start = max(box.left(), float(self._state.gutter_px)) + theme.px(7)
        room = box.right() - start - theme.px(4)
        if room >= _LEAST_TEXT_PX:
            painter.setPen(QColor(colours.text))
            cut = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room))
            painter.drawText(QRectF(start, top, room, height), int(Qt.AlignmentFlag.AlignVCenter), cut)

    def _paint_edge(self, painter: QPainter, edge: DrawnEdge, top: float, height: float) -> None:
        colours = theme.current()
        x = self._lanes.x_of(edge.time_us)
        if edge.tapped_us is not None:
            self._paint_ghost(painter, edge, x, top, height)
        colour = QColor(colours.accent if edge.is_focused else colours.warn if edge.is_doubtful else colours.dim)
        width = 3.0 if edge.is_focused else 2.0 if edge.is_doubtful else 1.2
        painter.setPen(QPen(colour, width))
        painter.drawLine(QPointF(x, top + 1), QPointF(x, top + height - 2))
        if edge.is_doubtful or edge.is_focused:
            size = theme.px(5)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            corners = ((-size, 0.0), (size, 0.0), (0.0, size * 1.4))
            painter.drawPolygon(QPolygonF([QPointF(x + a, top + b) for a, b in corners]))
        if edge.is_focused:
            painter.setPen(QPen(QColor(colours.accent), 1.2))
            for choice in edge.choices:
                if choice != edge.time_us:
                    at = self._lanes.x_of(choice)
                    painter.drawLine(QPointF(at, top + height - theme.px(9)), QPointF(at, top + height - 2))

    def _paint_ghost(self, painter: QPainter, edge: DrawnEdge, x: float, top: float, height: float) -> None:
        """The tap as it was pressed: dotted, with a thread to where its edge went."""
        assert edge.tapped_us is not None
        at = self._lanes.x_of(edge.tapped_us)
        pen = QPen(QColor(theme.current().faint), 1)
        pen.setDashPattern([1, 3])
        painter.setPen(pen)
        painter.drawLine(QPointF(at, top + 2), QPointF(at, top + height - 3))
        if abs(at - x) > theme.px(4):
            level = top + height - theme.px(5)
            painter.drawLine(QPointF(x, level), QPointF(at, level))
