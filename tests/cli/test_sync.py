"""The verb ``sync``: its document, its exit codes, and what it says without a line."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.cli.conftest import Command
from tests.sync.computers import give_project_its_file, with_password
from tests.team import PROJECT, Team, made_team


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres, items=2) as made:
        give_project_its_file(made)
        yield made


def test_a_file_joins_and_syncs_in_one_command(command: Command, team: Team, tmp_path: Path) -> None:
    team.claim("ada")
    url = with_password(team.server.url(team.login("ada"), team.database))
    done = command("sync", "--db", tmp_path / "ada.annodesk", "--once", "--join", url, "--project", PROJECT, "--json")
    assert done.code == 0, done.err
    assert done.json["pulled"] >= 1, "what was told of while it was fetched is fetched once more"
    wanted = {"pushed": 0, "conflicts": 0, "waiting": 0, "state": "synced"}
    assert {key: done.json[key] for key in wanted} == wanted


def test_a_file_that_belongs_to_no_server_is_told_how_to_join(command: Command, tmp_path: Path, team: Team) -> None:
    from annodesk.services import Services

    Services.open(tmp_path / "alone.annodesk", create=True).close()
    done = command("sync", "--db", tmp_path / "alone.annodesk", "--once", "--json")
    assert (done.code, done.out) == (1, "")
    assert "--join" in done.err


def test_tasks_are_taken_offline_and_brought_back_in_one_command_each(
    command: Command, team: Team, tmp_path: Path
) -> None:
    path = tmp_path / "ada.annodesk"
    url = with_password(team.server.url(team.login("ada"), team.database))
    done = command("sync", "--db", path, "--join", url, "--project", PROJECT, "--take", 1, "--days", 2, "--json")
    assert done.code == 0, done.err
    wanted = {"taken": 1, "problems": [], "cancelled": False, "state": "synced"}
    assert {key: done.json[key] for key in wanted} == wanted
    assert done.json["until"]
    assert command("sync", "--db", path, "--join", url, "--take", 9).out.startswith("2 tasks offline until ")
    done = command("sync", "--db", path, "--join", url, "--bring-back", "--json")
    assert (done.code, done.json["returned"], done.json["kept"]) == (0, 2, 0)
    assert team.call("ada", "select distinct state from annodesk.claim") == [("expired",)]


@pytest.mark.parametrize(
    "words", [("--take", 0), ("--take", 1, "--bring-back"), ("--days", 1), ("--take", 1, "--days", 0)]
)
def test_wrong_wishes_for_a_pack_are_wrong_usage(command: Command, tmp_path: Path, words: tuple[object, ...]) -> None:
    assert command("sync", "--db", tmp_path / "ada.annodesk", *words).code == 2


def test_a_pack_without_a_server_is_exit_1_and_nothing_is_taken(command: Command, tmp_path: Path) -> None:
    from annodesk.services import Services

    Services.open(tmp_path / "alone.annodesk", create=True).close()
    done = command("sync", "--db", tmp_path / "alone.annodesk", "--take", 1, "--json")
    assert (done.code, done.out) == (1, "")
    assert "this file is all here" in done.err


def test_a_server_that_is_away_is_exit_1_and_the_document_says_offline(
    command: Command, team: Team, tmp_path: Path
) -> None:
    from annodesk.store import facts
    from annodesk.store.engine import open_local

    path = tmp_path / "ada.annodesk"
    url = with_password(team.server.url(team.login("ada"), team.database))
    assert command("sync", "--db", path, "--once", "--join", url, "--project", PROJECT).code == 0
    file = open_local(path)
    with file.write() as db:
        where = facts.joined(db)
        assert where is not None
        away = facts.Joined("postgresql://ada@127.0.0.1:9/annodesk", where.project_id, where.person_id)
        facts.note_joined(db, away)
    file.close()
    done = command("sync", "--db", path, "--once", "--json")
    assert done.code == 1
    assert done.json["state"] == "offline"
    assert "Nothing answers at this address" in done.err


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgresql://nobody:wrong-one@127.0.0.1:9/x", "Nothing answers"),
        ("mysql://x", "not the URL of a shared database"),
    ],
)
def test_a_wrong_address_is_one_sentence(command: Command, tmp_path: Path, url: str, words: str) -> None:
    done = command("sync", "--db", tmp_path / "new.annodesk", "--once", "--join", url)
    assert done.code == 1
    assert words in done.err
    assert "wrong-one" not in done.err
