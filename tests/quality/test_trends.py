"""Means from sums: their values, how wide their intervals are, and which falls are told."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.quality.trends import fall_of, mean_of


def of(values: list[float]) -> tuple[int, float, float]:
    return len(values), sum(values), sum(one * one for one in values)


def test_of_nothing_there_is_no_mean_and_no_zero() -> None:
    found = mean_of(0, 0, 0)
    assert (found.n, found.value, found.low, found.high) == (0, None, None, None)


def test_a_mean_lies_in_its_interval_and_both_from_zero_to_one() -> None:
    for values in ([0.0], [1.0], [0.5, 0.5], [1.0] * 5, [0.0] * 9, [0.2, 0.9, 0.4, 1.0]):
        found = mean_of(*of(values))
        assert found.value == pytest.approx(sum(values) / len(values))
        assert found.low is not None
        assert found.high is not None
        assert 0 <= found.low <= found.value <= found.high <= 1
        assert found.high - found.low > 0.05


def test_the_interval_holds_the_true_mean_about_nineteen_times_in_twenty() -> None:
    rng, held = np.random.default_rng(7), 0
    for _ in range(1_000):
        found = mean_of(*of(rng.beta(4, 1, 12).tolist()))
        assert found.low is not None
        assert found.high is not None
        held += found.low <= 0.8 <= found.high
    assert 930 <= held <= 1_000


def test_a_fall_is_told_where_it_is_no_chance() -> None:
    good, bad = mean_of(*of([0.8, 0.9, 0.85] * 10)), mean_of(*of([0.6, 0.65, 0.7] * 10))
    found = fall_of(good, bad)
    assert found is not None
    assert found.by == pytest.approx(0.2)
    assert found.low < 0.2 < found.high
    assert fall_of(bad, good) is None
    assert fall_of(mean_of(*of([0.9, 0.2])), bad) is None
    assert fall_of(mean_of(*of([1.0, 0.3, 0.8, 0.6])), mean_of(*of([0.2, 1.0, 0.5, 0.9]))) is None
