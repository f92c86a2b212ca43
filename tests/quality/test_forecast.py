"""When a project will be done: by hand where that can be, and what is said where nothing can."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annodesk.quality.forecast import FEWEST_DAYS, Work, forecast

STEADY = Work(
    left=100, begun=0, in_review=0, handed_in=[20] * 14, reviewed=[0] * 14, sets_each=2.0, escalated=0, decided=140,
    reopened=0, settled=140,
)  # fmt: skip


def test_steady_work_is_done_when_it_is_done() -> None:
    found = forecast(STEADY)
    assert found.low_days is not None
    assert found.high_days is not None
    # A hundred items of two sets each, twenty sets a day.
    assert found.low_days == pytest.approx(10, abs=0.2)
    assert found.high_days == pytest.approx(10, abs=0.3)


def test_uneven_days_make_the_range_wide() -> None:
    found = forecast(replace(STEADY, handed_in=[0, 0, 60, 0, 0, 80, 0, 0, 40, 100, 0, 0, 0, 0]))
    assert found.low_days is not None
    assert found.high_days is not None
    assert found.low_days < 10 < found.high_days
    assert found.high_days > 1.5 * found.low_days


def test_what_comes_back_and_what_waits_for_review_takes_longer() -> None:
    plain, back = forecast(STEADY), forecast(replace(STEADY, reopened=35))
    review = forecast(replace(STEADY, in_review=60, reviewed=[2] * 14, escalated=40))
    assert plain.high_days is not None
    assert back.low_days is not None
    assert review.low_days is not None
    assert back.low_days > plain.high_days
    assert review.low_days > 30


@pytest.mark.parametrize(
    ("work", "words"),
    [
        (replace(STEADY, left=0), "settled"),
        (replace(STEADY, handed_in=[5] * (FEWEST_DAYS - 1), reviewed=[0] * (FEWEST_DAYS - 1)), "days of work"),
        (replace(STEADY, handed_in=[], reviewed=[], decided=0, settled=0), "days of work"),
        (replace(STEADY, handed_in=[0] * 14), "Nothing was handed in"),
        (replace(STEADY, in_review=3), "nobody reviewed"),
    ],
)
def test_where_nothing_can_be_said_a_sentence_says_why(work: Work, words: str) -> None:
    found = forecast(work)
    assert (found.low_days, found.high_days) == (None, None)
    assert words in found.reason
