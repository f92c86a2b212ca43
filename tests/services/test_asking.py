"""A question from inside a task, alone: the task is parked, the answer opens it again for the same person."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import InquiryState, Role, SlotState
from annodesk.services.decisions import take
from annodesk.services.independence import countable_sets
from annodesk.services.tasks import TaskWork
from annodesk.store import figures, inquiries, tasks
from tests.services.made import ALIKE, OTHER, House, make_house, us


@pytest.fixture
def two(tmp_path: Path) -> House:
    return make_house(tmp_path, items=2)


def ask(house: House, name: str = "Ada", words: str = "Is a thank-you an advert?") -> TaskWork:
    """Begin the first task and ask about a moment of it."""
    work = house.label(name, ALIKE[:1])
    house.services.asking.ask(work.set_id, words, time_us=us(4), place="the moment at 00:00:04.0")
    return work


def state(house: House, name: str, task: int = 0) -> SlotState:
    with house.services.file.read() as db:
        claim = tasks.claim_of(db, house.tasks()[task], house.id_of(name))
        assert claim is not None
        return claim.state


def waiting(house: House, name: str = "Cleo") -> list[str]:
    return [one.words for one in house.services.asking.open_questions(house.project_id, house.id_of(name))]


def answer(house: House, words: str = "No.", name: str = "Cleo", **how: bool) -> None:
    (one,) = house.services.asking.open_questions(house.project_id, house.id_of("Cleo"))
    house.services.asking.answer(one.id, house.id_of(name), words, **how)


def cards(house: House, name: str = "Ada") -> list[tuple[SlotState | None, bool]]:
    found = house.services.tasks.cards(house.project_id, house.id_of(name))
    return [(card.state, card.comes_first) for card in found]


def test_a_question_parks_its_task_and_its_person_goes_on_with_the_next(two: House) -> None:
    ask(two)
    assert state(two, "Ada") is SlotState.PARKED
    assert waiting(two) == ["Is a thank-you an advert?"]
    two.round()
    assert [card for card, _ in cards(two)] == [None, SlotState.PARKED], "what waits stands last"
    assert two.submit("Ada", task=1).slot_state is SlotState.LEASED


def test_nobody_s_lease_runs_while_a_question_waits(two: House) -> None:
    ask(two)
    two.clock.hours(24 * 30)
    two.round()
    assert state(two, "Ada") is SlotState.PARKED
    with two.services.file.read() as db:
        assert [slot.state for slot in tasks.slots_of(db, two.tasks()[0])].count(SlotState.PARKED) == 1


def test_the_answer_opens_the_task_for_the_same_person_first_in_their_list(two: House) -> None:
    asked = ask(two)
    two.open("Ada", 1)
    answer(two, "No: only what sells something.")
    assert state(two, "Ada") is SlotState.LEASED
    assert cards(two)[0] == (SlotState.LEASED, True)
    work = two.open("Ada")
    assert work.set_id == asked.set_id
    assert work.fresh_answer is not None
    assert (work.fresh_answer.answer, work.fresh_answer.time_us) == ("No: only what sells something.", us(4))
    assert not work.session.locked
    again = two.open("Ada")
    assert (again.fresh_answer, len(again.questions)) == (None, 1), "it is new once, and stays to be read"
    assert waiting(two) == []


def test_a_parked_task_can_be_looked_at_and_not_changed_until_it_is_withdrawn(two: House) -> None:
    work = ask(two)
    parked = two.open("Ada")
    assert "waits for an answer" in parked.session.locked
    assert parked.slot_state is SlotState.PARKED
    two.services.asking.withdraw(work.set_id)
    assert state(two, "Ada") is SlotState.LEASED
    assert not two.open("Ada").session.locked
    assert waiting(two) == []
    with pytest.raises(WorkflowError, match="Nothing of yours waits"):
        two.services.asking.withdraw(work.set_id)


def test_what_was_unfinished_when_the_answer_told_the_label_is_compared_with_nobody_s(two: House) -> None:
    ask(two)
    answer(two, "Advert.")
    two.submit("Ada", ALIKE[1:])
    two.submit("Ben")
    with two.services.file.read() as db:
        (counted,) = countable_sets(db, two.tasks()[0])
    assert counted.annotations.author.id == two.id_of("Ben")
    two.round()
    with two.services.file.read() as db:
        (reasons,) = figures.open_escalations(db, two.project_id).values()
        scopes = {one.scope for one in figures.current_scores(db, two.project_id) if one.value is not None}
    assert not scopes & {"item", "part", "pair", "label"}
    ((why, _),) = reasons
    assert why.evidence["why"] == "no two answers that were finished without feedback"
    assert two.status()["agreement"] is None


def test_an_answer_that_tells_the_label_leaves_a_single_person_s_work_to_stand(tmp_path: Path) -> None:
    house = make_house(tmp_path, overlap=1)
    ask(house)
    answer(house, "Advert.")
    house.submit("Ada", ALIKE[1:])
    house.round()
    assert house.status()["settled"] == 1


def test_work_to_which_nothing_was_done_after_the_answer_counts_as_it_stood(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    work = house.label("Ada", ALIKE)
    house.services.asking.ask(work.set_id, "Is a thank-you an advert?")
    answer(house, "As you have it.")
    house.services.tasks.submit(house.open("Ada").session.annotations)
    house.submit("Ben", ALIKE)
    house.round()
    assert house.status()["agreement"] == 1.0


def test_an_answer_about_the_rules_alone_is_no_feedback(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    ask(house)
    answer(house, "The end is cut off in the file; go on.", is_feedback=False)
    done = house.submit("Ada", ALIKE[1:])
    with house.services.file.read() as db:
        (counted,) = countable_sets(db, house.tasks()[0])
    assert counted.annotations.digest() == done.session.annotations.digest()


def test_only_who_judges_and_did_not_label_it_sees_and_answers(two: House) -> None:
    ask(two)
    two.services.people.add(two.project_id, "Ada", Role.ANALYST)
    two.services.people.add(two.project_id, "Ben", Role.ANALYST)
    two.open("Ben")
    assert (waiting(two, "Ada"), waiting(two, "Ben")) == ([], [])
    for name in ("Ada", "Ben"):
        with pytest.raises(WorkflowError, match="labelled"):
            answer(two, name=name)
    assert state(two, "Ada") is SlotState.PARKED


def test_an_empty_question_or_answer_is_refused_and_changes_nothing(two: House) -> None:
    work = two.open("Ada")
    with pytest.raises(WorkflowError, match="empty"):
        two.services.asking.ask(work.set_id, "  ")
    assert state(two, "Ada") is SlotState.LEASED
    ask(two)
    with pytest.raises(WorkflowError, match="empty"):
        answer(two, " ")
    assert state(two, "Ada") is SlotState.PARKED


def test_a_question_is_answered_once(two: House) -> None:
    ask(two)
    (one,) = two.services.asking.open_questions(two.project_id, two.id_of("Cleo"))
    answer(two, "No.")
    with pytest.raises(WorkflowError, match="already"):
        two.services.asking.answer(one.id, two.id_of("Cleo"), "Yes.")


def test_so_many_questions_wait_at_most(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annodesk.services.asking.MOST_OPEN", 1)
    house = make_house(tmp_path, items=2)
    ask(house)
    work = house.open("Ada", 1)
    with pytest.raises(WorkflowError, match="wait already"):
        house.services.asking.ask(work.set_id, "And this?")


def test_an_item_settled_meanwhile_ends_the_question_and_says_so_once_without_saying_why(tmp_path: Path) -> None:
    house = make_house(tmp_path, people=("Ada", "Ben", "Dan", "Eve"))
    ask(house)
    for name in ("Ben", "Dan"):
        work = house.open(name) if name == "Ben" else None
        if work is not None:
            house.services.tasks.skip(work.set_id, "no sound")
            work = house.open("Dan")
            house.services.tasks.skip(work.set_id, "no sound")
    house.round()
    review = house.review()
    for one in review.disagreements:
        house.do(review, take(review, one, "A"))
    for draft in _whole(review):
        house.do(review, draft)
    house.services.review.settle(review.session.annotations)
    assert state(house, "Ada") is SlotState.EXPIRED
    assert waiting(house) == []
    titles = house.services.asking.ended(house.project_id, house.id_of("Ada"))
    assert len(titles) == 1
    assert house.services.asking.ended(house.project_id, house.id_of("Ada")) == []
    with house.services.file.read() as db:
        (one,) = inquiries.of_person(db, house.project_id, house.id_of("Ada")).values()
    assert one.state is InquiryState.CLOSED


def _whole(review):  # type: ignore[no-untyped-def]
    from annodesk.model.edits import add, set_answer
    from tests.services.made import segments

    return add(*segments(ALIKE)), set_answer(review.session.annotations, "policy", ("none",))


def test_a_takedown_ends_the_question_and_takes_its_words(two: House) -> None:
    ask(two, words="Who is Ana Lua?")
    with two.services.file.read() as db:
        item = tasks.get_task(db, two.tasks()[0]).item_id
    two.services.takedowns.take_down(two.project_id, item)
    assert waiting(two) == []
    with two.services.file.read() as db:
        (one,) = inquiries.of_person(db, two.project_id, two.id_of("Ada")).values()
    assert (one.state, one.words, one.place) == (InquiryState.CLOSED, "", "")


def test_two_people_may_ask_from_the_same_task_and_each_gets_their_own_answer(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    ask(house, "Ada", "First?")
    ask(house, "Ben", "Second?")
    found = {one.words: one.id for one in house.services.asking.open_questions(house.project_id, house.id_of("Cleo"))}
    house.services.asking.answer(found["Second?"], house.id_of("Cleo"), "Two.")
    assert (state(house, "Ada"), state(house, "Ben")) == (SlotState.PARKED, SlotState.LEASED)
    fresh = house.open("Ben").fresh_answer
    assert fresh is not None
    assert fresh.answer == "Two."
    assert house.open("Ada").fresh_answer is None


def test_what_disagrees_is_scored_as_ever_after_a_withdrawn_question(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    work = ask(house)
    house.services.asking.withdraw(work.set_id)
    house.submit("Ada", OTHER[1:])
    house.submit("Ben")
    house.round()
    assert house.status()["escalated"] == 1
