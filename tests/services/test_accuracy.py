"""How often people's answers meet confirmed ones: from reference items and audits alone, and only for who may know."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.shares import wilson
from annodesk.model.work import ItemState, Role
from annodesk.services.accuracy import PersonAccuracy
from annodesk.store import items
from tests.services.made import ALIKE, OTHER, House, make_house
from tests.services.references_made import plant_reference
from tests.services.test_judging import settle

ITEMS = 12


@pytest.fixture
def checked(tmp_path: Path) -> Iterator[House]:
    """Twelve reference items that Ada and Ben labelled; Ben missed four of them."""
    house = make_house(tmp_path, items=ITEMS)
    for n in range(ITEMS):
        plant_reference(house, n)
    for n in range(ITEMS):
        house.submit("Ada", task=n)
        house.submit("Ben", OTHER if n % 3 == 2 else ALIKE, task=n)
    yield house
    house.services.close()


def of(house: House, name: str) -> PersonAccuracy:
    everybody = house.services.accuracy.of_people(house.project_id, house.id_of("Cleo"))
    (found,) = [one for one in everybody if one.name == name]
    return found


def test_an_analyst_sees_how_many_answers_met_the_references_with_their_interval(checked: House) -> None:
    ada, ben = of(checked, "Ada"), of(checked, "Ben")
    assert (ada.whole.n, ada.whole.right, ada.misses) == (ITEMS, ITEMS, ())
    assert (ben.whole.n, ben.whole.right) == (ITEMS, 8)
    assert (ben.whole.low, ben.whole.high) == wilson(8, 12)
    assert (ben.parts["content"].right, ben.parts["policy"].right) == (8, 12)
    assert [one.parts["content"] for one in ben.misses] == [False] * 4
    assert ben.sentence.startswith("8 of 12 answers (39% to 86%) met confirmed answers.")


def test_nobody_else_sees_it(checked: House) -> None:
    max_ = checked.services.people.add(checked.project_id, "Max", Role.MANAGER)
    for person in (max_.id, checked.id_of("Ada")):
        with pytest.raises(WorkflowError, match="Only analysts"):
            checked.services.accuracy.of_people(checked.project_id, person)


def test_ones_own_is_a_week_old_and_names_no_item(checked: House) -> None:
    own = checked.services.accuracy.own(checked.project_id, checked.id_of("Ben"))
    assert own.whole.n == 0
    assert "held against" in own.reason
    checked.clock.hours(24 * 8)
    own = checked.services.accuracy.own(checked.project_id, checked.id_of("Ben"))
    assert (own.whole.n, own.whole.right, own.reason, own.misses) == (ITEMS, 8, "", ())


def test_of_few_answers_only_their_number_is_told(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=2)
    assert of(house, "Ada").reason.startswith("None of these")
    plant_reference(house, 0)
    house.submit("Ada", OTHER, task=0)
    found = of(house, "Ada")
    assert found.reason.startswith("Only 1 of these")
    assert (found.drift, found.misses, found.needs_somebody) == (None, (), False)
    house.services.close()


def test_what_an_answer_was_made_of_is_not_held_against_it(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    house.submit("Ada", OTHER)
    plant_reference(house, 0)
    assert of(house, "Ada").whole.n == 0
    house.services.close()


def test_open_references_stand_beside_and_are_not_counted(tmp_path: Path) -> None:
    house = make_house(tmp_path)
    plant_reference(house, 0, is_hidden=False)
    house.submit("Ada", OTHER)
    found = of(house, "Ada")
    assert (found.whole.n, found.open.n, found.open.right) == (0, 1, 0)
    house.services.close()


def test_items_drawn_by_lot_count_and_those_in_dispute_do_not(tmp_path: Path) -> None:
    house = make_house(tmp_path, items=4, audit_share=1.0)
    for n in range(4):
        house.submit("Ada", task=n)
        house.submit("Ben", OTHER if n == 0 else ALIKE, task=n)
    house.round()
    with house.services.file.read() as db:
        assert set(items.item_states(db, house.project_id).values()) == {ItemState.ESCALATED}
    assert of(house, "Ada").whole.n == 0, "nothing is settled yet"
    for _ in range(4):
        settle(house)
    for name in ("Ada", "Ben"):
        assert (of(house, name).whole.n, of(house, name).whole.right) == (3, 3), "not the one they disagreed on"
    house.services.close()
