"""How far a label's probabilities can be believed, as a small square: where they are, beside where they should be."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import set_tip
from annodesk.ui.quality.figures import percent

if TYPE_CHECKING:
    from annodesk.quality.calibration import Bin, Reliability

SIDE = 46


class ReliabilityPlot(QWidget):
    """A dot for each bin of answers, the larger the more answers; on the line what is said is found as often."""

    def __init__(self, name: str, found: Reliability) -> None:
        super().__init__()
        self.setAccessibleName(f"How far {name} can be believed")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._bins: Sequence[Bin] = found.bins
        self._most = max((one.n for one in found.bins), default=1)
        set_tip(self, words_of(found))
        self.setAccessibleDescription(words_of(found))

    def sizeHint(self) -> QSize:
        return QSize(theme.px(SIDE), theme.px(SIDE))

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = theme.px(3)
        room = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.setPen(QPen(QColor(now.line), 1))
        painter.drawRect(room)
        painter.drawLine(QLineF(room.bottomLeft(), room.topRight()))
        painter.setPen(QPen(QColor(now.accent), 1.2))
        places = [
            QPointF(room.left() + one.probability * room.width(), room.bottom() - one.right * room.height())
            for one in self._bins
        ]
        for before, after in itertools.pairwise(places):
            painter.drawLine(QLineF(before, after))
        painter.setBrush(QColor(now.accent))
        for place, one in zip(places, self._bins, strict=True):
            radius = theme.px(1.5) + theme.px(2) * one.n / self._most
            painter.drawEllipse(place, radius, radius)
        painter.end()


def words_of(found: Reliability) -> str:
    """What the square says, in words."""
    if not found.bins:
        return "Nobody has answered this without sight of what the model says."
    lines = [f"said {percent(one.probability)}, right {percent(one.right)} (n {one.n:,})" for one in found.bins]
    error = f"\nOff by {percent(found.ece)} on the mean." if found.ece is not None else ""
    return "\n".join(lines) + error
