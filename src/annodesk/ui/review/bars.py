"""The two bars of the review desk: which disagreement is looked at and what is said there, and the rulings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import label, restyle
from annodesk.ui.player.panel import SoundButton
from annodesk.ui.review.keyed import KeyedButton
from annodesk.ui.text.flow import FlowLayout

LARGE_TEXT = 1.4
"""From this scale on the bars use one line more."""


class PlaceBar(QFrame):
    """Disagreement 3 of 4, who says what, and the way to the next, the previous and to hearing it."""

    stepped = Signal(int)
    hear_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        self._is_ruled = False
        self.count = label("", "title")
        self.kind = ElidedLabel("small")
        self.state = label("", "small")
        self.said = QLabel()
        self.said.setTextFormat(Qt.TextFormat.RichText)
        self.said.setWordWrap(True)
        self.said.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.previous = KeyedButton("", "review.previous", role="flat", tip="Previous disagreement")
        self.next = KeyedButton("", "review.next", role="flat", tip="Next disagreement")
        self.hear = KeyedButton("Hear it", "review.hear")
        self.sound_button = SoundButton()
        self.previous.clicked.connect(lambda: self.stepped.emit(-1))
        self.next.clicked.connect(lambda: self.stepped.emit(1))
        self.hear.clicked.connect(self.hear_asked)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        for row in (self._first, self._second):
            row.setSpacing(8)
        self._first.addWidget(self.count)
        self._first.addStretch()
        for widget in (self.sound_button, self.previous, self.next, self.hear):
            self._first.addWidget(widget)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addLayout(self._first)
        column.addLayout(self._second)
        column.addWidget(self.said)
        theme.notifier().theme_changed.connect(self._draw)
        self._draw()

    def show_place(self, count: str, kind: str, said_html: str, *, is_ruled: bool, can_hear: bool, many: bool) -> None:
        """Show which disagreement it is, what is said there, and whether it is ruled."""
        self.count.setText(count)
        self.kind.set_whole(kind)
        self.said.setText(said_html)
        self.state.setText("✓ ruled" if is_ruled else "yours to decide" if kind else "")
        self._is_ruled = is_ruled
        self._colour_state()
        self.hear.setVisible(can_hear)
        self.sound_button.setVisible(can_hear)
        for one in (self.previous, self.next):
            one.setVisible(many)

    def _colour_state(self) -> None:
        self.state.setStyleSheet(f"color: {theme.current().ok_text if self._is_ruled else theme.current().warn_text};")

    def show_playing(self, is_playing: bool) -> None:
        """Whether the button stops what is heard."""
        self.hear.setIcon(theme.icon("pause" if is_playing else "play", theme.current().text))

    def _draw(self) -> None:
        is_large = theme.scale() >= LARGE_TEXT
        for place, (widget, stretch) in enumerate(((self.state, 0), (self.kind, 1))):
            for row in (self._first, self._second):
                row.removeWidget(widget)
            if is_large:  # a line of their own, so that the count is never cut
                self._second.addWidget(widget, stretch)
            else:
                self._first.insertWidget(1 + place, widget, stretch)
        self.hear.setText("Hear it" if theme.scale() < LARGE_TEXT else "")
        self.previous.setIcon(theme.icon("chevron-left"))
        self.next.setIcon(theme.icon("chevron-right"))
        self.show_playing(False)
        self._colour_state()


class RulingBar(QFrame):
    """Take A, take B, average the edge, neither, and Settle with what it still waits for.

    ruled(str)    a letter, ``M`` for the average or ``N`` for neither
    """

    ruled = Signal(str)
    settle_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow_host = QWidget()
        self._flow = FlowLayout(self._flow_host, gap=8)
        self.takes: dict[str, KeyedButton] = {}
        self.average = self._add("Average edge", "M", "Put the boundary half way between the two")
        self.neither = self._add("Neither", "N", "None of them is right: draw your own")
        self.missing = ElidedLabel("small")
        self.missing.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.settle = KeyedButton("Settle", "review.settle", tip="Settle this item by your rulings")
        self.settle.clicked.connect(self.settle_asked)
        self.hint = label("", "small", wrap=True)
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        self._first.setSpacing(12)
        self._first.addWidget(self._flow_host, 1)
        self._second.setSpacing(12)
        self._second.addWidget(self.hint, 1)
        self._second.addWidget(self.missing, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 6)
        column.setSpacing(6)
        column.addLayout(self._first)
        column.addLayout(self._second)
        theme.notifier().theme_changed.connect(self._place_settle)
        self._place_settle()

    def _place_settle(self) -> None:
        """Settle stands beside the rulings; with large text it goes below, so that they keep one line."""
        self._first.removeWidget(self.settle)
        self._second.removeWidget(self.settle)
        (self._first if theme.scale() < LARGE_TEXT else self._second).addWidget(self.settle)

    def set_letters(self, letters: Sequence[str]) -> None:
        """A button for each lane that can be taken."""
        for made in self.takes.values():
            self._flow.removeWidget(made)
            made.hide()
            made.deleteLater()
        for made in (self.average, self.neither):
            self._flow.removeWidget(made)
        self.takes = {letter: self._add(f"Take {letter}", letter, f"What {letter} says is right") for letter in letters}
        for made in (self.average, self.neither):
            self._flow.addWidget(made)
            made.show()

    def show_ruling(self, ruling: str, *, can_average: bool, can_rule: bool, hint: str) -> None:
        """Mark what was ruled here, and offer only what can be done."""
        chosen = {"neither": "N"}.get(ruling, ruling)
        for letter, made in {**self.takes, "M": self.average, "N": self.neither}.items():
            made.setEnabled(can_rule and (letter != "M" or can_average))
            made.setIcon(theme.icon("check-bold", theme.current().ok) if letter == chosen else QIcon())
            made.setProperty("ruled", letter == chosen)
        self.hint.setText(hint)

    def show_missing(self, missing: str, *, can_settle: bool) -> None:
        """What still keeps the item from being settled; with nothing missing Settle is the thing to do."""
        self.missing.set_whole(missing)
        self.settle.setEnabled(can_settle)
        restyle(self.settle, "primary" if can_settle and not missing else "")

    def _add(self, text: str, key: str, tip: str) -> KeyedButton:
        made = KeyedButton(text, key, tip=tip)
        made.clicked.connect(lambda _checked=False, key=key: self.ruled.emit(key))
        self._flow.addWidget(made)
        return made
