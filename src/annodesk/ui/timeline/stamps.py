"""Pictures of frames and of words, made once and copied to wherever they are seen.

A lane's segments are laid on a sheet of pixels, and the sheet is set down by one call of the painter: a call for each
piece took most of a frame's time, and a view that is panned or zoomed shows the same few pictures again and again.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QImage, QPainter, QPen

from annodesk.ui import theme
from annodesk.ui.plain import laid_out
from annodesk.ui.timeline.tiles import image_over, pixels_of

FRAME_PX, CAP_PX = 1024, 8
"""Width of a frame's picture, and of its ends, which are never repeated."""
MOST_FRAMES, MOST_WORDS = 64, 1024
LONGEST_PX = 1200
"""Words wider than this are drawn anew each time: their pictures would fill the memory."""
FORM = QImage.Format.Format_ARGB32_Premultiplied
Pixels = NDArray[np.uint32]
"""Pixels of the screen, ARGB with the colours multiplied: (height, width)."""


class FrameKind(NamedTuple):
    """Colour and width of a frame's pen, whether it is dashed, the colour of its inside, and the radius of its ends."""

    pen: str
    width_px: float
    is_dashed: bool
    fill: str
    radius_px: float


class Sheet:
    """A box of a widget on which frames, words and bars are laid, clear to begin with; all places are the widget's.

    ``ratio`` is the number of the screen's pixels to one of the widget's. What lies beyond the box is cut off.
    """

    def __init__(self, box: QRect, ratio: float) -> None:
        self.box, self.ratio = box, ratio
        size = (max(1, round(box.height() * ratio)), max(1, round(box.width() * ratio)))
        self.pixels: Pixels = np.zeros(size, np.uint32)
        self._height, self._width = size
        self._left, self._top = box.left(), box.top()

    def lay_frames(self, edges: Sequence[tuple[int, int]], top: int, height: int, kinds: Sequence[FrameKind]) -> None:
        """Lay frames of one height beside each other, each of a kind; their ends are the first columns beyond them."""
        pictures = {kind: _frame(kind, height, self.ratio) for kind in set(kinds)}
        y = self._y(top)
        for (left, right), kind in zip(edges, kinds, strict=True):
            self._lay_frame(pictures[kind], self._x(left), self._x(right), y)

    def lay_words(self, left: int, top: int, height: int, words: str, colour: int, fill: str) -> None:
        """Lay a line of small text in the middle of a height, as far as it has room, upon that colour."""
        text_px = theme.text_px("small")
        make = _line if _width(words, text_px) <= LONGEST_PX else _line.__wrapped__
        picture, down = make(words, colour, fill, text_px, self.ratio, round(height * self.ratio))
        self._lay(picture, self._x(left), self._y(top) + down)

    def lay_bar(self, left: int, top: int, width: int, height: int, colour: int) -> None:
        """Fill a part with one colour."""
        rows, columns = (slice(max(0, a), max(0, b)) for a, b in (
            (self._y(top), self._y(top + height)), (self._x(left), self._x(left + width)),
        ))  # fmt: skip
        self.pixels[rows, columns] = colour

    def lay_columns(self, row: Pixels, left: int, top: int, height: int) -> None:
        """Lay one row of the widget's pixels, (width,), that begins at ``left``, over a height."""
        across = (np.arange(self.pixels.shape[1]) / self.ratio).astype(np.int64) + (self._left - left)
        first, last = np.searchsorted(across, (0, len(row)))
        self.pixels[max(0, self._y(top)) : max(0, self._y(top + height)), first:last] = row[across[first:last]]

    def set_down(self, painter: QPainter) -> None:
        """Paint the whole sheet where its box is."""
        image = image_over(self.pixels, FORM)
        image.setDevicePixelRatio(self.ratio)
        painter.drawImage(self.box.topLeft(), image)

    def _x(self, x: int) -> int:
        return round((x - self._left) * self.ratio)

    def _y(self, y: int) -> int:
        return round((y - self._top) * self.ratio)

    def _lay_frame(self, picture: Pixels, begin: int, end: int, y: int) -> None:
        """Copy a frame's picture from one column to another: its ends, and its middle as often as is wanted."""
        length, cap = picture.shape[1], round(CAP_PX * self.ratio)
        tail = min(cap, (end - begin + 1) // 2)
        stop, longest = end - tail, length - cap
        self._lay(picture[:, : min(longest, stop - begin)], begin, y)
        # What lies far beyond the sheet is skipped, in whole pieces of the middle.
        step = longest - cap
        for at in range(begin + longest, min(stop, self.pixels.shape[1]), step):
            if at + step > 0:
                self._lay(picture[:, cap : cap + min(step, stop - at)], at, y)
        self._lay(picture[:, length - tail :], stop, y)

    def _lay(self, picture: Pixels, x: int, y: int) -> None:
        """Copy a picture there, as far as it is on the sheet."""
        height, width = picture.shape
        if x >= 0 and y >= 0 and x + width <= self._width and y + height <= self._height:
            self.pixels[y : y + height, x : x + width] = picture
            return
        if x < 0 or y < 0:
            picture = picture[max(0, -y) :, max(0, -x) :]
        here = self.pixels[max(0, y) : max(0, y + height), max(0, x) : max(0, x + width)]
        here[:] = picture if here.shape == picture.shape else picture[: here.shape[0], : here.shape[1]]


def words_width(words: str) -> int:
    """Pixels that a line of small text takes."""
    return _width(words, theme.text_px("small"))


@lru_cache(maxsize=MOST_FRAMES)
def _frame(kind: FrameKind, height: int, ratio: float) -> Pixels:
    """A frame as wide as ``FRAME_PX``, of which the ends and as much of the middle as is wanted are copied."""
    picture = _blank(FRAME_PX, height, ratio, Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
    stroke = QPen(QColor(kind.pen), kind.width_px)
    if kind.is_dashed:
        stroke.setDashPattern([4, 3])
        stroke.setCapStyle(Qt.PenCapStyle.FlatCap)
    painter.setPen(stroke)
    painter.setBrush(QBrush(QColor(kind.fill)))
    inset = max(1.0, kind.width_px) / 2
    box = QRectF(0, 0, FRAME_PX, height).adjusted(inset, inset, -inset, -inset)
    painter.drawRoundedRect(box, kind.radius_px, kind.radius_px)
    painter.end()
    return pixels_of(picture).copy()


@lru_cache(maxsize=MOST_WORDS)
def _line(words: str, colour: int, fill: str, text_px: int, ratio: float, height: int) -> tuple[Pixels, int]:
    """One line of small text cut to a height of the screen's pixels, and how far down it stands in the middle of it."""
    picture = _words(words, colour, fill, text_px, ratio)
    spare = height - picture.shape[0]
    if spare < 0:
        picture = picture[-spare // 2 : picture.shape[0] + spare + -spare // 2]
    return picture, max(0, spare) // 2


def _words(words: str, colour: int, fill: str, text_px: int, ratio: float) -> Pixels:
    """One line of small text, upon the fill it stands on."""
    picture = _blank(_width(words, text_px) + 2, QFontMetrics(_font(text_px)).height(), ratio, QColor(fill))
    painter = QPainter(picture)
    painter.setFont(_font(text_px))
    painter.setPen(QColor.fromRgba(colour))
    painter.drawStaticText(0, 0, laid_out(words))
    painter.end()
    return pixels_of(picture).copy()


@lru_cache(maxsize=MOST_WORDS)
def _width(words: str, text_px: int) -> int:
    return QFontMetrics(_font(text_px)).horizontalAdvance(words)


def _font(text_px: int) -> QFont:
    font = theme.font("small")
    font.setPixelSize(text_px)
    return font


def _blank(width: int, height: int, ratio: float, ground: QColor | Qt.GlobalColor) -> QImage:
    picture = QImage(max(1, round(width * ratio)), max(1, round(height * ratio)), FORM)
    picture.setDevicePixelRatio(ratio)
    picture.fill(ground)
    return picture
