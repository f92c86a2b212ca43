"""What a manager is told of who is given what, alone: places, holds, what is kept and paused, and what was agreed."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.terms import DAY_US, Terms
from annodesk.model.work import Role
from annodesk.services.given_out import GivenOutView, Which, held_for, member_sentence, task_sentence
from tests.services.alone import make_alone, people_answer
from tests.services.made import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = make_alone(tmp_path, items_there=3, accept="", more="")
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    return made


def look(house: House, like: str = "", which: Which = Which.ALL) -> GivenOutView:
    return house.services.given_out.read(house.project_id, house.id_of("Max"), like=like, which=which)


def stands(house: House) -> dict[str, str]:
    found = look(house)
    return {one.title: task_sentence(one, found.name_of(one.kept_for), found.now_us) for one in found.tasks}


def given(house: House, name: str) -> str:
    found = look(house)
    return next(member_sentence(one, found.now_us) for one in found.members if one.name == name)


def test_each_task_says_whether_it_is_free_held_kept_or_paused(house: House) -> None:
    house.open("Ada", 0)
    house.clock.hours(3)
    me, tasks = house.id_of("Max"), house.tasks()
    house.services.assigning.say(tasks[1], house.id_of("Ben"), me, is_paused=True)
    assert stands(house) == {
        "clip-000": "held by 1 person for 3 hours; no place free",
        "clip-001": "paused: given to nobody; kept for Ben; 1 place free",
        "clip-002": "1 place free",
    }
    assert [one.title for one in look(house, which=Which.HELD).tasks] == ["clip-000"]
    assert [one.title for one in look(house, which=Which.SAID).tasks] == ["clip-001"]
    assert [one.title for one in look(house, "P-002").tasks] == ["clip-002"]
    assert look(house, "%").tasks == (), "a sign of its own is no wildcard"


def test_what_is_answered_is_no_task_to_be_given_out(house: House) -> None:
    people_answer(house, 0)
    house.round()
    assert set(stands(house)) == {"clip-001", "clip-002"}


def test_a_place_is_taken_over_by_its_claim_alone(house: House) -> None:
    task = house.open("Ada", 0).task.id
    (hold,) = look(house).tasks[0].held
    me, ben = house.id_of("Max"), house.id_of("Ben")
    house.services.assigning.take_over(task, hold.claim_id, ben, me)
    assert stands(house)["clip-000"] == "kept for Ben; 1 place free"
    with pytest.raises(WorkflowError, match="Nobody holds this task any more"):
        house.services.assigning.take_over(task, "nothing", ben, me)


def test_what_is_agreed_with_a_member_is_said_in_words_and_can_be_put_back(house: House) -> None:
    assigning, ada = house.services.assigning, house.id_of("Ada")
    nothing = look(house).members[0].terms
    assert given(house, "Ada") == "is given work at any time"
    assert given(house, "Max") == "does not label"
    now = house.clock()
    agreed = replace(nothing, quota_a_day=5, absent_until_us=now + 3 * DAY_US, works_from=540, works_to=1020)
    assigning.agree(house.project_id, ada, nothing, agreed)
    assert given(house, "Ada") == "away for 3 days more; works every day, 9:00 to 17:00; at most 5 tasks a day"
    assigning.agree(house.project_id, ada, agreed, replace(nothing, is_paused=True))
    assert given(house, "Ada") == "paused: given nothing new"
    assigning.agree(house.project_id, ada, agreed, nothing)
    assert given(house, "Ada") == "is given work at any time"
    with pytest.raises(WorkflowError, match="no working hours"):
        assigning.agree(house.project_id, ada, nothing, replace(nothing, weekdays=0))


def test_what_somebody_does_not_work_with_is_told_to_them_alone(house: House) -> None:
    ada = house.id_of("Ada")
    house.services.assigning.set_declined(house.project_id, ada, ["violence"])
    assert all(one.terms.declined == Terms().declined for one in look(house).members)
    assert house.services.assigning.declined_by(house.project_id, ada) == {"violence"}


def test_who_only_labels_is_not_told_of_others(house: House) -> None:
    with pytest.raises(WorkflowError, match="the project's manager"):
        house.services.given_out.read(house.project_id, house.id_of("Ada"))


@pytest.mark.parametrize(("us", "words"), [(0, "less than a minute"), (90_000_000, "1 minute"),
                                           (2 * DAY_US + 5, "2 days"), (DAY_US - 1, "23 hours")])  # fmt: skip
def test_how_long_a_place_is_held_is_told_roughly(us: int, words: str, house: House) -> None:
    house.open("Ada", 0)
    (hold,) = look(house).tasks[0].held
    assert held_for(hold, hold.since_us + us) == words
