"""The threshold preview: how the items so far were scored, split where a threshold stands, and what it would have sent.

It is moved by keys or by hand, never by the wheel; nothing changes for anybody until it is set.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import QLineF, QRectF, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPen
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.handle_strip import STEPS, HandleStrip
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import key_cap, label
from annodesk.ui.quality.bins import BINS, paint_bins
from annodesk.ui.quality.figures import items, number, percent

if TYPE_CHECKING:
    from annodesk.workflow.preview import Preview

GRID = tuple(step / STEPS for step in range(STEPS + 1))
ENOUGH = 20
"""Of fewer items nothing is foretold."""
SURE = 0.05
"""A share whose interval is wider than this is said with it."""


class Foretold(Struct, frozen=True):
    """What each threshold of the grid would have sent to review, of a part, a label, or the items as a whole.

    ``own`` is the threshold it has of its own, ``inherited`` the one that it follows without.
    """

    previews: tuple[Preview, ...]
    own: float | None
    inherited: float | None

    @property
    def now(self) -> float:
        """The threshold that holds; 0 where nothing is sent to review."""
        return self.own if self.own is not None else self.inherited or 0.0

    @property
    def items(self) -> int:
        """The items it rests on."""
        return self.previews[0].items if self.previews else 0

    def at(self, value: float) -> Preview | None:
        """What a threshold would have sent."""
        place = round(value * STEPS)
        return self.previews[place] if 0 <= place < len(self.previews) else None


def bars_of(previews: Sequence[Preview], bins: int = BINS) -> list[int]:
    """How many items lie between the thresholds, in so many equal parts; those that always go are in the first."""
    if not previews:
        return [0] * bins
    edges = [previews[round(place * (len(previews) - 1) / bins)].below for place in range(bins + 1)]
    found = [high - low for low, high in pairwise(edges)]
    found[0] += edges[0]
    found[-1] += previews[-1].items - edges[-1]
    return found


def sentence_of(found: Preview | None) -> str:
    """What a threshold would have sent to review, or why that cannot be told."""
    if found is None or not found.items:
        return "Nothing has been scored here yet, so nothing can be foretold."
    if found.items < ENOUGH or found.share is None:
        return f"Not enough to know: {items(found.items)} scored so far, and {ENOUGH} are needed to tell."
    said = f"At {number(found.threshold)}, {percent(found.share)} of the items so far would have gone to review"
    if found.low is not None and found.high is not None and found.high - found.low > SURE:
        said += f" ({percent(found.low)} to {percent(found.high)} of what comes)"
    return f"{said}, {hours_words(found.hours_a_week)}."


def hours_words(hours: float | None) -> str:
    """What reviewing takes."""
    if hours is None:
        return "how long that takes is not known before something was reviewed"
    if hours < 1 / 60:
        return "under a minute a week"
    if hours < 1:
        return f"about {max(1, round(hours * 60))} min a week"
    return f"about {hours:.1f} h a week" if hours < 3 else f"about {hours:.0f} h a week"


class ThresholdStrip(HandleStrip):
    """The bars and the handle on them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("Threshold", words=number, parent=parent)
        self._bars: list[int] = [0] * BINS
        self._set = 0.0

    def show_bars(self, bars: Sequence[int], set_at: float) -> None:
        """Show how items were scored, and the threshold that is set."""
        self._bars, self._set = list(bars), set_at
        self.update()

    def paint_ground(self, painter: QPainter, room: QRectF) -> None:
        now = theme.current()
        paint_bins(painter, room, self._bars, below=self.value)
        painter.setPen(QPen(QColor(now.line), 1))
        painter.drawLine(QLineF(room.bottomLeft(), room.bottomRight()))
        painter.setFont(theme.font("small"))
        painter.setPen(QColor(now.dim))
        foot = QRectF(room.left() - theme.px(10), room.bottom() + 2, room.width() + theme.px(20), theme.px(18))
        for words, side in (("0", Qt.AlignmentFlag.AlignLeft), ("1", Qt.AlignmentFlag.AlignRight)):
            painter.drawText(foot.adjusted(theme.px(8), 0, -theme.px(8), 0), side, words)
        painter.drawText(foot, Qt.AlignmentFlag.AlignHCenter, "item score")
        at = self.place_of(self._set, room)
        painter.setPen(QPen(QColor(now.faint), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QLineF(at, room.top(), at, room.bottom()))


class ThresholdPanel(QWidget):
    """The strip with what it says, and the ways to set it.

    set_asked(object)   a threshold to be set (float), or None to follow the project again
    """

    set_asked = Signal(object)
    undo_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._found: Foretold | None = None
        self._may_set = False
        self._undo: float | None = None
        self._can_undo = False
        self.head = label("Send to review below", "head")
        self.stands = label("", "small", wrap=True)
        self.strip = ThresholdStrip()
        self.sentence = label("", wrap=True)
        self.sets = KeyButton("Set it", "agreement.set", role="primary", by_tab=True)
        self.follows = KeyButton("Follow the project", "agreement.follow", role="flat", by_tab=True)
        self.undoes = KeyButton("Back", "agreement.undo", role="flat", by_tab=True)
        self.why_not = label("", "dim", wrap=True)
        self.strip.moved.connect(lambda _: self._say())
        self.sets.clicked.connect(self.ask_set)
        self.follows.clicked.connect(self.ask_follow)
        self.undoes.clicked.connect(self.undo_asked)
        ways = QHBoxLayout()
        ways.setSpacing(theme.SPACE * 2)
        for way in (self.sets, self.follows, self.undoes):
            ways.addWidget(way)
        ways.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE * 2)
        heads = QHBoxLayout()
        heads.addWidget(self.head)
        heads.addWidget(key_cap("agreement.threshold"))
        heads.addStretch()
        column.addLayout(heads)
        column.addWidget(self.strip)
        column.addWidget(self.sentence)
        column.addLayout(ways)
        column.addWidget(self.stands)
        column.addWidget(self.why_not)
        self.show_waiting()

    @property
    def found(self) -> Foretold | None:
        """What is shown; None while it is being read."""
        return self._found

    @property
    def can_set(self) -> bool:
        """Whether what the handle is at may be set and is not set already."""
        return self._may_set and self._found is not None and self.strip.value != self._found.own

    @property
    def can_follow(self) -> bool:
        """Whether there is a threshold of its own to give up."""
        return self._may_set and self._found is not None and self._found.own is not None and self._follows_something

    def show_waiting(self, words: str = "Reading what the items so far scored …") -> None:
        """Nothing is known yet."""
        self._found = None
        self.strip.setEnabled(False)
        self.strip.show_bars([0] * BINS, 0.0)
        self.sentence.setText(words)
        self.stands.setText("")
        self._follow()

    def show_found(self, found: Foretold, *, whole: bool, may_set: bool, why_not: str, keep: bool = False) -> None:
        """Show what thresholds would have sent; the handle goes to the one that holds, or is kept where it was."""
        self._found, self._may_set, self._follows_something = found, may_set, not whole
        self.why_not.setText("" if may_set else why_not)
        self.strip.setEnabled(True)
        self.strip.show_bars(bars_of(found.previews), found.now)
        if not keep:
            self.strip.move_to(found.now)
        if found.own is not None:
            told = "The project's own threshold" if whole else "A threshold of its own"
            self.stands.setText(f"{told}: {number(found.own)}.")
        elif found.inherited is not None:
            self.stands.setText(f"Follows the project: {number(found.inherited)}.")
        else:
            self.stands.setText("A label sends nothing to review unless it has a threshold of its own.")
        self._say()

    def show_undo(self, words: str) -> None:
        """What setting it back would set; empty where nothing was set."""
        self._can_undo = bool(words)
        if words:
            self.undoes.set_words(words)
        self._follow()

    def ask_set(self) -> None:
        """Have the threshold set that the handle is at."""
        if self.can_set:
            self.set_asked.emit(self.strip.value)

    def ask_follow(self) -> None:
        """Have its own threshold taken away."""
        if self.can_follow:
            self.set_asked.emit(None)

    _follows_something = False

    def _say(self) -> None:
        if self._found is not None:
            self.sentence.setText(sentence_of(self._found.at(self.strip.value)))
            self.sets.set_words(f"Set {number(self.strip.value)}")
        self._follow()

    def _follow(self) -> None:
        self.sets.setVisible(self._may_set and self._found is not None)
        self.sets.setEnabled(self.can_set)
        self.follows.setVisible(self.can_follow)
        self.undoes.setVisible(self._can_undo and self._may_set)
        self.why_not.setVisible(bool(self.why_not.text()))
