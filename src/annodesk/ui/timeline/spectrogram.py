"""The spectrogram lane: decibels in colour, frequencies beside it, boxes upon it, and a crosshair that reads it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QImage, QMouseEvent, QPainter, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget

from annodesk.model.times import format_us
from annodesk.ui import theme
from annodesk.ui.timeline.band_boxes import BandBoxes, BandGesture
from annodesk.ui.timeline.frequency import FrequencyAxis, hz_text
from annodesk.ui.timeline.look import SoundLook
from annodesk.ui.timeline.part import ZOOM_STEP
from annodesk.ui.timeline.sound_lane import SoundLane
from annodesk.ui.timeline.tiles import TILE_PX, Drawn, Level, TileCache, as_image

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.media.spectrogram import Spectrogram
    from annodesk.progress import CancelToken
    from annodesk.ui.timeline.state import TimelineState

WARM = ((0.45, "#7a4a1c"), (0.75, "#d08a3c"), (1.0, "#ffe2b0"))
"""Colours over a dark ground, by share of the range; over a light one they go from light to dark."""
WARM_ON_LIGHT = ((0.45, "#e3b778"), (0.75, "#a8651f"), (1.0, "#4a2808"))
VIRIDIS = ("#440154", "#482878", "#3e4989", "#31688e", "#26828e", "#1f9e89", "#35b779", "#6ece58", "#b5de2b", "#fde725")
DARK_GROUND, LIGHT_GROUND = "#16181d", "#f4f5f8"


class SpectrogramLane(SoundLane):
    """Which frequencies sound when."""

    draft_made = Signal(object, str, object)  # Draft, lane id, ids to select once it is applied

    def __init__(self, state: TimelineState, tiles: TileCache, parent: QWidget | None = None) -> None:
        super().__init__(state, "Spectrogram", tiles, parent)
        self._rate_hz, self._gain = 0, 1.0
        self._cursor: QPointF | None = None
        self._band_from_hz: float | None = None
        self._gesture: BandGesture | None = None
        self.boxes = BandBoxes(self, state)
        for signal in (state.selection_changed, state.preview_changed, state.look_changed, state.pointed_changed):
            signal.connect(self.update)
        state.content_changed.connect(self.update)

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(110))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, theme.px(40))

    def show_rate(self, rate_hz: int, gain: float = 1.0) -> None:
        """The recording's samples per second, 0 where there is none, and how much louder it is drawn than it is."""
        self._rate_hz, self._gain = rate_hz, gain
        self.is_complete = False
        self.update()

    @property
    def axis(self) -> FrequencyAxis:
        """The frequencies in view."""
        return axis_of(self._state.look, self._rate_hz)

    def hz_at(self, y_px: float) -> float:
        """The frequency at a height of this widget."""
        return self.axis.hz_at(y_px, self.height())

    # Painting

    def paint(self, clip: QRect) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(clip, QColor(colours.background))
        painter.setClipRect(self.time_rect() & clip)
        if self._rate_hz:
            self.paint_tiles(painter)
        self._paint_selected(painter)
        self.paint_marks(painter)
        if self._rate_hz:
            self.boxes.paint(painter, self.axis)
        self.paint_lines(painter)
        painter.fillRect(self.time_rect().left(), 0, self.width(), 1, QColor(colours.line))
        self._paint_crosshair(painter)
        painter.setClipRect(clip)
        self.paint_gutter(painter)
        self._paint_ticks(painter)

    def _paint_selected(self, painter: QPainter) -> None:
        """The time selected, and within it the band."""
        stretch, band = self._state.stretch, self._state.band
        if stretch is None or band is None or not self._rate_hz:
            self.paint_stretch(painter)
            return
        box = self.boxes.rect(stretch.start_us, stretch.end_us, band[0], band[1], self.axis)
        self.boxes.frame(painter, box, QColor(theme.current().accent), is_dashed=False, width=1.6)

    def _paint_ticks(self, painter: QPainter) -> None:
        if self._rate_hz and self._state.gutter_px:
            self.paint_kept(painter, self.axis, self._draw_ticks)

    def _draw_ticks(self, painter: QPainter) -> None:
        """The frequencies beside the lane."""
        gutter = self._state.gutter_px
        painter.setFont(theme.mono_font("small"))
        height, axis = painter.fontMetrics().height(), self.axis
        colours = theme.current()
        for hz in axis.ticks(self.height(), height * 1.3):
            y = axis.row_of(hz, self.height())
            if y > self.height() - 1.4 * height:
                continue  # the unit stands there
            painter.setPen(QColor(colours.dim))
            place = QRectF(0, y - height / 2, gutter - theme.px(10), height)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), hz_text(hz))
            painter.fillRect(QRectF(gutter - theme.px(6), round(y), theme.px(5), 1), QColor(colours.faint))
        painter.setPen(QColor(colours.faint))
        words = "Hz" if axis.scale == "linear" else "Hz, mel"
        place = QRectF(0, self.height() - height, gutter - theme.px(10), height)
        painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), words)

    def _paint_crosshair(self, painter: QPainter) -> None:
        cursor = self._cursor
        if cursor is None or not self._rate_hz:
            return
        colours = theme.current()
        guide = QColor(colours.dim)
        guide.setAlpha(110)
        painter.fillRect(QRectF(self.time_rect().left(), round(cursor.y()), self.width(), 1), guide)
        painter.setFont(theme.mono_font("small"))
        metrics = painter.fontMetrics()
        words = self.reading(cursor)
        width, height = metrics.horizontalAdvance(words) + theme.px(12), metrics.height() + theme.px(4)
        left = cursor.x() + theme.px(12)
        if left + width > self.width():
            left = cursor.x() - theme.px(12) - width
        top = cursor.y() - height - theme.px(6)
        if top < 1:
            top = min(cursor.y() + theme.px(10), self.height() - height - 1)
        box = QRectF(left, top, width, height)
        ground = QColor(colours.raised)
        ground.setAlpha(235)
        painter.setPen(QColor(colours.line))
        painter.setBrush(ground)
        painter.drawRoundedRect(box, theme.RADIUS_MARK, theme.RADIUS_MARK)
        painter.setPen(QColor(colours.text))
        painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)

    def reading(self, where: QPointF) -> str:
        """Time, frequency and level at a place: what is drawn there, where it is drawn already."""
        words = f"{format_us(self.time_at(where.x()))}  {self.hz_at(where.y()):,.0f} Hz"
        level, ratio = self._level(), self.devicePixelRatioF()
        column = round(self._state.scale.start_us / level[0]) + int((where.x() - self._state.gutter_px) * ratio)
        tile = self._tiles.value(level, column // TILE_PX)
        row = int(where.y() * ratio)
        if tile is None or not 0 <= row < len(tile):
            return words
        value, look = int(tile[row, column % TILE_PX]), self._state.look
        lowest = floor_db(look, self._gain)
        level_db = lowest + value / 255 * look.range_db
        sign = "≤ " if value == 0 else "≥ " if value == 255 else ""
        return f"{words}  {sign}{level_db:.0f} dB".replace("-", "\N{MINUS SIGN}")

    # Hands

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Over the axis, or with Alt, the wheel zooms frequencies; else time, as everywhere."""
        delta = event.angleDelta()
        turned = delta.y() or delta.x()
        over_axis = event.position().x() < self._state.gutter_px
        if not (over_axis or event.modifiers() & Qt.KeyboardModifier.AltModifier) or not self._rate_hz:
            super().wheelEvent(event)
            return
        self.zoom_band(ZOOM_STEP ** (turned / 120), self.hz_at(event.position().y()))
        event.accept()

    def zoom_band(self, factor: float, at_hz: float) -> None:
        """Frequencies closer around one of them."""
        top = self._rate_hz / 2
        low, high = self.axis.zoomed(factor, at_hz, top)
        self._state.set_look(replace(self._state.look, low_hz=low, high_hz=0.0 if high >= top else high))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        where, keys = event.position(), event.modifiers()
        is_left = event.button() is Qt.MouseButton.LeftButton and where.x() >= self._state.gutter_px
        if is_left and self._rate_hz and not keys & Qt.KeyboardModifier.ShiftModifier:
            self._gesture = self.boxes.grab(where, self.axis)
            wants_band = bool(keys & Qt.KeyboardModifier.ControlModifier) or self._state.look.boxes
            self._band_from_hz = self.hz_at(where.y()) if wants_band and self._gesture is None else None
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        where = event.position()
        if self._gesture is not None:
            is_drag = self._press_x is None or (where - self._gesture.began).manhattanLength() >= (
                QApplication.startDragDistance() / 2
            )
            if is_drag:
                self._press_x = None
                self._gesture.move_to(where, self.axis)
                self._state.set_preview(self._gesture.lane_id, (self._gesture.segment,))
            event.accept()
            self._follow(where)
            return
        if self._press_x is None:
            self.boxes.show_cursor(where, self.axis if self._rate_hz else None)
        super().mouseMoveEvent(event)
        if self._band_from_hz is not None and self._is_selecting:
            low, high = sorted((self._band_from_hz, self.hz_at(where.y())))
            self._state.set_band((low, high) if high > low else None)
        self._follow(where)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        gesture, self._gesture, self._band_from_hz = self._gesture, None, None
        if event.button() is Qt.MouseButton.LeftButton and gesture is not None and self._press_x is None:
            draft = gesture.draft()
            if draft:
                self.draft_made.emit(draft, gesture.lane_id, (gesture.segment.id,))
            self._state.set_preview(None, ())
            return
        was_click = self._press_x is not None and not self._is_selecting
        super().mouseReleaseEvent(event)
        if was_click and event.button() is Qt.MouseButton.LeftButton and self._rate_hz:
            self.boxes.select_at(event.position(), self.axis)

    def leaveEvent(self, event: QEvent) -> None:
        self._cursor = None
        self.update()
        super().leaveEvent(event)

    def abort(self) -> bool:
        """Drop what is being dragged; False where there is nothing."""
        if self._gesture is not None:
            self._gesture = self._press_x = None
            self._state.set_preview(None, ())
            return True
        self._band_from_hz = None
        return super().abort()

    def _follow(self, where: QPointF) -> None:
        inside = where.x() >= self._state.gutter_px and self.rect().contains(where.toPoint())
        self._cursor = where if inside else None
        self.update()


def axis_of(look: SoundLook, rate_hz: int) -> FrequencyAxis:
    """The frequencies that a recording of so many samples a second is drawn with."""
    top = max(1.0, rate_hz / 2)
    high = min(look.high_hz, top) if look.high_hz else top
    low = look.low_hz if look.low_hz < high else 0.0
    return FrequencyAxis(low, high, look.scale)


def floor_db(look: SoundLook, gain: float) -> float:
    """The level drawn as the ground; quiet recordings are drawn as if they were louder."""
    return look.top_db - look.range_db - 20 * math.log10(max(gain, 1e-6))


def draw_spectrum(
    source: Spectrogram,
    level: Level,
    numbers: list[int],
    gain: float,
    cancel: CancelToken,
    *,
    look: SoundLook | None = None,
) -> Drawn:
    """The brightness of some tiles, for the compute lane."""
    from annodesk.media.spectrogram import frequency_rows, to_rows

    us_per_px, height = level
    look = look or SoundLook()
    rate_hz = source.rate_hz
    axis = axis_of(look, rate_hz)
    edges = frequency_rows(height, rate_hz, look.scale, axis.low_hz, axis.high_hz)
    quietest = floor_db(look, gain)
    found = []
    for number in numbers:
        columns = source.columns(number * TILE_PX, us_per_px, TILE_PX, look.window, cancel)
        cancel.check()
        rows = to_rows(columns, edges, rate_hz)
        cancel.check()
        share = np.clip((rows - np.float32(quietest)) * np.float32(255 / look.range_db), 0, 255)
        found.append((number, np.rint(share).astype(np.uint8)))
    return found


def coloured(brightness: NDArray[np.uint8], ground: QColor, *, colours: str = "warm", inverted: bool = False) -> QImage:
    """A picture of brightness, uint8 (height, width), in one of the colour maps.

    Warm and grey begin at the ground, or inverted at that of the other theme; viridis runs from dark to light.
    """
    is_dark = ground.lightness() < 128
    if inverted and colours != "viridis":
        is_dark, ground = not is_dark, QColor(LIGHT_GROUND if is_dark else DARK_GROUND)
    if colours == "viridis":
        names = VIRIDIS[::-1] if inverted else VIRIDIS
        stops = [(k / (len(names) - 1), QColor(name)) for k, name in enumerate(names)]
    elif colours == "grey":
        stops = [(0.0, ground), (1.0, QColor("#ffffff" if is_dark else "#000000"))]
    else:
        warm = WARM if is_dark else WARM_ON_LIGHT
        stops = [(0.0, ground), *((share, QColor(name)) for share, name in warm)]
    at, shares = np.arange(256) / 255, [share for share, _ in stops]
    parts = [
        np.rint(np.interp(at, shares, values)).astype(np.uint32)
        for values in ([c.red() for _, c in stops], [c.green() for _, c in stops], [c.blue() for _, c in stops])
    ]
    table = np.uint32(0xFF000000) | (parts[0] << 16) | (parts[1] << 8) | parts[2]
    return as_image(table.astype(np.uint32)[brightness], QImage.Format.Format_RGB32)
