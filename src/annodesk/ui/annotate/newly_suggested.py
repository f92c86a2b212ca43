"""Brings the suggestions to the open task when the model labelled it meanwhile and nothing has been done there yet."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from annodesk.services.changes import Changes, Kind

if TYPE_CHECKING:
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context


class NewlySuggested(QObject):
    """Opens the task anew, at once where it is in sight, else when somebody comes back to it.

    Where work was begun without suggestions none come into it: they are there when the task is opened again.
    """

    def __init__(self, view: TaskView, context: Context, reopen: Callable[[str], object]) -> None:
        super().__init__(view)
        self._view, self._reopen = view, reopen
        self._is_due = False
        context.bus.changed.connect(self._on_changed)

    def look(self) -> None:
        """Open the task anew where that is due."""
        work = self._view.work
        if not self._is_due or work is None:
            return
        self._is_due = False
        is_untouched = self._view.can_change and len(self._view.annotations) == 0
        if is_untouched and work.suggestions is None and not self._view.awaits_reveal:
            self._reopen(work.task.id)

    def _on_changed(self, changes: Changes) -> None:
        work = self._view.work
        if Kind.PRELABELS in changes and work is not None:
            self._is_due = self._is_due or not changes.items or work.item.id in changes.items
            if self._view.isVisible():
                self.look()
