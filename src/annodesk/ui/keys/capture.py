"""The foot of the key window: the chosen action, its keys, the new key being pressed, and who would lose it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import Action, shown_key
from annodesk.ui.keys import chords, keyboard
from annodesk.ui.parts import button, key_cap, label

if TYPE_CHECKING:
    from annodesk.ui.keys.remap import Wish


class KeyCatcher(QFrame):
    """Takes the next key pressed, whatever it is; Escape leaves.

    caught(str)    the chord
    left()         the person wants no other key
    """

    caught = Signal(str)
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setProperty("role", "raised")
        self.words = label("", "strong", wrap=True)
        row = QHBoxLayout(self)
        row.addWidget(self.words)
        self.hide()

    def ask(self, title: str) -> None:
        """Wait for a key."""
        self.words.setText(f"Press the new key for “{title}”. Esc leaves it as it is.")
        self.setAccessibleName(self.words.text())
        self.show()
        self.setFocus(Qt.FocusReason.OtherFocusReason)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            self._take(event)  # also Tab, which Qt would use to move on
            return True
        return super().event(event)

    def focusOutEvent(self, event: QEvent) -> None:
        if self.isVisible():
            self.hide()
            self.left.emit()

    def _take(self, event: QKeyEvent) -> None:
        event.accept()
        if event.isAutoRepeat() or (event.key() in keyboard.NO_KEYS and not keyboard.current().chords_of(event)):
            return
        chord = keyboard.chord_of(event).replace("Backtab", "Tab")
        if chord == chords.WAY_OUT:
            self.hide()
            self.left.emit()
        elif chord := chords.parse(chord):
            self.hide()
            self.caught.emit(chord)
        else:
            self.words.setText("This key cannot be bound. Press another, or Esc.")


class ChosenAction(QFrame):
    """Shows one action and changes its keys.

    wanted(str)              a key was pressed for it
    granted(object, bool)    a Wish is to be fulfilled, by a swap where that is true
    dropped(str)             one of its keys is to go
    reset_asked()            it is to have the preset's keys again
    left()                   the keys go back to the list
    """

    wanted = Signal(str)
    granted = Signal(object, bool)
    dropped = Signal(str)
    reset_asked = Signal()
    left = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.action: Action | None = None
        self._wish: Wish | None = None
        self.title, self.help = label("", "strong", wrap=True), label("", "dim", wrap=True)
        self.note = label("", "warn", wrap=True)
        self.press = button("Press a new key …", role="primary", tip="Return")
        self.press.clicked.connect(self.ask)
        self.reset = button("Reset")
        self.reset.clicked.connect(self.reset_asked)
        self.catcher = KeyCatcher()
        self.catcher.caught.connect(self.wanted)
        self.catcher.left.connect(self._leave)
        self.take, self.swap, self.leave = button("", role="primary"), button(""), button("Leave it")
        self.take.clicked.connect(lambda: self._grant(False))
        self.swap.clicked.connect(lambda: self._grant(True))
        self.leave.clicked.connect(self._leave)
        self._caps = QWidget()
        self._cap_row = QHBoxLayout(self._caps)
        self._cap_row.setContentsMargins(0, 0, 0, 0)
        self._build()

    def show_action(self, action: Action | None, keys: tuple[str, ...], *, is_own: bool) -> None:
        """Show an action with the keys it has now."""
        self.action, self._wish = action, None
        self.title.setText(action.title if action is not None else "Choose an action")
        self.help.setText(action.help if action is not None else "")
        self.help.setVisible(bool(self.help.text()))
        self._show_caps(keys)
        self._say("")
        self.press.setEnabled(action is not None)
        self.reset.setEnabled(is_own)
        for one in (self.press, self.reset):
            one.show()
        for one in (self.take, self.swap, self.leave):
            one.hide()

    def ask(self) -> None:
        """Wait for the new key."""
        if self.action is not None and self.press.isEnabled():
            self._say("")
            self.catcher.ask(self.action.title)

    def offer(self, wish: Wish, problems: list[str]) -> None:
        """Ask whether a key may be taken from those who have it."""
        self._wish = wish
        self._say(" ".join(problems))
        words = f"Take {shown_key(wish.chord)}"
        self.take.setText(words)
        self.swap.setText(f"Swap: {wish.losers[0].title} gets {shown_key(wish.gives)}" if wish.losers else "")
        self.swap.setVisible(bool(wish.losers and wish.gives))
        for one in (self.press, self.reset):
            one.hide()
        for one in (self.take, self.leave):
            one.show()
        (self.swap if self.swap.isVisible() else self.take).setFocus(Qt.FocusReason.OtherFocusReason)

    def sentence(self) -> str:
        """What is told about the key pressed last."""
        return self.note.text()

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        self.setAccessibleDescription(sentence)

    def say(self, sentence: str) -> None:
        """Tell something about the key just given."""
        self._say(sentence)

    def _grant(self, is_swap: bool) -> None:
        if self._wish is not None:
            self.granted.emit(self._wish, is_swap)

    def _leave(self) -> None:
        self.left.emit()

    def _show_caps(self, keys: tuple[str, ...]) -> None:
        while self._cap_row.count():
            item = self._cap_row.takeAt(0)
            if (old := item.widget()) is not None:
                old.hide()
                old.deleteLater()
        shown = [key for key in keys if "Backtab" not in key]
        for key in shown:
            self._cap_row.addWidget(key_cap(key))
            if key != chords.WAY_OUT:
                self._cap_row.addWidget(self._cross(key))
        if not shown:
            self._cap_row.addWidget(label("no key", "faint"))
        self._cap_row.addStretch()

    def _cross(self, key: str) -> QPushButton:
        made = button("", role="flat", icon=theme.icon("close"), tip=f"Take {shown_key(key)} away")
        made.setFixedSize(theme.px(24), theme.px(22))
        made.clicked.connect(lambda: self.dropped.emit(key))
        return made

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(theme.px(12), theme.px(8), theme.px(12), theme.px(8))
        column.setSpacing(theme.SPACE)
        for part in (self.title, self.help, self._caps, self.note, self.catcher):
            column.addWidget(part)
        row = QHBoxLayout()
        for one in (self.press, self.reset, self.take, self.swap, self.leave):
            row.addWidget(one)
        row.addStretch()
        column.addLayout(row)
