"""The overview: the whole recording in one strip, the part in view, the part already heard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.timeline.part import dim_context
from annodesk.ui.timeline.scale import TimeScale
from annodesk.ui.timeline.state import TimelineState
from annodesk.ui.timeline.tiles import Drawn, tinted
from annodesk.ui.timeline.wave_source import WaveSource, draw_columns

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs


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
        self.setAccessibleName("Overview")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        for signal in (state.scale_changed, state.marks_changed, state.lanes_changed):
            signal.connect(self.update)
        state.playhead_changed.connect(self._update_playhead)
        theme.notifier().theme_changed.connect(self._redraw)

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(38))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, theme.px(38))

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
        height = max(2, round((self.height() - theme.px(6)) * ratio))
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
        painter = QPainter(self)
        colours, state = theme.current(), self._state
        left, bottom = state.gutter_px, self.height()
        painter.fillRect(self.rect(), QColor(colours.background))
        if self._picture is not None:
            target = QRectF(left, theme.px(2), self.width() - left, bottom - theme.px(6))
            painter.drawPixmap(target, self._picture, QRectF(self._picture.rect()))
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
