"""Figures with their intervals as lines: a name, a dot within its interval for each model, the numbers, and n."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.quality.figures import number

if TYPE_CHECKING:
    from annodesk.quality.draws import Measure

ROW = 26
COLOURS = ("accent", "#b779c9")
"""Of the first and the second model; the second's dot is a square besides."""


class MeasuredRow(Struct, frozen=True):
    """One line; ``n`` is what it rests on, ``words`` all it says, ``is_quiet`` where it rests on little."""

    name: str
    measures: tuple[Measure, ...]
    n: str = ""
    words: str = ""
    is_head: bool = False
    is_quiet: bool = False


def measure_words(one: Measure) -> str:
    """A figure with its interval, or why there is none."""
    if one.value is None:
        return one.note or "not defined"
    if one.low is None or one.high is None:
        return f"{number(one.value)}, no interval"
    return f"{number(one.value)} ({number(one.low)} to {number(one.high)})"


class MeasuredRows(QWidget):
    """Up and down look at a line; Return or a click asks for it.

    chosen(int)    a line is looked at
    asked(int)     its places are to be looked at
    """

    chosen = Signal(int)
    asked = Signal(int)

    def __init__(self, name: str) -> None:
        super().__init__()
        self.rows: tuple[MeasuredRow, ...] = ()
        self.at = 0
        self.setAccessibleName(name)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().theme_changed.connect(self.updateGeometry)

    def show_rows(self, rows: Sequence[MeasuredRow]) -> None:
        """Show these, in this order."""
        self.rows, self.at = tuple(rows), 0
        self._tell()
        self.updateGeometry()
        self.update()

    def _tell(self) -> None:
        row = self.rows[self.at] if self.rows else None
        self.setAccessibleDescription(row.words or row.name if row else "")

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(ROW) * max(1, len(self.rows)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(240), self.sizeHint().height())

    def _look_at(self, row: int) -> None:
        if self.rows and row != self.at:
            self.at = max(0, min(len(self.rows) - 1, row))
            self._tell()
            self.update()
            self.chosen.emit(self.at)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // theme.px(ROW))
        if 0 <= row < len(self.rows) and event.button() == Qt.MouseButton.LeftButton:
            self._look_at(row)
            self.asked.emit(row)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = int(event.position().y() // theme.px(ROW))
        set_tip(self, self.rows[row].words if 0 <= row < len(self.rows) else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self.rows and not event.modifiers():
            self._look_at(max(0, min(len(self.rows) - 1, self.at + step)))
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.rows:
            self.asked.emit(self.at)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, high = theme.current(), theme.px(ROW)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        models = max((len(row.measures) for row in self.rows), default=1)
        metrics = QFontMetrics(theme.font("body", bold=True))
        small = theme.font("small")
        n_room = max((metrics.horizontalAdvance(row.n) for row in self.rows), default=0) + theme.px(8)
        value_room = metrics.horizontalAdvance("not defined" if models == 1 else "0.00 · 0.00") + theme.px(10)
        rest = self.width() - n_room - value_room
        name_room = min(int(rest * 0.6), max((metrics.horizontalAdvance(shown(row.name, 60)) for row in self.rows),
                                             default=0) + theme.px(16))  # fmt: skip
        scale = QRectF(name_room, 0, max(10, rest - name_room - theme.px(10)), high)
        for place, row in enumerate(self.rows):
            top = place * high
            if place == self.at and self.hasFocus():
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(QColor(now.raised))
                painter.drawRoundedRect(QRectF(0, top, self.width(), high), theme.RADIUS_MARK, theme.RADIUS_MARK)
            painter.setFont(theme.font("body", bold=row.is_head))
            painter.setPen(QColor(now.dim if row.is_quiet else now.text))
            middle = Qt.AlignmentFlag.AlignVCenter
            name = metrics.elidedText(shown(row.name, 200), Qt.TextElideMode.ElideRight, name_room - theme.px(12))
            painter.drawText(QRectF(theme.px(4), top, name_room, high), middle | Qt.AlignmentFlag.AlignLeft, name)
            self._paint_scale(painter, scale.translated(0, top), row)
            said = " · ".join("–" if one.value is None else number(one.value) for one in row.measures)
            painter.setPen(QColor(now.dim if row.is_quiet else now.text))
            values = QRectF(scale.right() + theme.px(10), top, value_room - theme.px(10), high)
            painter.drawText(values, middle | Qt.AlignmentFlag.AlignLeft, said)
            painter.setFont(small)
            painter.setPen(QColor(now.dim))
            painter.drawText(QRectF(self.width() - n_room, top, n_room - theme.px(4), high),
                             middle | Qt.AlignmentFlag.AlignRight, row.n)  # fmt: skip
        painter.end()

    def _paint_scale(self, painter: QPainter, room: QRectF, row: MeasuredRow) -> None:
        now = theme.current()
        painter.setPen(QPen(QColor(now.line), 1))
        painter.drawLine(QPointF(room.left(), room.center().y()), QPointF(room.right(), room.center().y()))
        for place, one in enumerate(row.measures):
            if one.value is None:
                continue
            token = COLOURS[place % len(COLOURS)]
            colour = QColor(token if token.startswith("#") else getattr(now, token))
            y = room.center().y() + (place - (len(row.measures) - 1) / 2) * theme.px(9)
            if one.low is not None and one.high is not None:
                faint = theme.mix(now.panel, colour, 0.3 if row.is_quiet else 0.5)
                painter.setPen(QPen(faint, theme.px(3), Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
                ends = [room.left() + room.width() * max(0.0, min(1.0, x)) for x in (one.low, one.high)]
                painter.drawLine(QPointF(ends[0], y), QPointF(ends[1], y))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            at, half = room.left() + room.width() * max(0.0, min(1.0, one.value)), theme.px(3.5)
            dot = QRectF(at - half, y - half, 2 * half, 2 * half)
            if place:
                painter.drawRect(dot)
            else:
                painter.drawEllipse(dot)
