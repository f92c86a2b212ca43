"""A strip with a handle on it that is moved by keys or by hand, never by the wheel; others paint what it lies on.

Nothing changes for anybody by moving it: whoever shows the strip offers a way to set what it says.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFocusEvent, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from annodesk.ui import theme

STEPS = 100
"""The handle moves by hundredths."""


def as_number(value: float) -> str:
    """Two digits."""
    return f"{value:.2f}"


class HandleStrip(QWidget):
    """Values between two ends, in hundredths.

    moved(float)   the handle is somewhere else now

    Parameters
    ----------
    name : what it is called to those who hear it
    low, high : the ends
    words : how a value is said above the handle
    height_px : its height at ordinary text
    """

    moved = Signal(float)

    def __init__(
        self,
        name: str,
        *,
        low: float = 0.0,
        high: float = 1.0,
        words: Callable[[float], str] = as_number,
        height_px: int = 112,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName(name)
        self._low, self._high, self._words, self._height_px = low, high, words, height_px
        self._value = low
        self.setAccessibleDescription(f"at {words(low)}")
        theme.notifier().theme_changed.connect(self.updateGeometry)

    @property
    def value(self) -> float:
        """Where the handle is; in hundredths once it was moved."""
        return self._value

    def move_to(self, value: float) -> None:
        """Put the handle somewhere."""
        value = round(max(self._low, min(self._high, value)) * STEPS) / STEPS
        if value != self._value:
            self._value = value
            self.setAccessibleDescription(f"at {self._words(value)}")
            self.update()
            self.moved.emit(value)

    def show_at(self, value: float) -> None:
        """Put the handle where something stands, to the digit; nobody has moved it."""
        self._value = max(self._low, min(self._high, value))
        self.setAccessibleDescription(f"at {self._words(self._value)}")
        self.update()

    def move_by(self, steps: int) -> None:
        """Move the handle by hundredths."""
        self.move_to((round(self._value * STEPS) + steps) / STEPS)

    def place_of(self, value: float, room: QRectF) -> float:
        """Where a value lies in a room, in pixels from the widget's left."""
        span = self._high - self._low
        return room.left() + (value - self._low) / span * room.width()

    def paint_ground(self, painter: QPainter, room: QRectF) -> None:
        """What lies under the handle."""

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move by a hundredth, with Shift by five; pages by ten; Home and End to the ends."""
        by = 5 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        steps = {
            Qt.Key.Key_Left: -by,
            Qt.Key.Key_Down: -by,
            Qt.Key.Key_Right: by,
            Qt.Key.Key_Up: by,
            Qt.Key.Key_PageDown: -10,
            Qt.Key.Key_PageUp: 10,
            Qt.Key.Key_Home: -STEPS,
            Qt.Key.Key_End: STEPS,
        }.get(Qt.Key(event.key()))
        if steps is None:
            super().keyPressEvent(event)
        else:
            self.move_by(steps)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The wheel scrolls what is around it and moves no handle."""
        event.ignore()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        self._drag(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._drag(event)

    def _drag(self, event: QMouseEvent) -> None:
        room = self._room()
        share = (event.position().x() - room.left()) / max(1.0, room.width())
        self.move_to(self._low + share * (self._high - self._low))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(280), theme.px(self._height_px))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(140), theme.px(self._height_px))

    def _room(self) -> QRectF:
        edge = theme.px(10)
        return QRectF(self.rect()).adjusted(edge, theme.px(22), -edge, -theme.px(20))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        room = self._room()
        self.paint_ground(painter, room)
        if self.isEnabled():
            self._paint_handle(painter, room)
        painter.end()

    def _paint_handle(self, painter: QPainter, room: QRectF) -> None:
        now = theme.current()
        at = self.place_of(self._value, room)
        painter.setPen(QPen(QColor(now.accent), 2))
        painter.drawLine(QPointF(at, room.top() - theme.px(2)), QPointF(at, room.bottom()))
        painter.setBrush(QColor(now.accent if self.hasFocus() else now.panel))
        painter.drawEllipse(QPointF(at, room.bottom()), theme.px(5), theme.px(5))
        painter.setFont(theme.font("body", bold=True))
        painter.setPen(QColor(now.text))
        words = self._words(self._value)
        wide = painter.fontMetrics().horizontalAdvance(words)
        left = max(0.0, min(self.width() - wide, at - wide / 2))
        painter.drawText(QRectF(left, 0, wide + 1, theme.px(20)), Qt.AlignmentFlag.AlignLeft, words)

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self.update()
