"""Playing without a device: the clock moves the playhead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.media.listen import Hearing, Strip
from annodesk.media.recordings import Further
from annodesk.model.times import Interval
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


def start(qtbot: QtBot, transport: Transport) -> None:
    qtbot.waitUntil(lambda: transport.has_started)


def test_toggle_pauses_and_goes_on_from_half_a_second_before(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.toggle()
    start(qtbot, transport)
    clock.now_s += 4
    transport.toggle()
    assert not transport.is_playing
    assert transport.position_us == 4_000_000
    transport.toggle()
    assert transport.position_us == 3_500_000
    start(qtbot, transport)
    clock.now_s += 1
    wait_for(qtbot, transport, 4_500_000)


def test_how_far_toggle_steps_back_can_be_set(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.resume_back_us = 0
    transport.play(1_000_000)
    transport.pause()
    transport.toggle()
    assert transport.position_us == 1_000_000


def test_toggle_does_not_step_back_where_the_playhead_was_moved_meanwhile(
    transport: Transport, clock: Clock, qtbot: QtBot
) -> None:
    transport.play(1_000_000)
    transport.pause()
    transport.seek(7_000_000)
    transport.toggle()
    assert transport.position_us == 7_000_000


def test_toggle_does_not_step_back_before_the_recording(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.play(100_000)
    transport.pause()
    transport.toggle()
    assert transport.position_us == 0


@pytest.mark.parametrize("rate", [0.1, 0.5, 2.0, 4.0])
def test_without_sound_the_playhead_keeps_the_rate(
    transport: Transport, clock: Clock, qtbot: QtBot, rate: float
) -> None:
    transport.set_rate(rate)
    transport.play(1_000_000)
    start(qtbot, transport)
    clock.now_s += 1.5
    wait_for(qtbot, transport, round(1_000_000 + 1_500_000 * rate))
    assert transport.is_playing


def test_a_new_rate_holds_from_where_the_playhead_is(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.play(1_000_000, 2_000_000, loop=True)
    start(qtbot, transport)
    clock.now_s += 1.25
    transport.set_rate(2.0)
    clock.now_s += 0.5
    wait_for(qtbot, transport, 1_250_000)
    assert transport.rate == 2.0


def test_slower_and_faster_step_through_the_usual_rates_and_stop_at_their_ends(transport: Transport) -> None:
    seen = []
    for _ in range(8):
        transport.slower()
        seen.append(transport.rate)
    assert seen == [0.75, 0.5, 0.25, 0.1, 0.1, 0.1, 0.1, 0.1]
    for _ in range(20):
        transport.faster()
    assert transport.rate == 4.0


def test_playing_around_begins_before_and_ends_after(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.play_around(2_000_000, 3_000_000)
    start(qtbot, transport)
    assert transport.position_us == 1_500_000
    clock.now_s += 9
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert transport.position_us == 3_500_000


def test_strips_band_and_loudness_belong_to_a_recording_and_the_rate_to_the_person(transport: Transport) -> None:
    changes: list[bool] = []
    transport.hearing_changed.connect(lambda: changes.append(True))
    transport.set_rate(0.5)
    transport.set_strip(Strip(gain_db=-6), channel=1)
    transport.set_strip(Strip(is_muted=True))
    transport.set_band((300, 3000))
    transport.level(-30)
    assert len(changes) == 5
    assert transport.strip(1).gain_db == -6
    assert transport.strip(0) == Strip()
    assert transport.strip().is_muted
    assert transport.hearing.levelling_db == 7
    transport.set_source(Path("another.wav"))
    assert transport.hearing == Hearing(rate=0.5)


def test_scrubbing_stops_what_plays_and_moves_the_playhead(transport: Transport) -> None:
    transport.play(1_000_000)
    transport.scrub(4_000_000)
    assert not transport.is_playing
    assert transport.position_us == 4_000_000
    transport.scrub(-5)
    assert transport.position_us == 0


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


def test_scrubbing_a_file_without_a_device_says_why_nothing_is_heard_and_ends_by_itself(
    qtbot: QtBot, tmp_path: Path
) -> None:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.zeros(8000, np.float32), 8000)
    transport = Transport()
    transport.set_source(path, duration_us=1_000_000)
    transport.scrub(500_000)
    assert transport.is_scrubbing
    qtbot.waitUntil(lambda: not transport.is_scrubbing)
    assert transport.has_sound is False
    assert transport.position_us == 500_000
    transport.close()


@pytest.mark.parametrize("samples", [0, 1])
def test_a_recording_of_no_or_one_sample_can_be_played(qtbot: QtBot, tmp_path: Path, samples: int) -> None:
    path = tmp_path / "short.wav"
    soundfile.write(path, np.zeros(samples), 8000)
    transport = Transport()
    transport.set_source(path, duration_us=samples * 125)
    transport.play(0)
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert transport.position_us == samples * 125
    transport.close()


def stretches(transport: Transport) -> list[tuple[int, int]]:
    heard: list[tuple[int, int]] = []
    transport.heard.connect(lambda start, end: heard.append((start, end)))
    return heard


def test_across_an_edge_a_little_is_played_and_the_playhead_comes_back(
    transport: Transport, clock: Clock, qtbot: QtBot
) -> None:
    transport.seek(7_000_000)
    heard = stretches(transport)
    transport.play_across(2_000_000)
    start(qtbot, transport)
    clock.now_s += 0.1
    wait_for(qtbot, transport, 1_950_000)
    clock.now_s += 1
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert heard == [(1_850_000, 2_150_000)]
    assert transport.position_us == 7_000_000


def test_across_one_edge_after_another_the_playhead_comes_back_to_where_it_was_at_first(
    transport: Transport, clock: Clock, qtbot: QtBot
) -> None:
    transport.seek(7_000_000)
    transport.play_across(2_000_000)
    transport.play_across(2_010_000)
    transport.pause()
    assert transport.position_us == 7_000_000


def test_across_an_edge_outside_of_the_recording_nothing_moves(transport: Transport) -> None:
    transport.seek(7_000_000)
    transport.play_across(20_000_000)
    assert not transport.is_playing
    assert transport.position_us == 7_000_000


def test_what_was_heard_is_told_also_where_playing_goes_on_elsewhere(
    transport: Transport, clock: Clock, qtbot: QtBot
) -> None:
    heard = stretches(transport)
    transport.play(1_000_000)
    start(qtbot, transport)
    clock.now_s += 2
    wait_for(qtbot, transport, 3_000_000)
    transport.seek(8_000_000)
    assert heard == [(1_000_000, 3_000_000)]


def test_what_was_heard_is_told_while_it_goes_on(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    heard = stretches(transport)
    transport.play(0)
    start(qtbot, transport)
    clock.now_s += 6
    qtbot.waitUntil(lambda: heard == [(0, 6_000_000)])
    clock.now_s += 1
    wait_for(qtbot, transport, 7_000_000)
    transport.pause()
    assert heard == [(0, 6_000_000), (6_000_000, 7_000_000)]


def test_nothing_is_played_outside_of_the_bounds(transport: Transport, clock: Clock, qtbot: QtBot) -> None:
    transport.set_bounds(Interval(2_000_000, 5_000_000))
    heard = stretches(transport)
    transport.play(0)
    start(qtbot, transport)
    clock.now_s += 60
    qtbot.waitUntil(lambda: not transport.is_playing)
    assert heard == [(2_000_000, 5_000_000)]
    transport.toggle()
    assert transport.position_us == 2_000_000


def test_where_the_first_recording_is_missing_the_others_are_read(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "mic.wav"
    soundfile.write(path, np.zeros(16_000), 8000)
    transport = Transport()
    transport.set_source(None, duration_us=4_000_000)
    transport.set_further((Further(path, 1_000_000, 1, 2_000_000),))
    transport.hear(Hearing().with_strip(Strip(), number=1))
    transport.play(1_000_000, 1_200_000)
    feed = transport._feed
    assert feed is not None
    assert feed.wait_until_ready(20.0)
    assert feed.rate_hz == 8000
    assert not feed.problem
    qtbot.waitUntil(lambda: not transport.is_playing)
    transport.scrub(1_500_000)
    assert transport.is_scrubbing
    transport.close()
