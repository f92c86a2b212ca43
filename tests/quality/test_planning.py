"""Plans beside what is counted by hand."""

from __future__ import annotations

from itertools import combinations

import pytest

from annodesk.errors import Cancelled
from annodesk.progress import CancelToken
from annodesk.quality.planning import Choice, Machine, PilotItem, Times, plan
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


def test_what_stands_without_a_person_is_labelled_by_nobody_and_is_wrong_as_often_as_the_model() -> None:
    """Half of 100 items stand, a tenth of those wrong; of the other 50 the pilot says two thirds are reviewed."""
    machine = Machine(Estimate(0.5, 0.4, 0.6), Estimate(0.1, 0.05, 0.2))
    found = plan([ONE_APART] * 4, 100, Choice(2, 0.7, 0.0, accept_above=0.95), HOUR, machine)
    assert found.stand is not None
    assert found.reviews is not None
    assert found.errors is not None
    assert found.hours is not None
    assert (found.stand.value, found.stand.low, found.stand.high) == pytest.approx((50, 40, 60))
    assert found.reviews.value == pytest.approx(50 * 2 / 3)
    assert found.errors.value == pytest.approx(50 * 0.6 / 3 + 50 * 0.1)
    assert found.hours.value == pytest.approx(50 * 2 * 1 + 50 * 2 / 3 * 2)
    assert found.hours.low < found.hours.value < found.hours.high


def test_where_nothing_is_known_of_the_model_no_plan_is_told_and_it_says_why() -> None:
    found = plan([ALIKE] * 4, 100, Choice(2, 0.7, 0.0, accept_above=0.95), HOUR, Machine(None, why="No answer yet."))
    assert (found.hours, found.errors, found.stand, found.reason) == (None, None, None, "No answer yet.")
    unjudged = plan([ONE_APART] * 4, 9, Choice(2, 0.7, 0.0, accept_above=0.9), HOUR, Machine(Estimate(0.5, 0.4, 0.6)))
    assert unjudged.errors is None
    assert "nobody answered without it" in unjudged.reason


def test_of_forty_people_some_groups_are_drawn() -> None:
    """Everybody agrees by 0.8 with everybody: whoever is drawn, nothing is reviewed and a fifth is said otherwise."""
    names = [f"p{n}" for n in range(40)]
    one = PilotItem({"content": dict.fromkeys(combinations(names, 2), 0.8)})
    found = plan([one] * 5, 10, Choice(4, 0.7, 0.0), HOUR)
    assert found.reviews is not None
    assert found.errors is not None
    assert found.reviews.value == 0
    assert found.errors.value == pytest.approx(2)


def test_a_plan_that_nobody_waits_for_is_given_up() -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        plan([ALIKE] * 4, 10, Choice(2, 0.7, 0.0), HOUR, cancel=cancel)
