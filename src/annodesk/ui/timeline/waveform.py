"""The waveform lane: tiles at the zoom in view, the time selected, marks over it, and what to say while it is empty."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline.sound_lane import SoundLane
from annodesk.ui.timeline.state import TimelineState
from annodesk.ui.timeline.tiles import TileCache


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

    def sizeHint(self) -> QSize:
        return QSize(400, theme.px(150))

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

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(event.rect(), QColor(colours.background))
        painter.setClipRect(self.time_rect() & event.rect())
        middle = self.height() // 2
        painter.fillRect(self.time_rect().left(), middle, self.width(), 1, QColor(colours.line))
        if self._media in (MediaState.BUILDING, MediaState.READY):
            self.paint_tiles(painter)
        self.paint_stretch(painter)
        self.paint_marks(painter)
        self._paint_words(painter)
        self.paint_lines(painter)
        painter.setClipRect(event.rect())
        self.paint_gutter(painter)

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
