"""Taking an item down from the window: what will happen, how far it is, and who has not confirmed yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError
from annodesk.progress import Progress, silent
from annodesk.services.takedown import NOT_REACHED, WHAT_HAPPENS, Standing, Unconfirmed
from annodesk.ui import theme
from annodesk.ui.parts import button, label, line, restyle
from annodesk.ui.plain import set_tip, set_title, shown
from annodesk.ui.team.row_table import row_table

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

    from annodesk.services.changes import Changes
    from annodesk.ui.bus import Bus
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.opening import Opened

COLUMNS = ("Item", "Taken down", "How far")
NOTHING = "Nothing was taken down in this project yet."
STEPS = 1_000


def day_text(at_us: int) -> str:
    """The day of a time, by the server's calendar."""
    return datetime.fromtimestamp(at_us / 1_000_000, UTC).strftime("%d %b %Y")


def how_far(one: Standing) -> str:
    """How far a takedown is, in a few words."""
    if not one.is_blank:
        return "not finished: take it down again"
    if not one.waiting:
        return "gone everywhere"
    return f"{len(one.waiting)} workstation{'s' * (len(one.waiting) != 1)} not confirmed"


def who_text(one: Unconfirmed) -> str:
    """Whose workstation is waited for."""
    name = one.person or "somebody without a name"
    return name if one.is_member else f"{name}, no member any more"


