"""To the annotators: words that go with a ruling as a digest, and pins that go with work that is returned."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import ITEM, AnnotationSet, Segment, answer_id
from annodesk.model.edits import set_answer
from annodesk.model.pins import Pin, pins_in, put_pin, take_pins
from annodesk.model.schema import TOLD
from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.parts import button, label
from annodesk.ui.review.wording import short_time

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent, QMouseEvent

    from annodesk.quality.disagreements import Disagreement
    from annodesk.ui.review.workspace import ReviewWorkspace

SAYS = "Goes out as a digest between tasks, with this clip and without names …"
MOST_WORDS, CONTEXT_US = 2_000, 1_500_000


class TellField(QPlainTextEdit):
    """Words for those who labelled; given once it is left, and at Return.

    given()   what stands in it is to be kept
    left()    the person goes back to the lanes
    """

    given = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setPlaceholderText(SAYS)
        self.setAccessibleName("To the annotators")
        self.setTabChangesFocus(True)
        self.setLineWrapMode(QPlainTextEdit.LineWrapMode.WidgetWidth)
        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def _size(self) -> None:
        self.setFixedHeight(theme.px(76))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        is_return = is_return and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier
        if is_return or event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        else:
            super().keyPressEvent(event)

    def focusOutEvent(self, event: QEvent) -> None:
        super().focusOutEvent(event)  # type: ignore[arg-type]
        self.given.emit()


class _PinRow(QFrame):
    """A pin that has not gone yet; a press goes to it, the cross takes it away."""

    pressed, dropped = Signal(), Signal()

    def __init__(self, where: str, words: str) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName(f"{where}: {words}")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 2, 0, 2)
        row.setSpacing(theme.SPACE)
        column = QVBoxLayout()
        column.setSpacing(0)
        place = label(where, "small")
        place.setFont(theme.mono_font("small"))
        column.addWidget(place)
        column.addWidget(label(words, wrap=True))
        row.addLayout(column, 1)
        away = button("", role="flat", icon=theme.icon("close", theme.current().dim), tip="Take this pin away")
        away.clicked.connect(self.dropped)
        row.addWidget(away, 0, Qt.AlignmentFlag.AlignTop)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()


class ToAnnotators(QWidget):
    """The panel: a field, the pins there are, and the two ways on."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.note = TellField(), label("", "small", wrap=True)
        self.pin = button("Pin", key="review.pin_words", tip="Pin these words to the place, to go with a return")
        self.returns = button("Return …", key="review.return", tip="Give a side back to its annotator")
        for made in (self.pin, self.returns):
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._host = QWidget()
        rows = QVBoxLayout(self._host)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 2)
        feet.addWidget(self.pin)
        feet.addWidget(self.returns)
        feet.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        for part in (label("To the annotators", "head"), self.field, self.note, self._host):
            column.addWidget(part)
        column.addLayout(feet)
        self.rows: list[_PinRow] = []

    def show_pins(self, pins: list[tuple[str, Pin]], press: Callable[[Pin], None], drop: Callable[[Pin], None]) -> None:
        """List pins, each with its place in words."""
        clear_rows(self._host)
        rows = self._host.layout()
        assert rows is not None
        self.rows = []
        for where, pin in pins:
            row = _PinRow(where, pin.text)
            row.pressed.connect(partial(press, pin))
            row.dropped.connect(partial(drop, pin))
            self.rows.append(row)
            rows.addWidget(row)
        self._host.setVisible(bool(pins))


