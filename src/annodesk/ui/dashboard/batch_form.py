"""Asks how a batch is to be: its name, overlap, priority, deadline and thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QDate, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from annodesk.services.batches import MOST_PEOPLE, MOST_PRIORITY
from annodesk.services.projects import LONGEST_NAME
from annodesk.ui import theme
from annodesk.ui.dashboard.skills_edit import SkillsEdit
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip
from annodesk.workflow.drawing import LEAST_RANDOM_SHARE, RANDOM_SHARE

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.model.work import Batch

_FROM_PROJECT = "as the project"
_UNSURE = (
    "Some are drawn to come first, the likelier the less sure the model is, and more as they are taken up; the rest "
    "waits behind them. The share by chance alone finds where the model is sure and wrong. How probable each was is "
    "written down, so that figures of drawn items can be weighted."
)
_THRESHOLDS = {
    "escalate_below": (
        "To review below an agreement of",
        "People who agree less than this on an item: an analyst looks at it",
    ),
    "unsure_below": (
        "… below a probability of",
        "Where one person answered and the model says something else: how sure the model must be of their answer",
    ),
    "model_sure_from": (
        "Model against people from",
        "From this probability on the model's answer raises a doubt where people say something else",
    ),
    "reference_below": (
        "Reference missed below",
        "An answer that agrees less than this with a confirmed one has missed it",
    ),
}
"""What of a batch's thresholds is asked, and what each does."""


