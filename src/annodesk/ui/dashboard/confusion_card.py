"""The card of what is heard as what: the table, the words of one cell, and the way to its clips."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QBoxLayout, QComboBox, QFrame, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.services.heard_as import Cell, HeardAs
from annodesk.ui import theme
from annodesk.ui.dashboard.card import Card
from annodesk.ui.dashboard.heat import HeatTable, cell_words
from annodesk.ui.dashboard.playlist import Playlist, playlist_of
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import button, label

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

TITLE = "What is heard as what"
BESIDE = 0.56
"""Of the card the table takes this much where the words stand beside it."""


class ConfusionCard(Card):
    """Shows a table and what its chosen cell says.

    played(Playlist)    the clips of a cell are to be heard
    part_asked(str)     another part is to be shown
    """

    played = Signal(object)
    part_asked = Signal(str)

    def __init__(self) -> None:
        super().__init__(TITLE)
        self.found = HeardAs("")
        self.table = HeatTable()
        self.table.chosen.connect(self._show_cell)
        self.table.played.connect(self._play)
        self.parts = QComboBox()
        self.parts.setAccessibleName("Part")
        self.parts.setProperty("role", "steady")
        self.parts.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToContents)
        self.parts.textActivated.connect(self.part_asked)
        self.unit = KeyButton("in time", "desk.unit", role="flat", tip="In time or in counts", by_tab=True)
        self.unit.clicked.connect(self.turn_unit)
        self.tools.addWidget(self.parts)
        self.tools.addWidget(self.unit)
        self.words, self.rests = label("", "dim", wrap=True), label("", "small", wrap=True)
        self.play = button("", icon=theme.icon("play"))
        self.play.clicked.connect(lambda: self._play(self.table.cell))
        self._area = QScrollArea()
        self._area.setWidget(self.table)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        for bar in (self._area.horizontalScrollBar(), self._area.verticalScrollBar()):
            bar.rangeChanged.connect(self._show_chosen)
        side = QVBoxLayout()
        side.setSpacing(theme.SPACE * 2)
        side.addWidget(self.words)
        line = QHBoxLayout()
        line.addWidget(self.play)
        line.addStretch()
        side.addLayout(line)
        side.addWidget(self.rests)
        side.addStretch()
        body = QWidget()
        self._row = QBoxLayout(QBoxLayout.Direction.LeftToRight, body)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(theme.SPACE * 4)
        self._row.addWidget(self._area, 3)
        self._row.addLayout(side, 2)
        self.set_body(body)

    def set_parts(self, parts: tuple[str, ...], chosen: str) -> None:
        """Offer these parts."""
        if [self.parts.itemText(n) for n in range(self.parts.count())] != list(parts):
            self.parts.clear()
            self.parts.addItems(list(parts))
        self.parts.setCurrentText(chosen)
        self.parts.setVisible(len(parts) > 1)

    def show_found(self, found: HeardAs) -> None:
        """Show a table, or why there is none."""
        self.found = found
        self.say(found.reason)
        self.unit.setVisible(not found.reason and found.unit != "answers")
        if found.reason:
            self.show_note("")
            return
        self._draw()

    def turn_unit(self) -> None:
        """From time to counts, and back."""
        self.table.by_count = not self.table.by_count
        self._draw()

    def next_part(self) -> None:
        """Show the next part."""
        if self.parts.count() > 1:
            self.parts.setCurrentIndex((self.parts.currentIndex() + 1) % self.parts.count())
            self.part_asked.emit(self.parts.currentText())

    def _draw(self) -> None:
        by_count = self.table.by_count
        self.unit.set_words("in counts" if by_count else f"in {self.found.unit}", "In time or in counts")
        self.show_note("rows: what stands · columns: annotators")
        self.table.show_table(self.found, by_count=by_count)
        height = self.table.sizeHint().height() + theme.px(14)
        self._area.setMinimumHeight(min(height, theme.px(300)))
        self.lay_out()
        items = "1 settled item" if self.found.items == 1 else f"{self.found.items:,} settled items"
        answers = "1 answer" if self.found.answers == 1 else f"{self.found.answers:,} answers"
        self.rests.setText(f"Over {answers} given without suggestions, on {items}.")

    def _show_cell(self, cell: Cell) -> None:
        self.words.setText(cell_words(self.found, cell, by_count=self.table.by_count))
        self._show_chosen()
        count = len(self.found.places.get(cell, ()))
        self.play.setVisible(bool(count))
        self.play.setText("Play 1 clip" if count == 1 else f"Play {count} clips")

    def _play(self, cell: Cell | None) -> None:
        if cell is not None and self.found.places.get(cell):
            playlist: Playlist = playlist_of(self.found, *cell)
            self.played.emit(playlist)

    def _show_chosen(self) -> None:
        """Scroll to the cell that the words are about."""
        if self.table.cell is not None:
            middle = self.table.rect_of(*self.table.place).center().toPoint()
            self._area.ensureVisible(middle.x(), middle.y(), self.table.cell_px, self.table.cell_px)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.lay_out()

    def lay_out(self) -> None:
        """The words beside the table where it has room there, else below it."""
        is_narrow = self.table.sizeHint().width() > self.width() * BESIDE
        wanted = QBoxLayout.Direction.TopToBottom if is_narrow else QBoxLayout.Direction.LeftToRight
        if self._row.direction() != wanted:
            self._row.setDirection(wanted)
