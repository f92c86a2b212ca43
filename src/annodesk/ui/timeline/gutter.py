"""The lanes' gutter under the mouse: titles are dragged to another place, edges to another height, locks pressed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QMouseEvent, QPainter
from PySide6.QtWidgets import QApplication

from annodesk.ui import theme
from annodesk.ui.timeline.lane_hands import HandledLanes

if TYPE_CHECKING:
    from annodesk.ui.timeline.lanes import LaneSpec

GRIP_PX = 5
"""Each side of a lane's lower edge that still grabs it, in the gutter."""
LOCK_PX = 18
HIDDEN_LINE_PX = 20


class GutteredLanes(HandledLanes):
    """The lanes where a person arranges them; elsewhere the gutter only chooses the active one.

    lock_pressed(str)            the lock of a lane
    lane_dropped(str, str)       a lane was dragged to another's place
    height_dragged(str, int)     a lane's new height, in pixels at a normal text size
    tier_menu_asked(str, QPoint) the right button on a title
    show_all_pressed()           the line that says how many are hidden
    """

    lock_pressed = Signal(str)
    lane_dropped = Signal(str, str)
    height_dragged = Signal(str, int)
    tier_menu_asked = Signal(str, object)
    show_all_pressed = Signal()

    arranges = False
    _hidden_count = 0
    _grip: tuple[LaneSpec, float, int] | None = None
    _carried: LaneSpec | None = None
    _carried_from = QPointF()
    _is_carrying = False
    _lane_under: str | None = None

    def set_hidden_count(self, count: int) -> None:
        """Say in a line of its own how many tiers are hidden."""
        if count != self._hidden_count:
            self._hidden_count = count
            self.updateGeometry()
            self.update()

    @property
    def _hidden_px(self) -> int:
        return theme.px(HIDDEN_LINE_PX) if self._hidden_count else 0

    def sizeHint(self) -> QSize:
        size = super().sizeHint()
        return QSize(size.width(), size.height() + self._hidden_px)

    def _lock_rect(self, top: int, height: int) -> QRectF:
        side = theme.px(LOCK_PX)
        return QRectF(self._state.gutter_px - side - theme.px(2), top + (height - side) / 2, side, side)

    def _edge_at(self, y_px: float) -> tuple[LaneSpec, int] | None:
        """The lane whose lower edge is within reach, and its height."""
        for lane, top, height in self.lane_tops():
            if abs(y_px - (top + height)) <= theme.px(GRIP_PX) and lane.style == "person":
                return lane, height
        return None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        is_ours = self.arranges and where.x() < self._state.gutter_px and event.button() is Qt.MouseButton.LeftButton
        if not is_ours:
            super().mousePressEvent(event)
            return
        event.accept()
        lane = self.lane_at(where.y())
        if lane is None:
            if self._hidden_count:
                self.show_all_pressed.emit()
            return
        self._state.activate(lane.id)
        edge = self._edge_at(where.y())
        if edge is not None:
            self._grip = (edge[0], where.y(), edge[1])
        elif lane.style == "person":
            top, height = next((t, h) for one, t, h in self.lane_tops() if one.id == lane.id)
            if self._lock_rect(top, height).contains(where):
                self.lock_pressed.emit(lane.id)
            else:
                self._carried, self._carried_from = lane, where

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        if self._grip is not None:
            lane, from_y, height = self._grip
            scale = theme.px(100) / 100
            self.height_dragged.emit(lane.id, round((height + where.y() - from_y) / scale))
            return
        if self._carried is not None:
            if (where - self._carried_from).manhattanLength() >= QApplication.startDragDistance():
                self._is_carrying = True
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.update()
            self._lane_under = self._target(where.y())
            return
        super().mouseMoveEvent(event)
        inside = self.arranges and where.x() < self._state.gutter_px
        under = self.lane_at(where.y()) if inside else None
        if inside:
            self.setCursor(Qt.CursorShape.SizeVerCursor if self._edge_at(where.y()) else Qt.CursorShape.ArrowCursor)
        if (under.id if under else None) != self._lane_under:
            self._lane_under = under.id if under else None
            self.update(0, 0, self._state.gutter_px, self.height())

    def _target(self, y_px: float) -> str | None:
        """The tier a carried one would be put at."""
        lane = self.lane_at(max(0.0, min(self.height() - 1.0, y_px)))
        return lane.tier.name if lane is not None else None

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._grip is None and self._carried is None:
            super().mouseReleaseEvent(event)
            return
        carried, was_carrying = self._carried, self._is_carrying
        self._let_go()
        onto = self._target(event.position().y())
        if carried is not None and was_carrying and onto is not None and onto != carried.tier.name:
            self.lane_dropped.emit(carried.tier.name, onto)
        event.accept()

    def _let_go(self) -> None:
        self._grip = self._carried = None
        self._is_carrying = False
        self.unsetCursor()
        self.update()

    @property
    def is_busy(self) -> bool:
        return super().is_busy or self._is_carrying

    def abort(self) -> bool:
        """Drop what is under way; False where there is nothing."""
        if self._is_carrying:
            self._let_go()
            return True
        return super().abort()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        where = event.pos()
        lane = self.lane_at(where.y())
        if self.arranges and where.x() < self._state.gutter_px and lane is not None and lane.style == "person":
            self.tier_menu_asked.emit(lane.id, QPoint(event.globalPos()))
            event.accept()
            return
        super().contextMenuEvent(event)

    def paint(self, clip: QRect) -> None:
        super().paint(clip)
        if not self.arranges or not self._state.gutter_px:
            return
        painter = QPainter(self)
        colours = theme.current()
        for lane, top, height in self.lane_tops():
            if lane.style == "person" and (lane.locked or lane.id == self._lane_under):
                box = self._lock_rect(top, height).toRect()
                name, ink = ("lock", colours.warn) if lane.locked else ("lock-open-variant-outline", colours.dim)
                theme.icon(name, ink).paint(painter, box.adjusted(2, 2, -2, -2))
            if self._is_carrying and self._carried is not None and lane.tier.name == self._lane_under:
                painter.fillRect(0, top, self.width(), 2, QColor(colours.accent))
        if self._hidden_count:
            top = self.height() - self._hidden_px
            painter.setFont(theme.font("small"))
            painter.setPen(QColor(colours.dim))
            room = QRectF(theme.px(10), top, self._state.gutter_px - theme.px(10), self._hidden_px)
            painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), f"+ {self._hidden_count} hidden")
