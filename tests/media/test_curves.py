"""Pitch and loudness are right where they are known, at their time, and nothing is made up elsewhere."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.media.curves import CurveSource, pitch_of

RATE = 44_100


def harmonic(hz: np.ndarray | float, seconds: float, rate: int = RATE) -> np.ndarray:
    """A voice-like sound: up to ten harmonics, each weaker."""
    n = round(seconds * rate)
    phase = 2 * np.pi * np.cumsum(np.broadcast_to(hz, n)) / rate
    harmonics = range(1, 1 + min(10, int(rate / 2 / np.max(hz))))
    return np.asarray(sum(np.sin(k * phase) / k for k in harmonics), np.float32) * 0.2


@pytest.mark.parametrize("hz", [70, 110, 220, 440, 700])
@pytest.mark.parametrize("rate", [8000, 16_000, 44_100, 96_000])
def test_a_steady_tone_has_its_pitch_everywhere(hz: int, rate: int) -> None:
    found = pitch_of(harmonic(float(hz), 1.0, rate), rate)
    assert np.isfinite(found).all()
    assert np.abs(1200 * np.log2(found / hz)).max() < 12  # cents


def test_a_glide_is_followed_without_jumps() -> None:
    hz = np.geomspace(100, 400, 2 * RATE)
    found = pitch_of(harmonic(hz, 2.0), RATE)
    wanted = np.interp(0.025 + 0.01 * np.arange(len(found)), np.arange(2 * RATE) / RATE, hz)
    assert np.nanmax(np.abs(1200 * np.log2(found / wanted))) < 40
    assert np.isfinite(found).all()


def test_noise_and_silence_have_no_pitch() -> None:
    rng = np.random.default_rng(1)
    assert np.isfinite(pitch_of(rng.standard_normal(RATE).astype(np.float32) * 0.1, RATE)).mean() < 0.05
    assert not np.isfinite(pitch_of(np.zeros(RATE, np.float32), RATE)).any()
    assert not np.isfinite(pitch_of(harmonic(200.0, 1.0) * 1e-3, RATE)).any()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    """Ten seconds of stereo: from 4 to 6 s a voice of 150 Hz, else silence."""
    sound = np.zeros((10 * RATE, 2), np.float32)
    sound[4 * RATE : 6 * RATE] = harmonic(150.0, 2.0)[:, None]
    soundfile.write(tmp_path / "voice.wav", sound, RATE, subtype="FLOAT")
    return tmp_path / "voice.wav"


def test_a_pitch_is_told_at_its_time_whatever_stretch_is_asked_for(recording: Path) -> None:
    source = CurveSource(recording, offset_us=1_000_000)
    whole = source.pitch(0, 12_000_000)
    voiced = whole.start_us + np.flatnonzero(np.isfinite(whole.values)) * whole.step_us
    assert voiced[0] == pytest.approx(5_000_000, abs=25_000)
    assert voiced[-1] == pytest.approx(7_000_000, abs=25_000)
    part = source.pitch(5_503_000, 6_001_000)
    assert part.start_us == 5_510_000
    same = whole.values[551 : 551 + len(part.values)]
    np.testing.assert_allclose(part.values, same, rtol=1e-3)
    source.close()


def test_loudness_is_that_of_the_standard(tmp_path: Path) -> None:
    rate = 48_000  # a sine of 997 Hz at full scale in one channel is -3.01 LUFS
    sine = np.sin(2 * np.pi * 997 * np.arange(5 * rate) / rate) * 10 ** (-20 / 20)
    soundfile.write(tmp_path / "sine.wav", sine, rate, subtype="FLOAT")
    found = CurveSource(tmp_path / "sine.wav").loudness(0, 5_000_000)
    assert found.values[10:-10] == pytest.approx(-23.01, abs=0.1)
    assert len(found.values) == 50


def test_loudness_is_told_at_its_time_and_silence_is_silent(recording: Path) -> None:
    found = CurveSource(recording).loudness(0, 10_000_000)
    loud = np.flatnonzero(found.values > -40) * 0.1
    assert (loud[0], loud[-1]) == (pytest.approx(3.9, abs=0.11), pytest.approx(6.1, abs=0.11))
    assert found.values[80] == pytest.approx(-120)


def test_stretches_outside_the_recording_are_silent(recording: Path) -> None:
    source = CurveSource(recording)
    assert not np.isfinite(source.pitch(20_000_000, 21_000_000).values).any()
    assert source.loudness(20_000_000, 21_000_000).values.max() == -120
    assert len(source.pitch(1000, 1000).values) == 0
