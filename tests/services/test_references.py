"""A reference item that is labelled again: who misses its answer sends it to review, and is told nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.model.annotations import AnnotationSet, Answer, answer_id
from annodesk.model.edits import add, set_answer
from annodesk.model.outcomes import WHOLE, Alternative, Outcome, OutcomeKind, Piece
from annodesk.model.work import Reason, Role
from annodesk.quality.agreement import CountableSet, TaskSets
from annodesk.services.references import missed_by, score_references
from annodesk.store import figures, journal, projects, settled
from annodesk.workflow.evidence import evidence_text
from tests.services.made import House, segments
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
    assert (told.value, told.threshold, told.evidence) == (0.0, 0.7, {"part": "content"})
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


def missed_again(house: House, item: str, name: str) -> None:
    """The item is settled, opened once more, and somebody new misses it too."""
    settle(house)
    house.people[name] = house.services.people.add(house.project_id, name, Role.ANNOTATOR)
    house.services.judging.reopen(item, house.id_of("Cleo"), "Once more.")
    house.round()
    house.submit(name, FAR_OFF)
    house.round()


def held_against(house: House, name: str) -> tuple[int, int]:
    with house.services.file.read() as db:
        return missed_by(db, house.project_id, house.id_of(name))


def test_one_that_three_people_miss_goes_to_review_itself_and_is_held_against_nobody(
    reference: tuple[House, str, AnnotationSet],
) -> None:
    house, item, _ = reference
    house.submit("Dan", FAR_OFF)
    house.round()
    assert held_against(house, "Dan") == (1, 1)
    missed_again(house, item, "Eve")
    assert (held_against(house, "Dan"), held_against(house, "Eve")) == ((1, 1), (1, 1))
    assert [one.is_reference for one in house.services.judging.settled(house.project_id)] == []
    missed_again(house, item, "Fay")
    assert raised(house, item) == [(Reason.REFERENCE_MISS, "content")]
    with house.services.file.read() as db:
        told = [e for e, _ in figures.open_escalations(db, house.project_id)[item]]
        assert settled.reference_of(db, item) is None
        rows = figures.current_scores(db, house.project_id, scope="reference")
    (told,) = [one for one in told if one.reason is Reason.REFERENCE_MISS]
    assert evidence_text(told) == "3 of 3 people missed it, so its answer itself is in doubt"
    assert "person" not in told.evidence
    assert len({row.set_a for row in rows}) == 5, "as many rows as ever"
    for name in ("Dan", "Eve", "Fay"):
        assert held_against(house, name) == (0, 0)


def test_confirmed_anew_it_is_a_reference_again_for_those_who_come(reference: tuple[House, str, AnnotationSet]) -> None:
    house, item, _ = reference
    with house.services.file.write() as db:
        settled.suspend_reference(db, item, house.clock())
    house.submit("Dan", FAR_OFF)
    house.round()
    assert raised(house, item) == [], "nothing is held against one in doubt"
    settle(house)
    assert [one.is_reference for one in house.services.judging.settled(house.project_id)] == [False]
    house.services.judging.confirm(item, house.id_of("Joe"), is_hidden=True)
    assert [one.is_reference for one in house.services.judging.settled(house.project_id)] == [True]
    assert held_against(house, "Dan") == (0, 0)


def test_where_a_reference_accepts_several_answers_each_meets_it(reference: tuple[House, str, AnnotationSet]) -> None:
    house, _, _ = reference
    with house.services.file.read() as db:
        schema = projects.get_version(db, house.project_id).project.schema
    pieces = [Alternative(1, (Piece(10_000_000, 25_000_000, (label,)),)) for label in ("music", "advert")]
    either = Outcome(OutcomeKind.SEVERAL, "content", 10_000_000, 25_000_000, alternatives=tuple(pieces))
    ruled = Answer(answer_id("ruling", "place"), "ruling", either.to_value(), "place")
    around = ((0, 10, "speech"), (25, 40, "speech"))
    known = CountableSet("r", None, AnnotationSet("r", elements=[*segments(around), ruled]), aided=False)

    def met(label: str) -> float | None:
        said = AnnotationSet("w", elements=segments([*around, (10, 25, label)]))
        task = TaskSets("t", 40_000_000, (CountableSet("w", None, said, aided=False),))
        rows = score_references(schema, [task], {"t": known})
        return next(row.value for row in rows if row.part == "content" and row.label is None)

    assert [met(label) for label in ("music", "advert")] == [1.0, 1.0]
    assert (met("speech") or 0) < 1
    out = Outcome(OutcomeKind.EXCLUDED, reason="noise").to_value()
    gone = known.annotations.with_elements([Answer(answer_id("ruling", WHOLE), "ruling", out, WHOLE)])
    task = TaskSets("t", 40_000_000, (known,))
    assert score_references(schema, [task], {"t": CountableSet("g", None, gone, aided=False)}) == ()
