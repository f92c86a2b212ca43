"""How often somebody is right: bounds worked out by hand, and falls that are found without crying wolf."""

from __future__ import annotations

import numpy as np
import pytest

from annodesk.quality.person_accuracy import accuracy, find_drift


def test_a_share_has_wilsons_bounds() -> None:
    found = accuracy([True] * 8 + [False] * 2)
    # (0.8 + z²/20 ± z·sqrt(0.016 + z²/400)) / (1 + z²/10) with z = 1.96
    assert (found.n, found.right, found.value) == (10, 8, 0.8)
    assert (found.low, found.high) == (pytest.approx(0.4902, abs=1e-4), pytest.approx(0.9433, abs=1e-4))
    assert not found.is_low


def test_of_no_answers_nothing_is_said() -> None:
    found = accuracy([])
    assert (found.n, found.value, found.low, found.high, found.is_low) == (0, None, 0.0, 1.0, False)
    assert find_drift([]) is None


def test_few_wrong_answers_are_not_called_low() -> None:
    assert not accuracy([False] * 9).is_low
    assert accuracy([False] * 10).is_low


def test_somebody_who_grows_careless_is_found_where_it_began() -> None:
    found = find_drift([True] * 20 + [False, True] * 10)
    assert found is not None
    assert 18 <= found.first <= 22
    assert found.before.right / found.before.n > 0.9
    assert found.since.right / found.since.n < 0.6


def test_who_has_always_been_so_or_grows_better_has_not_drifted() -> None:
    assert find_drift([True, False] * 30) is None
    assert find_drift([True] * 300) is None
    assert find_drift([False] * 20 + [True] * 60) is None


def test_whoever_works_as_before_is_seldom_taken_for_drifting() -> None:
    rng = np.random.default_rng(4)
    alarms = 0
    for _ in range(60):
        right = [bool(one) for one in rng.random(100) < 0.9]
        alarms += any(find_drift(right[:n]) is not None for n in range(6, 101))
    # 6,000 answers: one alarm in 400 at the most would be 15.
    assert alarms <= 15
