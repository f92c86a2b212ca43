"""A ten-hour recording: from the click to the first pixels of its waveform, without a cache and with one."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.benchmarks import report
from tests.benchmarks._recordings import write_rf64

HOURS, ROUNDS = 10, 5
LIMITS_MS = {"without cache": 150.0, "with cache": 50.0}

_CHILD = """
import json, sys, time
from pathlib import Path
import numpy as np
from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QColor
from annodesk.ui import app as start, theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.timeline.view import TimelineView
from annodesk.ui.timeline.waveform import MediaState

path, hours, waits = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "whole"
app = start.make_app("dark")
jobs = Jobs()
view = TimelineView(jobs)
view.resize(1920, 700)
view.show()
app.processEvents()

def ink():
    # The share of the waveform's columns that hold more than the line of silence, of what the window shows: to have it
    # painted once more would take longer than what is measured.
    lane = view.waveform.geometry()
    lane.moveTopLeft(view.waveform.mapTo(view, view.waveform.rect().topLeft()))
    shown = view.screen().grabWindow(view.winId(), lane.x(), lane.y(), lane.width(), lane.height()).toImage()
    pixels = np.frombuffer(shown.constBits(), np.uint8).reshape(shown.height(), shown.bytesPerLine())
    blue = pixels[24 :: 2, view.state.gutter_px * 4 : shown.width() * 4 : 4]
    ground, wave = (QColor(c).blue() for c in (theme.current().background, theme.current().wave))
    drawn = blue > (ground + wave) / 2 if wave > ground else blue < (ground + wave) / 2
    return float((drawn.sum(axis=0) > 1).mean())

class Watch(QObject):
    first_ms = None
    is_looking = False
    def eventFilter(self, watched, event):
        if event.type() == QEvent.Type.Paint and self.first_ms is None and not self.is_looking:
            at = time.perf_counter()
            QTimer.singleShot(0, lambda: self.look(at))
        return False
    def look(self, at):
        if self.first_ms is not None:
            return
        self.is_looking = True
        if ink() > 0.9:
            self.first_ms = (at - began) * 1000
            if not waits:
                app.quit()
        self.is_looking = False

watch = Watch()
view.waveform.installEventFilter(watch)
if waits:
    view.painted.connect(lambda: view.media_state is MediaState.READY and watch.first_ms is not None and app.quit())
began = time.perf_counter()
view.set_duration(0, hours * 3600 * 1_000_000)
view.set_media(path)
app.exec()
whole_ms = (time.perf_counter() - began) * 1000
view.close()
jobs.close()
print(json.dumps([watch.first_ms, whole_ms]), flush=True)
"""


def milliseconds(path: Path, cache: Path, until: str) -> tuple[float, float]:
    """In a process of its own: to the first pixels over nine tenths of the lane, and to the end of the run."""
    environment = os.environ | {
        "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
        "ANNODESK_CACHE": str(cache),
    }
    done = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), str(HOURS), until],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    first, whole = json.loads(done.stdout.splitlines()[-1])
    return first, whole


def main() -> None:
    """The first look at each, and how long the whole takes, which is the baseline."""
    with tempfile.TemporaryDirectory(prefix="annodesk-bench-") as folder:
        path = write_rf64(Path(folder) / "ten hours.wav", HOURS)
        _, whole = milliseconds(path, Path(folder) / "cache", "whole")
        cold = [milliseconds(path, Path(folder) / f"cache{k}", "first")[0] for k in range(ROUNDS)]
        warm = [milliseconds(path, Path(folder) / "cache", "first")[0] for _ in range(ROUNDS)]
    for name, found in (("without cache", cold), ("with cache", warm)):
        report(
            f"first pixels of a ten-hour recording, {name}",
            statistics.median(found),
            "ms",
            limit=LIMITS_MS[name],
            best=round(min(found), 1),
            worst=round(max(found), 1),
            whole_ms=round(whole, 1),
            rounds=ROUNDS,
        )


if __name__ == "__main__":
    main()
