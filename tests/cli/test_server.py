"""The administrator's verbs: a team's database in one command, who may enter, and what differs."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from annodesk.services import joining, server
from annodesk.store.private_server import PrivateServer
from tests.cli.conftest import Command, Done
from tests.postgres import binaries_or_skip, private_folder

pytestmark = pytest.mark.postgres

Server = Callable[..., Done]


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """The folder of a private server, started by the first test that needs it."""
    binaries_or_skip()
    with private_folder() as made:
        yield made / "lab"
        PrivateServer(made / "lab").stop(at_once=True)


@pytest.fixture
def lab(command: Command, folder: Path) -> Server:
    """Runs a verb on a server that runs."""
    assert command("server", "start", "--dir", folder).code == 0

    def call(verb: str, *arguments: object) -> Done:
        return command("server", verb, *arguments, "--dir", folder)

    return call


def enter(done: dict[str, Any], folder: Path, password: str) -> psycopg.Connection[tuple[object, ...]]:
    url = PrivateServer(folder).url(done["login"], tcp=True)
    return psycopg.connect(url, password=password, autocommit=True)


def test_a_server_is_started_once_and_says_where(lab: Server, folder: Path) -> None:
    again = lab("start", "--json")
    assert again.json["was_running"] is True
    assert again.json["url"] == f"postgresql://127.0.0.1:{again.json['port']}/annodesk"
    assert again.json["folder"] == str(folder)
    assert lab("status", "--json").json["process"] == again.json["process"]


def test_a_new_server_is_as_it_should_be(lab: Server) -> None:
    assert lab("check", "--json").json == {"ok": True, "differences": []}


def test_a_difference_is_said_and_an_upgrade_mends_it(lab: Server, folder: Path) -> None:
    with psycopg.connect(PrivateServer(folder).url(), autocommit=True) as db:
        db.execute("grant select on annodesk.reference_item to annodesk_annotator")
    done = lab("check", "--json")
    assert done.code == 1
    assert done.json["ok"] is False
    assert any("table reference_item" in said for said in done.json["differences"])
    assert lab("upgrade").code == 0
    assert lab("check").code == 0


def test_making_it_again_keeps_what_is_there(lab: Server) -> None:
    assert lab("init", "--json").json == {"made": False, "before": "0001"}


def test_a_person_enters_by_the_password_that_was_made_up(lab: Server, folder: Path) -> None:
    done = lab("add-user", "ada", "--name", "Ada L.", "--generate", "--json").json
    with enter(done, folder, done["password"]) as db:
        assert db.execute("select annodesk.current_person()").fetchone() == (done["person"],)
        assert db.execute("select name from annodesk.person_name").fetchone() == ("Ada L.",)
        assert db.execute("show idle_in_transaction_session_timeout").fetchone() == ("15s",)


def test_a_password_is_read_from_standard_input_and_told_to_nobody(
    lab: Server, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with psycopg.connect(PrivateServer(folder).url(), autocommit=True) as db:
        db.execute("alter system set log_statement = 'all'")
        db.execute("select pg_reload_conf()")
    monkeypatch.setattr("sys.stdin", io.StringIO("battery staple\n"))
    done = lab("add-user", "ben", "--role", "analyst", "--role", "annotator", "--password-stdin")
    assert done.code == 0
    assert "battery" not in done.out + done.err
    log = (folder / "server.log").read_text()
    assert 'create role "ben"' in log
    assert "battery" not in log
    enter({"login": "ben"}, folder, "battery staple").close()


def test_without_a_terminal_a_password_must_be_given(lab: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    done = lab("add-user", "cleo")
    assert done.code == 1
    assert "--generate" in done.err


@pytest.mark.parametrize(
    ("login", "words"),
    [("pg_x", "cannot be a login"), ("annodesk_owner", "cannot be a login"), ("A B", "cannot be a login"),
     ("x; drop", "cannot be a login"), ('"', "cannot be a login")],
)  # fmt: skip
def test_a_name_that_cannot_be_a_login_is_refused(lab: Server, login: str, words: str) -> None:
    done = lab("add-user", login, "--generate")
    assert (done.code, words in done.err) == (1, True)


def test_a_login_is_made_once(lab: Server) -> None:
    assert lab("add-user", "dora", "--generate").code == 0
    done = lab("add-user", "dora", "--generate")
    assert done.code == 1
    assert "already" in done.err


def test_a_project_that_is_not_there_makes_no_login(lab: Server) -> None:
    assert "no project" in lab("add-user", "emil", "--generate", "--project", "nowhere").err
    assert lab("add-user", "emil", "--generate").code == 0


def test_a_removed_login_is_put_out_at_once_and_their_name_stays(lab: Server, folder: Path) -> None:
    made = lab("add-user", "fay", "--generate", "--json").json
    with enter(made, folder, made["password"]) as db:
        assert lab("remove-user", "fay", "--json").json == {"login": "fay", "released": 0}
        with pytest.raises(psycopg.OperationalError):
            db.execute("select 1")
    with pytest.raises(psycopg.OperationalError):
        enter(made, folder, made["password"])
    with psycopg.connect(PrivateServer(folder).url()) as admin:
        kept = admin.execute("select name, login from annodesk.person_name where person_id = %s", (made["person"],))
        assert kept.fetchone() == ("fay", None)


def test_a_forgotten_person_has_no_login_and_no_name(lab: Server, folder: Path) -> None:
    made = lab("add-user", "lea", "--name", "Lea M.", "--generate", "--json").json
    assert lab("forget-user", "lea", "--json").json == {"person": made["person"]}
    with pytest.raises(psycopg.OperationalError):
        enter(made, folder, made["password"])
    with psycopg.connect(PrivateServer(folder).url()) as admin:
        kept = admin.execute("select name, login from annodesk.person_name where person_id = %s", (made["person"],))
        assert kept.fetchone() == ("", None)


def test_somebody_removed_earlier_is_forgotten_by_their_id(lab: Server) -> None:
    made = lab("add-user", "mia", "--generate", "--json").json
    lab("remove-user", "mia")
    assert "Nobody here" in lab("forget-user", "mia").err
    assert lab("forget-user", made["person"], "--json").json == {"person": made["person"]}


def test_only_logins_of_annodesk_are_removed(lab: Server) -> None:
    done = lab("remove-user", "annodesk_admin")
    assert done.code == 1
    assert "is not a login of annodesk" in done.err
    assert "no login" in lab("remove-user", "zoe").err


def test_a_local_file_is_not_a_shared_database(command: Command) -> None:
    done = command("server", "check", "--db", "work.annodesk")
    assert done.code == 1
    assert "has a URL" in done.err


def test_an_older_database_is_not_worked_on(lab: Server, folder: Path) -> None:
    with psycopg.connect(PrivateServer(folder).url(), autocommit=True) as db:
        db.execute("update annodesk.alembic_version set version_num = '0000'")
        try:
            assert "another version" in lab("add-user", "gus", "--generate").err
            assert lab("check").code == 1
        finally:
            db.execute("update annodesk.alembic_version set version_num = '0001'")


def test_a_server_that_does_not_run_is_said(command: Command, tmp_path: Path) -> None:
    assert command("server", "status", "--dir", tmp_path).code == 1
    done = command("server", "check", "--dir", tmp_path)
    assert done.code == 1
    assert "server start" in done.err


def test_a_password_that_was_asked_for_is_not_asked_for_again(lab: Server, folder: Path) -> None:
    made = lab("add-user", "ida", "--generate", "--json").json
    url = PrivateServer(folder).url("ida", tcp=True)
    asked: list[str] = []

    def ask(place: str) -> str:
        asked.append(place)
        return str(made["password"])

    for _ in range(2):
        assert server.find(url, ask=ask).login == "ida"
    assert len(asked) == 1


def test_a_server_keeps_its_port_and_its_people_over_a_restart(lab: Server, folder: Path) -> None:
    made = lab("add-user", "kim", "--generate", "--json").json
    port = lab("status", "--json").json["port"]
    assert lab("stop", "--json").json == {"stopped": True}
    assert lab("start", "--json").json["port"] == port
    enter(made, folder, made["password"]).close()


def test_an_invitation_is_a_file_that_lets_somebody_in(lab: Server, folder: Path, tmp_path: Path) -> None:
    password = lab("add-user", "inv-max", "--role", "manager", "--generate", "--json").json["password"]
    with psycopg.connect(PrivateServer(folder).url("inv-max", tcp=True), password=password) as db:
        db.execute("select annodesk.make_project('inv-p', 'birds')")
    path = tmp_path / "zoe.annodesk-invitation"
    made = lab("invite", "inv-zoe", "--project", "birds", "--days", "3", "-o", path, "--json").json
    assert (made["file"], made["login"], made["project"]) == (str(path), "inv-zoe", "birds")
    assert joining.accept(joining.read_invitation(path), "my own password").person_id == made["person"]
    again = lab("invite", "inv-zoe", "--project", "birds", "-o", tmp_path / "again")
    assert again.code == 1
    assert "There is a login inv-zoe" in again.err
