"""The waveform lane: channels in tiles at the zoom in view, how loud they are, and what to say while it is empty."""

from __future__ import annotations

import itertools
import math
from enum import Enum
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QWheelEvent

from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline.sound_lane import SoundLane
from annodesk.ui.timeline.wave_source import WAVE_FLOOR_DB, channel_edges

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.ui.timeline.state import TimelineState
    from annodesk.ui.timeline.tiles import TileCache

LOUDER = 1.25
"""How much higher one notch of the wheel, or half a key, draws the waveform."""
LEAST_ZOOM, MOST_ZOOM = 0.25, 4096.0
STEREO = ("L", "R")


class MediaState(Enum):
    """How far the picture of the recording is."""

    NONE = "none"
    OPENING = "opening"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class WaveformLane(SoundLane):
    """The waveform, or what to say while there is none."""

    def __init__(self, state: TimelineState, tiles: TileCache, parent: QWidget | None = None) -> None:
        super().__init__(state, "Waveform", tiles, parent)
        self._media, self._words, self._share = MediaState.NONE, "", 0.0
        self._channels = 1

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(150))

    def show_channels(self, channels: int) -> None:
        """How many channels the recording has."""
        self._channels = max(1, channels)
        self.update()

    @property
    def rows(self) -> int:
        """Waveforms one below the other."""
        return self._channels if self._state.look.each_channel else 1

    def louder(self, steps: float) -> None:
        """Draw it higher, or lower for a negative number."""
        zoom = self._state.wave_zoom * LOUDER**steps
        self._state.set_wave_zoom(1.0 if abs(zoom - 1) < 0.05 else max(LEAST_ZOOM, min(MOST_ZOOM, zoom)))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Over the gutter, or with Alt, the wheel draws the waveform higher or lower; else time, as everywhere."""
        delta = event.angleDelta()
        over_gutter = event.position().x() < self._state.gutter_px
        if over_gutter or event.modifiers() & Qt.KeyboardModifier.AltModifier:
            self.louder((delta.y() or delta.x()) / 120)
            event.accept()
        else:
            super().wheelEvent(event)

    def minimumSizeHint(self) -> QSize:
        return QSize(100, theme.px(28))

    @property
    def media_state(self) -> MediaState:
        """How far the picture is."""
        return self._media

    def show_media_state(self, media: MediaState, words: str = "", share: float = 0.0) -> None:
        """What to say where there is no picture, or beside one that is being made."""
        self._media, self._words, self._share = media, shown(words), share
        self.setAccessibleDescription(words)
        self.is_complete = False
        self.update()

    def paint(self, clip: QRect) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(clip, QColor(colours.background))
        painter.setClipRect(self.time_rect() & clip)
        edges = channel_edges(self.height(), self.rows)
        for top, bottom in itertools.pairwise(edges):
            painter.fillRect(self.time_rect().left(), (top + bottom) // 2, self.width(), 1, QColor(colours.line))
        if self._media in (MediaState.BUILDING, MediaState.READY):
            self.paint_tiles(painter)
        self.paint_stretch(painter)
        self.paint_marks(painter)
        self._paint_words(painter)
        self.paint_lines(painter)
        painter.setClipRect(clip)
        self.paint_gutter(painter)
        if self._media in (MediaState.BUILDING, MediaState.READY):
            self._paint_gutter_words(painter, edges)

    def _paint_gutter_words(self, painter: QPainter, edges: list[int]) -> None:
        """Which channel is which, what the heights mean, and how much higher than it is all this is drawn."""
        gutter, colours, look, zoom = self._state.gutter_px, theme.current(), self._state.look, self._state.wave_zoom
        if not gutter:
            return
        painter.setFont(theme.mono_font("head"))
        height = painter.fontMetrics().height()
        painter.setPen(QColor(colours.dim))
        free_from = -1.0
        for number, (top, bottom) in enumerate(itertools.pairwise(edges) if self.rows > 1 else ()):
            middle = (top + bottom) / 2
            if middle - height / 2 < free_from:
                continue  # every second or third is named where all have no room
            free_from = middle + height / 2
            name = STEREO[number] if self.rows == 2 else f"{number + 1}"
            place = QRectF(theme.px(6), middle - height / 2, theme.px(22), height)
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)
        painter.setPen(QColor(colours.faint))
        if look.in_db and edges[1] > 4 * height:
            half, top_db = edges[1] / 2, -20 * math.log10(zoom)
            for db in range(20, round(top_db + WAVE_FLOOR_DB), -20):
                y = half * (1 - (db - top_db - WAVE_FLOOR_DB) / -WAVE_FLOOR_DB)
                if -1 <= y <= half - height:
                    place = QRectF(0, max(0.0, y - height / 2), gutter - theme.px(6), height)
                    painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), f"{db}".replace("-", "\N{MINUS SIGN}"))
        words = f"\N{MULTIPLICATION SIGN}{zoom:.3g}" if zoom != 1 else ""
        words = " ".join(part for part in (words, "dB" if look.in_db else "") if part)
        if words:
            place = QRectF(0, self.height() - height - 2, gutter - theme.px(6), height)
            painter.fillRect(QRectF(2, place.top(), gutter - 4, height), QColor(colours.panel))
            painter.setPen(QColor(colours.warn_text if zoom != 1 else colours.dim))
            painter.drawText(place, int(Qt.AlignmentFlag.AlignRight), words)

    def _paint_words(self, painter: QPainter) -> None:
        if not self._words:
            return
        colours = theme.current()
        painter.setFont(theme.font("small"))
        failed = self._media is MediaState.FAILED
        room = self.time_rect().adjusted(theme.px(12), 0, -theme.px(12), 0)
        words = f"{self._words} {self._share:.0%}" if self._media is MediaState.BUILDING else self._words
        if self._media in (MediaState.BUILDING, MediaState.READY):
            metrics = painter.fontMetrics()
            box = QRectF(
                room.left(), theme.px(6), metrics.horizontalAdvance(words) + theme.px(16), metrics.height() + 6
            )
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(box, theme.RADIUS_MARK, theme.RADIUS_MARK)
            painter.setPen(QColor(colours.dim if self._media is MediaState.BUILDING else colours.warn_text))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
            if self._media is MediaState.READY:
                return
            done = QRectF(self.time_rect().left(), self.height() - 2, self.time_rect().width() * self._share, 2)
            painter.fillRect(done, QColor(colours.accent))
            return
        painter.setPen(QColor(colours.bad if failed else colours.dim))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)
