"""Open questions of annotators beside the review queue: how many, since when, and a dialog in which to answer them."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QHBoxLayout,
    QListWidget,
    QListWidgetItem,
    QPlainTextEdit,
    QVBoxLayout,
    QWidget,
)

from annodesk.ui import theme
from annodesk.ui.clause_field import ClauseField
from annodesk.ui.key_button import KeyButton
from annodesk.ui.notices import Tone
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip, set_title, shown
from annodesk.ui.player.clip import ClipPlayer
from annodesk.ui.review.pinning import run_decision
from annodesk.ui.review.wording import age_text

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.asking import OpenQuestion
    from annodesk.services.changes import Changes, Decided
    from annodesk.ui.bus import Context

_ID = Qt.ItemDataRole.UserRole
MOST_LISTED = 5
LARGE = 1.5
"""From this size of text on what explains makes room for what is asked."""
SAYS = (
    "Whoever asked waits with the task parked; you do not see who it is. Where the answer tells what to label, "
    "what stood before it is what counts for agreement."
)
FEEDBACK = "It tells what to label here"


class QuestionsBox(QWidget):
    """Counts the open questions under the queue; the oldest are named. Nothing at all where there is none.

    pressed()    the person wants to answer
    """

    pressed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.head = label("", "head")
        self.words = label("", "small", wrap=True)
        self.answer = KeyButton("Answer", "review.questions")
        self.answer.clicked.connect(self.pressed)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 4)
        column.setSpacing(theme.SPACE)
        column.addWidget(self.head)
        column.addWidget(self.words)
        column.addWidget(self.answer, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def show_questions(self, found: Sequence[OpenQuestion], now_us: int) -> None:
        """Say how many wait, and what the oldest are about."""
        self.head.setText(f"OPEN QUESTIONS · {len(found)}")
        lines = [
            f"{shown(one.title, 40)} · {age_text(max(0, now_us - one.asked_at_us))}" for one in found[:MOST_LISTED]
        ]
        more = len(found) - MOST_LISTED
        self.words.setText("\n".join([*lines, *([f"and {more} more"] if more > 0 else [])]))
        self.setAccessibleName(f"{len(found)} open questions")
        self.setVisible(bool(found))


class AnswerDialog(QDialog):
    """The open questions at the left, the chosen one with its answer at the right.

    answered(Decided)    somebody has their task back
    """

    answered = Signal(object)

    def __init__(self, context: Context, found: Sequence[OpenQuestion], guidelines: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Open questions")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._context, self._found = context, list(found)
        self._is_busy = False
        self.player = ClipPlayer(self)
        self.player.changed.connect(self._follow)
        self._build(guidelines)
        self._list()
        self.field.setFocus()

    @property
    def is_busy(self) -> bool:
        """Whether an answer is on its way."""
        return self._is_busy

    def chosen(self) -> OpenQuestion | None:
        """The question that is looked at."""
        entry = self.list.currentItem()
        wanted = entry.data(_ID) if entry is not None else None
        return next((one for one in self._found if one.id == wanted), None)

    def step(self, by: int) -> None:
        """Look at the next question, or the one before."""
        count = self.list.count()
        if count:
            self.list.setCurrentRow((self.list.currentRow() + by) % count)
            self.field.setFocus()

    def hear(self) -> None:
        """Play the place that the question is about; again stops it."""
        one = self.chosen()
        if one is None or one.media_path is None or one.start_us is None or one.end_us is None:
            return
        self.player.turn(one.id, one.media_path, one.start_us, one.end_us, offset_us=one.offset_us)

    def send(self) -> None:
        """Answer the question that is looked at, and pin the answer where a clause is named."""
        one, words, context = self.chosen(), self.field.toPlainText().strip(), self._context
        if one is None or not self.sends.isEnabled():
            return
        self.player.stop()
        self._is_busy = True
        self._follow()
        clause, is_feedback = self.clause.clause(), self.feedback.isChecked()

        def work() -> Decided:
            services, me = context.services, context.person_id
            decided = services.asking.answer(one.id, me, words, is_feedback=is_feedback)
            if clause:
                services.precedents.pin_answer(one.id, me, clause, words[:1_000])
            return decided

        def done(decided: Decided) -> None:
            self._is_busy = False
            self._found.remove(one)
            self.field.clear()
            self.clause.clear()
            self.feedback.setChecked(True)
            self._list()
            self.answered.emit(decided)

        def failed(error: Exception) -> None:
            self._is_busy = False
            self._follow()
            context.notices.error(error, "answer a question")

        run_decision(context, work, done, "answer a question", failed)

    def _list(self) -> None:
        self.list.clear()
        now_us = time.time_ns() // 1000
        for one in self._found:
            entry = QListWidgetItem(f"{shown(one.title, 60)}\n{age_text(max(0, now_us - one.asked_at_us))}")
            entry.setData(_ID, one.id)
            set_tip(entry, one.words)
            self.list.addItem(entry)
        if self._found:
            self.list.setCurrentRow(0)
        self._show()

    def _show(self) -> None:
        one = self.chosen()
        self.player.stop()
        self.title.setText(one.title if one is not None else "No question waits")
        self.place.setText(f"About {one.place}" if one is not None and one.place else "")
        self.words.setText(one.words if one is not None else "")
        self.problem.setText(one.problem if one is not None else "")
        self.problem.setVisible(bool(one is not None and one.problem))
        for part in (self.field, self.feedback, self.clause):
            part.setEnabled(one is not None)
        self._follow()

    def _follow(self) -> None:
        one = self.chosen()
        can_hear = one is not None and one.media_path is not None and one.start_us is not None
        self.hears.setEnabled(can_hear)
        self.hears.set_words("Stop" if self.player.playing else "Hear the place")
        clause = self.clause.text().strip()
        fits = not clause or bool(self.clause.clause())
        self.pinned.setText(self.clause.told() if clause else "")
        self.pinned.setVisible(bool(clause))
        self.sends.setEnabled(one is not None and not self._is_busy and fits and bool(self.field.toPlainText().strip()))

    def _build(self, guidelines: str) -> None:
        self.list = QListWidget()
        self.list.setAccessibleName("Open questions")
        self.list.setMinimumWidth(theme.px(140))
        self.list.setMaximumWidth(theme.px(220))
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setWordWrap(True)
        self.title, self.place = label("", "title", wrap=True), label("", "dim", wrap=True)
        self.words, self.problem = label("", "strong", wrap=True), label("", "small", wrap=True)
        self.hears = KeyButton("Hear the place", "Ctrl+Space")
        self.hears.clicked.connect(self.hear)
        self.field = QPlainTextEdit()
        self.field.setAccessibleName("Your answer")
        self.field.setPlaceholderText("Your answer, in words")
        self.field.setTabChangesFocus(True)
        self.field.setMinimumHeight(theme.px(48))
        self.feedback = QCheckBox(FEEDBACK)
        self.feedback.setChecked(True)
        set_tip(self.feedback, SAYS)
        self.clause = ClauseField(guidelines)
        self.clause.setPlaceholderText("Pin the answer to a clause, if it holds for others too")
        self.pinned = label("", "small", wrap=True)
        self.sends = button("Answer", role="primary", tip="Answer (Ctrl+Return)")
        back = button("Back to work")
        back.clicked.connect(self.reject)
        self.sends.clicked.connect(self.send)
        self.list.currentItemChanged.connect(lambda *_: self._show())
        self.field.textChanged.connect(self._follow)
        self.clause.textChanged.connect(self._follow)
        for keys, act in (
            ("Ctrl+Space", self.hear),
            ("Ctrl+Return", self.send),
            ("Ctrl+Enter", self.send),
            ("Ctrl+PgDown", partial(self.step, 1)),
            ("Ctrl+PgUp", partial(self.step, -1)),
        ):
            QShortcut(QKeySequence(keys), self, activated=act)
        feet = QHBoxLayout()
        feet.addStretch()
        feet.addWidget(back)
        feet.addWidget(self.sends)
        right = QVBoxLayout()
        right.setSpacing(theme.SPACE * 2)
        for part in (self.title, self.place, self.words, self.problem):
            right.addWidget(part)
        right.addWidget(self.hears, 0, Qt.AlignmentFlag.AlignLeft)
        right.addWidget(self.field, 1)
        right.addWidget(self.feedback)
        right.addWidget(self.clause)
        right.addWidget(self.pinned)
        says = label(SAYS, "small", wrap=True)
        says.setVisible(theme.scale() < LARGE)
        right.addWidget(says)
        right.addLayout(feet)
        whole = QHBoxLayout(self)
        whole.setContentsMargins(20, 16, 20, 16)
        whole.setSpacing(theme.SPACE * 4)
        whole.addWidget(self.list, 1)
        whole.addLayout(right, 3)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(680), room.width() - 40), min(theme.px(440), room.height() - 40))

    def reject(self) -> None:
        """Not while an answer is on its way: whoever sent it sees what came of it."""
        if not self._is_busy:
            super().reject()

    def done(self, result: int) -> None:
        """Be quiet."""
        self.player.release()
        super().done(result)


def _read(services: Services, project_id: str, person_id: str) -> tuple[list[OpenQuestion], str]:
    """The open questions that a person may answer, and what the answers may be pinned to."""
    found = services.asking.open_questions(project_id, person_id)
    return found, services.projects.get(project_id).guidelines if found else ""


class Asked(QObject):
    """The handlers of one review workspace, and what it knows of open questions."""

    def __init__(self, context: Context, parent: QWidget, focus: Callable[[], object]) -> None:
        super().__init__(parent)
        self._context, self._parent, self._focus = context, parent, focus
        self._guidelines = ""
        self.box = QuestionsBox()
        self.box.pressed.connect(self.show)
        self.found: list[OpenQuestion] = []
        self.dialog: AnswerDialog | None = None
        context.bus.changed.connect(self._on_changes)
        context.bus.person_changed.connect(self._forget)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {"review.questions": self.show}

    def refresh(self) -> None:
        """Read the open questions again."""
        context = self._context
        if not context.person_id or context.jobs.is_closed:
            return
        context.jobs.store(
            partial(_read, context.services, context.project_id, context.person_id),
            on_done=self._on_read,
            what="read open questions",
        )

    def show(self) -> None:
        """Answer them."""
        if not self.found:
            self._context.bus.status_said.emit("No question waits for an answer.")
            return
        self.dialog = AnswerDialog(self._context, self.found, self._guidelines, self._parent)
        self.dialog.answered.connect(self._on_answered)
        self.dialog.finished.connect(lambda: self._focus())
        self.dialog.open()

    def _on_read(self, answer: tuple[list[OpenQuestion], str]) -> None:
        self.found, self._guidelines = answer
        found = self.found
        self.box.show_questions(found, time.time_ns() // 1000)

    def _on_answered(self, decided: Decided) -> None:
        self._context.notices.show(decided.sentence, tone=Tone.OK)
        self._context.bus.changed.emit(decided.changes)

    def _on_changes(self, changes: Changes) -> None:
        from annodesk.services.changes import Kind

        if Kind.QUESTIONS in changes or Kind.ITEMS in changes:
            self.refresh()

    def _forget(self) -> None:
        self.found = []
        self.box.hide()
