"""The key overlay (F1 or ?): the live keys of the window and the shown workspace, by group."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.parts import key_cap, label
from annodesk.ui.plain import set_tip

Entry = tuple[Action, list[str]]


def grouped(key_maps: Sequence[KeyMap]) -> dict[str, list[Entry]]:
    """Actions that have a key, with the keys they really have in portable form, by group in the order of binding."""
    groups: dict[str, list[Entry]] = {}
    for keys in key_maps:
        for action in keys.actions():
            live = keys.chords_of(action.id)
            if live and not action.is_hidden:
                groups.setdefault(action.group or keys.name or "General", []).append((action, live))
    return groups


ONE_LINE_OF_KEYS = 15
"""Letters of two chords that stand side by side."""


class KeyOverlay(QWidget):
    """Covers the window until a key is pressed or the ground is clicked."""

    closed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Keys")
        self._card = QFrame()
        self._card.setProperty("role", "card")
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inner = QVBoxLayout(self._card)
        inner.setContentsMargins(20, 16, 20, 16)
        head = QHBoxLayout()
        head.addWidget(label("Keys", "title"))
        head.addStretch()
        head.addWidget(key_cap("window.change_keys"))
        head.addWidget(label("change keys", "dim"))
        head.addWidget(key_cap("Esc"))
        head.addWidget(label("back to work", "dim"))
        inner.addLayout(head)
        inner.addWidget(self._area)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(48, 48, 48, 48)
        outer.addWidget(self._card)
        self.hide()

    def open(self, key_maps: Sequence[KeyMap]) -> None:
        """Show the keys of some key maps."""
        self._area.setWidget(self._columns(grouped(key_maps)))
        self.place()
        self.show()
        self.raise_()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def place(self) -> None:
        """Cover the window."""
        self.setGeometry(self.parentWidget().rect())

    def close_overlay(self) -> None:
        """Go away."""
        if self.isVisible():
            self.hide()
            self.closed.emit()

    def shown_titles(self) -> list[str]:
        """The titles of the actions shown now."""
        return [str(w.property("action_title")) for w in self.findChildren(QWidget) if w.property("action_title")]

    def keyPressEvent(self, event: QKeyEvent) -> None:
        scroll = {Qt.Key.Key_Down: 1, Qt.Key.Key_Up: -1, Qt.Key.Key_PageDown: 6, Qt.Key.Key_PageUp: -6}
        if Qt.Key(event.key()) in scroll:
            bar = self._area.verticalScrollBar()
            bar.setValue(bar.value() + scroll[Qt.Key(event.key())] * theme.px(40))
        elif not event.isAutoRepeat():
            self.close_overlay()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if not self._card.geometry().contains(event.position().toPoint()):
            self.close_overlay()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        ground = QColor(theme.current().background)
        ground.setAlpha(200)
        painter.fillRect(event.rect(), ground)
        painter.end()

    def _columns(self, groups: dict[str, list[Entry]]) -> QWidget:
        host = QWidget()
        host.setProperty("role", "scrolled")
        columns = QHBoxLayout(host)
        columns.setSpacing(32)
        count = max(1, min(3, self.parentWidget().width() // theme.px(380)))
        heights = [0] * count
        stacks = [QVBoxLayout() for _ in range(count)]
        for name, entries in groups.items():
            place = heights.index(min(heights))
            heights[place] += len(entries) + 2
            grid = QGridLayout()
            grid.setHorizontalSpacing(12)
            grid.setVerticalSpacing(4)
            grid.setColumnStretch(1, 1)
            grid.addWidget(label(name, "head"), 0, 0, 1, 2)
            for number, (action, live) in enumerate(entries, start=1):
                is_long = sum(len(key) for key in live[:2]) > ONE_LINE_OF_KEYS
                caps = QVBoxLayout() if is_long else QHBoxLayout()  # long ones side by side leave the words no room
                caps.setSpacing(4)
                for key in live[:2]:
                    caps.addWidget(key_cap(key), 0, Qt.AlignmentFlag.AlignLeft)
                caps.addStretch()
                title = label(action.title, wrap=True)
                title.setProperty("action_title", action.title)
                set_tip(title, action.help)
                title.setMinimumWidth(theme.px(110))
                grid.addLayout(caps, number, 0)
                grid.addWidget(title, number, 1)
            stacks[place].addLayout(grid)
            stacks[place].addSpacing(12)
        for stack in stacks:
            stack.addStretch()
            columns.addLayout(stack, 1)
        return host
