"""What suggestions do, from work handed in to sentences; alone."""

from __future__ import annotations

import pytest
from sqlalchemy import select, text

from annodesk.errors import WorkflowError
from annodesk.model.edits import add, set_labels
from annodesk.model.shown import How, Played, Shown, ShownNote, to_note
from annodesk.model.work import Role
from annodesk.quality.beside import PART, TaskBeside, from_json
from annodesk.services import decisions
from annodesk.store import tables as t
from tests.services.made import ALIKE, OTHER, House, taken_from
from tests.services.test_blindness import in_order

WRONG = ((0.0, 10.0, "speech", 0.99), (10.0, 25.0, "advert", 0.95), (25.0, 40.0, "speech", 0.92))
"""Where ALIKE says speech, music, speech."""


def kept(house: House) -> list[TaskBeside]:
    """What is kept of the items that were scored."""
    with house.services.file.read() as db:
        bodies = db.execute(select(t.tally.c.body).where(t.tally.c.part == PART)).scalars()
        return [task for body in bodies for task in from_json(body)]


def take_all_three(house: House, name: str, task: int = 0, *, played: Played = Played.ALL) -> None:
    """Take every suggestion as it is, and hand in."""
    work = house.open(name, task)
    assert work.suggestions is not None
    for suggestion in work.suggestions.segments("content"):
        noted = to_note(ShownNote(work.suggestions.id, work.show, (Shown(suggestion.id, How.TAKEN, 5, played),)))
        edit = work.session.stage(add(taken_from(suggestion)), note=noted)
        assert edit is not None
        house.services.annotate.record(edit)
    house.submit(name, (), task=task)


def test_work_with_and_without_suggestions_is_kept_by_nobodys_name(houses) -> None:
    house = houses(show="before")
    house.model_says(WRONG)
    aided, unaided = in_order(house)
    take_all_three(house, aided, played=Played.NONE)
    house.submit(unaided, ALIKE)
    house.round()
    ((one, other),) = [sorted(task.works, key=lambda work: not work.aided) for task in kept(house)]
    assert (one.drawn, one.aided, other.drawn, other.aided) == (True, True, False, False)
    assert (sum(m.alike for m in one.met), sum(m.alike for m in other.met)) == (3, 2)
    assert one.became == {How.TAKEN: 3}
    assert (one.unplayed, one.played_known) == (3, 3)
    assert other.became == {}
    assert one.worked_us > 0
    assert {m.is_right for m in one.met} == {None}


def test_a_ruling_says_where_the_model_was_right(houses) -> None:
    house = houses(show="before")
    house.model_says(WRONG)
    aided, unaided = in_order(house)
    take_all_three(house, aided)
    human = house.submit(unaided, ALIKE).set_id
    house.round()
    review = house.review()
    with_music = next(
        lane.letter for lane in review.lanes if any(s.label == "music" for s in lane.annotations.segments("content"))
    )
    for place in review.disagreements:
        house.do(review, decisions.take(review, place, with_music))
    house.services.review.settle(review.session.annotations)
    works = [work for task in kept(house) for work in task.works]
    right = {(m.label, m.is_right, m.alike) for work in works if work.aided for m in work.met}
    assert right == {("speech", True, 2), ("advert", False, 1)}
    assert human


def test_work_done_before_the_model_answered_is_not_held_against_it(houses) -> None:
    house = houses(show="before", overlap=1)
    house.submit("Ada", ALIKE)
    house.model_says(WRONG)
    house.round()
    assert [task.works for task in kept(house)] == [()]


def test_in_a_comparison_what_was_changed_towards_the_model_is_kept(houses) -> None:
    house = houses(show="after-commit")
    house.model_says(WRONG)
    aided, unaided = in_order(house)
    work = house.label(aided, ALIKE)
    house.services.tasks.reveal(work.session.annotations)
    second = work.session.annotations.segments("content")[1]
    house.do(work, set_labels(work.session.annotations, [second.id], ["advert"]))
    house.services.tasks.submit(work.session.annotations)
    house.submit(unaided, ALIKE)
    house.round()
    (compared,) = [w.compared for task in kept(house) for w in task.works if w.compared is not None]
    assert (compared.differed, compared.came_over) == (1, 1)
    assert compared.worked_us > 0


