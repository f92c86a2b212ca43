"""The right side: labels, questions, the guideline clause, comments, what is missing, and the way out of the task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.asked import AskedPanel
from annodesk.ui.annotate.attributes import AttributePanel
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.annotate.labels import LabelPanel
from annodesk.ui.annotate.model_panel import ModelPanel
from annodesk.ui.annotate.notes import CommentPanel, GuidelinePanel
from annodesk.ui.annotate.others_said import OthersSaid
from annodesk.ui.annotate.questions import QuestionPanel
from annodesk.ui.parts import Label, button, label
from annodesk.ui.plain import set_tip
from annodesk.ui.precedents import PrecedentPanel

if TYPE_CHECKING:
    from PySide6.QtGui import QMouseEvent

    from annodesk.model.rules import Problem

MOST_PROBLEMS = 5


class ProblemRow(Label):
    """What is missing, on as many lines as it needs; a press goes there."""

    clicked = Signal()

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence, wrap=True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        set_tip(self, f"{sentence} Press to go there.")
        self.setAccessibleName(sentence)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.clicked.emit()


class SidePanel(QFrame):
    """Puts the panels below each other in one scroll area, with the buttons always in sight."""

    problem_pressed = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "panel")
        # Frames first: Qt styles all of a part anew whenever it comes into another.
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.setSpacing(0)
        self.area, inner = QScrollArea(), QWidget()
        outer.addWidget(self.area, 1)
        self.area.setWidget(inner)
        self.labels, self.attributes, self.questions = LabelPanel(), AttributePanel(), QuestionPanel()
        self.guidelines, self.comments, self.others = GuidelinePanel(), CommentPanel(), OthersSaid()
        self.asked, self.precedents, self.model = AskedPanel(), PrecedentPanel("annotate"), ModelPanel()
        self.guidelines.clause_shown.connect(self.precedents.show_for)
        self.problems: tuple[Problem, ...] = ()
        inner.setProperty("role", "scrolled")
        self._column = column = QVBoxLayout(inner)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(theme.SPACE * 5)
        work = (self.asked, self.others, self.labels, self.attributes, self.questions)
        for panel in (*work, self.guidelines, self.precedents, self.model, self.comments):
            column.addWidget(panel)
        column.addStretch()
        self.area.setWidgetResizable(True)
        self.area.setFrameShape(QFrame.Shape.NoFrame)
        self.area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._problem_host = QWidget()
        rows = QVBoxLayout(self._problem_host)
        rows.setContentsMargins(12, 4, 12, 4)
        rows.setSpacing(2)
        self._problem_host.hide()
        self.flag = button("Flag …", key="annotate.flag", tip="Ask an analyst to look at this item")
        self.skip = button("Skip …", key="annotate.skip", tip="Give this task back with a reason")
        self.submit = button("Submit", role="primary", key="annotate.submit", tip="Hand this task in")
        for made in (self.flag, self.skip, self.submit):
            made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        away = QHBoxLayout()
        away.setSpacing(theme.SPACE * 2)
        away.addWidget(self.flag)
        away.addWidget(self.skip)
        self._feet = feet = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        feet.setContentsMargins(12, 8, 12, 12)
        feet.setSpacing(theme.SPACE * 2)
        feet.addLayout(away)
        feet.addStretch()
        feet.addWidget(self.submit)
        outer.addWidget(self._problem_host)
        outer.addLayout(feet)

        theme.notifier().theme_changed.connect(self._size)
        self._size()

    def put_first(self, panel: QWidget) -> None:
        """A panel above all others, for what has to be seen first."""
        self._column.insertWidget(0, panel)

    def _size(self) -> None:
        for made in (self.flag, self.skip, self.submit):
            made.ensurePolished()
        pair = self.flag.sizeHint().width() + self.skip.sizeHint().width() + theme.SPACE * 2 + 24
        self.setMinimumWidth(max(theme.px(200), pair))
        self._turn_feet()

    def resizeEvent(self, event: object) -> None:
        self._turn_feet()

    def _turn_feet(self) -> None:
        wanted = sum(made.sizeHint().width() for made in (self.flag, self.skip, self.submit)) + 44
        is_narrow = self.width() < wanted
        self._feet.setDirection(QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """List what keeps the set from being submitted; an empty list takes the list away."""
        self.problems = tuple(problems)
        clear_rows(self._problem_host)
        rows = self._problem_host.layout()
        assert rows is not None
        self._problem_host.setVisible(bool(problems))
        if not problems:
            return
        count = len(problems)
        rows.addWidget(label("1 thing is missing" if count == 1 else f"{count} things are missing", "warn"))
        for problem in problems[:MOST_PROBLEMS]:
            row = ProblemRow(problem.sentence)
            row.clicked.connect(lambda problem=problem: self.problem_pressed.emit(problem))
            rows.addWidget(row)
        if count > MOST_PROBLEMS:
            rows.addWidget(label(f"and {count - MOST_PROBLEMS} more", "small"))

    def set_way_out(self, word: str, tip: str, *, can_submit: bool, can_leave: bool) -> None:
        """What the main button does now: Submit, Done, or nothing."""
        self.submit.setText(word)
        self.submit.setAccessibleName(word)
        set_tip(self.submit, f"{tip} ({shown_key('annotate.submit')})")
        self.submit.setEnabled(can_submit)
        self.skip.setEnabled(can_leave)
        self.flag.setEnabled(can_leave)
