"""The desk's page of planning: what overlap, threshold and audits would take, and what is owed already."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from msgspec import Struct
from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.quality.planning import Choice
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.batch_words import HELD_HERE
from annodesk.ui.dashboard.owed_card import OwedCard
from annodesk.ui.dashboard.reading import while_here
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip, shown

if TYPE_CHECKING:
    from annodesk.quality.planning import Plan
    from annodesk.quality.price import Estimate
    from annodesk.services import Services
    from annodesk.services.batches import BatchStanding
    from annodesk.services.debt import Debt
    from annodesk.services.planner import PlanReport
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

HEADS = ("people per item", "hours", "reviews", "expected errors", "without a person", "")
OVERLAPS = (1, 2, 3, 4)
MOST_PLANNED = 1_000_000
NO_LABEL = 49.5
"""Under this percentage nothing stands without a person: as likely wrong as right."""
WHAT_IT_IS = (
    "Played again from that batch's own answers. Errors are items' worth of what would stand and other people would say"
    " otherwise; a ruling is taken as right. The range is of drawing other items of the kind."
)


class Begun(Struct, frozen=True):
    """What a plan begins with: the batches and the project's own shares; ``is_part`` where not all items are here."""

    batches: tuple[BatchStanding, ...]
    below: float
    audits: float
    above: float | None
    is_part: bool


def read_begun(services: Services, project_id: str, person_id: str) -> Begun:
    """The same read from the file; in a team managers alone hold every item."""
    known = services.projects.get(project_id).project
    is_part = services.sync.where is not None and not services.batches.may_set(project_id, person_id)
    flow = known.workflow
    batches = services.batches.list(project_id)
    return Begun(batches, flow.escalate_below, flow.audit_share, known.prelabel.accept_above, is_part)


