"""The first page of the desk: what needs a person today, how far projects are, and what is worth a look besides."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QGridLayout

from annodesk.services.heard_as import HeardAs
from annodesk.services.today import Need, first_page
from annodesk.ui import theme
from annodesk.ui.dashboard.bands import LEGEND, Bands
from annodesk.ui.dashboard.card import Card, ScrolledPage
from annodesk.ui.dashboard.charted import Chart
from annodesk.ui.dashboard.charts import ChartCard
from annodesk.ui.dashboard.confusion_card import ConfusionCard
from annodesk.ui.dashboard.needs import Needs

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.ui.dashboard.reading import Today

LOOKING = "Reading …"
NARROW = 940
"""Of less room than this, at ordinary text, the cards stand below each other."""


class TodayPage(ScrolledPage):
    """Cards in two columns, or below each other where there is little room.

    project_asked(str, object)    a stretch of a project's band is to be heard, or another project looked at
    """

    project_asked = Signal(str, object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Today")
        self.needs, self.bands, self.confusion = Needs(), Bands(), ConfusionCard()
        self.needs_card, self.bands_card = Card("Needs a person today"), Card("Projects", LEGEND)
        self.needs_card.set_body(self.needs)
        self.bands_card.set_body(self.bands)
        self.bands_card.column.addStretch()
        self.agreement, self.savings = ChartCard("Agreement"), ChartCard("What pre-labels save")
        self.charts = (self.agreement, self.savings)
        self.bands.chosen.connect(self.project_asked)
        self._grid = QGridLayout(self.host)
        self._grid.setContentsMargins(16, 16, 16, 16)
        self._grid.setSpacing(theme.SPACE * 3)
        self._is_narrow: bool | None = None
        self._found: tuple[Need, ...] = ()
        self.drift: tuple[Need, ...] = ()
        self._lay_out(is_narrow=False)
        theme.notifier().theme_changed.connect(self._fit)

    def show_today(self, found: Today) -> None:
        """Show what was read."""
        self._found = found.needs
        self._show_needs()
        count = len(found.bands)
        self.needs_card.show_note("1 project" if count == 1 else f"{count} projects")
        self.bands.show_bands(found.bands)
        self.bands_card.say("" if found.bands else "No project can be told of yet.")

    def show_drift(self, drift: Sequence[Need]) -> None:
        """Show among the sentences whose answers have become less right; for analysts alone."""
        self.drift = tuple(drift)
        self._show_needs()

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: what the former was shown is nobody else's."""
        self._found = self.drift = ()
        self.needs.show_needs(())
        self.bands.show_bands(())
        self.confusion.show_found(HeardAs("", reason=LOOKING))
        for card in self.charts:
            card.show_chart(Chart(card.chart.id, card.chart.title, reason=LOOKING))

    def _show_needs(self) -> None:
        self.needs.show_needs(first_page((*self._found, *self.drift)))

    def _cards(self) -> Sequence[tuple[Card, int, int]]:
        return (
            (self.needs_card, 0, 0),
            (self.bands_card, 0, 1),
            (self.confusion, 1, 0),
            (self.agreement, 1, 1),
            (self.savings, 2, 1),
        )

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        is_narrow = self.viewport().width() < theme.px(NARROW)
        if is_narrow != self._is_narrow:
            self._lay_out(is_narrow=is_narrow)

    def _lay_out(self, *, is_narrow: bool) -> None:
        self._is_narrow = is_narrow
        for card, _, _ in self._cards():
            self._grid.removeWidget(card)
        for place, (card, row, column) in enumerate(self._cards()):
            if is_narrow:
                self._grid.addWidget(card, place, 0, 1, 2)
            elif card is self.confusion:
                self._grid.addWidget(card, row, column, 2, 1)
            else:
                self._grid.addWidget(card, row, column)
        for column, stretch in ((0, 11), (1, 9)):
            self._grid.setColumnStretch(column, stretch)
        self._grid.setRowStretch(9, 1)
