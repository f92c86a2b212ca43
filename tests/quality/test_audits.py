"""Audits under a promise are found soon, and a promise that holds is hardly ever doubted."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.quality.audits import FALSE_ALARM_EVERY, find_fall


def first_alarm(right: np.ndarray, promise: float) -> int | None:
    """After how many audits the alarm comes, None where it does not."""
    return next((n for n in range(1, len(right) + 1) if find_fall(right[:n].tolist(), promise)), None)


def test_of_nothing_there_is_no_alarm() -> None:
    assert find_fall([], 0.95) is None
    assert find_fall([True] * 500, 0.95) is None
    assert find_fall([False], 0.95) is None, "one error says nothing yet"


def test_labels_that_are_mostly_wrong_are_found_within_some_audits() -> None:
    wrong = np.zeros(20, dtype=bool)
    assert (first_alarm(wrong, 0.95) or 99) <= 4
    rng = np.random.default_rng(1)
    half = [first_alarm(rng.random(100) < 0.5, 0.95) or 999 for _ in range(50)]
    assert np.median(half) <= 12


def test_a_fall_after_a_long_good_time_is_found_and_dated() -> None:
    rng = np.random.default_rng(2)
    delays, since = [], []
    for _ in range(30):
        right = np.concatenate([rng.random(400) < 0.985, rng.random(150) < 0.80])
        n = next(n for n in range(401, 551) if find_fall(right[:n].tolist(), 0.96))
        fall = find_fall(right[:n].tolist(), 0.96)
        assert fall is not None
        assert fall.audits == n - fall.first
        assert fall.right == int(right[fall.first : n].sum())
        delays.append(n - 400)
        since.append(fall.first)
    assert np.median(delays) <= 40
    assert abs(float(np.median(since)) - 400) <= 15


def test_while_the_promise_holds_alarms_are_as_rare_as_said() -> None:
    rng, runs, length = np.random.default_rng(3), 60, 120
    alarms = sum(first_alarm(rng.random(length) < 0.95, 0.95) is not None for _ in range(runs))
    # At most one in so many audits, at the very edge of the promise; twice that is beyond what chance explains.
    assert alarms <= 2 * runs * length / FALSE_ALARM_EVERY


@pytest.mark.parametrize("promise", [0.0, 1.0])
def test_promises_at_the_ends_are_understood(promise: float) -> None:
    found = find_fall([True, False, True], promise)
    assert (found is not None) == (promise == 1.0)
