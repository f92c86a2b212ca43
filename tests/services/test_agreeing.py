"""How people agree over a project's items, measured from what was tallied when they were scored."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.edits import set_answer
from annodesk.model.work import Role
from annodesk.services.agreeing import NONE_SETTLED, NOT_SHOWN, PartAgreement
from tests.services.made import ALIKE, OTHER, House

Make = Callable[..., House]


def part_of(house: House, name: str, person: str = "Cleo") -> PartAgreement:
    """A part of the report as somebody is told it."""
    report = house.services.quality.agreement(house.project_id, house.id_of(person))
    return next(part for part in report.parts if part.part == name)


def labelled(houses: Make, *, items: int = 12, differ: int = 3, **how: object) -> House:
    """Items labelled by Ada and Ben, who differ on some."""
    house = houses(items=items, **how)
    for place in range(items):
        house.submit("Ada", ALIKE, task=place)
        house.submit("Ben", OTHER if place < differ else ALIKE, task=place)
    house.round()
    return house


def test_before_two_people_have_submitted_the_same_item_nothing_is_told(house: House) -> None:
    house.submit("Ada")
    house.round()
    report = house.services.quality.agreement(house.project_id, house.id_of("Cleo"))
    assert report.items == 0
    assert " ".join(part.part for part in report.parts) == "content events voices policy quality format entity"
    assert all(part.people is None or part.people.whole.reason for part in report.parts)


def test_an_analyst_is_told_how_far_people_agree_on_time_and_on_what_it_rests(houses: Make) -> None:
    found = part_of(labelled(houses), "content")
    assert found.people is not None
    whole = found.people.whole
    # Three of twelve items differ over 30 of their 40 seconds.
    assert whole.percent == pytest.approx(1 - 3 * 30 / (12 * 40))
    assert whole.items == 12
    assert whole.value is not None
    assert whole.low is not None
    assert whole.low < whole.value < (whole.high or 0)
    assert list(found.people.labels) == ["speech", "music", "advert"]
    assert len(found.scores) == 12
    assert found.scores[0] == pytest.approx(1 / 3)


def test_what_is_confused_is_counted_in_places_and_items(houses: Make) -> None:
    house = labelled(houses)
    pairs = house.services.quality.confusions(house.project_id, "content")
    counts = {(one.a, one.b): (one.places, one.items) for one in pairs}
    assert counts == {("advert", "music"): (3, 3), ("music", "speech"): (3, 3)}


def test_an_item_that_is_scored_again_is_counted_once(houses: Make) -> None:
    house = labelled(houses, items=1, differ=0)
    before = part_of(house, "content").items
    house.services.judging.reopen(
        house.services.judging.settled(house.project_id)[0].item_id, house.id_of("Cleo"), "look again"
    )
    house.round()
    assert (before, part_of(house, "content").items) == (1, 1)


def test_answers_that_are_not_sure_are_left_out_and_told(houses: Make) -> None:
    house = houses(items=1)
    house.submit("Ada", policy="not sure")
    house.submit("Ben", policy=("none",))
    house.round()
    found = part_of(house, "policy")
    assert found.unsure == 1
    assert found.people is not None
    assert found.people.whole.items == 0


def test_the_model_is_measured_against_people_apart(houses: Make) -> None:
    house = houses(items=1)
    house.model_says([(0, 40, "advert", 0.99)])
    house.submit("Ada")
    house.submit("Ben")
    house.round()
    found = part_of(house, "content")
    assert found.people is not None
    assert found.model is not None
    assert found.people.whole.percent == 1.0
    assert (found.model.whole.items, found.model.whole.percent) == (1, 0.0)


def test_a_manager_is_told_of_people_where_they_are_five(houses: Make) -> None:
    house = labelled(houses, items=1)
    house.people["Max"] = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    few = part_of(house, "content", "Max")
    assert (few.people, few.confusions) == (None, ())
    assert len(few.scores) == 1
    for name in ("Dan", "Eve", "Fay"):
        house.services.people.add(house.project_id, name, Role.ANNOTATOR)
    assert part_of(house, "content", "Max").people is not None


def test_who_labels_is_told_nothing_of_others(houses: Make) -> None:
    house = labelled(houses, items=1)
    with pytest.raises(WorkflowError, match="for the analysts"):
        house.services.quality.agreement(house.project_id, house.id_of("Ada"))


def test_who_labels_sees_their_own_answers_beside_what_stands_once_it_is_settled(houses: Make) -> None:
    house = houses(items=2)
    house.submit("Ada", ALIKE, task=0)
    before = house.services.quality.own(house.project_id, house.id_of("Ada"))
    assert (before.parts, before.reason) == ((), NONE_SETTLED)
    house.submit("Ben", ALIKE, task=0)
    house.round()
    own = house.services.quality.own(house.project_id, house.id_of("Ada"))
    assert {part.part: part.scores for part in own.parts}["content"] == (1.0,)


def test_where_others_answers_are_not_shown_ones_own_are_not_compared(houses: Make) -> None:
    house = labelled(houses, items=1, differ=0, workflow='see_others = "never"')
    own = house.services.quality.own(house.project_id, house.id_of("Ada"))
    assert (own.parts, own.reason) == ((), NOT_SHOWN)


# Thresholds


def test_a_threshold_makes_a_version_and_is_set_back_by_another(house: House) -> None:
    max_ = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    first = house.services.projects.get(house.project_id)
    done = house.services.projects.set_threshold(house.project_id, max_.id, 0.85, part="content")
    assert (done.before, done.value, done.info.version) == (None, 0.85, 2)
    now = house.services.projects.get(house.project_id)
    assert now.project.schema.tier("content").escalate_below == 0.85
    assert (now.guidelines, now.model_sha256) == (first.guidelines, first.model_sha256)
    house.services.projects.set_threshold(house.project_id, max_.id, done.before, part="content")
    assert house.services.projects.get(house.project_id).file == first.file


def test_a_threshold_that_stands_already_makes_no_version(house: House) -> None:
    done = house.services.projects.set_threshold(house.project_id, house.id_of("Cleo"), 0.70)
    assert done.info.version == 1


def test_only_a_manager_sets_a_threshold_where_there_is_one(house: House) -> None:
    projects, cleo = house.services.projects, house.id_of("Cleo")
    assert projects.may_set(house.project_id, cleo)
    house.services.people.add(house.project_id, "Max", Role.MANAGER)
    assert not projects.may_set(house.project_id, cleo)
    for name in ("Cleo", "Ada"):
        with pytest.raises(AnnodeskError, match="by the project's manager"):
            projects.set_threshold(house.project_id, house.id_of(name), 0.1)
    assert projects.get(house.project_id).version == 1


def test_a_threshold_holds_for_what_is_handed_in_afterwards(houses: Make) -> None:
    house = houses(items=2, workflow="escalate_below = 0.2")
    for name, said in (("Ada", ALIKE), ("Ben", OTHER)):
        house.submit(name, said, task=0)
    house.round()
    house.services.projects.set_threshold(house.project_id, house.id_of("Cleo"), 0.5, part="content")
    for name, said in (("Ada", ALIKE), ("Ben", OTHER)):
        house.submit(name, said, task=1)
    house.round()
    assert house.status()["escalated"] == 1


def test_a_threshold_set_while_work_is_open_leaves_that_work_as_it_is(house: House) -> None:
    work = house.open("Ada")
    house.services.projects.set_threshold(house.project_id, house.id_of("Cleo"), 0.5)
    house.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    assert house.open("Ada").session.annotations.answer("policy") is not None