def test_above_a_threshold_only_what_may_be_shown_is_measured(houses) -> None:
    house = houses(show="above-threshold")
    house.model_says(((0.0, 10.0, "speech", 0.99), (10.0, 25.0, "advert", 0.3)))
    for name in in_order(house):
        house.submit(name, OTHER)
    house.round()
    works = [work for task in kept(house) for work in task.works]
    assert [sum(m.n for m in work.met) for work in works] == [1, 1]


def test_little_work_is_told_as_too_little(houses) -> None:
    house = houses(show="before")
    house.model_says(WRONG)
    aided, unaided = in_order(house)
    take_all_three(house, aided, played=Played.NONE)
    house.submit(unaided, ALIKE)
    house.round()
    found = house.services.anchoring.report(house.project_id, house.id_of("Cleo"))
    assert found.items == 1
    assert found.measured is not None
    assert found.measured.time.value is None
    assert found.told[0].startswith("Not enough to know what suggestions do. Tasks done with them: 1, without: 1;")
    assert "Of 3 suggestions shown: 3 taken as they were." in found.told
    assert "Of 3 taken, 100 % were taken before anything of their stretch was played." in found.told


def test_enough_work_is_told_in_figures_with_intervals(houses) -> None:
    house = houses(show="before", items=22)
    for task in range(22):
        house.model_says(WRONG, task=task)
    for task in range(22):
        works = {name: house.open(name, task) for name in ("Ada", "Ben")}
        for name, work in works.items():
            if work.suggestions is not None:
                take_all_three(house, name, task)
            else:
                house.submit(name, ALIKE, task=task)
    house.round()
    found = house.services.anchoring.report(house.project_id, house.id_of("Cleo"))
    assert found.measured is not None
    assert (found.measured.n_with, found.measured.n_without) == (22, 22)
    assert found.measured.following.value == pytest.approx(1 / 3)
    assert any("+33 points" in sentence for sentence in found.told)
    assert any(s.startswith("content: advert is given +38 points with suggestions") for s in found.told)
    assert house.services.anchoring.report(house.project_id, house.id_of("Cleo")) == found


def test_before_any_work_there_is_nothing_to_tell(house: House) -> None:
    found = house.services.anchoring.report(house.project_id, house.id_of("Cleo"))
    assert found.measured is None
    assert "Nothing to tell yet" in found.reason


def test_the_figures_of_all_are_for_analysts_and_managers_of_a_group(house: House) -> None:
    with pytest.raises(WorkflowError, match="analysts"):
        house.services.anchoring.report(house.project_id, house.id_of("Ada"))
    max_ = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    with pytest.raises(WorkflowError, match="5 people"):
        house.services.anchoring.report(house.project_id, max_.id)


def test_a_person_is_told_of_their_own_work_alone(houses) -> None:
    house = houses(show="before")
    house.model_says(WRONG)
    aided, unaided = in_order(house)
    take_all_three(house, aided)
    house.submit(unaided, ALIKE)
    house.round()
    mine = house.services.anchoring.own(house.project_id, house.id_of(aided)).measured
    other = house.services.anchoring.own(house.project_id, house.id_of(unaided)).measured
    assert mine is not None
    assert other is not None
    assert (mine.n_with, mine.n_without) == (1, 0)
    assert (other.n_with, other.n_without) == (0, 1)


def test_what_another_hand_has_made_of_times_and_notes_counts_for_no_more_than_it_may(houses) -> None:
    house = houses(show="before")
    house.model_says(WRONG)
    aided, unaided = in_order(house)
    take_all_three(house, aided)
    house.submit(unaided, ALIKE)
    with house.services.file.write() as db:
        db.execute(text("update journal set elapsed_us = 4000000000000000000"))
        db.execute(text("update journal set body = json_set(body, '$.note', json('{\"suggestions\": {\"of\": 5}}'))"))
    house.round()
    works = [work for task in kept(house) for work in task.works]
    assert len(works) == 2
    assert all(work.worked_us <= 5 * 60_000_000 for work in works)
    assert [work.played_known for work in works] == [0, 0]
