"""What all parts of the timeline have in common: time to x, the gutter, playhead, hover line, wheel."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QWheelEvent
from PySide6.QtWidgets import QWidget

from annodesk.ui import theme
from annodesk.ui.keys import bindings
from annodesk.ui.turns import painting

if TYPE_CHECKING:
    from annodesk.ui.timeline.state import TimelineState

ZOOM_STEP = 1.25
PAN_STEP = 0.12
"""Share of the view that one notch of the wheel pans."""
CONTEXT_ALPHA = 165


class TimelinePart(QWidget):
    """A lane over the timeline's width; the gutter on its left holds titles and no time."""

    wheel_zooms = True

    def __init__(self, state: TimelineState, name: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state = state
        self.setAccessibleName(name)
        self.setMouseTracking(True)
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)  # time runs left to right in every language
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._pan_from: QPointF | None = None
        state.scale_changed.connect(self.update)
        state.lanes_changed.connect(self.update)
        state.marks_changed.connect(self.update)
        state.playhead_changed.connect(self._update_playhead)
        state.hover_changed.connect(self._update_hover)
        theme.notifier().theme_changed.connect(self.update)
        self._drawn_hover_x: int | None = None
        state.guide_changed.connect(self._update_guide)
        self._drawn_guide_x: int | None = None
        self._drawn_once: tuple[object, QPixmap] | None = None

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting.going_on():
            self.paint(event.rect())

    def paint(self, clip: QRect) -> None:
        """Paint what lies in a box of this widget; each part does, this one has nothing to show."""

    def x_of(self, time_us: float) -> float:
        """Pixels from this widget's left edge."""
        return self._state.gutter_px + self._state.scale.to_x(time_us)

    def time_at(self, x_px: float) -> int:
        """The time at a pixel of this widget."""
        return self._state.scale.to_us(x_px - self._state.gutter_px)

    def time_rect(self) -> QRect:
        """The part of the widget that shows time."""
        return self.rect().adjusted(self._state.gutter_px, 0, 0, 0)

    def paint_lines(self, painter: QPainter) -> None:
        """What is context dimmed, the hover guide and the playhead, over everything else."""
        colours, state = theme.current(), self._state
        left, right = self.time_rect().left(), self.width()
        if state.part is not None:
            dim_context(painter, self.time_rect(), self.x_of(state.part.start_us), self.x_of(state.part.end_us))
        if state.hover_us is not None and self._pan_from is None:
            x = round(self.x_of(state.hover_us))
            if left <= x < right:
                # Solid: what shines through is blended row by row, by several threads that are waited for.
                painter.fillRect(x, 0, 1, self.height(), theme.mix(colours.background, colours.dim, 0.55))
        if state.guide is not None:
            x = round(self.x_of(state.guide[0]))
            if left <= x < right:
                painter.fillRect(x, 0, 1, self.height(), QColor(colours.accent))
        x = round(self.x_of(state.playhead_us))
        if left <= x <= right:
            painter.fillRect(min(x, right - 1), 0, theme.px(1) + 1, self.height(), QColor(colours.bad))

    def paint_kept(self, painter: QPainter, kind: object, draw: Callable[[QPainter], None]) -> None:
        """Set down what stands in the gutter and stays as it is while time is moved: drawn once for each kind of it."""
        gutter, ratio = self._state.gutter_px, self.devicePixelRatioF()
        whole = (kind, gutter, self.height(), ratio, theme.text_px("small"), theme.current())
        if self._drawn_once is None or self._drawn_once[0] != whole:
            picture = QPixmap(round(gutter * ratio), round(self.height() * ratio))
            picture.setDevicePixelRatio(ratio)
            picture.fill(Qt.GlobalColor.transparent)
            inner = QPainter(picture)
            draw(inner)
            inner.end()
            self._drawn_once = whole, picture
        painter.drawPixmap(0, 0, self._drawn_once[1])

    def paint_gutter(self, painter: QPainter) -> None:
        """The gutter's ground and the line that parts it from time."""
        if self._state.gutter_px:
            colours = theme.current()
            painter.fillRect(0, 0, self._state.gutter_px, self.height(), QColor(colours.panel))
            painter.setPen(QPen(QColor(colours.line), 0))
            painter.drawLine(self._state.gutter_px - 1, 0, self._state.gutter_px - 1, self.height())

    def wheelEvent(self, event: QWheelEvent) -> None:
        delta, keys = event.angleDelta(), event.modifiers()
        sideways = delta.x() if abs(delta.x()) > abs(delta.y()) else 0
        up = delta.y() or delta.x()
        state, habit = self._state, bindings.current()
        is_plain = self.wheel_zooms and not sideways and not keys & Qt.KeyboardModifier.ShiftModifier
        if keys & Qt.KeyboardModifier.ControlModifier or (is_plain and habit.wheel_zooms):
            at = self.time_at(event.position().x())
            state.set_scale(state.scale.zoomed(ZOOM_STEP ** (up / 120), at))
        elif sideways or keys & Qt.KeyboardModifier.ShiftModifier or is_plain:
            notches = -(sideways or up) / 120
            state.set_scale(state.scale.panned(round(state.scale.span_us * PAN_STEP * notches)))
        else:
            event.ignore()
            return
        state.set_hover(self.time_at(event.position().x()))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pan_from is not None:
            scale = self._state.scale
            moved = event.position().x() - self._pan_from.x()
            self._state.set_scale(scale.panned(-scale.length_us(moved)))
            self._pan_from = event.position()
        inside = event.position().x() >= self._state.gutter_px
        self._state.set_hover(self.time_at(event.position().x()) if inside else None)
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.MiddleButton:
            self._pan_from = None
            self.unsetCursor()
        event.accept()

    def leaveEvent(self, event: QEvent) -> None:
        self._state.set_hover(None)

    def _update_playhead(self, old_us: int, new_us: int) -> None:
        for time_us in (old_us, new_us):
            self._update_column(round(self.x_of(time_us)))

    def _update_hover(self) -> None:
        hover = self._state.hover_us
        new = None if hover is None else round(self.x_of(hover))
        for x in {self._drawn_hover_x, new} - {None}:
            self._update_column(x)
        self._drawn_hover_x = new

    def _update_guide(self) -> None:
        guide = self._state.guide
        new = None if guide is None else round(self.x_of(guide[0]))
        for x in {self._drawn_guide_x, new} - {None}:
            self._update_column(x)
        self._drawn_guide_x = new

    def _update_column(self, x: int) -> None:
        if -4 <= x <= self.width() + 4:
            self.update(x - 3, 0, 8, self.height())


