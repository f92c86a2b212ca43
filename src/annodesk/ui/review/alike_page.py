"""The grid of clips: what they are about, what may be chosen, the clips, and what came of ruling them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QSize, Qt, Signal, SignalInstance
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QListView, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.frame import ElidedLabel
from annodesk.ui.key_button import KeyButton
from annodesk.ui.parts import label
from annodesk.ui.plain import set_tip, shown
from annodesk.ui.review.alike_paint import LEAST_WIDTH, TileDelegate
from annodesk.ui.review.alike_tiles import Tiles
from annodesk.ui.review.bars import LARGE_TEXT
from annodesk.ui.text.flow import FlowLayout

if TYPE_CHECKING:
    from PySide6.QtGui import QResizeEvent

    from annodesk.quality.disputes import Choice, Dispute

LONGEST_TITLE = 36
"""Characters of a pair of labels that its title shows; the buttons below it have them whole."""

KINDS = {
    "label": "different labels",
    "boundary": "where it changes",
    "missing": "there or not there",
    "span": "different words or labels",
    "answer": "different answers",
}


class TileList(QListView):
    """The clips from left to right, row by row; arrows go through them, with Shift more are selected.

    arrived(int)    the row that is current now
    moved()         other clips are in view
    """

    arrived = Signal(int)
    moved = Signal()

    def __init__(self, tiles: Tiles, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.tiles = tiles
        self.painter_of_tiles = TileDelegate(self)
        self.setAccessibleName("Open disagreements of one kind")
        self.setModel(tiles)
        self.setItemDelegate(self.painter_of_tiles)
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setUniformItemSizes(True)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.selectionModel().currentChanged.connect(lambda now, _before: self.arrived.emit(now.row()))
        self.verticalScrollBar().valueChanged.connect(self.moved)
        theme.notifier().theme_changed.connect(self.fit)

    @property
    def columns(self) -> int:
        """How many clips stand beside each other."""
        return max(1, self.viewport().width() // max(1, self.gridSize().width()))

    @property
    def row(self) -> int:
        """The row that is current; -1 where none is."""
        return self.currentIndex().row()

    @property
    def selected_rows(self) -> list[int]:
        """The selected rows in order; the current one where none is selected."""
        rows = sorted(index.row() for index in self.selectionModel().selectedIndexes())
        return rows or ([self.row] if self.row >= 0 else [])

    def rows_in_view(self) -> list[int]:
        """The rows that are seen now, and the line after them."""
        if not self.tiles.rowCount():
            return []
        height = max(1, self.gridSize().height())
        first = self.verticalOffset() // height * self.columns
        last = ((self.verticalOffset() + self.viewport().height()) // height + 2) * self.columns
        return list(range(max(0, first), min(self.tiles.rowCount(), last)))

    def fit(self) -> None:
        """Give the clips all the width there is."""
        least, width = theme.px(LEAST_WIDTH), max(1, self.viewport().width() - 1)
        self.painter_of_tiles.width = max(theme.px(120), width // max(1, width // least))
        self.setGridSize(self.painter_of_tiles.tile_size())
        self.moved.emit()

    def go_to(self, row: int) -> None:
        """Make a row the only one selected."""
        if 0 <= row < self.tiles.rowCount():
            self.setCurrentIndex(self.tiles.index(row))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.fit()
        self.moved.emit()

    def moveCursor(self, action: QAbstractItemView.CursorAction, modifiers: Qt.KeyboardModifier) -> QModelIndex:
        move, count = QAbstractItemView.CursorAction, self.tiles.rowCount()
        if not count:
            return QModelIndex()
        way = -1 if self.isRightToLeft() else 1
        page = self.columns * max(1, self.viewport().height() // max(1, self.gridSize().height()))
        steps = {
            move.MoveRight: way,
            move.MoveLeft: -way,
            move.MoveNext: 1,
            move.MovePrevious: -1,
            move.MoveUp: -self.columns,
            move.MoveDown: self.columns,
            move.MovePageUp: -page,
            move.MovePageDown: page,
            move.MoveHome: -count,
            move.MoveEnd: count,
        }
        step = steps.get(action, 0)
        row = self.row + step
        if abs(step) == self.columns and not 0 <= row < count and action in (move.MoveUp, move.MoveDown):
            row = self.row if step < 0 or self.row // self.columns == (count - 1) // self.columns else count - 1
        return self.tiles.index(min(count - 1, max(0, row)))

    def keyboardSearch(self, search: str) -> None:
        """Letters are keys here, not a search."""


class GridPage(QWidget):
    """Stands in place of the desk while clips are looked through.

    chosen(int)    the number of what is right, for the selected clips
    """

    chosen = Signal(int)
    rule_asked = Signal()
    settle_asked = Signal()
    undo_asked = Signal()
    fetch_asked = Signal()
    back_asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("role", "ground")
        self.setAccessibleName("Disagreements of one kind")
        self.tiles = Tiles()
        self.list = TileList(self.tiles)
        self.title, self.kind, self.count = label("", "title"), ElidedLabel("small"), ElidedLabel("small")
        self.said = label("", "small", wrap=True)
        self.choices: list[KeyButton] = []
        self._choices_host = QWidget()
        self._choices = FlowLayout(self._choices_host, gap=8)
        self.rule = self._button("Rule", "alike.rule", self.rule_asked)
        self.rule.setProperty("role", "primary")
        self.settle = self._button("Settle", "alike.settle", self.settle_asked)
        self.undo = self._button("Undo the batch", "alike.undo", self.undo_asked)
        self.fetch = self._button("Fetch them", "alike.fetch", self.fetch_asked)
        self.back = self._button("Back to the item", "alike.back", self.back_asked)
        self.fetch_words = label("", "small", wrap=True)
        first, second, third, foot = QHBoxLayout(), QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        for row in (first, second, third, foot):
            row.setSpacing(8)
        first.addWidget(self.title)
        first.addWidget(self.kind, 1)
        first.addWidget(self.back)
        second.addWidget(self._choices_host, 1)
        second.addWidget(self.rule)
        third.addWidget(self.fetch_words, 1)
        third.addWidget(self.fetch)
        foot.addWidget(self.count, 1)
        foot.addWidget(self.undo)
        foot.addWidget(self.settle)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(8)
        column.addLayout(first)
        column.addLayout(second)
        column.addLayout(third)
        column.addWidget(self.list, 1)
        column.addWidget(self.said)
        column.addLayout(foot)
        self.show_unknown("")
        theme.notifier().theme_changed.connect(self._fit_text)
        self._fit_text()

    def _fit_text(self) -> None:
        self.back.set_words("Back to the item" if theme.scale() < LARGE_TEXT else "Back")

    def _button(self, text: str, key: str, signal: SignalInstance) -> KeyButton:
        made = KeyButton(text, key, by_tab=True)
        made.clicked.connect(signal)
        return made

    def show_dispute(self, dispute: Dispute, offers: Sequence[tuple[Choice, str]], colours: Mapping[str, str]) -> None:
        """Say what the clips are about, and offer what may be chosen, each with its key."""
        self.title.setText(shown(dispute.pair, LONGEST_TITLE))
        set_tip(self.title, dispute.pair)
        self.kind.set_whole(f"{dispute.part} · {KINDS.get(dispute.kind, dispute.kind)} · most alike first")
        self.list.painter_of_tiles.colours = dict(colours)
        for made in self.choices:
            self._choices.removeWidget(made)
            made.hide()
            made.deleteLater()
        self.choices = []
        for number, (choice, key) in enumerate(offers):
            made = KeyButton(choice.words, key, tip=f"“{choice.words}” is right for the selected clips", by_tab=True)
            made.clicked.connect(lambda _checked=False, number=number: self.chosen.emit(number))
            self._choices.addWidget(made)
            self.choices.append(made)

    def fit_sides(self, most: int) -> None:
        """Make room for so many sides in each clip."""
        self.list.painter_of_tiles.sides = most
        self.list.fit()

    def show_counts(self, *, whole: int, undoable: int, is_busy: bool) -> None:
        """How many are open, chosen and left out, and what can be done now."""
        tiles = self.tiles.tiles
        open_ones, chosen = sum(tile.is_open for tile in tiles), len(self.tiles.chosen)
        out = sum(tile.is_left_out and tile.is_open for tile in tiles)
        parts = [f"{open_ones} open", f"{chosen} chosen", *([f"{out} left out"] if out else [])]
        self.count.set_whole(" · ".join(parts))
        self.rule.setText(f"Rule {chosen}" if chosen else "Rule")
        self.rule.setEnabled(bool(chosen) and not is_busy)
        for made in self.choices:
            made.setEnabled(open_ones > 0 and not is_busy)
        self.undo.setVisible(undoable > 0)
        self.undo.setText(f"Undo the last {undoable}")
        self.undo.setEnabled(not is_busy)
        self.settle.setVisible(whole > 0)
        self.settle.setEnabled(not is_busy)
        self.settle.setText("Settle the item" if whole == 1 else f"Settle {whole} items")
        self.count.setVisible(theme.scale() < LARGE_TEXT or not (undoable or whole))
        for made in (self.rule, self.undo, self.settle):
            made.updateGeometry()

    def show_unknown(self, words: str, *, can_fetch: bool = False) -> None:
        """Of how many items it is not known here what people said; empty where it is known of all."""
        self.fetch_words.setText(words)
        self.fetch_words.setVisible(bool(words))
        self.fetch.setVisible(bool(words) and can_fetch)

    def say(self, sentence: str) -> None:
        """What came of it, under the clips."""
        self.said.setText(sentence)

    def sizeHint(self) -> QSize:
        return QSize(600, 400)
