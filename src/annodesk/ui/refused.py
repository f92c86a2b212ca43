"""What opens where a text was to be written and cannot be: it says why, and takes the letters that follow."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence
from PySide6.QtWidgets import QFrame, QLineEdit, QVBoxLayout, QWidget

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.keys import keyboard
from annodesk.ui.parts import label, restyle
from annodesk.ui.plain import shown

_WIDTH_PX = 360
_CLOSING = (Qt.Key.Key_Escape, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TYPING = (Qt.Key.Key_Backspace, Qt.Key.Key_Delete, Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Home, Qt.Key.Key_End)
_EDITING = (
    QKeySequence.StandardKey.Undo,
    QKeySequence.StandardKey.Redo,
    QKeySequence.StandardKey.Cut,
    QKeySequence.StandardKey.Copy,
    QKeySequence.StandardKey.Paste,
    QKeySequence.StandardKey.SelectAll,
)
"""What belongs to writing though it has no letter."""


class RefusedEntry(QFrame):
    """A person who writes without looking labels nothing: letters end here, and any other key goes on with the work.

    left()   it is closed

    Parameters
    ----------
    over : what it stands over while that is shown, else over its parent
    """

    left = Signal()

    def __init__(self, parent: QWidget, over: QWidget) -> None:
        super().__init__(parent)
        self._over = over
        self.setProperty("role", "card")
        self.field = QLineEdit(self)
        self.field.setMaxLength(0)
        self.field.setFrame(False)
        self.field.setGeometry(-9, -9, 1, 1)  # it has the focus, and nothing to show
        self.field.installEventFilter(self)
        self.field.inputRejected.connect(self._on_typed)
        self.says = label("", "strong", wrap=True)
        self.hint = label("", "small", wrap=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 10, 12, 10)
        column.addWidget(self.says)
        column.addWidget(self.hint)
        parent.installEventFilter(self)
        theme.notifier().theme_changed.connect(self._place)
        self.hide()

    def say(self, reason: str) -> None:
        """Open with a reason."""
        self.says.setText(shown(reason))
        self.hint.setText(f"{shown_key('Esc')}, or any key that does not write, goes on.")
        restyle(self.hint, "small")
        self.field.setAccessibleName(self.says.text())
        self._place()
        self.show()
        self.raise_()
        self.field.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is not self.field:
            if event.type() == QEvent.Type.Resize:
                self._place()
            return False
        if event.type() == QEvent.Type.FocusOut and self.isVisible():
            self.hide()
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and event.key() in _CLOSING:
            event.accept()
            return True
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.ShortcutOverride and not _writes(event):
            self._close()  # the keys of the timeline are live again before this one is looked up
            return False
        if isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress and event.key() in _CLOSING:
            if not event.isAutoRepeat():
                self._close()
            return True
        return super().eventFilter(watched, event)

    def _close(self) -> None:
        self.hide()
        self.left.emit()

    def _on_typed(self) -> None:
        restyle(self.hint, "bad")
        self.hint.setText(f"What is written now goes nowhere. {shown_key('Esc')} goes on.")
        self._place()

    def _place(self) -> None:
        if not self.says.text():
            return
        parent = self.parentWidget()
        over = self._over if self._over.isVisibleTo(parent) else parent
        self.setFixedWidth(max(theme.px(120), min(theme.px(_WIDTH_PX), over.width() - theme.px(16))))
        self.setFixedHeight(self.layout().totalHeightForWidth(self.width()))
        corner = over.mapTo(parent, QPoint(max(0, (over.width() - self.width()) // 2), theme.px(24)))
        self.move(min(corner.x(), parent.width() - self.width()), min(corner.y(), parent.height() - self.height()))


def _writes(event: QKeyEvent) -> bool:
    """Whether a key could be meant for a text, or is only held for another."""
    held = event.modifiers()
    is_command = bool(held & Qt.KeyboardModifier.ControlModifier) and not held & Qt.KeyboardModifier.AltModifier
    has_letter = bool(event.text()) and event.text().isprintable() and not is_command  # AltGr is Ctrl and Alt to some
    is_held = event.key() in keyboard.NO_KEYS
    return has_letter or is_held or event.key() in _TYPING or any(event.matches(one) for one in _EDITING)
