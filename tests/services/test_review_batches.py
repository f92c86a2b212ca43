"""Review batches: items opened again together under one name, until all of them are settled again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.services.review_batches import checked_name, named
from annodesk.store import items
from tests.services.made import House, make_house
from tests.services.test_digest import settle


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Three items that two people labelled alike."""
    made = make_house(tmp_path, items=3)
    for task in range(3):
        made.submit("Ada", task=task)
        made.submit("Ben", task=task)
        made.round()
    yield made
    made.services.close()


def open_again(house: House, words: str, *keys: str) -> None:
    with house.services.file.read() as db:
        ids = {item.key: item.id for item in items.list_items(db, house.project_id)}
    for key in keys:
        house.services.judging.reopen(ids[key], house.id_of("Cleo"), words)
        house.clock.hours(0.1)


def test_it_is_shown_in_the_order_in_which_it_was_opened_and_closes_once_all_is_settled(house: House) -> None:
    services, project = house.services, house.project_id
    open_again(house, named("sure errors", "the model says music"), "episode-2", "episode-0")
    open_again(house, "somebody doubts it", "episode-1")
    (batch,) = services.review_batches.list(project)
    assert (batch.name, batch.reviews, batch.to_label, batch.settled) == ("sure errors", 2, 0, 0)
    cards = {card.title: card for card in services.review.cards(project, house.id_of("Cleo"))}
    assert {title: card.batch for title, card in cards.items()} == {
        "episode-0": "sure errors", "episode-1": "", "episode-2": "sure errors"}  # fmt: skip
    assert cards["episode-2"].batched_us < cards["episode-0"].batched_us
    for _ in range(3):
        settle(house)
    assert services.review_batches.list(project) == ()


@pytest.mark.parametrize("name", ["", "  ", "x" * 81, "a\x07b"])
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(WorkflowError, match="name is one line"):
        checked_name(name)


def test_whatever_a_name_has_in_it_is_read_back(house: House) -> None:
    name = checked_name("the “worst” of\nnew.jsonl: advert")
    open_again(house, named(name, "why: “so”"), "episode-0")
    assert [one.name for one in house.services.review_batches.list(house.project_id)] == [
        'the "worst" of new.jsonl: advert'
    ]
