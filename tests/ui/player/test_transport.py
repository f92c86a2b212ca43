"""Playing without a device: the clock moves the playhead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui.player.transport import Transport

pytestmark = pytest.mark.qt


class Clock:
    """Seconds that pass only when told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def transport(qapp: QApplication, clock: Clock) -> Iterator[Transport]:
    made = Transport(silent=True, clock=clock)
    made.set_source(Path("not-needed.wav"), duration_us=10_000_000)
    yield made
    made.close()


def wait_for(qtbot: QtBot, transport: Transport, position_us: int) -> None:
    qtbot.waitUntil(lambda: transport.position_us == position_us)


def test_a_stretch_stops_exactly_at_its_end(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    heard: list[tuple[int, int]] = []
    transport.heard.connect(lambda start, end: heard.append((start, end)))
    transport.play(1_000_000, 3_500_000)
    qtbot.waitUntil(lambda: transport.has_started)
    clock.now_s += 2
    wait_for(qtbot, transport, 3_000_000)
    clock.now_s += 7
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert transport.position_us == 3_500_000
    assert heard == [(1_000_000, 3_500_000)]


def test_a_loop_begins_again(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.play(1_000_000, 2_000_000, loop=True)
    qtbot.waitUntil(lambda: transport.has_started)
    clock.now_s += 2.25
    wait_for(qtbot, transport, 1_250_000)
    assert transport.is_looping
    transport.pause()
    assert transport.position_us == 1_250_000


def test_toggle_pauses_and_goes_on_from_there(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.toggle()
    qtbot.waitUntil(lambda: transport.has_started)
    clock.now_s += 4
    transport.toggle()
    assert not transport.is_playing
    assert transport.position_us == 4_000_000
    transport.toggle()
    qtbot.waitUntil(lambda: transport.has_started)
    clock.now_s += 1
    wait_for(qtbot, transport, 5_000_000)


def test_toggle_at_the_end_begins_anew(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.seek(10_000_000)
    transport.toggle()
    assert transport.is_playing
    assert transport.position_us == 0


def test_playing_ends_with_the_recording(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.play(9_000_000, 20_000_000)
    qtbot.waitUntil(lambda: transport.has_started)
    clock.now_s += 60
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert transport.position_us == 10_000_000


def test_seeking_while_playing_goes_on_from_there(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.play(0)
    transport.seek(6_000_000)
    assert transport.is_playing
    assert transport.position_us == 6_000_000


def test_another_recording_stops_the_one_before(transport: Transport) -> None:
    transport.play(0)
    transport.set_source(None)
    assert not transport.is_playing
    assert transport.position_us == 0


def test_without_a_device_the_playhead_still_moves_and_says_why_there_is_no_sound(
    qtbot: QtBot, clock: Clock, tmp_path: Path
) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.zeros(8000, np.float32), 8000)
    transport = Transport(clock=clock)
    transport.set_source(path, duration_us=1_000_000)
    transport.play(0)
    qtbot.waitUntil(lambda: transport.has_started, timeout=20_000)
    if not transport.has_sound:
        assert transport.problem
        clock.now_s += 5
        qtbot.waitUntil(lambda: not transport.is_playing)
        assert transport.position_us == 1_000_000
    transport.close()
    assert not transport.is_playing


def test_a_file_that_cannot_be_decoded_plays_silently_with_a_reason(qtbot: QtBot, clock: Clock, tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(b"RIFF")
    transport = Transport(clock=clock)
    transport.set_source(path, duration_us=1_000_000)
    transport.play(0)
    qtbot.waitUntil(lambda: transport.has_started, timeout=20_000)
    assert "broken.wav" in transport.problem
    transport.close()