class Telling(QObject):
    """What one review workspace has to say to those who labelled."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        super().__init__(workspace)
        self._room = workspace
        self.panel = ToAnnotators()
        self._place: tuple[str, str] | None = None  # the set and the place that the field is about
        self._was = ""
        self._listed: tuple[str, tuple[Pin, ...]] | None = None
        self.panel.field.given.connect(self.keep)
        self.panel.field.left.connect(workspace.take_focus)
        self.panel.pin.clicked.connect(self.pin)
        self.panel.returns.clicked.connect(lambda: workspace.keys.trigger("review.return"))

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"review.tell": self.write, "review.pin_words": self.pin}

    # The digest

    def show(self) -> None:
        """Follow the place that is looked at, and what stands in the reviewer's set."""
        room, editor = self._room, self._room.editor
        if room.work is None or editor is None:
            self.keep()
            self._place = None
            return
        current = room.places.current
        place = (editor.annotations.id, current.key if current is not None else ITEM)
        if place != self._place:
            self.keep()
            self._place = place
            self._show_words(editor.annotations)
        elif not self.panel.field.hasFocus():
            self._show_words(editor.annotations)
        self.panel.field.setEnabled(not editor.locked)
        self.panel.pin.setEnabled(not editor.locked)
        pins = pins_in(editor.annotations)
        if (place[0], pins) == self._listed:
            return
        self._listed = (place[0], pins)
        self.panel.show_pins([(self._where(pin), pin) for pin in pins], self._go_to, self._drop)
        said = "Pins go with a return; each stays here until then." if pins else ""
        self.panel.note.setText(said)
        self.panel.note.setVisible(bool(said))

    def write(self) -> None:
        """Put the caret into the field."""
        if self._room.side.isHidden():
            self._room.splitter.fold(2)
        self.panel.field.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._room.side.area.ensureWidgetVisible(self.panel)

    def keep(self) -> None:
        """Keep what stands in the field as what is said at its place."""
        editor, words = self._room.editor, self.panel.field.toPlainText().strip()[:MOST_WORDS]
        if editor is None or self._place is None or words == self._was or editor.locked:
            return
        set_id, key = self._place
        if editor.annotations.id == set_id:
            self._was = words
            editor.stage(set_answer(editor.annotations, TOLD, words or None, target=key))

    def _show_words(self, annotations: AnnotationSet) -> None:
        assert self._place is not None
        found = annotations.answer(TOLD, self._place[1])
        self._was = str(found.value) if found is not None else ""
        if self.panel.field.toPlainText() != self._was:
            self.panel.field.setPlainText(self._was)

    # Pins

    def pin(self) -> None:
        """Pin the field's words to the selected segment of a side, else the place that is looked at or the playhead."""
        room, editor = self._room, self._room.editor
        if room.work is None or editor is None:
            return
        words = self.panel.field.toPlainText().strip()[:MOST_WORDS]
        if editor.locked:
            room.say(editor.locked)
        elif not words:
            self.write()
            room.say(f"Write what is to be done here; {shown_key('review.pin_words')} pins it.")
        else:
            try:
                draft = put_pin(editor.annotations, self._pin_here(words))
            except AnnodeskError as error:
                room.say(str(error))
                return
            self.panel.field.setPlainText(self._was)
            editor.stage(draft)
            room.take_focus()
            room.say(f"Pinned; {shown_key('review.return')} returns a side with it.")

    def _pin_here(self, words: str) -> Pin:
        room, view = self._room, self._room.desk.view
        lane, ids = view.selection
        if lane is not None and lane != room.desk.own_lane and len(ids) == 1:
            return Pin(words, element_id=next(iter(ids)))
        current = room.places.current
        if current is not None and current.is_question:
            return Pin(words, element_id=answer_id(current.part))
        if current is not None and current.start is not None:
            return Pin(words, text_at=current.start)
        if room.desk.has_timeline:
            return Pin(words, time_us=self._moment(view.playhead_us))
        return Pin(words, text_at=0)

    def _moment(self, playhead_us: int) -> int:
        """The playhead; where it stands in the context that a place is played with, the place."""
        current = self._room.places.current
        if current is None or current.start_us is None or current.end_us is None:
            return playhead_us
        is_before = current.start_us - CONTEXT_US <= playhead_us < current.start_us
        is_after = current.end_us < playhead_us <= current.end_us + CONTEXT_US
        return current.start_us if is_before or is_after else playhead_us

    def pins_for(self, annotations: AnnotationSet) -> tuple[Pin, ...]:
        """The pins that go along when this side is returned."""
        editor = self._room.editor
        return () if editor is None else tuple(p for p in pins_in(editor.annotations) if p.belongs_to(annotations))

    def let_go(self, pins: tuple[Pin, ...]) -> None:
        """These have gone."""
        editor = self._room.editor
        if editor is not None and pins and not editor.locked:
            editor.stage(take_pins(editor.annotations, *pins))

    def _drop(self, pin: Pin) -> None:
        editor = self._room.editor
        if editor is not None and not editor.locked:
            editor.stage(take_pins(editor.annotations, pin))

    def _go_to(self, pin: Pin) -> None:
        room, segment = self._room, self._segment(pin)
        if segment is not None:
            room.hands.go_to_time(segment.start_us)
        elif pin.time_us is not None:
            room.hands.go_to_time(pin.time_us)
        else:
            at = next((d for d in room.places.disagreements if self._is_at(pin, d)), None)
            if at is not None:
                room.go_to(room.places.go(at.key))

    def _is_at(self, pin: Pin, place: Disagreement) -> bool:
        if pin.element_id is not None:
            return place.is_question and pin.element_id == answer_id(place.part)
        return place.start is not None and place.start == pin.text_at

    def _segment(self, pin: Pin) -> Segment | None:
        work = self._room.work
        for lane in work.lanes if work is not None else ():
            found = lane.annotations.get(pin.element_id) if pin.element_id is not None else None
            if isinstance(found, Segment):
                return found
        return None

    def _where(self, pin: Pin) -> str:
        work, segment = self._room.work, self._segment(pin)
        if segment is not None and work is not None:
            letter = next(lane.letter for lane in work.lanes if segment.id in lane.annotations)
            return f"{letter} · {segment.tier} {short_time(segment.start_us)}"
        if pin.time_us is not None:
            return short_time(pin.time_us)
        if pin.element_id is not None and pin.element_id.startswith("answer:"):
            return pin.element_id.split(":")[1]
        return "in the text"
