"""The keys: the fashion of another program where somebody has it in their hands, shown as this keyboard writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QHBoxLayout

from annodesk.errors import AnnodeskError
from annodesk.ui import theme
from annodesk.ui.actions import effective_keys, shown_key
from annodesk.ui.first.page import Page
from annodesk.ui.keys import bindings, catalogue, keyboard
from annodesk.ui.keys.layouts import LAYOUTS
from annodesk.ui.keys.presets import TITLES
from annodesk.ui.keys.settings_window import SteadyBox
from annodesk.ui.parts import key_cap, label, restyle

if TYPE_CHECKING:
    from PySide6.QtGui import QKeyEvent

SHOWN = (
    *("annotate.play", "annotate.draw", "annotate.boundary", "annotate.start_here", "annotate.end_here"),
    *("annotate.next", "annotate.take", "annotate.reject", "annotate.delete", "annotate.undo"),
    *("annotate.submit", "window.palette", "window.keys", "window.change_keys"),
)
"""What is needed every minute."""
_WAYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Tab, Qt.Key.Key_Backtab, Qt.Key.Key_Escape)


class KeysPage(Page):
    """What is chosen is in force at once and kept for this person; a key that is pressed tells what it does."""

    def __init__(self) -> None:
        super().__init__(
            "Which keys are in your hands?",
            "Choose the program you come from; labels always have the keys that stand beside them. "
            "Press any key to see what it does. All keys can be changed later.",
        )
        self.preset, self.board = SteadyBox(), SteadyBox()
        for name, title in TITLES.items():
            self.preset.addItem(title, name)
        self.board.addItem("", "")
        for layout in LAYOUTS:
            self.board.addItem(layout.title, layout.name)
        boxes = QHBoxLayout()
        boxes.setSpacing(theme.SPACE * 2)
        for words, box in (("Keys as in", self.preset), ("Letters", self.board)):
            box.setAccessibleName(words)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.setMinimumContentsLength(8)
            box.currentIndexChanged.connect(self._on_boxes)
            boxes.addWidget(label(words, "dim"))
            boxes.addWidget(box, 1)
        self.body.addLayout(boxes)
        self.rows = {action_id: label(catalogue.title_of(action_id)) for action_id in SHOWN}
        card = QFrame()
        card.setProperty("role", "card")
        grid = QGridLayout(card)
        grid.setHorizontalSpacing(theme.SPACE * 3)
        half = (len(SHOWN) + 1) // 2
        for place, (action_id, words) in enumerate(self.rows.items()):
            column = 2 * (place // half)
            grid.addWidget(key_cap(action_id), place % half, column, Qt.AlignmentFlag.AlignRight)
            grid.addWidget(words, place % half, column + 1)
            grid.setColumnStretch(column + 1, 1)
        self.body.addWidget(card)
        self.order(self.preset, self.board)
        bindings.current().changed.connect(self._show)
        self._show()

    def begin(self) -> None:
        self._show()
        self.say("")

    def take_focus(self) -> None:
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def try_chord(self, chord: str) -> bool:
        """Tell what a key does; False where it does nothing."""
        found = [one for one in catalogue.every_action().values() if chord in effective_keys(one)]
        found.sort(key=lambda one: (one.id not in self.rows, bindings.scope_of(one.id) != "annotate"))
        if not found:
            return False
        for action_id, words in self.rows.items():
            restyle(words, "said" if action_id == found[0].id else "")
        self.say(f"{shown_key(chord)}: {found[0].title}. {found[0].help}".strip(), "ok")
        return True

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Any key is tried; those that lead on alone do what they do elsewhere."""
        if event.key() in _WAYS or event.isAutoRepeat() or not self.try_chord(keyboard.chord_of(event)):
            super().keyPressEvent(event)

    def _on_boxes(self) -> None:
        now = bindings.current().choice
        changed = replace(now, preset=str(self.preset.currentData()), board=str(self.board.currentData()))
        if changed == now:
            return
        try:
            bindings.current().save(changed)
        except AnnodeskError as error:
            self.say(str(error), "bad")

    def _show(self) -> None:
        now = bindings.current().choice
        found = keyboard.current().layout.title
        self.board.setItemText(0, f"as the keys type ({found})" if not now.board else "as the keys type")
        for box, value in ((self.preset, now.preset), (self.board, now.board)):
            box.blockSignals(True)
            box.setCurrentIndex(max(0, box.findData(value)))
            box.blockSignals(False)
