"""Pins on returned work: an analyst's words at moments and elements, stepped through and ticked off one by one."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span
from annodesk.model.times import format_us
from annodesk.model.work import Comment
from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.parts import label, restyle

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from annodesk.services.changes import Changes
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context


def place_words(pin: Comment, annotations: AnnotationSet) -> str:
    """Where a pin is, in words."""
    element = annotations.get(pin.element_id) if pin.element_id is not None else None
    if isinstance(element, Segment):
        return f"{element.tier} {format_us(element.start_us, decimals=1)}"
    if isinstance(element, Span):
        return f"{element.type} in the text"
    if pin.element_id is not None:
        parts = pin.element_id.split(":")
        return parts[1] if parts[0] == "answer" and len(parts) > 1 else "something that is gone"
    if pin.time_us is not None:
        return format_us(pin.time_us, decimals=1)
    return "in the text" if pin.text_at is not None else "the whole task"


class _PinRow(QFrame):
    """A pin with its box; a press anywhere else goes to it."""

    pressed = Signal()

    def __init__(self, where: str, words: str, *, is_done: bool) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.box = QCheckBox()
        self.box.setChecked(is_done)
        self.box.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.box.setAccessibleName(f"Done: {words}")
        self.setAccessibleName(f"{where}: {words}")
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 6, 8, 6)
        row.setSpacing(theme.SPACE * 2)
        row.addWidget(self.box, 0, Qt.AlignmentFlag.AlignTop)
        column = QVBoxLayout()
        column.setSpacing(0)
        place = ElidedLabel("small")
        place.setFont(theme.mono_font("small"))
        place.set_whole(where)
        column.addWidget(place)
        column.addWidget(label(words, "dim" if is_done else "", wrap=True))
        row.addLayout(column, 1)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()


class PinPanel(QWidget):
    """The pins of the open task; not there at all where it has none.

    chosen(int)   go to the pin at that place of the list
    turned(int)   it is done, or not
    """

    chosen = Signal(int)
    turned = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.head = label("", "head", wrap=True)
        self.keys = label("", "small", wrap=True)
        self._host = QWidget()
        rows = QVBoxLayout(self._host)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        for part in (self.head, self._host, self.keys):
            column.addWidget(part)
        self.rows: list[_PinRow] = []
        self.hide()

    def show_pins(self, pins: Sequence[Comment], annotations: AnnotationSet, at: int | None) -> None:
        """Show these, one of them under the keys."""
        clear_rows(self._host)
        rows = self._host.layout()
        assert rows is not None
        left = sum(not pin.is_resolved for pin in pins)
        count = "1 pin" if len(pins) == 1 else f"{len(pins)} pins"
        self.head.setText(f"RETURNED WITH {count.upper()} · {f'{left} TO DO' if left else 'ALL DONE'}")
        self.rows = []
        for number, pin in enumerate(pins):
            row = _PinRow(place_words(pin, annotations), pin.text, is_done=pin.is_resolved)
            restyle(row, "chosen" if number == at else "card")
            row.pressed.connect(partial(self.chosen.emit, number))
            row.box.clicked.connect(partial(self._turn, number))
            self.rows.append(row)
            rows.addWidget(row)
        step = f"{shown_key('annotate.next_suggestion')} and {shown_key('annotate.prev_suggestion')} go through them"
        self.keys.setText(f"{step}, {shown_key('annotate.pin_done')} ticks one off. From an analyst; no name is told.")
        self.setVisible(bool(pins))

    def _turn(self, number: int, *_: object) -> None:
        self.turned.emit(number)


class Pins(QObject):
    """The pins of one workspace's open task."""

    def __init__(self, context: Context, view: TaskView, *, follow: Callable[[], None]) -> None:
        super().__init__(view)
        self._context, self.view, self._follow = context, view, follow
        self.panel = PinPanel()
        view.side.put_first(self.panel)
        self.pins: list[Comment] = []
        self.at: int | None = None
        self.panel.chosen.connect(self.go_to)
        self.panel.turned.connect(self._turn_at)
        view.closing.connect(self._close)

    @property
    def left(self) -> int:
        """How many are to be done yet."""
        return sum(not pin.is_resolved for pin in self.pins)

    def open_task(self) -> None:
        """Show what came with the task that has just been opened, and go to the first that is to be done."""
        work = self.view.work
        assert work is not None
        pins = [one for one in work.comments if one.is_pin]
        self.pins = sorted(pins, key=lambda pin: (self._time_of(pin) is None, self._time_of(pin) or 0, pin.id))
        first = next((n for n, pin in enumerate(self.pins) if not pin.is_resolved), None)
        self.at = None
        if first is not None and self.view.can_change:
            self.go_to(first)
        else:
            self._show()

    def step(self, by: int) -> bool:
        """Go to the pin after or before that is to be done yet; False where none is."""
        if not self.left:
            return False
        start = self.at if self.at is not None else (-1 if by > 0 else len(self.pins))
        for steps in range(1, len(self.pins) + 1):
            place = (start + by * steps) % len(self.pins)
            if not self.pins[place].is_resolved:
                self.go_to(place)
                return True
        return False

    def go_to(self, place: int) -> None:
        """Bring what a pin is about under the eyes and the keys."""
        self.at, pin, view = place, self.pins[place], self.view
        element = view.annotations.get(pin.element_id) if pin.element_id is not None else None
        if isinstance(element, Segment):
            view.reveal([element.tier])
            view.timeline.select(element.tier, [element.id])
            view.timeline.move_playhead(element.start_us)
            view.timeline.ensure_visible(element.start_us, element.end_us)
        elif isinstance(element, Span):
            view.text.view.focus_span(element)
        elif pin.time_us is not None:
            view.timeline.move_playhead(pin.time_us)
            view.timeline.ensure_visible(pin.time_us)
        elif pin.text_at is not None:
            view.text.view.select(pin.text_at, pin.text_at + 1)
        elif isinstance(element, Answer) or pin.element_id is not None:
            block = view.side.questions.blocks.get((pin.element_id or "").removeprefix("answer:").partition(":")[0])
            if block is not None:
                view.side.area.ensureWidgetVisible(block)
        self._show()
        row = self.panel.rows[place]
        QTimer.singleShot(
            0, row, lambda: view.side.area.ensureWidgetVisible(row, 0, theme.px(24))
        )  # once it has a place
        view.said.emit(pin.text)

    def turn(self) -> None:
        """Tick the pin under the keys off, or take the tick away; then the next one that is to be done."""
        if self.at is None:
            self.view.said.emit("Go to a pin first." if self.pins else "Nothing is pinned to this task.")
            return
        self._turn_at(self.at)

    def _turn_at(self, place: int) -> None:
        pin, context = self.pins[place], self._context
        if context.services.read_only:
            self._show()
            return
        is_done = not pin.is_resolved
        self.pins[place] = Comment(
            pin.id, pin.set_id, pin.author_id, pin.text, pin.time_us, pin.element_id, is_done, pin.made_at_us,
            pin.text_at,
        )  # fmt: skip

        def done(changes: Changes) -> None:
            context.bus.changed.emit(changes)

        context.jobs.store(
            partial(context.services.annotate.resolve, pin.id, is_resolved=is_done), on_done=done, what="tick a pin off"
        )
        self.at = place
        if is_done and self.left:
            self.step(1)
        else:
            self._show()
            self.view.said.emit("All pins are done." if not self.left else "")

    def _show(self) -> None:
        self.panel.show_pins(self.pins, self.view.annotations, self.at)
        self._follow()

    def _close(self) -> None:
        self.pins, self.at = [], None
        self.panel.hide()

    def _time_of(self, pin: Comment) -> int | None:
        element = self.view.annotations.get(pin.element_id) if pin.element_id is not None else None
        return element.start_us if isinstance(element, Segment) else pin.time_us
