"""Whose answers have become less right is told to their analysts and to themselves, never to a manager by name."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annodesk.model.work import Role
from annodesk.progress import CancelToken
from annodesk.services.today import Act
from annodesk.ui.dashboard.you_page import read_you
from tests.services.made import ALIKE, OTHER, House, make_house
from tests.services.references_made import plant_reference

RIGHT, WRONG = 20, 14


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Ada is right all along; Ben is right twenty times, and then never."""
    made = make_house(tmp_path_factory.mktemp("house"), items=RIGHT + WRONG)
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    for n in range(RIGHT + WRONG):
        plant_reference(made, n)
    for n in range(RIGHT + WRONG):
        made.submit("Ada", task=n)
        made.submit("Ben", ALIKE if n < RIGHT else OTHER, task=n)
    yield made
    made.services.close()


def test_an_analyst_is_told_in_a_sentence_with_its_evidence_and_one_button(house: House) -> None:
    (need,) = house.services.drifting.needs(house.project_id, house.id_of("Cleo"))
    assert need.sentence == "podcast-policy: Ben's answers meet confirmed ones less often than they did."
    assert "It has fallen: 20 of 20" in need.evidence[0]
    assert (need.act, need.button) == (Act.DRIFT, "See the answers")


def test_nobody_else_is_told_and_the_sentences_of_everybody_name_nobody(house: House) -> None:
    for name in ("Max", "Ada", "Ben"):
        assert house.services.drifting.needs(house.project_id, house.id_of(name)) == ()
    said = [one.sentence for one in house.services.desk_figures.today(house.id_of("Max"))]
    assert not any("Ben" in one or "confirmed" in one for one in said)


def test_the_person_is_told_a_week_later(house: House) -> None:
    def drift(name: str) -> str:
        found = read_you(house.services, house.project_id, house.id_of(name), CancelToken()).drift
        return found.sentence if found is not None else ""

    assert drift("Ben") == "", "a figure that moved with each answer would tell what items were"
    house.clock.hours(24 * 8)
    assert drift("Ben") == "podcast-policy: Your answers meet confirmed ones less often than they did."
    assert drift("Ada") == ""
