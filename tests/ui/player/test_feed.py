"""Samples of a stretch, in exact order."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.ui.player.feed import SoundFeed

RATE = 8000


@pytest.fixture
def staircase(tmp_path: Path) -> Path:
    """4 s of stereo in which every sample says its own number, the right channel negated."""
    steps = np.arange(4 * RATE, dtype=np.int16)
    path = tmp_path / "staircase.wav"
    soundfile.write(path, np.stack([steps, -steps], axis=1), RATE, subtype="PCM_16")
    return path


@pytest.fixture
def feed_of() -> Iterator[Callable[..., SoundFeed]]:
    made: list[SoundFeed] = []

    def make(path: Path, start_us: int, end_us: int, *, loop: bool = False) -> SoundFeed:
        made.append(SoundFeed(path, start_us, end_us, loop=loop))
        assert made[-1].wait_until_ready(10)
        return made[-1]

    yield make
    for feed in made:
        feed.stop()
        feed.join()


def take_frames(feed: SoundFeed, frames: int) -> list[int]:
    """The left channel of the next frames, waiting for the decoder."""
    sound = b""
    while len(sound) < frames * feed.bytes_per_frame and not feed.has_ended:
        sound += feed.take(frames * feed.bytes_per_frame - len(sound))
    return np.frombuffer(sound, "<i2").reshape(-1, feed.channels)[:, 0].tolist()


def test_a_stretch_begins_and_ends_at_the_nearest_samples(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 500_060, 3_000_000)
    assert (feed.rate_hz, feed.channels) == (RATE, 2)
    assert take_frames(feed, 10**6) == list(range(4000, 24000))
    assert feed.has_ended


def test_a_loop_repeats_after_exactly_its_length(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 1_000_000, 1_100_000, loop=True)
    once = list(range(8000, 8800))
    assert take_frames(feed, 2500) == (once * 4)[:2500]
    assert not feed.has_ended


def test_bytes_are_taken_in_whole_frames(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 0, 1_000_000)
    assert len(feed.take(7)) == 4


def test_a_stretch_beyond_the_file_ends_with_the_file(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    assert len(take_frames(feed_of(staircase, 3_500_000, 9_000_000), 10**6)) == RATE // 2


def test_a_file_that_is_no_recording_is_a_problem_in_words(tmp_path: Path, feed_of: Callable[..., SoundFeed]) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("not a recording")
    feed = feed_of(path, 0, 1_000_000)
    assert "notes.wav" in feed.problem
    assert feed.take(100) == b""
    assert feed.has_ended
