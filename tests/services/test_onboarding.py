"""First tasks: a newcomer begins with open references, is told after each how it went, and is never given it again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.model.work import ItemState
from annodesk.store import figures, tasks
from annodesk.workflow.reference_offers import FIRST_WORDS
from tests.services.made import House, make_house
from tests.services.references_made import plant_reference


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Four recordings, of which the first two are settled as open references."""
    house = make_house(tmp_path, items=4)
    for n in range(2):
        item = plant_reference(house, n, is_hidden=False)
        with house.services.file.write() as db:
            figures.set_item_state(db, item, ItemState.SETTLED, house.id_of("Cleo"), house.clock())
    house.round()
    yield house
    house.services.close()


def first_cards(house: House, name: str) -> list[str]:
    cards = house.services.tasks.cards(house.project_id, house.id_of(name))
    return [card.task_id for card in cards if card.reason == FIRST_WORDS]


def test_a_newcomer_begins_with_open_references_then_ordinary_work_begins(house: House) -> None:
    assert len(house.services.tasks.cards(house.project_id, house.id_of("Ada"))) == 2
    right, wrong = first_cards(house, "Ada")
    work = house.submit("Ada", task=right)
    told = house.services.onboarding.feedback(work.set_id)
    assert told is not None
    assert (told.is_right, told.sentences, told.left) == (True, ("All as in the confirmed answer.",), 1)
    house.round()
    assert first_cards(house, "Ada") == [wrong]
    off = ((0, 10, "speech"), (10, 25, "advert"), (25, 40, "speech"))
    work = house.submit("Ada", off, task=wrong, policy=("medical",))
    told = house.services.onboarding.feedback(work.set_id)
    assert told is not None
    assert not told.is_right
    assert told.sentences == (
        "2 places differ from the confirmed answer.",
        "Content at 00:00:10.000: you said advert; it is music.",
        "Policy: you said medical; it is none.",
    )
    assert told.left == 0
    house.round()
    assert first_cards(house, "Ada") == []
    assert len(house.services.tasks.cards(house.project_id, house.id_of("Ada"))) == 2, "the ordinary ones"


def test_what_is_told_is_noted_as_seen(house: House) -> None:
    work = house.submit("Ada", task=first_cards(house, "Ada")[0])
    with house.services.file.read() as db:
        assert tasks.view_of(db, work.set_id).independent_until_us is None
    house.services.onboarding.feedback(work.set_id)
    with house.services.file.read() as db:
        assert tasks.view_of(db, work.set_id).independent_until_us is not None


def test_of_ordinary_and_hidden_items_and_of_work_not_handed_in_nothing_is_told(house: House) -> None:
    opened = house.open("Ada", first_cards(house, "Ada")[0])
    assert house.services.onboarding.feedback(opened.set_id) is None
    house.services.tasks.skip(opened.set_id, "no time")
    plant_reference(house, 2, is_hidden=True)
    house.round()
    for n in (2, 3):
        work = house.submit("Ben", task=n)
        assert house.services.onboarding.feedback(work.set_id) is None
