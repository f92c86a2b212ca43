"""The panel of people: who belongs to the project, and what the person who looks may change of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QScrollArea,
    QSpinBox,
    QSplitter,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.model.work import Role
from annodesk.services.team_people import HIGHEST_LEVEL, MOST_A_DAY, MOST_DAYS_AWAY, NO_QUOTA, TeamPeople, TeamView
from annodesk.ui import theme
from annodesk.ui.parts import button, label, line, restyle
from annodesk.ui.plain import set_tip, set_title, shown
from annodesk.ui.team.row_table import row_table

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from annodesk.services.joining import Invited
    from annodesk.store.members import MemberRow
    from annodesk.store.remote import Address
    from annodesk.ui.jobs import Jobs, Request

COLUMNS = ("Name", "Roles", "Skills and languages", "A day", "Away until")
ALONE = "You see yourself alone: managers and analysts of the project see who else is in it."
BY_ADMIN = (
    "Analysts and managers are made by the administrator: annodesk server add-user LOGIN --role analyst --project NAME"
)
BY_ADMIN_TOO = "What a manager is, and that somebody is none any more, is the administrator's to say."
NOT_YOURS = "What others are and get is changed by a manager of the project."


def skills_text(member: MemberRow) -> str:
    """Skills with their level: ``en 3, medical 1``."""
    return ", ".join(f"{skill} {level}" for skill, level in member.skills)


def away_text(member: MemberRow, now_us: int) -> str:
    """Until when somebody is away; empty where they are here."""
    until = member.absent_until_us
    if until is None or until <= now_us:
        return ""
    return datetime.fromtimestamp(until / 1_000_000).strftime("%d %b %Y")


class PeoplePanel(QDialog):
    """Asks the server in the background; while it is asked everything shown stays readable."""

    def __init__(self, jobs: Jobs, address: Address, project_id: str, project: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, f"People of {project}")
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._jobs, self._project = jobs, project
        self.people = TeamPeople(address, project_id)
        self.view: TeamView | None = None
        self._request: Request | None = None
        self._asked_twice = ""
        self._build()
        self._ask(self.people.look, "Asking the server …")

    @property
    def is_busy(self) -> bool:
        """Whether the server has been asked and has not answered yet."""
        return self._request is not None

    def chosen(self) -> MemberRow | None:
        """The person whose row is selected."""
        row = self.table.currentRow()
        return self.view.members[row] if self.view is not None and 0 <= row < len(self.view.members) else None

    def choose(self, person_id: str) -> None:
        """Select a person's row."""
        members = self.view.members if self.view is not None else ()
        for row, member in enumerate(members):
            if member.person_id == person_id:
                self.table.setCurrentCell(row, 0)

    # What the buttons do

    def refresh(self) -> None:
        """Read everything again."""
        self._ask(self.people.look, "Asking the server …")

    def set_quota(self) -> None:
        """Give the chosen person so many tasks a day."""
        if (member := self.chosen()) is not None:
            self._ask(partial(self.people.set_quota, member.person_id, self.quota.value()), "Telling the server …")

    def set_away(self, days: int) -> None:
        """The chosen person is away for some days; 0 and they are back."""
        if (member := self.chosen()) is not None:
            self._ask(partial(self.people.set_away, member.person_id, days), "Telling the server …")

    def set_skill(self) -> None:
        """Give the chosen person a skill at a level, or take it away at 0."""
        if (member := self.chosen()) is not None:
            work = partial(self.people.set_skill, member.person_id, self.skill.text(), self.level.value())
            self._ask(work, "Telling the server …")

    def make_annotator(self) -> None:
        """Let the chosen person label too."""
        if (member := self.chosen()) is not None:
            self._ask(partial(self.people.make_annotator, member.person_id), "Telling the server …")

    def take_role(self, role: Role) -> None:
        """Take a role from the chosen person; asked twice."""
        member = self.chosen()
        question = f"Really take {role.value} away? What they hold goes back, their work stays."
        if member is not None and self._is_sure(self.takes[role], f"{role.value} {member.person_id}", question):
            self._ask(partial(self.people.take_role, member.person_id, role), "Telling the server …")

    def add(self) -> None:
        """Make somebody who has a login a member."""
        self._ask(partial(self.people.add, self.login.text()), "Telling the server …", then=self.login.clear)

    def remove(self) -> None:
        """Take the chosen person out of the project; asked twice."""
        member = self.chosen()
        if member is not None and self._is_sure(self.out, f"remove {member.person_id}", "Really take them out?"):
            self._ask(partial(self.people.remove, member.person_id), "Telling the server …")

    def leave(self) -> None:
        """Leave the project oneself; asked twice."""
        if self._is_sure(self.away, "leave", "Really leave? Your work stays, open tasks go back."):
            self._ask(self.people.leave, "Telling the server …", done=self._on_left)

    def invite(self) -> None:
        """Ask whom to invite."""
        from annodesk.ui.team.invite import InviteDialog

        self.inviting = InviteDialog(self._jobs, self._project, self)
        self.inviting.invited.connect(self._on_invited)
        self.inviting.open()

    # Inside

    def _is_sure(self, pressed: QWidget, what: str, question: str) -> bool:
        if self._asked_twice == what:
            self._asked_twice = ""
            return True
        self._asked_twice = what
        self._say(question, "Press the button once more.", role="warn")
        pressed.setFocus()
        return False

    def _ask(
        self,
        work: Callable[[], object],
        words: str,
        *,
        done: Callable[[object], None] | None = None,
        then: Callable[[], object] | None = None,
    ) -> None:
        if self.is_busy:
            return
        self._asked_twice = ""
        self._say(words)
        self._request = self._jobs.background(
            work,
            on_done=lambda answer: self._on_answer(answer, done, then),
            on_error=self._on_error,
            key=self,
            what="ask about people",
        )
        self._follow()

    def _on_answer(
        self, answer: object, done: Callable[[object], None] | None, then: Callable[[], object] | None
    ) -> None:
        self._request = None
        self._say("")
        if then is not None:
            then()
        if done is not None:
            done(answer)
        else:
            assert isinstance(answer, TeamView)
            self._show(answer)

    def _on_error(self, error: Exception) -> None:
        self._request = None
        if isinstance(error, AnnodeskError):
            self._say(error.sentence, error.hint, role="bad")
        else:
            self._say("The server could not be asked.", "The report says what went wrong.", role="bad")
            self._jobs.failed.emit(error, "ask about people")
        self._follow()

    def _on_left(self, freed: object) -> None:
        self.view = None
        self.table.setRowCount(0)
        tasks = "1 task" if freed == 1 else f"{freed} tasks"
        self._say(f"You have left {self._project}; {tasks} went back.", "Your work stays.", role="ok")
        self._follow()

    def _on_invited(self, made: Invited) -> None:
        self._say(f"{Path(made.path).name} is written.", "Give it to them alone: whoever opens it first is let in.")
        self.refresh()

    def _show(self, view: TeamView) -> None:
        known = self.chosen()
        self.view = view
        self.table.setRowCount(len(view.members))
        for row, member in enumerate(view.members):
            name = member.name or "(no name)"
            texts = (
                f"{name} (you)" if member.person_id == view.me else name,
                ", ".join(sorted(role.value for role in member.roles)),
                skills_text(member),
                "" if member.quota_a_day is None else str(member.quota_a_day),
                away_text(member, view.now_us),
            )
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(shown(text, 200))
                cell.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
                set_tip(cell, text)
                self.table.setItem(row, column, cell)
        self.table.resizeRowsToContents()
        self.choose(known.person_id if known is not None else view.me)
        self._follow()

    def _follow(self) -> None:
        """Show what may be done with the chosen person, and why what may not."""
        view, member = self.view, self.chosen()
        is_manager = view is not None and view.is_manager
        is_me = view is not None and member is not None and member.person_id == view.me
        for part in self._managers:
            part.setVisible(is_manager)
        self.form.setRowVisible(self._quota_row, is_manager)
        self.form.setRowVisible(self._skill_row, is_manager)
        self._follow_roles(member, is_manager=is_manager)
        self.form.setRowVisible(self._away_row, is_manager or is_me)
        self.why.setText("" if view is None or is_manager else NOT_YOURS if view.sees_all else ALONE)
        self.why.setVisible(bool(self.why.text()))
        self.who.setText(member.name if member is not None else "")
        self.out.setVisible(is_manager and not is_me)
        self.out.setEnabled(member is not None and Role.MANAGER not in member.roles and not self.is_busy)
        is_keeper = member is not None and Role.MANAGER in member.roles
        set_tip(self.out, "Only the administrator removes a manager." if is_keeper else "Their work stays.")
        self.away.setVisible(view is not None and not is_manager)
        for part in (self.quota_set, self.skill_set, self.away_set, self.back, self.adds, self.away, self.again):
            part.setEnabled(not self.is_busy)
        if member is not None:
            self.quota.setValue(NO_QUOTA if member.quota_a_day is None else member.quota_a_day)
            self.back.setVisible(view is not None and bool(away_text(member, view.now_us)))

    def _follow_roles(self, member: MemberRow | None, *, is_manager: bool) -> None:
        held = member.roles if member is not None else frozenset()
        self.form.setRowVisible(self._role_row, is_manager and member is not None)
        self.gives.setVisible(Role.ANNOTATOR not in held)
        self.gives.setEnabled(not self.is_busy)
        for role, take in self.takes.items():
            take.setVisible(role in held and len(held) > 1)
            take.setEnabled(not self.is_busy)
        self.by_admin.setVisible(is_manager and member is not None)
        self.by_admin.setText(BY_ADMIN_TOO if Role.MANAGER in held else BY_ADMIN)

    def _on_chosen(self) -> None:
        self._asked_twice = ""
        self._follow()

    def _say(self, sentence: str, hint: str = "", *, role: str = "dim") -> None:
        restyle(self.sentence, role)
        self.sentence.setText(f"{sentence} {hint}".strip())

    def _build(self) -> None:
        self.sentence, self.why, self.who = label("", "dim", wrap=True), label("", "dim", wrap=True), label("", "title")
        self.table = row_table("People", COLUMNS, wide=2)
        self.table.itemSelectionChanged.connect(self._on_chosen)
        self.quota, self.quota_set = QSpinBox(), button("Set")
        self.quota.setRange(NO_QUOTA, MOST_A_DAY)
        self.quota.setSpecialValueText("any")
        set_tip(self.quota, "How many tasks they are given a day; below 0 there is no limit")
        self.quota_set.clicked.connect(self.set_quota)
        self.days, self.away_set, self.back = QSpinBox(), button("Set away"), button("Is back")
        self.days.setRange(1, MOST_DAYS_AWAY)
        self.away_set.clicked.connect(lambda: self.set_away(self.days.value()))
        self.back.clicked.connect(lambda: self.set_away(0))
        set_tip(self.away_set, "Open tasks go back at once")
        self.skill, self.level, self.skill_set = QLineEdit(), QSpinBox(), button("Set")
        self.skill.setPlaceholderText("pt, medical …")
        self.skill.setMaxLength(60)
        self.level.setRange(0, HIGHEST_LEVEL)
        self.level.setValue(1)
        set_tip(self.level, "1 to 5; 0 takes the skill away")
        self.skill_set.clicked.connect(self.set_skill)
        self.skill.returnPressed.connect(self.set_skill)
        self.form = QFormLayout()
        self.form.setSpacing(theme.SPACE * 2)
        self.form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        self._quota_row = self._row("Tasks a day", self.quota, self.quota_set)
        self._away_row = self._row("Away for days", self.days, self.away_set, self.back)
        self._skill_row = self._row("Skill and level", self.skill, self.level, self.skill_set)
        self.gives = button("Make annotator", tip="They may label too")
        self.gives.clicked.connect(self.make_annotator)
        self.takes = {role: button(f"Take {role.value} away") for role in (Role.ANNOTATOR, Role.ANALYST)}
        for role, take in self.takes.items():
            take.clicked.connect(partial(self._on_take, role))
        self._role_row = self._row("Roles", self.gives, *self.takes.values())
        self.by_admin = label("", "dim", wrap=True)
        self.out = button("Take out of the project")
        self.out.clicked.connect(self.remove)
        self.login, self.adds = QLineEdit(), button("Add")
        self.login.setPlaceholderText("login")
        self.login.setAccessibleName("Login to add")
        self.login.setMaxLength(63)
        self.login.returnPressed.connect(self.add)
        self.adds.clicked.connect(self.add)
        self.invites = button("Invite …", tip="A file that lets a newcomer in; needs the administrator's address")
        self.invites.clicked.connect(self.invite)
        self.away = button("Leave the project")
        self.away.clicked.connect(self.leave)
        self.again = button("Read again", role="flat")
        self.again.clicked.connect(self.refresh)
        self._managers: tuple[QWidget, ...] = (self.login, self.adds, self.invites)
        side = QWidget()
        side.setProperty("role", "scrolled")
        rows = QVBoxLayout(side)
        rows.setContentsMargins(0, theme.SPACE * 2, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        rows.addWidget(self.who)
        rows.addLayout(self.form)
        rows.addWidget(self.by_admin)
        rows.addWidget(self.out, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addWidget(self.why)
        rows.addStretch(1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFrameShape(QScrollArea.Shape.NoFrame)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(side)
        both = QSplitter(Qt.Orientation.Vertical)
        both.setChildrenCollapsible(False)
        both.setHandleWidth(1)
        both.addWidget(self.table)
        both.addWidget(area)
        both.setStretchFactor(0, 1)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 2)
        for part in (self.login, self.adds, self.invites, self.away):
            feet.addWidget(part)
        feet.addStretch()
        feet.addWidget(self.again)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(both, 1)
        column.addWidget(self.sentence)
        column.addWidget(line())
        column.addLayout(feet)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(720), room.width() - 40), min(theme.px(520), room.height() - 40))
        self._follow()

    def _on_take(self, role: Role, _checked: bool = False) -> None:
        self.take_role(role)

    def _row(self, name: str, *parts: QWidget) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE * 2)
        for part in parts:
            if isinstance(part, QSpinBox | QLineEdit):
                part.setAccessibleName(name)
            if isinstance(part, QSpinBox):
                part.setFixedWidth(theme.px(64))
                part.lineEdit().setTextMargins(theme.px(4), 0, 0, 0)
            row.addWidget(part)
        row.addStretch(1)
        self.form.addRow(label(name, "dim"), made)
        return made

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """No answer comes home any more."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        super().done(result)
