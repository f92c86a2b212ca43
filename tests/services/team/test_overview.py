"""How a team's project stands, and what waits in it, asked of the server under people's own logins."""

from __future__ import annotations

import pytest
from psycopg.types.json import Json

from annodesk.errors import AnnodeskError
from annodesk.services.overview import Overview
from annodesk.store.cells import DAY_US
from tests.services.made import OTHER
from tests.services.team.crew import Crew


def test_a_manager_sees_the_figures_that_workers_keep(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben")
    crew.forget_offers()
    crew.round()
    with Overview(crew.address("max")) as overview:
        (status,) = overview.status()
        assert overview.status(status["name"]) == [status]
    people = {"annotator": 3, "analyst": 2, "manager": 1}
    counts = {"items": 3, "settled": 1, "done": 1, "escalated": 0, "agreement": 1.0, "people": people}
    assert {key: status[key] for key in counts} == counts


def test_deadlines_questions_and_disputes_are_told_of_the_server_too(crew: Crew) -> None:
    crew.round()
    claim = crew.claim("ada")
    assert claim is not None
    question = Json({"id": "q", "words": "Is this a jingle?", "place": ""})
    crew.call("ada", "select annodesk.ask_question(%s, %s, %s)", crew.project_id, claim[0], question)
    crew.admin("update annodesk.inquiry set made_at_us = made_at_us - %s", 3 * DAY_US)
    crew.admin("update annodesk.batch set deadline_us = %s", 1_700_000_000_000_000)
    crew.admin("update annodesk.reference_item set suspended_at_us = 1")
    crew.round()
    with Overview(crew.address("max")) as overview:
        (status,), told = overview.status(), overview.today()
        (batch,) = [one.name for one in overview._batches(crew.project_id)]
    assert (status["questions"], status["disputes"]) == (1, 0)
    assert status["deadlines"] == [{"batch": batch, "due": "2023-11-14", "left": 3}]
    said = [one.sentence for one in told]
    assert any("1 question waits for an answer" in one for one in said)
    assert any(f"batch {batch}: it was due, 3 items are left" in one for one in said)


def test_an_analyst_sees_the_queue_with_the_gravest_first(crew: Crew) -> None:
    for _ in range(2):
        crew.forget_offers()
        crew.label("ada")
        crew.label("ben", OTHER)
    assert crew.round().escalated == 2
    crew.admin("update annodesk.slot set rank = rank - number where stage = 'review'")
    ranks = "select task_id from annodesk.slot where stage = 'review' order by rank, task_id"
    with Overview(crew.address("ana")) as overview:
        queue = overview.queue()
        assert [one["task"] for one in queue] == [row[0] for row in crew.admin(ranks)]
        assert [one["priority"] for one in queue] == [1, 2]
        assert {one["reason"] for one in queue} == {"low agreement"}
        assert overview.queue(most=1) == queue[:1]
        taken = crew.claim("joe", "review")
        assert taken is not None
        assert [one["task"] for one in overview.queue()] == [o["task"] for o in queue if o["task"] != taken[1]]


def test_a_manager_sees_what_a_person_is_offered_in_its_order(crew: Crew) -> None:
    crew.round()
    ask = "select task_id from annodesk.offer_rank where person_id = %s order by rank"
    offered = [row[0] for row in crew.admin(ask, crew.people["ada"])]
    with Overview(crew.address("max")) as overview:
        assert [one["task"] for one in overview.queue(None, "Ada")] == offered
        assert overview.queue(None, crew.people["ada"])[0]["reason"] == "Next in line"
        with pytest.raises(AnnodeskError, match="Nobody in this project is called 'Zoe'"):
            overview.queue(None, "Zoe")


@pytest.mark.parametrize("what", ["status", "queue"])
def test_who_labels_sees_neither(crew: Crew, what: str) -> None:
    with Overview(crew.address("ada")) as overview, pytest.raises(AnnodeskError, match="analysts and managers"):
        getattr(overview, what)()


def test_another_project_is_nobodys_to_see(crew: Crew) -> None:
    with Overview(crew.address("max")) as overview, pytest.raises(AnnodeskError, match="no project 'secret'"):
        overview.status("secret")
