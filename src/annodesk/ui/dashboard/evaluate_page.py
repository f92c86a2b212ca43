"""The desk's page of models: predictions from one or two files against what people settled, and their errors heard."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QComboBox, QFileDialog, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.dashboard import evaluated
from annodesk.ui.dashboard.card import Card, ScrolledPage
from annodesk.ui.dashboard.charts import ChartCard
from annodesk.ui.dashboard.heat import HeatTable, cell_words
from annodesk.ui.dashboard.measured_rows import MeasuredRows
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.notices import Tone
from annodesk.ui.parts import EmptyState, button, label
from annodesk.ui.review.pinning import run_decision

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.quality.evaluation import PartReport
    from annodesk.services.evaluate import EvaluationReport, SentToReview
    from annodesk.services.heard_as import Cell
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

NARROW = 940
TITLE = "Models"
EMPTY = (
    "Open what a model says of items that people have settled: JSON lines, a table, or annotation files. "
    "It is held against what stands, label by label and slice by slice, and its errors are heard."
)
FILTER = "Predictions (*.jsonl *.csv *.tsv *.json *.TextGrid *.eaf *.txt);;All files (*)"
BY_LABEL = "F1 with its 95 % interval"
NO_SLICES = "Nothing is known of the items that would tell some from others: give them metadata, such as a language."
HIGH = 320
MOST_SENT = 20
"""So many items are sent to review by one press: the surest errors, as many as are looked at in one go."""


class EvaluatePage(ScrolledPage):
    """Reads when files are opened; nothing of them is kept.

    played(Playlist)    clips of errors are to be heard
    """

    played = Signal(object)

    def __init__(self, context: Context, parent: QWidget | None = None) -> None:
        super().__init__()
        self.setParent(parent)
        self.setAccessibleName(TITLE)
        self.context = context
        self.files: tuple[Path, ...] = ()
        self.found: EvaluationReport | None = None
        self.model = 0
        self._request: Request | None = None
        self._is_due = False
        self._is_narrow: bool | None = None
        self._build()
        self._show_empty()
        theme.notifier().theme_changed.connect(self._fit)

    # What is asked

    def open_files(self, *files: Path) -> None:
        """Hold what one or two files say against what stands."""
        self.release()
        self.files, self._is_due = files, False
        self.empty.hide()
        self.opens.show()
        self._say("Comparing …")
        self.cards.hide()
        context = self.context
        self._request = context.jobs.background(
            evaluated.read_evaluation,
            context.services,
            context.project_id,
            context.person_id,
            files,
            on_done=self._show_found,
            on_error=self._on_error,
            on_progress=lambda share, words: self._say(f"{words[:1].upper()}{words[1:]} … {share:.0%}"),
            key="desk evaluation",
            what="compare a model with what stands",
        )

    def release(self) -> None:
        """Give up what is being read."""
        if self._request is not None and not self._request.is_done:
            self._request.cancel()
            self._is_due = True
        self._request = None

    def read(self) -> None:
        """Go on with what was given up when the desk was left."""
        if self._is_due and self.files:
            self.open_files(*self.files)

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: nothing is known of it yet."""
        self.release()
        self.files, self.found, self._is_due = (), None, False
        self._show_empty()

    def take_focus(self) -> None:
        """Give the keys to what is shown."""
        if self.found is not None and self.found.parts:
            self.labels.setFocus()
        else:
            (self.opens if self.files else self.empty.button).setFocus()

    @property
    def part(self) -> PartReport | None:
        """The part that is shown."""
        if self.found is None:
            return None
        return next((one for one in self.found.parts if one.part == self.parts.currentText()), None)

    def _ask_file(self, *, is_second: bool) -> None:
        title = "Open a second model's predictions" if is_second else "Open a model's predictions"
        start = str(self.files[0].parent) if self.files else ""
        chosen, _ = QFileDialog.getOpenFileName(self, title, start, FILTER)
        if chosen:
            self.open_files(*(self.files[:1] if is_second else ()), Path(chosen))

    # What is shown

    def _show_empty(self) -> None:
        self.cards.hide()
        self.beside.hide()
        self.opens.hide()
        self._say("")
        self.empty.show_state("scale-balance", "Hold a model against what people settled", EMPTY, "Open predictions …")
        self.empty.show()

    def _on_error(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        if not isinstance(error, AnnodeskError):
            self.context.notices.error(error, "compare a model with what stands")
            self._say("The models could not be compared. The report says what went wrong.")
            return
        self._say(f"{error.sentence} {error.hint}".strip())

    def _show_found(self, found: EvaluationReport) -> None:
        self.found, self.model = found, 0
        self._say(evaluated.summary(found))
        self.notes.setText("\n".join(found.notes[:6]))
        self.notes.setVisible(bool(found.notes))
        self.beside.setVisible(bool(found.parts))
        self.cards.setVisible(bool(found.parts))
        if not found.parts:
            self._say(f"{found.reason} {found.hint}".strip())
            return
        self.parts.blockSignals(True)
        self.parts.clear()
        self.parts.addItems([one.part for one in found.parts])
        self.parts.blockSignals(False)
        self.parts.setVisible(len(found.parts) > 1)
        self.models.clear()
        self.models.addItems(list(found.models))
        self.models.setVisible(len(found.models) > 1)
        self._show_part()

    def _show_part(self) -> None:
        part, found = self.part, self.found
        if part is None or found is None:
            return
        n = f"n = {part.items:,}" + (f", worth {part.effective:,.0f}" if found.is_weighted else "")
        self.figures.title.setText(f"{part.part} · {part.kind}")
        marks = " · ".join(f"{mark} {name}" for mark, name in zip("●■", found.models, strict=False))
        self.figures.show_note(f"{marks} · {n}" if len(found.models) > 1 else f"{BY_LABEL} · {n}")
        self.labels.show_rows(evaluated.rows_of(part, found.models))
        self._show_row(0)
        apart = part.difference
        self.apart.setText(evaluated.difference_words(apart, found.models) if apart is not None else "")
        self.apart.setVisible(apart is not None)
        rows = evaluated.slice_rows(part, found.models)
        self.slices.show_rows(rows)
        more = f" · the worst {len(rows)} of {len(part.slices)}" if len(part.slices) > len(rows) else ""
        self.where.show_note(f"{BY_LABEL}{more}")
        self.where.say("" if rows else NO_SLICES)
        self.belief.show_chart(evaluated.calibration_chart(part, found.models))
        self._show_model()

    def _show_model(self) -> None:
        part, found = self.part, self.found
        if part is None or found is None:
            return
        self.model = max(0, self.models.currentIndex())
        self.table.found = evaluated.HeardAs("")
        self.table.show_table(evaluated.confusion_of(found, part, self.model), by_count=part.kind in _COUNTED)
        height = self.table.sizeHint().height() + theme.px(14)
        self._area.setMinimumHeight(min(height, theme.px(300)))
        wrong = evaluated.errors_of(found, part.part, self.model)
        count = len({one.item_id for one in wrong})
        places = "1 place" if len(wrong) == 1 else f"{len(wrong):,} places"
        self.errors.setText(
            f"{found.models[self.model]} is wrong at {places} of {evaluated.items(count)}." if wrong else "No errors."
        )
        self.hears.setVisible(bool(wrong))
        self.sends.setVisible(bool(wrong))
        self.sends.setText(f"Send {min(count, MOST_SENT)} to review …")
        self._ask_sending(is_asking=False)

    def _show_row(self, row: int) -> None:
        rows = self.labels.rows
        self.row_words.setText(rows[row].words if row < len(rows) else "")

    def _show_cell(self, cell: Cell) -> None:
        self.cell_words.setText(cell_words(self.table.found, cell, by_count=self.table.by_count))

    def _play_cell(self, cell: Cell) -> None:
        stands, said = (name or "nothing" for name in cell)
        places = self.table.found.places.get(cell, ())
        if places and self.part is not None:
            self.played.emit(Playlist(f"{stands} said to be {said}", self.part.part, places))

    def _play_label(self, row: int) -> None:
        part, found = self.part, self.found
        if part is not None and found is not None:
            name = self.labels.rows[row].name
            is_label = any(one.label == name for one in part.models[0].labels)
            told = {"label": name, "what": f"{part.part}: {name}"} if is_label else {}
            self._play(evaluated.playlist_of_errors(found, part.part, self.model, **told))

    def _play_slice(self, row: int) -> None:
        part, found = self.part, self.found
        if part is not None and found is not None:
            cut = part.slices[row]
            what = f"{part.part}, {cut.field} {cut.value}"
            self._play(evaluated.playlist_of_errors(found, part.part, self.model, among=cut.item_ids, what=what))

    def _play(self, playlist: Playlist) -> None:
        if playlist.places:
            self.played.emit(playlist)
        else:
            self.context.bus.status_said.emit("No errors there.")

    def _play_errors(self) -> None:
        if self.found is not None and self.part is not None:
            self.played.emit(evaluated.playlist_of_errors(self.found, self.part.part, self.model))

    # Sending errors to review

    def _ask_sending(self, *, is_asking: bool) -> None:
        self.sure.setVisible(is_asking)
        if is_asking:
            self.send.setFocus()

    def _send(self) -> None:
        part, found = self.part, self.found
        if part is None or found is None:
            return
        chosen: dict[str, None] = {}
        for one in evaluated.errors_of(found, part.part, self.model):
            if len(chosen) < MOST_SENT:
                chosen[one.item_id] = None
        wrong = [one for one in evaluated.errors_of(found, part.part, self.model) if one.item_id in chosen]
        self._ask_sending(is_asking=False)
        context = self.context
        send = partial(
            context.services.evaluation.send_to_review, context.project_id, context.person_id, wrong, found.models
        )
        run_decision(context, send, self._show_sent, "send errors to review")

    def _show_sent(self, sent: SentToReview) -> None:
        self.context.notices.show(sent.sentence, tone=Tone.OK if sent.opened else Tone.INFO)
        self.context.bus.changed.emit(sent.changes)

    # Inside

    def _say(self, words: str) -> None:
        self.said.setText(words)

    def _build(self) -> None:
        self.opens = button("Open predictions …", role="primary")
        self.opens.clicked.connect(partial(self._ask_file, is_second=False))
        self.beside = button("Beside another …", tip="The difference of two models on the same items")
        self.beside.clicked.connect(partial(self._ask_file, is_second=True))
        self.parts, self.models = QComboBox(), QComboBox()
        for box, name, act in (
            (self.parts, "Part", self._show_part),
            (self.models, "Model", self._show_model),
        ):
            box.setAccessibleName(name)
            box.setProperty("role", "steady")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.activated.connect(lambda _, act=act: act())
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 2)
        head.addWidget(label("Models against what stands", "title"))
        head.addStretch()
        for widget in (self.parts, self.opens, self.beside):
            head.addWidget(widget)
        self.parts.hide()
        self.said, self.notes = label("", "dim", wrap=True), label("", "small", wrap=True)
        self.notes.hide()
        self.cards = QWidget()
        column = QVBoxLayout(self.host)
        column.setContentsMargins(16, 14, 16, 16)
        column.setSpacing(theme.SPACE * 3)
        column.addLayout(head)
        self.empty = EmptyState()
        self.empty.pressed.connect(partial(self._ask_file, is_second=False))
        for part in (self.said, self.notes, self.empty, self.cards):
            column.addWidget(part)
        column.addStretch()
        self._build_cards()

    def _build_cards(self) -> None:
        self.labels, self.slices = MeasuredRows("How good, by label"), MeasuredRows("Where it is worst")
        self.figures, self.where = Card("How good"), Card("Where it is worst")
        self.apart, self.row_words = label("", wrap=True), label("", "small", wrap=True)
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        for widget in (self.apart, self.labels, self.row_words):
            rows.addWidget(widget)
        rows.addStretch()
        self.figures.set_body(body)
        self.labels.chosen.connect(self._show_row)
        self.labels.asked.connect(self._play_label)
        self.slices.asked.connect(self._play_slice)
        self.where.set_body(self.slices)
        self.where.column.addStretch()
        self.belief = ChartCard("How far its probabilities can be believed")
        self.confusion = Card("What it takes for what", "rows: what stands · columns: the model")
        self.table = HeatTable()
        self.table.setAccessibleName("What the model takes for what: rows are what stands, columns what it says")
        self.table.chosen.connect(self._show_cell)
        self.table.played.connect(self._play_cell)
        self._area = QScrollArea()
        self._area.setWidget(self.table)
        self._area.setFrameShape(QScrollArea.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.cell_words, self.errors = label("", "dim", wrap=True), label("", wrap=True)
        self.hears = button("Hear the errors", icon=theme.icon("play"))
        self.hears.clicked.connect(self._play_errors)
        self.sends = button("Send to review …")
        self.sends.clicked.connect(partial(self._ask_sending, is_asking=True))
        self.sure = QWidget()
        asked = QVBoxLayout(self.sure)
        asked.setContentsMargins(0, 0, 0, 0)
        words = "The surest errors' items are opened again, each with what the model said: somebody labels it who has "
        words += "not seen it, or an analyst judges it anew."
        asked.addWidget(label(words, "dim", wrap=True))
        self.send, back = button("Open them again", role="primary"), button("Back", role="flat")
        self.send.clicked.connect(self._send)
        back.clicked.connect(partial(self._ask_sending, is_asking=False))
        asked.addLayout(_line(self.send, back))
        inside = QWidget()
        side = QVBoxLayout(inside)
        side.setContentsMargins(0, 0, 0, 0)
        side.setSpacing(theme.SPACE * 2)
        side.addWidget(self._area, 1)
        for widget in (self.cell_words, self.errors):
            side.addWidget(widget)
        side.addLayout(_line(self.hears, self.sends))
        side.addWidget(self.sure)
        self.confusion.tools.addWidget(self.models)
        self.confusion.set_body(inside)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.cards)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(theme.SPACE * 3)
        for pair in ((self.figures, self.belief), (self.where, self.confusion)):
            column = QVBoxLayout()
            column.setSpacing(theme.SPACE * 3)
            for card in pair:
                column.addWidget(card)
            column.addStretch()
            self._columns.addLayout(column, 1)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_narrow = self.viewport().width() < theme.px(NARROW)
        self.belief.setMaximumHeight(theme.px(HIGH))
        if is_narrow != self._is_narrow:
            self._is_narrow = is_narrow
            wanted = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
            self._columns.setDirection(wanted)


_COUNTED = frozenset({"choice", "multi-label", "rating", "point tier"})


def _line(*widgets: QWidget) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(theme.SPACE * 2)
    for widget in widgets:
        made.addWidget(widget)
    made.addStretch()
    return made
