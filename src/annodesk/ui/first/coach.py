"""What there is to do on each clip, in the keys of whoever does it, and how it is seen that it has been done."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.keys import bindings
from annodesk.ui.parts import Label, label, restyle

if TYPE_CHECKING:
    from annodesk.ui.annotate.taskview import TaskView

MOST_ORDERS = 4
DONE_SIGN = "✓"
LARGE = 140
"""From this size of text on, in percent, what comes next is shown alone: the work needs the room."""


class Order(Struct, frozen=True):
    """One thing to do; ``words`` name actions in braces, whose keys stand there when it is read."""

    words: str
    is_done: Callable[[TaskView], bool]

    def text(self) -> str:
        """The words with the keys that the person has now."""
        return self.words.format_map(_Keys())


class _Keys(dict[str, str]):
    def __missing__(self, name: str) -> str:
        return shown_key(f"annotate.{name}") or "–"


def _drawn(view: TaskView) -> int:
    return len(view.annotations.segments("sounds"))


def _labels(view: TaskView) -> list[str]:
    return [segment.labels[0] for segment in view.annotations.segments("sounds") if segment.labels]


def _never(_view: TaskView) -> bool:
    return False


ORDERS: tuple[tuple[Order, ...], ...] = (
    (
        Order("Listen: {play} plays and pauses.", lambda view: bool(view.timeline.heard) or view.transport.is_playing),
        Order(
            "Drag on the tier over the tone, from where it begins to where it ends. By keys: {draw} draws, "
            "{start_here} and {end_here} put its edges at the playhead.",
            lambda view: _drawn(view) > 0,
        ),
        Order("Press 1: the segment is a tone.", lambda view: "tone" in _labels(view)),
        Order("{submit} hands it in.", _never),
    ),
    (
        Order("Drag over the whole clip: one segment from end to end.", lambda view: view.share_done() > 0.8),
        Order("Put the playhead where the sound changes; {boundary} splits there. Twice.", lambda v: _drawn(v) >= 3),
        Order("Label each with 1 or 2; {next} goes to the next one.", lambda view: len(_labels(view)) >= 3),
        Order("{submit} hands it in.", _never),
    ),
    (
        Order(
            "Dashed is the model's. {take} takes one, {reject} says no.", lambda v: _drawn(v) > 0 and not len(v.pending)
        ),
        Order("One of the three is wrong: give it the right label.", lambda view: sorted(_labels(view)) == _RIGHT),
        Order("Answer the question on the right, by its key or the mouse.", lambda v: bool(v.annotations.answers())),
        Order("{submit} hands it in.", _never),
    ),
)
_RIGHT = ["noise", "noise", "tone"]


class Coach(QFrame):
    """Shows the orders of a clip above the work, and ticks them while they are carried out."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "panel")
        self.title = label("", "strong", wrap=True)
        self.lines: list[tuple[Label, Label]] = []
        self._orders: tuple[Order, ...] = ()
        self._done: list[bool] = []
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(theme.SPACE)
        column.addWidget(self.title)
        for _ in range(MOST_ORDERS):
            sign, words = label("", "dim"), label("", "dim", wrap=True)
            row = QHBoxLayout()
            row.addWidget(sign)
            row.addWidget(words, 1)
            column.addLayout(row)
            self.lines.append((sign, words))
        bindings.current().changed.connect(self._draw)
        theme.notifier().theme_changed.connect(self._draw)

    def show_orders(self, title: str, orders: tuple[Order, ...]) -> None:
        """Begin with a clip."""
        self.title.setText(title)
        self._orders, self._done = orders, [False] * len(orders)
        self._draw()

    def look(self, view: TaskView) -> None:
        """Tick what has been done by now; what was done once stays done."""
        if view.work is None:
            return
        done = [known or order.is_done(view) for known, order in zip(self._done, self._orders, strict=True)]
        if done != self._done:
            self._done = done
            self._draw()

    def done(self) -> list[bool]:
        """Which of the orders have been carried out."""
        return list(self._done)

    def _draw(self) -> None:
        following = self._done.index(False) if False in self._done else -1
        is_large = theme.px(100) >= LARGE
        for place, (sign, words) in enumerate(self.lines):
            is_there = place < len(self._orders) and (place == following or not is_large)
            for part in (sign, words):
                part.setVisible(is_there)
            if not is_there:
                continue
            is_done = self._done[place]
            sign.setText(DONE_SIGN if is_done else f"{place + 1}")
            sign.setFixedWidth(theme.px(14))
            restyle(sign, "ok" if is_done else "dim")
            restyle(words, "dim" if is_done else "")
            words.setText(self._orders[place].text())
            words.setAccessibleName(f"{'done: ' if is_done else ''}{self._orders[place].text()}")
