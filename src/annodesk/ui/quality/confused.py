"""What people confuse most on a part, as a list: two sayings, at how many places, of how many items."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractScrollArea, QListWidget, QListWidgetItem, QWidget

from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.quality.figures import items

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

    from annodesk.services.agreeing import Confusion

MOST_SHOWN = 12
NOTHING = "nothing"


def words_of(one: Confusion) -> str:
    """A pair as the list says it."""
    places = "1 place" if one.places == 1 else f"{one.places:,} places"
    return f"{one.a or NOTHING} / {one.b or NOTHING}  ·  {places} in {items(one.items)}"


class ConfusedList(QListWidget):
    """Chosen with the arrows; Return asks for the places of a pair.

    asked(Confusion)   its places are to be looked at
    """

    asked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("Confused most")
        self.setSizeAdjustPolicy(QAbstractScrollArea.SizeAdjustPolicy.AdjustToContents)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.pairs: list[Confusion] = []
        self.itemClicked.connect(lambda _: self._ask())
        theme.notifier().theme_changed.connect(self._fit)

    def show_pairs(self, pairs: Sequence[Confusion], label: str | None = None) -> None:
        """Show the most frequent; of one label those it is part of."""
        wanted = [one for one in pairs if label is None or label in (*one.a.split(" + "), *one.b.split(" + "))]
        self.pairs = wanted[:MOST_SHOWN]
        self.clear()
        for one in self.pairs:
            entry = QListWidgetItem(shown(words_of(one)))
            self.addItem(entry)
        self._fit()

    @property
    def current(self) -> Confusion | None:
        """The pair that is chosen."""
        place = self.currentRow()
        return self.pairs[place] if 0 <= place < len(self.pairs) else None

    def take_focus(self) -> None:
        """Give the list the keys, with a pair chosen."""
        if self.currentRow() < 0 and self.pairs:
            self.setCurrentRow(0)
        self.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            if not event.isAutoRepeat():
                self._ask()
            return
        super().keyPressEvent(event)

    def _ask(self) -> None:
        if self.current is not None:
            self.asked.emit(self.current)

    def _fit(self) -> None:
        """As high as its lines: what is around it scrolls."""
        rows = max(1, self.count())
        high = max(theme.px(22), self.sizeHintForRow(0) if self.count() else 0)
        self.setFixedHeight(rows * high + 2 * self.frameWidth() + theme.px(4))
