"""Qt's sound is loaded beside threads that look up C functions; in a process of its own, for it is loaded once."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.qt

_CODE = """
import ctypes, itertools, sys, threading
from PySide6.QtCore import QCoreApplication, QObject, qInstallMessageHandler
from annodesk.ui.player import output

app = QCoreApplication([])
is_over = threading.Event()
sys.setswitchinterval(1e-6)

def look_up():
    while not is_over.is_set():
        for name in ("printf", "malloc", "free"):
            getattr(ctypes.PyDLL(None), name)

def log(kind, context, message):
    print(context.category, flush=True)
    sum(itertools.repeat(1, 100_000))

output._log_quietly = log
thread = threading.Thread(target=look_up, daemon=True)
thread.start()
output.watch_devices(QObject())
is_over.set()
thread.join()
print("loaded")
"""


def test_loading_waits_for_no_thread_that_looks_up_a_c_function() -> None:
    environment = {name: value for name, value in os.environ.items() if name != "QT_LOGGING_RULES"}
    done = subprocess.run(
        [sys.executable, "-c", _CODE], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    *said, end = done.stdout.split()
    assert end == "loaded"
    assert "qt.multimedia.symbolsresolver" not in said
