"""What is heard of a stretch: which samples, how they are mixed, which band."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace

from annodesk.media.decode import open_audio
from annodesk.media.listen import Float32, Hearing, Strip, band_sections, hear, heard_samples, mixing
from annodesk.media.recordings import Recordings

RATE_HZ = 8000
PLAIN = Hearing()


def written(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    """Samples (channels, n) as a float file."""
    soundfile.write(path, samples.T, rate_hz, subtype="FLOAT")
    return path


def heard(path: Path, first: int, last: int, hearing: Hearing = PLAIN, out_hz: int | None = None) -> Float32:
    with open_audio(path) as source:
        return np.concatenate(list(hear(Recordings(source), first, last, hearing, out_hz or source.rate_hz)), axis=1)


@pytest.fixture
def noise(tmp_path: Path) -> Path:
    return written(tmp_path / "noise.wav", np.random.default_rng(3).uniform(-0.9, 0.9, (2, 3 * RATE_HZ)))


def test_as_recorded_every_sample_is_the_files_own(noise: Path) -> None:
    with open_audio(noise) as source:
        np.testing.assert_array_equal(heard(noise, 1234, 20_001), source.read(1234, 20_001 - 1234))


@pytest.mark.parametrize("rate", [0.1, 0.5, 0.77, 1.0, 2.0, 4.0])
@pytest.mark.parametrize("out_hz", [8000, 11025, 48000])
@pytest.mark.parametrize("n", [1, 7999])
def test_a_stretch_is_as_long_as_its_rate_says(noise: Path, rate: float, out_hz: int, n: int) -> None:
    hearing = replace(PLAIN, rate=rate, band_hz=(300, 1000))
    assert heard(noise, 100, 100 + n, hearing, out_hz).shape == (2, heard_samples(n, RATE_HZ, hearing, out_hz))


def test_nothing_from_outside_the_stretch_is_heard(tmp_path: Path) -> None:
    samples = np.full((1, 3 * RATE_HZ), 0.9)
    samples[:, RATE_HZ : 2 * RATE_HZ] = 0
    path = written(tmp_path / "hole.wav", samples)
    for rate in (0.3, 1.0, 2.5):
        out = heard(path, RATE_HZ, 2 * RATE_HZ, replace(PLAIN, rate=rate, band_hz=(20, 3000)), 11025)
        assert np.abs(out).max() == 0


def test_each_channel_of_a_stereo_recording_stays_on_its_side() -> None:
    np.testing.assert_array_equal(mixing(2, PLAIN), np.eye(2))


def test_a_channel_alone_is_heard_on_both_sides() -> None:
    for hearing in (
        PLAIN.with_strip(Strip(is_solo=True), 1),
        PLAIN.with_strip(Strip(is_muted=True), 0),
    ):
        np.testing.assert_array_equal(mixing(2, hearing), [[0, 1], [0, 1]])


def test_solo_is_stronger_than_the_others_and_mute_stronger_than_solo() -> None:
    hearing = PLAIN.with_strip(Strip(is_solo=True), 3).with_strip(Strip(is_solo=True, is_muted=True), 1)
    np.testing.assert_array_equal(mixing(16, hearing), [[0, 0, 0, 1, *([0] * 12)]])


def test_gains_of_channel_recording_and_levelling_add_up() -> None:
    hearing = Hearing(recording=Strip(gain_db=-10), levelling_db=4).with_strip(Strip(gain_db=26), 0)
    np.testing.assert_allclose(mixing(2, hearing), [[10, 0], [0, 10 ** (-6 / 20)]], rtol=1e-6)


def test_a_muted_recording_is_silence_of_the_same_length(noise: Path) -> None:
    out = heard(noise, 0, 4000, Hearing(recording=Strip(is_muted=True)))
    assert out.shape == (2, 4000)
    assert not out.any()


def test_many_channels_are_averaged(tmp_path: Path) -> None:
    path = written(tmp_path / "many.wav", np.arange(16)[:, None] / 100 + np.zeros((16, 500)))
    np.testing.assert_allclose(heard(path, 0, 500), 0.075, rtol=1e-5)


def test_a_gain_that_is_too_much_does_not_clip(noise: Path) -> None:
    out = heard(noise, 0, 20_000, Hearing(recording=Strip(gain_db=30)))
    assert np.abs(out).max() <= 1.000001


def test_only_the_band_is_heard_and_blocks_leave_no_seams(tmp_path: Path) -> None:
    time_s = np.arange(2 * RATE_HZ) / RATE_HZ
    inside, outside = 0.3 * np.sin(2 * np.pi * 1000 * time_s), 0.3 * np.sin(2 * np.pi * 3000 * time_s)
    path = written(tmp_path / "two.wav", (inside + outside)[None])
    out = heard(path, 0, 2 * RATE_HZ, Hearing(band_hz=(800, 1200)))[0, RATE_HZ:]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size))) / out.size
    assert spectrum[1000] == pytest.approx(0.075, rel=0.05)
    others = np.delete(spectrum, slice(980, 1020))
    assert others.max() < 1e-4


def test_an_offset_makes_no_thump_where_a_band_begins(tmp_path: Path) -> None:
    path = written(tmp_path / "offset.wav", np.full((1, RATE_HZ), 0.7))
    assert np.abs(heard(path, 0, RATE_HZ, Hearing(band_hz=(100, 1000)))).max() < 1e-4


@pytest.mark.parametrize(
    ("low_hz", "high_hz"), [(0, 500), (500, 1e9), (3999, 9000), (1000, 1000), (2000, 300), (-5, 0), (1e6, 1e7)]
)
def test_any_band_can_be_asked_for(noise: Path, low_hz: float, high_hz: float) -> None:
    out = heard(noise, 0, 8000, Hearing(band_hz=(low_hz, high_hz)))
    assert np.isfinite(out).all()


def test_a_band_of_everything_is_no_filter() -> None:
    assert band_sections(0, 5000, RATE_HZ) is None
