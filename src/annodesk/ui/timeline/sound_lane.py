"""A lane that shows the sound in tiles; a drag selects time, a click moves the playhead."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QElapsedTimer, QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QContextMenuEvent, QImage, QMouseEvent, QPainter, QPen, QResizeEvent
from PySide6.QtWidgets import QApplication, QSizePolicy, QWidget

from annodesk.model.times import Interval
from annodesk.ui import theme
from annodesk.ui.timeline.part import TimelinePart, paint_lost
from annodesk.ui.timeline.tiles import TILE_PX, Level, TileCache, image_over, pixels_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.ui.timeline.state import TimelineState

ZOOM_REST_MS, ZOOM_LOOK_MS = 30, 150
"""A zoom that goes on is drawn from the tiles of the one before: new ones are drawn where it rests, or now and then."""
FORESIGHT_MS = 150
"""After so long without a step those tiles are put side by side, for a zoom that may come."""


class StandIn(NamedTuple):
    """The tiles of a zoom side by side: which they are, and their pixels, uint32 (height, width)."""

    level: Level
    generation: int
    numbers: range
    pixels: NDArray[np.uint32]
    form: QImage.Format


class SoundLane(TimelinePart):
    """What the waveform and the spectrogram have in common: tiles at the zoom in view, and the time selected."""

    painted = Signal()
    """Emitted when a paint first finds every tile in view."""
    stretch_selected = Signal(object, object)
    look_asked = Signal(object)
    """The menu of how sound is drawn is wanted, at this place on the screen."""

    def __init__(self, state: TimelineState, name: str, tiles: TileCache, parent: QWidget | None = None) -> None:
        super().__init__(state, name, parent)
        self._tiles = tiles
        self._last_level: Level | None = None
        self._last_seen = range(0)
        self._stand_in: StandIn | None = None
        self._room = np.empty(0, np.uint32)
        self._asked_level: Level | None = None
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(ZOOM_REST_MS)
        self._rest.timeout.connect(self.update)
        self._foresight = QTimer(self)
        self._foresight.setSingleShot(True)
        self._foresight.setInterval(FORESIGHT_MS)
        self._foresight.timeout.connect(self._make_stand_in)
        self._since_asked = QElapsedTimer()
        self._since_asked.start()
        self._press_x: float | None = None
        self._anchor_us = 0
        self._is_selecting = False
        self.is_complete = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        state.stretch_changed.connect(self.update)
        state.scale_changed.connect(self.await_picture)
        state.look_changed.connect(self.await_picture)
        state.look_changed.connect(self.update)
        theme.notifier().theme_changed.connect(self.await_picture)

    def await_picture(self) -> None:
        """From now on the picture counts as drawn only once all tiles in view are there again."""
        self.is_complete = False

    def resizeEvent(self, event: QResizeEvent) -> None:
        self.is_complete = False
        super().resizeEvent(event)

    def _level(self) -> Level:
        ratio = self.devicePixelRatioF()
        return round(self._state.scale.us_per_px / ratio, 9), max(2, round(self.height() * ratio))

    def paint_tiles(self, painter: QPainter) -> None:
        """The tiles in view; those that are missing are asked for, and older ones stand in for them."""
        ratio, level, scale = self.devicePixelRatioF(), self._level(), self._state.scale
        origin = round(scale.start_us / level[0])  # device pixels from time 0, whole: tiles meet without a seam
        width = round(scale.width_px * ratio)
        first, last = origin // TILE_PX, (origin + width - 1) // TILE_PX
        lacking = QRectF()
        for number in range(first, last + 1):
            left = self._state.gutter_px + (number * TILE_PX - origin) / ratio
            target = QRectF(left, 0, TILE_PX / ratio, self.height())
            tile = self._tiles.get(level, number)
            if tile is not None:
                self._paint_old(painter, lacking, level)
                lacking = QRectF()
                painter.drawPixmap(target, tile, QRectF(tile.rect()))
            else:
                lacking |= target
        self._paint_old(painter, lacking, level)
        if self._may_ask(level):
            self._tiles.ask(level, range(first, last + 1))
        if self._tiles.is_fresh(level, range(first, last + 1)):
            self._tiles.ask(level, (first - 1, last + 1))
            self._last_level, self._last_seen = level, range(first, last + 1)
            if not self.is_complete:
                self.is_complete = True
                self._foresight.start()
                self.painted.emit()
        self._paint_lost(painter)

    def _may_ask(self, level: Level) -> bool:
        """Whether tiles of this zoom are worth drawing: not while the next zoom follows at once."""
        if level != self._asked_level:
            self._asked_level = level
            if self._last_level is not None and self._since_asked.elapsed() < ZOOM_LOOK_MS:
                self._rest.start()
        if self._rest.isActive():
            return False
        self._since_asked.restart()
        return True

    def _paint_lost(self, painter: QPainter) -> None:
        lost = self._state.lost
        if lost is not None:
            paint_lost(painter, self.time_rect(), self.x_of(lost.start_us), self.x_of(lost.end_us))

    def _paint_old(self, painter: QPainter, target: QRectF, level: Level) -> None:
        """The last zoom's picture stretched to this one, until this one's is drawn."""
        old = self._last_level
        if old is None or old == level or target.isEmpty():
            return
        ratio, scale = self.devicePixelRatioF(), self._state.scale
        width, height = round(target.width() * ratio), level[1]
        begin_us = scale.start_us + (target.left() - self._state.gutter_px) * scale.us_per_px
        columns = (begin_us + (np.arange(width) + 0.5) * level[0]) / old[0]
        known = self._picture_of(old, range(int(columns[0] // TILE_PX), int(columns[-1] // TILE_PX) + 1))
        first, last = np.searchsorted(columns, np.array([known.numbers.start, known.numbers.stop]) * TILE_PX).tolist()
        if first == last:
            return
        # Taken by columns, two at a time: the painter's own stretching takes ten times as long.
        pairs = ((columns[first:last:2] - known.numbers.start * TILE_PX) / 2).astype(np.intp)
        seen = known.pixels if old[1] == height else known.pixels[np.arange(height) * old[1] // height]
        pixels = seen.view(np.uint64).take(pairs, axis=1, mode="clip").view(np.uint32)  # no index is checked first
        box = QRectF(target.left() + first / ratio, 0, (last - first) / ratio, height / ratio)
        painter.drawImage(box, image_over(pixels, known.form), QRectF(0, 0, last - first, height))

    def _picture_of(self, old: Level, wanted: range) -> StandIn:
        """The tiles of a zoom that are wanted, and all that are kept around what was in view once those do not do."""
        known, seen, beside = self._stand_in, self._last_seen, len(self._last_seen)
        kept = self._tiles.numbers(old, seen.start - beside, seen.stop - 1 + beside) or list(seen)
        numbers = range(max(wanted.start, kept[0]), min(wanted.stop, kept[-1] + 1)) or range(kept[0], kept[0])
        if known is not None and (known.level, known.generation) == (old, self._tiles.generation):
            if known.numbers.start <= numbers.start and numbers.stop <= known.numbers.stop:
                return known
            numbers = range(kept[0], kept[-1] + 1)
        tiles = [self._tiles.get(old, number) for number in numbers]
        is_clear = any(tile is not None and tile.hasAlphaChannel() for tile in tiles)
        form = QImage.Format.Format_ARGB32_Premultiplied if is_clear else QImage.Format.Format_RGB32
        ground = 0 if is_clear else QColor(theme.current().background).rgb()
        pixels = self._room_for(old[1], len(numbers) * TILE_PX)
        pixels.fill(ground)
        for place, tile in enumerate(tiles):
            if tile is not None:
                image = tile.toImage()  # kept by its name until it is copied
                image = image if image.format() is form else image.convertToFormat(form)
                pixels[:, place * TILE_PX : (place + 1) * TILE_PX] = pixels_of(image)
        self._stand_in = StandIn(old, self._tiles.generation, numbers, pixels, form)
        return self._stand_in

    def _make_stand_in(self) -> None:
        """While the hand rests: the first step of a zoom then finds it."""
        if self._last_level is not None and self.is_complete and self.isVisible():
            self._picture_of(self._last_level, self._last_seen)

    def _room_for(self, height: int, width: int) -> NDArray[np.uint32]:
        """Pixels of a shape, again and again in the same memory: to be given more takes longer than to fill it."""
        if self._room.size < height * width:
            self._room = np.empty(height * width, np.uint32)
        return self._room[: height * width].reshape(height, width)

    def paint_stretch(self, painter: QPainter) -> None:
        """The time selected."""
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

    def paint_marks(self, painter: QPainter) -> None:
        """The place of the current mark."""
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
            if not self._is_selecting and abs(x - self._press_x) >= QApplication.startDragDistance() / 2:
                self._is_selecting = True
                self._state.set_band(None)
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

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.look_asked.emit(event.globalPos())
        event.accept()

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
