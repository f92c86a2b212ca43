"""From process start to window shown, against a bare QApplication with an empty window; the limit is 2.5 times."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.benchmarks._figures import as_installed, tell

ROUNDS = 9
LIMIT = 2.5

_SHOW = """
class Painted(QObject):
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint:
            print("shown", flush=True)
            os._exit(0)
        return False
painted = Painted()
window.installEventFilter(painted)
window.show()
app.exec()
"""
_BARE = f"""
import os, sys
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication, QWidget
app = QApplication(sys.argv[:1])
window = QWidget()
window.resize(1440, 900)
{_SHOW}
"""
_PRODUCT = f"""
import os, sys
import annodesk.__main__
from annodesk.ui import app as start
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from PySide6.QtCore import QEvent, QObject
app = start.make_app()
window = MainWindow(Jobs(), None)
window.resize(1440, 900)
{_SHOW}
"""


def seconds_to_window(code: str, environment: dict[str, str]) -> float:
    """Wall time from starting Python to the window's first paint."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, text=True
    ) as child:
        assert child.stdout is not None
        line = child.stdout.readline()
        took = time.perf_counter() - began
        if line.strip() != "shown":
            assert child.stderr is not None
            raise RuntimeError(f"the window never came: {child.stderr.read()}")
        child.wait()
    return took


def main() -> None:
    """Both in turn, several times; the medians are compared."""
    with tempfile.TemporaryDirectory() as folder:
        private = {f"ANNODESK_{kind}": str(Path(folder) / kind.lower()) for kind in ("DATA", "CACHE", "CONFIG")}
        environment = as_installed() | {"QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen")} | private
        for code in (_BARE, _PRODUCT):  # once each to fill the disk's cache
            seconds_to_window(code, environment)
        rounds = [
            (seconds_to_window(_BARE, environment), seconds_to_window(_PRODUCT, environment)) for _ in range(ROUNDS)
        ]
    bare = statistics.median(b for b, _ in rounds)
    product = statistics.median(p for _, p in rounds)
    tell(
        "start.window_shown",
        product,
        "s",
        bare,
        baseline_is="bare QApplication with an empty window",
        limit_ratio=LIMIT,
        ok=product <= LIMIT * bare,
        rounds=ROUNDS,
    )
