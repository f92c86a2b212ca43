"""What a threshold would have sent to review, by hand."""

from __future__ import annotations

import math

import pytest

from annodesk.workflow.escalation import Thresholds
from annodesk.workflow.preview import WEEK_US, PastItem, deciding_value, preview

HOUR_US = 3_600_000_000


def past(*values: float, every_us: int = 0) -> list[PastItem]:
    return [PastItem(value, n * every_us) for n, value in enumerate(values)]


def test_a_threshold_sends_what_lies_below_it() -> None:
    found = preview((0.0, 0.5, 0.7, 1.0), past(0.2, 0.5, 0.69, 0.7, 1.0))
    assert [(one.items, one.below, one.share) for one in found] == [(5, 0, 0.0), (5, 1, 0.2), (5, 3, 0.6), (5, 4, 0.8)]


def test_hours_are_those_of_a_week_of_the_time_so_far() -> None:
    two_weeks = [PastItem(0.1, 0), PastItem(0.1, WEEK_US), PastItem(0.9, 2 * WEEK_US)]
    assert preview((0.5,), two_weeks, review_us=3 * HOUR_US)[0].hours_a_week == pytest.approx(3.0)


def test_what_was_done_on_one_day_counts_as_a_week() -> None:
    assert preview((0.5,), past(0.1, 0.1, every_us=1), review_us=HOUR_US)[0].hours_a_week == pytest.approx(2.0)


def test_without_a_review_so_far_no_hours_are_told() -> None:
    assert preview((0.5,), past(0.1))[0].hours_a_week is None


def test_of_no_items_nothing_is_told() -> None:
    (found,) = preview((0.5,), [], review_us=HOUR_US)
    assert (found.items, found.share, found.low, found.high, found.hours_a_week) == (0, None, None, None, None)


def test_a_part_with_a_threshold_of_its_own_stays_at_it() -> None:
    limits = Thresholds(0.7, parts={"genre": 0.4}, labels={("content", "advert"): 0.9})
    parts = {"content": 0.8, "genre": 0.5}
    assert deciding_value(parts, {}, limits) == 0.8
    assert deciding_value({**parts, "genre": 0.3}, {}, limits) == -1
    assert deciding_value(parts, {("content", "advert"): 0.85, ("content", "music"): 0.0}, limits) == -1
    assert deciding_value({"genre": 0.5}, {}, limits) == math.inf


def test_what_goes_at_any_threshold_goes_at_none_too() -> None:
    assert [one.below for one in preview((0.0, 1.0), past(-1.0, math.inf))] == [1, 1]
