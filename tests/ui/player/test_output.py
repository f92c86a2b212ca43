"""What the audio sink is given, and how much of it counts as played."""

from __future__ import annotations

import time
from collections.abc import Iterator
from enum import Enum
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QIODevice

from annodesk.ui.player.feed import SoundFeed
from annodesk.ui.player.output import FeedDevice, SoundOutput

pytestmark = pytest.mark.qt
RATE = 8000


class Sink:
    """An audio device with a buffer of 1,600 bytes that is always full; says what a test says it has played."""

    def __init__(self) -> None:
        self.is_running = False
        self.processed_us = 0

    def start(self, device: QIODevice) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def bufferSize(self) -> int:
        return 1600

    def bytesFree(self) -> int:
        return 0

    def state(self) -> Enum:
        return Enum("State", "ActiveState StoppedState")["ActiveState" if self.is_running else "StoppedState"]

    def processedUSecs(self) -> int:
        return self.processed_us


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[SoundFeed]:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.full(RATE, 0.25, np.float32), RATE, subtype="PCM_16")
    made = SoundFeed(path, 0, 1_000_000)
    while not made._is_complete:  # all of it waits to be taken
        time.sleep(0.001)
    yield made
    made.stop()
    made.join()


def read(device: FeedDevice, frames: int) -> bytes:
    """So many frames, as a device would read them."""
    return b"".join(device.readData(2 * min(500, frames - at)) for at in range(0, frames, 500))


def test_after_the_last_sample_the_device_is_given_silence(feed: SoundFeed) -> None:
    device = FeedDevice(feed)
    assert read(device, RATE) == np.full(RATE, 8192, "<i2").tobytes()
    assert device.readData(64) == bytes(64)
    device.close()


def test_the_playhead_is_at_what_the_device_says_it_has_played(feed: SoundFeed) -> None:
    device, sink = FeedDevice(feed), Sink()
    output = SoundOutput(sink, device, feed)
    assert output.heard_us() in (None, 0)
    read(device, 8000)
    sink.processed_us = 300_000
    assert output.heard_us() == 300_000
    sink.processed_us = 200_000
    assert output.heard_us() == 300_000
    output.close()
    assert not sink.is_running


def test_what_waits_in_the_buffer_has_not_been_heard_whatever_the_device_says(feed: SoundFeed) -> None:
    device, sink = FeedDevice(feed), Sink()
    output = SoundOutput(sink, device, feed)
    read(device, 4000)
    sink.processed_us = 10_000_000
    assert 400_000 <= (output.heard_us() or 0) <= 500_000
    output.close()


def test_silence_where_the_decoder_was_behind_does_not_count(tmp_path: Path, feed: SoundFeed) -> None:
    device, sink = FeedDevice(feed), Sink()
    output = SoundOutput(sink, device, feed)
    read(device, RATE)
    late = FeedDevice(feed)
    late.given_frames = 800
    late._runs.append((800, 0, 4000))
    assert late.heard_frames(500) == 0
    assert late.heard_frames(1800) == 1000
    assert late.heard_frames(9999) == 4000
    output.close()


def test_the_end_is_reached_when_the_last_sample_was_heard(feed: SoundFeed) -> None:
    device, sink = FeedDevice(feed), Sink()
    output = SoundOutput(sink, device, feed)
    read(device, RATE)
    device.readData(8000)
    sink.processed_us = 900_000
    assert not output.has_ended
    sink.processed_us = 1_000_000
    assert output.has_ended
    assert output.heard_us() == 1_000_000
    output.close()


def test_a_device_that_stops_by_itself_is_told_once(feed: SoundFeed) -> None:
    lost: list[bool] = []
    sink = Sink()
    output = SoundOutput(sink, FeedDevice(feed), feed)
    output.lost.connect(lambda: lost.append(True))
    output.follow()
    assert lost == []
    sink.stop()
    output.follow()
    output.follow()
    assert lost == [True]
    output.close()


def test_a_device_that_is_stopped_is_not_lost(feed: SoundFeed) -> None:
    lost: list[bool] = []
    output = SoundOutput(Sink(), FeedDevice(feed), feed)
    output.lost.connect(lambda: lost.append(True))
    output.close()
    output.follow()
    assert lost == []


def test_a_device_that_asks_for_nothing_any_more_is_lost(feed: SoundFeed) -> None:
    lost: list[bool] = []
    device = FeedDevice(feed)
    output = SoundOutput(Sink(), device, feed)
    output.lost.connect(lambda: lost.append(True))
    for _ in range(300):
        device.readData(20)
        output.look()
    assert lost == []
    for _ in range(300):
        output.look()
    assert lost == [True]
    output.close()
