"""What an analyst decides about others' work, alone: it goes back, is opened again, becomes a reference."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.work import Role, SlotState
from annodesk.services.decisions import take
from tests.services.made import OTHER, House, make_house


def disputed(folder: Path) -> House:
    house = make_house(folder)
    house.submit("Ada")
    house.submit("Ben", OTHER)
    house.round()
    return house


def settle(house: House, name: str = "Cleo") -> str:
    """Let an analyst follow side A everywhere; returns the item's id."""
    work = house.review(name)
    for one in work.disagreements:
        house.do(work, take(work, one, "A"))
    house.services.review.settle(work.session.annotations)
    return work.item.id


def test_returned_work_is_its_authors_again_and_waits_in_the_list(tmp_path: Path) -> None:
    house = disputed(tmp_path)
    work = house.review()
    cleo, judging = house.id_of("Cleo"), house.services.judging
    with pytest.raises(WorkflowError, match="what is to be done"):
        judging.return_work(work.lane("A").annotations.id, cleo, " ")
    assert judging.return_work(work.lane("A").annotations.id, cleo, "The end is missing.").sentence.startswith(
        "Returned"
    )
    cards = [
        card for name in ("Ada", "Ben") for card in house.services.tasks.cards(house.project_id, house.id_of(name))
    ]
    assert [card.state for card in cards] == [SlotState.RETURNED]
    assert "returned: The end is missing." in cards[0].subtitle
    assert house.services.review.cards(house.project_id, cleo) == []
    with pytest.raises(WorkflowError):
        judging.return_work(work.lane("B").annotations.id, house.id_of("Ada"), "x")


def test_a_settled_item_opened_again_goes_to_fresh_eyes_or_to_review(tmp_path: Path) -> None:
    house = disputed(tmp_path)
    item, cleo = settle(house), house.id_of("Cleo")
    dan = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    assert [one.item_id for one in house.services.judging.settled(house.project_id)] == [item]
    done = house.services.judging.reopen(item, cleo, "The end is wrong.")
    assert "has not seen it" in done.sentence
    house.round()
    assert [c.item_id for c in house.services.tasks.cards(house.project_id, dan.id)] == [item]
    assert house.services.tasks.cards(house.project_id, house.id_of("Ada")) == []
    assert house.services.judging.settled(house.project_id) == []
    with pytest.raises(WorkflowError):
        house.services.judging.reopen(item, cleo, "Again.")


def test_where_all_have_labelled_it_it_is_judged_anew(tmp_path: Path) -> None:
    house = disputed(tmp_path)
    item, cleo = settle(house), house.id_of("Cleo")
    assert "review" in house.services.judging.reopen(item, cleo, "The end is wrong.").sentence
    assert [card.item_id for card in house.services.review.cards(house.project_id, cleo)] == [item]
    assert settle(house) == item
    assert house.status()["settled"] == 1


def test_another_analyst_makes_an_answer_a_reference(tmp_path: Path) -> None:
    house = disputed(tmp_path)
    item, judging = settle(house), house.services.judging
    with pytest.raises(WorkflowError, match="somebody else"):
        judging.confirm(item, house.id_of("Cleo"), is_hidden=True)
    joe = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    judging.confirm(item, joe.id, is_hidden=True)
    assert [one.is_reference for one in judging.settled(house.project_id)] == [True]
