"""The charts of one project, and the field of metadata that they are told of one value of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QCompleter, QGridLayout, QHBoxLayout, QVBoxLayout

from annodesk.ui import theme
from annodesk.ui.dashboard.card import ScrolledPage
from annodesk.ui.dashboard.charted import Chart
from annodesk.ui.dashboard.charts import ChartCard
from annodesk.ui.parts import label
from annodesk.ui.plain import shown

NARROW = 900
"""Of less room than this, at ordinary text, the charts stand below each other."""
EVERYTHING = "everything"
MOST_VALUES = 300
"""So many values of a field are listed, those of most items; any other is typed."""


class FiguresPage(ScrolledPage):
    """Cards with charts, two beside each other; above them what they are about.

    filter_asked(str, str)    a field of metadata and its value, both empty for everything
    made(ChartCard)           a card was made
    """

    filter_asked = Signal(str, str)
    made = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Figures")
        self.cards: dict[str, ChartCard] = {}
        self._values: dict[str, Sequence[str]] = {}
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
        rows.addStretch()
        self.value.hide()
        theme.notifier().theme_changed.connect(self._fit)

    def set_fields(self, fields: Mapping[str, Sequence[str]]) -> None:
        """Offer these fields of the metadata with their values, those of most items first."""
        chosen = self.field.currentText()
        self._values = dict(fields)
        self.field.clear()
        self.field.addItem(EVERYTHING)
        for name in self._values:
            self.field.addItem(shown(name, 60), name)
        self.field.setCurrentIndex(max(0, self.field.findText(chosen)))

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

    def is_filtered(self) -> bool:
        """Whether one value is looked at alone."""
        return self.field.currentIndex() > 0

    def _on_field(self, _text: str) -> None:
        name = self.field.currentData()
        self.value.setVisible(name is not None)
        if name is None:
            self.filter_asked.emit("", "")
            return
        self.value.clear()
        self.value.addItems([shown(one, 120) for one in self._values.get(name, ())[:MOST_VALUES]])
        if self.value.count():
            self._ask(self.value.currentText())

    def _ask(self, text: str) -> None:
        name = self.field.currentData()
        if name is not None and text:
            place = self.value.findText(text)
            values = self._values.get(name, ())
            self.filter_asked.emit(name, values[place] if 0 <= place < len(values) else text)

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
