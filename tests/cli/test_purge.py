"""The verb ``purge``: its document, its exit codes, and that nothing goes without a yes."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.cli.conftest import Command
from tests.services.made import House
from tests.sync.computers import give_project_its_file, with_password
from tests.team import PASSWORD, PROJECT, Team, made_team


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres, items=2) as made:
        give_project_its_file(made)
        yield made


@pytest.fixture
def file(house: House) -> Path:
    house.services.close()
    return house.services.path


def test_an_item_of_a_file_is_taken_down_and_told_of(command: Command, file: Path) -> None:
    done = command("purge", "episode-0", "--db", file, "--yes", "--json")
    assert done.code == 0, done.err
    assert (done.json["key"], done.json["done"], done.json["unconfirmed"]) == ("episode-0", True, [])
    again = command("purge", "episode-0", "--db", file, "--yes")
    assert (again.code, "everywhere" in again.out) == (0, True)
    status = command("purge", "--status", "--db", file, "--json")
    assert [one["key"] for one in status.json["takedowns"]] == ["episode-0"]


def test_without_a_yes_nothing_goes_and_it_is_said_what_would(command: Command, file: Path) -> None:
    done = command("purge", "episode-0", "--db", file, "--json")
    assert (done.code, done.out) == (1, "")
    assert "cannot be undone" in done.err
    assert "--yes" in done.err
    assert command("purge", "--status", "--db", file).out == "Nothing was taken down.\n"


@pytest.mark.parametrize("words", [(), ("episode-0", "--status"), ("--status", "--gone", "x")])
def test_one_thing_at_a_time(command: Command, file: Path, words: tuple[str, ...]) -> None:
    assert command("purge", *words, "--db", file, "--yes").code == 2


def test_an_item_that_is_not_there_is_said_in_one_sentence(command: Command, file: Path) -> None:
    done = command("purge", "nothing", "--db", file, "--yes")
    assert (done.code, done.out) == (1, "")
    assert "no item" in done.err


def test_a_manager_takes_down_by_the_servers_url_and_sees_who_has_not_confirmed(
    command: Command, team: Team, tmp_path: Path
) -> None:
    def url(name: str) -> str:
        return with_password(team.server.url(team.login(name), team.database))

    path = tmp_path / "ada.annodesk"
    assert command("sync", "--db", path, "--once", "--join", url("ada"), "--project", PROJECT).code == 0
    item = f"{PROJECT}-0"
    done = command("purge", item, "--db", url("moe"), "--project", PROJECT, "--yes", "--json")
    assert done.code == 0, done.err
    assert done.json["server_done"]
    assert not done.json["done"]
    assert [one["person"] for one in done.json["unconfirmed"]] == ["Ada"]
    said = command("purge", "--status", "--db", url("moe"), "--project", PROJECT).out
    assert "1 workstation not confirmed yet:" in said
    assert "Ada, last seen" in said
    assert command("sync", "--db", path, "--once", "--join", url("ada")).code == 0
    assert command("purge", "--status", "--db", url("moe"), "--project", PROJECT, "--json").json["takedowns"][0]["done"]
    assert "no workstation" in command("purge", "--gone", "x", "--db", url("moe"), "--project", PROJECT).err.lower()


def test_a_managers_own_file_of_the_team_will_do(
    command: Command, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    url = with_password(team.server.url(team.login("max"), team.database))
    path = tmp_path / "max.annodesk"
    assert command("sync", "--db", path, "--once", "--join", url, "--project", PROJECT).code == 0
    done = command("purge", f"{PROJECT}-1", "--db", path, "--yes", "--json")
    assert done.code == 0, done.err
    assert done.json["done"]


def test_who_is_no_manager_is_refused_in_words(command: Command, team: Team) -> None:
    url = with_password(team.server.url(team.login("ana"), team.database))
    done = command("purge", f"{PROJECT}-0", "--db", url, "--project", PROJECT, "--yes")
    assert (done.code, done.out) == (1, "")
    assert "may not do this" in done.err
