"""One place of each item where people differ on a label, settled or not."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annodesk.services.heard_as import NOT_YOURS, HeardAs, Place
from annodesk.store import items
from tests.services.made import ALIKE, House, make_house, us
from tests.services.test_digest import settle
from tests.services.test_heard_as import BEN


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """Of three items the two differ on two; one of these is settled."""
    made = make_house(tmp_path_factory.mktemp("house"), items=3)
    for place in range(3):
        made.submit("Ada", ALIKE, task=place)
        made.submit("Ben", BEN if place < 2 else ALIKE, task=place)
    made.round()
    settle(made)
    yield made
    made.services.close()


def differing(house: House, label: str, name: str = "Cleo") -> HeardAs:
    with house.services.file.read() as db:
        every = [item.id for item in items.list_items(db, house.project_id)]
    return house.services.quality.differing_places(house.project_id, house.id_of(name), "content", label, every)


def places(found: HeardAs) -> list[Place]:
    return [place for cell in found.places.values() for place in cell]


def test_each_item_has_its_longest_place_of_the_label(house: House) -> None:
    found = places(differing(house, "advert"))
    assert {(one.item, one.start_us, one.end_us) for one in found} == {
        ("episode-0", us(10), us(22)),
        ("episode-1", us(10), us(22)),
    }


def test_where_nothing_stands_two_people_are_held_against_each_other(house: House) -> None:
    kinds = {bool(one.other) for one in places(differing(house, "advert"))}
    assert kinds == {True, False}
    (open_one,) = [one for one in places(differing(house, "advert")) if one.other]
    assert {open_one.other, open_one.letter} == {"A", "B"}


def test_another_label_has_its_own_places(house: House) -> None:
    assert all("speech" in (one.stands, one.said) for one in places(differing(house, "speech")))
    assert differing(house, "laugh").reason


def test_annotators_hear_nothing_of_it(house: House) -> None:
    assert differing(house, "advert", "Ada").reason == NOT_YOURS
