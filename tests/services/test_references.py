"""A reference item that is labelled again: who misses its answer sends it to review, and is told nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import add, set_answer
from annodesk.model.work import Reason, Role
from annodesk.store import figures, journal
from tests.services.made import House
from tests.services.test_blindness import texts
from tests.services.test_judging import disputed, settle

FAR_OFF = ((0, 40, "advert"),)


@pytest.fixture
def reference(tmp_path: Path) -> tuple[House, str, AnnotationSet]:
    """An item that Ada and Ben labelled, Cleo settled and Joe confirmed, open again for Dan; and its answer."""
    house = disputed(tmp_path)
    item = settle(house)
    with house.services.file.read() as db:
        standing = figures.standing_of(db, house.tasks()[0])
        assert standing is not None
        answer = journal.set_at(db, *standing)
    house.people["Joe"] = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    house.people["Dan"] = house.services.people.add(house.project_id, "Dan", Role.ANNOTATOR)
    house.services.judging.confirm(item, house.id_of("Joe"), is_hidden=True)
    house.services.judging.reopen(item, house.id_of("Cleo"), "Once more.")
    house.round()
    return house, item, answer


def raised(house: House, item: str) -> list[tuple[Reason, str]]:
    with house.services.file.read() as db:
        found = figures.open_escalations(db, house.project_id).get(item, [])
    return [(one.reason, one.culprit) for one, _ in found if one.reason is Reason.REFERENCE_MISS]


def test_who_misses_it_alone_is_held_against_its_answer(reference: tuple[House, str, AnnotationSet]) -> None:
    house, item, answer = reference
    dan = house.submit("Dan", FAR_OFF)
    house.round()
    assert raised(house, item) == [(Reason.REFERENCE_MISS, "content")]
    with house.services.file.read() as db:
        (told,) = [
            one
            for one, _ in figures.open_escalations(db, house.project_id)[item]
            if one.reason is Reason.REFERENCE_MISS
        ]
        rows = figures.current_scores(db, house.project_id, scope="reference")
    assert (told.value, told.threshold, told.evidence["person"]) == (0.0, 0.7, house.id_of("Dan"))
    compared = [row for row in rows if row.value is not None]
    assert {(row.set_a, row.set_b) for row in compared} == {(dan.set_id, answer.id)}
    assert {row.part for row in compared} == {"content", "events", "voices", "policy", "quality", "format", "entity"}
    assert len({row.set_a for row in rows}) == 3, "a row for everybody, whether there is something to compare or not"


def test_who_meets_it_is_no_reason(reference: tuple[House, str, AnnotationSet]) -> None:
    house, item, answer = reference
    work = house.open("Dan")
    house.do(work, add(*answer.segments()))
    for given in answer.answers():
        if given.question in ("policy", "quality", "format"):
            house.do(work, set_answer(work.session.annotations, given.question, given.value))
    house.services.tasks.submit(work.session.annotations)
    house.round()
    assert raised(house, item) == []


def test_nothing_tells_its_labeller_what_it_is(reference: tuple[House, str, AnnotationSet]) -> None:
    house, _, answer = reference
    given: list[object] = [house.services.tasks.cards(house.project_id, house.id_of("Dan"))]
    work = house.open("Dan")
    given += [work, work.session.annotations]
    house.submit("Dan", FAR_OFF)
    house.round()
    given += [house.services.tasks.my_work(house.project_id, house.id_of("Dan")), house.open("Dan")]
    told = set(texts(given))
    assert told.isdisjoint({answer.id, *(segment.id for segment in answer.segments())})
    assert not any("reference" in words.lower() or "Once more" in words for words in told)


def test_its_own_reviewer_is_told_no_name(reference: tuple[House, str, AnnotationSet]) -> None:
    house, item, _ = reference
    house.submit("Dan", FAR_OFF)
    house.round()
    work = house.review()
    assert work.item.id == item
    assert {house.id_of(name) for name in ("Ada", "Ben", "Dan")}.isdisjoint(texts(list(work.escalations)))
