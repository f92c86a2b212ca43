"""How people of a team agree, as the server tells analysts and managers; nobody learns who said what."""

from __future__ import annotations

import json

import psycopg
import pytest

from tests.services.made import OTHER
from tests.services.team.crew import Crew
from tests.services.team.test_heard_in_team import make_five
from tests.team import Row

ASK = "select made_at_us, body from annodesk.tallies_of(%s, %s, %s)"


def told(crew: Crew, name: str, part: str = "content", most: int = 5_000) -> list[Row]:
    """What somebody is told of a part."""
    return crew.call(name, ASK, crew.project_id, part, most)


def labelled(crew: Crew) -> None:
    """One item on which two people differ, scored by the worker."""
    crew.forget_offers()
    crew.label("ada")
    crew.label("ben", OTHER)
    crew.round()


def test_an_analyst_is_told_what_was_said_and_by_nobody(crew: Crew) -> None:
    labelled(crew)
    ((_, body),) = told(crew, "ana")
    assert body["score"] == pytest.approx(1 / 3)
    assert sorted(tuple(one) for one in body["said"]) == [("advert",), ("music",), ("speech",)]
    assert body["tasks"][0]["places"] == [["advert", "music", 1], ["music", "speech", 1]]
    words = json.dumps(body)
    assert not [name for name, person in crew.people.items() if person in words or f'"{name}"' in words.lower()]


def test_a_manager_of_few_is_told_the_scores_alone(crew: Crew) -> None:
    labelled(crew)
    ((_, body),) = told(crew, "max")
    assert sorted(body) == ["labels", "score"]


def test_a_manager_of_five_is_told_what_an_analyst_is(crew: Crew) -> None:
    labelled(crew)
    make_five(crew)
    assert told(crew, "max") == told(crew, "ana")


@pytest.mark.parametrize("name", ["ada", "work"])
def test_nobody_else_is_told_anything(crew: Crew, name: str) -> None:
    labelled(crew)
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        told(crew, name)


def test_what_an_analyst_labels_themselves_is_closed_to_them(crew: Crew) -> None:
    labelled(crew)
    crew.admin(
        "insert into annodesk.membership (project_id, person_id, role) values (%s, %s, 'annotator')",
        crew.project_id,
        crew.people["ana"],
    )
    item = crew.value("select distinct item_id from annodesk.tally")
    task = crew.value("select id from annodesk.task where item_id = %s and stage = 'annotate'", item)
    crew.admin(
        "insert into annodesk.claim (project_id, id, task_id, person_id, state, made_at_us, changed_at_us)"
        " values (%s, 'mine', %s, %s, 'leased', 1, 1)",
        crew.project_id,
        task,
        crew.people["ana"],
    )
    assert told(crew, "ana") == []
    assert len(told(crew, "joe")) == 1


def test_no_more_is_told_than_was_asked_for(crew: Crew) -> None:
    labelled(crew)
    labelled(crew)
    assert [len(told(crew, "ana", most=most)) for most in (0, 1, 10**6)] == [0, 1, 2]


def test_an_item_scored_again_has_one_tally_of_each_part(crew: Crew) -> None:
    labelled(crew)
    before = crew.value("select count(*) from annodesk.tally")
    claim = crew.admin("select id, task_id, set_id from annodesk.claim where person_id = %s", crew.people["ada"])[0]
    crew.call("ada", "select annodesk.recall(%s, %s)", crew.project_id, claim[0])
    crew.call("ada", "select annodesk.resume(%s, %s)", crew.project_id, claim[0])
    head = crew.call("ada", "select head, digest from annodesk.submission where set_id = %s", claim[2])[0]
    crew.call("ada", "select annodesk.submit(%s, %s, %s, %s)", crew.project_id, claim[0], *head)
    assert crew.round().scored == 1
    assert crew.value("select count(*) from annodesk.tally") == before > 0
