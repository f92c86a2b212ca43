"""Batches in a team: what a manager makes of them, and pilots, as the server decides."""

from __future__ import annotations

import json
from typing import Any

import psycopg
import pytest

from tests.services.team.crew import Crew


def set_batch(crew: Crew, **said: Any) -> None:
    told = {"id": "z-1", "name": "rest", "state": "open", "priority": 0} | said
    crew.call("max", "select annodesk.set_batch(%s, %s::json)", crew.project_id, json.dumps(told))


def as_pilot(crew: Crew) -> str:
    """The first batch is a pilot, and the last two recordings lie in one made after it."""
    first = str(crew.value("select id from annodesk.batch"))
    crew.admin("update annodesk.batch set is_pilot = true")
    set_batch(crew)
    moved = "select id from annodesk.item order by key limit 2 offset 1"
    crew.admin(f"update annodesk.item set batch_id = 'z-1' where id in ({moved})")
    crew.admin(
        "update annodesk.slot s set batch_id = i.batch_id from annodesk.task t join annodesk.item i on i.id = t.item_id"
        " where t.id = s.task_id"
    )
    return first


def keys_given(crew: Crew, name: str) -> list[str]:
    """What somebody is given, one after the other."""
    given = []
    while (claim := crew.claim(name)) is not None:
        given.append(str(crew.value("select i.key from annodesk.task t join annodesk.item i on i.id = t.item_id"
                                    " where t.id = %s", claim[1])))  # fmt: skip
    return given


def test_what_is_made_after_a_pilot_is_given_to_nobody_until_it_is_passed(crew: Crew) -> None:
    first = as_pilot(crew)
    crew.round()
    offered = crew.admin("select distinct t.item_id from annodesk.offer o join annodesk.task t on t.id = o.task_id")
    assert len(offered) == 1, "only the pilot is offered"
    assert keys_given(crew, "ada") == ["episode-0"], "nor is more given out in plain order"
    name = crew.value("select name from annodesk.batch where id = %s", first)
    set_batch(crew, id=first, name=name, passed_at_us=1)
    assert crew.value("select passed_at_us from annodesk.batch where id = %s", first) > 1, "by the server's clock"
    assert sorted(keys_given(crew, "ada")) == ["episode-1", "episode-2"]
    said = crew.admin("select before, after, by from annodesk.state_change where subject = 'batch' order by position")
    assert said[-1] == ("open", "passed", crew.people["max"])


def test_who_comes_later_has_a_place_in_the_pilot(crew: Crew) -> None:
    as_pilot(crew)
    crew.round()
    asked = "select count(*) from annodesk.slot s join annodesk.batch b on b.id = s.batch_id where b.is_pilot"
    assert crew.value(asked) == 3, "Ada, Ben and Dan"


def test_another_overlap_adds_places_and_gives_up_those_that_nobody_has_taken(crew: Crew) -> None:
    crew.forget_offers()
    first = str(crew.value("select id from annodesk.batch"))
    crew.label("ada")
    set_batch(crew, id=first, name="batch 1", overlap=3)
    assert crew.value("select count(*) from annodesk.slot") == 9
    set_batch(crew, id=first, name="batch 1", overlap=1)
    assert crew.value("select count(*) from annodesk.slot") == 3
    crew.round()
    assert crew.states().count("settled") == 1, "what is in is enough now"


def test_a_paused_batch_gives_nothing_out(crew: Crew) -> None:
    crew.round()
    first = str(crew.value("select id from annodesk.batch"))
    set_batch(crew, id=first, name="batch 1", state="paused")
    assert crew.claim("ada") is None
    set_batch(crew, id=first, name="batch 1")
    assert crew.claim("ada") is not None


def test_two_batches_of_one_name_are_refused_in_words(crew: Crew) -> None:
    set_batch(crew, id="z-2")
    with pytest.raises(psycopg.Error, match="Another batch has this name"):
        set_batch(crew, id="z-3")


def test_a_pilots_report_is_told_to_analysts_and_of_so_few_people_only_the_scores_to_a_manager(crew: Crew) -> None:
    crew.forget_offers()
    first = str(crew.value("select id from annodesk.batch"))
    for name in ("ada", "ben"):
        crew.label(name)
    crew.round()
    ask = "select body from annodesk.tallies_of_batch(%s, %s, 'content', 9)"
    (whole,), (scores,) = (crew.call(name, ask, crew.project_id, first) for name in ("ana", "max"))
    assert "tasks" in whole[0]
    assert set(scores[0]) == {"score", "labels"}
    assert crew.call("ana", ask, crew.project_id, "z-1") == []


def test_settled_items_with_a_label_are_found_and_told_to_who_judges(crew: Crew) -> None:
    crew.forget_offers()
    crew.label("ada")
    crew.label("ben")
    crew.round()
    ask = "select key from annodesk.affected_items(%s, 'content', %s, %s, 0, '') where is_affected"
    assert len(crew.call("max", ask, crew.project_id, "music", 2)) == 1
    assert crew.call("max", ask, crew.project_id, "advert", 2) == [], "nobody gave it"
    assert crew.call("ana", ask, crew.project_id, "music", 1) == [], "nothing is older than the first version"
