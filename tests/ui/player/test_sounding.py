"""What comes out of a sound server: recorded from a sink that plays into nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.ui.player import sounding
from tests.ui.player.sounding import SoundServer, scene

pytestmark = [pytest.mark.qt, pytest.mark.skipif(not sounding.is_installed(), reason=sounding.ABSENT)]


@pytest.fixture
def server() -> Iterator[SoundServer]:
    with SoundServer("nul", "other") as running:
        yield running


def test_clicks_in_a_loop_are_heard_to_the_sample_and_where_the_playhead_is(server: SoundServer) -> None:
    found = scene("loop", server, rate=1.0, rounds=3)
    assert found["problem"] == ""
    assert found["intervals"] >= 3
    # A loop that is not exact misses at every turn; a busy machine lets the server drop out at one.
    assert found["median_samples"] <= 1
    playhead_ms = sorted(abs(error) for error in found["playhead_ms"])
    assert playhead_ms[len(playhead_ms) // 2] < 50


def test_half_speed_keeps_the_pitch_and_the_intervals(server: SoundServer) -> None:
    assert scene("pitch", server, rate=0.5)["hz"] == pytest.approx(440, abs=2)


def test_a_day_of_playing_leaves_no_devices_behind(server: SoundServer) -> None:
    assert scene("often", server) == {"at_once": 1, "left": 0}


@pytest.mark.slow
def test_where_the_device_goes_another_is_taken_and_where_all_go_the_playhead_goes_on(server: SoundServer) -> None:
    found = scene("device goes", server, server_pid=server.pid)
    assert found["outputs"] == ["nul", "other"]
    assert found["on_chosen"]
    assert found["on_default"]
    assert found["is_playing"]
    assert "device" in found["problem"]
    assert found["silent_ratio"] == pytest.approx(1.0, abs=0.1)
