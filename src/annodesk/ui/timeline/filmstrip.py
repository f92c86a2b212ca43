"""The film strip: small pictures along the time in view, from key frames when coarse, exact ones when zoomed in."""

from __future__ import annotations

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget
from shiboken6 import isValid

from annodesk.errors import MediaError
from annodesk.ui import theme
from annodesk.ui.timeline.part import TimelinePart
from annodesk.ui.timeline.ruler import paint_cuts

if TYPE_CHECKING:
    from annodesk.media.frames import FrameIndex
    from annodesk.media.thumbnails import Thumbnails
    from annodesk.progress import CancelToken
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.state import TimelineState

STRIP_PX, TALL_PX = 52, 76
MOST_SCALE = 1.2
IN_FLIGHT = 6
"""Pictures asked for at a time: what has left the view by then is not asked for at all."""
MOST_BYTES = 32 << 20
STAND_IN_SHARE = 0.55

Small = tuple[int, NDArray[np.uint8] | None]


class Slot(Struct, frozen=True):
    """One place of the strip: the stretch it stands for and the frame that is its picture."""

    start_us: int
    end_us: int
    number: int


class FilmSource:
    """Reads small pictures of one video, one request at a time; for the background lane."""

    def __init__(self, path: Path, index: FrameIndex) -> None:
        self.path, self.index = path, index
        self._lock = threading.Lock()
        self._made: Thumbnails | None = None
        self.is_closed = False

    def pictures(self, numbers: Sequence[int], height_px: int, *, cancel: CancelToken) -> list[Small]:
        """The frames of these numbers at this height; None for one that cannot be decoded, or that nobody wants now."""
        from annodesk.media.thumbnails import Thumbnails

        found: dict[int, NDArray[np.uint8] | None] = {}
        with self._lock, contextlib.suppress(MediaError):
            if self._made is None or self._made.height != height_px:
                self._made = Thumbnails(self.path, self.index, height_px)
            for one in self._made.make(numbers, goes_on=lambda: not (self.is_closed or cancel.is_cancelled)):
                found[one.number] = one.picture
        return [(number, found.get(number)) for number in numbers]


