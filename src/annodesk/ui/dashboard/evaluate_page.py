"""The desk's page of models: predictions from one or two files against what people settled, and their errors heard."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QBoxLayout, QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.dashboard import evaluated
from annodesk.ui.dashboard.card import Card, ScrolledPage
from annodesk.ui.dashboard.charts import ChartCard
from annodesk.ui.dashboard.errors_card import ErrorsCard, steady_box
from annodesk.ui.dashboard.measured_rows import MeasuredRows
from annodesk.ui.parts import EmptyState, button, label
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.quality.evaluation import PartReport
    from annodesk.services.evaluate import EvaluationReport
    from annodesk.ui.bus import Context
    from annodesk.ui.dashboard.playlist import Playlist
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
EVERY_ITEM = "among all items"


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
        self.rank_by: str | None = None
        self._request: Request | None = None
        self._is_due = False
        self._is_narrow: bool | None = None
        self._build()
        self._show_empty()
        theme.notifier().theme_changed.connect(self._fit)

    # What is asked

    def open_files(self, *files: Path, rank_by: str | None = None) -> None:
        """Hold what one or two files say against what stands.

        Parameters
        ----------
        rank_by : the field of the metadata within whose values rated items are ranked
        """
        self.release()
        self.files, self.rank_by, self._is_due = files, rank_by, False
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
            rank_by,
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
            self.open_files(*self.files, rank_by=self.rank_by)

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
        self.found = found
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
        self.errors.show_models(found)
        self._offer_fields(found)
        self._show_part()

    def _show_part(self) -> None:
        part, found = self.part, self.found
        if part is None or found is None:
            return
        n = f"n = {part.items:,}" + (f", worth {part.effective:,.0f}" if found.is_weighted else "")
        self.figures.title.setText(f"{part.part} · {part.kind}")
        marks = " · ".join(f"{mark} {name}" for mark, name in zip("●■", found.models, strict=False))
        self.figures.show_note(f"{marks} · {n}" if len(found.models) > 1 else f"{BY_LABEL} · {n}")
        self.labels.show_rows(evaluated.rows_of(part, found.models, found.rank_by))
        self._show_row(0)
        apart = part.difference
        self.apart.setText(evaluated.difference_words(apart, found.models) if apart is not None else "")
        self.apart.setVisible(apart is not None)
        self.by.clear()
        self.by.addItems([one.value for one in evaluated.told_by(part)])
        self.by.setVisible(self.by.count() > 1)
        self._show_slices()
        self.belief.show_chart(evaluated.calibration_chart(found, part))
        self.errors.show_part(part)

    def _show_slices(self) -> None:
        part, found = self.part, self.found
        if part is None or found is None:
            return
        by = self._told_by
        rows = evaluated.slice_rows(part, found.models, by)
        self.slices.show_rows(rows)
        more = f" · the worst {len(rows)} of {len(part.slices)}" if len(part.slices) > len(rows) else ""
        self.where.show_note(f"{by.value} with its 95 % interval{more}")
        self.where.say("" if rows else NO_SLICES)
        self.slice_words.setText(rows[0].words if rows else "")

    @property
    def _told_by(self) -> evaluated.By:
        return evaluated.By(self.by.currentText() or evaluated.By.F1.value)

    def _offer_fields(self, found: EvaluationReport) -> None:
        """Rated items can be ranked within the values of a field, such as a query."""
        is_rated = any(model.ranking.of == "items" for part in found.parts for model in part.models)
        self.ranked.clear()
        self.ranked.addItem(f"Ranked {EVERY_ITEM}", None)
        for name in found.fields:
            self.ranked.addItem(f"Ranked within {shown(name, 40)}", name)
        self.ranked.setCurrentIndex(max(0, self.ranked.findData(found.rank_by)))
        self.ranked.setVisible(is_rated and bool(found.fields))

    def _rank(self) -> None:
        self.open_files(*self.files, rank_by=self.ranked.currentData())

    def _show_row(self, row: int) -> None:
        rows = self.labels.rows
        self.row_words.setText(rows[row].words if row < len(rows) else "")

    def _play_label(self, row: int) -> None:
        part, found = self.part, self.found
        if part is not None and found is not None:
            name = self.labels.rows[row].name
            is_label = any(one.label == name for one in part.models[0].labels)
            told = {"label": name, "what": f"{part.part}: {name}"} if is_label else {}
            self._play(evaluated.playlist_of_errors(found, part.part, self.errors.model, **told))

    def _play_slice(self, row: int) -> None:
        part, found = self.part, self.found
        if part is not None and found is not None:
            cut = evaluated.slices_by(part, self._told_by)[row]
            what = f"{part.part}, {cut.field} {cut.value}"
            self._play(evaluated.playlist_of_errors(found, part.part, self.errors.model, among=cut.item_ids, what=what))

    def _play(self, playlist: Playlist) -> None:
        if playlist.places:
            self.played.emit(playlist)
        else:
            self.context.bus.status_said.emit("No errors there.")

    # Inside

    def _say(self, words: str) -> None:
        self.said.setText(words)

    def _build(self) -> None:
        self.opens = button("Open predictions …", role="primary")
        self.opens.clicked.connect(partial(self._ask_file, is_second=False))
        self.beside = button("Beside another …", tip="The difference of two models on the same items")
        self.beside.clicked.connect(partial(self._ask_file, is_second=True))
        self.parts, self.ranked = steady_box("Part"), steady_box("Ranked within")
        self.parts.activated.connect(lambda _: self._show_part())
        self.ranked.activated.connect(lambda _: self._rank())
        self.ranked.hide()
        head = QHBoxLayout()
        head.setSpacing(theme.SPACE * 2)
        head.addWidget(label("Models against what stands", "title"))
        head.addStretch()
        for widget in (self.ranked, self.parts, self.opens, self.beside):
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
        self.by, self.slice_words = steady_box("Told by"), label("", "small", wrap=True)
        self.by.activated.connect(lambda _: self._show_slices())
        self.where.tools.addWidget(self.by)
        told = QWidget()
        rows = QVBoxLayout(told)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.slices)
        rows.addWidget(self.slice_words)
        self.slices.chosen.connect(lambda row: self.slice_words.setText(self.slices.rows[row].words))
        self.where.set_body(told)
        self.where.column.addStretch()
        self.belief = ChartCard("How far its probabilities can be believed")
        self.errors = ErrorsCard(self.context)
        self.errors.played.connect(self.played)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight, self.cards)
        self._columns.setContentsMargins(0, 0, 0, 0)
        self._columns.setSpacing(theme.SPACE * 3)
        for pair in ((self.figures, self.belief), (self.where, self.errors)):
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
