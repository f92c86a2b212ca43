"""Reference items given out among ordinary work: found by their answers, and told by nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import ItemState, Role, SlotState
from annodesk.store import items
from tests.services.made import OTHER, House, make_house
from tests.services.test_blindness import texts
from tests.services.test_judging import settle

WORK = 12


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Twelve recordings of one place each, the first of which Cleo settled and Joe confirmed, hidden; Dan is new."""
    house = make_house(tmp_path, items=WORK, overlap=2, workflow="reference_share = 0.5")
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    item = settle(house)
    joe = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    house.services.judging.confirm(item, joe.id, is_hidden=True)
    house.round()
    yield house
    house.services.close()


def reference(house: House) -> str:
    with house.services.file.read() as db:
        states = items.item_states(db, house.project_id)
    (found,) = [item for item, state in states.items() if state is ItemState.SETTLED]
    return found


def listed(house: House, name: str) -> list[str]:
    return [card.item_id for card in house.services.tasks.cards(house.project_id, house.id_of(name))]


def test_somebody_new_is_given_it_among_their_work_and_its_answer_is_held_against_theirs(house: House) -> None:
    item = reference(house)
    assert item in listed(house, "Dan")
    assert len(listed(house, "Dan")) == WORK - 1, "as many as there is ordinary work"
    cards = house.services.tasks.cards(house.project_id, house.id_of("Dan"))
    assert len({card.reason for card in cards}) == 1
    (task,) = [card.task_id for card in cards if card.item_id == item]
    work = house.submit("Dan", task=task)
    house.round()
    with house.services.file.read() as db:
        assert items.item_states(db, house.project_id)[item] is ItemState.SETTLED, "what stands stays"
    (dan,) = [
        one
        for one in house.services.accuracy.of_people(house.project_id, house.id_of("Cleo"))
        if one.person_id == house.id_of("Dan")
    ]
    assert dan.whole.n == 1
    assert item not in listed(house, "Dan")
    told = set(texts([work, house.services.tasks.my_work(house.project_id, house.id_of("Dan"))]))
    assert not any("reference" in words.lower() for words in told)


def test_nobody_who_knows_it_is_given_it(house: House) -> None:
    for name in ("Ada", "Ben", "Cleo"):
        assert reference(house) not in listed(house, name)


def test_it_is_open_to_nobody_who_was_not_offered_it(house: House) -> None:
    eve = house.services.people.add(house.project_id, "Eve", Role.ANNOTATOR)
    house.people["Eve"] = eve
    (task,) = [
        card.task_id
        for card in house.services.tasks.cards(house.project_id, house.id_of("Dan"))
        if card.item_id == reference(house)
    ]
    with pytest.raises(WorkflowError, match="not open any more"):
        house.open("Eve", task)
    house.round()
    assert house.open("Eve", task).slot_state is SlotState.LEASED


def test_opened_again_it_waits_for_one_more_answer_only(house: House) -> None:
    item = reference(house)
    house.services.judging.reopen(item, house.id_of("Cleo"), "Once more.")
    house.round()
    (task,) = [c.task_id for c in house.services.tasks.cards(house.project_id, house.id_of("Dan")) if c.item_id == item]
    house.submit("Dan", task=task)
    house.round()
    with house.services.file.read() as db:
        assert items.item_states(db, house.project_id)[item] is not ItemState.REOPENED


def test_one_that_many_miss_is_held_against_nobody_and_its_answer_stands(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annodesk.workflow.references.MISSED_BY", 1)
    item = reference(house)
    cards = house.services.tasks.cards(house.project_id, house.id_of("Dan"))
    (task,) = [card.task_id for card in cards if card.item_id == item]
    house.submit("Dan", ((0, 40, "advert"),), task=task)
    house.round()
    (found,) = house.services.references.of_project(house.project_id, house.id_of("Cleo"))
    assert (found.item_id, found.is_suspended) == (item, True)
    with house.services.file.read() as db:
        assert items.item_states(db, house.project_id)[item] is ItemState.SETTLED
    everybody = house.services.accuracy.of_people(house.project_id, house.id_of("Cleo"))
    assert {one.whole.n for one in everybody} == {0}
