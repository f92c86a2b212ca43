"""How far projects are, as one band each: settled by people, settled by the machine alone, in review, and the rest."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from msgspec import Struct
from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QBrush, QColor, QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.quality.figures import percent

ROW = 28
LEGEND = "settled by people · hatched: machine only · in review"


class Part(StrEnum):
    """Stretches of a band, by what is said of those items."""

    PEOPLE = "settled by people"
    MACHINE = "settled by the machine alone"
    REVIEW = "in review"
    LEFT = "still to label"


class Band(Struct, frozen=True):
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
    def parts(self) -> tuple[tuple[Part, int], ...]:
        """The stretches that there are, from the left, with how many items each has."""
        left = self.items - self.settled - self.review
        counts = zip(Part, (self.done, self.machine, self.review, left), strict=True)
        return tuple((part, count) for part, count in counts if count > 0)

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
    """A line for each project; up, down, left, right and Return choose a stretch of one as a click does.

    chosen(str, object)    a project's id, and the ``Part`` of its band, None where there is none
    """

    chosen = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.bands: tuple[Band, ...] = ()
        self._at = 0
        self._part: Part | None = None
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

    @property
    def part(self) -> Part | None:
        """The stretch that is looked at: the first one, where another was and that is gone."""
        parts = [part for part, _ in self.bands[self._at].parts] if self.bands else []
        return self._part if self._part in parts else next(iter(parts), None)

    def _tell(self) -> None:
        words = self.bands[self._at].words if self.bands else ""
        self.setAccessibleDescription(f"{words} Chosen: {self.part}." if self.part is not None else words)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(320), theme.px(ROW) * max(1, len(self.bands)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(220), self.sizeHint().height())

    def row_at(self, y: float) -> int | None:
        """Which project is at a height."""
        row = int(y // theme.px(ROW))
        return row if 0 <= row < len(self.bands) else None

    def part_at(self, row: int, x: float) -> Part | None:
        """Which stretch of a band is there; of what is beside the bar the first."""
        bar, one = self._bar(row), self.bands[row]
        within, found = (x - bar.left()) / max(1.0, bar.width()) * one.items, None
        for part, count in one.parts if bar.left() <= x < bar.right() else one.parts[:1]:
            found, within = part, within - count
            if within < 0:
                break
        return found

    def mousePressEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        if row is not None and event.button() == Qt.MouseButton.LeftButton:
            self._at, self._part = row, self.part_at(row, event.position().x())
            self._tell()
            self.update()
            self.chosen.emit(self.bands[row].project_id, self._part)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        row = self.row_at(event.position().y())
        part = self.part_at(row, event.position().x()) if row is not None else None
        plays = f"\n{part}: a click or Return plays its clips, of another project opens it." if part else ""
        set_tip(self, f"{self.bands[row].words}{plays}" if row is not None else "")

    def keyPressEvent(self, event: QKeyEvent) -> None:
        step = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}.get(Qt.Key(event.key()))
        turn = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if step is not None and self.bands:
            self._at = max(0, min(len(self.bands) - 1, self._at + step))
            self._tell()
            self.update()
        elif turn is not None and self.part is not None:
            parts = [part for part, _ in self.bands[self._at].parts]
            self._part = parts[max(0, min(len(parts) - 1, parts.index(self.part) + turn))]
            self._tell()
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and self.bands:
            self.chosen.emit(self.bands[self._at].project_id, self.part)
        else:
            super().keyPressEvent(event)

    def _rooms(self) -> tuple[int, int]:
        """How wide the names and the words at the right are."""
        metrics = QFontMetrics(theme.font("body"))
        widest = max((metrics.horizontalAdvance(shown(one.name, 60)) for one in self.bands), default=0)
        words = max((metrics.horizontalAdvance(one.share) for one in self.bands), default=0)
        return min(widest + theme.px(16), self.width() // 3), words + theme.px(14)

    def _bar(self, row: int) -> QRectF:
        """Where a project's bar is painted."""
        name_room, word_room = self._rooms()
        left, middle = name_room + theme.px(4), row * theme.px(ROW) + theme.px(ROW) / 2
        return QRectF(left, middle - theme.px(5), self.width() - word_room - name_room - theme.px(14), theme.px(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, row = theme.current(), theme.px(ROW)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font("body"))
        metrics = painter.fontMetrics()
        name_room, word_room = self._rooms()
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
            self._paint_bar(
                painter, self._bar(place), one, self.part if self.hasFocus() and place == self._at else None
            )
        painter.end()

    def _paint_bar(self, painter: QPainter, bar: QRectF, one: Band, chosen: Part | None) -> None:
        now = theme.current()
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(bar, theme.RADIUS_MARK, theme.RADIUS_MARK)
        if not one.items:
            return
        left = bar.left()
        hatched = QBrush(QColor(now.text if now.is_dark else now.panel), Qt.BrushStyle.BDiagPattern)
        machine = theme.mix(now.panel, now.accent, 0.6)
        colours = {Part.PEOPLE: QColor(now.ok), Part.MACHINE: machine, Part.REVIEW: QColor(now.warn)}
        marked = QRectF()
        for which, count in one.parts:
            colour = colours.get(which, QColor(now.raised))
            width = max(2.0, bar.width() * count / one.items)
            part = QRectF(left, bar.top(), min(width, bar.right() - left), bar.height())
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawRect(part)
            marked = part if which is chosen else marked
            if colour is machine:
                painter.setOpacity(0.45)
                painter.fillRect(part, hatched)
                painter.setOpacity(1.0)
            left += width
        if not marked.isEmpty():
            painter.setPen(QPen(QColor(now.text), theme.px(2)))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(marked)
