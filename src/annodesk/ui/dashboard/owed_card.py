"""What a project owes, each entry with its button, and queueing again what a changed label has touched."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.services.debt import MOST_QUEUED
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.card import Card
from annodesk.ui.notices import Tone
from annodesk.ui.parts import button, label, restyle
from annodesk.ui.plain import shown
from annodesk.ui.rounds import score_and_route

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.debt import Affected, Debt, LastChange, Owed
    from annodesk.services.opened_again import OpenedAgain
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

NOTHING_OWED = "Nothing is owed: no answer is under old guidelines, nothing is disputed."
BUTTONS = {
    "old versions": "Queue again …",
    "disputes": "Rule them",
    "machine labels": "Set the share of audits",
    "references": "See the references",
}
_NAMED, LOOK_MS = 5, 200


class OwedCard(Card):
    """One line for each kind of debt.

    led(str)    the kind that is answered elsewhere
    queued()    items were opened again
    """

    led, queued = Signal(str), Signal()

    def __init__(self, context: Context) -> None:
        super().__init__("What is owed")
        self.debt: Debt | None = None
        body, self.rows = QWidget(), QWidget()
        inside = QVBoxLayout(self.rows)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(theme.SPACE * 2)
        self.form = AgainForm(context)
        self.form.hide()
        self.form.left.connect(self.form.hide)
        self.form.queued.connect(self._on_queued)
        column = QVBoxLayout(body)
        column.setContentsMargins(0, 0, 0, 0)
        for part in (self.rows, self.form):
            column.addWidget(part)
        column.addStretch()
        self.set_body(body)

    def show_debt(self, debt: Debt) -> None:
        """Show what is owed."""
        self.debt = debt
        clear_rows(self.rows)
        for one in debt.owed:
            self._add(one)
        if not debt.owed:
            self._layout.addWidget(label(NOTHING_OWED, "dim", wrap=True))

    def ask_again(self) -> None:
        """Choose the label whose items are queued again."""
        self.form.show()
        self.form.ask()
        self.form.label_.setFocus()

    @property
    def _layout(self) -> QVBoxLayout:
        rows = self.rows.layout()
        assert isinstance(rows, QVBoxLayout)
        return rows

    def _add(self, one: Owed) -> None:
        host, words = QWidget(), QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(one.sentence, wrap=True))
        days = "1 day" if one.oldest_days == 1 else f"{one.oldest_days} days"
        age = "" if one.oldest_days is None else f"The oldest is {days} old. "
        words.addWidget(label(f"{age}{one.action}", "small", wrap=True))
        does = button(BUTTONS[one.kind])
        does.setAccessibleName(f"{BUTTONS[one.kind]} {one.sentence}")
        does.clicked.connect(self.ask_again if one.kind == "old versions" else partial(self.led.emit, one.kind))
        row = QHBoxLayout(host)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(theme.SPACE * 3)
        row.addLayout(words, 1)
        row.addWidget(does, 0, Qt.AlignmentFlag.AlignTop)
        self._layout.addWidget(host)

    def _on_queued(self) -> None:
        self.form.hide()
        self.queued.emit()


class AgainForm(QFrame):
    """Finds items by a label, says how many they are, and opens them again with a reason; Escape leaves it.

    left()      nothing is queued again
    queued()    items were opened again
    """

    left, queued = Signal(), Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setProperty("role", "taken")
        self.setAccessibleName("Queue again by label")
        self.context = context
        self.change: LastChange | None = None
        self.found: tuple[Affected, ...] | None = None
        self._request: Request | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LOOK_MS)
        self._soon.timeout.connect(self.look)
        self.what = label("", "small", wrap=True)
        self.part, self.label_, self.why = QComboBox(), QComboBox(), QLineEdit()
        self.words = label("", wrap=True)
        self.queues, self.leaves = button("Queue again", role="primary"), button("Leave it", role="flat")
        self._build()

    def ask(self) -> None:
        """Read what has changed, and choose what that was about."""
        context = self.context
        self._say("Looking at what has changed …", "dim")
        self._request = context.jobs.background(
            context.services.debt.last_change, context.project_id, context.person_id,
            on_done=self._show_change, on_error=self._fail, key="last change", what="read what has changed",
        )  # fmt: skip

    def look(self) -> None:
        """Find the items with the chosen label."""
        context, part, name = self.context, self.part.currentText(), self.label_.currentText()
        self.found = None
        if not name:
            return self._say("Choose a label.", "dim")
        self._say("Looking for the items …", "dim")
        self._request = context.jobs.background(
            context.services.debt.affected, context.project_id, context.person_id,
            str(self.part.currentData() or part), str(self.label_.currentData() or name),
            on_done=self._show_found, on_error=self._fail, key="affected", what="look for the items with a label",
        )  # fmt: skip
        return None

    def queue(self) -> None:
        """Open what was found again."""
        words = self.why.text().strip()
        if not self.found:
            return
        if not words:
            self._say("Say in a few words why: whoever labels it again reads that.", "bad")
            self.queues.setEnabled(True)
            self.why.setFocus()
            return
        context = self.context
        self.queues.setEnabled(False)
        self._request = context.jobs.background(
            context.services.debt.queue_again, context.person_id, self.found[:MOST_QUEUED], words,
            on_done=self._on_queued, on_error=self._fail,
            on_progress=lambda share, what: self._say(f"{share:.0%}: {what}", "dim"),
            key="queue again", what="queue items again",
        )  # fmt: skip

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.queue()
        else:
            super().keyPressEvent(event)

    # Inside

    def _show_change(self, change: LastChange) -> None:
        self.change = change
        told = [*change.sentences, *(f"The clause “{one}” reads otherwise." for one in change.clauses)]
        self.what.setText(f"Version {change.version}: {' '.join(told)}" if told else "")
        self.what.setVisible(bool(told))
        first_part, first_label = change.first or (next(iter(change.labels), ""), "")
        self.part.blockSignals(True)
        self.part.clear()
        for name in change.labels:
            self.part.addItem(shown(name), name)
        self.part.setCurrentIndex(max(0, self.part.findData(first_part)))
        self.part.blockSignals(False)
        if not change.labels:
            self._say("No part of this project has labels. Open items again from the list of settled ones.", "dim")
            return
        self._show_labels(first_label)

    def _show_labels(self, chosen: str = "") -> None:
        self.label_.blockSignals(True)
        self.label_.clear()
        for name in self.change.labels.get(str(self.part.currentData()), ()) if self.change is not None else ():
            self.label_.addItem(shown(name), name)
        self.label_.setCurrentIndex(max(0, self.label_.findData(chosen)))
        self.label_.blockSignals(False)
        self.look()

    def _show_found(self, found: tuple[Affected, ...]) -> None:
        self._request, self.found = None, found
        name, count = self.label_.currentText(), len(found)
        self.queues.setEnabled(bool(found))
        self.queues.setText("Queue again")
        if not found:
            self._say(f"No settled item from before the change has {name}.", "dim")
            return
        items = "1 settled item" if count == 1 else f"{count:,} settled items"
        titles = ", ".join(shown(one.title) for one in found[:_NAMED])
        more = f" and {count - _NAMED:,} more" if count > _NAMED else ""
        most = f" The first {MOST_QUEUED} are opened at a time." if count > MOST_QUEUED else ""
        verb = "was" if count == 1 else "were"
        self._say(f"{items} with {name} {verb} answered before the change: {titles}{more}.{most}", "")
        self.queues.setEnabled(True)
        self.queues.setText(f"Queue {min(count, MOST_QUEUED):,} again")

    def _on_queued(self, done: OpenedAgain) -> None:
        context = self.context
        context.notices.show(done.sentence, "", tone=Tone.OK if done.opened else Tone.INFO)
        context.bus.changed.emit(done.changes)
        if context.services.sync.where is None:
            score_and_route(context, "offer what was queued again")
        else:
            context.bus.sync_asked.emit()
        self.queued.emit()

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        if isinstance(error, AnnodeskError):
            self._say(f"{error.sentence} {error.hint}".strip(), "bad")
        else:
            self._say("It could not be looked for. The report says what went wrong.", "bad")
            self.context.notices.error(error, "queue items again")

    def _say(self, words: str, role: str) -> None:
        restyle(self.words, role)
        self.words.setText(words)
        self.queues.setEnabled(False)

    def _build(self) -> None:
        for box, name in ((self.part, "Part"), (self.label_, "Label")):
            box.setAccessibleName(name)
            box.setProperty("role", "steady")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.part.currentIndexChanged.connect(lambda _: self._show_labels())
        self.label_.currentIndexChanged.connect(lambda _: self._soon.start())
        self.why.setPlaceholderText("Why, for whoever labels them again")
        self.why.setAccessibleName("Why they are queued again")
        self.why.setMaxLength(1_000)
        self.queues.clicked.connect(self.queue)
        self.leaves.clicked.connect(self.left)
        says = (
            "Each is labelled by somebody who has not seen others' work on it; where nobody is left, an analyst looks. "
            "What stood stays as history."
        )
        first, feet = QHBoxLayout(), QHBoxLayout()
        for part in (self.part, self.label_):
            first.addWidget(part)
        first.addWidget(self.why, 1)
        for part in (self.queues, self.leaves):
            feet.addWidget(part)
        feet.addStretch()
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 10, 14, 12)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Queue again what has a label", "strong"))
        column.addWidget(self.what)
        column.addWidget(label(says, "dim", wrap=True))
        column.addLayout(first)
        column.addWidget(self.words)
        column.addLayout(feet)