class TakedownDialog(QDialog):
    """Nothing in it waits for the network; ``is_busy`` while something is asked."""

    def __init__(self, jobs: Jobs, bus: Bus, opened: Opened, person_id: str, item: str, parent: QWidget) -> None:
        super().__init__(parent)
        set_title(self, "Take an item down")
        self.setModal(False)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._jobs, self._bus, self._person_id = jobs, bus, person_id
        self._takedowns, self._sync = opened.services.takedowns, opened.services.sync
        self._project_id = opened.project.project_id
        self.found: tuple[Standing, ...] = ()
        self.is_busy = False
        self._is_gone = False
        self._asked_twice = ""
        self._copies: list[str] = []
        self._build(item)
        self.refresh()

    # What the buttons do

    def refresh(self) -> None:
        """Ask again how far everything is."""
        takedowns, project_id = self._takedowns, self._project_id
        self._ask(lambda: takedowns.standings(project_id), self._show, "Looking …")

    def take_down(self) -> None:
        """Take the item down whose key was written twice."""
        if not self.go.isEnabled():
            return
        takedowns, project_id, person_id = self._takedowns, self._project_id, self._person_id
        item = self.item.text().strip()

        def work(progress: Progress = silent) -> tuple[Standing, Changes]:
            return takedowns.take_down(project_id, item, by_person=person_id, progress=progress)

        self._ask(work, self._on_taken_down, f"Taking {shown(item, 60)} down …", is_long=True)

    def give_up(self) -> None:
        """Wait no longer for the chosen workstation; asked twice."""
        copy_id = self._chosen()
        if not copy_id:
            return
        if self._asked_twice != copy_id:
            self._asked_twice = copy_id
            self._say("Is it gone for good?", "What it holds stays there, and it is waited for no longer.", role="warn")
            return
        takedowns = self._takedowns
        self._ask(lambda: takedowns.give_up(copy_id), lambda _: self.refresh(), "Telling the server …")

    # What comes of it

    def _ask(
        self, work: Callable[..., object], done: Callable[..., None], words: str, *, is_long: bool = False
    ) -> None:
        self._say(words)
        self._set_busy(True, is_long=is_long)

        def answered(answer: object) -> None:
            if not self._is_gone:
                self._set_busy(False)
                self._say("")
                done(answer)

        how: dict[str, Any] = {"on_done": answered, "on_error": self._on_error, "what": "take an item down"}
        if self._takedowns.asks_server:
            self._jobs.background(work, on_progress=self._on_progress, **how)
        else:
            self._jobs.store(work, **how)

    def _on_taken_down(self, answer: tuple[Standing, Changes]) -> None:
        standing, changes = answer
        if changes.kinds:
            self._bus.taken_down.emit(frozenset({standing.item_id}))
            self._bus.changed.emit(changes)
        self._bus.sync_asked.emit()  # in a team this workstation follows as all others do
        self.again.clear()
        self.refresh()

    def _on_progress(self, share: float, words: str) -> None:
        if not self._is_gone:
            self.progress.setValue(round(share * STEPS))
            self._say(f"{words.capitalize()} …")

    def _on_error(self, error: Exception) -> None:
        if self._is_gone:
            return
        self._set_busy(False)
        if isinstance(error, AnnodeskError):
            self._say(error.sentence, error.hint, role="bad")
        else:
            self._say("It could not be asked for.", "The report says what went wrong.", role="bad")
            self._jobs.failed.emit(error, "take an item down")

    def _show(self, found: list[Standing]) -> None:
        self.found = tuple(found)
        rows: list[tuple[tuple[str, str, str], str]] = []
        for one in found:
            rows.append(((one.key, day_text(one.made_at_us), how_far(one)), ""))
            rows += [
                ((f"      {who_text(w)}", f"seen {day_text(w.seen_us)}", "waited for"), w.copy_id) for w in one.waiting
            ]
        self._copies = [copy_id for _, copy_id in rows]
        self.table.setRowCount(len(rows))
        for row, (texts, copy_id) in enumerate(rows):
            for column, text in enumerate(texts):
                cell = QTableWidgetItem(shown(text, 200))
                cell.setFlags(Qt.ItemFlag.ItemIsSelectable | Qt.ItemFlag.ItemIsEnabled)
                set_tip(cell, f"The server knows it as {copy_id}." if copy_id else text)
                self.table.setItem(row, column, cell)
        self.table.resizeRowsToContents()
        self.table.setVisible(bool(rows))
        self.nothing.setVisible(not rows)
        self._on_chosen()

    def waited_for(self) -> list[str]:
        """Who has not confirmed, as it is shown."""
        shown_rows = [row for row, copy_id in enumerate(self._copies) if copy_id]
        return [self.table.item(row, 0).text().strip() for row in shown_rows]  # type: ignore[union-attr]

    def _chosen(self) -> str:
        """The chosen workstation; empty where none is."""
        row = self.table.currentRow()
        return self._copies[row] if 0 <= row < len(self._copies) else ""

    def _on_chosen(self) -> None:
        self._asked_twice = ""
        self.gone.setVisible(any(self._copies))
        self.gone.setEnabled(bool(self._chosen()) and not self.is_busy)

    # Inside

    def _follow(self) -> None:
        """It goes only where the key was written twice alike."""
        item = self.item.text().strip()
        self.go.setEnabled(bool(item) and item == self.again.text().strip() and not self.is_busy)

    def _set_busy(self, is_busy: bool, *, is_long: bool = False) -> None:
        self.is_busy = is_busy
        self.progress.setVisible(is_busy and is_long)
        self.progress.setRange(0, STEPS if self._takedowns.asks_server else 0)
        self.progress.setValue(0)
        self.look.setEnabled(not is_busy)
        self.gone.setEnabled(bool(self._chosen()) and not is_busy)
        self._follow()

    def _say(self, sentence: str, hint: str = "", *, role: str = "dim") -> None:
        restyle(self.sentence, role)
        self.sentence.setText(f"{sentence} {hint}".strip())

    def _build(self, item: str) -> None:
        self.item, self.again = QLineEdit(item), QLineEdit()
        self.item.setAccessibleName("Item to take down")
        self.again.setAccessibleName("Its key once more")
        for field in (self.item, self.again):
            field.setMaxLength(1_000)
            field.textChanged.connect(self._follow)
            field.returnPressed.connect(self.take_down)
        self.again.setPlaceholderText("to be sure: there is no way back")
        self.go = button("Take down for good")
        self.go.clicked.connect(self.take_down)
        self.progress = QProgressBar()
        self.progress.setTextVisible(False)
        self.sentence = label("", "dim", wrap=True)
        form = QFormLayout()
        form.setSpacing(theme.SPACE * 2)
        form.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        form.addRow(label("Key of the item", "dim"), self.item)
        form.addRow(label("The key once more", "dim"), self.again)
        self.nothing = label(NOTHING, "dim", wrap=True)
        self.table = row_table("What was taken down", COLUMNS, wide=0)
        self.table.itemSelectionChanged.connect(self._on_chosen)
        self.gone = button("Is gone for good", tip="Wait no longer for the chosen workstation")
        self.gone.clicked.connect(self.give_up)
        self.look = button("Look again", role="flat")
        self.look.clicked.connect(self.refresh)
        row = QHBoxLayout()
        row.addStretch()
        row.addWidget(self.go)
        feet = QHBoxLayout()
        feet.addWidget(self.gone)
        feet.addStretch()
        feet.addWidget(self.look)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        not_reached = f"{NOT_REACHED} {self._takedowns.copies()}".strip()
        for part in (label(WHAT_HAPPENS, wrap=True), label(not_reached, "dim", wrap=True)):
            column.addWidget(part)
        column.addLayout(form)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.sentence)
        column.addWidget(line())
        column.addWidget(self.nothing)
        column.addWidget(self.table, 100)
        column.addStretch(1)
        column.addLayout(feet)
        room = self.parentWidget().window().size()
        self.resize(min(theme.px(640), room.width() - 40), min(theme.px(620), room.height() - 40))
        (self.again if item else self.item).setFocus()

    def closeEvent(self, event: QCloseEvent) -> None:
        self.reject()
        super().closeEvent(event)

    def done(self, result: int) -> None:
        """No answer comes home any more; what was asked for is done all the same."""
        self._is_gone = True
        super().done(result)
