"""Batches: what a manager makes of them, what people are offered of them, and pilots that gate what comes after."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import Batch, BatchState, ItemState, Role, Skill, SlotState, behind_pilots
from annodesk.services.today import Act
from annodesk.store import tasks
from tests.services.made import OTHER, House, make_recording


def add(house: House, batch: str, *keys: str, is_pilot: bool = False) -> Batch:
    """A batch with a recording for each key."""
    made = house.services.batches.make(house.project_id, None, batch, is_pilot=is_pilot).batch
    folder = house.folder / batch
    folder.mkdir()
    for key in keys:
        make_recording(folder / f"{key}.wav", seed=sum(map(ord, key)))
    house.services.items.add(house.project_id, sorted(folder.iterdir()), batch_id=made.id)
    house.round()
    return made


def offered(house: House, name: str) -> set[str]:
    """What somebody's list shows, by title."""
    return {card.title for card in house.services.tasks.cards(house.project_id, house.id_of(name))}


def slots(house: House, key: str) -> list[bool]:
    """Whether each place on an item shows suggestions."""
    with house.services.file.read() as db:
        stages = tasks.list_tasks(db, house.project_id)
    items = {item.id: item.key for item in house.services.items.every(house.project_id)}
    task = next(one.id for one in stages if items[one.item_id] == key)
    with house.services.file.read() as db:
        return [slot.shows_suggestions for slot in tasks.slots_of(db, task)]


def state_of(house: House, key: str) -> ItemState:
    from annodesk.store import items

    with house.services.file.read() as db:
        known = {one.key: one.id for one in items.list_items(db, house.project_id)}
        return items.item_states(db, house.project_id)[known[key]]


def test_a_pilot_is_for_everybody_and_holds_back_what_is_made_after_it(house: House) -> None:
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    pilot = add(house, "pilot", "one", is_pilot=True)
    add(house, "rest", "two")
    assert len(slots(house, "one")) == 3
    for name in ("Ada", "Ben", "Dan"):
        assert offered(house, name) == {"episode-0", "one"}, "what was there before goes on, what comes after waits"
    waiting = next(one for one in house.services.batches.list(house.project_id) if one.batch.name == "rest")
    assert waiting.sentence == "It waits until the pilot pilot is passed."
    passed = house.services.batches.pass_pilot(house.project_id, house.id_of("Cleo"), pilot.id)
    assert passed.sentence == "pilot is passed. Given out now: rest."
    house.round()
    assert "two" in offered(house, "Ada")


def test_a_task_behind_a_pilot_cannot_be_taken_by_its_id_either(house: House) -> None:
    add(house, "pilot", "one", is_pilot=True)
    add(house, "rest", "two")
    with pytest.raises(WorkflowError, match="once the pilot pilot is passed"):
        house.open("Ada", 2)


def test_a_batch_is_for_those_who_know_its_group_of_labels_and_both_whys_say_so(house: House) -> None:
    special = add(house, "ward", "one")
    needs = (Skill("medical", 2),)
    said = house.services.batches.change(house.project_id, None, special.id, needs=needs).sentence
    assert "The items of ward need medical:2" in said
    assert said.endswith("Nobody who labels here has what it needs (medical:2): enter it among somebody's skills, "
                         "on the page Work.")  # fmt: skip
    house.round()
    assert "one" not in offered(house, "Ada") | offered(house, "Ben")
    with pytest.raises(WorkflowError, match="It needs medical at level 2"):
        house.open("Ada", 1)
    ada = house.id_of("Ada")
    house.services.assigning.set_skills(house.project_id, ada, (), (Skill("medical", 1),))
    house.round()
    assert "one" not in offered(house, "Ada"), "a level below does not do"
    house.services.assigning.set_skills(house.project_id, ada, (Skill("medical", 1),), needs)
    house.round()
    reasons = {one["item"]: one["reason"] for one in house.services.dashboard.queue(house.project_id, ada)}
    assert reasons["one"] == "You know medical"
    house.submit("Ben", task=0)
    why = house.services.tasks.why_empty(house.project_id, house.id_of("Ben"))
    assert "needs medical at level 2" in why
    assert "ask a manager to enter it among your skills" in why
    told = house.services.dashboard.why_not_offered(house.project_id, "one")
    assert "offered to 1 person" in str(told)
    assert house.services.batches.known_skills(house.project_id) == ("medical",)
    house.services.batches.change(house.project_id, None, special.id, needs=())
    house.round()
    assert "one" in offered(house, "Ben")


