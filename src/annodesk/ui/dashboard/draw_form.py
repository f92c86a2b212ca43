"""Draws what is labelled next: by what, how many, spread over what; it says what a draw would do before it is made."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QCheckBox, QComboBox, QFileDialog, QFrame, QHBoxLayout, QSpinBox, QVBoxLayout, QWidget

from annodesk.errors import AnnodeskError, Cancelled
from annodesk.ui import theme
from annodesk.ui.dashboard.evaluate_page import FILTER
from annodesk.ui.notices import Tone
from annodesk.ui.parts import button, label, restyle
from annodesk.ui.plain import shown
from annodesk.ui.rounds import score_and_route
from annodesk.workflow.drawing import LEAST_RANDOM_SHARE, By, DrawPlan

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.sampling import Drawn, DrawPreview
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request

SAYS = (
    "Of the items that nobody has begun some are drawn, and given out before the others. Each has a known probability, "
    "which is written down, so that figures of drawn items can be weighted; a share is always by chance alone, since "
    "what a model is sure of may be wrong too."
)
_BY = (
    (By.UNCERTAINTY, "what the model is unsure of"),
    (By.DISAGREEMENT, "what two models, or people and the model, say otherwise"),
    (By.RANDOM, "chance alone"),
)
HERE, MOST_FILES, MOST_DRAWN, SHOWN_VALUES, LOOK_MS = "as the model said here", 2, 1_000_000, 8, 300


class DrawForm(QFrame):
    """Return or the button draws, Escape leaves it.

    left()    it is not wanted any more, or the draw is made
    """

    left = Signal()

    def __init__(self, context: Context) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.setAccessibleName("Draw what is labelled next")
        self.context = context
        self.found: DrawPreview | None = None
        self.files: tuple[Path, ...] = ()
        self._request: Request | None = None
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(LOOK_MS)
        self._soon.timeout.connect(self.look)
        self.count, self.share = QSpinBox(), QSpinBox()
        self.by, self.spread, self.even = QComboBox(), QComboBox(), QCheckBox("as many of each value")
        self.told_by, self.opens = label(HERE, "dim"), button("From files …", tip="One or two models' predictions")
        self.back_here = button("As said here", role="flat")
        self.words, self.parts = label("", wrap=True), label("", "small", wrap=True)
        self.draws, self.leaves = button("Draw them", role="primary"), button("Leave it", role="flat")
        self._build()

    def ask(self) -> None:
        """Ask anew; the fields to spread over are read."""
        self.found = None
        context = self.context
        context.jobs.store(
            context.services.desk_figures.fields, context.project_id, on_done=self._show_fields, what="read the fields"
        )
        self.look()

    def plan(self) -> DrawPlan:
        """What is chosen."""
        share = self.share.value() / 100
        return DrawPlan(self.count.value(), By(self.by.currentData()), share, self.even.isChecked())

    def look(self) -> None:
        """Find out what a draw would do."""
        self._soon.stop()
        self.found = None
        self._say("Counting what may be drawn …", "dim")
        context = self.context
        work = partial(context.services.sampling.preview, spread_by=self._spread_by(), files=self.files)
        self._request = context.jobs.background(
            work, context.project_id, self.plan(), on_done=self._show, on_error=self._fail, key="draw preview",
            what="count what may be drawn",
        )  # fmt: skip

    def draw(self) -> None:
        """Draw, and write down how probable each item was."""
        if self.found is None or not self.found.count:
            return
        self.draws.setEnabled(False)
        context = self.context
        work = partial(context.services.sampling.draw, spread_by=self._spread_by(), files=self.files)
        context.jobs.background(
            work, context.project_id, self.plan(), on_done=self._on_drawn, on_error=self._fail, key="draw",
            what="draw what is labelled next",
        )  # fmt: skip

    def open_files(self, *files: Path) -> None:
        """Draw by what one or two files of predictions say; without any by what is known here."""
        self.files = files[:MOST_FILES]
        self.told_by.setText(" and ".join(shown(one.name) for one in self.files) or HERE)
        self.back_here.setVisible(bool(self.files))
        self.look()

    def release(self) -> None:
        """Nobody looks any more."""
        self._soon.stop()
        if self._request is not None:
            self._request.cancel()
            self._request = None

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.draw()
        else:
            super().keyPressEvent(event)

    # Inside

    def _show(self, found: DrawPreview) -> None:
        self._request, self.found = None, found
        self._say(found.sentence, "" if found.pool else "dim")
        values = [
            f"{shown(value) or 'without a value'}: {n:,.1f}".removesuffix(".0") for value, n in found.strata.items()
        ]
        more = f" and {len(values) - SHOWN_VALUES} more values" if len(values) > SHOWN_VALUES else ""
        self.parts.setText(", ".join(values[:SHOWN_VALUES]) + more)
        self.parts.setVisible(bool(values))
        self.draws.setText(f"Draw {found.count:,}" if found.count else "Draw them")
        self.draws.setEnabled(bool(found.count))

    def _on_drawn(self, drawn: Drawn) -> None:
        context = self.context
        context.notices.show(drawn.sentence, tone=Tone.OK)
        context.bus.changed.emit(drawn.changes)
        if context.services.sync.where is None:
            score_and_route(context, "offer what was drawn")
        else:
            context.bus.sync_asked.emit()
        self.left.emit()

    def _fail(self, error: Exception) -> None:
        if isinstance(error, Cancelled):
            return
        if isinstance(error, AnnodeskError):
            self._say(f"{error.sentence} {error.hint}".strip(), "bad")
        else:
            self._say("It could not be counted. The report says what went wrong.", "bad")
            self.context.notices.error(error, "draw what is labelled next")

    def _say(self, words: str, role: str) -> None:
        restyle(self.words, role)
        self.words.setText(words)
        self.parts.hide()
        self.draws.setEnabled(False)

    def _show_fields(self, fields: tuple[str, ...]) -> None:
        chosen = self._spread_by()
        self.spread.blockSignals(True)
        self.spread.clear()
        self.spread.addItem("nothing", "")
        for name in fields:
            self.spread.addItem(shown(name), name)
        self.spread.setCurrentIndex(max(0, self.spread.findData(chosen)))
        self.spread.blockSignals(False)
        self._follow()

    def _spread_by(self) -> str:
        return str(self.spread.currentData() or "")

    def _follow(self) -> None:
        self.even.setVisible(bool(self._spread_by()))
        is_random = By(self.by.currentData()) is By.RANDOM
        for part in (self._share, self._source):
            part.setVisible(not is_random)

    def _changed(self) -> None:
        self._follow()
        self._soon.start()

    def _ask_files(self) -> None:
        start = str(self.files[0].parent) if self.files else ""
        chosen, _ = QFileDialog.getOpenFileNames(self, "Open one or two models' predictions", start, FILTER)
        if chosen:
            self.open_files(*map(Path, chosen))

    def _build(self) -> None:
        self.count.setRange(1, MOST_DRAWN)
        self.count.setValue(100)
        self.count.setGroupSeparatorShown(True)
        self.share.setRange(round(100 * LEAST_RANDOM_SHARE), 100)
        self.share.setValue(20)
        self.share.setSuffix(" %")
        for by, words in _BY:
            self.by.addItem(words, by)
        self.spread.addItem("nothing", "")
        for box in (self.by, self.spread):
            box.setProperty("role", "steady")
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
            box.currentIndexChanged.connect(lambda _: self._changed())
        for spin in (self.count, self.share):
            spin.lineEdit().setTextMargins(theme.px(4), 0, 0, 0)
            spin.valueChanged.connect(lambda _: self._changed())
        self.even.toggled.connect(lambda _: self._changed())
        self.draws.clicked.connect(self.draw)
        self.leaves.clicked.connect(self.left)
        self.opens.clicked.connect(self._ask_files)
        self.back_here.clicked.connect(lambda: self.open_files())
        self.back_here.hide()
        self._share = _field("By chance alone", self.share)
        self._source = QWidget()
        source = _row(self._source, label("Predictions", "small"), self.told_by, self.opens, self.back_here)
        source.setContentsMargins(0, 0, 0, 0)
        first, second, feet = QWidget(), QWidget(), QWidget()
        _row(first, _field("How many", self.count), _field("By", self.by), self._share)
        _row(second, _field("Spread over", self.spread), self.even)
        _row(feet, self.draws, self.leaves)
        column = QVBoxLayout(self)
        column.setContentsMargins(18, 12, 18, 14)
        column.setSpacing(theme.SPACE * 2)
        column.addWidget(label("Draw what is labelled next", "strong"))
        column.addWidget(label(SAYS, "dim", wrap=True))
        for part in (first, second, self._source, self.words, self.parts, feet):
            column.addWidget(part)
        self._follow()


def _row(host: QWidget, *parts: QWidget) -> QHBoxLayout:
    row = QHBoxLayout(host)
    row.setContentsMargins(0, 0, 0, 0)
    row.setSpacing(theme.SPACE * 3)
    for part in parts:
        row.addWidget(part, 0, Qt.AlignmentFlag.AlignBottom)
    row.addStretch()
    return row


def _field(name: str, widget: QWidget) -> QWidget:
    host = QWidget()
    column = QVBoxLayout(host)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(2)
    column.addWidget(label(name, "small"))
    column.addWidget(widget)
    widget.setAccessibleName(name)
    return host
