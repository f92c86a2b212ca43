"""Who is offered what, in which order and why; leases; and who works without suggestions."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.work import Batch, BatchState, Person, Role, Skill, Slot, SlotState, Stage, Task
from annodesk.workflow.able import how_rare, rarities
from annodesk.workflow.leases import HOUR_US, grant, is_expired, is_late
from annodesk.workflow.routing import (
    DAY_US,
    Opening,
    Openings,
    make_slots,
    offers_for,
    overlap_of,
    refusal,
    why_nothing,
)
from annodesk.workflow.sampling import draw, is_drawn

ANN = Person("ann", "Ann", skills=(Skill("pt", 2), Skill("en")))
LABELS = frozenset({Role.ANNOTATOR})
REVIEWS = frozenset({Role.ANALYST})


def opening(name: str, *, stage: Stage = Stage.ANNOTATE, taken: int = 0, priority: int = 0, **values) -> Opening:  # type: ignore[no-untyped-def]
    states = [SlotState.SUBMITTED] * taken + [SlotState.OPEN]
    slots = tuple(Slot(f"{name}{n}", name, n + 1, state) for n, state in enumerate(states))
    return Opening(Task(name, f"item-{name}", stage, 0, 1, priority=priority), slots, **values)


def offered(*openings: Opening, roles: frozenset[Role] = LABELS) -> list[tuple[str, int, str]]:
    found = offers_for(ANN, roles, Openings(openings, seed="s"), now_us=0)
    return [(o.task_id, o.rank, o.reason) for o in found]


def test_offers_come_by_pilot_priority_deadline_and_begun_work() -> None:
    pilot, late = Batch("b", "warm-up", is_pilot=True), Batch("c", "spring", deadline_us=2 * DAY_US)
    found = offered(
        opening("plain"),
        opening("begun", taken=1),
        opening("soon", batch=late),
        opening("urgent", priority=2),
        opening("pilot", batch=pilot),
    )
    assert found == [
        ("pilot", 1, "Pilot batch warm-up"),
        ("urgent", 2, "High priority"),
        ("soon", 3, "Due in 2 days"),
        ("begun", 4, "Next in line"),
        ("plain", 5, "Next in line"),
    ]


def test_what_few_can_do_comes_first_to_those_who_can() -> None:
    eve = Person("eve", "Eve", skills=(Skill("pt"),))
    members = [(Person(f"p{n}", ""), LABELS) for n in range(5)] + [(eve, LABELS)]
    some = [opening(f"t{n}", needs=(Skill("pt"),) if n % 5 == 0 else ()) for n in range(20)]
    rare = rarities(some, members, {})
    found = offers_for(eve, LABELS, Openings(some, seed="s", rare=rare), now_us=0)
    assert {o.task_id for o in found[:4]} == {"t0", "t5", "t10", "t15"}
    assert len(found) == 20
    urgent = [opening("u", priority=1), *some]
    assert offers_for(eve, LABELS, Openings(urgent, seed="s", rare=rare), now_us=0)[0].task_id == "u"


def test_one_person_more_seldom_changes_the_order() -> None:
    assert [how_rare(n) for n in (0, 1, 2, 3, 4, 7, 8, 1000)] == [0, 1, 2, 2, 3, 3, 4, 10]


def test_a_language_that_is_needed_must_be_known() -> None:
    assert offered(opening("t", needs=(Skill("pt"),))) == [("t", 1, "You know pt")]
    assert refusal(opening("t", needs=(Skill("pt", 3),)), ANN, LABELS) == "It needs pt at level 3."
    assert refusal(opening("t", needs=(Skill("de"),)), ANN, LABELS) == "It needs de."


@pytest.mark.parametrize(
    ("one", "roles", "sentence"),
    [
        (opening("t", held_by=frozenset({"ann"})), LABELS, "You have held this task before."),
        (opening("t", seen_by=frozenset({"ann"})), LABELS, "You have seen others' work on this item."),
        (opening("t", batch=Batch("b", "May", BatchState.PAUSED)), LABELS, "The batch May is paused."),
        (opening("t"), REVIEWS, "Only annotators label."),
        (opening("t", stage=Stage.REVIEW), LABELS, "Only analysts review."),
        (opening("t", stage=Stage.REVIEW, labelled_by=frozenset({"ann"})), REVIEWS, "You labelled this item."),
        (Opening(Task("t", "i", Stage.ANNOTATE, 0, 1), ()), LABELS, "It is not open any more."),
    ],
)
def test_what_is_not_for_a_person_says_why(one: Opening, roles: frozenset[Role], sentence: str) -> None:
    assert refusal(one, ANN, roles) == sentence
    assert offered(one, roles=roles) == []


def test_only_what_is_to_be_labelled_waits_for_a_pilot() -> None:
    gated = Batch("b", "second", waits_for="first")
    one = opening("t", batch=gated)
    assert refusal(one, ANN, LABELS) == "It is given out once the pilot first is passed."
    assert (one.waits_for, one.is_given_out) == ("first", False)
    review = opening("t", stage=Stage.REVIEW, batch=gated)
    assert (refusal(review, ANN, REVIEWS), review.is_given_out) == ("", True)
    assert not opening("t", batch=Batch("b", "May", BatchState.CLOSED)).is_given_out
    assert not opening("t", is_paused=True).is_given_out


def test_a_reason_never_tells_how_many_others_work_on_a_task() -> None:
    assert offered(opening("t", taken=3))[0][2] == offered(opening("t"))[0][2]


def test_an_empty_list_says_why() -> None:
    assert why_nothing([], ANN, LABELS) == "There is no open work in this project."
    held = opening("t", held_by=frozenset({"ann"}))
    assert why_nothing([held], ANN, LABELS) == "Nothing is open for you now. You have held this task before."


def test_people_are_sent_to_different_items_first() -> None:
    tasks = [opening(f"t{n}") for n in range(20)]
    firsts = {
        offers_for(Person(f"p{n}", ""), LABELS, Openings(tasks, seed="s"), now_us=0, limit=1)[0].task_id
        for n in range(20)
    }
    assert len(firsts) > 5


@given(st.text(max_size=8), st.integers(1, 6), st.floats(0, 1))
def test_with_two_places_at_least_one_works_without_suggestions(task: str, overlap: int, share: float) -> None:
    slots = make_slots(task, overlap, seed="s", unaided_share=share)
    assert [s.number for s in slots] == list(range(1, overlap + 1))
    assert overlap == 1 or any(not s.shows_suggestions for s in slots)
    again = make_slots(task, overlap, seed="s", unaided_share=share)
    assert [s.shows_suggestions for s in again] == [s.shows_suggestions for s in slots]


def test_of_two_places_one_is_aided_where_the_share_is_nought() -> None:
    slots = [make_slots(f"t{n}", 2, seed="s", unaided_share=0) for n in range(50)]
    assert all(sum(s.shows_suggestions for s in pair) == 1 for pair in slots)
    assert {pair[0].shows_suggestions for pair in slots} == {True, False}


def test_a_project_without_suggestions_shows_none() -> None:
    assert not any(s.shows_suggestions for s in make_slots("t", 3, seed="s", unaided_share=0, suggestions=False))


def test_a_share_of_the_items_has_overlap() -> None:
    found = [overlap_of(f"i{n}", seed="s", overlap=2, overlap_share=0.2) for n in range(2000)]
    assert set(found) == {1, 2}
    assert 0.16 < found.count(2) / 2000 < 0.24
    assert overlap_of("i", seed="s", overlap=3, overlap_share=1) == 3


def test_a_pilot_batch_goes_to_everybody_and_a_batch_may_set_its_own_overlap() -> None:
    assert overlap_of("i", seed="s", overlap=2, overlap_share=0, batch=Batch("b", "", is_pilot=True), people=7) == 7
    assert overlap_of("i", seed="s", overlap=2, overlap_share=0, batch=Batch("b", "", overlap=4)) == 4


@given(st.text(), st.text())
def test_a_draw_is_repeatable_and_below_one(seed: str, name: str) -> None:
    assert 0 <= draw(seed, name) < 1
    assert draw(seed, name) == draw(seed, name)
    assert is_drawn(1, seed, name)
    assert not is_drawn(0, seed, name)


def test_a_lease_runs_out_by_the_given_clock() -> None:
    lease = grant("t", "ann", 0, 24)
    assert lease.until_us == 24 * HOUR_US
    assert not is_expired(lease, lease.until_us - 1)
    assert is_expired(lease, lease.until_us)


def test_work_after_the_lease_is_late() -> None:
    lease = grant("t", "ann", 0, 1)
    assert not is_late(lease, HOUR_US - 1)
    assert is_late(lease, HOUR_US)
    assert is_late(None, 0)
