"""Whatever answers at the address of a shared database, commands say what is wrong in a sentence, and what to do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from annodesk.services import Services
from annodesk.store import shared
from annodesk.store.private_server import PrivateServer
from tests.cli.conftest import Command, Done
from tests.postgres import running_server
from tests.strangers import STRANGERS, listening
from tests.sync.computers import give_project_its_file
from tests.team import PASSWORD, PROJECT, Team, made_team, new_database

pytestmark = pytest.mark.postgres

Ask = Callable[[str], Done]


@pytest.fixture(scope="module")
def network() -> Iterator[PrivateServer]:
    """A server that people enter by the network."""
    with running_server(port=0) as made:
        yield made


@pytest.fixture(scope="module")
def team(network: PrivateServer) -> Iterator[Team]:
    with made_team(network, items=2) as made:
        give_project_its_file(made)
        yield made


@pytest.fixture(params=["sync", "worker", "check", "upgrade"])
def ask(request: pytest.FixtureRequest, command: Command, tmp_path: Path) -> Ask:
    """A command that enters a shared database; as whom, its URL says."""
    words = {
        "sync": ("sync", "--once", "--db", tmp_path / "new.annodesk", "--join"),
        "worker": ("worker", "--once", "--db"),
        "check": ("server", "check", "--db"),
        "upgrade": ("server", "upgrade", "--db"),
    }[request.param]
    return lambda url: command(*words, url)


def told(done: Done) -> str:
    """The sentence; it must come with one next step, and with nothing else, no password either."""
    assert done.code == 1
    assert done.out == ""
    lines = done.err.strip().splitlines()
    assert len(lines) == 2, done.err
    assert lines[0].startswith("annodesk: ")
    assert lines[1].endswith((".", "?")) or "annodesk " in lines[1] or "://" in lines[1]
    assert PASSWORD not in done.err
    assert "Traceback" not in done.err
    return lines[0]


def url_of(team: Team, name: str, *, password: str = PASSWORD, database: str = "") -> str:
    url = team.server.url(team.login(name), database or team.database, tcp=True)
    return f"{url}?password={password.replace(' ', '%20')}"


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_at_the_address_is_told_from_a_shared_database(ask: Ask, who: str) -> None:
    serve, words = STRANGERS[who]
    with listening(serve) as port:
        done = ask(f"postgresql://ada:x@127.0.0.1:{port}/annodesk?connect_timeout=2")
    assert words in told(done)


def test_a_wrong_address_is_told(ask: Ask, team: Team) -> None:
    assert "Nothing answers at this address" in told(ask("postgresql://ada:x@127.0.0.1:9/annodesk"))
    assert "There is no such host" in told(ask("postgresql://ada:x@no-such-host.invalid/annodesk"))
    assert "cannot be understood" in told(ask("postgresql://ada:x@127.0.0.1:1/annodesk?nonsense=1"))


def test_a_wrong_password_is_told(ask: Ask, team: Team) -> None:
    assert "knows no such login with this password" in told(ask(url_of(team, "work", password="wrong")))
    assert "knows no such login with this password" in told(ask(url_of(team, "nobody")))


def test_a_database_that_is_not_there_is_told(ask: Ask, team: Team) -> None:
    assert "no such database" in told(ask(url_of(team, "work", database="nowhere")))


def test_a_database_one_may_not_enter_is_told(ask: Ask, team: Team) -> None:
    with new_database(team.server) as (name, _):
        with psycopg.connect(team.server.url(database=name), autocommit=True) as db:
            db.execute(f'revoke connect on database "{name}" from public')
        done = ask(url_of(team, "work", database=name))
    assert "may not enter this database" in told(done)


def test_a_database_that_is_not_ours_is_told(ask: Ask, team: Team) -> None:
    with new_database(team.server) as (name, _):
        done = ask(url_of(team, "work", database=name))
    assert done.code == 1
    assert any(words in done.out + done.err for words in ("holds no annodesk", "not one of annodesk's"))
    assert "Traceback" not in done.err


def test_a_login_without_rights_is_told(ask: Ask, team: Team) -> None:
    login = f"{team.prefix}stray"
    with team.administrator() as db:
        db.execute(f"create role {login} login password '{PASSWORD}'")
        db.execute(f'grant connect on database "{team.database}" to {login}')
    try:
        done = ask(url_of(team, "stray"))
    finally:
        with team.administrator() as db:
            db.execute(f"drop owned by {login}")
            db.execute(f"drop role {login}")
    assert done.code == 1
    assert any(words in done.err for words in ("may not", "no rights", "is not a worker's"))
    assert len(done.err.strip().splitlines()) == 2


def test_a_newer_schema_is_told(command: Command, team: Team, tmp_path: Path) -> None:
    with psycopg.connect(team.server.url(database=team.database), autocommit=True) as db:
        db.execute("update annodesk.alembic_version set version_num = '9999'")
        try:
            joined = command("sync", "--once", "--db", tmp_path / "x.annodesk", "--join", url_of(team, "ada"))
            worked = command("worker", "--once", "--db", url_of(team, "work"))
        finally:
            db.execute("update annodesk.alembic_version set version_num = '0001'")
    for done in (joined, worked):
        assert "newer annodesk" in told(done)
        assert "Update annodesk on this computer." in done.err


def test_an_older_schema_is_told(command: Command, team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shared, "SHARED_HEAD", "0002")
    for done in (
        command("sync", "--once", "--db", tmp_path / "x.annodesk", "--join", url_of(team, "ada")),
        command("worker", "--once", "--db", url_of(team, "work")),
    ):
        assert "older annodesk" in told(done)
        assert "annodesk server upgrade" in done.err


def test_a_file_that_another_annodesk_holds_is_not_synced_and_its_holder_is_named(
    command: Command, team: Team, tmp_path: Path
) -> None:
    path = tmp_path / "held.annodesk"
    with Services.open(path, create=True) as services:
        services.sync.join(url_of(team, "ada"), PROJECT)
        done = command("sync", "--once", "--db", path)
    assert "held.annodesk is in use by annodesk on" in told(done)


def test_a_file_that_was_not_there_is_not_left_behind_by_a_join_that_failed(command: Command, tmp_path: Path) -> None:
    path = tmp_path / "new.annodesk"
    done = command("sync", "--once", "--db", path, "--join", "postgresql://ada:x@127.0.0.1:9/annodesk")
    assert done.code == 1
    assert command("sync", "--once", "--db", path, "--join", "postgresql://ada:x@127.0.0.1:9/annodesk").code == 1
