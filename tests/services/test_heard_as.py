"""What is heard as what: amounts, counts and places beside what stands, by whom it may be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.services.heard_as import NOT_YOURS, HeardAs
from tests.services.made import ALIKE, House, make_house, us
from tests.services.test_digest import settle

BEN = ((0, 10, "speech"), (10, 22, "advert"), (22, 40, "speech"))
"""Where music stands from 10 to 25 s he hears an advert until 22 s, then speech."""


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    made = make_house(tmp_path_factory.mktemp("house"), items=3)
    for place in range(3):
        made.submit("Ada", ALIKE, task=place, policy=("none",))
        made.submit("Ben", BEN if place == 0 else ALIKE, task=place, policy=("none",) if place else ("violence",))
    made.round()
    settle(made)
    made.round()
    yield made
    made.services.close()


def heard(house: House, part: str = "content", name: str = "Cleo") -> HeardAs:
    return house.services.quality.heard_as(house.project_id, house.id_of(name), part)


def test_seconds_and_places_are_counted_beside_what_stands(house: House) -> None:
    # By hand: three items of two people; what stands is Ada's: 25 s speech and 15 s music in each.
    found = heard(house)
    assert found.labels == ("speech", "music", "advert")
    assert (found.items, found.answers, found.unit) == (3, 6, "seconds")
    amounts = {cell: amount / 1e6 for cell, amount in found.amount.items()}
    assert amounts == {
        ("speech", "speech"): 150,
        ("music", "music"): 75,
        ("music", "advert"): 12,
        ("music", "speech"): 3,
    }
    assert found.share("music", "advert") == pytest.approx(12 / 90)
    assert found.share("advert", "music") is None
    assert found.count["music", "advert"] == 1
    assert found.worst() == ("music", "advert")


def test_a_place_says_where_it_is_and_who_said_it_by_a_letter(house: House) -> None:
    (place,) = heard(house).places["music", "advert"]
    assert (place.start_us, place.end_us, place.stands, place.said) == (us(10), us(22), "music", "advert")
    assert place.letter in "AB"
    assert "Ben" not in repr(place)


def test_answers_to_a_question_are_counted_each_once(house: House) -> None:
    found = heard(house, "policy")
    assert (found.unit, dict(found.count)) == ("answers", {("none", "none"): 5, ("none", "violence"): 1})
    (place,) = found.places["none", "violence"]
    assert place.start_us is None


def test_what_only_one_said_as_it_stands_is_not_held_against_itself(tmp_path: Path) -> None:
    made = make_house(tmp_path, overlap=1)
    made.submit("Ada", ALIKE)
    made.round()
    found = heard(made)
    made.services.close()
    assert found.reason.startswith("Nothing to compare yet")
    assert found.share("speech", "speech") is None


def test_annotators_and_parts_without_labels_get_a_sentence(house: House) -> None:
    assert heard(house, name="Ada").reason == NOT_YOURS
    assert "moments" in heard(house, "events").reason
    assert "not in the project" in heard(house, "deleted").reason


def test_only_the_items_asked_for_are_counted(house: House) -> None:
    found = house.services.quality.heard_as(house.project_id, house.id_of("Cleo"), "content", among=set())
    assert found.items == 0
    assert found.reason
