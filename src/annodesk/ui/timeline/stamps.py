"""Pictures of frames and of words, made once and set down wherever they are seen.

Setting down a picture takes a tenth of what a rounded frame or a line of text takes to draw, and a view that is panned
or zoomed shows the same few of them again and again.
"""

from __future__ import annotations

from functools import lru_cache
from typing import NamedTuple

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPaintDevice, QPainter, QPen, QPixmap

from annodesk.ui import theme
from annodesk.ui.plain import laid_out

FRAME_PX, CAP_PX = 1024, 8
"""Width of a frame's picture, and of its ends, which are never repeated."""
MOST_FRAMES, MOST_WORDS = 64, 1024
LONGEST_PX = 1200
"""Words wider than this are drawn letter by letter: their picture would be larger than what is seen of it."""


class FrameKind(NamedTuple):
    """Colour and width of a frame's pen, whether it is dashed, the colour of its inside, and the radius of its ends."""

    pen: str
    width_px: float
    is_dashed: bool
    fill: str
    radius_px: float


@lru_cache(maxsize=MOST_FRAMES)
def _frame(kind: FrameKind, height: int, ratio: float) -> QPixmap:
    """A frame as wide as ``FRAME_PX``, of which the ends and as much of the middle as is wanted are set down."""
    picture = _blank(FRAME_PX, height, ratio)
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
    return picture


@lru_cache(maxsize=MOST_WORDS)
def _words(words: str, colour: int, text_px: int, ratio: float) -> QPixmap:
    """One line of small text."""
    picture = _blank(_width(words, text_px) + 2, QFontMetrics(_font(text_px)).height(), ratio)
    painter = QPainter(picture)
    painter.setFont(_font(text_px))
    painter.setPen(QColor.fromRgba(colour))
    painter.drawStaticText(0, 0, laid_out(words))
    painter.end()
    return picture


@lru_cache(maxsize=MOST_WORDS)
def _width(words: str, text_px: int) -> int:
    return QFontMetrics(_font(text_px)).horizontalAdvance(words)


def _font(text_px: int) -> QFont:
    font = theme.font("small")
    font.setPixelSize(text_px)
    return font


def set_frame(painter: QPainter, left: int, top: int, width: int, height: int, kind: FrameKind) -> None:
    """Set down a frame of a kind and size, in whole pixels."""
    ratio = _ratio(painter.device())
    picture = _frame(kind, height, ratio)
    if width <= 2 * CAP_PX:
        left_px = width // 2
        _set(painter, picture, left, top, 0, left_px, height, ratio)
        _set(painter, picture, left + left_px, top, FRAME_PX - (width - left_px), width - left_px, height, ratio)
        return
    middle, right = left, left + width - CAP_PX
    while middle < right:
        part = min(right - middle, FRAME_PX - 2 * CAP_PX)
        _set(painter, picture, middle, top, 0 if middle == left else CAP_PX, part, height, ratio)
        middle += part
    _set(painter, picture, right, top, FRAME_PX - CAP_PX, CAP_PX, height, ratio)


def words_width(words: str) -> int:
    """Pixels that a line of small text takes."""
    return _width(words, theme.text_px("small"))


def set_words(painter: QPainter, left: int, top: int, words: str, colour: int) -> None:
    """Set down a line of small text at its upper left corner, in a colour as one number."""
    text_px = theme.text_px("small")
    if _width(words, text_px) <= LONGEST_PX:
        painter.drawPixmap(left, top, _words(words, colour, text_px, _ratio(painter.device())))
        return
    painter.setPen(QColor.fromRgba(colour))
    painter.drawStaticText(left, top, laid_out(words))


def _set(
    painter: QPainter, picture: QPixmap, left: int, top: int, part_left: int, width: int, height: int, ratio: float
) -> None:
    if width < 1:
        return  # Qt would take the whole picture
    if ratio == 1.0:
        painter.drawPixmap(left, top, picture, part_left, 0, width, height)
    else:
        source = QRectF(part_left * ratio, 0, width * ratio, height * ratio)
        painter.drawPixmap(QRectF(left, top, width, height), picture, source)


def _ratio(device: QPaintDevice) -> float:
    return device.devicePixelRatio()


def _blank(width: int, height: int, ratio: float) -> QPixmap:
    picture = QPixmap(max(1, round(width * ratio)), max(1, round(height * ratio)))
    picture.setDevicePixelRatio(ratio)
    picture.fill(Qt.GlobalColor.transparent)
    return picture
