"""The recording seen first is read by a process of its own, which gives way, keeps what it has read, and ends."""

from __future__ import annotations

import json
import os
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.media import cache, peaks
from annodesk.media.files import find_media, home_of
from annodesk.media.peaks_file import KIND, VERSION
from annodesk.store.glance import first_recording
from annodesk.ui import ahead, app, last_time
from annodesk.ui.jobs import Jobs
from annodesk.ui.timeline import peaks_queue, wave_source
from annodesk.ui.timeline.peaks_queue import PeaksQueue, Wanted
from annodesk.ui.timeline.wave_source import WaveSource
from annodesk.ui.window import MainWindow
from tests.ui.made import Made, make_file

pytestmark = pytest.mark.qt
RATE_HZ, LONG_BYTES = 48_000, 1 << 30


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Made]:
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    yield make_file(tmp_path)
    ahead.end()


def first_of(made: Made) -> Path:
    found = first_recording(made.path, None, None, {})
    assert found is not None
    return find_media(found.asset, home_of(made.path))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def make_long(path: Path) -> Path:
    """So long that reading it takes a while, with nothing on the disk."""
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 2, RATE_HZ, 4 * RATE_HZ, 4, 16)
    path.write_bytes(
        struct.pack("<4sI4s", b"RIFF", 36 + LONG_BYTES, b"WAVE") + form + struct.pack("<4sI", b"data", LONG_BYTES)
    )
    os.truncate(path, 44 + LONG_BYTES)
    return path


def test_one_recording_is_read_and_then_the_process_is_gone(made: Made) -> None:
    ahead.begin(made.path, None, None, {})
    process = ahead._running
    assert process is not None
    wait_until(lambda: process.returncode is not None)
    assert process.returncode == 0
    assert peaks.open_or_none(first_of(made)) is not None


def test_it_stops_where_it_is_and_whoever_shows_the_recording_goes_on_from_there(made: Made) -> None:
    first = make_long(first_of(made))
    ahead.begin(made.path, None, None, {})
    process, place = ahead._running, cache.derived(first, KIND, VERSION)
    assert process is not None
    wait_until(lambda: place.is_file() and place.stat().st_size > 0)
    ahead.end()
    assert process.returncode == 0
    found = peaks.build(first)
    assert found.is_complete
    assert found.samples == LONG_BYTES // 4
    assert peaks.open_or_none(first) is not None, "its place in the cache was free"


@pytest.mark.parametrize("what", ["", "no such file", "no database", "no recording", "no sound"])
def test_it_ends_with_its_pipe_and_says_nothing(made: Made, what: str) -> None:
    first = first_of(made)
    match what:
        case "no such file":
            made.path.unlink()
        case "no database":
            made.path.write_bytes(b"SQLite format 3\x00" + bytes(range(256)))
        case "no recording":
            first.unlink()
        case "no sound":
            first.write_bytes(b"no sound")
    asked = json.dumps([str(made.path), None, None, {}]).encode() + b"\n"
    command = [sys.executable, "-P", "-m", ahead.MODULE]
    done = subprocess.run(command, input=asked, capture_output=True, timeout=60, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


def test_one_processor_is_left_to_the_window(made: Made, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 1)
    ahead.begin(made.path, None, None, {})
    assert ahead._running is None


@pytest.mark.parametrize("is_named", [True, False])
def test_a_start_has_it_read_for_whoever_worked_last(
    made: Made, qapp: QApplication, monkeypatch: pytest.MonkeyPatch, *, is_named: bool
) -> None:
    begun: list[object] = []
    monkeypatch.setattr(ahead, "begin", lambda *asked: begun.append(asked))
    monkeypatch.setattr(QApplication, "exec", look_and_close)
    last_time.remember(made.path, made.ben_id)
    last_time.remember_task(made.ben_id, "a task")
    assert app.run(made.path if is_named else None) == 0
    assert begun == [(made.path, None, made.ben_id, {made.ben_id: "a task"})]


def look_and_close(*_: object) -> int:
    """As a person would who starts the program and ends it once the file is open."""
    (window,) = (one for one in QApplication.topLevelWidgets() if isinstance(one, MainWindow) and one.isVisible())
    app.wait_until(window.is_idle)
    window.close()
    window.deleteLater()
    return 0


def test_it_gives_way_to_what_is_shown(
    made: Made, qtbot: QtBot, qapp: QApplication, monkeypatch: pytest.MonkeyPatch
) -> None:
    order: list[str] = []
    build = wave_source.build_source

    def note_and_build(*args: Any) -> WaveSource:
        order.append("build")
        return build(*args)

    monkeypatch.setattr(ahead, "end", lambda: order.append("end"))
    monkeypatch.setattr(peaks_queue, "build_source", note_and_build)
    jobs = Jobs()
    queue = PeaksQueue(jobs)
    queue.show(Wanted(first_of(made)))
    qtbot.waitUntil(lambda: order == ["end", "build"] and not queue.paths)
    jobs.close()
