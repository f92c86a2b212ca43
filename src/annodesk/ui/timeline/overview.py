"""The overview: the whole recording in one strip, what was said where, the part in view, the part already heard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt, QTimer
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from annodesk.ui import theme
from annodesk.ui.timeline.overview_map import doubt_row, paint_rows, tier_row
from annodesk.ui.timeline.part import dim_context, paint_lost
from annodesk.ui.timeline.scale import TimeScale
from annodesk.ui.timeline.tiles import Drawn, as_image, tinted
from annodesk.ui.timeline.wave_source import WaveSource, draw_columns
from annodesk.ui.turns import painting

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.lanes import LaneSpec
    from annodesk.ui.timeline.state import TimelineState

ROW_PX, MOST_ROWS = 4, 4
MAP_AFTER_MS = 200
"""The rows follow the work this long after it, not at every edge's every pixel."""
DOUBT_BELOW = 0.9
"""Suggestions less sure than this are marked."""


class Overview(QWidget):
    """A click or a drag brings that place into view; the picture is drawn once and only redrawn on another size."""

    def __init__(self, state: TimelineState, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._state, self._jobs = state, jobs
        self._source: WaveSource | None = None
        self._gain = 1.0
        self._drawn_samples = 0
        self._picture: QPixmap | None = None
        self._coverage: Drawn = []
        self._grabbed_us: int | None = None
        self._is_asking = self._is_due = False
        self._recording = 0  # counts recordings: an answer about an earlier one is dropped
        self._map: QPixmap | None = None
        self._map_due = QTimer(self)
        self._map_due.setSingleShot(True)
        self._map_due.setInterval(MAP_AFTER_MS)
        self._map_due.timeout.connect(self._ask_map)
        self._map_asked = 0
        self.setAccessibleName("Overview")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (state.scale_changed, state.marks_changed, state.lanes_changed):
            signal.connect(self.update)
        state.playhead_changed.connect(self._update_playhead)
        state.lanes_changed.connect(self.updateGeometry)
        for signal in (state.lanes_changed, state.content_changed):
            signal.connect(self._map_due.start)
        theme.notifier().theme_changed.connect(self._redraw)
        theme.notifier().theme_changed.connect(self._map_due.start)

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(38) + self._map_px())

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def _map_px(self) -> int:
        return theme.px(ROW_PX) * len(self._mapped())

    def _mapped(self) -> list[list[LaneSpec]]:
        """The lanes of each row: one for each of the first tiers, and one for all suggestions."""
        own = [lane for lane in self._state.lanes if lane.style in ("person", "ruling")]
        rows = [[lane] for lane in (own or self._state.lanes)[:MOST_ROWS]]
        doubted = [lane for lane in self._state.lanes if lane.style == "suggestion"]
        return [*rows, doubted] if doubted and own else rows

    def set_source(self, source: WaveSource | None, gain: float) -> None:
        """Draw this recording, or none."""
        if source is not None and source is self._source and self._drawn_samples == source.peaks.known_samples:
            return
        if source is None or self._source is None or source.path != self._source.path:
            self._picture, self._coverage = None, []
            self._recording += 1
        self._source, self._gain = source, gain
        self.refresh()
        self.update()

    @property
    def is_drawing(self) -> bool:
        """Whether a picture is on its way."""
        return self._is_asking

    def refresh(self) -> None:
        """Have the picture drawn for the present size; the one before stays until then."""
        if self._source is None or self.width() < 2:
            return
        if self._is_asking:
            self._is_due = True
            return
        self._is_asking = True
        self._drawn_samples = self._source.peaks.known_samples
        ratio = self.devicePixelRatioF()
        width = max(1, round((self.width() - self._state.gutter_px) * ratio))
        scale = self._state.scale
        us_per_px = max(1, scale.high_us - scale.low_us) / width
        height = max(2, round((self.height() - self._map_px() - theme.px(6)) * ratio))
        self._jobs.compute(
            draw_overview,
            self._source,
            round(scale.low_us / us_per_px),
            us_per_px,
            width,
            height,
            self._gain,
            on_done=partial(self._on_drawn, self._recording),
            on_error=self._on_failed,
            what="draw the overview",
        )

    def _ask_map(self) -> None:
        """Have the rows drawn of what the lanes hold now."""
        state, width = self._state, self.width() - self._state.gutter_px
        rows = self._mapped()
        if not rows or width < 2:
            self._map = None
            self.update()
            return
        self._map_asked += 1
        number, colours = self._map_asked, theme.current()
        what = [[(lane, state.annotations(lane.id), state.shown_ids(lane.id)) for lane in lanes] for lanes in rows]

        def done(image: QImage) -> None:
            if isValid(self) and number == self._map_asked:  # else the timeline has gone meanwhile
                self._map = QPixmap.fromImage(image)
                self.update()

        self._jobs.compute(
            draw_map,
            what,
            (state.scale.low_us, state.scale.high_us),
            width,
            (colours.dim, colours.warn),
            on_done=done,
            what="draw the overview",
        )

    def _on_drawn(self, recording: int, coverage: Drawn) -> None:
        self._is_asking = False
        if recording == self._recording:
            self._coverage = coverage
            self._redraw()
        if self._is_due:
            self._is_due = False
            self.refresh()

    def _on_failed(self, error: Exception) -> None:
        was_due, self._is_asking, self._is_due = self._is_due, False, False
        if was_due:
            self.refresh()

    def _redraw(self) -> None:
        colour = theme.mix(theme.current().background, theme.current().wave, 0.8)
        self._picture = QPixmap.fromImage(tinted(self._coverage[0][1], colour)) if self._coverage else None
        self.update()

    def _whole(self) -> TimeScale:
        scale = self._state.scale
        width = max(1, self.width() - self._state.gutter_px)
        return TimeScale(scale.low_us, (scale.high_us - scale.low_us) / width, width, scale.low_us, scale.high_us)

    def _x(self, time_us: int) -> float:
        scale = self._state.scale
        share = (time_us - scale.low_us) / max(1, scale.high_us - scale.low_us)
        return self._state.gutter_px + share * (self.width() - self._state.gutter_px)

    def _time(self, x_px: float) -> int:
        return self._whole().to_us(x_px - self._state.gutter_px)

    def paintEvent(self, event: QPaintEvent) -> None:
        with painting.going_on():
            self._paint()

    def _paint(self) -> None:
        painter = QPainter(self)
        colours, state = theme.current(), self._state
        left, bottom = state.gutter_px, self.height()
        painter.fillRect(self.rect(), QColor(colours.background))
        if self._picture is not None:
            target = QRectF(left, theme.px(2), self.width() - left, bottom - self._map_px() - theme.px(6))
            painter.drawPixmap(target, self._picture, QRectF(self._picture.rect()))
        if state.lost is not None:
            room = self.rect().adjusted(left, theme.px(2), 0, -self._map_px() - theme.px(4))
            paint_lost(painter, room, self._x(state.lost.start_us), self._x(state.lost.end_us))
        if self._map is not None:
            self._paint_map(painter, self._map)
        if state.part is not None:
            dim_context(
                painter, self.rect().adjusted(left, 0, 0, 0), self._x(state.part.start_us), self._x(state.part.end_us)
            )
        for mark in state.marks:
            colour = QColor(colours.ok if mark.kind == "ruled" else colours.bad)
            x0, x1 = self._x(mark.start_us), self._x(mark.end_us)
            painter.fillRect(QRectF(x0, 0, max(2.0, x1 - x0), theme.px(3)), colour)
        for flag in state.flags:
            colour = QColor(colours.accent if flag.kind == "bookmark" else colours.warn)
            painter.fillRect(QRectF(self._x(flag.time_us) - 1, 0, theme.px(2), theme.px(6)), colour)
        for stretch in state.heard:
            x0, x1 = self._x(stretch.start_us), self._x(stretch.end_us)
            painter.fillRect(QRectF(x0, bottom - theme.px(3), max(1.0, x1 - x0), theme.px(2)), QColor(colours.ok))
        self._paint_window(painter)
        playhead = round(self._x(state.playhead_us))
        painter.fillRect(playhead, 0, 1, bottom, QColor(colours.bad))
        painter.fillRect(0, bottom - 1, self.width(), 1, QColor(colours.line))
        if state.gutter_px:
            painter.fillRect(0, 0, state.gutter_px, bottom, QColor(colours.panel))
            painter.fillRect(state.gutter_px - 1, 0, 1, bottom, QColor(colours.line))

    def _paint_map(self, painter: QPainter, rows: QPixmap) -> None:
        left, row = self._state.gutter_px, theme.px(ROW_PX)
        top = self.height() - theme.px(4) - row * rows.height()
        for number in range(rows.height()):
            target = QRectF(left, top + number * row, self.width() - left, row - 1)
            painter.drawPixmap(target, rows, QRectF(0, number, rows.width(), 1))

    def _paint_window(self, painter: QPainter) -> None:
        scale, accent = self._state.scale, QColor(theme.current().accent)
        if scale.start_us <= scale.low_us and scale.end_us >= scale.high_us:
            return
        x0, x1 = self._x(scale.start_us), self._x(scale.end_us)
        shade = QColor(accent)
        shade.setAlpha(48)
        painter.setPen(QPen(accent, 1))
        painter.setBrush(shade)
        width = max(3.0, x1 - x0 - 1)
        painter.drawRect(QRectF(min(x0 + 0.5, self.width() - width - 1), 0.5, width, self.height() - theme.px(4)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.refresh()
        self._map_due.start()
        super().resizeEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        scale = self._state.scale
        notches = (event.angleDelta().y() or event.angleDelta().x()) / 120
        self._state.set_scale(scale.zoomed(1.25**notches, (scale.start_us + scale.end_us) // 2))
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        scale, at = self._state.scale, self._time(event.position().x())
        if not scale.start_us <= at < scale.end_us:
            self._state.set_scale(scale.panned(at - (scale.start_us + scale.end_us) // 2))
        self._grabbed_us = at - self._state.scale.start_us
        event.accept()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._grabbed_us is not None:
            scale = self._state.scale
            self._state.set_scale(scale.panned(self._time(event.position().x()) - self._grabbed_us - scale.start_us))
        event.accept()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        self._grabbed_us = None
        event.accept()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        self._state.set_playhead(self._time(event.position().x()))
        event.accept()

    def _update_playhead(self, old_us: int, new_us: int) -> None:
        for time_us in (old_us, new_us):
            self.update(round(self._x(time_us)) - 2, 0, 5, self.height())


def draw_overview(source: WaveSource, first_px: int, us_per_px: float, width: int, height: int, gain: float) -> Drawn:
    """The coverage of the whole strip, for the compute lane."""
    lows, highs = source.columns(first_px, us_per_px, width)
    return [(0, draw_columns(lows, highs, height, gain))]


def draw_map(
    rows: list[list[tuple[LaneSpec, AnnotationSet | None, frozenset[str] | None]]],
    limits: tuple[int, int],
    width: int,
    colours: tuple[str, str],
) -> QImage:
    """The rows of labels and doubts, a pixel high each, for the compute lane; colours of no label and of doubt."""
    found = []
    for lanes in rows:
        lane, held, _ = lanes[0]
        if lane.style != "suggestion" and held is not None:
            found.append(tier_row(held, lane.tier, colours[0], *limits, width))
            continue
        doubts = [
            segment
            for lane, held, only in lanes
            if held is not None
            for segment in held.each_in(lane.tier.name, *limits)
            if only is None or segment.id in only
        ]
        found.append(doubt_row(doubts, DOUBT_BELOW, colours[1], *limits, width))
    return as_image(paint_rows(found), QImage.Format.Format_ARGB32_Premultiplied)
