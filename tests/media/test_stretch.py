"""Slower and faster sound: onsets where they belong, as many samples as promised, the same pitch."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from annodesk.media.stretch import FASTEST, SLOWEST, Stretcher, bounded_rate, stretched_samples

Float32 = NDArray[np.float32]

RATE_HZ = 44100
RATES = (0.1, 0.25, 0.5, 0.8, 1.5, 2.0, 4.0)


def stretched(samples: Float32, rate: float, block: int = 8820, rate_hz: int = RATE_HZ) -> Float32:
    stretcher = Stretcher(len(samples), rate_hz, rate)
    out = [stretcher.push(samples[:, k : k + block]) for k in range(0, samples.shape[1], block)]
    return np.concatenate([*out, stretcher.finish()], axis=1)


@pytest.mark.parametrize("background", [0.0, 1e-4, 0.05])
@pytest.mark.parametrize("rate", RATES)
def test_a_click_is_heard_once_and_at_its_place_at_every_rate(rate: float, background: float) -> None:
    noise = np.random.default_rng(1).standard_normal((2, 6 * RATE_HZ)) * background
    samples = noise.astype(np.float32)
    clicks = np.arange(RATE_HZ // 8, 6 * RATE_HZ, RATE_HZ // 2)
    samples[:, clicks], samples[:, clicks + 1] = 0.9, -0.9
    found = np.flatnonzero(stretched(samples, rate)[0] > 0.6)
    assert found.size == clicks.size
    assert np.abs(found - clicks / rate).max() <= 0.001 * RATE_HZ


@pytest.mark.parametrize("rate", RATES)
def test_a_tone_keeps_its_pitch_and_its_level(rate: float) -> None:
    time_s = np.arange(4 * RATE_HZ) / RATE_HZ
    tone = (0.25 * np.sin(2 * np.pi * 440 * time_s))[None].astype(np.float32)
    out = stretched(tone, rate)[0]
    spectrum = np.abs(np.fft.rfft(out * np.hanning(out.size)))
    assert np.argmax(spectrum) * RATE_HZ / out.size == pytest.approx(440, abs=2)
    assert np.sqrt(np.mean(out**2)) == pytest.approx(0.25 / np.sqrt(2), rel=0.05)


@pytest.mark.parametrize("n", [0, 1, 2, 50, 3000, 44101])
@pytest.mark.parametrize("rate", RATES)
def test_exactly_as_many_samples_come_out_as_the_rate_says(rate: float, n: int) -> None:
    out = stretched(np.full((1, n), 0.5, np.float32), rate)
    assert out.shape == (1, stretched_samples(n, rate))


def test_the_last_samples_are_sound_not_silence() -> None:
    out = stretched(np.full((1, RATE_HZ), 0.5, np.float32), 0.5)
    assert out[0, -200:].min() > 0.4


def test_how_it_is_cut_into_blocks_does_not_matter() -> None:
    samples = np.random.default_rng(2).standard_normal((2, 30_000)).astype(np.float32) * 0.1
    samples[:, 12_000:12_400] += 0.8
    np.testing.assert_array_equal(stretched(samples, 0.7, block=30_000), stretched(samples, 0.7, block=777))


@pytest.mark.parametrize(("asked", "got"), [(0.01, SLOWEST), (9.0, FASTEST), (0.7, 0.7), (float("nan"), 1.0)])
def test_rates_nobody_can_follow_become_the_nearest_that_is_played(asked: float, got: float) -> None:
    assert bounded_rate(asked) == got
