"""Plans beside what is counted by hand."""

from __future__ import annotations

import pytest

from annodesk.quality.planning import Choice, PilotItem, Times, plan
from annodesk.quality.price import Estimate

ALIKE = PilotItem({"content": {("a", "b"): 1.0, ("a", "c"): 1.0, ("b", "c"): 1.0}})
ONE_APART = PilotItem({"content": {("a", "b"): 1.0, ("a", "c"): 0.4, ("b", "c"): 0.4}})
HOUR = Times(Estimate(1.0, 0.5, 2.0), Estimate(2.0, 2.0, 2.0))


def test_two_people_of_three_are_reviewed_where_they_differ_and_the_third_tells_the_errors() -> None:
    """Of three pairs of one item two differ; the pair that agrees is held against the third: 0.6 of it is otherwise."""
    found = plan([ONE_APART] * 4, 100, Choice(2, 0.7, 0.0), HOUR)
    assert found.reviews is not None
    assert found.errors is not None
    assert found.hours is not None
    assert found.reviews.value == pytest.approx(100 * 2 / 3)
    assert found.errors.value == pytest.approx(100 * (0.6 + 0 + 0) / 3)
    assert found.hours.value == pytest.approx(100 * 2 * 1 + 100 * 2 / 3 * 2)
    assert (found.items, found.reason) == (4, "")


def test_one_person_is_reviewed_by_audit_alone() -> None:
    found = plan([ALIKE, ALIKE, ONE_APART], 90, Choice(1, 0.7, 0.1), HOUR)
    assert found.reviews is not None
    assert found.errors is not None
    assert found.reviews.value == pytest.approx(9)
    # Only in one item, by a and b with c (0.3 each) and by c with both (0.6); nine in ten of that stays.
    assert found.errors.value == pytest.approx(30 * 0.9 * (0.3 + 0.3 + 0.6) / 3)
    assert found.errors.low <= found.errors.value <= found.errors.high


def test_where_everybody_is_taken_errors_are_not_known_and_that_is_said() -> None:
    found = plan([ALIKE] * 3, 10, Choice(3, 0.7, 0.0), HOUR)
    assert found.errors is None
    assert found.reason == "Errors need one more person in the pilot than the overlap."


@pytest.mark.parametrize("pilot", [[], [ALIKE], [ALIKE] * 2, [PilotItem({})] * 5])
def test_of_fewer_than_three_items_nothing_is_told(pilot: list[PilotItem]) -> None:
    found = plan(pilot, 10, Choice(2, 0.7, 0.05), HOUR)
    assert (found.hours, found.reviews, found.errors) == (None, None, None)
    assert "a range needs 3" in found.reason


def test_suggestions_shorten_all_but_the_answer_that_is_given_without() -> None:
    times = Times(HOUR.answer, HOUR.review, Estimate(0.5, 0.4, 0.6))
    found = plan([ALIKE] * 3, 10, Choice(2, 0.7, 0.0, suggestions=True), times)
    assert found.hours is not None
    assert found.hours.value == pytest.approx(10 * 2 * 0.75)
    unknown = plan([ALIKE] * 3, 10, Choice(2, 0.7, 0.0, suggestions=True), HOUR)
    assert unknown.hours is None
    assert "not known yet" in unknown.reason
