"""A lane with one curve over time, such as the pitch: drawn as it is computed, with an axis and what it is here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter

from annodesk.ui import theme
from annodesk.ui.timeline.curve_source import CurveKind, CurvePieces, draw_curve
from annodesk.ui.timeline.sound_lane import SoundLane
from annodesk.ui.timeline.tiles import TILE_PX, TileCache

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.media.curves import CurveSource
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.state import TimelineState


class CurveLane(SoundLane):
    """One curve; nothing is computed while the lane is hidden or too much is in view."""

    def __init__(self, state: TimelineState, jobs: Jobs, kind: CurveKind, parent: QWidget | None = None) -> None:
        self._curve_tiles = TileCache(jobs, self._on_ready, partial(draw_curve, tile_px=TILE_PX))
        super().__init__(state, kind.title, self._curve_tiles, parent)
        self.kind = kind
        self._source: CurveSource | None = None
        self._pieces: CurvePieces | None = None

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(72))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, theme.px(36))

    def set_source(self, source: CurveSource | None) -> None:
        """Show this recording's curve, or none."""
        if source is self._source:
            return
        self._source = source
        self._pieces = None if source is None else CurvePieces(source, self.kind)
        self._curve_tiles.clear()
        self._curve_tiles.set_source(self._pieces, 1.0)
        self.is_complete = False
        self.update()

    @property
    def is_too_long(self) -> bool:
        """Whether more is in view than the curve is computed for."""
        return self._state.scale.span_us > self.kind.most_us

    @property
    def is_settled(self) -> bool:
        """Whether the curve in view is drawn, or there is none to draw."""
        return self.isHidden() or self._pieces is None or self.is_too_long or self.is_complete

    def value_at(self, time_us: int) -> float | None:
        """What the curve is at a time, None where that is not known or there is nothing."""
        return None if self._pieces is None else self._pieces.known_at(time_us)

    def _on_ready(self) -> None:
        self.update()

    def _y(self, value: float) -> float:
        return self.height() * (1 - float(self.kind.share_of(value)))

    def paint(self, clip: QRect) -> None:
        painter = QPainter(self)
        colours = theme.current()
        self._curve_tiles.set_colour(QColor(colours.ok if self.kind.name == "pitch" else colours.warn))
        painter.fillRect(clip, QColor(colours.background))
        painter.setClipRect(self.time_rect() & clip)
        painter.setFont(theme.mono_font("head"))
        height = painter.fontMetrics().height()
        marks = self._marks(height)
        for value in marks:
            painter.fillRect(QRectF(self.time_rect().left(), round(self._y(value)), self.width(), 1), _grid())
        if self._pieces is not None and not self.is_too_long:
            self.paint_tiles(painter)
        self.paint_stretch(painter)
        self.paint_marks(painter)
        self._paint_words(painter)
        self.paint_lines(painter)
        painter.fillRect(self.time_rect().left(), 0, self.width(), 1, QColor(colours.line))
        painter.setClipRect(clip)
        self.paint_gutter(painter)
        self._paint_axis(painter, marks, height)

    def _marks(self, height: int) -> list[float]:
        found: list[float] = []
        for value in self.kind.marks:
            y = self._y(value)
            if height / 2 <= y <= self.height() - height / 2 and all(abs(y - self._y(v)) >= height for v in found):
                found.append(value)
        return found

    def _paint_axis(self, painter: QPainter, marks: list[float], height: int) -> None:
        gutter = self._state.gutter_px
        if not gutter:
            return
        painter.setFont(theme.mono_font("head"))
        painter.setPen(QColor(theme.current().dim))
        for value in marks:
            place = QRectF(0, self._y(value) - height / 2, gutter - theme.px(6), height)
            words = f"{value:.0f}".replace("-", "\N{MINUS SIGN}")
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), words)

    def _paint_words(self, painter: QPainter) -> None:
        """What the lane shows, and what it is under the pointer, else at the playhead."""
        state, colours = self._state, theme.current()
        words = f"{self.kind.title}, {self.kind.unit}"
        if self._pieces is None:
            words = f"{words}: no recording"
        elif self.is_too_long:
            minutes = self.kind.most_us // 60_000_000
            words = f"{words}: zoom in to less than {minutes} minutes to see it"
        else:
            value = self.value_at(state.hover_us if state.hover_us is not None else state.playhead_us)
            if value is not None:
                words = f"{self.kind.title} {value:.0f} {self.kind.unit}".replace("-", "\N{MINUS SIGN}")
        painter.setFont(theme.font("small"))
        metrics = painter.fontMetrics()
        left, ground = self.time_rect().left() + theme.px(4), QColor(colours.background)
        box = QRectF(left, theme.px(2), metrics.horizontalAdvance(words) + theme.px(8), metrics.height())
        ground.setAlpha(210)
        painter.fillRect(box, ground)
        painter.setPen(QColor(colours.dim))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def _update_column(self, x: int) -> None:
        """Where the pointer or the playhead moves, the value told changes too."""
        super()._update_column(x)
        self.update(self._state.gutter_px, 0, theme.px(200), theme.px(24))


def _grid() -> QColor:
    colour = QColor(theme.current().line)
    colour.setAlpha(120)
    return colour
