"""The text of the ruling's segment, on one line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit

if TYPE_CHECKING:
    from annodesk.model.schema import Tier

LONGEST_LINE = 10_000
"""Characters that can be edited on one line; Qt cuts one silently at 32,767."""


class RulingText(QLineEdit):
    """Gives what was written once the field is left; a text too long for one line, or of several, is only shown."""

    given = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self._shown = ""
        self.setAccessibleName("The segment's text")
        self.setPlaceholderText("Text of the segment")
        self.editingFinished.connect(self._give)

    def show_text(self, tier: Tier, text: str | None, *, can_change: bool) -> None:
        """Show a segment's text; None where no single segment is selected."""
        self.setVisible(tier.free_text)
        can_hold = text is not None and len(text) <= LONGEST_LINE and "\n" not in text  # what is cut must not be stored
        self.setEnabled(can_change and can_hold)
        if not self.hasFocus():
            self._shown = (text or "")[:LONGEST_LINE].replace("\n", " ")
            self.setText(self._shown)

    def _give(self) -> None:
        if self.isEnabled() and self.text() != self._shown:
            self._shown = self.text()
            self.given.emit(self._shown)
