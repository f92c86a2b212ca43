"""What a person does not work with, to be ticked, and how much sensitive content a day has held for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.annotate.choice import clear_rows
from annodesk.ui.dashboard.card import Card
from annodesk.ui.parts import label
from annodesk.ui.plain import shown

if TYPE_CHECKING:
    from annodesk.services.assigning import SensitiveWork

SAYS = (
    "Tick what you do not work with: you are given no such tasks. Nobody is told, and no figure of yours knows of it."
)
NONE = "Nothing in this project is marked as sensitive content."


class SensitiveCard(Card):
    """A box for each kind.

    declined(object)    the kinds that are ticked now
    """

    declined = Signal(object)

    def __init__(self) -> None:
        super().__init__("Sensitive content", "known to you alone")
        self.boxes: dict[str, QCheckBox] = {}
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(theme.SPACE * 2)
        self.set_body(body)

    def show_work(self, found: SensitiveWork) -> None:
        """Show the kinds and how much of a day's share is taken."""
        body = self.body
        assert body is not None
        rows = body.layout()
        assert rows is not None
        had = next((kind for kind, box in self.boxes.items() if box.hasFocus()), "")
        clear_rows(body)
        self.boxes.clear()
        rows.addWidget(label(SAYS if found.kinds else NONE, "dim", wrap=True))
        for kind in found.kinds:
            box = self.boxes[kind] = QCheckBox(shown(kind))
            box.setAccessibleName(f"I do not work with {kind}")
            box.setChecked(kind in found.declined)
            box.clicked.connect(lambda _on: self.declined.emit(self._ticked()))
            rows.addWidget(box)
        if found.sentence:
            rows.addWidget(label(found.sentence, "small", wrap=True))
        if had in self.boxes:
            self.boxes[had].setFocus()

    def _ticked(self) -> frozenset[str]:
        return frozenset(kind for kind, box in self.boxes.items() if box.isChecked())
