"""Waits for recordings that were not there when their task was opened, as on a drive that is not connected yet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer
from PySide6.QtWidgets import QApplication

from annodesk.ui.actions import is_text_field

if TYPE_CHECKING:
    from annodesk.services.tasks import TaskWork
    from annodesk.ui.annotate.taskview import TaskView
    from annodesk.ui.bus import Context

LOOK_EVERY_MS = 2000


class MissingMedia(QObject):
    """Looks now and then while the open task lacks a recording; once it is there, ``come_back`` opens the task anew.

    Nobody is disturbed who writes or draws just then: the next look comes soon.
    """

    def __init__(self, view: TaskView, context: Context, come_back: Callable[[str], None]) -> None:
        super().__init__(view)
        self._view, self._context, self._come_back = view, context, come_back
        self._is_asking = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        view.opened.connect(self._on_opened)
        view.closing.connect(self._timer.stop)

    @property
    def is_waiting(self) -> bool:
        """Whether something is missing."""
        return self._timer.isActive()

    def _on_opened(self) -> None:
        work = self._view.work
        if work is not None and _lacking(work):
            self._timer.start()
        else:
            self._timer.stop()

    def look(self) -> None:
        """Look whether a recording is there now, unless an answer is still awaited."""
        work = self._view.work
        if work is None or self._is_asking:
            return
        self._is_asking, task_id = True, work.task.id
        self._context.jobs.background(
            self._context.services.tasks.media_of,
            work.item,
            on_done=lambda found: self._on_found(found, task_id),
            on_error=self._on_error,
            what="look for the recordings",
        )

    def _on_found(self, found: dict[str, tuple[Path | None, str]], task_id: str) -> None:
        self._is_asking = False
        work = self._view.work
        is_busy = is_text_field(QApplication.focusWidget()) or bool(self._view.timeline.state.preview)
        if work is None or work.task.id != task_id or is_busy:
            return
        if any(found.get(asset_id, (None, ""))[0] is not None for asset_id in _lacking(work)):
            self._timer.stop()
            self._come_back(task_id)

    def _on_error(self, _error: Exception) -> None:
        self._is_asking = False


def _lacking(work: TaskWork) -> set[str]:
    """Which of the item's recordings and texts were not there when the task was opened."""
    lacking = {one.asset_id for one in (*work.sounds, *work.videos) if one.path is None}
    if work.media_problem and work.item.timeline_asset is not None:
        lacking.add(work.item.timeline_asset.id)
    if work.text is not None and work.text.is_missing and work.item.text_asset is not None:
        lacking.add(work.item.text_asset.id)
    return lacking
