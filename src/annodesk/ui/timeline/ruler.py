"""The ruler: ticks at good steps, the time under the pointer, and the strip of marks above it."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QLine, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QMouseEvent, QPainter, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import laid_out, set_tip
from annodesk.ui.timeline.part import TimelinePart
from annodesk.ui.timeline.scale import minor_step_us, tick_step_us, tick_text

if TYPE_CHECKING:
    from annodesk.ui.timeline.lanes import Flag, Mark
    from annodesk.ui.timeline.state import TimelineState

STRIP_PX = 12
LEAST_MARK_PX = 6
CUT, LEAST_CUT_PX = "cut", 3
FLAG_PX = 10


class Ruler(TimelinePart):
    """Ticks and times; a click or drag moves the playhead, a click on a mark asks for it."""

    mark_clicked = Signal(str)
    scrubbed = Signal(object)  # int microseconds; the playhead is being dragged
    scrub_ended = Signal()

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(state, "Time ruler", parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        state.marks_changed.connect(self.updateGeometry)
        state.snap_points_changed.connect(lambda _kind: self.update())
        theme.notifier().theme_changed.connect(self.updateGeometry)
        self._is_dragging = self._is_scrubbing = False
        self._drawn_hover = QRect()

    @property
    def strip_px(self) -> int:
        """Height of the strip of marks; 0 where there are none."""
        return theme.px(STRIP_PX) + 4 if self._state.marks else 0

    def sizeHint(self) -> QSize:
        return QSize(400, QFontMetrics(theme.font("small")).height() + theme.px(9) + self.strip_px)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def paint(self, clip: QRect) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(self.rect(), QColor(colours.background))
        painter.setClipRect(self.time_rect() & clip)
        self._paint_marks(painter)
        self._paint_ticks(painter, clip)
        paint_cuts(painter, self._state, self.height() - theme.px(7), theme.px(6))
        self._paint_flags(painter)
        self._paint_hover(painter)
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(colours.line))
        self.paint_lines(painter)
        painter.setClipping(False)
        self.paint_gutter(painter)

    def _paint_ticks(self, painter: QPainter, clip: QRect) -> None:
        colours, scale = theme.current(), self._state.scale
        painter.setFont(theme.mono_font("head"))
        step = tick_step_us(scale.us_per_px, self._label_px())
        minor, top = minor_step_us(step), self.strip_px
        begin, end = self.time_at(clip.left() - self._label_px()), self.time_at(clip.right() + 2)
        times_us = np.arange(begin - begin % step, min(end, scale.end_us) + minor, minor)
        places = np.rint(self._state.gutter_px + (times_us - scale.start_us) / scale.us_per_px).astype(np.int64)
        is_numbered = times_us % step == 0
        foot, gap = self.height() - 2, theme.px(4)
        head = foot - theme.px(5) + 1
        painter.setPen(QColor(colours.line))
        painter.drawLines([QLine(x, head, x, foot) for x in places[~is_numbered].tolist()])
        numbered = list(zip(places[is_numbered].tolist(), times_us[is_numbered].tolist(), strict=True))
        painter.setPen(QColor(colours.faint))
        painter.drawLines([QLine(x, top + 2, x, foot) for x, _ in numbered])
        painter.setPen(QColor(colours.dim))
        for x, time_us in numbered:
            painter.drawStaticText(x + gap, top + theme.px(2), laid_out(tick_text(time_us, step)))

    def _paint_flags(self, painter: QPainter) -> None:
        """A pennant for each of the person's bookmarks, a drop for each comment, a pin for what came with a return."""
        colours, size, foot = theme.current(), theme.px(FLAG_PX), self.height() - 2
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setPen(Qt.PenStyle.NoPen)
        for flag in self._state.flags:
            x = self.x_of(flag.time_us)
            if not self._state.gutter_px - size <= x <= self.width() + size:
                continue
            if flag.kind == "bookmark":
                painter.setBrush(QColor(colours.accent))
                painter.drawPolygon([QPointF(x, foot - size), QPointF(x + size, foot - size * 0.6),
                                     QPointF(x, foot - size * 0.2)])  # fmt: skip
                painter.drawRect(QRectF(x - 1, foot - size, 1.5, size))
            elif flag.kind in ("pin", "done"):
                # A pin with its point on the time; one that is done is hollow.
                painter.setPen(QPen(QColor(colours.warn), 1.5))
                painter.setBrush(QColor(colours.warn) if flag.kind == "pin" else Qt.BrushStyle.NoBrush)
                painter.drawEllipse(QPointF(x, foot - size * 0.7), size * 0.34, size * 0.34)
                painter.drawLine(QPointF(x, foot - size * 0.36), QPointF(x, foot))
                painter.setPen(Qt.PenStyle.NoPen)
            else:
                painter.setBrush(QColor(colours.warn))
                painter.drawEllipse(QPointF(x, foot - size * 0.6), size * 0.38, size * 0.38)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def flag_at(self, x_px: float) -> Flag | None:
        """The flag under a point, the nearest where several are."""
        near = [f for f in self._state.flags if abs(self.x_of(f.time_us) - x_px) <= theme.px(FLAG_PX)]
        return min(near, key=lambda f: abs(self.x_of(f.time_us) - x_px), default=None)

    def _paint_hover(self, painter: QPainter) -> None:
        hover = self._state.hover_us
        if hover is None:
            return
        colours, text = theme.current(), tick_text(hover, 1_000)
        box = self._hover_box(painter.fontMetrics())
        painter.setPen(QPen(QColor(colours.line), 1))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(box, theme.RADIUS_MARK, theme.RADIUS_MARK)
        painter.setPen(QColor(colours.text))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _label_px(self) -> int:
        widest = "00:00:00.000000" if self._state.scale.us_per_px < 50 else "00:00:00.000"
        return _width(widest, theme.text_px("head")) + theme.px(10)

    def _hover_box(self, metrics: QFontMetrics) -> QRect:
        if self._state.hover_us is None:
            return QRect()
        width = metrics.horizontalAdvance("00:00:00.000") + theme.px(10)
        left = round(self.x_of(self._state.hover_us)) - width // 2
        left = max(self._state.gutter_px, min(self.width() - width, left))
        return QRect(left, self.strip_px + 1, width, metrics.height() + theme.px(4))

    def _paint_marks(self, painter: QPainter) -> None:
        for mark in self._state.marks:
            box = self.mark_rect(mark)
            if box.right() >= self._state.gutter_px and box.left() <= self.width():
                paint_mark(painter, box, mark, is_current=mark.key == self._state.current_mark)

    def mark_rect(self, mark: Mark) -> QRectF:
        """Where a mark is drawn in the strip."""
        left, right = self.x_of(mark.start_us), self.x_of(mark.end_us)
        if right - left < theme.px(LEAST_MARK_PX):
            left, right = (left + right) / 2 - theme.px(3), (left + right) / 2 + theme.px(3)
        return QRectF(left, 2, right - left, theme.px(STRIP_PX))

    def mark_at(self, x_px: float, y_px: float) -> Mark | None:
        """The mark under a point, the current one first."""
        if y_px > self.strip_px:
            return None
        found = [m for m in self._state.marks if self.mark_rect(m).adjusted(-2, -2, 2, 2).contains(x_px, y_px)]
        return next((m for m in found if m.key == self._state.current_mark), found[0] if found else None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            mark = self.mark_at(event.position().x(), event.position().y())
            if mark is not None:
                self.mark_clicked.emit(mark.key)
                return
            flag = self.flag_at(event.position().x()) if event.position().y() > self.strip_px else None
            if flag is not None:
                self._state.set_playhead(flag.time_us)
                return
            self._is_dragging = True
            self._state.set_playhead(self.time_at(event.position().x()))
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._is_dragging:
            self._is_scrubbing, time_us = True, self.time_at(event.position().x())
            self.scrubbed.emit(max(self._state.scale.low_us, min(self._state.scale.high_us, time_us)))
            self._state.set_playhead(time_us)
        flag = self.flag_at(event.position().x()) if self._state.flags else None
        set_tip(self, (flag.text or "Your bookmark") if flag is not None else "")
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._is_scrubbing:
            self.scrub_ended.emit()
        self._is_dragging = self._is_scrubbing = False
        super().mouseReleaseEvent(event)

    def _update_hover(self) -> None:
        super()._update_hover()
        box = self._hover_box(QFontMetrics(theme.mono_font("head"))).adjusted(-2, -2, 2, 2)
        self.update(self._drawn_hover)
        self.update(box)
        self._drawn_hover = box


@lru_cache(maxsize=16)
def _width(words: str, text_px: int) -> int:
    """Pixels that a time takes on the ruler."""
    font = theme.mono_font("head")
    font.setPixelSize(text_px)
    return QFontMetrics(font).horizontalAdvance(words)


def paint_cuts(painter: QPainter, state: TimelineState, top_px: int, height_px: int) -> None:
    """Thin marks at the shot cuts in view; where they would touch each other, fewer."""
    times = state.snap_points.get(CUT)
    if times is None:
        return
    low, high = np.searchsorted(times, (state.scale.start_us, state.scale.end_us))
    colour, last = QColor(theme.current().warn), -10
    for time_us in times[low : high + 1].tolist():
        x = state.gutter_px + round(state.scale.to_x(time_us))
        if x - last >= LEAST_CUT_PX:
            painter.fillRect(x, top_px, 2, height_px, colour)
            last = x


def paint_mark(painter: QPainter, box: QRectF, mark: Mark, *, is_current: bool) -> None:
    """Red and hatched while people disagree, outlined green with a tick once ruled; the current one is solid."""
    colours = theme.current()
    if mark.kind == "ruled":
        painter.setPen(QPen(QColor(colours.ok), 1.5 if is_current else 1))
        painter.setBrush(theme.mix(colours.background, colours.ok, 0.35 if is_current else 0.15))
        painter.drawRect(box.adjusted(0.5, 0.5, -0.5, -0.5))
        if box.width() >= box.height():
            middle, half = box.center(), box.height() / 4
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
            painter.drawLine(middle.x() - half, middle.y(), middle.x() - half / 3, middle.y() + half)
            painter.drawLine(middle.x() - half / 3, middle.y() + half, middle.x() + half, middle.y() - half)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(theme.mix(colours.background, colours.bad, 1.0 if is_current else 0.45))
    painter.drawRect(box)
    if not is_current:
        painter.setBrush(QBrush(QColor(colours.bad), Qt.BrushStyle.BDiagPattern))
        painter.drawRect(box)