def test_a_group_of_labels_that_nobody_knows_is_named_on_the_first_page(house: House) -> None:
    special = add(house, "ward", "one")
    needs = (Skill("adverts and jingles"),)
    house.services.batches.change(house.project_id, None, special.id, needs=needs)
    house.round()
    (need,) = (one for one in house.services.desk_figures.today() if one.act is Act.INVITE)
    assert need.sentence.startswith("adverts and jingles: 1 task left for nobody: invite")


def test_what_nobody_can_know_is_refused(house: House) -> None:
    with pytest.raises(WorkflowError, match="nothing that people can know"):
        house.services.batches.make(house.project_id, None, "odd", needs=(Skill("a, b"),))


def test_why_a_list_is_empty_names_the_pilot_that_is_waited_for(houses: Callable[..., House]) -> None:
    house = houses(items=0)
    pilot = add(house, "try", "one", is_pilot=True)
    add(house, "rest", "two")
    house.submit("Ada", task=0)
    house.services.batches.change(house.project_id, None, pilot.id, state=BatchState.PAUSED)
    house.round()
    assert "pilot try is passed" in house.services.tasks.why_empty(house.project_id, house.id_of("Ada"))


def test_who_comes_later_has_a_place_in_the_pilot_too(house: House) -> None:
    add(house, "pilot", "one", is_pilot=True)
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    house.round()
    assert "one" in offered(house, "Dan")
    assert len(slots(house, "one")) == 3
    house.round()
    assert len(slots(house, "one")) == 3, "once"


def test_passing_a_pilot_gives_up_the_places_nobody_has_taken_and_decides_on_what_there_is(house: House) -> None:
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    pilot = add(house, "pilot", "one", is_pilot=True)
    house.submit("Ada", task=1)
    house.submit("Ben", task=1)
    house.round()
    assert state_of(house, "one") is ItemState.OPEN
    house.services.batches.pass_pilot(house.project_id, None, pilot.id)
    house.round()
    assert state_of(house, "one") is ItemState.SETTLED


def test_a_later_pilot_that_is_passed_frees_what_an_earlier_one_held() -> None:
    made = [Batch("1", "first", is_pilot=True), Batch("2", "rest"), Batch("3", "second", is_pilot=True)]
    assert [one.waits_for for one in behind_pilots(made)] == ["", "first", ""]
    made[2] = Batch("3", "second", is_pilot=True, passed_at_us=5)
    assert [one.waits_for for one in behind_pilots(made)] == ["", "", ""]


def test_a_batch_that_was_going_is_not_stopped_by_a_pilot_made_later() -> None:
    made = [Batch("1", "going"), Batch("2", "new label", is_pilot=True), Batch("3", "next")]
    assert [one.waits_for for one in behind_pilots(made)] == ["", "", "new label"]


def test_a_paused_batch_offers_nothing_and_what_is_held_stays(house: House) -> None:
    rest = add(house, "rest", "two")
    work = house.label("Ada", task=1)
    said = house.services.batches.change(house.project_id, house.id_of("Cleo"), rest.id, state=BatchState.PAUSED)
    assert said.sentence == "rest is paused: nobody is given new work from it; what people hold stays with them."
    house.round()
    assert "two" not in offered(house, "Ben")
    house.services.tasks.submit(work.session.annotations)
    house.services.batches.change(house.project_id, None, rest.id, state=BatchState.OPEN)
    house.round()
    assert "two" in offered(house, "Ben")


def test_a_higher_overlap_adds_places_without_suggestions_and_a_lower_one_gives_them_up(house: House) -> None:
    rest = add(house, "rest", "two")
    assert len(slots(house, "two")) == 2
    house.services.batches.change(house.project_id, None, rest.id, overlap=4)
    assert slots(house, "two")[2:] == [False, False]
    house.services.batches.change(house.project_id, None, rest.id, overlap=2)
    left = slots(house, "two")
    assert len(left) == 2
    assert False in left, "one of two works without suggestions"
    house.submit("Ada", task=1)
    house.services.batches.change(house.project_id, None, rest.id, overlap=1)
    house.round()
    assert state_of(house, "two") is ItemState.SETTLED, "what is in is enough now"


