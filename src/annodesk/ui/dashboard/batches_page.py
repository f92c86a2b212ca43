"""The desk's page of batches: each with where it stands and what can be done with it, and what a pilot has shown."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.model.work import BatchState, ItemState
from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.batch_form import BatchForm
from annodesk.ui.dashboard.batch_words import HELD_HERE, is_over, report_head, report_lines, terms_of
from annodesk.ui.dashboard.draw_form import DrawForm
from annodesk.ui.dashboard.reading import while_here
from annodesk.ui.dashboard.review_batches_card import ReviewBatchesCard
from annodesk.ui.parts import button, label
from annodesk.ui.plain import set_tip
from annodesk.ui.rounds import score_and_route

if TYPE_CHECKING:
    from annodesk.services.batches import BatchSet, BatchStanding
    from annodesk.services.pilots import PilotReport
    from annodesk.services.review_batches import ReviewBatch
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

Found = tuple[tuple["BatchStanding", ...], bool, tuple[str, ...], tuple["ReviewBatch", ...], bool]
NOBODY_MAY = "Batches are made and changed by the project's manager."
EMPTY = "There is no batch yet."


class StateBar(QWidget):
    """How many items of a batch are settled, in review and still to come, as one bar."""

    def __init__(self) -> None:
        super().__init__()
        self._shares: tuple[float, float] = (0.0, 0.0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)

    def show_batch(self, one: BatchStanding) -> None:
        """Show where a batch stands."""
        total = max(1, one.total)
        review = one.items.get(ItemState.ESCALATED, 0)
        self._shares = (one.settled / total, review / total)
        self.setAccessibleName(f"{one.settled} settled, {review} in review, {one.unlabelled} to be labelled")
        set_tip(self, self.accessibleName())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(theme.px(240), theme.px(10))

    def minimumSizeHint(self) -> QSize:
        return QSize(theme.px(60), theme.px(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        now, painter = theme.current(), QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        high = theme.px(6)
        room = QRectF(0, (self.height() - high) / 2, self.width(), high)
        painter.setBrush(QColor(now.raised))
        painter.drawRoundedRect(room, high / 2, high / 2)
        left = room.left()
        for share, colour in zip(self._shares, (now.ok, now.warn), strict=True):
            part = QRectF(left, room.top(), room.width() * share, high)
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(part, high / 2, high / 2)
            left = part.right()
        painter.end()


class BatchCard(QFrame):
    """One batch: its name, where it stands, its terms, and its buttons."""

    def __init__(self, one: BatchStanding, page: BatchesPage) -> None:
        super().__init__()
        batch = one.batch
        self.batch_id = batch.id
        self.setProperty("role", "card")
        self.setAccessibleName(f"{batch.name}: {one.sentence}")
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 14)
        column.setSpacing(theme.SPACE * 2)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 3)
        head.addWidget(label(batch.name, "strong", wrap=True), 1)
        head.addWidget(label(f"{one.settled} of {one.total} settled" if one.total else "empty", "small"))
        column.addLayout(head)
        bar = StateBar()
        bar.show_batch(one)
        column.addWidget(bar)
        column.addWidget(label(one.sentence, wrap=True))
        column.addWidget(label(terms_of(batch), "dim", wrap=True))
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(theme.SPACE * 2)
        column.addLayout(self.buttons)
        self._fill(one, page)

    def _fill(self, one: BatchStanding, page: BatchesPage) -> None:
        batch, name = one.batch, one.batch.name
        if one.total:
            self._add("Read its report" if batch.is_pilot else "What people disagree on", page.read_report, batch.id)
        if page.may_set:
            given_up = "Places nobody has taken are given up"
            if batch.is_pilot and batch.passed_at_us is None:
                tip = f"What was made after {name} is given out. {given_up}."
                self._add("Pass the pilot", page.pass_pilot, batch.id, role="primary" if is_over(one) else "", tip=tip)
            self._add("Change …", page.change, one)
            if batch.state is BatchState.OPEN:
                self._add("Pause", page.set_state, batch.id, BatchState.PAUSED)
            else:
                self._add("Open", page.set_state, batch.id, BatchState.OPEN)
            if batch.state is not BatchState.CLOSED:
                tip = f"Nobody is given work from {name} any more. {given_up}."
                self._add("Close", page.set_state, batch.id, BatchState.CLOSED, role="flat", tip=tip)
        self.buttons.addStretch()

    def _add(self, text: str, act: Any, *values: object, role: str = "", tip: str = "") -> None:
        made = button(text, role=role, tip=tip)
        made.setAccessibleName(f"{text} {self.accessibleName().split(':')[0]}")
        made.clicked.connect(partial(act, *values))
        self.buttons.addWidget(made)


class BatchesPage(QScrollArea):
    """Reads when it is told to; ``read`` again after a change."""

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.context = context
        self.found: tuple[BatchStanding, ...] = ()
        self.report: PilotReport | None = None
        self.may_set = False
        self._skills: tuple[str, ...] = ()
        self._request: Request | None = None
        self.setAccessibleName("Batches")
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        host = QWidget()
        host.setProperty("role", "scrolled")
        column = QVBoxLayout(host)
        column.setContentsMargins(28, 20, 28, 24)
        column.setSpacing(theme.SPACE * 3)
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 2)
        head.addWidget(label("Batches", "title"))
        head.addStretch()
        self.new_pilot = button("New pilot …", tip="For everybody; gates what is made after it.")
        self.new_batch = button("New batch …", role="primary")
        self.draws = button("Draw what comes next …", tip="Items to be labelled first, by what a model is unsure of")
        for made in (self.draws, self.new_pilot, self.new_batch):
            head.addWidget(made)
        self.draws.clicked.connect(self._ask_draw)
        self.new_pilot.clicked.connect(lambda: self._ask(None, is_pilot=True))
        self.new_batch.clicked.connect(lambda: self._ask(None))
        column.addLayout(head)
        self.state = label("", "dim", wrap=True)
        self.form = BatchForm()
        self.form.hide()
        self.form.given.connect(self._write)
        self.form.left.connect(self.form.hide)
        self.draw = DrawForm(context)
        self.draw.hide()
        self.draw.left.connect(self.draw.hide)
        self.cards = QWidget()
        QVBoxLayout(self.cards).setContentsMargins(0, 0, 0, 0)
        self.told = QFrame()
        self.told.setProperty("role", "card")
        QVBoxLayout(self.told).setContentsMargins(18, 14, 18, 16)
        self.told.hide()
        self.reviews = ReviewBatchesCard(context)
        self.reviews.hide()
        for part in (self.state, self.form, self.draw, self.told, self.cards, self.reviews):
            column.addWidget(part)
        column.addStretch(1)
        self.setWidget(host)

    # Reading

    def read(self) -> None:
        """Read all batches anew."""
        context = self.context
        services, project, person = context.services, context.project_id, context.person_id

        def look() -> Found:
            may_set = services.batches.may_set(project, person)
            skills, again = services.batches.known_skills(project), services.review_batches
            may_review = again.may_take(project, person)
            return services.batches.list(project), may_set, skills, again.list(project), may_review

        context.jobs.store(look, on_done=while_here(context, self._show), on_error=self._fail, what="read the batches")

    def read_report(self, batch_id: str) -> None:
        """Read what people disagree on in a batch."""
        context = self.context
        self._say("Reading what people disagree on …")
        self._request = context.jobs.background(
            context.services.pilots.report,
            context.project_id,
            context.person_id,
            batch_id,
            on_done=self._show_report,
            on_error=self._fail,
            key="pilot report",
            what="read what people disagree on",
        )

    def release(self) -> None:
        """Nobody looks any more."""
        self.draw.release()
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: no batch is known, and what was typed is not theirs."""
        self.release()
        self.found, self.report, self.may_set, self._skills = (), None, False, ()
        clear_rows(self.cards)
        for part in (self.form, self.draw, self.told, self.new_batch, self.new_pilot, self.draws, self.reviews):
            part.hide()
        self._say("Reading the batches …")

    def take_focus(self) -> None:
        """Give the keys to the first thing that can be done."""
        (self.new_batch if self.new_batch.isVisibleTo(self) else self).setFocus()

    # Doing

    def change(self, one: BatchStanding) -> None:
        """Ask how a batch is to be."""
        self._ask(one)

    def set_state(self, batch_id: str, state: BatchState) -> None:
        """Open, pause or close a batch."""
        self._do("change", batch_id, state=state)

    def pass_pilot(self, batch_id: str) -> None:
        """Let what was made after a pilot be given out."""
        self._do("pass_pilot", batch_id)

    def _ask(self, one: BatchStanding | None, *, is_pilot: bool = False) -> None:
        self.form.ask(None if one is None else one.batch, is_pilot=is_pilot, skills=self._skills)
        self.form.show()
        self.form.name.setFocus()
        self.ensureWidgetVisible(self.form)

    def _ask_draw(self) -> None:
        self.draw.show()
        self.draw.ask()
        self.draw.count.setFocus()
        self.ensureWidgetVisible(self.draw)

    def _write(self, batch_id: str, is_pilot: bool, said: dict[str, Any]) -> None:
        if batch_id:
            self._do("change", batch_id, **said)
        else:
            self._do("make", said.pop("name"), is_pilot=is_pilot, **said)

    def _do(self, act: str, /, *values: object, **how: object) -> None:
        context = self.context
        work = partial(getattr(context.services.batches, act), context.project_id, context.person_id, *values, **how)
        context.jobs.store(work, on_done=self._done, on_error=self._refused, what="change a batch")

    def _done(self, done: BatchSet) -> None:
        self.form.hide()
        context = self.context
        context.notices.show(done.sentence, "")
        context.bus.changed.emit(done.changes)
        score_and_route(context, "offer what a batch gives out")
        if context.is_fixed:
            context.bus.sync_asked.emit()
        self.read()

    def _refused(self, error: Exception) -> None:
        """What is typed stays; the form says what is wrong with it."""
        if self.form.isVisible() and isinstance(error, AnnodeskError):
            self.form.say(str(error))
        else:
            self.context.notices.error(error, "change a batch")

    # Showing

    def _show(self, answer: Found) -> None:
        self.found, self.may_set, self._skills, reviews, may_review = answer
        self.reviews.show_batches(reviews, may_review=may_review)
        for made in (self.new_batch, self.new_pilot, self.draws):
            made.setVisible(self.may_set)
        self._say("" if self.may_set and self.found else self._nobody_may() if not self.may_set else EMPTY)
        clear_rows(self.cards)
        rows = self.cards.layout()
        assert rows is not None
        for one in reversed(self.found):
            rows.addWidget(BatchCard(one, self))

    def _show_report(self, report: PilotReport) -> None:
        self._request, self.report = None, report
        self._say("" if self.may_set else self._nobody_may())
        clear_rows(self.told)
        rows = self.told.layout()
        assert rows is not None
        rows.setSpacing(theme.SPACE * 2)
        rows.addWidget(label(report_head(report), "strong", wrap=True))
        for words, role in report_lines(report):
            rows.addWidget(label(words, role, wrap=True))
        close = button("Close the report", role="flat")
        close.clicked.connect(self.told.hide)
        rows.addWidget(close)
        rows.setAlignment(close, Qt.AlignmentFlag.AlignLeft)
        self.told.setAccessibleName(report_head(report))
        self.told.show()
        self.ensureWidgetVisible(self.told)

    def _fail(self, error: Exception) -> None:
        if isinstance(error, AnnodeskError) and not isinstance(error, Cancelled):
            self._say(str(error))
        elif not isinstance(error, Cancelled):
            self.context.notices.error(error, "read the batches")

    def _nobody_may(self) -> str:
        """Why nothing can be done here; in a team only managers hold every item, so that others are told of fewer."""
        return f"{NOBODY_MAY} {HELD_HERE}" if self.context.services.sync.where is not None else NOBODY_MAY

    def _say(self, words: str) -> None:
        self.state.setText(words)
        self.state.setVisible(bool(words))
