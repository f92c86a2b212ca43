"""What the audio sink is given, and how much of it counts as played."""

from __future__ import annotations

from collections.abc import Iterator
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
    """An audio device with a buffer of 1,600 bytes that is always full."""

    def __init__(self) -> None:
        self.is_running = False

    def start(self, device: QIODevice) -> None:
        self.is_running = True

    def stop(self) -> None:
        self.is_running = False

    def bufferSize(self) -> int:
        return 1600

    def bytesFree(self) -> int:
        return 0


@pytest.fixture
def feed(tmp_path: Path) -> Iterator[SoundFeed]:
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.full(RATE, 0.25, np.float32), RATE, subtype="PCM_16")
    made = SoundFeed(path, 0, 1_000_000)
    assert made.wait_until_ready(10)
    yield made
    made.stop()
    made.join()


def test_after_the_last_sample_the_device_is_given_silence(feed: SoundFeed) -> None:
    device = FeedDevice(feed)
    sound = b""
    while device.fed_frames < RATE:
        sound += device.readData(4096)
    assert device.readData(64) == bytes(64)
    assert device.fed_frames == RATE
    device.close()


def test_what_waits_in_the_buffer_has_not_been_played(feed: SoundFeed) -> None:
    device, sink = FeedDevice(feed), Sink()
    output = SoundOutput(sink, device, feed)
    fed = 0
    while device.fed_frames < 4000:
        device.readData(2000)
    fed = device.fed_frames * 1_000_000 // RATE
    first = output.played_us()
    assert fed - 100_000 <= first <= fed
    assert output.played_us() >= first
    output.close()
    assert not sink.is_running
