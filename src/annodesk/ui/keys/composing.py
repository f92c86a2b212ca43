"""Leaves keys to a half-composed word: while an input method is at work no shortcut takes a key from it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QApplication, QWidget


class Composing(QObject):
    """Watches the widget with the focus, wherever in the program it is."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.is_composing = False
        self._watched: QWidget | None = None
        app = QApplication.instance()
        if isinstance(app, QApplication):
            app.focusChanged.connect(self._on_focus)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            self.is_composing = bool(event.preeditString())
        elif isinstance(event, QKeyEvent) and self.is_composing:
            if event.type() == QEvent.Type.ShortcutOverride:
                event.accept()  # the key is the input method's
                return True
            return event.type() == QEvent.Type.KeyPress and not event.text().isprintable()  # Return, Escape, Tab
        return False

    def _on_focus(self, old: QWidget | None, new: QWidget | None) -> None:
        self.is_composing = False
        if old is not None:
            old.removeEventFilter(self)
        if new is not None and new.testAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled):
            new.installEventFilter(self)
