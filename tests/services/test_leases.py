"""Places, leases, skips, recalls and late work: a task never has more holders than its overlap, and no work is lost."""

from __future__ import annotations

import random

import pytest

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.edits import add, set_answer, set_labels
from annodesk.model.work import ItemState, Reason, Role, SlotState, Stage
from annodesk.services import decisions
from annodesk.services.independence import countable_sets
from annodesk.services.transfer import Which
from annodesk.store import figures, items, tasks
from tests.services.made import ALIKE, OTHER, House, segments, timeline
from tests.services.test_loop import gold, reasons


def offered(house: House, name: str) -> list[str]:
    cards = house.services.tasks.cards(house.project_id, house.id_of(name))
    return [card.task_id for card in cards if card.state is None]


def claims(house: House, task: int = 0) -> dict[str, SlotState]:
    names = {person.id: name for name, person in house.people.items()}
    with house.services.file.read() as db:
        return {names[c.person_id]: c.state for c in tasks.claims_of_task(db, house.tasks()[task])}


def test_a_task_is_offered_until_its_places_are_taken(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"))
    assert [offered(house, name) for name in ("Ada", "Ben", "Dora")] == [house.tasks()] * 3
    house.open("Ada")
    house.open("Ben")
    house.round()
    assert offered(house, "Dora") == []
    with pytest.raises(WorkflowError, match="It is not open any more"):
        house.open("Dora")


def test_a_stale_offer_does_not_exceed_the_overlap(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"))
    house.open("Ada")
    house.open("Ben")
    assert offered(house, "Dora") == house.tasks()
    with pytest.raises(WorkflowError, match="not open to you"):
        house.open("Dora")


def test_nobody_holds_a_task_twice(house: House) -> None:
    work = house.label("Ada")
    house.services.tasks.skip(work.set_id, "bad audio")
    house.round()
    assert offered(house, "Ada") == []
    assert house.open("Ada").session.locked == "This task is skipped; your work on it is kept."
    assert house.open("Ada").set_id == work.set_id


def test_only_annotators_take_tasks(house: House) -> None:
    with pytest.raises(WorkflowError, match="Only annotators"):
        house.open("Cleo")


def test_a_skip_frees_the_place_and_keeps_the_partial_work(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"))
    work = house.label("Ada", [(0, 10, "speech")])
    house.open("Ben")
    house.round()
    assert offered(house, "Dora") == []
    house.services.tasks.skip(work.set_id, "other language", "Portuguese")
    house.round()
    assert offered(house, "Dora") == house.tasks()
    assert timeline(house.services.annotate.reload(work.set_id)[0]) == [(0, 10, ("speech",))]


def test_a_skip_needs_a_reason(house: House) -> None:
    work = house.open("Ada")
    with pytest.raises(WorkflowError, match="needs a reason"):
        house.services.tasks.skip(work.set_id, "  ")


def test_two_skips_with_one_reason_send_an_item_to_review_and_other_reasons_do_not(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"))
    house.services.tasks.skip(house.open("Ada").set_id, "bad audio")
    house.services.tasks.skip(house.open("Ben").set_id, "other language")
    house.round()
    assert reasons(house) == []
    house.services.tasks.skip(house.open("Dora").set_id, "bad audio")
    house.round()
    assert reasons(house) == [(Reason.SKIPPED, "")]


def test_an_item_that_all_skipped_can_be_answered_by_the_analyst(house: House) -> None:
    for name in ("Ada", "Ben"):
        house.services.tasks.skip(house.open(name).set_id, "bad audio")
    house.round()
    work = house.review()
    assert (work.lanes, work.disagreements) == ((), ())
    with pytest.raises(AnnodeskError, match="content is empty"):
        house.services.review.settle(work.session.annotations)
    house.do(work, add(*segments([(0, 40, "speech")])))
    house.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    house.services.review.settle(work.session.annotations)
    assert timeline(gold(house)) == [(0, 40, ("speech",))]


def test_an_item_in_review_is_not_open_to_others(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"))
    for name in ("Ada", "Ben"):
        house.services.tasks.skip(house.open(name).set_id, "bad audio")
    house.round()
    assert offered(house, "Dora") == []
    with pytest.raises(WorkflowError, match="not open any more"):
        house.open("Dora")


def test_work_under_a_lease_that_ran_out_is_kept_flagged_and_counts_where_the_place_is_free(house: House) -> None:
    work = house.label("Ada")
    house.clock.hours(25)
    house.round()
    assert claims(house) == {"Ada": SlotState.EXPIRED}
    house.do(work, set_answer(work.session.annotations, "policy", ("violence",)))
    assert house.services.tasks.submit(work.session.annotations).sentence == "Submitted late; it is kept and marked."
    assert claims(house) == {"Ada": SlotState.SUBMITTED}
    with house.services.file.read() as db:
        assert [s.is_late for s in tasks.submissions_of(db, work.set_id)] == [True]


def test_late_work_above_the_overlap_is_kept_and_does_not_count(houses) -> None:
    house = houses(people=("Ada", "Ben", "Dora"))
    work = house.label("Ada", OTHER)
    house.clock.hours(25)
    house.round()
    house.submit("Ben")
    house.submit("Dora")
    house.services.tasks.submit(work.session.annotations)
    assert claims(house)["Ada"] is SlotState.EXPIRED
    house.round()
    assert timeline(gold(house)) == timeline(house.open("Ben").session.annotations)
    authors = [d.author for d in house.services.transfer.documents(house.project_id, Which.ALL)]
    assert sorted(filter(None, authors)) == ["Ada", "Ben", "Dora"]


def test_somebody_whose_lease_ran_out_gets_their_task_back_while_its_place_is_free(houses) -> None:
    house = houses(people=("Ada",), overlap=1)
    work = house.label("Ada", [(0, 10, "speech")])
    house.clock.hours(25)
    house.round()
    (card,) = house.services.tasks.cards(house.project_id, house.id_of("Ada"))
    assert (card.state, card.set_id, card.lease_until_us) == (SlotState.EXPIRED, work.set_id, None)
    again = house.open("Ada", card.task_id)
    assert (again.set_id, again.session.locked) == (work.set_id, "")
    assert claims(house) == {"Ada": SlotState.LEASED}
    assert timeline(again.session.annotations) == [(0, 10, ("speech",))]


def test_a_lease_lost_to_somebody_else_stays_lost(houses) -> None:
    house = houses(people=("Ada", "Ben"), overlap=1)
    house.label("Ada")
    house.clock.hours(25)
    house.round()
    house.open("Ben")
    assert house.services.tasks.cards(house.project_id, house.id_of("Ada")) == []
    assert house.open("Ada").session.locked == "This task is expired; your work on it is kept."


def test_opening_a_task_again_renews_its_lease(house: House) -> None:
    house.open("Ada")
    house.clock.hours(20)
    house.open("Ada")
    house.clock.hours(20)
    house.round()
    assert claims(house) == {"Ada": SlotState.LEASED}


def test_an_analyst_whose_lease_ran_out_goes_on_with_the_review(house: House) -> None:
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    work = house.review()
    house.clock.hours(25)
    house.round()
    house.do(work, decisions.take(work, work.disagreements[0], "A"))
    again = house.review()
    assert again.set_id == work.set_id
    assert decisions.ruled_keys(again.session.annotations) == {work.disagreements[0].key}
    for disagreement in again.disagreements[1:]:
        house.do(again, decisions.take(again, disagreement, "A"))
    house.services.review.settle(again.session.annotations)
    assert house.status()["settled"] == 1


def test_a_parked_task_goes_back_to_the_same_person(house: House) -> None:
    work = house.label("Ada")
    with house.services.file.write() as db:
        tasks.set_claim_state(db, tasks.claim_of_set(db, work.set_id), SlotState.PARKED, house.id_of("Ada"), 0)
    (card,) = house.services.tasks.cards(house.project_id, house.id_of("Ada"))
    assert card.state is SlotState.PARKED
    assert house.open("Ada").session.locked == ""
    assert claims(house) == {"Ada": SlotState.LEASED}


def test_a_submission_can_be_recalled_until_its_review_begins(house: House) -> None:
    work = house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    (mine,) = house.services.tasks.my_work(house.project_id, house.id_of("Ada"))
    assert (mine.can_recall, mine.why_not) == (True, "")
    house.services.tasks.recall(work.set_id)
    assert (house.status()["escalated"], reasons(house)) == (0, [])
    house.services.tasks.submit(work.session.annotations)
    house.round()
    house.review()
    (mine,) = house.services.tasks.my_work(house.project_id, house.id_of("Ada"))
    assert (mine.can_recall, mine.why_not) == (False, "Its review has begun.")
    with pytest.raises(WorkflowError, match="Its review has begun"):
        house.services.tasks.recall(work.set_id)


def test_a_settled_submission_is_not_recalled(house: House) -> None:
    work = house.submit("Ada")
    house.submit("Ben")
    house.round()
    with pytest.raises(WorkflowError, match="It is settled"):
        house.services.tasks.recall(work.set_id)


def test_a_recalled_submission_can_be_changed_and_a_submitted_one_cannot(house: House) -> None:
    work = house.submit("Ada")
    edit = work.session.stage(set_answer(work.session.annotations, "policy", ("violence",)))
    assert edit is not None
    with pytest.raises(WorkflowError, match="This set is submitted"):
        house.services.annotate.record(edit)
    house.services.tasks.recall(work.set_id)
    house.services.annotate.record(edit)


def test_what_was_mended_after_a_recall_stands_while_agreement_keeps_the_first(house: House) -> None:
    work = house.submit("Ada", OTHER)
    house.submit("Ben")
    house.services.tasks.recall(work.set_id)
    again = house.open("Ada")
    for segment, (_, _, label) in zip(again.session.annotations.segments("content"), ALIKE, strict=True):
        house.do(again, set_labels(again.session.annotations, [segment.id], [label]))
    house.services.tasks.submit(again.session.annotations)
    with house.services.file.read() as db:
        counted = {s.set_id: timeline(s.annotations) for s in countable_sets(db, house.tasks()[0])}
    assert counted[work.set_id] == [(0, 10, ("speech",)), (10, 25, ("advert",)), (25, 40, ("music",))]
    house.round()
    assert house.review().disagreements == ()
    house.services.review.settle(house.review().session.annotations)
    assert [labels for _, _, labels in timeline(gold(house))] == [("speech",), ("music",), ("speech",)]


def test_nobody_reviews_what_they_labelled(houses) -> None:
    house = houses()
    house.services.people.add(house.project_id, "Ada", Role.ANALYST)
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    assert house.services.review.cards(house.project_id, house.id_of("Ada")) == []
    with house.services.file.read() as db:
        (task,) = tasks.list_tasks(db, house.project_id, Stage.REVIEW)
    with pytest.raises(WorkflowError, match="You labelled this item"):
        house.services.review.open(house.project_id, house.id_of("Ada"), task.id)
    with pytest.raises(WorkflowError, match="Only an analyst or a manager"):
        house.services.review.open(house.project_id, house.id_of("Ben"), task.id)


def test_two_analysts_do_not_review_one_item(house: House) -> None:
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANALYST)
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    work = house.review("Cleo")
    assert house.services.review.cards(house.project_id, house.id_of("Dan")) == []
    with pytest.raises(WorkflowError, match="just taken this review"):
        house.services.review.open(house.project_id, house.id_of("Dan"), work.task.id)


def test_at_random_no_task_has_more_holders_than_its_overlap_and_none_holds_it_twice(
    houses, rng: random.Random
) -> None:
    names = ("Ada", "Ben", "Dora", "Eve")
    house = houses(people=names, items=3)
    for _ in range(150):
        name, task = rng.choice(names), rng.randrange(3)
        try:
            act = rng.choice(["open", "submit", "skip", "wait", "round", "recall"])
            if act == "wait":
                house.clock.hours(rng.choice([1, 13]))
            elif act == "round":
                house.round()
            elif act == "submit":
                house.submit(name, rng.choice([ALIKE, OTHER]), task=task)
            elif act == "skip":
                house.services.tasks.skip(house.open(name, task).set_id, rng.choice(["bad audio", "other"]))
            elif act == "recall":
                house.services.tasks.recall(house.open(name, task).set_id)
            else:
                house.open(name, task)
        except AnnodeskError:
            pass
        with house.services.file.read() as db:
            for task_id in house.tasks():
                held = [
                    c for c in tasks.claims_of_task(db, task_id) if c.state in (SlotState.LEASED, SlotState.SUBMITTED)
                ]
                people = [c.person_id for c in tasks.claims_of_task(db, task_id)]
                assert len(held) <= tasks.overlap_of(db, task_id)
                assert len(people) == len(set(people))
                slots = tasks.slots_of(db, task_id)
                assert sorted(s.person_id for s in slots if s.person_id) == sorted(c.person_id for c in held)
            for item_id, state in items.item_states(db, house.project_id).items():
                assert state is not ItemState.SETTLED or figures.settlements(db, house.project_id), item_id
