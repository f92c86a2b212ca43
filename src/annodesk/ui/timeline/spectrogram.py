"""The spectrogram lane: decibels on the mel scale in the theme's colours, with the frequencies beside it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent, QPixmap
from PySide6.QtWidgets import QWidget

from annodesk.ui import theme
from annodesk.ui.timeline.sound_lane import SoundLane
from annodesk.ui.timeline.state import TimelineState
from annodesk.ui.timeline.tiles import TILE_PX, Drawn, Level, TileCache

if TYPE_CHECKING:
    from annodesk.media.spectrogram import Spectrogram

QUIETEST_DB, LOUDEST_DB = -90.0, -15.0
"""What is drawn as the ground, and as the brightest colour."""
WARM = ((0.45, "#7a4a1c"), (0.75, "#d08a3c"), (1.0, "#ffe2b0"))
"""Colours over the ground of the dark theme, by share of the range; the light theme goes from light to dark."""
WARM_ON_LIGHT = ((0.45, "#e3b778"), (0.75, "#a8651f"), (1.0, "#4a2808"))
TICKS_HZ = (100, 300, 1000, 2000, 4000, 8000, 16000, 32000, 64000)


class SpectrogramLane(SoundLane):
    """Which frequencies sound when."""

    def __init__(self, state: TimelineState, tiles: TileCache, parent: QWidget | None = None) -> None:
        super().__init__(state, "Spectrogram", tiles, parent)
        self._rate_hz = 0

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(110))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, theme.px(40))

    def show_rate(self, rate_hz: int) -> None:
        """The recording's samples per second, 0 where there is none; the frequencies beside the picture follow."""
        self._rate_hz = rate_hz
        self.is_complete = False
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(event.rect(), QColor(colours.background))
        painter.setClipRect(self.time_rect() & event.rect())
        if self._rate_hz:
            self.paint_tiles(painter)
        self.paint_stretch(painter)
        self.paint_marks(painter)
        self.paint_lines(painter)
        painter.fillRect(self.time_rect().left(), 0, self.width(), 1, QColor(colours.line))
        painter.setClipRect(event.rect())
        self.paint_gutter(painter)
        self._paint_ticks(painter)

    def _paint_ticks(self, painter: QPainter) -> None:
        if not self._rate_hz or not self._state.gutter_px:
            return
        painter.setFont(theme.mono_font("small"))
        painter.setPen(QColor(theme.current().dim))
        height = painter.fontMetrics().height()
        free_from = float(self.height())
        for hz in TICKS_HZ:
            y = row_of(hz, self._rate_hz, self.height())
            if hz < self._rate_hz / 2 and y + height / 2 <= free_from and y - height / 2 >= 0:
                place = QRectF(0, y - height / 2, self._state.gutter_px - theme.px(6), height)
                painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), f"{hz // 1000}k" if hz >= 1000 else f"{hz}")
                free_from = y - height / 2


def row_of(hz: float, rate_hz: int, height: int) -> float:
    """Pixels from the top at which a frequency is drawn."""
    return height * (1 - math.log10(1 + hz / 700) / math.log10(1 + rate_hz / 2 / 700))


def draw_spectrum(source: Spectrogram, level: Level, numbers: list[int], gain: float) -> Drawn:
    """The brightness of some tiles, for the compute lane; quiet recordings are drawn as if they were louder."""
    from annodesk.media.spectrogram import frequency_rows, to_rows

    us_per_px, height = level
    rate_hz = source.rate_hz
    edges = frequency_rows(height, rate_hz, "mel")
    quietest = QUIETEST_DB - 20 * math.log10(gain)
    found = []
    for number in numbers:
        rows = to_rows(source.columns(number * TILE_PX, us_per_px, TILE_PX), edges, rate_hz)
        share = np.clip((rows - quietest) / (LOUDEST_DB - QUIETEST_DB), 0, 1)
        found.append((number, np.rint(share * 255).astype(np.uint8)))
    return found


def coloured(brightness: NDArray[np.uint8], ground: QColor) -> QPixmap:
    """A pixmap in the theme's warm colours over its ground; ``brightness`` is uint8 (height, width)."""
    height, width = brightness.shape
    stops = WARM if ground.lightness() < 128 else WARM_ON_LIGHT
    shares = [0.0, *(share for share, _ in stops)]
    colours = [ground, *(QColor(name) for _, name in stops)]
    at = np.arange(256) / 255
    table = np.full((256, 4), 255, np.uint8)
    for place, values in enumerate(
        ([c.blue() for c in colours], [c.green() for c in colours], [c.red() for c in colours])
    ):
        table[:, place] = np.rint(np.interp(at, shares, values))
    pixels = np.ascontiguousarray(table[brightness])
    image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_RGB32)
    return QPixmap.fromImage(image.copy())
