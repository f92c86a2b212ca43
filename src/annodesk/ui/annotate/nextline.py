"""One line that says what the next key will do."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.plain import set_tip, shown

Run = tuple[str, str]
"""A kind (text, dim, strong, key, warn) and the words or the key."""


class NextKeyLine(QWidget):
    """Painted, not built of labels: it changes with the playhead."""

    def __init__(self) -> None:
        super().__init__()
        self._part = ""
        self._runs: tuple[Run, ...] = ()
        self._share = 0.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        theme.notifier().theme_changed.connect(self.updateGeometry)

    def show_runs(self, part: str, runs: Sequence[Run]) -> None:
        """Show the tier in work and what the next key does."""
        part, runs = shown(part, 60), tuple((kind, shown(text)) for kind, text in runs)
        if (part, runs) != (self._part, self._runs):
            self._part, self._runs = part, runs
            self.setAccessibleName(self.sentence())
            set_tip(self, self.sentence())
            self.update()

    def set_share(self, share: float) -> None:
        """Draw how much of a wait is over, 0 to 1; nothing where there is none."""
        if share != self._share:
            self._share = share
            self.update()

    def sentence(self) -> str:
        """The line as plain text."""
        return " ".join(shown_key(text) if kind == "key" else text for kind, text in self._runs)

    def sizeHint(self) -> QSize:
        return QSize(theme.px(400), theme.px(32))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(120), theme.px(32))

    def paintEvent(self, event: QPaintEvent) -> None:
        tokens = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), QColor(tokens.panel))
        painter.fillRect(0, 0, self.width(), 1, QColor(tokens.line))
        painter.fillRect(0, self.height() - 1, self.width(), 1, QColor(tokens.line))
        if self._share:
            height = theme.px(2)
            painter.fillRect(
                0, self.height() - height, round(self.width() * self._share), height, QColor(tokens.accent)
            )
        painter.setFont(theme.font())
        painter.setPen(QColor(tokens.text))
        x = float(theme.px(12))
        painter.drawText(QRectF(x, 0, 400, self.height()), Qt.AlignmentFlag.AlignVCenter, self._part)
        x += max(theme.px(72), painter.fontMetrics().horizontalAdvance(self._part) + theme.px(16))
        for kind, text in self._fitting(self.width() - x):
            if x > self.width() - theme.px(20):
                break
            x = self._paint_run(painter, x, kind, text, tokens)
        painter.end()

    def _fitting(self, room: float) -> tuple[Run, ...]:
        """The runs without the dim words where there is no room for all: the keys matter more."""
        strong = QFont(theme.font())
        strong.setBold(True)
        words, caps = QFontMetrics(strong), QFontMetrics(theme.mono_font("head"))
        width = sum(
            caps.horizontalAdvance(shown_key(text)) + theme.px(20)
            if kind == "key"
            else words.horizontalAdvance(text) + theme.px(5)
            for kind, text in self._runs
        )
        return self._runs if width <= room else tuple(run for run in self._runs if run[0] != "dim") or self._runs

    def _paint_run(self, painter: QPainter, x: float, kind: str, text: str, tokens: theme.Theme) -> float:
        if kind == "key":
            text = shown_key(text)
            painter.setFont(theme.mono_font("head"))
            metrics = painter.fontMetrics()
            width = max(metrics.horizontalAdvance(text), theme.px(8)) + theme.px(8)
            height = metrics.height() + 2
            cap = QRectF(x + theme.px(6), (self.height() - height) / 2, width, height)
            painter.setPen(QColor(tokens.line))
            painter.setBrush(QColor(tokens.raised))
            painter.drawRoundedRect(cap, theme.RADIUS_MARK, theme.RADIUS_MARK)
            painter.setPen(QColor(tokens.dim))
            painter.drawText(cap, Qt.AlignmentFlag.AlignCenter, text)
            return cap.right() + theme.px(6)
        font = QFont(theme.font())
        font.setBold(kind == "strong")
        painter.setFont(font)
        colours = {"text": tokens.text, "strong": tokens.text, "warn": tokens.warn_text}
        painter.setPen(QColor(colours.get(kind, tokens.dim)))
        room = max(0, int(self.width() - x - theme.px(8)))
        drawn = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.drawText(QRectF(x, 0, room, self.height()), Qt.AlignmentFlag.AlignVCenter, drawn)
        return x + painter.fontMetrics().horizontalAdvance(drawn) + theme.px(5)
