"""Collects cyclic garbage in the window's thread alone: a Qt object has to be destroyed in the thread it lives in.

Python collects in whichever thread happens to allocate, be it a decoder's; a closed window that is part of a cycle
would be torn down there, beside the event loop that still delivers to it.
"""

from __future__ import annotations

import gc
import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt, QTimer

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

LOOK_MS = 250
FULL_EVERY_S = 60.0
MASSES = 8_000
"""So many new objects, at once or after a few looks, were read from a file and stay: they are put aside and not walked,
which takes a millisecond for each two thousand of them.
"""


class Collector(QObject):
    """Looks now and then whether a collection is due, and makes it where the object lives.

    What survived a full collection is put aside and walked again only while the person is in another program: a walk
    over an open task of 20,000 segments takes 70 ms.
    """

    def __init__(self, app: QApplication, *, full_every_s: float = FULL_EVERY_S) -> None:
        super().__init__(app)
        self._full_every_s = full_every_s
        self._full_s = time.monotonic()
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        app.applicationStateChanged.connect(self._on_state)

    def start(self) -> None:
        """Collect here from now on, and nowhere else; what is loaded by now is put aside."""
        gc.disable()
        gc.freeze()
        self._timer.start()

    def look(self) -> None:
        """Collect the oldest generation that is due by Python's own thresholds."""
        counts = gc.get_count()
        due = [count > limit > 0 for count, limit in zip(counts, gc.get_threshold(), strict=True)]
        if counts[0] > MASSES or (due[1] and len(gc.get_objects(generation=1)) > MASSES):
            gc.freeze()
        elif due[2] and time.monotonic() - self._full_s >= self._full_every_s:
            gc.collect()
            gc.freeze()
            self._full_s = time.monotonic()
        elif due[1] or due[2]:
            gc.collect(1)
        elif due[0]:
            gc.collect(0)

    def walk_all(self) -> None:
        """Collect whatever nothing holds any more, however long it has been there."""
        gc.unfreeze()
        gc.collect()
        gc.freeze()

    def _on_state(self, state: Qt.ApplicationState) -> None:
        if state != Qt.ApplicationState.ApplicationActive and self._timer.isActive():
            self.walk_all()
