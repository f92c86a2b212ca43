"""How the cells of the segment table are drawn: by hand, for a style sheet takes many times as long over each."""

from __future__ import annotations

from functools import lru_cache

from msgspec import Struct
from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPixmap

from annodesk.ui import theme

BESIDE_PX = 7
"""Left free beside the words of a cell: as much as the header leaves."""
MARK_PX = 12
_WHERE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)


class Cell(Struct, frozen=True):
    """What stands in a cell: its words, and the mark of a label (icon and colour)."""

    words: str
    is_dim: bool = False
    is_time: bool = False
    mark: tuple[str, str] | None = None


class CellPainter:
    """Draws cells in the theme of the moment."""

    def __init__(self, painter: QPainter) -> None:
        colours = theme.current()
        self._painter, self._ratio = painter, painter.device().devicePixelRatioF()
        self._raised, self._dim, self._text = (QColor(c) for c in (colours.raised, colours.dim, colours.text))
        self._beside, self._mark_px = theme.px(BESIDE_PX), theme.px(MARK_PX)
        self._fonts = {is_time: _with_metrics(theme.mono_font() if is_time else theme.font()) for is_time in (0, 1)}

    def paint_ground(self, row: QRect) -> None:
        """The ground of a row that is chosen."""
        self._painter.fillRect(row, self._raised)

    def paint(self, cell: Cell, left: int, top: int, width: int, height: int, *, is_chosen: bool) -> None:
        """One cell in its place."""
        begin, end = left + self._beside, left + width - self._beside
        if cell.mark is not None:
            size = self._mark_px
            self._painter.drawPixmap(begin, top + (height - size) // 2, _mark(*cell.mark, size, self._ratio))
            begin += size + self._beside // 2
        words = cell.words
        if not words or end <= begin:
            return
        font, metrics = self._fonts[cell.is_time]
        if metrics.horizontalAdvance(words) > end - begin:
            words = metrics.elidedText(words, Qt.TextElideMode.ElideRight, end - begin)
        self._painter.setFont(font)
        self._painter.setPen(self._dim if cell.is_dim and not is_chosen else self._text)
        self._painter.drawText(QRect(begin, top, end - begin, height), _WHERE, words)


def _with_metrics(font: QFont) -> tuple[QFont, QFontMetrics]:
    return font, QFontMetrics(font)


@lru_cache(maxsize=256)
def _mark(name: str, colour: str, size: int, ratio: float) -> QPixmap:
    """The mark of a label, drawn once."""
    pixmap = QPixmap(round(size * ratio), round(size * ratio))
    pixmap.setDevicePixelRatio(ratio)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    theme.icon(name, colour).paint(painter, QRect(0, 0, size, size))
    painter.end()
    return pixmap
