"""Intervals of shares."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.shares import wilson


def test_the_interval_is_wilsons() -> None:
    # Agresti and Coull 1998: 0 of 10 gives 0 to 0.278, 5 of 10 gives 0.237 to 0.763.
    assert wilson(0, 10) == (0.0, pytest.approx(0.2775, abs=1e-4))
    assert wilson(5, 10) == (pytest.approx(0.2366, abs=1e-4), pytest.approx(0.7634, abs=1e-4))
    assert wilson(0, 0) == (0.0, 1.0)


@given(st.integers(0, 500), st.integers(1, 500))
def test_the_interval_holds_its_share(count: int, more: int) -> None:
    low, high = wilson(count, count + more)
    assert 0 <= low <= count / (count + more) <= high <= 1


def test_answers_that_are_worth_less_make_it_wider() -> None:
    narrow, wide = wilson(10, 100), wilson(5, 50)
    assert wide[0] < narrow[0] < narrow[1] < wide[1]
    assert wilson(2.5, 25.0) == pytest.approx(wilson(2.5, 25))
