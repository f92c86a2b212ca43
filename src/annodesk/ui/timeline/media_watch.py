"""Notices when the recording that is shown has grown, was replaced, is gone, or is back."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from annodesk.media.peaks import Status, file_status

if TYPE_CHECKING:
    from annodesk.ui.jobs import Jobs

LOOK_EVERY_MS = 2000
# A file that has changed is read again when it has stayed the same for one look; one that keeps growing after so many,
# then after twice as many, and so on: to read it all again and again would hold up its copying.
_FIRST_LOOKS = 5


class MediaWatch(QObject):
    """Looks at one file now and then, never on the UI thread: a drive that hangs may take its time to answer."""

    changed = Signal()
    vanished = Signal()
    returned = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        self._path: Path | None = None
        self._known: Status | None = None
        self._last: Status | None = None
        self._looks_since_change, self._patience = 0, _FIRST_LOOKS
        self._is_asking = self.is_gone = False
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)

    def watch(self, path: Path | None, known: Status | None = None) -> None:
        """Look at another file, which was so when it was opened, or at none."""
        if path != self._path:
            self._patience = _FIRST_LOOKS
        self._path, self._known, self._last = path, known, known
        self._looks_since_change, self.is_gone = 0, False
        if path is None:
            self._timer.stop()
        else:
            self._timer.start()

    def look(self) -> None:
        """Ask the disk how the file is now, unless it has not answered yet."""
        path = self._path
        if path is None or self._is_asking:
            return
        self._is_asking = True

        def seen(status: Status | None) -> None:
            self._is_asking = False
            if path == self._path:
                self._tell(status)

        def failed(error: Exception) -> None:
            self._is_asking = False

        self._jobs.compute(file_status, path, on_done=seen, on_error=failed, what="look at the recording")

    def _tell(self, status: Status | None) -> None:
        before, self._last = self._last, status
        if status is None:
            if not self.is_gone:
                self.is_gone = True
                self.vanished.emit()
            return
        if self.is_gone:
            self.is_gone = False
            if status == self._known:
                self.returned.emit()
                return
        if status == self._known:
            return
        self._looks_since_change += 1
        if status != before and self._looks_since_change < self._patience:
            return
        self._patience = _FIRST_LOOKS if status == before else 2 * self._patience
        self._known, self._looks_since_change = status, 0
        self.changed.emit()
