"""Notices when the recording that is shown has grown, was replaced, is gone, or is back."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from PySide6.QtCore import QObject, QTimer, Signal

from annodesk.media.files import Status, file_status

LOOK_EVERY_MS, LISTEN_EVERY_MS = 2000, 20
# A file that has changed is read again when it has stayed the same for one look; one that keeps growing after so many,
# then after twice as many, and so on: to read it all again and again would hold up its copying.
_FIRST_LOOKS = 5


class MediaWatch(QObject):
    """Looks at one file now and then, in a thread of its own: a drive that hangs holds up nothing else.

    changed()    it has been written to, or another file has its name, and has stayed so for a moment
    vanished()   it is no longer there
    returned()   it is there again, as it was
    """

    changed = Signal()
    vanished = Signal()
    returned = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._path: Path | None = None
        self._known: Status | None = None
        self._last: Status | None = None
        self._looks_since_change, self._patience = 0, _FIRST_LOOKS
        self._is_asking = self.is_gone = False
        self._answers: list[Status | None] = []
        self._asked_s = 0.0
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_EVERY_MS)
        self._timer.timeout.connect(self.look)
        self._ear = QTimer(self)
        self._ear.setInterval(LISTEN_EVERY_MS)
        self._ear.timeout.connect(self._listen)

    def watch(self, path: Path | None, known: Status | None = None) -> None:
        """Look at another file, which was so when it was opened, or at none."""
        if path != self._path:
            self._patience, self._is_asking = _FIRST_LOOKS, False
            self._answers = []
        self._path, self._known, self._last = path, known, known
        self._looks_since_change, self.is_gone = 0, False
        if path is None:
            self._timer.stop()
            self._ear.stop()
        else:
            self._timer.start()

    def look(self) -> None:
        """Ask the disk how the file is now, unless it has not answered yet."""
        path = self._path
        if path is None or self._is_asking:
            return
        self._is_asking, self._asked_s = True, time.monotonic()
        # The thread knows nothing of Qt: it may answer long after the window has gone.
        answers = self._answers = []
        threading.Thread(target=lambda: answers.append(file_status(path)), name="annodesk-watch", daemon=True).start()
        self._ear.start()

    @property
    def waiting_s(self) -> float:
        """How long the drive has not answered."""
        return time.monotonic() - self._asked_s if self._is_asking else 0.0

    def _listen(self) -> None:
        if self._answers:
            self._is_asking = False
            self._ear.stop()
            self._tell(self._answers[0])

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
