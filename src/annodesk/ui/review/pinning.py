"""Pinning a ruling to a clause of the guidelines from the review desk, and taking a precedent down."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.model.annotations import AnnotationSet, Segment, Span
from annodesk.ui import theme
from annodesk.ui.clause_field import ClauseField
from annodesk.ui.notices import Tone
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title
from annodesk.ui.review.wording import place_text

if TYPE_CHECKING:
    from annodesk.quality.disagreements import Disagreement
    from annodesk.services.changes import Decided
    from annodesk.ui.bus import Context
    from annodesk.ui.review.workspace import ReviewWorkspace

SAYS = (
    "Whoever reads this clause sees the ruling, with the clip to hear; nobody who labels this recording just then. "
    "From now on it cannot become a hidden reference."
)


class Ruled(Struct, frozen=True):
    """What stands at a place of the reviewer's own set."""

    labels: tuple[str, ...] = ()
    quote: str = ""
    start_us: int | None = None
    end_us: int | None = None


def ruled_at(place: Disagreement, own: AnnotationSet, text: str = "") -> Ruled:
    """What the reviewer's set says at a place."""
    if place.is_question:
        answer = own.answer(place.part)
        value = () if answer is None else answer.value
        return Ruled(tuple(map(str, value)) if isinstance(value, tuple | list) else (str(value),))
    if place.start_us is not None and place.end_us is not None:
        end_us = max(place.end_us, place.start_us + 1)
        inside = [s for s in own.segments(place.part) if s.start_us < end_us and s.end_us > place.start_us]
        points = [s for s in own.segments(place.part) if place.start_us <= s.start_us <= place.end_us]
        return Ruled(_labels(inside or points), "", place.start_us, place.end_us)
    start, end = place.start or 0, place.end or 0
    spans = [e for e in own if isinstance(e, Span) and e.asset_id == place.asset and e.start < end and e.end > start]
    return Ruled(_labels(spans), text[start:end])


def _labels(found: list[Segment] | list[Span]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(name for one in found for name in one.labels))


class PinDialog(QDialog):
    """Clause and words; Return goes on to what is missing, then pins.

    given(str, str)    clause and words
    """

    given = Signal(str, str)

    def __init__(self, guidelines: str, clause: str, place: str, labels: tuple[str, ...], parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Pin this ruling")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(440))
        self.clause, self.words = ClauseField(guidelines, clause), QLineEdit()
        self.words.setPlaceholderText("In a few words, such as: host-read, no jingle")
        self.words.setAccessibleName("What was ruled, in words")
        self.words.setMaxLength(1_000)
        self.pin = button("Pin", role="primary", tip="Pin it (Return)")
        back = button("Back to work")
        self.pin.clicked.connect(self._send)
        back.clicked.connect(self.reject)
        for field in (self.clause, self.words):
            field.textChanged.connect(self._follow)
            field.returnPressed.connect(self._go_on)
        self.note = label("", "small", wrap=True)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.pin)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Pin this ruling", "title"))
        column.addWidget(label(f"{place}: {', '.join(labels) or 'nothing there'}", "strong", wrap=True))
        column.addWidget(label(SAYS, "dim", wrap=True))
        column.addWidget(self.clause)
        column.addWidget(self.words)
        column.addWidget(self.note)
        column.addLayout(feet)
        self._follow()
        (self.words if self.clause.clause() else self.clause).setFocus()

    def _follow(self) -> None:
        clause = self.clause.clause()
        self.pin.setEnabled(bool(clause and self.words.text().strip()))
        self.note.setText(self.clause.told())

    def _go_on(self) -> None:
        if self.pin.isEnabled():
            self._send()
        elif self.clause.clause():
            self.clause.setText(self.clause.clause())
            self.words.setFocus()
        else:
            self.clause.setFocus()

    def _send(self) -> None:
        if self.pin.isEnabled():
            self.given.emit(self.clause.clause(), self.words.text().strip())
            self.accept()


class Pinning:
    """The handlers of one review workspace."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        self._room = workspace
        self.dialog: PinDialog | None = None

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"review.pin": self.ask, "review.unpin": self.unpin}

    def ask(self) -> None:
        """Ask which clause the present ruling is pinned to, and with what words."""
        room, place = self._room, self._room.places.current
        if room.work is None or room.editor is None or place is None:
            return
        if not room.ruling:
            room.say("Rule this place first, then pin it.")
            return
        room.transport.pause()
        text = room.work.text.text if room.work.text is not None else ""
        ruled = ruled_at(place, room.editor.annotations, text)
        heading = room.side.guideline.shown_heading()
        self.dialog = PinDialog(room.work.guidelines, heading, place_text(place), ruled.labels, room)
        self.dialog.given.connect(partial(self._pin, room.work.item.id, ruled))
        self.dialog.finished.connect(room.come_back)
        self.dialog.open()

    def _pin(self, item_id: str, ruled: Ruled, clause: str, words: str) -> None:
        context = self._room.context
        self._do(
            partial(
                context.services.precedents.pin,
                item_id,
                context.person_id,
                clause,
                words,
                labels=ruled.labels,
                quote=ruled.quote,
                start_us=ruled.start_us,
                end_us=ruled.end_us,
            ),
            "pin a ruling",
        )

    def unpin(self) -> None:
        """Take the marked precedent down."""
        one, context = self._room.side.precedents.current, self._room.context
        if one is not None:
            self._do(
                partial(context.services.precedents.unpin, one.precedent.id, context.person_id), "take a precedent down"
            )

    def _do(self, work: Callable[[], Any], what: str) -> None:
        room, context = self._room, self._room.context

        def done(decided: Decided) -> None:
            context.notices.show(decided.sentence, tone=Tone.OK)
            context.bus.changed.emit(decided.changes)
            room.pinned.read()

        run_decision(context, work, done, what)


def run_decision(
    context: Context,
    work: Callable[[], Any],
    done: Callable[[Any], object],
    what: str,
    failed: Callable[[Exception], object] | None = None,
) -> None:
    """Decide about others' work: alone in the store lane, in a team beside it, since the server is asked."""
    on_error = failed or (lambda error: context.notices.error(error, what))
    if context.services.sync.where is None:
        context.jobs.store(work, on_done=done, on_error=on_error, what=what)
    else:
        context.jobs.background(work, on_done=done, on_error=on_error, key=what, what=what)
