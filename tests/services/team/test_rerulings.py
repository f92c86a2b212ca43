"""Rulings ruled again in a team: blind through the database too, for whoever is to rule again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from annodesk.store.private_server import PrivateServer
from tests.services.made import OTHER, House, make_house
from tests.services.team.crew import Crew, bring, made_crew
from tests.team import Row

RULINGS = "select set_id from annodesk.read_work(%s, %s) where author_kind = 'adjudicator'"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path, rerule_share=1.0)
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    """Ada and Ben differ about the one item; every ruling is ruled again."""
    with made_crew(postgres) as made:
        bring(made, local)
        made.label("ada")
        made.label("ben", OTHER)
        assert made.round().escalated == 1
        yield made


def seen(crew: Crew, name: str) -> dict[str, list[Row]]:
    """What an analyst reads with psql, of all that could tell of a ruling."""
    asked = {
        "sets": "select id from annodesk.annotation_set where author_kind = 'adjudicator'",
        "claims": "select c.id from annodesk.claim c join annodesk.task t on t.id = c.task_id where t.stage = 'review'",
        "edits": "select e.id from annodesk.edit e join annodesk.annotation_set s on s.id = e.set_id"
        " where s.author_kind = 'adjudicator'",
        "submissions": "select m.set_id from annodesk.submission m join annodesk.annotation_set s on s.id = m.set_id"
        " where s.author_kind = 'adjudicator'",
        "rerulings": "select task_id from annodesk.reruling",
        "settlements": "select task_id from annodesk.settlement",
        "states": "select state from annodesk.item_state",
        "places": "select number, claim_id from annodesk.slot where stage = 'review'",
        "reasons": "select reason, culprit, value from annodesk.escalation where closed_at_us is null",
        "history": "select after from annodesk.state_change where subject = 'item'",
    }
    return {what: crew.call(name, ask) for what, ask in asked.items()}


def test_whoever_rules_again_reads_what_stood_before_anybody_ruled(crew: Crew) -> None:
    before = seen(crew, "joe")
    first = crew.judge("ana")
    assert crew.round().settled == 0
    assert seen(crew, "joe") == before
    assert crew.value("select state from annodesk.reruling") == "waiting"
    own = crew.call("ana", "select id from annodesk.annotation_set where author_kind = 'adjudicator'")
    assert own == [(first[2],)], "one's own is one's own"
    assert crew.call("joe", "select annodesk.is_unseen_ruling(%s, %s, 'guess')", crew.project_id, first[1]) == [
        (False,)
    ]
    assert crew.claim("ana", "review") is None


def test_ruled_alike_the_first_stands(crew: Crew) -> None:
    first = crew.judge("ana")
    crew.round()
    second = crew.judge("joe")
    assert second[1] == first[1]
    assert crew.round().settled == 1
    assert crew.value("select set_id from annodesk.settlement where stands") == first[2]
    assert crew.states() == ["settled"]
    assert crew.value("select state from annodesk.reruling") == "alike"
    assert crew.round().settled == 0, "nothing is done twice"
    assert crew.call("max", "select state from annodesk.reruling") == [("alike",)]
    for name in ("ada", "ben"):
        assert crew.call(name, "select set_id from annodesk.annotation_set s join annodesk.claim c on c.set_id = s.id")


def test_ruled_differently_it_goes_to_somebody_else_who_may_read_both(crew: Crew) -> None:
    first = crew.judge("ana")
    crew.round()
    second = crew.judge("joe", ruling="B", side=1)
    assert crew.round().settled == 0
    assert crew.states() == ["escalated"]
    assert crew.value("select state from annodesk.reruling") == "differs"
    assert crew.value("select count(*) from annodesk.slot where stage = 'review' and claim_id is null") == 1
    third = crew.claim("max", "review")
    assert third is not None
    item = crew.value("select item_id from annodesk.task where id = %s", third[1])
    shown = crew.call("max", "select set_id from annodesk.read_work(%s, %s)", crew.project_id, item)
    assert {first[2], second[2]} <= {row[0] for row in shown}


def rulings_shown(crew: Crew, name: str, review: str) -> list[str]:
    """Rulings of an item that the function for those without whole sets shows to somebody."""
    item = crew.value("select item_id from annodesk.task where id = %s", review)
    return sorted(row[0] for row in crew.call(name, RULINGS, crew.project_id, item))


def test_whoever_may_rule_again_reads_no_ruling_by_the_function_for_managers_either(crew: Crew) -> None:
    first = crew.judge("ana")
    crew.round()
    assert [rulings_shown(crew, name, first[1]) for name in ("joe", "max", "ana")] == [[], [], [first[2]]]


def test_who_labelled_is_shown_the_ruling_that_stands_and_not_how_often_it_was_ruled(crew: Crew) -> None:
    first = crew.judge("ana")
    crew.round()
    second = crew.judge("joe")
    assert crew.round().settled == 1
    assert rulings_shown(crew, "max", first[1]) == sorted([first[2], second[2]])
    assert rulings_shown(crew, "ada", first[1]) == [first[2]]


def test_whoever_ruled_first_does_not_take_the_place_of_who_rules_again(crew: Crew) -> None:
    first = crew.judge("ana")
    crew.round()
    with pytest.raises(psycopg.Error) as told:
        crew.call("ana", "select annodesk.recall(%s, %s)", crew.project_id, first[0])
    assert told.value.sqlstate == "AN008"
    assert crew.states() == ["escalated"]
    assert crew.judge("joe")[1] == first[1]
