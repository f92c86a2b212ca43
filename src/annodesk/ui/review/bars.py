"""The two bars of the review desk: which disagreement is looked at and what is said there, and the rulings."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QIcon, QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label, restyle
from annodesk.ui.player.panel import SoundButton
from annodesk.ui.review.actions import take_action
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
        self.previous = KeyButton("", "review.previous", role="flat", tip="Previous disagreement", by_tab=True)
        self.next = KeyButton("", "review.next", role="flat", tip="Next disagreement", by_tab=True)
        self.hear = KeyButton("Hear it", "review.hear", by_tab=True)
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

    def set_tight(self, is_tight: bool) -> None:
        """Leave out who says what, where the lanes below, which show it, would have no room."""
        self.said.setHidden(is_tight)

    def _colour_state(self) -> None:
        self.state.setStyleSheet(f"color: {theme.current().ok_text if self._is_ruled else theme.current().warn_text};")

    def show_playing(self, is_playing: bool) -> None:
        """Whether the button stops what is heard."""
        self.hear.setIcon(theme.icon("pause" if is_playing else "play", theme.current().text))

    def _draw(self) -> None:
        is_large = theme.scale() >= LARGE_TEXT
        words, moves = ((self.state, 0), (self.kind, 1)), (self.sound_button, self.previous, self.next)
        for widget in (self.state, self.kind, *moves):
            for row in (self._first, self._second):
                row.removeWidget(widget)
        if is_large:  # a line of their own, so that the count is never cut
            for widget, stretch in (*words, *((one, 0) for one in moves)):
                self._second.addWidget(widget, stretch)
        else:
            for place, (widget, stretch) in enumerate(words):
                self._first.insertWidget(1 + place, widget, stretch)
            for widget in moves:
                self._first.insertWidget(self._first.count() - 1, widget)
        self.hear.setText("Hear it" if theme.scale() < LARGE_TEXT else "")
        self.previous.setIcon(theme.icon("chevron-left"))
        self.next.setIcon(theme.icon("chevron-right"))
        self.show_playing(False)
        self._colour_state()


_WORDS = (
    ("Average edge", "Average"),
    ("Neither", "Neither"),
    ("Draw own", "Draw"),
    ("Several acceptable", "Several"),
    ("Cannot be decided", "Undecided"),
    ("Exclude", "Exclude"),
)
"""What stands on the rulings besides the sides', and the one word of it where the text is large."""


class _Whole(QWidget):
    """As high as its lines need at its width: what stands below gives way."""

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.keep()

    def keep(self) -> None:
        """Its lines may be others now."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(layout.heightForWidth(self.width()))


class RulingBar(QFrame):
    """Every ruling as a button with its key, and Settle with what it still waits for.

    ruled(str)    a letter, or what `Decisions.rule` calls the others
    """

    ruled = Signal(str)
    settle_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._flow_host = _Whole()
        self._flow = FlowLayout(self._flow_host, gap=6)
        self.takes: dict[str, KeyButton] = {}
        self.average = self._make("", "M", "average", "Put the boundary at the mean of the sides'")
        self.neither = self._make("", "N", "neither", "None of them is right: the place is emptied")
        self.draw = self._make("", "draw", "draw", "Draw here, then press a label's key")
        self.several = self._make("", "S", "several", "Several answers are acceptable; all are kept")
        self.undecided = self._make("", "U", "undecided", "Cannot be decided: nobody could know")
        self.exclude = self._make("", "X", "exclude", "Leave this place out, with a reason")
        self.others = {"N": self.neither, "S": self.several, "U": self.undecided, "X": self.exclude}
        self.missing = ElidedLabel("small")
        self.missing.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self.settle = KeyButton("Settle", "review.settle", tip="Settle this item by your rulings", by_tab=True)
        self.settle.clicked.connect(self.settle_asked)
        self.hint = ElidedLabel("small")
        self._first, self._second = QHBoxLayout(), QHBoxLayout()
        self._first.setSpacing(12)
        self._first.addWidget(self._flow_host, 1)
        self._second.setSpacing(12)
        self._second.addWidget(self.hint, 3)
        self._second.addWidget(self.missing, 2)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 6)
        column.setSpacing(6)
        column.addLayout(self._first)
        column.addLayout(self._second)
        theme.notifier().theme_changed.connect(self._fit_text)
        self._fit_text()

    def _fit_text(self) -> None:
        """With large text each ruling is one word, without a key that it names already; Settle goes below them,
        beside what was ruled just before."""
        for button, (words, word) in zip(self.buttons()[len(self.takes) :], _WORDS, strict=True):
            button.setText(words if theme.scale() < LARGE_TEXT else word)
            button.updateGeometry()
        for button in (*self.takes.values(), self.draw, self.settle):
            button.show_cap(theme.scale() < LARGE_TEXT)
        self._first.removeWidget(self.settle)
        self._second.removeWidget(self.settle)
        is_large = theme.scale() >= LARGE_TEXT
        self.missing.setHidden(is_large)  # the title counts what is left
        row = self._second if is_large else self._first
        row.addWidget(self.settle, 0, Qt.AlignmentFlag.AlignTop)

    def buttons(self) -> list[KeyButton]:
        """Every ruling, as they stand."""
        last = (self.average, self.neither, self.draw, self.several, self.undecided, self.exclude)
        return [*self.takes.values(), *last]

    def set_letters(self, letters: Sequence[str]) -> None:
        """A button for each lane that can be taken."""
        for made in self.buttons():
            self._flow.removeWidget(made)
        for made in self.takes.values():
            made.hide()
            made.deleteLater()
        self.takes = {letter: self._take(letter) for letter in letters}
        for made in self.buttons():
            self._flow.addWidget(made)
            made.show()
        self._fit_text()

    def show_ruling(self, ruling: str, *, can_average: bool, in_time: bool, can_rule: bool, hint: str) -> None:
        """Mark what was ruled here, and offer only what can be done; an edge and a drawing only in time."""
        chosen = {"neither": "N", "several": "S", "undecided": "U", "excluded": "X"}.get(ruling, ruling)
        for letter, made in {**self.takes, **self.others}.items():
            made.setEnabled(can_rule)
            made.setIcon(theme.icon("check-bold", theme.current().ok) if letter == chosen else QIcon())
            made.setProperty("ruled", letter == chosen)
        self.average.setEnabled(can_rule and can_average)
        self.draw.setEnabled(can_rule and in_time)
        for made in (self.average, self.draw):
            made.setVisible(in_time)
        self.hint.set_whole(hint)
        self._flow_host.keep()

    def show_missing(self, missing: str, *, can_settle: bool) -> None:
        """What still keeps the item from being settled; with nothing missing Settle is the thing to do."""
        self.missing.set_whole(missing)
        self.settle.setEnabled(can_settle)
        restyle(self.settle, "primary" if can_settle and not missing else "")

    def _take(self, letter: str) -> KeyButton:
        return self._make(f"Take {letter}", letter, "".join(take_action(letter).keys), f"What {letter} says is right")

    def _make(self, text: str, how: str, key: str, tip: str) -> KeyButton:
        """A button of a ruling; ``key`` is a key, or the name of the action that has it."""
        made = KeyButton(text, key if len(key) < 2 else f"review.{key}", tip=tip, by_tab=True)
        made.clicked.connect(lambda _checked=False, how=how: self.ruled.emit(how))
        return made
