"""The review batches that are open still: how far each is, and the way to its items in the review queue."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.errors_card import open_review_batch
from annodesk.ui.parts import button, label

if TYPE_CHECKING:
    from annodesk.services.review_batches import ReviewBatch
    from annodesk.ui.bus import Context

CLOSES = "each closes by itself once all of it is settled again"


class ReviewBatchesCard(Card):
    """A line for each; hidden where there is none."""

    def __init__(self, context: Context) -> None:
        super().__init__("Opened again together", CLOSES)
        self._context = context
        self._rows = QWidget()
        rows = QVBoxLayout(self._rows)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        self.set_body(self._rows)

    def show_batches(self, found: Sequence[ReviewBatch], *, may_review: bool) -> None:
        """Show these, with a button for whoever reviews."""
        clear_rows(self._rows)
        rows = self._rows.layout()
        assert rows is not None
        for one in found:
            rows.addWidget(self._row(one, may_review=may_review))
        self.setVisible(bool(found))

    def _row(self, one: ReviewBatch, *, may_review: bool) -> QWidget:
        host, words = QWidget(), QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(one.name, wrap=True))
        words.addWidget(label(one.sentence, "small", wrap=True))
        across = QHBoxLayout(host)
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(theme.SPACE * 3)
        across.addLayout(words, 1)
        if one.reviews and may_review:
            opens = button("Review them")
            opens.setAccessibleName(f"Review {one.name}")
            opens.clicked.connect(partial(self._open, one.name))
            across.addWidget(opens, 0, Qt.AlignmentFlag.AlignVCenter)
        return host

    def _open(self, name: str) -> None:
        open_review_batch(self._context, self.window(), name)
