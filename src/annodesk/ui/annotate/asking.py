"""Asking from inside the open task, which is parked until there is an answer; and what is shown when it comes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QDialog, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from annodesk.model.annotations import Segment
from annodesk.model.times import format_us
from annodesk.model.work import Inquiry, SlotState
from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.notices import Tone
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_title, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.changes import Changes
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

SAYS = (
    "An analyst or a manager answers, without seeing who asks. Meanwhile you go on with the next task; "
    "this one comes back, first in your list, with the answer at this moment."
)
LONGEST = 2_000
MOST_TOLD = 200
"""Letters of an answer that are told in passing; all of it stands at the side."""


class AskDialog(QDialog):
    """One question about a place; Return sends, Shift+Return is a new line, Escape goes back to work.

    given(str)    the question
    """

    given = Signal(str)

    def __init__(self, place: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Ask a question")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setMinimumWidth(theme.px(420))
        self.field = _Field()
        self.field.setAccessibleName("Your question")
        self.field.setPlaceholderText("What do you want to know?")
        self.field.setTabChangesFocus(True)
        self.field.setMaximumHeight(theme.px(96))
        self.field.textChanged.connect(self._follow)
        self.field.sent.connect(self._send)
        self.send = button("Ask", role="primary", tip="Ask, and go on with the next task (Return)")
        self.send.setEnabled(False)
        self.send.clicked.connect(self._send)
        back = button("Back to work")
        back.clicked.connect(self.reject)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.send)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Ask a question", "title"))
        column.addWidget(label(f"About {place}", "strong", wrap=True))
        column.addWidget(label(SAYS, "dim", wrap=True))
        column.addWidget(self.field)
        column.addLayout(feet)
        self.field.setFocus()

    def _words(self) -> str:
        return self.field.toPlainText().strip()

    def _follow(self) -> None:
        self.send.setEnabled(0 < len(self._words()) <= LONGEST)

    def _send(self) -> None:
        if self.send.isEnabled():
            self.given.emit(self._words())
            self.accept()


class _Field(QPlainTextEdit):
    """A few lines in which Return is the end of it."""

    sent = Signal()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_return and not event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self.sent.emit()
        else:
            super().keyPressEvent(event)


class Asking(QObject):
    """The handlers that ask and withdraw, and what the open task shows of it.

    left()          the open task is parked, and the next one can be opened
    resumed(str)    the task of that id goes on, and is to be read again
    """

    left = Signal()
    resumed = Signal(str)
    dialog_closed = Signal()

    def __init__(
        self, view: TaskView, context: Context, *, title: Callable[[], str], commit: Callable[[], bool]
    ) -> None:
        super().__init__(view)
        self.view, self._context, self._title, self._commit = view, context, title, commit
        self._is_busy = False
        view.side.asked.withdraw_asked.connect(self.withdraw)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"annotate.ask": self.ask, "annotate.withdraw": self.withdraw}

    @property
    def waits(self) -> bool:
        """Whether the open task is parked by a question of its person's."""
        return self.view.work is not None and self.view.work.slot_state is SlotState.PARKED

    # Asking

    def ask(self) -> None:
        """Ask about the selected element, or the moment at the playhead."""
        view = self.view
        if view.work is None or self._is_busy:
            return
        if not view.can_change:
            view.said.emit(view.editor.locked if view.editor is not None else "")
            return
        view.transport.pause()
        time_us, element_id, place = self.place()
        self.dialog = AskDialog(place, view)
        self.dialog.given.connect(lambda words: self._send(words, time_us, element_id, place))
        self.dialog.finished.connect(self.dialog_closed)
        self.dialog.open()

    def place(self) -> tuple[int | None, str | None, str]:
        """What the question is about: a time, an element, and the same in words."""
        view = self.view
        assert view.work is not None
        chosen = view.selected_segments()
        if len(chosen) == 1:
            (one,) = chosen
            at_us = view.timeline.playhead_us
            inside = one.start_us <= at_us <= one.end_us
            return at_us if inside else one.start_us, one.id, _segment_words(one)
        span = view.text.view.focused_span
        if span is not None and view.work.text is not None:
            said = view.work.text.text[span.start : span.end]
            return None, span.id, f"“{said[:120]}” in the text"
        if view.timeline.isHidden():
            return None, None, "the whole task"
        return view.timeline.playhead_us, None, f"the moment at {format_us(view.timeline.playhead_us, decimals=1)}"

    def _send(self, words: str, time_us: int | None, element_id: str | None, place: str) -> None:
        work, context = self.view.work, self._context
        if work is None or self._is_busy:
            return
        self._is_busy = True
        self.view.side.questions.flush()
        self._commit()
        title = self._title()

        def asked(changes: Changes) -> None:
            self._is_busy = False
            hint = "It comes back with the answer. "
            hint += "It is sent with the next connection." if context.is_fixed else "Go on with the next one."
            context.notices.show(f"Asked, and parked: {title}", hint, tone=Tone.OK)
            context.bus.changed.emit(changes)
            self.left.emit()

        context.jobs.store(
            lambda: context.services.asking.ask(
                work.set_id, words, time_us=time_us, element_id=element_id, place=place
            ),
            on_done=asked,
            on_error=self._on_error,
            what="ask a question",
        )

    def withdraw(self) -> None:
        """Go on with the open task without an answer."""
        work, context = self.view.work, self._context
        if work is None or self._is_busy or not self.waits:
            return
        self._is_busy = True

        def withdrawn(changes: Changes) -> None:
            self._is_busy = False
            context.notices.show("Withdrawn; the task is yours to go on with.", tone=Tone.OK)
            context.bus.changed.emit(changes)
            self.resumed.emit(work.task.id)

        context.jobs.store(
            context.services.asking.withdraw,
            work.set_id,
            on_done=withdrawn,
            on_error=self._on_error,
            what="withdraw a question",
        )

    def _on_error(self, error: Exception) -> None:
        self._is_busy = False
        self._context.notices.error(error, "ask a question")
        self.view.take_focus()

    # What is shown

    def open_task(self) -> None:
        """Show what was asked from the task just opened; an answer that is new is shown where it was asked."""
        work = self.view.work
        if work is None:
            return
        self.view.side.asked.set_questions(work.questions)
        if work.fresh_answer is not None:
            self._go_to(work.fresh_answer)
            said, asked = (shown(text, MOST_TOLD) for text in (work.fresh_answer.answer, work.fresh_answer.words))
            self._context.notices.show(f"Answered: {said}", f"You asked: {asked}", tone=Tone.OK)
        elif self.waits:
            self.view.said.emit(f"It waits for an answer; {shown_key('annotate.withdraw')} goes on without one.")

    def _go_to(self, one: Inquiry) -> None:
        view = self.view
        element = view.annotations.get(one.element_id) if one.element_id else None
        if isinstance(element, Segment):
            view.reveal([element.tier])
            view.timeline.select(element.tier, [element.id])
            view.timeline.ensure_visible(element.start_us, element.end_us)
        if one.time_us is not None and not view.timeline.isHidden():
            view.timeline.move_playhead(one.time_us)
            view.timeline.ensure_visible(one.time_us)

    def tell_of_ended(self) -> None:
        """Say which tasks went elsewhere while their questions waited; each once."""
        context, project_id, person_id = self._context, self._context.project_id, self._context.person_id

        def told(titles: list[str]) -> None:
            for title in titles:
                context.notices.show(
                    f"{title} is not open to you any more.", "Your question needs no answer; your work on it is kept."
                )

        context.jobs.store(
            lambda: context.services.asking.ended(project_id, person_id),
            on_done=told,
            what="look for questions that ended",
        )


def _segment_words(one: Segment) -> str:
    labels = ", ".join(one.labels) or one.tier
    return f"{labels}, {format_us(one.start_us, decimals=1)} to {format_us(one.end_us, decimals=1)}"
