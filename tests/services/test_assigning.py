"""Who is given what: languages that reroute, pins, pauses, hours, quotas, and content a person does not work with."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.errors import WorkflowError
from annodesk.model.needs import OTHER_LANGUAGE
from annodesk.model.work import ItemState, Role
from annodesk.store import items
from annodesk.store import tables as t
from tests.services.alone import make_alone
from tests.services.made import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return make_alone(tmp_path, items_there=3, accept="", more="")


def offered(house: House, name: str) -> list[str]:
    house.services.coordinator.route(house.project_id)
    return [one["item"] for one in house.services.dashboard.queue(house.project_id, house.id_of(name))]


def reasons(house: House, name: str) -> dict[str, str]:
    house.services.coordinator.route(house.project_id)
    found = house.services.dashboard.queue(house.project_id, house.id_of(name))
    return {one["item"]: one["reason"] for one in found}


def why_empty(house: House, name: str) -> str:
    return house.services.tasks.why_empty(house.project_id, house.id_of(name))


def know(house: House, name: str, *skills: str) -> None:
    with house.services.file.write() as db:
        rows = [{"person_id": house.id_of(name), "skill": one, "level": 1} for one in skills]
        db.execute(t.person_skill.insert(), rows)


def describe(house: House, **metadata: str) -> None:
    """Say something about every item."""
    with house.services.file.write() as db:
        db.execute(t.item.update().values(metadata=metadata))


def skip(house: House, name: str, place: int, note: str = "", reason: str = OTHER_LANGUAGE) -> None:
    house.services.tasks.skip(house.open(name, place).set_id, reason, note)
    house.round()


def state(house: House, place: int) -> ItemState:
    with house.services.file.read() as db:
        now = items.item_states(db, house.project_id)
        return [now[item.id] for item in items.list_items(db, house.project_id)][place]


def test_a_skip_that_names_the_language_goes_to_whoever_knows_it(house: House) -> None:
    know(house, "Ada", "en")
    know(house, "Ben", "pt")
    describe(house, language="en")
    assert offered(house, "Ben") == []
    skip(house, "Ada", 0, note="PT")
    assert offered(house, "Ben") == ["clip-000"]
    assert "clip-000" not in offered(house, "Ada")
    assert reasons(house, "Ben")["clip-000"] == "You know pt"


def test_a_skip_that_names_none_goes_to_whoever_knows_another(house: House) -> None:
    extra = house.services.people.add(house.project_id, "Eve", Role.ANNOTATOR)
    house.people["Eve"] = extra
    know(house, "Ada", "en")
    know(house, "Ben", "en")
    know(house, "Eve", "en", "pt")
    skip(house, "Ada", 0)
    assert "clip-000" not in offered(house, "Ben")
    assert "clip-000" in offered(house, "Eve")
    assert state(house, 0) is ItemState.OPEN


def test_where_nobody_is_left_who_knows_its_language_an_analyst_looks_at_it(house: House) -> None:
    know(house, "Ada", "en")
    know(house, "Ben", "en")
    skip(house, "Ada", 0)
    assert state(house, 0) is ItemState.ESCALATED


def test_a_paused_batch_strands_nothing(house: House) -> None:
    know(house, "Ada", "en")
    know(house, "Ben", "pt")
    work = house.open("Ada", 0)
    with house.services.file.write() as db:
        db.execute(t.batch.update().values(state="paused"))
    house.services.tasks.skip(work.set_id, OTHER_LANGUAGE)
    house.round()
    assert state(house, 0) is ItemState.OPEN


def test_a_pinned_task_comes_first_and_to_nobody_else(house: House) -> None:
    last = house.tasks()[2]
    house.services.assigning.pin(last, house.id_of("Ben"), house.id_of("Cleo"))
    assert offered(house, "Ben")[0] == "clip-002"
    assert reasons(house, "Ben")["clip-002"] == "A manager chose you for it"
    assert "clip-002" not in offered(house, "Ada")
    with pytest.raises(WorkflowError, match="kept for somebody else"):
        house.open("Ada", last)
    house.services.assigning.release(last, house.id_of("Cleo"))
    assert "clip-002" in offered(house, "Ada")


def test_a_task_is_taken_from_who_did_nothing_on_it_for_longest_where_nobody_is_named(house: House) -> None:
    task = house.open("Ada", 0).task.id
    with pytest.raises(WorkflowError, match="Nobody else holds this task"):
        house.services.assigning.reassign(task, None, house.id_of("Ada"), house.id_of("Cleo"))
    house.services.assigning.reassign(task, None, house.id_of("Ben"), house.id_of("Cleo"))
    assert offered(house, "Ben")[0] == "clip-000"


def test_a_task_is_taken_from_who_holds_it_and_given_to_another(house: House) -> None:
    task = house.open("Ada", 0).task.id
    house.services.assigning.reassign(task, house.id_of("Ada"), house.id_of("Ben"), house.id_of("Cleo"))
    assert offered(house, "Ben")[0] == "clip-000"
    assert "clip-000" not in offered(house, "Ada")
    assert house.open("Ben", task).task.id == task
    with pytest.raises(WorkflowError, match="Ada has held this task before"):
        house.services.assigning.pin(task, house.id_of("Ada"), house.id_of("Cleo"))
    with pytest.raises(WorkflowError, match="Cleo is no annotator"):
        house.services.assigning.pin(house.tasks()[1], house.id_of("Cleo"), house.id_of("Cleo"))


def test_what_is_paused_is_given_to_nobody(house: House) -> None:
    house.services.assigning.pause(house.tasks()[0], house.id_of("Cleo"))
    assert offered(house, "Ada").count("clip-000") == 0
    house.services.assigning.pause_person(house.project_id, house.id_of("Ada"))
    assert offered(house, "Ada") == []
    assert why_empty(house, "Ada") == "A manager has paused new tasks for you. What you hold stays yours."
    with pytest.raises(WorkflowError, match="paused new tasks"):
        house.open("Ada", 1)


def test_a_quota_is_of_a_day(house: House) -> None:
    house.services.assigning.set_quota(house.project_id, house.id_of("Ada"), 1)
    house.open("Ada", 0)
    assert offered(house, "Ada") == []
    assert why_empty(house, "Ada") == "You have taken the 1 task a day that were agreed."
    house.clock.hours(25)
    assert len(offered(house, "Ada")) == 2


def test_nothing_is_given_outside_of_working_hours(house: House) -> None:
    """The clock of the tests begins on a Tuesday at 22:13, UTC."""
    assigning, ada = house.services.assigning, house.id_of("Ada")
    assigning.set_hours(house.project_id, ada, 9 * 60, 17 * 60, weekdays=0b11111)
    assert offered(house, "Ada") == []
    assert why_empty(house, "Ada") == "It is outside your working hours (Monday to Friday, 9:00 to 17:00)."
    assigning.set_hours(house.project_id, ada, 9 * 60, 17 * 60, utc_offset=-6 * 60)
    assert len(offered(house, "Ada")) == 3, "16:13 by her own clock"
    assigning.set_hours(house.project_id, ada, 20 * 60, 4 * 60, weekdays=0b10)
    house.clock.hours(5)
    assert len(offered(house, "Ada")) == 3, "Tuesday's night, 3:13"
    house.clock.hours(18)
    assert offered(house, "Ada") == []
    with pytest.raises(WorkflowError, match="no working hours"):
        assigning.set_hours(house.project_id, ada, 25 * 60, 3)


def test_an_absent_person_is_offered_nothing(house: House) -> None:
    house.services.assigning.set_away(house.project_id, house.id_of("Ada"), house.clock() + 10**12)
    assert offered(house, "Ada") == []
    assert why_empty(house, "Ada") == "You are marked as away."


def test_what_a_person_does_not_work_with_is_not_offered(house: House) -> None:
    describe(house, sensitive="Violence, medical")
    house.services.assigning.set_declined(house.project_id, house.id_of("Ada"), [" violence "])
    assert offered(house, "Ada") == []
    assert len(offered(house, "Ben")) == 3
    assert "It holds violence, which you do not work with" in why_empty(house, "Ada")
    assert house.services.assigning.terms_of(house.project_id)[house.id_of("Ada")].declined == {"violence"}


def test_sensitive_content_has_its_share_of_a_day(tmp_path: Path) -> None:
    house = make_alone(tmp_path, items_there=3, accept="")
    path = tmp_path / "project.toml"
    text = path.read_text().replace("[prelabel]", "sensitive_minutes_a_day = 0.02\n\n[prelabel]")
    path.write_text(text)
    house.services.projects.init(path)
    describe(house, sensitive="violence")
    house.open("Ada", 0)
    assert offered(house, "Ada") == [], "a second recording of a second is more than 1.2 seconds"
    assert "as much as a day allows" in why_empty(house, "Ada")
    house.clock.hours(25)
    assert len(offered(house, "Ada")) == 2


def test_skills_of_a_domain_are_needed_at_their_level(house: House) -> None:
    describe(house, needs="medical:2")
    know(house, "Ada", "medical")
    assert offered(house, "Ada") == []
    assert "It needs medical at level 2. If that is yours, ask a manager" in why_empty(house, "Ada")
    with house.services.file.write() as db:
        db.execute(t.person_skill.update().values(level=2))
    assert len(offered(house, "Ada")) == 3


def test_why_i_got_a_task_is_told_after_it_was_taken(house: House) -> None:
    know(house, "Ada", "en")
    describe(house, language="en")
    house.round()
    work = house.open("Ada", 0)
    house.round()
    assert house.services.assigning.why_this(house.project_id, house.id_of("Ada"), work.task.id) == "You know en."
