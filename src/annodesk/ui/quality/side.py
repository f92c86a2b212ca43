"""What is known of the row that is chosen: in words, its threshold, and what is confused there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import key_cap, label
from annodesk.ui.quality import figures
from annodesk.ui.quality.confused import ConfusedList
from annodesk.ui.quality.threshold import ThresholdPanel

if TYPE_CHECKING:
    from annodesk.services.agreeing import Confusion
    from annodesk.ui.quality.figures import Row

OWN = (
    "How near your answers, as you handed them in first, come to what stands now. Only you are shown this: nobody is "
    "ranked, and a difference may as well mean that others have learned from you."
)
WAY = "Return opens the first place that waits for review, and from there all of them as a grid."


class FigureSide(QScrollArea):
    """Scrolls as a whole, so that nothing is lost at large text."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.title, self.kind = label("", "title", wrap=True), label("", "dim", wrap=True)
        self.people, self.prevalence, self.scores, self.fit = (label("", wrap=True) for _ in range(4))
        self.aided, self.model, self.unsure, self.analysts = (label("", "dim", wrap=True) for _ in range(4))
        self.threshold = ThresholdPanel()
        self.confused_head = QWidget()
        confused = QHBoxLayout(self.confused_head)
        confused.setContentsMargins(0, 0, 0, 0)
        confused.addWidget(label("Confused most", "head"))
        confused.addWidget(key_cap("agreement.confused"))
        confused.addStretch()
        self.confused_none = label("", "dim", wrap=True)
        self.confused_way = label(WAY, "small", wrap=True)
        self.confused = ConfusedList()
        self.matrices = KeyButton("Who takes what for what …", "agreement.matrices")
        host = QWidget()
        host.setProperty("role", "scrolled")
        column = QVBoxLayout(host)
        column.setContentsMargins(20, 16, 20, 16)
        column.setSpacing(theme.SPACE * 2)
        for part in (
            self.title,
            self.kind,
            self.people,
            self.prevalence,
            self.scores,
            self.fit,
            self.unsure,
            self.analysts,
        ):
            column.addWidget(part)
        column.addSpacing(theme.SPACE * 2)
        column.addWidget(self.threshold)
        column.addSpacing(theme.SPACE * 2)
        for part in (self.confused_head, self.confused_none, self.confused, self.confused_way):
            column.addWidget(part)
        column.addWidget(self.matrices, 0, Qt.AlignmentFlag.AlignLeft)
        column.addSpacing(theme.SPACE * 2)
        column.addWidget(self.aided)
        column.addWidget(self.model)
        column.addStretch()
        self.setWidget(host)

    def show_row(self, row: Row, confusions: Sequence[Confusion], analysts: str = "") -> None:
        """Tell what is known of a row; ``analysts`` is how far they agree with each other."""
        self.title.setText(row.title if row.label is None else f"{row.part}: {row.label}")
        self._say(self.kind, row.kind)
        self._say(self.people, figures.people_sentence(row))
        self._say(self.prevalence, figures.prevalence_sentence(row))
        self._say(self.scores, figures.scores_sentence(row) if row.part else "")
        self._say(self.fit, figures.fit_sentence(row))
        self._say(self.unsure, figures.unsure_sentence(row))
        self._say(self.analysts, analysts)
        self._say(self.aided, figures.aided_sentence(row))
        self._say(self.model, figures.model_sentence(row))
        self.threshold.show()
        self.confused.show_pairs(confusions, row.label)
        is_told = bool(row.part) and row.people is not None
        self.confused_head.setVisible(is_told)
        self.confused.setVisible(is_told and bool(self.confused.pairs))
        self.confused_way.setVisible(is_told and bool(self.confused.pairs))
        self._say(self.confused_none, "Nobody has said two things of one place." if is_told else "")
        self.confused_none.setVisible(is_told and not self.confused.pairs)

    def show_own(self, row: Row) -> None:
        """Tell what is known of a person's own answers on a part."""
        self.title.setText(row.title)
        self._say(self.kind, row.kind)
        mean = figures.number(row.mean) if row.mean is not None else figures.NOT_DEFINED
        self._say(self.people, f"{mean} on average, over {figures.items(len(row.scores))} that are settled.")
        self._say(self.prevalence, OWN)
        for part in (self.scores, self.fit, self.unsure, self.analysts, self.aided, self.model, self.confused_none):
            self._say(part, "")
        for widget in (self.threshold, self.confused_head, self.confused, self.confused_way):
            widget.hide()

    def _say(self, where: QWidget, words: str) -> None:
        where.setText(words)  # type: ignore[attr-defined]
        where.setVisible(bool(words))
