"""Paints how values between 0 and 1 are spread, small in a table or large above a threshold."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter

from annodesk.ui import theme

BINS = 20


def bins_of(values: Sequence[float], bins: int = BINS) -> list[int]:
    """How many values lie in each of so many equal parts of 0 to 1; 1 itself is in the last."""
    found = [0] * bins
    for value in values:
        found[max(0, min(bins - 1, int(value * bins + 1e-9)))] += 1
    return found


def paint_bins(
    painter: QPainter, room: QRectF, counts: Sequence[int], *, below: float | None = None, gap: float = 1.0
) -> None:
    """Bars from the bottom of a room, the highest as high as it is; those below a threshold are warm and hatched.

    Parameters
    ----------
    below : a threshold from 0 to 1; a bar it goes through is divided there
    """
    highest = max(counts, default=0)
    if not highest:
        return
    now = theme.current()
    width = room.width() / len(counts)
    ordinary, warm = QColor(now.dim), QColor(now.warn)
    painter.save()
    painter.setPen(Qt.PenStyle.NoPen)
    for place, count in enumerate(counts):
        if not count:
            continue
        height = max(1.5, room.height() * count / highest)
        bar = QRectF(room.left() + place * width, room.bottom() - height, max(1.0, width - gap), height)
        edge = bar.left() if below is None else room.left() + below * room.width()
        left = bar.intersected(QRectF(room.left(), room.top() - 1, max(0.0, edge - room.left()), room.height() + 2))
        if below is not None and left.width() > 0:
            painter.fillRect(left, theme.mix(now.panel, warm, 0.35))
            painter.fillRect(left, QBrush(warm, Qt.BrushStyle.BDiagPattern))
        if below is None or left.width() < bar.width():
            right = bar if below is None else bar.adjusted(max(0.0, left.width()), 0, 0, 0)
            painter.fillRect(right, ordinary)
    painter.restore()
