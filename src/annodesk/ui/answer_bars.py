"""An answer of the model as bars: its labels with how likely each is, the likeliest first."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline.segment_paint import percent

MOST_BARS = 8


class AnswerBars(QWidget):
    """Labels with how likely each is, the likeliest first; those that find no room are counted."""

    def __init__(self, name: str = "What the model answers") -> None:
        super().__init__()
        self.setAccessibleName(name)
        self._rows: list[tuple[str, float]] = []
        self._more = 0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().theme_changed.connect(self.updateGeometry)

    def show_answer(self, probabilities: Sequence[tuple[str, float]]) -> None:
        """Show an answer; none of an empty one."""
        rows = sorted(probabilities, key=lambda one: -one[1])
        self._rows, self._more = [(shown(name, 60), p) for name, p in rows[:MOST_BARS]], max(0, len(rows) - MOST_BARS)
        self.setAccessibleDescription(", ".join(f"{name} {percent(p)}" for name, p in self._rows))
        self.setVisible(bool(self._rows))
        self.updateGeometry()
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(240), theme.px(22) * (len(self._rows) + bool(self._more)))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(140), self.sizeHint().height())

    def paintEvent(self, event: QPaintEvent) -> None:
        now = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(theme.font())
        metrics = painter.fontMetrics()
        names = min(self.width() * 0.45, max((metrics.horizontalAdvance(name) for name, _ in self._rows), default=0))
        number = metrics.horizontalAdvance("100 %") + theme.px(6)
        line = theme.px(22)
        is_rtl = self.layoutDirection() == Qt.LayoutDirection.RightToLeft
        for place, (name, probability) in enumerate(self._rows):
            row = QRectF(0, place * line, self.width(), line)
            is_first = place == 0
            graph = row.adjusted(names + theme.px(12), line * 0.3, -number - theme.px(6), -line * 0.3)
            words, value = QRectF(0, row.top(), names, line), QRectF(row.right() - number, row.top(), number, line)
            if is_rtl:
                graph, words, value = (_mirrored(one, self.width()) for one in (graph, words, value))
            painter.setPen(QColor(now.text if is_first else now.dim))
            side = Qt.AlignmentFlag.AlignRight if is_rtl else Qt.AlignmentFlag.AlignLeft
            told = metrics.elidedText(name, Qt.TextElideMode.ElideRight, int(names) + 1)
            painter.drawText(words, side | Qt.AlignmentFlag.AlignVCenter, told)
            painter.drawText(value, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, percent(probability))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(now.raised))
            painter.drawRoundedRect(graph, 3, 3)
            filled = QRectF(graph)
            filled.setWidth(max(2.0, graph.width() * probability))
            if is_rtl:
                filled.moveRight(graph.right())
            painter.setBrush(QColor(now.accent) if is_first else theme.mix(now.panel, now.accent, 0.45))
            painter.drawRoundedRect(filled, 3, 3)
        if self._more:
            painter.setPen(QColor(now.dim))
            rest = QRectF(0, len(self._rows) * line, self.width(), line)
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, f"and {self._more:,} more")
        painter.end()


def _mirrored(room: QRectF, width: float) -> QRectF:
    return QRectF(width - room.right(), room.top(), room.width(), room.height())
