"""The list of reference items: how each fares, which are to be looked at, and taking one out."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import Role
from annodesk.services.reference_items import ReferenceItem
from tests.services.made import OTHER, House, make_house
from tests.services.references_made import plant_reference


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Two hidden references and an open one; Ada, Ben and Cid miss the second."""
    house = make_house(tmp_path, items=3, people=("Ada", "Ben", "Cid"), overlap=3)
    for n in range(3):
        plant_reference(house, n, is_hidden=n < 2)
    for name in ("Ada", "Ben", "Cid"):
        house.submit(name, task=0)
        house.submit(name, OTHER, task=1)
    yield house
    house.services.close()


def listed(house: House, name: str = "Cleo") -> dict[str, ReferenceItem]:
    found = house.services.references.of_project(house.project_id, house.id_of(name))
    return {Path(one.title).stem: one for one in found}


def test_each_says_how_many_answered_and_missed_it_the_doubtful_first(house: House) -> None:
    found = listed(house)
    assert [one.sentence for one in found.values()] == [
        "3 of 3 missed it; look at its answer",
        "nobody has answered it yet",
        "0 of 3 missed it",
    ]
    assert [one.is_hidden for one in found.values()] == [True, False, True]


def test_a_manager_who_is_no_analyst_is_told_no_answers(house: House) -> None:
    house.people["Max"] = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    assert {(one.answers, one.missed, one.sentence) for one in listed(house, "Max").values()} == {(None, None, "")}


def test_annotators_are_told_nothing(house: House) -> None:
    with pytest.raises(WorkflowError, match="Only analysts and managers"):
        listed(house, "Ada")


def test_one_that_is_retired_is_held_against_nobody(house: House) -> None:
    (bad,) = [one for one in listed(house).values() if one.is_doubtful]
    assert "no reference" in house.services.references.retire(bad.item_id, house.id_of("Cleo")).sentence
    assert len(listed(house)) == 2
    everybody = house.services.accuracy.of_people(house.project_id, house.id_of("Cleo"))
    assert {(one.whole.n, one.whole.right) for one in everybody} == {(1, 1)}
    with pytest.raises(WorkflowError):
        house.services.references.retire(bad.item_id, house.id_of("Ada"))
