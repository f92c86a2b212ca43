"""The waveform lane: tiles at the zoom in view, the time selected, marks over it, and what to say while it is empty."""

from __future__ import annotations

from enum import Enum

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from annodesk.model.times import Interval
from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline.part import TimelinePart
from annodesk.ui.timeline.state import TimelineState
from annodesk.ui.timeline.tiles import TILE_PX, Level, TileCache


class MediaState(Enum):
    """How far the picture of the recording is."""

    NONE = "none"
    OPENING = "opening"
    BUILDING = "building"
    READY = "ready"
    FAILED = "failed"


class WaveformLane(TimelinePart):
    """The sound as a picture; a drag selects time, a click moves the playhead."""

    def __init__(self, state: TimelineState, tiles: TileCache, parent: QWidget | None = None) -> None:
        super().__init__(state, "Waveform", parent)
        self._tiles = tiles
        self._media, self._words, self._share = MediaState.NONE, "", 0.0
        self._last_level: Level | None = None
        self._press_x: float | None = None
        self._anchor_us = 0
        self._is_selecting = False
        self.is_complete = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        state.stretch_changed.connect(self.update)
        state.scale_changed.connect(self._await_picture)
        theme.notifier().theme_changed.connect(self._await_picture)

    painted = Signal()
    """Emitted when a paint first finds every tile in view."""
    stretch_selected = Signal(object, object)

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

    def _await_picture(self) -> None:
        self.is_complete = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.is_complete = False
        super().resizeEvent(event)

    def _level(self) -> Level:
        ratio = self.devicePixelRatioF()
        return round(self._state.scale.us_per_px / ratio, 9), max(2, round(self.height() * ratio))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(event.rect(), QColor(colours.background))
        painter.setClipRect(self.time_rect() & event.rect())
        middle = self.height() // 2
        painter.fillRect(self.time_rect().left(), middle, self.width(), 1, QColor(colours.line))
        if self._media in (MediaState.BUILDING, MediaState.READY):
            self._paint_tiles(painter)
        self._paint_stretch(painter)
        self._paint_marks(painter)
        self._paint_words(painter)
        self.paint_lines(painter)
        painter.setClipRect(event.rect())
        self.paint_gutter(painter)

    def _paint_tiles(self, painter: QPainter) -> None:
        ratio, level, scale = self.devicePixelRatioF(), self._level(), self._state.scale
        origin = round(scale.start_us / level[0])  # device pixels from time 0, whole: tiles meet without a seam
        width = round(scale.width_px * ratio)
        first, last = origin // TILE_PX, (origin + width - 1) // TILE_PX
        for number in range(first, last + 1):
            left = self._state.gutter_px + (number * TILE_PX - origin) / ratio
            target = QRectF(left, 0, TILE_PX / ratio, self.height())
            tile = self._tiles.get(level, number)
            if tile is not None:
                painter.drawPixmap(target, tile, QRectF(tile.rect()))
            else:
                self._paint_old(painter, target, level)
        self._tiles.ask(level, range(first, last + 1))
        if self._tiles.is_fresh(level, range(first, last + 1)):
            self._tiles.ask(level, (first - 1, last + 1))
            self._last_level = level
            if not self.is_complete:
                self.is_complete = True
                self.painted.emit()

    def _paint_old(self, painter: QPainter, target: QRectF, level: Level) -> None:
        """The last zoom's tiles stretched to this one, until this one's are drawn."""
        old = self._last_level
        if old is None or old == level:
            return
        painter.save()
        painter.setClipRect(target, Qt.ClipOperation.IntersectClip)
        for number in self._tiles.numbers(old):
            left = self.x_of(number * TILE_PX * old[0])
            width = TILE_PX * old[0] / self._state.scale.us_per_px
            if left < target.right() and left + width > target.left():
                tile = self._tiles.get(old, number)
                if tile is not None:
                    painter.drawPixmap(QRectF(left, 0, width, self.height()), tile, QRectF(tile.rect()))
        painter.restore()

    def _paint_stretch(self, painter: QPainter) -> None:
        stretch = self._state.stretch
        if stretch is None:
            return
        accent = QColor(theme.current().accent)
        left, right = self.x_of(stretch.start_us), self.x_of(stretch.end_us)
        shade = QColor(accent)
        shade.setAlpha(46)
        painter.fillRect(QRectF(left, 0, right - left, self.height()), shade)
        for x in (left, right):
            painter.fillRect(QRectF(x, 0, 1, self.height()), accent)

    def _paint_marks(self, painter: QPainter) -> None:
        state = self._state
        for mark in state.marks:
            if mark.key != state.current_mark or not mark.key:
                continue
            edge = QColor(theme.current().ok if mark.kind == "ruled" else theme.current().bad)
            shade = QColor(edge)
            shade.setAlpha(40)
            left, right = self.x_of(mark.start_us), max(self.x_of(mark.end_us), self.x_of(mark.start_us) + 2)
            painter.setPen(QPen(edge, 1))
            painter.setBrush(shade)
            painter.drawRect(QRectF(left, 0, right - left, self.height() - 1))

    def _paint_words(self, painter: QPainter) -> None:
        if self._media is MediaState.READY or not self._words:
            return
        colours = theme.current()
        painter.setFont(theme.font("small"))
        failed = self._media is MediaState.FAILED
        room = self.time_rect().adjusted(theme.px(12), 0, -theme.px(12), 0)
        words = f"{self._words} {self._share:.0%}" if self._media is MediaState.BUILDING else self._words
        if self._media is MediaState.BUILDING:
            metrics = painter.fontMetrics()
            box = QRectF(
                room.left(), theme.px(6), metrics.horizontalAdvance(words) + theme.px(16), metrics.height() + 6
            )
            painter.setPen(QPen(QColor(colours.line), 1))
            painter.setBrush(QColor(colours.raised))
            painter.drawRoundedRect(box, theme.RADIUS_MARK, theme.RADIUS_MARK)
            painter.setPen(QColor(colours.dim))
            painter.drawText(box, int(Qt.AlignmentFlag.AlignCenter), words)
            done = QRectF(self.time_rect().left(), self.height() - 2, self.time_rect().width() * self._share, 2)
            painter.fillRect(done, QColor(colours.accent))
            return
        painter.setPen(QColor(colours.bad if failed else colours.dim))
        painter.drawText(room, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), words)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            x = event.position().x()
            self._press_x, self._is_selecting = x, False
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                stretch, at = self._state.stretch, self.time_at(x)
                if stretch is None:
                    self._anchor_us = self._state.playhead_us
                else:
                    closer_start = abs(at - stretch.start_us) < abs(at - stretch.end_us)
                    self._anchor_us = stretch.end_us if closer_start else stretch.start_us
                self._is_selecting = True
                self._extend_to(at)
            else:
                self._anchor_us = self.time_at(x)
        super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._press_x is not None:
            x = event.position().x()
            if abs(x - self._press_x) >= QApplication.startDragDistance() / 2:
                self._is_selecting = True
            if self._is_selecting:
                self._extend_to(self.time_at(x))
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self._press_x is not None:
            self._press_x = None
            stretch = self._state.stretch
            if not self._is_selecting:
                self._state.set_stretch(None)
                self._state.set_playhead(self._anchor_us)
            elif stretch is not None:
                self._state.set_playhead(stretch.start_us)
                self.stretch_selected.emit(stretch.start_us, stretch.end_us)
            self._is_selecting = False
        super().mouseReleaseEvent(event)

    def abort(self) -> bool:
        """Drop the selection being dragged; False where there is none."""
        if self._press_x is None:
            return False
        self._press_x, self._is_selecting = None, False
        self._state.set_stretch(None)
        return True

    def _extend_to(self, time_us: int) -> None:
        start, end = sorted((self._anchor_us, time_us))
        self._state.set_stretch(Interval(start, end) if end > start else None)
