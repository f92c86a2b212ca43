"""Several recordings heard as one: to the sample, at any rates, and without those that cannot be read."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from annodesk.errors import MediaError
from annodesk.media.listen import MUTED, Float32, Hearing, Mix, Strip, hear
from annodesk.media.recordings import Further, Recordings, open_recordings

RATE_HZ = 8000
BOTH = Hearing(others=(Mix(),))
OTHER_ALONE = Hearing(others=(Mix(Strip(is_solo=True)),))


def written(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    """Samples (n,) or (n, channels) as a float file."""
    soundfile.write(path, samples, rate_hz, subtype="FLOAT")
    return path


def beside(path: Path, offset_us: int = 0, **said: int) -> Further:
    """A further recording as a probe would describe it."""
    info = soundfile.info(path)
    return Further(path, offset_us, info.channels, math.ceil(info.frames * 1_000_000 / info.samplerate), **said)


def heard(source: Recordings, first: int, last: int, hearing: Hearing) -> Float32:
    return np.concatenate(list(hear(source, first, last, hearing, source.rate_hz)), axis=1)


@pytest.fixture
def main(tmp_path: Path) -> Path:
    """2 s in which every sample says its own number in 1/100,000."""
    return written(tmp_path / "main.wav", np.arange(2 * RATE_HZ) / 100_000)


@pytest.mark.parametrize("offset_us", [0, 125, 250_060, -100_000])
def test_a_further_recording_is_added_where_it_begins_to_the_sample(tmp_path: Path, main: Path, offset_us: int) -> None:
    other = written(tmp_path / "other.wav", np.full(100, 0.25))
    start = round(offset_us * RATE_HZ / 1e6)
    with open_recordings(main, [beside(other, offset_us)], BOTH) as source:
        first, last = source.extent(BOTH)
        out = source.mixed(first, last - first, BOTH)[0]
    expected = np.zeros(last - first)
    expected[-first:] = np.arange(2 * RATE_HZ) / 100_000
    expected[start - first : start - first + 100] += 0.25
    assert (first, last) == (min(0, start), 2 * RATE_HZ)
    np.testing.assert_allclose(out, expected, atol=1e-7)


def test_without_a_word_about_it_a_further_recording_is_neither_heard_nor_opened(tmp_path: Path, main: Path) -> None:
    broken = tmp_path / "broken.wav"
    broken.write_bytes(b"RIFF")
    with open_recordings(main, [Further(broken, channels=1, duration_us=9_000_000)], Hearing()) as source:
        out = source.mixed(0, 2 * RATE_HZ, Hearing())
        assert source.extent(Hearing()) == (0, 2 * RATE_HZ)
        assert source.remark == ""
    np.testing.assert_allclose(out[0], np.arange(2 * RATE_HZ) / 100_000, atol=1e-7)


def test_solo_gain_and_mute_of_a_recording_hold_beside_those_of_its_channels(tmp_path: Path, main: Path) -> None:
    other = written(tmp_path / "other.wav", np.tile([0.1, 0.3], (2 * RATE_HZ, 1)))
    with open_recordings(main, [beside(other)], BOTH) as source:
        alone = source.mixed(100, 10, OTHER_ALONE)
        np.testing.assert_allclose(alone, np.tile([[0.1], [0.3]], 10), rtol=1e-6)
        right = OTHER_ALONE.with_strip(Strip(is_solo=True), 1, 1)
        np.testing.assert_allclose(source.mixed(100, 10, right), 0.3, rtol=1e-6)
        halved = replace(BOTH, recording=MUTED).with_strip(Strip(gain_db=-20), number=1)
        np.testing.assert_allclose(source.mixed(100, 10, halved), np.tile([[0.01], [0.03]], 10), rtol=1e-5)
        main_alone = BOTH.with_strip(Strip(is_solo=True))
        np.testing.assert_allclose(source.mixed(100, 10, main_alone), np.tile(np.arange(100, 110) / 1e5, (2, 1)))


@pytest.mark.parametrize("rate_hz", [44_100, 48_000, 11_025, 384_000, 8001])
def test_a_recording_of_another_rate_lies_where_it_should_wherever_reading_begins(
    tmp_path: Path, main: Path, rate_hz: int
) -> None:
    seconds = np.arange(2 * rate_hz) / rate_hz
    other = written(tmp_path / "other.wav", 0.5 * np.sin(2 * np.pi * 700 * seconds), rate_hz)
    with open_recordings(main, [beside(other, 250_000)], OTHER_ALONE) as source:
        for first, n in ((6000, 500), (6500, 1000), (3000, 4000), (2900, 1)):
            got = source.mixed(first, n, OTHER_ALONE)[0]
            at = (np.arange(first, first + n) - 2000) / RATE_HZ
            inside = at > 0.02  # a tone that begins at once rings where it begins
            np.testing.assert_allclose(got[inside], 0.5 * np.sin(2 * np.pi * 700 * at[inside]), atol=1e-4)


def test_what_is_longer_than_the_first_recording_is_heard_to_its_end_where_it_is_heard_at_all(
    tmp_path: Path, main: Path
) -> None:
    other = written(tmp_path / "other.wav", np.full(2 * RATE_HZ, 0.5))
    with open_recordings(main, [beside(other, 1_000_000)], BOTH) as source:
        assert source.extent(BOTH) == (0, 3 * RATE_HZ)
        assert source.extent(Hearing()) == (0, 2 * RATE_HZ)
        np.testing.assert_allclose(source.mixed(2 * RATE_HZ, RATE_HZ, BOTH), 0.5)


@pytest.mark.parametrize(
    "harm", [lambda path: path.write_bytes(b"RIFF"), lambda path: path.unlink(), lambda path: path.write_bytes(b"")]
)
def test_a_further_recording_that_cannot_be_read_is_missed_in_a_sentence_and_the_others_are_heard(
    tmp_path: Path, main: Path, harm: Callable[[Path], object]
) -> None:
    harmed = written(tmp_path / "harmed.wav", np.ones(100))
    third = written(tmp_path / "third.wav", np.full(2 * RATE_HZ, 0.25))
    said = [beside(harmed), beside(third)]
    harm(harmed)
    hearing = Hearing(others=(Mix(), Mix()))
    with open_recordings(main, said, hearing) as source:
        np.testing.assert_allclose(source.mixed(0, 10, hearing)[0], 0.25 + np.arange(10) / 1e5, rtol=1e-6)
        assert "harmed.wav" in source.remark
        assert "third.wav" not in source.remark


def test_a_further_recording_that_goes_while_it_plays_falls_silent_and_is_missed(tmp_path: Path, main: Path) -> None:
    other = written(tmp_path / "other.wav", np.full(2 * RATE_HZ, 0.25))
    with open_recordings(main, [beside(other)], BOTH) as source:
        assert source.mixed(0, 10, BOTH)[0, 0] == 0.25
        other.unlink()
        source.check()
        assert source.mixed(0, 10, BOTH)[0, 0] == 0
        assert "other.wav is no longer there" in source.remark


def test_where_the_first_cannot_be_opened_the_others_are_heard_and_it_is_said(tmp_path: Path) -> None:
    broken, other = tmp_path / "broken.wav", written(tmp_path / "other.wav", np.full(RATE_HZ, 0.25), 16_000)
    broken.write_bytes(b"RIFF")
    with open_recordings(broken, [beside(other)], BOTH) as source:
        assert source.rate_hz == 16_000
        np.testing.assert_allclose(source.mixed(0, 10, BOTH), 0.25)
        assert "broken.wav" in source.remark
    with pytest.raises(MediaError, match=r"broken\.wav"):
        open_recordings(broken, [beside(other)], Hearing())


def test_where_the_first_has_no_sound_there_is_nothing_to_miss(tmp_path: Path) -> None:
    other = written(tmp_path / "other.wav", np.full(RATE_HZ, 0.25))
    with open_recordings(None, [beside(other)], BOTH) as source:
        np.testing.assert_allclose(source.mixed(0, 10, BOTH), 0.25)
        assert source.remark == ""
    with pytest.raises(MediaError, match="Nothing of this item"):
        open_recordings(None, [beside(other)], Hearing())


def test_the_sum_does_not_clip(tmp_path: Path) -> None:
    paths = [written(tmp_path / f"{n}.wav", np.random.default_rng(n).uniform(-0.9, 0.9, RATE_HZ)) for n in range(4)]
    hearing = Hearing(others=(Mix(), Mix(), Mix()))
    with open_recordings(paths[0], [beside(path) for path in paths[1:]], hearing) as source:
        assert np.abs(source.mixed(0, RATE_HZ, hearing)).max() > 2
        assert np.abs(heard(source, 0, RATE_HZ, hearing)).max() <= 1.000001


def test_a_mono_recording_beside_a_stereo_one_is_heard_on_both_sides(tmp_path: Path, main: Path) -> None:
    other = written(tmp_path / "other.wav", np.zeros((100, 2)))
    with open_recordings(main, [beside(other)], Hearing()) as source:
        out = source.mixed(1000, 5, Hearing())
    assert out.shape == (2, 5)
    np.testing.assert_array_equal(out[0], out[1])
    assert out[0, 0] == pytest.approx(0.01)


def test_one_that_has_more_channels_than_was_said_is_heard_all_the_same(tmp_path: Path, main: Path) -> None:
    other = written(tmp_path / "other.wav", np.tile([0.1, 0.3], (RATE_HZ, 1)))
    with open_recordings(main, [replace(beside(other), channels=1)], OTHER_ALONE) as source:
        np.testing.assert_allclose(source.mixed(0, 5, OTHER_ALONE), np.full((1, 5), 0.2), rtol=1e-6)
