"""How far projects are, as one band each: settled by people, settled by the machine alone, in review, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.quality.figures import percent

ROW = 28
LEGEND = "settled by people · hatched: machine only · in review"


@dataclass(frozen=True, slots=True)
class Band:
    """One project's items: ``done`` are settled by people, ``machine`` by the machine alone, ``review`` wait there."""

    project_id: str
    name: str
    items: int
    done: int
    machine: int
    review: int
    forecast: str = ""

    @property
    def settled(self) -> int:
        """Items whose answer stands."""
        return self.done + self.machine

    @property
    def share(self) -> str:
        """How much is settled, in words."""
        return f"{percent(self.settled / self.items)} settled" if self.items else "no items yet"

    @property
    def words(self) -> str:
        """The whole band in words."""
        if not self.items:
            return f"{self.name}: no items yet"
        parts = [f"{self.done:,} settled by people", f"{self.machine:,} by the machine alone",
                 f"{self.review:,} in review"]  # fmt: skip
        rest = f"{self.items - self.settled - self.review:,} of {self.items:,} still to label"
        return f"{self.name}: {', '.join(parts)}, {rest}." + (f" {self.forecast}" if self.forecast else "")


class Bands(QWidget):
    """A line for each project; up, down and Return choose one as a click does.

    chosen(str)    a project's id
    """

    chosen = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.bands: tuple[Band, ...] = ()
        self._at = 0
        self.setAccessibleName("Projects")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().theme_changed.connect(self.updateGeometry)

    def show_bands(self, bands: Sequence[Band]) -> None:
        """Show these, in this order."""
        self.bands = tuple(bands)
        self._at = min(self._at, max(0, len(self.bands) - 1))
        self._tell()
        self.updateGeometry()
        self.update()

    def _tell(self) -> None:
        self.setAccessibleDescription(self.bands[self._at].words if self.bands else "")

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(ROW) * max(1, len(self.bands)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(220), self.sizeHint().height())

    def row_at(self, y: float) -> int | None:
        """Which project is at a height."""
        row = int(y // theme.px(ROW))
        return row if 0 <= row < len(self.bands) else None

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        if row is not None:
            self._at = row
            self.chosen.emit(self.bands[row].project_id)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        set_tip(self, self.bands[row].words if row is not None else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        if step is not None and self.bands:
            self._at = max(0, min(len(self.bands) - 1, self._at + step))
            self._tell()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.bands:
            self.chosen.emit(self.bands[self._at].project_id)
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        now, row = theme.current(), theme.px(ROW)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("body"))
        metrics = painter.fontMetrics()
        widest = max((metrics.horizontalAdvance(shown(one.name, 60)) for one in self.bands), default=0)
        name_room = min(widest + theme.px(16), self.width() // 3)
        word_room = max((metrics.horizontalAdvance(one.share) for one in self.bands), default=0) + theme.px(14)
        for place, one in enumerate(self.bands):
            top = place * row
            if not event.rect().intersects(QRectF(0, top, self.width(), row).toAlignedRect()):
                continue
            if self.hasFocus() and place == self._at:
                painter.setPen(QColor(now.accent))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawRoundedRect(QRectF(0.5, top + 0.5, self.width() - 1, row - 1), 6, 6)
            painter.setPen(QColor(now.text))
            name = metrics.elidedText(shown(one.name, 60), Qt.TextElideMode.ElideRight, name_room - theme.px(10))
            middle = Qt.AlignmentFlag.AlignVCenter
            painter.drawText(QRectF(theme.px(4), top, name_room, row), middle, name)
            painter.setPen(QColor(now.dim))
            words = QRectF(self.width() - word_room, top, word_room - theme.px(4), row)
            painter.drawText(words, middle | Qt.AlignmentFlag.AlignRight, one.share)
            bar = QRectF(
                name_room + theme.px(4),
                top + row / 2 - theme.px(5),
                words.left() - name_room - theme.px(14),
                theme.px(10),
            )
            self._paint_bar(painter, bar, one)
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF, one: Band) -> None:
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(bar, theme.RADIUS_MARK, theme.RADIUS_MARK)
        if not one.items:
            return
        left = bar.left()
        hatched = QBrush(QColor(now.text if now.is_dark else now.panel), Qt.BrushStyle.BDiagPattern)
        machine = theme.mix(now.panel, now.accent, 0.6)
        for count, colour in ((one.done, QColor(now.ok)), (one.machine, machine), (one.review, QColor(now.warn))):
            if not count:
                continue
            width = max(2.0, bar.width() * count / one.items)
            part = QRectF(left, bar.top(), min(width, bar.right() - left), bar.height())
            painter.setBrush(colour)
            painter.drawRect(part)
            if colour is machine:
                painter.setOpacity(0.45)
                painter.fillRect(part, hatched)
                painter.setOpacity(1.0)
            left += width
