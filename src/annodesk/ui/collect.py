"""Collects cyclic garbage in the window's thread alone: a Qt object has to be destroyed in the thread it lives in.

Python collects in whichever thread happens to allocate, be it a decoder's; a closed window that is part of a cycle
would be torn down there, beside the event loop that still delivers to it.
"""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QObject, QTimer

LOOK_MS = 250
FULL_EVERY_S = 60.0
"""A full collection walks all that is loaded, so it is not made more often than this."""


class Collector(QObject):
    """Looks now and then whether a collection is due, and makes it where the object lives."""

    def __init__(self, parent: QObject | None = None, *, full_every_s: float = FULL_EVERY_S) -> None:
        super().__init__(parent)
        self._full_every_s = full_every_s
        self._full_s = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)

    def start(self) -> None:
        """Collect here from now on, and nowhere else; what is loaded by now stays and is not walked again."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due by Python's own thresholds."""
        due = [count > limit > 0 for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if due[2] and time.monotonic() - self._full_s >= self._full_every_s:
            gc.collect()
            self._full_s = time.monotonic()
        elif due[1] or due[2]:
            gc.collect(1)
        elif due[0]:
            gc.collect(0)
