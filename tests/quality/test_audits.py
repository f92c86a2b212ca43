"""Audits under a promise are found soon, and a promise that holds is hardly ever doubted."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.quality.audits import FALSE_ALARM_EVERY, audits_of, find_fall
from annodesk.quality.price import Answers, promised


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


def recordings(wrong: np.ndarray) -> Answers:
    """Audits of recordings that were drawn one after the other, newest first; (recordings, segments in each)."""
    number, each = wrong.shape
    item = np.repeat(np.arange(number, dtype=np.float64), each)
    drawn_us = 1_000.0 + number - item
    ones = np.ones(wrong.size)
    return Answers(item, drawn_us, 0.95 * ones, ones, wrong.ravel().astype(np.float64), drawn_us)


def test_a_recording_of_twenty_wrong_segments_is_one_audit() -> None:
    wrong = np.zeros((30, 20), dtype=bool)
    wrong[0] = True
    seen = audits_of(recordings(wrong), 0.9, 0)
    assert [is_right for _, is_right in seen] == [True] * 29 + [False]
    assert [at_us for at_us, _ in seen] == list(range(1_001, 1_031))
    assert find_fall([is_right for _, is_right in seen], 0.95) is None
    assert audits_of(recordings(wrong), 0.96, 0) == []
    assert len(audits_of(recordings(wrong), 0.9, 1_021)) == 10


def test_one_label_speaks_for_its_item_and_it_stays_the_same_one() -> None:
    wrong = np.random.default_rng(4).random((400, 10)) < 0.3
    seen = audits_of(recordings(wrong), 0.9, 0)
    assert seen == audits_of(recordings(wrong), 0.9, 0)
    assert 0.65 < np.mean([is_right for _, is_right in seen]) < 0.75
    later = np.concatenate([np.zeros((5, 10), dtype=bool), wrong])
    assert audits_of(recordings(later), 0.9, 0)[:400] == seen


def test_while_the_promise_holds_errors_that_lie_together_raise_no_more_alarms() -> None:
    rng, runs, length = np.random.default_rng(5), 60, 120
    alarms = 0
    for _ in range(runs):
        share = rng.beta(0.1, 1.9, size=(length, 1))
        seen = audits_of(recordings(rng.random((length, 20)) < share), 0.9, 0)
        alarms += first_alarm(np.array([is_right for _, is_right in seen]), 0.95) is not None
    assert alarms <= 2 * runs * length / FALSE_ALARM_EVERY


def test_what_is_promised_counts_items_as_their_audits_do() -> None:
    wrong = np.zeros((100, 20), dtype=bool)
    wrong[:10] = True
    spread = np.zeros((2_000, 1), dtype=bool)
    spread[:200] = True
    assert 0.80 < promised(recordings(wrong), 0.9) < 0.85
    assert 0.88 < promised(recordings(spread), 0.9) < 0.9
    assert promised(recordings(wrong), 0.96) == 0.0


@pytest.mark.parametrize("promise", [0.0, 1.0])
def test_promises_at_the_ends_are_understood(promise: float) -> None:
    found = find_fall([True, False, True], promise)
    assert (found is not None) == (promise == 1.0)
