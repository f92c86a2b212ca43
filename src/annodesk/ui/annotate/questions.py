"""The questions about the item: choice, several labels, rating and text, with keys and what the model says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import QEvent, QObject, QTimer, Signal
from PySide6.QtWidgets import QGridLayout, QPlainTextEdit, QVBoxLayout, QWidget

from annodesk.model.annotations import NOT_SURE, AnnotationSet, Answer
from annodesk.model.schema import Question, QuestionKind
from annodesk.ui import theme
from annodesk.ui.annotate.choice import ChoiceRow, clear_rows
from annodesk.ui.annotate.keys import Choice, answered
from annodesk.ui.annotate.suggestions import probability
from annodesk.ui.parts import label
from annodesk.ui.timeline.segment_paint import percent

PAUSE_MS = 900
"""A text answer is stored after a pause in typing, and when the field is left."""
RATINGS_PER_ROW = 3
LONGEST_ANSWER = 20_000
"""Characters of a text answer that are shown, and can be edited; one word as long takes Qt 80 ms to lay out."""


class QuestionPanel(QWidget):
    """All questions of a project, one below the other.

    answered(str, object)   a question and its new value; None takes the answer back
    """

    answered = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE * 4)
        self.blocks: dict[str, QuestionBlock] = {}

    def set_questions(self, questions: Sequence[Question], choices: Mapping[str, Sequence[Choice]]) -> None:
        """Show these questions."""
        clear_rows(self)
        self.blocks = {}
        for question in questions:
            block = QuestionBlock(question, choices[question.name])
            block.answered.connect(self.answered)
            self._column.addWidget(block)
            self.blocks[question.name] = block
        self.setVisible(bool(questions))

    def show_answers(self, annotations: AnnotationSet, suggested: Sequence[Answer], *, can_change: bool) -> None:
        """Show what has been answered, and beside it what the model suggests."""
        by_question = {answer.question: answer for answer in suggested}
        for name, block in self.blocks.items():
            answer = annotations.answer(name)
            block.show_answer(answer.value if answer else None, by_question.get(name), can_change=can_change)

    def choose(self, question: str, value: object) -> None:
        """Press a choice by its key."""
        self.blocks[question].choose(value)

    def flush(self) -> None:
        """Hand over what is being typed."""
        for block in self.blocks.values():
            block.flush()

    def mark_missing(self, names: Sequence[str]) -> None:
        """Mark the questions that still want an answer; a question that is not missing loses its mark."""
        for name, block in self.blocks.items():
            block.set_missing(name in names)


class QuestionBlock(QWidget):
    """One question."""

    answered = Signal(str, object)

    def __init__(self, question: Question, choices: Sequence[Choice]) -> None:
        super().__init__()
        self.question = question
        self._value: object = None
        self.field: QPlainTextEdit | None = None
        self._head = label(f"Question: {question.name}", "head", wrap=True)
        self._missing = label("answer this one", "warn")
        self._missing.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE)
        column.addWidget(self._head)
        if question.description:
            column.addWidget(label(question.description, "small", wrap=True))
        column.addWidget(self._missing)
        self.rows = [(choice, self._make_row(choice)) for choice in choices]
        answers = QVBoxLayout()
        answers.setSpacing(1)
        if question.kind is QuestionKind.RATING:
            grid = QGridLayout()
            grid.setSpacing(2)
            numbers = [row for choice, row in self.rows if choice.value != NOT_SURE]
            for place, row in enumerate(numbers):
                grid.addWidget(row, place // RATINGS_PER_ROW, place % RATINGS_PER_ROW)
            column.addLayout(grid)
            rest = [row for choice, row in self.rows if choice.value == NOT_SURE]
        else:
            rest = [row for _, row in self.rows]
        for row in rest:
            answers.addWidget(row)
        column.addLayout(answers)
        if question.kind is QuestionKind.TEXT:
            self.field = QPlainTextEdit()
            self.field.setAccessibleName(question.name)
            self.field.setTabChangesFocus(True)
            self.field.setFixedHeight(theme.px(64))
            self.field.installEventFilter(self)
            column.addWidget(self.field)
            self._pause = QTimer(self)
            self._pause.setSingleShot(True)
            self._pause.setInterval(PAUSE_MS)
            self._pause.timeout.connect(self.flush)
            self.field.textChanged.connect(self._pause.start)

    def _make_row(self, choice: Choice) -> ChoiceRow:
        is_round = self.question.kind in (QuestionKind.CHOICE, QuestionKind.RATING)
        form = "dashed" if choice.value == NOT_SURE else "round" if is_round else "square"
        row = ChoiceRow(choice.title, choice.key, form=form, tip=choice.description)
        row.clicked.connect(lambda _checked=False, value=choice.value: self.choose(value))
        return row

    def choose(self, value: object) -> None:
        """Press a choice."""
        self.answered.emit(self.question.name, answered(self.question, self._value, value))

    def show_answer(self, value: object, suggested: Answer | None, *, can_change: bool) -> None:
        """Show a value, and what the model suggests."""
        self._value = value
        on = value if isinstance(value, tuple) else (value,)
        offered = () if suggested is None else suggested.value
        offered = offered if isinstance(offered, tuple) else (offered,)
        for choice, row in self.rows:
            row.setChecked(value is not None and choice.value in on)
            row.setEnabled(can_change)
            is_offered = suggested is not None and choice.value in offered
            row.set_suggested(percent(probability(suggested)) if is_offered and suggested is not None else "")
        if value is not None:
            self.set_missing(False)
        if self.field is not None:
            text = value if isinstance(value, str) and value != NOT_SURE else ""
            self.field.setReadOnly(not can_change or len(text) > LONGEST_ANSWER)  # what is cut must not be stored so
            text = text[:LONGEST_ANSWER]
            if not self.field.hasFocus() and self.field.toPlainText() != text:
                self.field.blockSignals(True)
                self.field.setPlainText(text)
                self.field.blockSignals(False)

    def set_missing(self, is_missing: bool) -> None:
        """Say in words that this one is still to be answered."""
        self._missing.setVisible(is_missing)

    @property
    def is_missing(self) -> bool:
        """Whether the block asks for its answer."""
        return not self._missing.isHidden()

    def flush(self) -> None:
        """Hand over what has been typed, where it is another text now."""
        if self.field is None or self.field.isReadOnly():
            return
        self._pause.stop()
        text = self.field.toPlainText().strip()
        before = self._value if isinstance(self._value, str) else ""
        if text != before and (text or before != NOT_SURE):
            self._value = text or None
            self.answered.emit(self.question.name, text or None)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and event.type() == QEvent.Type.FocusOut:
            self.flush()
        return super().eventFilter(watched, event)
