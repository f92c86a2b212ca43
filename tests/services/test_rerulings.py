"""Rulings that another analyst rules again without knowing it: what becomes of them, and what it tells."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from annodesk.model.edits import set_labels
from annodesk.model.work import Role, SettledBy
from annodesk.services.decisions import take
from annodesk.services.others import STANDS
from annodesk.services.rerulings import NOBODY, NONE_YET
from annodesk.services.review import ReviewWork
from annodesk.store import figures
from annodesk.store.facts import note_fact
from annodesk.workflow.sampling import is_drawn
from tests.services.made import OTHER, House, make_house

Make = Callable[..., House]


@pytest.fixture
def made(tmp_path: Path) -> Make:
    """A disputed item in a project in which every ruling is drawn, with so many more analysts."""

    def make(*analysts: str, share: float = 1.0) -> House:
        house = make_house(tmp_path, rerule_share=share)
        for name in analysts:
            house.people[name] = house.services.people.add(house.project_id, name, Role.ANALYST)
        house.submit("Ada")
        house.submit("Ben", OTHER)
        house.round()
        return house

    return make


def rule(house: House, name: str, letter: str = "A") -> ReviewWork:
    """Follow one side everywhere."""
    work = house.review(name)
    for one in work.disagreements:
        house.do(work, take(work, one, letter))
    house.services.review.settle(work.session.annotations)
    return work


def queue(house: House, name: str) -> list[tuple[str, str, float | None]]:
    cards = house.services.review.cards(house.project_id, house.id_of(name))
    return [(card.reason, card.culprit, card.value) for card in cards]


def standing(house: House) -> tuple[str, str | None] | None:
    with house.services.file.read() as db:
        return figures.standing_of(db, house.tasks()[0])


def told(house: House) -> str:
    return house.services.rerulings.figures(house.project_id).sentence


def test_a_ruling_that_is_drawn_waits_for_another_analyst_who_sees_an_ordinary_review(made: Make) -> None:
    house = made("Joe")
    before = queue(house, "Joe")
    first = rule(house, "Cleo")
    assert standing(house) is None
    assert house.status()["settled"] == 0
    assert queue(house, "Joe") == before, "the same reason, part and number"
    assert queue(house, "Cleo") == []
    work = house.review("Joe")
    assert [lane.letter for lane in work.lanes] == ["A", "B"]
    assert work.escalations == first.escalations
    shown = {lane.annotations.id for lane in work.lanes} | {one.id for one in getattr(work, "earlier", ())}
    assert first.set_id not in shown


def test_ruled_alike_the_first_stands_and_counts_as_agreement(made: Make) -> None:
    house = made("Joe")
    assert told(house) == NONE_YET
    first = rule(house, "Cleo")
    rule(house, "Joe")
    found = standing(house)
    assert found is not None
    assert found[0] == first.set_id
    assert house.status()["settled"] == 1
    figures_now = house.services.rerulings.figures(house.project_id)
    assert (figures_now.done, figures_now.alike, figures_now.share) == (1, 1, 1.0)
    assert told(house) == "1 of 1 rulings were ruled alike by a second analyst."


def test_ruled_differently_a_third_is_shown_both_and_decides(made: Make) -> None:
    house = made("Joe", "Kim")
    first, second = rule(house, "Cleo", "A"), rule(house, "Joe", "B")
    assert standing(house) is None
    assert queue(house, "Cleo") == queue(house, "Joe") == []
    work = house.review("Kim")
    assert {lane.annotations.id for lane in work.lanes} == {first.set_id, second.set_id}
    assert any("two analysts ruled it differently" in str(one.evidence.get("why")) for one in work.escalations)
    for one in work.disagreements:
        house.do(work, take(work, one, "A"))
    house.services.review.settle(work.session.annotations)
    found = standing(house)
    assert found is not None
    assert found[0] == work.set_id
    assert told(house) == "0 of 1 rulings were ruled alike by a second analyst."


def test_where_they_differ_and_nobody_else_is_there_the_first_stands(made: Make) -> None:
    house = made("Joe")
    first = rule(house, "Cleo", "A")
    rule(house, "Joe", "B")
    found = standing(house)
    assert found is not None
    assert found[0] == first.set_id
    assert told(house) == "0 of 1 rulings were ruled alike by a second analyst."


def test_with_one_analyst_nothing_is_drawn_and_that_is_said(made: Make) -> None:
    house = made()
    rule(house, "Cleo")
    assert house.status()["settled"] == 1
    assert told(house) == NOBODY


def test_a_share_of_nothing_draws_nothing(made: Make) -> None:
    house = made("Joe", share=0.0)
    rule(house, "Cleo")
    assert house.status()["settled"] == 1
    assert told(house) == NONE_YET


@pytest.mark.parametrize("is_again", [True, False])
def test_which_are_drawn_hangs_on_the_project_s_secret(made: Make, is_again: bool) -> None:
    house = made("Joe", share=0.5)
    work = house.review("Cleo")
    for one in work.disagreements:
        house.do(work, take(work, one, "A"))
    ids = (work.set_id, work.session.annotations.head)
    secret = next(s for s in map(str, range(100)) if is_drawn(0.5, s, "rerule", *ids) is is_again)
    with house.services.file.write() as db:
        note_fact(db, f"lots of {house.project_id}", secret)
    house.services.review.settle(work.session.annotations)
    assert (standing(house) is None) is is_again


def test_work_that_changed_meanwhile_is_no_measure_of_the_first_ruling(made: Make) -> None:
    house = made("Joe")
    rule(house, "Cleo")
    work = house.review("Joe")
    lane = work.lane("A")
    house.services.judging.return_work(lane.annotations.id, house.id_of("Joe"), "The end.")
    name = next(n for n in ("Ada", "Ben") if house.services.tasks.cards(house.project_id, house.id_of(n)))
    again = house.open(name)
    segment = again.session.annotations.segments("content")[0]
    house.do(again, set_labels(again.session.annotations, [segment.id], ("advert",)))
    house.services.tasks.submit(again.session.annotations)
    house.round()
    done = rule(house, "Joe", "B")
    found = standing(house)
    assert found is not None
    assert found[0] == done.set_id
    assert told(house) == NONE_YET
    with house.services.file.read() as db:
        settled = figures.settlements(db, house.project_id)[house.tasks()[0]]
    assert settled.settled_by is SettledBy.ADJUDICATION


def test_who_labelled_is_shown_the_ruling_that_stands_of_the_two(made: Make) -> None:
    house = made("Joe")
    first = rule(house, "Cleo")
    second = rule(house, "Joe")
    work = house.services.tasks.open(house.project_id, house.id_of("Ada"), house.tasks()[0])
    assert [lane.title for lane in work.others] == ["A", STANDS]
    assert work.others[-1].annotations.id == first.set_id != second.set_id
