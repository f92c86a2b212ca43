"""The command palette: every action of the window and the shown workspace, found by typing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QFont, QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.parts import key_cap, label

if TYPE_CHECKING:
    from annodesk.ui.actions import Action, KeyMap

WIDTH, ROWS = 560, 11


def rank(query: str, action: Action) -> int | None:
    """How well an action fits what was typed: smaller is better, None does not fit.

    All words must occur; a title that begins with the words comes before one that only holds their letters.
    """
    title = f"{action.title} {action.group}".lower()
    words = query.lower().split()
    if not words:
        return 0
    if all(word in title for word in words):
        starts = sum(not any(part.startswith(word) for part in title.split()) for word in words)
        return starts * 10 + title.find(words[0])
    rest = iter(title)
    return 1000 if all(letter in rest for letter in "".join(words)) else None


class Palette(QFrame):
    """Opens over the window; Return does the chosen action, Escape gives the focus back."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setProperty("role", "card")
        self.setAccessibleName("Command palette")
        self.field = QLineEdit()
        self.field.setPlaceholderText("What do you want to do?")
        self.field.setAccessibleName("Find an action")
        self.list = QListWidget()
        self.list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.list.setAccessibleName("Actions found")
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 8, 8, 8)
        rows.addWidget(self.field)
        rows.addWidget(self.list)
        self._choices: list[tuple[KeyMap, Action]] = []
        self.field.textChanged.connect(self._filter)
        self.field.installEventFilter(self)
        self.list.itemClicked.connect(lambda _item: self._accept())
        self.hide()

    def open(self, key_maps: Sequence[KeyMap]) -> None:
        """Show all actions of some key maps that can be done now."""
        self._choices = [
            (keys, action)
            for keys in key_maps
            for action in keys.actions()
            if not action.is_hidden and keys.is_enabled(action.id)
        ]
        self.field.clear()
        self._filter("")
        self.place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Stand in the upper middle of the window, whatever its size."""
        window = self.parentWidget()
        width = min(theme.px(WIDTH), window.width() - 32)
        height = min(theme.px(34) * ROWS, window.height() - 80)
        self.setGeometry((window.width() - width) // 2, min(64, window.height() // 8), width, height)

    def close_palette(self) -> None:
        """Go away without doing anything."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self.field and isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
            step = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 8, Qt.Key.Key_PageUp: -8}
            key = Qt.Key(event.key())
            if key in step:
                row = self.list.currentRow() + step[key]
                self.list.setCurrentRow(max(0, min(self.list.count() - 1, row)))
                return True
            if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._accept()
                return True
            if key is Qt.Key.Key_Escape:
                self.close_palette()
                return True
        if watched is self.field and event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.close_palette()
        return super().eventFilter(watched, event)

    def _filter(self, query: str) -> None:
        self.list.clear()
        found = [(rank(query, action), place) for place, (_, action) in enumerate(self._choices)]
        for _, place in sorted((score, place) for score, place in found if score is not None):
            keys, action = self._choices[place]
            item = QListWidgetItem()
            item.setData(Qt.ItemDataRole.UserRole, place)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, action.title)
            row = _Row(action, keys.first_key(action.id))
            item.setSizeHint(row.sizeHint())
            self.list.addItem(item)
            self.list.setItemWidget(item, row)
        self.list.setCurrentRow(0 if self.list.count() else -1)

    def _accept(self) -> None:
        item = self.list.currentItem()
        self.close_palette()
        if item is not None:
            keys, action = self._choices[item.data(Qt.ItemDataRole.UserRole)]
            keys.trigger(action.id)


class _Row(QWidget):
    def __init__(self, action: Action, key: str) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(8, 4, 8, 4)
        title = label(action.title)
        title.setFont(QFont(theme.font()))
        row.addWidget(title)
        row.addWidget(label(action.group, "faint"))
        row.addStretch()
        if key:
            row.addWidget(key_cap(key))
