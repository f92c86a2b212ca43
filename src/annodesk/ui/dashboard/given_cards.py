"""The two lists of the page of work: the members with what is agreed with them, and the tasks with whom they go to."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QItemSelectionModel, Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QTableWidget, QTableWidgetItem, QVBoxLayout, QWidget

from annodesk.services.given_out import (
    GivenMember,
    GivenOutView,
    GivenTask,
    Which,
    held_for,
    member_sentence,
    task_sentence,
)
from annodesk.ui import theme
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.terms_form import TermsForm
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.team.row_table import row_table

NO_TASKS = "Nothing is left to be labelled: add recordings, or open settled items again."
NONE_LIKE = "No task to be labelled has this in its name."
NONE_OF = {
    Which.HELD: "Nobody holds a task just now.",
    Which.SAID: "Every task goes to whoever is next: none is kept for somebody or paused.",
}
_WHICH = ((Which.ALL, "all to be labelled"), (Which.HELD, "held by somebody"), (Which.SAID, "kept or paused"))
_MOST_LINES = 10


class MembersCard(Card):
    """Members by name; the buttons are about the chosen one."""

    def __init__(self) -> None:
        super().__init__("Members")
        self.members: Sequence[GivenMember] = ()
        self.table = row_table("Members", ("Name", "Given work", "Skills"), wide=1)
        self.pause = KeyButton("Pause", "desk.pause_member", by_tab=True)
        self.change = KeyButton(
            "Change …", "desk.terms", tip="Skills, tasks a day, absence, working hours", by_tab=True
        )
        self.form = TermsForm()
        self.form.hide()
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE * 2)
        for part in (self.table, _row(self.pause, self.change), self.form):
            column.addWidget(part)
        self.set_body(body)
        self.table.itemSelectionChanged.connect(self._follow)
        self._follow()

    @property
    def chosen(self) -> GivenMember | None:
        """The member whose line is chosen."""
        row = self.table.currentRow()
        return self.members[row] if 0 <= row < len(self.members) else None

    def show_members(self, found: GivenOutView) -> None:
        """Show the members; who was chosen stays so."""
        before = self.chosen
        self.members = found.members
        lines = [
            (one.name, member_sentence(one, found.now_us), ", ".join(f"{skill} {level}" for skill, level in one.skills))
            for one in found.members
        ]
        ids = [one.person_id for one in found.members]
        fill(self.table, lines, ids.index(before.person_id) if before is not None and before.person_id in ids else 0)
        labelling = sum(one.is_annotator for one in found.members)
        self.show_note(f"{labelling} of {len(ids)} label")
        self._follow()

    def _follow(self) -> None:
        one = self.chosen
        for made in (self.pause, self.change):
            made.setEnabled(one is not None and one.is_annotator)
        is_paused = one is not None and one.terms.is_paused
        tip = "They are given new work again" if is_paused else "They keep what they hold and are given nothing new"
        self.pause.set_words("Give work again" if is_paused else "Pause", tip)


class TasksCard(Card):
    """Tasks by name; the buttons are about the chosen one.

    searched()    the name to look for, or which are looked at, is another
    """

    searched = Signal()

    def __init__(self) -> None:
        super().__init__("Tasks to be labelled")
        self.found: GivenOutView | None = None
        self.search, self.which = QLineEdit(), QComboBox()
        self.search.setPlaceholderText("Search by name")
        self.search.setAccessibleName("Search tasks by name")
        self.search.setClearButtonEnabled(True)
        self.search.setMinimumWidth(theme.px(180))
        for which, words in _WHICH:
            self.which.addItem(words, which)
        self.which.setAccessibleName("Which tasks")
        for part in (self.search, self.which):
            self.tools.addWidget(part)
        self.table = row_table("Tasks to be labelled", ("Task", "Batch", "Where it stands"), wide=2)
        self.empty = label("", "dim", wrap=True)
        self.person, self.holder = QComboBox(), QComboBox()
        for box in (self.which, self.person, self.holder):
            box.setProperty("role", "steady")
        self.person.setAccessibleName("For whom")
        self.holder.setAccessibleName("Whose place")
        self.keep = KeyButton("Keep for them", "desk.keep", by_tab=True,
                              tip="Nobody else is given its free places; it comes first in their list")  # fmt: skip
        self.take = KeyButton("Take over for them", "desk.take", by_tab=True,
                              tip="Taken from who holds it, whose work is kept, and kept for the other")  # fmt: skip
        self.anybody = KeyButton("For anybody", "desk.anybody", by_tab=True, tip="Whoever is next is given it again")
        self.pause = KeyButton("Pause", "desk.pause_task", by_tab=True)
        body = QWidget()
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE * 2)
        self._acts = _row(self.person, self.keep, self.anybody, self.pause)
        self._takes = _row(self.holder, self.take)
        for part in (self.empty, self.table, self._acts, self._takes):
            column.addWidget(part)
        self.set_body(body)
        self.table.itemSelectionChanged.connect(self._follow)
        self.search.textEdited.connect(lambda _: self.searched.emit())
        self.which.currentIndexChanged.connect(lambda _: self.searched.emit())
        self._follow()

    @property
    def chosen(self) -> GivenTask | None:
        """The task whose line is chosen."""
        row, tasks = self.table.currentRow(), () if self.found is None else self.found.tasks
        return tasks[row] if 0 <= row < len(tasks) else None

    def looked_for(self) -> tuple[str, Which]:
        """The name to look for, and which tasks."""
        return self.search.text(), Which(self.which.currentData())

    def show_tasks(self, found: GivenOutView) -> None:
        """Show the tasks; which was chosen stays so, and for whom."""
        before, person_id = self.chosen, self.person.currentData()
        self.found = found
        lines = [
            (one.title, one.batch, task_sentence(one, found.name_of(one.kept_for), found.now_us)) for one in found.tasks
        ]
        ids = [one.task_id for one in found.tasks]
        fill(self.table, lines, ids.index(before.task_id) if before is not None and before.task_id in ids else 0)
        like, which = self.looked_for()
        self.empty.setText(NONE_LIKE if like.strip() else NONE_OF.get(which, NO_TASKS))
        self.empty.setVisible(not ids)
        self.table.setVisible(bool(ids))
        self._acts.setVisible(bool(ids))
        count = "1 task" if len(ids) == 1 else f"{len(ids)} tasks"
        self.show_note(f"the first {len(ids)}: write more of a name to find others" if found.is_more else count)
        self.person.clear()
        for one in found.members:
            if one.is_annotator:
                self.person.addItem(shown(one.name), one.person_id)
        self.person.setCurrentIndex(max(0, self.person.findData(person_id)))
        self._follow()

    def _follow(self) -> None:
        one, now_us = self.chosen, 0 if self.found is None else self.found.now_us
        has_people = self.person.count() > 0
        self.keep.setEnabled(one is not None and has_people and (one.free > 0 or one.kept_for is not None))
        self.take.setEnabled(one is not None and has_people and bool(one.held))
        self._takes.setVisible(one is not None and bool(one.held))
        self.holder.clear()
        for hold in () if one is None else one.held:
            self.holder.addItem(f"from who has held it for {held_for(hold, now_us)}", hold.claim_id)
        self.holder.setVisible(self.holder.count() > 1)
        self.anybody.setEnabled(one is not None and (one.kept_for is not None or one.is_paused))
        is_paused = one is not None and one.is_paused
        self.pause.setEnabled(one is not None)
        tip = "It is given out again" if is_paused else "It is given to nobody; whoever holds it goes on"
        self.pause.set_words("Give out again" if is_paused else "Pause", tip)


def fill(table: QTableWidget, lines: Sequence[Iterable[str]], chosen: int) -> None:
    """Put lines into a table, as high as they are up to a few, and choose one."""
    table.blockSignals(True)
    table.setRowCount(len(lines))
    for row, words in enumerate(lines):
        for column, text in enumerate(words):
            cell = QTableWidgetItem(shown(text, 200))
            cell.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
            set_tip(cell, text)
            table.setItem(row, column, cell)
    table.resizeRowsToContents()
    heights = [table.rowHeight(row) for row in range(min(len(lines), _MOST_LINES))]
    table.setFixedHeight(table.horizontalHeader().sizeHint().height() + sum(heights) + theme.px(6))
    if lines:
        table.setCurrentCell(
            chosen, 0, QItemSelectionModel.SelectionFlag.ClearAndSelect | QItemSelectionModel.SelectionFlag.Rows
        )
    table.blockSignals(False)


def connect_all(pairs: Iterable[tuple[KeyButton, Callable[[], object]]]) -> None:
    """Have each button do what its key does."""
    for made, act in pairs:
        made.clicked.connect(lambda _checked=False, act=act: act())


def _row(*parts: QWidget) -> QWidget:
    made = QWidget()
    row = QHBoxLayout(made)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE * 2)
    for part in parts:
        row.addWidget(part)
    row.addStretch()
    return made
