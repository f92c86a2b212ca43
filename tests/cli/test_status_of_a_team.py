"""The verbs ``status`` and ``queue`` with the URL of a shared database: same documents, same exit codes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annodesk.store.private_server import PrivateServer
from tests.cli.conftest import Command
from tests.sync.computers import with_password
from tests.team import PROJECT, Team, made_team


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres, items=2) as made:
        yield made


def url(team: Team, name: str) -> str:
    return with_password(team.server.url(team.login(name), team.database))


def test_a_manager_is_told_how_the_project_stands(command: Command, team: Team) -> None:
    done = command("status", "--db", url(team, "moe"), "--json")
    assert done.code == 0, done.err
    (status,) = done.json["projects"]
    known = {"name", "items", "settled", "done", "escalated", "agreement", "people", "alarms"}
    told = {"bands", "done_from", "done_by", "forecast", "deadlines", "reviews_waiting", "oldest_review"}
    assert set(status) == known | told | {"disputes", "questions", "references_in_doubt"}
    assert set(status["bands"]) == {"done", "machine", "review", "begun", "left"}
    assert isinstance(done.json["needs"], list)
    assert (status["name"], status["people"]["analyst"]) == (PROJECT, 2)
    assert f"{PROJECT}: 0 of 0 items settled" in command("status", "--db", url(team, "moe")).out


def test_the_queue_of_a_team_is_a_list(command: Command, team: Team) -> None:
    assert command("queue", "--db", url(team, "ana"), "--json").json == []
    assert "Nothing waits for review." in command("queue", "--db", url(team, "ana")).out


def test_who_may_not_know_is_told_so_in_one_sentence(command: Command, team: Team) -> None:
    done = command("status", "--db", url(team, "ada"))
    assert done.code == 1
    assert "Only its analysts and managers" in done.err
    assert "Traceback" not in done.err
