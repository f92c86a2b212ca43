"""Asks what a member knows and what is agreed with them: tasks a day, until when they are away, when they work."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QDate, Qt, QTime, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDateEdit,
    QFrame,
    QHBoxLayout,
    QSpinBox,
    QTimeEdit,
    QVBoxLayout,
    QWidget,
)

from annodesk.model.terms import DAYS, EVERY_DAY, Terms
from annodesk.model.work import Skill
from annodesk.services.assigning import MOST_A_DAY, NO_QUOTA
from annodesk.ui import theme
from annodesk.ui.dashboard.skills_edit import SkillsEdit
from annodesk.ui.parts import button, label

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.given_out import GivenMember

OFFSETS = tuple(range(-12 * 60, 14 * 60 + 1, 30))
"""Minutes ahead of UTC that clocks are set to; quarters of an hour that somebody entered elsewhere are kept."""
_NINE, _FIVE = 9 * 60, 17 * 60


class TermsForm(QFrame):
    """Return or the button hands it over, Escape leaves it.

    given(str, object, object, object)   the member's id, the terms that stood and are to stand, and what they know
    left()                               nothing is to be changed
    """

    given = Signal(str, object, object, object)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "taken")
        self._person_id, self._before = "", Terms()
        self.title, self.problem = label("", "strong", wrap=True), label("", "bad", wrap=True)
        self.skills = SkillsEdit()
        self.quota = QSpinBox()
        self.quota.setRange(NO_QUOTA, MOST_A_DAY)
        self.quota.setSpecialValueText("any number")
        self.quota.lineEdit().setTextMargins(theme.px(4), 0, 0, 0)
        self.is_away, self.until = QCheckBox("away until the end of"), QDateEdit()
        self.until.setCalendarPopup(True)
        self.until.setDisplayFormat("d MMM yyyy")
        self.is_away.toggled.connect(self.until.setEnabled)
        self.has_hours = QCheckBox("works at some times only")
        self.begins, self.ends = QTimeEdit(), QTimeEdit()
        for edit in (self.begins, self.ends):
            edit.setDisplayFormat("H:mm")
        self.days = [QCheckBox(name[:2]) for name in DAYS]
        self.ahead = QComboBox()
        self.ahead.setProperty("role", "steady")
        self.has_hours.toggled.connect(self._follow)
        self.note = label("", "small", wrap=True)
        self.gives, self.leaves = button("Set it", role="primary"), button("Leave it", role="flat")
        self.gives.clicked.connect(self._give)
        self.leaves.clicked.connect(self.left)
        self._build()

    def ask(self, member: GivenMember, now_us: int, *, is_shared: bool, skills: Sequence[str] = ()) -> None:
        """Ask about a member; ``skills`` are the groups of labels and what others know."""
        self.skills.show_skills([Skill(name, level) for name, level in member.skills], skills)
        agreed = member.terms
        self._person_id, self._before = member.person_id, agreed
        self.title.setText(f"What is agreed with {member.name}")
        self.quota.setValue(NO_QUOTA if agreed.quota_a_day is None else agreed.quota_a_day)
        until = agreed.absent_until_us
        is_away = until is not None and until > now_us
        self.is_away.setChecked(is_away)
        self.until.setEnabled(is_away)
        self.until.setMinimumDate(QDate.currentDate())
        day = datetime.fromtimestamp((until or 0) / 1_000_000).astimezone()
        self.until.setDate(QDate(day.year, day.month, day.day) if is_away else QDate.currentDate().addDays(7))
        self.has_hours.setChecked(agreed.has_hours)
        self.begins.setTime(_time(_NINE if agreed.works_from is None and not agreed.has_hours else agreed.works_from))
        self.ends.setTime(_time(_FIVE if agreed.works_to is None and not agreed.has_hours else agreed.works_to))
        weekdays = agreed.weekdays if agreed.has_hours else 0b11111
        for place, box in enumerate(self.days):
            box.setChecked(bool(weekdays >> place & 1))
        ahead = agreed.utc_offset if agreed.has_hours else _here()
        self.ahead.clear()
        for minutes in sorted({*OFFSETS, ahead}):
            self.ahead.addItem(_offset(minutes), minutes)
        self.ahead.setCurrentIndex(self.ahead.findData(ahead))
        gone = "What they hold goes back at once. " if is_shared else ""
        self.note.setText(
            f"While away nobody is given anything new. {gone}Outside of their hours they may go on with what they hold."
        )
        self.say("")
        self._follow()

    def say(self, problem: str) -> None:
        """Say what is wrong with it; nothing where nothing is."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))

    def said(self) -> Terms:
        """What is chosen; an end at midnight is the end of the day."""
        quota = None if self.quota.value() == NO_QUOTA else self.quota.value()
        day = self.until.date()
        # The whole of that day, where the manager is.
        end = datetime(day.year(), day.month(), day.day(), 23, 59, 59).astimezone()
        until = round(end.timestamp() * 1_000_000) if self.is_away.isChecked() else None
        said = replace(self._before, quota_a_day=quota, absent_until_us=until)
        if not self.has_hours.isChecked():
            return replace(said, works_from=None, works_to=None, weekdays=EVERY_DAY, utc_offset=0)
        weekdays = sum(1 << place for place, box in enumerate(self.days) if box.isChecked())
        begins, ends = _minutes(self.begins), _minutes(self.ends) or 1440
        is_all_day = (begins, ends) == (0, 1440)
        return replace(
            said,
            works_from=None if is_all_day else begins,
            works_to=None if is_all_day else ends,
            weekdays=weekdays,
            utc_offset=int(self.ahead.currentData()),
        )

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._give()
        else:
            super().keyPressEvent(event)

    def _give(self) -> None:
        said = self.said()
        if not said.weekdays:
            self.say("Choose a day on which they work, or let them be away.")
            self.days[0].setFocus()
            return
        if problem := self.skills.problem():
            self.say(problem)
            self.skills.setFocus()
            return
        self.given.emit(self._person_id, self._before, said, self.skills.said())

    def _follow(self) -> None:
        self._hours.setVisible(self.has_hours.isChecked())

    def _build(self) -> None:
        self.quota.setAccessibleName("Tasks a day")
        self.until.setAccessibleName("Away until the end of")
        self.begins.setAccessibleName("Their day begins")
        self.ends.setAccessibleName("Their day ends")
        self.ahead.setAccessibleName("By which clock")
        for name, box in zip(DAYS, self.days, strict=True):
            box.setAccessibleName(f"Works on {name}")
        self.skills.setAccessibleName("What they know")
        knows = QHBoxLayout()
        knows.setSpacing(theme.SPACE * 2)
        knows.addWidget(label("Knows", "dim"))
        knows.addWidget(self.skills, 1)
        first, self._hours = QHBoxLayout(), QWidget()
        for part in (label("Tasks a day", "dim"), self.quota, self.is_away, self.until, self.has_hours):
            first.addWidget(part)
        first.insertSpacing(2, theme.px(16))
        first.insertSpacing(5, theme.px(16))
        second = QHBoxLayout(self._hours)
        second.setContentsMargins(0, 0, 0, 0)
        from_, to = label("from", "dim"), label("to", "dim")
        for part in (from_, self.begins, to, self.ends, *self.days, label("by the clock", "dim"), self.ahead):
            second.addWidget(part)
        feet = QHBoxLayout()
        for part in (self.gives, self.leaves):
            feet.addWidget(part)
        for row in (first, second, feet):
            row.setSpacing(theme.SPACE * 2)
            row.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(self.title)
        column.addLayout(knows)
        column.addLayout(first)
        column.addWidget(self._hours)
        column.addWidget(self.note)
        column.addWidget(self.problem)
        column.addLayout(feet)


def _time(minutes: int | None) -> QTime:
    minute = (minutes or 0) % 1440
    return QTime(minute // 60, minute % 60)


def _minutes(edit: QTimeEdit) -> int:
    return edit.time().hour() * 60 + edit.time().minute()


def _here() -> int:
    offset = datetime.now().astimezone().utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)


def _offset(minutes: int) -> str:
    sign = "+" if minutes >= 0 else "−"
    return f"UTC{sign}{abs(minutes) // 60}:{abs(minutes) % 60:02}"