def test_a_place_that_somebody_has_taken_is_never_given_up(house: House) -> None:
    rest = add(house, "rest", "two")
    house.submit("Ada", task=1)
    held = house.open("Ben", 1)
    house.services.batches.change(house.project_id, None, rest.id, overlap=1)
    assert len(slots(house, "two")) == 2
    assert held.slot_state is SlotState.LEASED
    house.submit("Ben", OTHER, task=1)
    house.round()
    assert state_of(house, "two") is ItemState.ESCALATED, "both count"


def test_a_pilots_overlap_is_everybody(house: House) -> None:
    pilot = add(house, "pilot", "one", is_pilot=True)
    with pytest.raises(WorkflowError, match="goes to everybody"):
        house.services.batches.change(house.project_id, None, pilot.id, overlap=1)


def test_priority_and_deadline_decide_what_comes_first(house: House) -> None:
    rest = add(house, "rest", "two")
    house.services.batches.change(house.project_id, None, rest.id, priority=5)
    house.round()
    cards = house.services.tasks.cards(house.project_id, house.id_of("Ada"))
    assert [card.title for card in cards] == ["two", "episode-0"]
    assert cards[0].reason == "High priority"
    house.services.batches.change(house.project_id, None, rest.id, priority=0, deadline_us=house.clock() + 1)
    house.round()
    assert house.services.tasks.cards(house.project_id, house.id_of("Ada"))[0].title == "two"


def test_a_batchs_own_threshold_decides_what_goes_to_review(house: House) -> None:
    lenient = add(house, "lenient", "two")
    house.services.batches.change(house.project_id, None, lenient.id, escalate_below=0.0)
    for task in (0, 1):
        house.submit("Ada", task=task)
        house.submit("Ben", OTHER, task=task)
    house.round()
    assert state_of(house, "episode-0") is ItemState.ESCALATED
    assert state_of(house, "two") is ItemState.SETTLED


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"name": " "}, "one line"),
        ({"name": "a\nb"}, "one line"),
        ({"name": "x" * 201}, "one line"),
        ({"overlap": 0}, "from 1 to"),
        ({"overlap": 51}, "from 1 to"),
        ({"priority": 101}, "from -100 to 100"),
        ({"escalate_below": 1.5}, "from 0 to 1"),
        ({"colour": "red"}, "no colour"),
        ({"name": "batch 1"}, "already"),
    ],
)
def test_what_no_batch_can_be_is_refused_in_a_sentence(house: House, changes: dict[str, object], words: str) -> None:
    rest = house.services.batches.make(house.project_id, None, "rest").batch
    with pytest.raises(WorkflowError, match=words):
        house.services.batches.change(house.project_id, None, rest.id, **changes)


def test_annotators_make_no_batches(house: House) -> None:
    with pytest.raises(WorkflowError, match="project's manager"):
        house.services.batches.make(house.project_id, house.id_of("Ada"), "mine")


def test_what_is_added_without_a_name_comes_into_the_newest_that_is_open(house: House) -> None:
    rest = house.services.batches.make(house.project_id, None, "rest").batch
    house.services.batches.change(house.project_id, None, rest.id, state=BatchState.CLOSED)
    extra = make_recording(house.folder / "extra.wav", seed=9)
    house.services.items.add(house.project_id, [extra])
    found = {one.batch.name: one.total for one in house.services.batches.list(house.project_id)}
    assert found == {"batch 1": 2, "rest": 0}
    with pytest.raises(WorkflowError, match="is closed"):
        house.services.items.add(house.project_id, [extra], batch_id=rest.id)


def test_an_empty_batch_says_what_to_do(house: House) -> None:
    house.services.batches.make(house.project_id, None, "rest")
    (_, rest) = house.services.batches.list(house.project_id)
    assert rest.sentence == "Nothing is in it yet: add recordings to it."
