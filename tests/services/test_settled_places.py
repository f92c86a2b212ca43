"""Which of a project's answers may teach the model: those that stand, were meant, and tell nobody too much."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace

from annodesk.model.annotations import Origin, OriginKind, Segment
from annodesk.model.edits import add, set_answer
from annodesk.model.schema import Question, Tier
from annodesk.model.work import Role, SettledBy, SlotState
from annodesk.services.settled_places import SettledPlace, settled_places
from annodesk.store import figures, journal, projects, tables, tasks
from annodesk.store.figures import Settlement
from tests.services.made import ALIKE, House, segments
from tests.services.test_judging import disputed, settle

LABELS = ("speech", "music", "advert")


def places(house: House, part: str = "content", labels: tuple[str, ...] = LABELS) -> list[SettledPlace]:
    with house.services.file.read() as db:
        schema = projects.get_version(db, house.project_id).project.schema
        (found,) = [one for one in schema.parts() if one.name == part]
        assert isinstance(found, Tier | Question)
        return settled_places(db, house.project_id, found, labels, journal)


def said(found: list[SettledPlace]) -> list[tuple[int, tuple[str, ...]]]:
    return sorted((one.start_us // 1_000_000, one.labels) for one in found)


ALL = [(0, ("speech",)), (10, ("music",)), (25, ("speech",))]


@pytest.fixture
def alone(houses: Callable[..., House]) -> House:
    """One annotator, three recordings."""
    return houses(items=3, people=("Ada",), overlap=1)


def test_what_is_settled_is_found_with_what_was_said_by_people_themselves(alone: House) -> None:
    assert places(alone) == []
    alone.submit("Ada", task=0)
    alone.round()
    found = places(alone)
    assert said(found) == ALL
    assert all(one.independent == one.labels for one in found)
    assert {one.item.key for one in found} == {"episode-0.wav"} or len({one.item.id for one in found}) == 1


def test_what_waits_for_a_second_answer_does_not_teach(house: House) -> None:
    house.submit("Ada")
    house.round()
    assert places(house) == []
    house.submit("Ben")
    house.round()
    assert said(places(house)) == ALL


def test_an_answer_that_was_given_with_suggestions_in_view_is_shown_but_vouches_for_nothing(alone: House) -> None:
    work = alone.label("Ada", task=0)
    with alone.services.file.write() as db:
        tasks.note_suggestions_seen(db, work.session.annotations.id, alone.clock())
    alone.services.tasks.submit(work.session.annotations)
    alone.round()
    found = places(alone)
    assert said(found) == ALL
    assert {one.independent for one in found} == {None}


def test_what_was_taken_in_bulk_is_left_out(alone: House) -> None:
    work = alone.open("Ada", 0)
    bulk, *own = segments(ALIKE)
    alone.do(work, add(replace(bulk, origin=Origin(OriginKind.BULK, "s1")), *own))
    alone.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    alone.services.tasks.submit(work.session.annotations)
    alone.round()
    assert said(places(alone)) == ALL[1:]


def test_what_all_took_in_bulk_is_left_out_and_what_one_of_them_drew_is_not(house: House) -> None:
    for name, kinds in (("Ada", (OriginKind.BULK, OriginKind.BULK)), ("Ben", (OriginKind.BULK, OriginKind.PERSON))):
        work = house.open(name)
        made = [
            replace(one, origin=Origin(kind))
            for one, kind in zip(segments(ALIKE), (*kinds, OriginKind.PERSON), strict=True)
        ]
        house.do(work, add(*made))
        house.do(work, set_answer(work.session.annotations, "policy", ("none",)))
        house.services.tasks.submit(work.session.annotations)
    house.round()
    assert said(places(house)) == ALL[1:]


def test_what_the_machine_settled_does_not_teach_it(alone: House) -> None:
    alone.submit("Ada", task=0)
    alone.round()
    by_machine(alone, 0)
    assert places(alone) == []


def test_an_item_that_somebody_works_on_again_does_not_teach(alone: House) -> None:
    alone.submit("Ada", task=0)
    alone.round()
    with alone.services.file.write() as db:
        claim = tasks.claim_of(db, alone.tasks()[0], alone.id_of("Ada"))
        assert claim is not None
        tasks.set_claim_state(db, claim, SlotState.RECALLED, claim.person_id, alone.clock())
    assert places(alone) == []


@pytest.mark.parametrize("is_hidden", [True, False])
def test_a_hidden_reference_never_teaches_and_an_open_one_does(tmp_path: Path, is_hidden: bool) -> None:
    house = disputed(tmp_path)
    item = settle(house)
    before = places(house)
    assert before
    assert all(one.independent is not None for one in before)  # ruled by an analyst, on unaided answers
    joe = house.services.people.add(house.project_id, "Joe", Role.ANALYST)
    house.services.judging.confirm(item, joe.id, is_hidden=is_hidden)
    assert places(house) == ([] if is_hidden else before)
    house.services.close()


def test_what_was_taken_down_does_not_teach(alone: House) -> None:
    alone.submit("Ada", task=0)
    alone.round()
    (item,) = {one.item.id for one in places(alone)}
    with alone.services.file.write() as db:
        gone = {"item_id": item, "number": 1, "version": 1, "by_person": "moe", "made_at_us": 1}
        db.execute(tables.takedown.insert().values(**gone))
    assert places(alone) == []


def test_answers_to_questions_are_settled_places_of_whole_tasks(alone: House) -> None:
    alone.submit("Ada", task=0, policy=("violence", "medical"), quality=4)
    alone.submit("Ada", task=1, policy=("none",))
    alone.round()
    policy = places(alone, "policy", ("violence", "medical", "none"))
    assert [one.labels for one in policy] == [("none",), ("medical", "violence")]
    assert {(one.start_us, one.end_us) for one in policy} == {(0, 40_000_000)}
    assert [one.labels for one in places(alone, "quality", ("1", "2", "3", "4", "5"))] == [("4",)]


def test_not_sure_is_no_answer(alone: House) -> None:
    alone.submit("Ada", task=0, policy="not sure")
    alone.round()
    assert places(alone, "policy", ("violence", "medical", "none")) == []


def test_labels_that_are_not_asked_about_are_left_out(alone: House) -> None:
    alone.submit("Ada", task=0)
    alone.round()
    assert said(places(alone, labels=("music",))) == [(10, ("music",))]


def test_no_answer_is_kept_more_often_than_helps(alone: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annodesk.services.settled_places.MOST_EACH", 1)
    for task in range(2):
        alone.submit("Ada", task=task)
    alone.round()
    assert sorted(one.labels for one in places(alone)) == [("music",), ("speech",)]


def test_of_a_moment_there_is_to_hear_what_comes_after_it(alone: House) -> None:
    alone.submit("Ada", ALIKE, Segment("m", "events", 5_000_000, 5_000_000, ("laugh",)), task=0)
    alone.round()
    (place,) = places(alone, "events", ("laugh", "jingle"))
    assert place.start_us < 5_000_000 < place.end_us
    assert place.independent == ("laugh",)


def by_machine(house: House, task: int) -> None:
    """Have what stands for a task stand by the machine, as of now."""
    with house.services.file.write() as db:
        stands = figures.standing_of(db, house.tasks()[task])
        assert stands is not None
        figures.settle(db, Settlement(house.tasks()[task], *stands, SettledBy.MACHINE, house.clock()))


def test_what_people_settled_teaches_however_much_the_machine_settled_since(
    alone: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annodesk.services.settled_places.MOST_ITEMS", 1)
    for task in range(3):
        alone.submit("Ada", task=task)
        alone.round()
    by_machine(alone, 1)
    by_machine(alone, 2)
    assert said(places(alone)) == ALL


def test_what_people_settled_is_read_on_past_one_page(alone: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annodesk.store.settled._AT_ONCE", 1)
    for task in range(3):
        alone.submit("Ada", task=task)
    alone.round()
    assert [one.task.id for one in places(alone, labels=("music",))] == alone.tasks()[::-1]


def test_items_that_may_not_teach_end_nothing(alone: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annodesk.services.settled_places._AT_ONCE", 1)
    for task in range(3):
        alone.submit("Ada", task=task)
        alone.round()
    with alone.services.file.write() as db:
        claim = tasks.claim_of(db, alone.tasks()[1], alone.id_of("Ada"))
        assert claim is not None
        tasks.set_claim_state(db, claim, SlotState.RECALLED, claim.person_id, alone.clock())
    assert {one.task.id for one in places(alone)} == {alone.tasks()[0], alone.tasks()[2]}
