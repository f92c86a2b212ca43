"""The description of a stretch says what a listener would."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import asdict
from numpy.typing import NDArray

from annodesk.media.features import RATE_HZ, SoundDescription, describe, describe_file

T = np.arange(3 * RATE_HZ) / RATE_HZ


def _is_sound(description: SoundDescription) -> bool:
    """Every number finite, every share a share."""
    numbers = asdict(description)
    shares = [value for name, value in numbers.items() if name.endswith("_share")]
    return all(math.isfinite(value) for value in numbers.values()) and all(
        -1e-6 <= share <= 1 + 1e-6 for share in shares
    )


def test_silence_is_silent_and_nothing_else() -> None:
    silence = describe(np.zeros(RATE_HZ, np.float32), RATE_HZ)
    assert silence.loudness_db == silence.peak_db == -100
    assert silence.silence_share == 1
    assert silence.voiced_share == silence.onset_rate_hz == silence.harmonic_share == silence.key_clarity == 0


def test_a_buzz_has_its_pitch_and_level() -> None:
    buzz = sum(np.sin(2 * np.pi * 150 * k * T) / k for k in range(1, 9)).astype(np.float32) * 0.1
    described = describe(buzz, RATE_HZ)
    assert described.pitch_low_hz == pytest.approx(150, abs=3)
    assert described.pitch_high_hz == pytest.approx(150, abs=3)
    assert described.voiced_share > 0.95
    assert described.loudness_db == pytest.approx(10 * np.log10(np.mean(buzz**2)), abs=0.1)
    assert described.tone_steadiness > 0.95


def test_hiss_is_flat_and_not_voiced() -> None:
    hiss = np.random.default_rng(0).standard_normal(T.size).astype(np.float32) * 0.1
    described = describe(hiss, RATE_HZ)
    assert described.flatness > 0.4
    assert described.voiced_share < 0.05
    assert described.harmonic_share < 0.6
    assert described.high_share > 0.5


def test_clicks_twice_a_second_have_that_tempo() -> None:
    clicks = np.zeros(8 * RATE_HZ, np.float32)
    for k in range(16):
        clicks[k * RATE_HZ // 2 :][:400] = np.random.default_rng(k).standard_normal(400) * 0.5
    described = describe(clicks, RATE_HZ)
    assert described.tempo_bpm == pytest.approx(120, abs=4)
    assert described.onset_rate_hz == pytest.approx(2, abs=0.3)
    assert described.rhythm_strength > 0.6


@settings(max_examples=60, deadline=None)
@given(
    n=st.integers(0, 6000),
    rate_hz=st.sampled_from([8000, 11025, 22050, 44100, 96000]),
    kind=st.sampled_from(["zeros", "noise", "constant", "click", "broken"]),
    seed=st.integers(0, 100),
)
def test_any_short_stretch_gives_finite_numbers(n: int, rate_hz: int, kind: str, seed: int) -> None:
    samples: NDArray[np.float32] = np.zeros(n, np.float32)
    if kind == "noise":
        samples = np.random.default_rng(seed).standard_normal(n).astype(np.float32)
    elif kind == "constant":
        samples += 0.7
    elif kind == "click" and n:
        samples[seed % n] = 1
    elif kind == "broken":
        samples[::3] = np.nan
        samples[1::5] = np.inf
    assert _is_sound(describe(samples, rate_hz))


def test_speech_is_voiced_and_at_the_pace_of_syllables(shared: Path) -> None:
    described = describe_file(shared / "data/audio/speech/jfk.wav", 0, 60_000_000)
    assert described.duration_s == pytest.approx(11.0, abs=0.01)
    assert described.voiced_share > 0.4
    assert 70 < described.pitch_low_hz < described.pitch_high_hz < 350
    assert described.syllable_modulation > 0.25


def test_a_stretch_is_described_alone(shared: Path) -> None:
    path = shared / "data/audio/bio/1min.wav"
    described = describe_file(path, 2_000_000, 3_500_000)
    assert described.duration_s == pytest.approx(1.5, abs=1e-3)
    assert _is_sound(described)
    assert describe_file(path, 3_000_000, 3_000_000).loudness_db == -100


def test_every_recording_of_the_shared_data_can_be_described(shared: Path) -> None:
    found = [path for path in sorted((shared / "data/audio").rglob("*")) if path.suffix in (".wav", ".mp3", ".ogg")]
    assert len(found) > 100
    for path in found[::5]:
        assert _is_sound(describe_file(path, 0, 3_600_000_000)), path