class FilmStrip(TimelinePart):
    """Shows one video's pictures over the timeline's scale; a click or drag moves the playhead."""

    def __init__(self, state: TimelineState, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(state, "Film strip", parent)
        self._jobs = jobs
        self._source: FilmSource | None = None
        self._starts_us = self._keys_us = np.zeros(0, np.int64)
        self._end_us = 0
        self._aspect = 16 / 9
        self._pictures: OrderedDict[tuple[int, int], QPixmap | None] = OrderedDict()
        self._bytes = 0
        self._is_asking = False
        self.is_tall = self.is_waiting = False
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        state.snap_points_changed.connect(lambda _kind: self.update())
        self.hide()

    def sizeHint(self) -> QSize:
        return QSize(400, self._room(TALL_PX if self.is_tall else STRIP_PX))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self._room(STRIP_PX))

    def _room(self, height: int) -> int:
        """Pictures need not grow with the text: the lanes need the room more."""
        return round(height * min(theme.scale(), MOST_SCALE))

    def set_tall(self, is_tall: bool) -> None:
        """Take more room, where there is no waveform to show."""
        if is_tall != self.is_tall:
            self.is_tall = is_tall
            self.updateGeometry()

    def set_film(self, path: Path | None, index: FrameIndex | None = None, offset_us: int = 0) -> None:
        """Show this video, which begins at a time of the item; None for none."""
        if path is None or index is None:
            self._let_go()
            self._starts_us = self._keys_us = np.zeros(0, np.int64)
        else:
            if self._source is None or self._source.path != path or self._source.index is not index:
                self._let_go()
                self._source = FilmSource(path, index)
            self._starts_us, self._keys_us = index.pts_us + offset_us, index.keyframes_us + offset_us
            self._end_us = index.end_us + offset_us
        self.update()

    def _let_go(self) -> None:
        if self._source is not None:
            self._source.is_closed = True
        self._source = None
        self._pictures.clear()
        self._bytes = 0

    def wait(self, is_waiting: bool) -> None:
        """Ask for no more pictures while the file does not answer: each would hold up what else is to be drawn."""
        if is_waiting != self.is_waiting:
            self.is_waiting = is_waiting
            self.update()

    @property
    def has_film(self) -> bool:
        """Whether there is a video to show."""
        return self._source is not None

    @property
    def is_complete(self) -> bool:
        """Whether every picture in view is drawn, or cannot be."""
        if self.is_waiting:
            return True
        height = self._height_px()
        return not self._is_asking and all((slot.number, height) in self._pictures for slot in self.slots())

    def _height_px(self) -> int:
        return max(8, round((self.height() - 2) * self.devicePixelRatioF()))

    def slots(self) -> list[Slot]:
        """The places in view, left to right; they lie on a grid of time, so that panning moves and never changes."""
        scale = self._state.scale
        if not self._starts_us.size:
            return []
        length = max(1, round(self._aspect * self.height() * scale.us_per_px))
        found = []
        for place in range(scale.start_us // length, scale.end_us // length + 1):
            start, end = place * length, (place + 1) * length
            if end > self._starts_us[0] and start < self._end_us:
                found.append(Slot(start, end, self._number_for(max(start, int(self._starts_us[0])), end)))
        return found

    def _number_for(self, start_us: int, end_us: int) -> int:
        """A key frame in the place's first half, where there is one: it costs a fraction; else the frame at its start.

        A later one would show what comes next over most of what is there.
        """
        key = int(np.searchsorted(self._keys_us, start_us))
        if key < self._keys_us.size and self._keys_us[key] < (start_us + end_us) / 2:
            start_us = int(self._keys_us[key])
        return max(0, int(np.searchsorted(self._starts_us, start_us, "right")) - 1)

    def paint(self, clip: QRect) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(clip, QColor(colours.background))
        painter.setClipRect(self.time_rect() & clip)
        slots, height = self.slots(), self._height_px()
        for slot in slots:
            left, right = self.x_of(slot.start_us), self.x_of(slot.end_us)
            target = QRectF(left, 0, right - left - 1, self.height() - 1)
            if target.right() >= clip.left() and target.left() <= clip.right():
                self._paint_slot(painter, target, slot, height)
        paint_cuts(painter, self._state, 0, self.height())
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(colours.line))
        self.paint_lines(painter)
        painter.setClipping(False)
        self.paint_gutter(painter)
        if self._state.gutter_px:
            painter.setPen(QColor(colours.dim))
            painter.setFont(theme.font("small"))
            inner = self.rect().adjusted(theme.px(10), 0, self._state.gutter_px - self.width() - 4, 0)
            painter.drawText(inner, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, "film")
        self._ask([slot.number for slot in slots], height)

    def _paint_slot(self, painter: QPainter, target: QRectF, slot: Slot, height: int) -> None:
        key = (slot.number, height)
        picture = self._pictures.get(key)
        if picture is None and key not in self._pictures:
            picture = self._stand_in(slot)
            painter.setOpacity(STAND_IN_SHARE)
        elif picture is not None:
            self._pictures.move_to_end(key)
        if picture is None:
            painter.setOpacity(1.0)
            painter.fillRect(target, QColor(theme.current().panel))
            return
        shown = QRectF(picture.rect())
        if target.width() * picture.height() < target.height() * picture.width():  # narrower: its middle
            wide = target.width() / target.height() * picture.height()
            shown = QRectF((picture.width() - wide) / 2, 0, wide, picture.height())
        wide = min(target.width(), target.height() * shown.width() / max(1.0, shown.height()))
        painter.drawPixmap(QRectF(target.center().x() - wide / 2, target.top(), wide, target.height()), picture, shown)
        painter.setOpacity(1.0)

    def _stand_in(self, slot: Slot) -> QPixmap | None:
        """The kept picture nearest to the place, until its own is there."""
        reach = np.searchsorted(self._starts_us, (2 * slot.start_us - slot.end_us, 2 * slot.end_us - slot.start_us))
        near = [key for key, kept in self._pictures.items() if kept is not None and reach[0] <= key[0] <= reach[1]]
        return self._pictures[min(near, key=lambda key: abs(key[0] - slot.number))] if near else None

    def _ask(self, numbers: Sequence[int], height: int) -> None:
        missing = [number for number in dict.fromkeys(numbers) if (number, height) not in self._pictures]
        source = self._source
        if self._is_asking or self.is_waiting or source is None or not missing or self.isHidden():
            return
        self._is_asking = True

        def done(found: list[Small]) -> None:
            if not isValid(self):
                return  # the timeline has gone while the pictures were read
            self._is_asking = False
            if source is self._source:
                for number, pixels in found:
                    self._keep((number, height), pixels)
            self.update()

        def failed(error: Exception) -> None:
            done([(number, None) for number in missing[:IN_FLIGHT]])

        # Pictures come where there is room for them: waves, words and the hand go first.
        self._jobs.background(
            source.pictures, missing[:IN_FLIGHT], height, on_done=done, on_error=failed, what="draw the film strip"
        )

    def _keep(self, key: tuple[int, int], pixels: NDArray[np.uint8] | None) -> None:
        picture: QPixmap | None = None
        if pixels is not None:
            height, width = pixels.shape[:2]
            image = QImage(pixels.data, width, height, width * 4, QImage.Format.Format_ARGB32)
            picture = QPixmap.fromImage(image.copy())
            self._bytes += width * height * 4
            if width / height != self._aspect and not any(self._pictures.values()):
                self._aspect = max(0.2, min(8.0, width / height))
        self._pictures[key] = picture
        while self._bytes > MOST_BYTES and len(self._pictures) > 1:
            _, dropped = self._pictures.popitem(last=False)
            if dropped is not None:
                self._bytes -= dropped.width() * dropped.height() * 4

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.update()
