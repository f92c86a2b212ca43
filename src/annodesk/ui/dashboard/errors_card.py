"""The card of a model's errors: what it takes for what, the clips of a cell, and sending them to review."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from annodesk.services.evaluate import MOST_SENT
from annodesk.services.review_batches import LONGEST_NAME
from annodesk.ui import theme
from annodesk.ui.dashboard import evaluated
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.heat import HeatTable, cell_words
from annodesk.ui.dashboard.playlist import Playlist
from annodesk.ui.notices import Tone
from annodesk.ui.parts import button, label
from annodesk.ui.plain import shown
from annodesk.ui.review.pinning import run_decision

if TYPE_CHECKING:
    from annodesk.quality.evaluation import PartReport, Wrong
    from annodesk.services.evaluate import EvaluationReport
    from annodesk.services.heard_as import Cell
    from annodesk.services.opened_again import OpenedAgain
    from annodesk.ui.bus import Context

SAYS = (
    "These items are opened again under one name, the surest errors first, each with what the model said: somebody "
    "labels it who has not seen it, or an analyst judges it anew. The review queue shows them alone by that name."
)
_COUNTED = frozenset({"choice", "multi-label", "rating", "point tier"})
HIGH = 300


class ErrorsCard(Card):
    """Of one model at a time; the box at its head chooses which.

    played(Playlist)    clips of errors are to be heard
    """

    played = Signal(object)

    def __init__(self, context: Context) -> None:
        super().__init__("What it takes for what", "rows: what stands · columns: the model")
        self.context = context
        self.found: EvaluationReport | None = None
        self.part: PartReport | None = None
        self._cell: Cell | None = None
        self.models = steady_box("Model")
        self.models.activated.connect(lambda _: self._show())
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
        self.sends, self.sends_cell = button("Open as a review batch …"), button("These alone …", role="flat")
        self.sends_cell.clicked.connect(partial(self._ask_sending, is_asking=True, of_cell=True))
        self.sends.clicked.connect(partial(self._ask_sending, is_asking=True))
        self.sure = QWidget()
        asked = QVBoxLayout(self.sure)
        asked.setContentsMargins(0, 0, 0, 0)
        asked.addWidget(label(SAYS, "dim", wrap=True))
        self.name = QLineEdit()
        self.name.setAccessibleName("Name of the review batch")
        self.name.setPlaceholderText("A name for the review batch")
        self.name.setMaxLength(LONGEST_NAME)
        self.name.returnPressed.connect(self._send)
        asked.addWidget(self.name)
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
        side.addLayout(_line(self.hears, self.sends, self.sends_cell))
        side.addWidget(self.sure)
        self.tools.addWidget(self.models)
        self.set_body(inside)

    @property
    def model(self) -> int:
        """Which model is looked at: 0 for the first."""
        return max(0, self.models.currentIndex())

    def show_models(self, found: EvaluationReport) -> None:
        """Another report is shown: its first model is looked at."""
        self.found = found
        self.models.clear()
        self.models.addItems(list(found.models))
        self.models.setVisible(len(found.models) > 1)

    def show_part(self, part: PartReport) -> None:
        """Show the errors on one part."""
        self.part = part
        self._show()

    def _show(self) -> None:
        part, found = self.part, self.found
        if part is None or found is None:
            return
        self.table.found = evaluated.HeardAs("")
        self.table.show_table(evaluated.confusion_of(found, part, self.model), by_count=part.kind in _COUNTED)
        height = self.table.sizeHint().height() + theme.px(14)
        self._area.setMinimumHeight(min(height, theme.px(HIGH)))
        wrong = evaluated.errors_of(found, part.part, self.model)
        count = len({one.item_id for one in wrong})
        places = "1 place" if len(wrong) == 1 else f"{len(wrong):,} places"
        self.errors.setText(
            f"{found.models[self.model]} is wrong at {places} of {evaluated.items(count)}." if wrong else "No errors."
        )
        self.hears.setVisible(bool(wrong))
        self.sends.setVisible(bool(wrong))
        self.sends.setText(f"Open {_many(count)} as a review batch …")
        self._show_cell_sending()
        self._ask_sending(is_asking=False)

    def _show_cell(self, cell: Cell) -> None:
        self.cell_words.setText(cell_words(self.table.found, cell, by_count=self.table.by_count))
        self._show_cell_sending()

    def _play_cell(self, cell: Cell) -> None:
        places = self.table.found.places.get(cell, ())
        if places and self.part is not None:
            self.played.emit(Playlist(_said(cell), self.part.part, places))

    def _play_errors(self) -> None:
        if self.found is not None and self.part is not None:
            self.played.emit(evaluated.playlist_of_errors(self.found, self.part.part, self.model))

    # Sending errors to review

    def wrong(self, cell: Cell | None = None) -> list[Wrong]:
        """The errors that are shown, the surest first; those of one cell of the table alone."""
        part, found = self.part, self.found
        if part is None or found is None:
            return []
        wrong = evaluated.errors_of(found, part.part, self.model)
        return [one for one in wrong if cell in (None, (one.mistake.truth, one.mistake.said))]

    def _show_cell_sending(self) -> None:
        """Offer the chosen cell's errors by themselves, where they are some of all."""
        cell = self.table.cell
        count, of_all = (len({one.item_id for one in self.wrong(which)}) for which in (cell, None))
        is_some = cell is not None and 0 < count < of_all
        self.sends_cell.setVisible(is_some)
        if is_some and cell is not None:
            self.sends_cell.setText(f"Only {count:,}: {_said(cell)} …")

    def _ask_sending(self, *, is_asking: bool, of_cell: bool = False) -> None:
        self.sure.setVisible(is_asking)
        if not is_asking or self.part is None or self.found is None:
            return
        self._cell = self.table.cell if of_cell else None
        about = _said(self._cell) if self._cell is not None else self.part.part
        self.name.setText(f"Errors of {self.found.models[self.model]}: {about}"[:LONGEST_NAME])
        count = len({one.item_id for one in self.wrong(self._cell)})
        self.send.setText(f"Open {_many(count)} again")
        self.send.setFocus()

    def _send(self) -> None:
        found, name = self.found, self.name.text().strip()
        if found is None:
            return
        if not name:
            self.name.setFocus()  # its place holder says what is wanted
            return
        self._ask_sending(is_asking=False)
        context = self.context
        send = partial(
            context.services.evaluation.send_to_review,
            context.project_id, context.person_id, self.wrong(self._cell), found.models, name,
        )  # fmt: skip
        run_decision(context, send, partial(self._show_sent, name), "send errors to review")

    def _show_sent(self, name: str, sent: OpenedAgain) -> None:
        window: Any = self.window()
        can_open = bool(sent.opened) and hasattr(window, "show_workspace")
        self.context.notices.show(
            sent.sentence,
            f"The review queue shows “{shown(name)}” alone once it is chosen above it." if sent.opened else "",
            tone=Tone.OK if sent.opened else Tone.INFO,
            button="Open the queue" if can_open else "",
            on_button=partial(open_review_batch, self.context, window, name) if can_open else None,
        )
        self.context.bus.changed.emit(sent.changes)


def open_review_batch(context: Context, window: Any, name: str) -> None:
    """The review queue with the items of one review batch; in a team the first of them are taken."""

    def show(refused: str) -> None:
        if refused:
            context.notices.show(refused, "Look again in a while.", tone=Tone.INFO)
        window.show_workspace("review")
        window.workspace.waiting.queue.show_batch(name)

    take = partial(context.services.review_batches.take, context.project_id, context.person_id, name)
    run_decision(context, take, show, "take the reviews of a batch")


def _many(count: int) -> str:
    return "1 item" if count == 1 else f"the first {MOST_SENT} items" if count > MOST_SENT else f"{count:,} items"


def _said(cell: Cell) -> str:
    stands, said = (name or "nothing" for name in cell)
    return f"{stands} said to be {said}"


def steady_box(name: str) -> QComboBox:
    """A box to choose from, as wide as what it holds."""
    box = QComboBox()
    box.setAccessibleName(name)
    box.setProperty("role", "steady")
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
    return box


def _line(*widgets: QWidget) -> QHBoxLayout:
    made = QHBoxLayout()
    made.setSpacing(theme.SPACE * 2)
    for widget in widgets:
        made.addWidget(widget)
    made.addStretch()
    return made
