"""Forty planted disagreements, settled in the program's own window by real key events, without a mouse.

Baseline of the keys: the least there can be, one for each place. Limit: two for each. Baseline of the time: going to
each of the forty places and waiting until it is drawn, without a ruling. The window plays nothing aloud here; how long
it takes to hear every place once, with a second on either side, is told beside it.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.benchmarks._figures import tell

LONGEST_S = 60.0


def main() -> None:
    """Settle them, and tell how many keys and how long it took."""
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    with tempfile.TemporaryDirectory() as folder:
        for variable in ("ANNODESK_DATA", "ANNODESK_CACHE", "ANNODESK_CONFIG"):
            os.environ[variable] = str(Path(folder) / variable.lower())
        _measure(Path(folder))


def _measure(folder: Path) -> None:
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtGui import QKeySequence
    from PySide6.QtTest import QTest
    from PySide6.QtWidgets import QApplication

    from annodesk.model.annotations import AnnotationSet
    from annodesk.services import Services
    from annodesk.services.transfer import Which
    from annodesk.ui.app import make_app, wait_until
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.review.places import to_hear
    from annodesk.ui.window import MainWindow
    from tests.ui.review.planted import ANALYST, Operator, hears_keys, plant, right

    class Mouse(QObject):
        """Counts what a mouse did."""

        used = 0

        def eventFilter(self, watched: QObject, event: QEvent) -> bool:
            self.used += event.type() in (QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)
            return False

    planted = plant(folder)
    app, mouse = make_app("dark"), Mouse()
    app.installEventFilter(mouse)
    window = MainWindow(Jobs(), planted.path, person=ANALYST)
    window.resize(1440, 900)
    window.show()
    wait_until(lambda: window.context is not None and window.is_idle(), limit_s=LONGEST_S)
    window.show_workspace("review")
    space: Any = window.workspace

    def wait() -> None:
        def is_ready() -> bool:
            is_drawn = space.work is None or space.timeline.is_settled
            return window.is_idle() and is_drawn and hears_keys()

        wait_until(is_ready, limit_s=LONGEST_S)

    def press(chord: str) -> None:
        combined = QKeySequence(chord)[0]
        at = QApplication.focusWidget() or window
        QTest.keyClick(at, combined.key(), combined.keyboardModifiers())

    wait()
    space.open_first()
    wait()
    count = len(space.places.disagreements)
    heard = [to_hear(one, space.desk.bounds) for one in space.places.disagreements]
    begun = time.perf_counter()
    for _ in range(count):
        press("J")
        wait()
    walked_s = time.perf_counter() - begun
    operator = Operator(press, wait)
    begun = time.perf_counter()
    operator.settle(space, planted)
    took_s = time.perf_counter() - begun
    assert space.work is None, "everything is ruled and settled"
    window.close()
    with Services.open(planted.path) as services:
        (project,) = services.projects.list()
        (document,) = services.transfer.documents(project.id, Which.GOLD)
    answer = AnnotationSet("stands", elements=document.elements)
    wrong = [case for case in planted.cases if not right(answer, case)]
    most = max(operator.per_place)
    assert count == len(planted.cases) == 40
    assert not wrong, wrong
    assert mouse.used == 0
    assert most <= 2
    tell("settle_forty.keys", operator.keys, "keys", count, most_per_place=most, mouse=mouse.used, limit=2.0)
    hearing_s = sum((one.end_us - one.start_us) / 1e6 for one in heard if one is not None)
    tell("settle_forty.time", took_s, "s", walked_s, places=count, to_hear_each_s=round(hearing_s, 1))


if __name__ == "__main__":
    main()