def paint_lost(painter: QPainter, inside: QRect, first_px: float, last_px: float) -> None:
    """Hatch what a broken file should hold, so that nobody takes it for silence; nothing shines through."""
    colours, box = theme.current(), QRectF(inside)
    lost = QRectF(first_px, box.top(), last_px - first_px, box.height()) & box
    if lost.isEmpty():
        return
    painter.fillRect(lost, QColor(colours.background))
    painter.fillRect(lost, QBrush(theme.mix(colours.background, colours.dim, 0.45), Qt.BrushStyle.BDiagPattern))
    painter.fillRect(QRectF(lost.left(), lost.top(), theme.px(1), lost.height()), QColor(colours.warn))


def dim_context(painter: QPainter, inside: QRect, first_px: float, last_px: float) -> None:
    """Veil what lies before the first and behind the last pixel of a task's part, and mark its edges."""
    colours, box = theme.current(), QRectF(inside)
    veil = QColor(colours.background)
    veil.setAlpha(CONTEXT_ALPHA)
    painter.fillRect(QRectF(box.left(), box.top(), max(0.0, first_px - box.left()), box.height()), veil)
    painter.fillRect(QRectF(last_px, box.top(), max(0.0, box.right() - last_px), box.height()), veil)
    for x in (first_px, last_px):
        painter.fillRect(QRectF(x, box.top(), 1, box.height()), QColor(colours.faint))
