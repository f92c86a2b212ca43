"""The charts of one project, and the field of metadata that they are told of one value of."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QCompleter, QGridLayout, QHBoxLayout, QVBoxLayout

from annodesk.ui import theme
from annodesk.ui.dashboard.card import ScrolledPage
from annodesk.ui.dashboard.charts import ChartCard
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.services.by_field import FieldValues
    from annodesk.ui.dashboard.charted import Chart

NARROW = 900
"""Of less room than this, at ordinary text, the charts stand below each other."""
EVERYTHING = "everything"
ANY_OTHER = "Type any of {0:,} other values."


class FiguresPage(ScrolledPage):
    """Cards with charts, two beside each other; above them what they are about.

    filter_asked(str, str)    a field of metadata and its value, both empty for everything
    values_asked(str)         the values of a field are to be offered
    made(ChartCard)           a card was made
    """

    filter_asked = Signal(str, str)
    values_asked = Signal(str)
    made = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Figures")
        self.cards: dict[str, ChartCard] = {}
        self._values: tuple[str, ...] = ()
        self._columns = 0
        self.field, self.value = QComboBox(), QComboBox()
        self.field.setAccessibleName("Field of the metadata")
        self.value.setAccessibleName("Value of the field")
        self.value.setEditable(True)
        self.value.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.value.completer().setFilterMode(Qt.MatchFlag.MatchContains)
        self.value.completer().setCompletionMode(QCompleter.CompletionMode.PopupCompletion)
        for box in (self.field, self.value):
            box.setProperty("role", "steady")
            box.setMinimumWidth(theme.px(140))
        self.field.textActivated.connect(self._on_field)
        self.value.textActivated.connect(self._ask)
        self.about = label("", "small", wrap=True)
        bar = QHBoxLayout()
        bar.setSpacing(theme.SPACE * 2)
        bar.addWidget(label("Told of", "dim"))
        bar.addWidget(self.field)
        bar.addWidget(self.value)
        bar.addWidget(self.about, 1)
        self._grid = QGridLayout()
        self._grid.setSpacing(theme.SPACE * 3)
        rows = QVBoxLayout(self.host)
        rows.setContentsMargins(16, 12, 16, 16)
        rows.setSpacing(theme.SPACE * 3)
        rows.addLayout(bar)
        rows.addLayout(self._grid)
        rows.addStretch(1)
        self.value.hide()
        theme.notifier().theme_changed.connect(self._fit)

    def set_fields(self, fields: Sequence[str]) -> None:
        """Offer these fields of the metadata."""
        known = [self.field.itemData(n) for n in range(1, self.field.count())]
        if known == list(fields) and self.field.count():
            return
        chosen = self.field.currentText()
        self.field.clear()
        self.field.addItem(EVERYTHING)
        for name in fields:
            self.field.addItem(shown(name, 60), name)
        self.field.setCurrentIndex(max(0, self.field.findText(chosen)))

    def set_values(self, found: FieldValues) -> None:
        """Offer the values of the field that is chosen, those of most items first, and tell of the first."""
        if found.field != self.field.currentData():
            return
        self._values = tuple(one.value for one in found.values if one.value)
        self.value.clear()
        self.value.addItems([shown(one, 120) for one in self._values])
        set_tip(self.value, ANY_OTHER.format(found.more) if found.more else "")
        self.value.setVisible(bool(self._values))
        if self._values:
            self._ask(self.value.currentText())
        else:
            self.about.setText("No item has a value in this field: choose another.")

    def show_charts(self, charts: Sequence[Chart], about: str = "") -> None:
        """Show these charts, in this order."""
        self.about.setText(about)
        for chart in charts:
            if chart.id not in self.cards:
                self.cards[chart.id] = ChartCard(chart.title)
                self.made.emit(self.cards[chart.id])
            self.cards[chart.id].show_chart(chart)
        wanted = {chart.id for chart in charts}
        for name in [one for one in self.cards if one not in wanted]:
            gone = self.cards.pop(name)
            self._grid.removeWidget(gone)
            gone.hide()
            gone.deleteLater()
        self._columns = 0
        self._fit()

    def start_afresh(self) -> None:
        """Somebody else works here, or on another project: no chart is theirs."""
        self.show_charts((), "Reading …")
        self.field.clear()
        self.field.addItem(EVERYTHING)
        self.value.hide()

    def is_filtered(self) -> bool:
        """Whether one value is looked at alone."""
        return self.field.currentIndex() > 0

    def _on_field(self, _text: str) -> None:
        name = self.field.currentData()
        self.value.hide()
        if name is None:
            self.filter_asked.emit("", "")
        else:
            self.values_asked.emit(name)

    def _ask(self, text: str) -> None:
        name = self.field.currentData()
        if name is not None and text:
            place = self.value.findText(text)
            self.filter_asked.emit(name, self._values[place] if 0 <= place < len(self._values) else text)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        columns = 1 if self.viewport().width() < theme.px(NARROW) else 2
        if columns == self._columns:
            return
        self._columns = columns
        for card in self.cards.values():
            self._grid.removeWidget(card)
        for place, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(2):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
