"""The steps around practising: where the recordings are, and the way to the first task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt

from annodesk.ui import theme
from annodesk.ui.actions import shown_key
from annodesk.ui.first.page import Page
from annodesk.ui.media_folder import ask_folder, words
from annodesk.ui.parts import button

if TYPE_CHECKING:
    from annodesk.services.folders import Looked
    from annodesk.ui.bus import Context


class FolderPage(Page):
    """Shown where a recording of this person's tasks is not found on this computer."""

    def __init__(self, context: Context) -> None:
        super().__init__(
            "Where are the recordings?",
            "Your team's recordings are not where this computer looks for them. Choose the folder that they are in: "
            "on a drive, or on the network. Whoever invited you knows it.",
        )
        self._context = context
        self.choose = button("Choose the folder …", icon=theme.icon("folder-open-outline"))
        self.choose.clicked.connect(self._ask)
        self.body.addWidget(self.choose, 0, Qt.AlignmentFlag.AlignLeft)
        self.order(self.choose)

    def take_focus(self) -> None:
        self.choose.setFocus(Qt.FocusReason.OtherFocusReason)

    def show_looked(self, looked: Looked) -> None:
        """Tell what was found."""
        found_all = looked.found == looked.files
        self.say(" ".join(words(looked)).strip(), "ok" if found_all else "warn")
        if found_all:
            self.go_on.setFocus(Qt.FocusReason.OtherFocusReason)

    def _ask(self) -> None:
        ask_folder(self._context, self.window(), self.show_looked)


class EndPage(Page):
    """The last one: the way to the first task, and back here."""

    def __init__(self) -> None:
        super().__init__("You are ready.", "", go_on="Open your first task")

    def show_work(self, words: str) -> None:
        """Say where it goes on."""
        self.go_on.setText(words)
        self.go_on.setAccessibleName(words)

    def begin(self) -> None:
        self.words.setText(
            f"{shown_key('window.keys')} shows the keys that work where you are, {shown_key('window.palette')} finds "
            "everything by name, also these first steps. What you do is saved as it happens, with or without a network."
        )
