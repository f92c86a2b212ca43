"""A dialog that starts something long: while it runs, the way out stops it, and what came of it is seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QProgressBar, QVBoxLayout, QWidget

from annodesk.progress import CancelToken
from annodesk.ui.parts import label, restyle

if TYPE_CHECKING:
    from PySide6.QtGui import QCloseEvent

STEPS = 1000
"""Of the bar from nothing to all."""


class BusyDialog(QDialog):
    """Closed only where nothing is on its way; ``is_busy`` while something is."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.is_busy = False
        self._cancel = CancelToken()
        self.progress = QProgressBar()
        self.progress.setRange(0, STEPS)
        self.progress.setTextVisible(False)
        self.progress.setAccessibleName("How far it is")
        self.sentence, self.hint = label("", "dim", wrap=True), label("", "dim", wrap=True)

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

    def _add_said(self, column: QVBoxLayout) -> None:
        """Put in how far it is and what there is to say, both unseen until there is something."""
        for part in (self.progress, self.sentence, self.hint):
            column.addWidget(part)
        self.progress.hide()
        self.hint.hide()

    def _say(self, sentence: str, hint: str = "", *, role: str = "dim") -> None:
        restyle(self.sentence, role)
        self.sentence.setText(sentence)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))
        self.setAccessibleDescription(f"{sentence} {hint}".strip())

    def _set_busy(self, is_busy: bool) -> None:
        self.is_busy = is_busy
        self.progress.setVisible(is_busy)
        self.progress.setValue(0)
