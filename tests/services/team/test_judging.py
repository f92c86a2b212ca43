"""What analysts and managers do on the server beside their own sets: return work, confirm references, change people."""

from __future__ import annotations

import psycopg
import pytest

from tests.services.made import OTHER
from tests.services.team.crew import Crew
from tests.team import Row


def refused(crew: Crew, name: str, statement: str, *values: object) -> str:
    with pytest.raises(psycopg.Error) as told:
        crew.call(name, statement, *values)
    return str(told.value.sqlstate)


def give_back(crew: Crew, name: str, claim: Row, words: str = "the end is missing") -> None:
    crew.call(name, "select annodesk.return_work(%s, %s, %s)", crew.project_id, claim[2], words)


def test_returned_work_is_opened_again_by_its_author_and_judged_anew(crew: Crew) -> None:
    mine = crew.label("ada", OTHER)
    crew.label("ben")
    assert crew.round().escalated == 1
    give_back(crew, "ana", mine)
    assert "escalated" not in crew.states()
    assert crew.call("ada", "select state, note from annodesk.claim") == [("returned", "the end is missing")]
    assert crew.value("select count(*) from annodesk.escalation where closed_at_us is null") == 0
    assert crew.round().scored == 0
    crew.call("ada", "select annodesk.resume(%s, %s)", crew.project_id, mine[0])
    again = "select annodesk.submit(%s, %s, h.head, h.digest) from annodesk.submission h where h.set_id = %s"
    crew.call("ada", again, crew.project_id, mine[0], mine[2])
    assert crew.round().escalated == 1


def test_returning_needs_words_and_work_that_was_handed_in(crew: Crew) -> None:
    mine = crew.label("ada")
    ask = "select annodesk.return_work(%s, %s, %s)"
    assert refused(crew, "ana", ask, crew.project_id, mine[2], "") == "AN043"
    assert refused(crew, "ana", ask, crew.project_id, "none", "x") == "AN048"
    give_back(crew, "max", mine)
    assert refused(crew, "ana", ask, crew.project_id, mine[2], "x") == "AN046"


def test_what_is_settled_is_not_returned(crew: Crew) -> None:
    mine = crew.label("ada")
    crew.label("ben")
    crew.round()
    assert refused(crew, "ana", "select annodesk.return_work(%s, %s, 'x')", crew.project_id, mine[2]) == "AN047"


def test_a_recalled_submission_opens_its_item_again(crew: Crew) -> None:
    mine = crew.label("ada", OTHER)
    crew.label("ben")
    crew.round()
    crew.call("ada", "select annodesk.recall(%s, %s)", crew.project_id, mine[0])
    assert set(crew.states()) == {"open"}


def test_an_answer_becomes_a_reference_when_another_analyst_confirms_it(crew: Crew) -> None:
    crew.label("ada", OTHER)
    crew.label("ben")
    crew.round()
    claim = crew.judge("ana")
    crew.round()
    item = crew.value("select item_id from annodesk.item_state where state = 'settled'")
    ask = "select annodesk.confirm_reference(%s, %s, true)"
    assert refused(crew, "ana", ask, crew.project_id, item) == "42501"
    crew.call("joe", ask, crew.project_id, item)
    found = crew.admin("select set_id, confirmed_by, is_hidden from annodesk.reference_item")
    assert found == [(claim[2], crew.people["joe"], True)]


def test_what_people_agreed_on_is_no_reference(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben")
    crew.round()
    item = crew.value("select item_id from annodesk.item_state where state = 'settled'")
    ask = "select annodesk.confirm_reference(%s, %s, true)"
    assert refused(crew, "joe", ask, crew.project_id, item) == "AN049"


def test_a_manager_says_what_somebody_can_and_takes_a_role_away(crew: Crew) -> None:
    ana, ada = crew.people["ana"], crew.people["ada"]
    crew.call("max", "select annodesk.set_skill(%s, %s, 'pt', 2)", crew.project_id, ada)
    assert crew.call("ada", "select skill, level from annodesk.person_skill") == [("pt", 2)]
    crew.call("max", "select annodesk.set_skill(%s, %s, 'pt', 0)", crew.project_id, ada)
    assert crew.call("ada", "select skill from annodesk.person_skill") == []
    crew.call("max", "select annodesk.remove_role(%s, %s, 'analyst')", crew.project_id, ana)
    assert crew.call("ana", "select item_id from annodesk.item_state") == []


def test_people_read_the_history_of_their_own_work_and_analysts_that_of_the_project(crew: Crew) -> None:
    mine = crew.label("ada")
    crew.label("ben")
    crew.round()
    ask = "select after from annodesk.state_change order by made_at_us"
    assert [row[0] for row in crew.call("ada", ask)] == ["leased", "submitted"]
    everything = [row[0] for row in crew.call("ana", ask)]
    assert everything.count("submitted") == 2
    assert "settled" in everything
    told = "select by from annodesk.state_change where subject_id = %s"
    assert crew.call("ben", told, mine[0]) == []
    assert refused(crew, "max", "select after from annodesk.state_change") == "42501"
