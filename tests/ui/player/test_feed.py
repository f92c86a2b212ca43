"""Samples of a stretch, in exact order."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from annodesk.media.listen import Hearing, Mix, Strip
from annodesk.media.recordings import Further
from annodesk.ui.player.feed import Feed, ScrubFeed, SoundFeed
from annodesk.ui.player.output import BUFFER_S

RATE = 8000
PATIENCE_S = 20


@pytest.fixture
def staircase(tmp_path: Path) -> Path:
    """4 s of stereo in which every sample says its own number, the right channel negated."""
    steps = np.arange(4 * RATE, dtype=np.int16)
    path = tmp_path / "staircase.wav"
    soundfile.write(path, np.stack([steps, -steps], axis=1), RATE, subtype="PCM_16")
    return path


@pytest.fixture
def clicks(tmp_path: Path) -> Path:
    """20 s with a click of two samples every half second."""
    samples = np.zeros((20 * RATE, 2), np.int16)
    samples[:: RATE // 2], samples[1 :: RATE // 2] = 30_000, -30_000
    path = tmp_path / "clicks.wav"
    soundfile.write(path, samples, RATE, subtype="PCM_16")
    return path


@pytest.fixture
def keep() -> Iterator[Callable[[Feed], Any]]:
    """Waits until a feed is ready, and ends it after the test."""
    made: list[Feed] = []

    def wait(feed: Feed) -> Feed:
        made.append(feed)
        assert feed.wait_until_ready(PATIENCE_S)
        return feed

    yield wait
    for feed in made:
        feed.stop()
        feed.join()


@pytest.fixture
def feed_of(keep: Callable[[Feed], Any]) -> Callable[..., SoundFeed]:
    def make(path: Path, start_us: int, end_us: int, **options: Any) -> SoundFeed:
        feed: SoundFeed = keep(SoundFeed(path, start_us, end_us, **options))
        return feed

    return make


def take(feed: Feed, frames: int) -> np.ndarray:
    """The left side of the next frames, waiting for the decoder."""
    sound, end = b"", time.monotonic() + PATIENCE_S
    while len(sound) < frames * feed.bytes_per_frame and not feed.has_ended:
        more = feed.take(frames * feed.bytes_per_frame - len(sound))
        sound += more
        if not more:
            assert time.monotonic() < end, "the feed gives nothing"
            time.sleep(0.002)
    return np.frombuffer(sound, "<i2").reshape(-1, feed.channels)[:, 0]


def take_frames(feed: Feed, frames: int) -> list[int]:
    return [int(value) for value in take(feed, frames)]


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


def test_a_loop_may_be_entered_in_its_middle(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 1_000_000, 1_100_000, from_us=1_050_000, loop=True)
    assert take_frames(feed, 1200) == [*range(8400, 8800), *range(8000, 8800)]


@pytest.mark.parametrize("rate", [0.1, 0.5, 1.0, 2.0, 4.0])
def test_every_interval_of_a_looped_click_track_is_exact_at_every_rate(
    clicks: Path, feed_of: Callable[..., SoundFeed], rate: float
) -> None:
    feed = feed_of(clicks, 10_000_000, 11_000_000, loop=True, hearing=Hearing(rate=rate))
    heard = take(feed, round(20 * RATE / rate))
    found = np.flatnonzero(heard > 20_000)
    assert found.size == 40
    assert np.abs(np.diff(found) - RATE / 2 / rate).max() <= 1


@pytest.mark.parametrize("end_us", [1_000_125, 1_000_600])
def test_a_loop_of_a_sample_or_a_few_is_played_and_not_counted_up(
    staircase: Path, feed_of: Callable[..., SoundFeed], end_us: int
) -> None:
    feed = feed_of(staircase, 1_000_000, end_us, loop=True)
    once = list(range(8000, round(end_us * RATE / 1e6)))
    assert take_frames(feed, 3000) == (once * 3000)[:3000]
    assert 1_000_000 <= (feed.time_us(2999) or 0) <= end_us


@pytest.mark.parametrize("rate", [0.1, 1.0, 4.0])
def test_what_is_ready_fills_the_buffer_of_a_device(
    clicks: Path, feed_of: Callable[..., SoundFeed], rate: float
) -> None:
    feed = feed_of(clicks, 1_000_000, 19_000_000, hearing=Hearing(rate=rate))
    wanted = round(BUFFER_S * RATE) * feed.bytes_per_frame
    assert len(feed.take(wanted)) == wanted


def test_a_stretch_shorter_than_a_buffer_is_ready_as_a_whole(
    staircase: Path, feed_of: Callable[..., SoundFeed]
) -> None:
    feed = feed_of(staircase, 1_000_000, 1_050_000)
    assert len(feed.take(10**6)) == 400 * feed.bytes_per_frame
    assert feed.has_ended


def test_bytes_are_taken_in_whole_frames(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 0, 1_000_000)
    assert len(feed.take(7)) == 4


def test_a_stretch_beyond_the_file_ends_with_the_file(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    assert len(take_frames(feed_of(staircase, 3_500_000, 9_000_000), 10**6)) == RATE // 2


@pytest.mark.parametrize("rate", [0.5, 1.0, 2.0])
def test_every_frame_knows_where_it_was_recorded(
    staircase: Path, feed_of: Callable[..., SoundFeed], rate: float
) -> None:
    feed = feed_of(staircase, 1_000_000, 1_500_000, loop=True, hearing=Hearing(rate=rate))
    take(feed, 9000)
    for frame in (0, 1000, 4321, 8999):
        assert feed.time_us(frame) == pytest.approx(1_000_000 + frame / RATE * 1e6 * rate % 500_000, abs=2)


def test_another_device_rate_keeps_length_and_places(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 1_000_000, 2_000_000, playable_hz=lambda _: 48_000)
    assert feed.rate_hz == 48_000
    assert take(feed, 10**6).size == 48_000
    assert feed.time_us(24_000) == pytest.approx(1_500_000, abs=2)


def wait_until_followed(feed: SoundFeed) -> None:
    """Wait until the last change of how it is heard is in what can be taken next."""
    with feed._wake:
        assert feed._wake.wait_for(lambda: feed._done == feed._asked, timeout=20)


def test_a_change_of_rate_goes_on_at_the_place_it_is_made(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 0, 4_000_000)
    take(feed, 1000)
    feed.change(Hearing(rate=2.0))
    wait_until_followed(feed)
    left = take(feed, 10**6)
    # A tenth of a second was kept; all behind it takes half as long.
    assert left.size == pytest.approx(800 + (4 * RATE - 1800) / 2, abs=1)
    assert feed.time_us(1000 + 800 + 5000) == pytest.approx((1800 + 10_000) / RATE * 1e6, abs=200)


def test_a_change_of_gain_is_heard_soon_and_without_a_click(tmp_path: Path, feed_of: Callable[..., SoundFeed]) -> None:
    path = tmp_path / "level.wav"
    soundfile.write(path, np.full(10 * RATE, 0.5), RATE, subtype="PCM_16")
    feed = feed_of(path, 0, 10_000_000)
    take(feed, 100)
    for k in range(30):
        feed.change(Hearing(recording=Strip(gain_db=-0.5 * k)))
    feed.change(Hearing(recording=Strip(gain_db=-20)))
    wait_until_followed(feed)
    heard = take(feed, 8000).astype(int)
    assert heard[0] > 1638 * 1.5
    assert heard[-1] == pytest.approx(1638, abs=2)
    assert np.abs(np.diff(heard)).max() < 16384 / (0.01 * RATE) * 1.2


def test_a_change_within_a_loop_holds_for_the_rounds_that_follow(
    tmp_path: Path, feed_of: Callable[..., SoundFeed]
) -> None:
    path = tmp_path / "level.wav"
    soundfile.write(path, np.full(RATE, 0.5), RATE, subtype="PCM_16")
    feed = feed_of(path, 0, 100_000, loop=True)
    take(feed, 3000)
    feed.change(Hearing(recording=Strip(is_muted=True)))
    take(feed, 2 * RATE)
    assert not take(feed, 4 * RATE).any()


def test_a_change_after_the_end_does_no_harm(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 0, 100_000)
    take(feed, 10**6)
    feed.change(Hearing(rate=2))
    feed.join()
    assert feed.has_ended


def test_a_file_that_is_no_recording_is_a_problem_in_words(tmp_path: Path, feed_of: Callable[..., SoundFeed]) -> None:
    path = tmp_path / "notes.wav"
    path.write_text("not a recording")
    feed = feed_of(path, 0, 1_000_000)
    assert "notes.wav" in feed.problem
    assert feed.take(100) == b""
    assert feed.has_ended


def test_a_recording_without_samples_is_told_in_a_sentence(tmp_path: Path, feed_of: Callable[..., SoundFeed]) -> None:
    path = tmp_path / "empty.wav"
    soundfile.write(path, np.zeros(0), RATE)
    feed = feed_of(path, 0, 1_000_000, loop=True)
    assert "no samples" in feed.problem
    assert feed.has_ended


@pytest.mark.parametrize("rate", [0.1, 1.0, 4.0])
def test_a_recording_of_one_sample_is_played(tmp_path: Path, feed_of: Callable[..., SoundFeed], rate: float) -> None:
    path = tmp_path / "one.wav"
    soundfile.write(path, np.full(1, 0.5), RATE, subtype="PCM_16")
    assert take(feed_of(path, 0, 1_000_000, hearing=Hearing(rate=rate)), 100).size == max(1, round(1 / rate))


@pytest.mark.parametrize(
    ("harm", "words"),
    [
        (lambda path: path.unlink(), "no longer there"),
        (lambda path: os.replace(path.with_name("other.wav"), path), "replaced"),
        (lambda path: path.write_bytes(path.read_bytes()[:2000]), "replaced"),
        (lambda path: os.utime(path, ns=(1, 1)), "changed"),
    ],
)
def test_a_file_that_goes_or_changes_while_it_plays_ends_with_a_sentence(
    staircase: Path, feed_of: Callable[..., SoundFeed], harm: Callable[[Path], None], words: str
) -> None:
    staircase.with_name("other.wav").write_bytes(staircase.read_bytes())
    feed = feed_of(staircase, 0, 4_000_000)
    harm(staircase)
    assert take(feed, 10**6).size < 4 * RATE
    assert feed.has_ended
    assert words in feed.problem
    assert str(staircase) in feed.problem


def test_a_file_that_is_still_being_written_plays_on(staircase: Path, feed_of: Callable[..., SoundFeed]) -> None:
    feed = feed_of(staircase, 0, 4_000_000)
    with staircase.open("ab") as file:
        file.write(bytes(4000))
    assert take(feed, 10**6).size == 4 * RATE
    assert not feed.problem


def test_scrubbing_gives_a_short_grain_for_each_place_and_silence_at_rest(
    staircase: Path, keep: Callable[[Feed], Any]
) -> None:
    feed = keep(ScrubFeed(staircase))
    assert feed.take(100) == b""
    for time_us in (1_000_000, 3_000_000):
        feed.aim(time_us)
        grain = take(feed, round(0.06 * RATE))
        middle = grain.size // 2
        assert grain[middle] == pytest.approx(time_us * RATE / 1e6 + middle, abs=1)
        assert grain[0] == grain[-1] == 0
        assert feed.time_us(feed.taken_frames - grain.size) == pytest.approx(time_us, abs=130)
    assert feed.take(100) == b""


@pytest.mark.parametrize("time_us", [-5_000_000, 4_000_000, 900_000_000])
def test_scrubbing_beyond_the_recording_stays_within_it(
    staircase: Path, keep: Callable[[Feed], Any], time_us: int
) -> None:
    feed = keep(ScrubFeed(staircase))
    feed.aim(time_us)
    assert take(feed, 1).size == 1


@pytest.fixture
def shifted(tmp_path: Path) -> Path:
    """20 s with a lower click every half second, at another sample rate."""
    samples = np.zeros((20 * 2 * RATE, 2), np.int16)
    samples[::RATE], samples[1::RATE] = 20_000, -20_000
    path = tmp_path / "shifted.wav"
    soundfile.write(path, samples, 2 * RATE, subtype="PCM_16")
    return path


def beside(path: Path, offset_us: int) -> Further:
    return Further(path, offset_us, 2, 20_000_000)


@pytest.mark.parametrize("offset_us", [125_000, 62_625, -100_000])
def test_two_click_tracks_interleave_to_the_sample_loop_after_loop(
    clicks: Path, feed_of: Callable[..., SoundFeed], offset_us: int
) -> None:
    second = clicks.with_name("second.wav")
    second.write_bytes(clicks.read_bytes())
    both = Hearing(others=(Mix(Strip(gain_db=-6)),))
    feed = feed_of(clicks, 10_000_000, 11_000_000, loop=True, hearing=both, further=(beside(second, offset_us),))
    heard = take(feed, 20 * RATE)
    own, other = np.flatnonzero(heard > 20_000), np.flatnonzero((heard > 10_000) & (heard < 20_000))
    apart = round(offset_us * RATE / 1e6) % (RATE // 2)
    np.testing.assert_array_equal(own, np.arange(0, 20 * RATE, RATE // 2))
    np.testing.assert_array_equal(other, np.arange(apart, 20 * RATE, RATE // 2))


@pytest.mark.parametrize("rate", [0.5, 2.0])
def test_two_click_tracks_keep_their_places_in_a_loop_at_another_speed(
    clicks: Path, feed_of: Callable[..., SoundFeed], rate: float
) -> None:
    second = clicks.with_name("second.wav")
    second.write_bytes(clicks.read_bytes())
    both = Hearing(rate=rate, others=(Mix(),))
    feed = feed_of(clicks, 10_000_000, 11_000_000, loop=True, hearing=both, further=(beside(second, 250_000),))
    heard = take(feed, round(10 * RATE / rate))
    found = np.flatnonzero(heard > 15_000)
    found = found[np.diff(found, prepend=-RATE) > 100]
    assert found.size == 40
    assert np.abs(np.diff(found) - RATE / 4 / rate).max() <= 0.005 * RATE


def test_a_recording_of_another_rate_is_heard_alone_at_the_main_ones_times(
    clicks: Path, shifted: Path, feed_of: Callable[..., SoundFeed]
) -> None:
    alone = Hearing(others=(Mix(Strip(is_solo=True)),))
    feed = feed_of(clicks, 10_000_000, 12_000_000, hearing=alone, further=(beside(shifted, 125_000),))
    assert feed.rate_hz == RATE
    heard = np.abs(take(feed, 2 * RATE).astype(int))
    loudest = np.flatnonzero(heard > 0.7 * heard.max())
    loudest = loudest[np.diff(loudest, prepend=-RATE) > 100]
    assert np.abs(loudest - np.arange(RATE // 8, 2 * RATE, RATE // 2)).max() <= 1


def test_a_recording_let_in_while_it_plays_is_heard_soon_from_its_own_place(
    staircase: Path, feed_of: Callable[..., SoundFeed]
) -> None:
    other = staircase.with_name("other.wav")
    other.write_bytes(staircase.read_bytes())
    feed = feed_of(staircase, 0, 4_000_000, further=(beside(other, 100_000),))
    take(feed, 1000)
    feed.change(Hearing(others=(Mix(),)))
    wait_until_followed(feed)
    heard = take(feed, 5000)
    at = np.arange(1000, 6000)
    np.testing.assert_array_equal(heard[2000:], (at + at - 800)[2000:])
    assert feed.time_us(3000) == pytest.approx(375_000, abs=2)


def test_a_further_recording_that_goes_while_it_plays_is_missed_and_the_main_one_plays_to_its_end(
    staircase: Path, feed_of: Callable[..., SoundFeed]
) -> None:
    other = staircase.with_name("other.wav")
    other.write_bytes(staircase.read_bytes())
    feed = feed_of(staircase, 0, 4_000_000, hearing=Hearing(others=(Mix(),)), further=(beside(other, 0),))
    other.unlink()
    heard = take(feed, 4 * RATE)
    np.testing.assert_array_equal(heard[3 * RATE :], np.arange(3 * RATE, 4 * RATE))
    assert "other.wav is no longer there" in feed.remark
    assert not feed.problem


def test_a_further_recording_is_heard_while_scrubbing(staircase: Path, keep: Callable[[Feed], Any]) -> None:
    other = staircase.with_name("other.wav")
    other.write_bytes(staircase.read_bytes())
    alone = Hearing(others=(Mix(Strip(is_solo=True)),))
    feed = keep(ScrubFeed(staircase, hearing=alone, further=(beside(other, 500_000),)))
    feed.aim(1_000_000)
    grain = take(feed, round(0.06 * RATE))
    middle = grain.size // 2
    assert grain[middle] == pytest.approx(RATE - RATE // 2 + middle, abs=1)
