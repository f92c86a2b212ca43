"""The card under the rulings: how many open disagreements of the kind just ruled there are, and the way to them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label
from annodesk.ui.review.bars import LARGE_TEXT


class AlikeCard(QFrame):
    """Says how many there are; pressed, they are looked through as a grid."""

    pressed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.count, self.pair = label("", "strong"), ElidedLabel("small")
        self.button = KeyButton("Look through as a grid", "review.alike", by_tab=True)
        self.button.clicked.connect(self.pressed)
        words = QVBoxLayout()
        words.setSpacing(2)
        words.addWidget(self.count)
        words.addWidget(self.pair)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 8, 12, 8)
        row.setSpacing(12)
        row.addLayout(words, 1)
        row.addWidget(self.button, 0, Qt.AlignmentFlag.AlignVCenter)
        theme.notifier().theme_changed.connect(self._draw)
        self._draw()
        self.hide()

    def show_count(self, count: int, pair: str, more: str = "") -> None:
        """Show how many of a pair are open, and what is not known yet."""
        one = "1 open disagreement" if count == 1 else f"{count} open disagreements"
        self.count.setText(f"{one} of this same pair" if count else "No other of this pair is known yet")
        self.pair.set_whole(" · ".join(part for part in (f"{pair}, most alike first", more) if part))
        self.setAccessibleName(f"{self.count.text()}: {pair}. {more}".strip())
        self.show()

    def _draw(self) -> None:
        self.button.setText("Look through as a grid" if theme.scale() < LARGE_TEXT else "Grid")
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        look = theme.current()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(look.line), 1))
        painter.setBrush(theme.mix(look.background, look.panel, 0.8))
        painter.drawRoundedRect(self.rect().adjusted(1, 1, -1, -1), theme.RADIUS_CARD, theme.RADIUS_CARD)
        painter.end()
