"""A dialog that starts something long: while it runs, the way out stops it, and what came of it is seen."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QDialog, QWidget

from annodesk.progress import CancelToken


class BusyDialog(QDialog):
    """Closed only where nothing is on its way; ``is_busy`` while something is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.is_busy = False
        self._cancel = CancelToken()

    def stop(self) -> None:
        """End it; what is whole by then stays."""
        self._cancel.cancel()

    def leave(self) -> None:
        """Stop what is on its way, else close."""
        if self.is_busy:
            self.stop()
        else:
            self.reject()

    def reject(self) -> None:
        """Not while something is on its way: whoever stops it sees what came of it."""
        if not self.is_busy:
            super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.is_busy:
            self.stop()
            event.ignore()
        else:
            super().closeEvent(event)
