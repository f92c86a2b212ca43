"""Opening a 1-hour recording whose peaks are cached: time until the waveform is painted; the limit is 100 ms."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from tests.benchmarks._figures import tell

RATE_HZ, HOURS, ROUNDS = 44_100, 1, 5
LIMIT_MS = 100.0

_CHILD = """
import json, sys, time
from pathlib import Path
from PySide6.QtCore import QEventLoop
from PySide6.QtWidgets import QApplication
from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.timeline.view import TimelineView
from annodesk.ui.timeline.waveform import MediaState
app = QApplication(sys.argv[:1])
theme.apply(app, "dark")
jobs = Jobs()
view = TimelineView(jobs)
view.set_duration(0, int(sys.argv[2]) * 1_000_000)
view.resize(1440, 500)
view.show()
app.processEvents()
loop = QEventLoop()
view.painted.connect(lambda: view.media_state is MediaState.READY and loop.quit())
began = time.perf_counter()
view.set_media(Path(sys.argv[1]))
loop.exec()
took = time.perf_counter() - began
view.close()
jobs.close()
print(json.dumps(took * 1000), flush=True)
"""


def write_recording(path: Path, hours: float = HOURS, rate_hz: int = RATE_HZ) -> None:
    """Stereo noise under a slow swell, one minute over and over."""
    rng = np.random.default_rng(1)
    n = 60 * rate_hz
    swell = (np.sin(np.arange(n) * 2 * np.pi / n) ** 2 * 12_000).astype(np.float32)
    minute = (rng.standard_normal((n, 2), dtype=np.float32) * 0.3 * swell[:, None]).astype(np.int16)
    with soundfile.SoundFile(path, "w", rate_hz, 2, "PCM_16") as file:
        for _ in range(round(hours * 60)):
            file.write(minute)


def milliseconds_to_picture(path: Path, environment: dict[str, str]) -> float:
    """In a process of its own: from asking for the recording to every tile in view painted."""
    answer = subprocess.run(
        [sys.executable, "-c", _CHILD, str(path), str(HOURS * 3600)],
        env=environment,
        check=True,
        capture_output=True,
        text=True,
    )
    return float(json.loads(answer.stdout.splitlines()[-1]))


def main() -> None:
    """Once without the cache, which is the baseline and fills it; then several times with it."""
    with tempfile.TemporaryDirectory() as folder:
        environment = os.environ | {
            "QT_QPA_PLATFORM": os.environ.get("QT_QPA_PLATFORM", "offscreen"),
            "ANNODESK_CACHE": str(Path(folder) / "cache"),
        }
        path = Path(folder) / "hour.wav"
        write_recording(path)
        first_ms = milliseconds_to_picture(path, environment)
        rounds = [milliseconds_to_picture(path, environment) for _ in range(ROUNDS)]
    median = statistics.median(rounds)
    tell(
        "reopen.waveform_painted",
        median,
        "ms",
        first_ms,
        baseline_is="the same file opened first, its peaks still to be made",
        limit=LIMIT_MS,
        ok=median <= LIMIT_MS,
        worst=round(max(rounds), 1),
        rounds=ROUNDS,
    )
