"""The limiter: never over full scale, never touching what is not."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.media.limit import Float32, Limiter

RATE_HZ = 48000


def limited(samples: Float32, block: int = 4800) -> Float32:
    limiter = Limiter(RATE_HZ)
    out = [limiter.push(samples[:, k : k + block]) for k in range(0, samples.shape[1], block)]
    return np.concatenate([*out, limiter.finish()], axis=1)


@pytest.mark.parametrize("block", [1, 37, 4800, 100_000])
def test_nothing_goes_over_full_scale_however_sudden_the_peak(block: int) -> None:
    samples = np.zeros((2, 9600), np.float32)
    samples[0, 0], samples[1, 4000:4100], samples[0, -1] = 5.0, -9.0, 3.0
    out = limited(samples, block)
    assert out.shape == samples.shape
    assert 0.99 < np.abs(out).max() <= 1.000001


def test_what_is_not_too_loud_comes_out_sample_for_sample() -> None:
    samples = np.random.default_rng(1).uniform(-1, 1, (2, 30_000)).astype(np.float32)
    np.testing.assert_array_equal(limited(samples), samples)


def test_both_sides_are_turned_down_together() -> None:
    samples = np.tile(np.array([[2.0], [0.5]], np.float32), (1, 9600))
    out = limited(samples)
    np.testing.assert_allclose(out[1] / out[0], 0.25, rtol=1e-5)


def test_after_a_peak_the_gain_comes_back() -> None:
    samples = np.full((1, RATE_HZ), 0.5, np.float32)
    samples[0, 100] = 4.0
    out = limited(samples)[0]
    assert out[90] < 0.2
    assert out[-1] == 0.5


def test_the_gain_moves_without_steps() -> None:
    samples = np.full((1, RATE_HZ), 0.5, np.float32)
    samples[0, 20_000:20_010] = 4.0
    out = np.delete(limited(samples)[0], slice(20_000, 20_010))
    assert np.abs(np.diff(out)).max() < 0.01