class PlanPage(QScrollArea):
    """Reads when it is told to, and again when something is chosen.

    led(str)    the kind of debt that is answered elsewhere
    """

    led = Signal(str)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.report: PlanReport | None = None
        self.debt: Debt | None = None
        self._request: Request | None = None
        self.setAccessibleName("Plan")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.batch, self.items = QComboBox(), QSpinBox()
        self.batch.setProperty("role", "steady")
        self.below, self.audits = QSpinBox(), QSpinBox()
        self.suggestions = QCheckBox("with suggestions")
        self.above = QDoubleSpinBox()
        self.above.setRange(NO_LABEL, 99.9)
        self.above.setDecimals(1)
        self.above.setSingleStep(0.5)
        self.above.setSuffix(" %")
        self.above.setSpecialValueText("nothing")
        set_tip(self.above, "The model's answer stands without a person where it is as sure as this")
        self.items.setRange(1, MOST_PLANNED)
        self.items.setValue(1_000)
        self.items.setGroupSeparatorShown(True)
        for box in (self.below, self.audits):
            box.setRange(0, 100)
            box.setSuffix(" %")
        self._build()
        self.plans_it.clicked.connect(self.plan)

    def read(self) -> None:
        """Read the batches, what is owed, and the plan of what is chosen."""
        context = self.context
        services, project, person = context.services, context.project_id, context.person_id
        context.jobs.store(
            partial(read_begun, services, project, person),
            on_done=while_here(context, self._show_begun),
            on_error=self._fail,
            what="read the batches",
        )
        context.jobs.background(
            services.debt.report,
            project,
            person,
            on_done=while_here(context, self._show_debt),
            on_error=self._fail,
            key="debt",
            what="count what is owed",
        )

    def plan(self) -> None:
        """Read what is chosen."""
        batch_id = self.batch.currentData()
        if not batch_id:
            return
        below, audits = self.below.value() / 100, self.audits.value() / 100
        above = None if self.above.value() <= NO_LABEL else round(self.above.value() / 100, 4)
        choices = tuple(Choice(n, below, audits, self.suggestions.isChecked(), above) for n in OVERLAPS)
        self._wait("Playing the answers again …")
        context = self.context
        self._request = context.jobs.background(
            context.services.planner.report,
            context.project_id,
            context.person_id,
            batch_id,
            self.items.value(),
            choices,
            on_done=while_here(context, self._show_report),
            on_error=self._fail,
            key="plan",
            what="plan from a pilot",
        )

    def release(self) -> None:
        """Nobody looks any more, or wants to wait."""
        if self._request is not None:
            self._request.cancel()
            self._request = None
        self.stops.hide()

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: no batch of it is known yet."""
        self.release()
        self.report = self.debt = None
        self.batch.clear()
        clear_rows(self.table)
        self.owes.hide()
        self._say("Reading the batches …")

    def take_focus(self) -> None:
        """Give the keys to what is chosen first."""
        self.batch.setFocus()

    # Inside

    def _build(self) -> None:
        host = QWidget()
        host.setProperty("role", "scrolled")
        column = QVBoxLayout(host)
        column.setContentsMargins(28, 20, 28, 24)
        column.setSpacing(theme.SPACE * 3)
        column.addWidget(label("Plan", "title"))
        self.held = label(HELD_HERE, "dim", wrap=True)
        self.held.hide()
        column.addWidget(self.held)
        card = _card()
        inner = card.layout()
        assert isinstance(inner, QVBoxLayout)
        row = QHBoxLayout()
        row.setSpacing(theme.SPACE * 4)
        self.plans_it, self.stops = button("Plan it", role="primary"), button("Stop", role="flat")
        self.stops.clicked.connect(self._stop)
        self.stops.hide()
        for name, widget in (
            ("By the answers of", self.batch),
            ("Items to come", self.items),
            ("To review below", self.below),
            ("Audits", self.audits),
            ("Stands alone above", self.above),
        ):
            field = QVBoxLayout()
            field.setSpacing(2)
            field.addWidget(label(name, "small"))
            field.addWidget(widget)
            widget.setAccessibleName(name)
            row.addLayout(field)
        row.addStretch()
        inner.addLayout(row)
        feet = QHBoxLayout()
        feet.setSpacing(theme.SPACE * 4)
        feet.addWidget(self.plans_it)
        feet.addWidget(self.stops)
        feet.addWidget(self.suggestions)
        feet.addStretch()
        inner.addLayout(feet)
        self.state = label("", "dim", wrap=True)
        self.table = QWidget()
        grid = QGridLayout(self.table)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE * 5)
        grid.setColumnStretch(len(HEADS) - 1, 1)
        for part in (self.state, self.table):
            inner.addWidget(part)
        column.addWidget(card)
        self.owes = OwedCard(self.context)
        self.owes.led.connect(self.led)
        self.owes.queued.connect(self.read)
        column.addWidget(self.owes)
        self.owes.hide()
        column.addStretch(1)
        self.setWidget(host)

    def _show_begun(self, begun: Begun) -> None:
        chosen = self.batch.currentData()
        self.held.setVisible(begun.is_part)
        self.batch.clear()
        for one in reversed(begun.batches):
            self.batch.addItem(shown(one.batch.name), one.batch.id)
        pilots = [one.batch.id for one in begun.batches if one.batch.is_pilot]
        wanted = chosen or (pilots[-1] if pilots else "")
        place = self.batch.findData(wanted)
        self.batch.setCurrentIndex(max(0, place))
        if self.report is None:
            self.below.setValue(round(100 * begun.below))
            self.audits.setValue(round(100 * begun.audits))
            self.above.setValue(NO_LABEL if begun.above is None else 100 * begun.above)
        self.plan()

    def _show_report(self, report: PlanReport) -> None:
        self._request, self.report = None, report
        self.stops.hide()
        rests_on = f"{report.name}: {report.pilot_items} items, labelled by {report.people} people. {WHAT_IT_IS}"
        rests_on += f" {report.note}" if report.note else ""
        self._say(report.reason or rests_on)
        clear_rows(self.table)
        grid = self.table.layout()
        assert isinstance(grid, QGridLayout)
        if report.reason:
            return
        for place, words in enumerate(HEADS):
            grid.addWidget(label(words, "small"), 0, place)
        for line, one in enumerate(report.plans, start=1):
            for place, (words, role) in enumerate(cells(one)):
                grid.addWidget(label(words, role, wrap=place == len(HEADS) - 1), line, place)

    def _show_debt(self, debt: Debt) -> None:
        self.debt = debt
        self.owes.show_debt(debt)
        self.owes.show()

    def _wait(self, words: str) -> None:
        self._say(words)
        self.stops.show()

    def _stop(self) -> None:
        self.release()
        self._say("Stopped. Plan it when you like.")

    def _fail(self, error: Exception) -> None:
        self.stops.hide()
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._say(str(error))
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "plan from a pilot")

    def _say(self, words: str) -> None:
        self.state.setText(words)
        self.state.setVisible(bool(words))


def cells(one: Plan) -> tuple[tuple[str, str], ...]:
    """A line of the table, each word with the role of its label."""
    return (
        (str(one.choice.overlap), "strong"),
        (range_of(one.hours), ""),
        (range_of(one.reviews), ""),
        (range_of(one.errors), ""),
        ("nothing" if one.choice.accept_above is None else range_of(one.stand), ""),
        (one.reason, "small"),
    )


def range_of(found: Estimate | None) -> str:
    """A range, as narrow as its numbers are worth; a dash where nothing is known."""
    if found is None:
        return "–"
    low, high = _rounded(found.low), _rounded(found.high)
    return low if low == high else f"{low} to {high}"


def _rounded(value: float) -> str:
    if 0 < value < 0.05:
        return "under 0.1"
    return f"{value:,.0f}" if value >= 10 else f"{value:.1f}".removesuffix(".0")


def _card() -> QFrame:
    made = QFrame()
    made.setProperty("role", "card")
    column = QVBoxLayout(made)
    column.setContentsMargins(18, 14, 18, 16)
    column.setSpacing(theme.SPACE * 2)
    return made