class BatchForm(QFrame):
    """Return or the button hands it over, Escape leaves it.

    given(str, bool, object)   the id of the batch, empty for a new one; whether that is a pilot; what is said of it
    left()                     nothing is to be changed
    """

    given = Signal(str, bool, object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self._batch_id, self._is_pilot = "", False
        self.title, self.problem = label("", "strong"), label("", "bad", wrap=True)
        self.name = QLineEdit()
        self.name.setMaxLength(LONGEST_NAME)
        self.needs = SkillsEdit()
        self.overlap = QSpinBox()
        self.overlap.setRange(0, MOST_PEOPLE)
        self.overlap.setSpecialValueText(_FROM_PROJECT)
        self.priority = QSpinBox()
        self.priority.setRange(-MOST_PRIORITY, MOST_PRIORITY)
        self.has_deadline, self.deadline = QCheckBox("by"), QDateEdit()
        self.deadline.setCalendarPopup(True)
        self.deadline.setDisplayFormat("d MMM yyyy")
        self.unsure, self.share = QCheckBox("drawn, by chance alone"), QSpinBox()
        self.share.setRange(round(100 * LEAST_RANDOM_SHARE), 100)
        self.share.setSuffix(" %")
        self.share.lineEdit().setTextMargins(theme.px(4), 0, 0, 0)
        self.unsure.toggled.connect(self.share.setEnabled)
        self.thresholds = {name: _threshold_box() for name in _THRESHOLDS}
        self.below = self.thresholds["escalate_below"]
        self.has_deadline.toggled.connect(self.deadline.setEnabled)
        self.gives, self.leaves = button("Make it", role="primary"), button("Leave it", role="flat")
        self.gives.clicked.connect(self._give)
        self.leaves.clicked.connect(self.left)
        self._build()

    def ask(self, batch: Batch | None, *, is_pilot: bool = False, skills: Sequence[str] = ()) -> None:
        """Ask about a batch, or a new one; ``skills`` are the groups of labels and what people here know."""
        self._batch_id = "" if batch is None else batch.id
        self._is_pilot = is_pilot if batch is None else batch.is_pilot
        kind = "pilot" if self._is_pilot else "batch"
        self.title.setText(f"New {kind}" if batch is None else f"{batch.name}: how it is to be")
        self.gives.setText("Make it" if batch is None else "Set it")
        self.say("")
        self.name.setText("" if batch is None else batch.name)
        self.needs.show_skills(() if batch is None else batch.needs, skills)
        self.overlap.setValue((batch.overlap if batch else None) or 0)
        self._overlap_field.setVisible(not self._is_pilot)
        self.priority.setValue(batch.priority if batch else 0)
        due = batch.deadline_us if batch else None
        self.has_deadline.setChecked(due is not None)
        self.deadline.setEnabled(due is not None)
        day = None if due is None else datetime.fromtimestamp(due / 1_000_000, UTC).astimezone()
        self.deadline.setDate(QDate.currentDate().addDays(14) if day is None else QDate(day.year, day.month, day.day))
        share = batch.unsure_first if batch else None
        self.unsure.setChecked(share is not None)
        self.share.setEnabled(share is not None)
        self.share.setValue(round(100 * (RANDOM_SHARE if share is None else share)))
        self._unsure_field.setVisible(not self._is_pilot)
        for name, box in self.thresholds.items():
            value = getattr(batch, name) if batch is not None else None
            box.setValue(-1 if value is None else round(100 * value))

    def say(self, problem: str) -> None:
        """Say what is wrong with it; nothing where nothing is."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def said(self) -> dict[str, Any]:
        """What is typed."""
        day = self.deadline.date()
        # The whole of that day, where the manager is.
        due = datetime(day.year(), day.month(), day.day(), 23, 59, 59).astimezone()
        found: dict[str, Any] = {
            "name": self.name.text(),
            "priority": self.priority.value(),
            "needs": self.needs.said(),
        }
        found["deadline_us"] = round(due.timestamp() * 1_000_000) if self.has_deadline.isChecked() else None
        for name, box in self.thresholds.items():
            found[name] = None if box.value() < 0 else box.value() / 100
        if not self._is_pilot:
            found["overlap"] = self.overlap.value() or None
            found["unsure_first"] = self.share.value() / 100 if self.unsure.isChecked() else None
        return found

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._give()
        else:
            super().keyPressEvent(event)

    def _give(self) -> None:
        if not self.name.text().strip():
            self.say("Give it a name.")
            self.name.setFocus()
            return
        if problem := self.needs.problem():
            self.say(problem)
            self.needs.setFocus()
            return
        self.given.emit(self._batch_id, self._is_pilot, self.said())

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 14)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(self.title)
        column.addWidget(_field("Name", self.name))
        column.addWidget(_field("Who labels it knows", self.needs))
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE * 4)
        self._overlap_field = _field("People per item", self.overlap)
        row.addWidget(self._overlap_field)
        row.addWidget(_field("Priority", self.priority))
        due = QWidget()
        line = QHBoxLayout(due)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.has_deadline)
        line.addWidget(self.deadline)
        self.deadline.setAccessibleName("Deadline")
        row.addWidget(_field("Deadline", due))
        drawn = QWidget()
        line = QHBoxLayout(drawn)
        line.setContentsMargins(0, 0, 0, 0)
        line.addWidget(self.unsure)
        line.addWidget(self.share)
        self.unsure.setAccessibleName("What the model is unsure of first")
        self.share.setAccessibleName("Of each draw by chance alone")
        self._unsure_field = _field("What the model is unsure of first", drawn)
        set_tip(self._unsure_field, _UNSURE)
        row.addWidget(self._unsure_field)
        row.addStretch()
        column.addLayout(row)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE * 4)
        for name, (words, tip) in _THRESHOLDS.items():
            field = _field(words, self.thresholds[name])
            set_tip(field, tip)
            row.addWidget(field)
        row.addStretch()
        column.addLayout(row)
        column.addWidget(self.problem)
        feet = QHBoxLayout()
        feet.addWidget(self.gives)
        feet.addWidget(self.leaves)
        feet.addStretch()
        column.addLayout(feet)


def _threshold_box() -> QSpinBox:
    box = QSpinBox()
    box.setRange(-1, 100)
    box.setSingleStep(5)
    box.setSuffix(" %")
    box.setSpecialValueText(_FROM_PROJECT)
    return box


def _field(name: str, widget: QWidget) -> QWidget:
    host = QWidget()
    column = QVBoxLayout(host)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(name, "small"))
    column.addWidget(widget)
    if not widget.accessibleName():
        widget.setAccessibleName(name)
    return host
