"""Time beside the time expected for that work: against a plain fit, and where there is little or nothing."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from annodesk.quality.expected_time import FEWEST, expectation, ratio

MEASURES = ("one", "length", "segments", "aided", "time")


def sums_of(rows: np.ndarray) -> dict[tuple[str, str], float]:
    pairs = combinations_with_replacement(range(len(MEASURES)), 2)
    return {(MEASURES[a], MEASURES[b]): float(rows[:, a] @ rows[:, b]) for a, b in pairs}


def work(n: int, seed: int = 1) -> np.ndarray:
    rng = np.random.default_rng(seed)
    length, segments = rng.uniform(1, 20, n), rng.integers(0, 40, n).astype(float)
    aided = rng.integers(0, 2, n).astype(float)
    time = 1 + 0.5 * length + 0.2 * segments - 0.6 * aided + rng.normal(0, 0.3, n)
    return np.column_stack([np.ones(n), length, segments, aided, time])


def test_the_weights_are_those_of_a_plain_fit() -> None:
    rows = work(200)
    known = expectation(sums_of(rows), MEASURES, len(rows))
    assert known is not None
    plain = np.linalg.lstsq(rows[:, :-1], rows[:, -1], rcond=None)[0]
    assert known.weights == pytest.approx(plain, abs=1e-3)
    assert known.spread == pytest.approx(0.3, abs=0.05)


def test_work_that_took_twice_as_long_is_told_as_that_and_long_recordings_are_not() -> None:
    rows = work(200)
    known = expectation(sums_of(rows), MEASURES, len(rows))
    assert known is not None
    long_ones = rows[rows[:, 1] > 15]
    fair = ratio(known, long_ones[:, :-1].sum(axis=0).tolist(), long_ones[:, -1].sum(), len(long_ones))
    assert fair.value == pytest.approx(1, abs=0.05)
    slow = ratio(known, rows[:20, :-1].sum(axis=0).tolist(), 2 * rows[:20, -1].sum(), 20)
    assert slow.value == pytest.approx(2, abs=0.1)
    assert slow.low is not None
    assert slow.high is not None
    assert 1.5 < slow.low < slow.value < slow.high


def test_more_to_do_never_counts_as_less_time() -> None:
    rows = work(50)
    rows[:, -1] = 5 - 0.1 * rows[:, 2]
    known = expectation(sums_of(rows), MEASURES, len(rows))
    assert known is not None
    assert known.weights[2] == 0


def test_measures_that_never_differ_are_no_trouble() -> None:
    rows = work(30)
    rows[:, 1], rows[:, 3] = 10, 0
    known = expectation(sums_of(rows), MEASURES, len(rows))
    assert known is not None
    assert all(np.isfinite(known.weights))
    found = ratio(known, rows[:, :-1].sum(axis=0).tolist(), rows[:, -1].sum(), 30)
    assert found.value == pytest.approx(1, abs=1e-3)


def test_of_little_work_nothing_is_expected() -> None:
    rows = work(FEWEST - 1)
    assert expectation(sums_of(rows), MEASURES, len(rows)) is None
    known = expectation(sums_of(work(20)), MEASURES, 20)
    assert known is not None
    assert ratio(known, [0, 0, 0, 0], 0, 0).value is None
