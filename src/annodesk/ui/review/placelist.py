"""All disagreements of the open item in one list: where, what each side says, and what was ruled."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from PySide6.QtCore import Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHeaderView, QTableWidget, QTableWidgetItem, QWidget

from annodesk.ui import theme
from annodesk.ui.inked import as_rows
from annodesk.ui.plain import set_tip, shown


class PlaceRow(Struct, frozen=True):
    """One disagreement as the list shows it; ``ruling`` is empty while it is open."""

    key: str
    where: str
    sides: tuple[str, ...]
    ruling: str


class PlaceList(QTableWidget):
    """A click goes to a place; J and K go through them.

    chosen(str)   the key of a disagreement
    """

    chosen = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("All disagreements of this item")
        as_rows(self)
        self.setWordWrap(False)
        self.itemClicked.connect(lambda item: self.chosen.emit(self.rows[item.row()].key))
        self.rows: tuple[PlaceRow, ...] = ()
        self._letters: tuple[str, ...] = ()
        theme.notifier().theme_changed.connect(self._draw_again)

    def set_rows(self, letters: Sequence[str], rows: Sequence[PlaceRow], at: int) -> None:
        """Show these places, the one at that index marked; only rows that are others now are written anew."""
        letters, rows = tuple(letters), tuple(rows)
        if (letters, [row.key for row in rows]) != (self._letters, [row.key for row in self.rows]):
            self._fill(letters, rows)
        else:
            before, self.rows = self.rows, rows
            for number, (old, new) in enumerate(zip(before, rows, strict=True)):
                if old != new:
                    self._write(number, new)
        if rows:
            self.selectRow(at)
            self.scrollToItem(self.item(at, 0))

    def _draw_again(self) -> None:
        self._fill(self._letters, self.rows)

    def _fill(self, letters: tuple[str, ...], rows: tuple[PlaceRow, ...]) -> None:
        self._letters, self.rows = letters, rows
        heads = ["", "where", *(f"{letter} says" for letter in letters), "ruled"]
        self.setColumnCount(len(heads))
        self.setHorizontalHeaderLabels(heads)
        self.setRowCount(len(rows))
        for number, row in enumerate(rows):
            self._write(number, row)
            self.setRowHeight(number, theme.px(26))
        header = self.horizontalHeader()
        for column in range(len(heads)):
            fits = column < 2 or column == len(heads) - 1
            mode = QHeaderView.ResizeMode.ResizeToContents if fits else QHeaderView.ResizeMode.Stretch
            header.setSectionResizeMode(column, mode)

    def _write(self, number: int, row: PlaceRow) -> None:
        look = theme.current()
        cells = [str(number + 1), row.where, *row.sides, row.ruling or "still open"]
        for column, words in enumerate(cells):
            item = QTableWidgetItem(shown(words))
            set_tip(item, words)
            is_ruling = column == len(cells) - 1
            colour = look.text if column > 1 else look.dim
            item.setForeground(QColor((look.ok_text if row.ruling else look.warn_text) if is_ruling else colour))
            if column == 0:
                sign = theme.icon("check-circle", look.ok) if row.ruling else theme.icon("circle-outline", look.bad)
                item.setIcon(sign)
            self.setItem(number, column, item)
