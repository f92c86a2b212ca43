"""Somebody is let in by a file, once, and meets the shared database; what keeps them out is said in one sentence."""

from __future__ import annotations

import json
import os
import shutil
import socket
import stat
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from msgspec.structs import replace

from annodesk import credentials
from annodesk.errors import AnnodeskError, StoreError, WorkflowError
from annodesk.model.work import Role
from annodesk.services import joining, server
from annodesk.services.joining import Invited
from annodesk.store import logins, remote
from annodesk.store.invitation_file import MOST_BYTES, checked_invitation, read_invitation, write_invitation
from annodesk.store.private_server import PrivateServer
from annodesk.store.remote import Address
from tests.postgres import running_server
from tests.team import PROJECT, Team, made_team, new_database

OWN = "a word of my own"
PEM = Path(__file__).parents[1] / "media" / "localhost.pem"


@pytest.fixture(scope="module")
def network() -> Iterator[PrivateServer]:
    """A server that people enter by the network."""
    with running_server(port=0) as made:
        yield made


@pytest.fixture(scope="module")
def team(network: PrivateServer) -> Iterator[Team]:
    with made_team(network, items=2) as made:
        yield made


@pytest.fixture(autouse=True)
def alone(no_keyring: None) -> None:
    """No password leaves this process."""


@pytest.fixture
def admin(team: Team) -> Address:
    """The administrator by the network's address, but through the socket that knows them."""
    return remote.read_address(team.server.url(database=team.database))


@pytest.fixture
def invited(team: Team, admin: Address, tmp_path: Path) -> Iterator[Callable[..., Invited]]:
    """Invites people, and removes their logins afterwards."""
    made: set[str] = set()

    def invite(name: str = "zoe", **how: Any) -> Invited:
        login = team.login(name)
        made.add(login)
        path = how.pop("path", tmp_path / f"{login}{len(list(tmp_path.iterdir()))}.annodesk-invitation")
        return joining.invite(admin, login, path, project=PROJECT, name=name.title(), **how)

    yield invite
    for login in made:
        with team.admin.begin() as db:
            known = db.exec_driver_sql("select 1 from pg_roles where rolname = %s", (login,)).first()
        if known is not None:
            server.remove_user(admin, login)


def enter(team: Team, login: str, password: str) -> psycopg.Connection[tuple[Any, ...]]:
    return psycopg.connect(team.server.url(login, team.database, tcp=True), password=password, autocommit=True)


def test_an_invitation_lets_its_bearer_choose_a_password_and_work(team: Team, invited: Callable[..., Invited]) -> None:
    made = invited()
    met = joining.accept(read_invitation(made.path), OWN)
    assert (met.name, met.person_id) == ("Zoe", made.person_id)
    assert [(p.name, p.roles) for p in met.projects] == [(PROJECT, {Role.ANNOTATOR})]
    with enter(team, made.invitation.login, OWN) as db:
        assert db.execute("select count(*) from annodesk.claim(%s, 'annotate')", (PROJECT,)).fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        enter(team, made.invitation.login, made.invitation.password)


def test_before_it_is_accepted_the_one_time_password_shows_nothing(team: Team, invited: Callable[..., Invited]) -> None:
    made = invited()
    with enter(team, made.invitation.login, made.invitation.password) as db:
        assert db.execute("select annodesk.current_person()").fetchone() == (None,)
        for table in ("project", "membership", "person_name", "item", "feed"):
            assert db.execute(f"select count(*) from annodesk.{table}").fetchone() == (0,)
        for statement in (
            f"select * from annodesk.claim('{PROJECT}', 'annotate')",
            "select annodesk.make_project('mine', 'mine')",
            "select * from annodesk.invitation",
            "insert into annodesk.person_name values ('x', 'x', session_user)",
            "update annodesk.invitation set expires_at_us = 9e18",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                db.execute(statement)
    with pytest.raises(StoreError, match="nobody in this database"):
        joining.meet(joining.address_in(made.invitation).with_password(made.invitation.password))


def test_one_that_has_run_out_is_refused_by_the_server_and_changes_nothing(
    team: Team, invited: Callable[..., Invited]
) -> None:
    made = invited()
    with team.administrator() as db:
        db.execute("update annodesk.invitation set expires_at_us = annodesk.now_us() - 1")
    for _ in range(2):
        with pytest.raises(WorkflowError, match="has run out") as told:
            joining.accept(made.invitation, OWN)
        assert told.value.hint == "Ask for a new one."
    with pytest.raises(StoreError, match="knows no such login"):
        joining.meet(joining.address_in(made.invitation).with_password(OWN))


def test_a_file_opened_twice_lets_nobody_in_the_second_time(invited: Callable[..., Invited]) -> None:
    made = invited()
    joining.accept(made.invitation, OWN)
    with pytest.raises(StoreError, match="used already") as told:
        joining.accept(made.invitation, "somebody else's word")
    assert made.invitation.password not in f"{told.value!r}{made.invitation!r}"


def test_accepting_again_after_a_lost_reply_is_no_error(invited: Callable[..., Invited]) -> None:
    made = invited()
    first = joining.accept(made.invitation, OWN)
    assert joining.accept(made.invitation, OWN).person_id == first.person_id


def test_the_password_stays_as_it_was_where_the_server_refuses_the_invitation(
    team: Team, invited: Callable[..., Invited]
) -> None:
    made = invited()
    with team.administrator() as db:
        db.execute("delete from annodesk.invitation")
    with pytest.raises(WorkflowError, match="no invitation"):
        joining.accept(made.invitation, OWN)
    enter(team, made.invitation.login, made.invitation.password).close()


def test_inviting_again_makes_the_file_before_worthless(invited: Callable[..., Invited]) -> None:
    first, second = invited(), invited()
    assert first.person_id == second.person_id
    with pytest.raises(StoreError, match="replaced by a newer one"):
        joining.accept(first.invitation, OWN)
    assert joining.accept(second.invitation, OWN).person_id == first.person_id


def test_somebody_who_works_here_already_is_not_invited(team: Team, admin: Address, tmp_path: Path) -> None:
    path = tmp_path / "x"
    with pytest.raises(AnnodeskError, match="There is a login"):
        joining.invite(admin, team.login("ada"), path, project=PROJECT)
    assert not path.exists()


def test_an_invitation_into_no_project_leaves_neither_login_nor_file(
    team: Team, admin: Address, tmp_path: Path
) -> None:
    path, login = tmp_path / "x", team.login("zed")
    with pytest.raises(AnnodeskError, match="no project 'elsewhere'"):
        joining.invite(admin, login, path, project="elsewhere")
    assert not path.exists()
    with team.admin.begin() as db:
        assert not db.exec_driver_sql("select 1 from pg_roles where rolname = %s", (login,)).first()


def test_somebody_who_never_came_is_removed_with_their_invitation(
    team: Team, admin: Address, invited: Callable[..., Invited]
) -> None:
    made = invited()
    server.remove_user(admin, made.invitation.login)
    with team.administrator() as db:
        assert db.execute("select count(*) from annodesk.invitation").fetchone() == (0,)
        found = db.execute("select count(*) from annodesk.membership where person_id = %s", (made.person_id,))
        assert found.fetchone() == (0,)


def test_only_people_of_the_groups_may_call_it_and_an_ordinary_login_gains_nothing(team: Team) -> None:
    with pytest.raises(psycopg.Error) as refused:
        team.call("ada", "select annodesk.accept_invitation()")
    assert refused.value.sqlstate == "AN021"
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        team.call("work", "select annodesk.accept_invitation()")


def test_the_new_password_is_kept_in_memory_where_there_is_no_keyring(invited: Callable[..., Invited]) -> None:
    made = invited()
    met = joining.accept(made.invitation, OWN)
    assert met.password_kept is False
    assert credentials.find(met.address.place, made.invitation.login) == OWN
    assert OWN not in repr(met)
    again = joining.read_url(f"postgresql://{made.invitation.login}@{met.address.place}")
    assert joining.meet(again).person_id == met.person_id


@pytest.mark.parametrize("password", ["short", ""])
def test_a_password_too_short_is_refused_before_anything_happens(
    invited: Callable[..., Invited], password: str
) -> None:
    with pytest.raises(AnnodeskError, match="too short"):
        joining.accept(invited().invitation, password)


def test_the_one_time_password_is_not_taken_for_ones_own(invited: Callable[..., Invited]) -> None:
    made = invited()
    with pytest.raises(AnnodeskError, match="invitation's own"):
        joining.accept(made.invitation, made.invitation.password)


# The file


def test_the_file_can_be_read_by_people_and_only_by_its_owner(invited: Callable[..., Invited], network: Any) -> None:
    made = invited(days=3)
    document = json.loads(made.path.read_text(encoding="utf-8"))
    assert document["annodesk"] == "invitation"
    assert (document["version"], document["host"], document["port"]) == (1, "127.0.0.1", network.port())
    assert document["expires"].endswith("Z")
    if os.name == "posix":
        assert stat.S_IMODE(made.path.stat().st_mode) == 0o600
    with pytest.raises(AnnodeskError, match="is there already"):
        write_invitation(made.path, made.invitation)


GOOD: dict[str, Any] = {
    "annodesk": "invitation", "version": 1, "project": "podcast", "name": "Ada", "host": "db.example.org", "port": 5432,
    "database": "annodesk", "login": "ada", "password": "x" * 24, "expires": "2030-01-01T00:00:00Z", "certificate": [],
}  # fmt: skip


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("annodesk", "something"), ("version", 0), ("version", "1"), ("version", True), ("host", ""), ("host", "/tmp"),
        ("host", "a,b"), ("host", "@x"), ("host", "a b"), ("host", "x" * 300), ("host", "fe80::1%eth0"), ("host", 7),
        ("port", 0), ("port", 70_000), ("port", "5432"), ("port", True), ("database", "../x"), ("database", "a b"),
        ("database", "dbname=x host=y"), ("database", "x" * 80), ("login", "Ada"), ("login", "a;b"), ("login", None),
        ("project", ""), ("project", "a\nb"), ("name", "x" * 300), ("name", "\u202eevil"), ("password", "short"),
        ("password", "a b c d e f"), ("password", "x" * 200), ("expires", "tomorrow"), ("expires", "2030-01-01"),
        ("expires", 5), ("expires", "9" * 50), ("certificate", "/etc/passwd"), ("certificate", ["/etc/passwd"]),
        ("certificate", [7]),
        ("certificate", ["-----BEGIN CERTIFICATE-----", "AAAA", "-----END CERTIFICATE-----"]),
        ("certificate", ["-----BEGIN PRIVATE KEY-----", "AAAA", "-----END PRIVATE KEY-----"]),
    ],
)  # fmt: skip
def test_a_file_with_anything_else_in_it_is_refused_in_one_sentence(key: str, value: Any, tmp_path: Path) -> None:
    checked_invitation(GOOD)
    path = tmp_path / "x"
    path.write_text(json.dumps({**GOOD, key: value}), encoding="utf-8")
    with pytest.raises(AnnodeskError, match="not an invitation") as told:
        read_invitation(path)
    assert told.value.hint


@pytest.mark.parametrize("raw", [b"", b"\xff\xfe", b"[" * 60_000, b"7", b"null", b"{" + b" " * MOST_BYTES])
def test_what_is_no_file_of_ours_is_refused_in_one_sentence(raw: bytes, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(raw)
    with pytest.raises(AnnodeskError, match="not an invitation"):
        read_invitation(tmp_path / "x")


def test_one_of_a_newer_version_says_so_and_more_parts_are_no_harm() -> None:
    with pytest.raises(AnnodeskError, match="newer annodesk"):
        checked_invitation({**GOOD, "version": 2})
    assert checked_invitation({**GOOD, "sslmode": "disable", "more": 1}) == checked_invitation(GOOD)


def test_a_remote_server_must_prove_itself_whatever_the_file_says() -> None:
    plain = joining.address_in(checked_invitation({**GOOD, "sslmode": "disable"}))
    assert plain.parts["sslmode"] == "verify-full"
    lines = [line for line in PEM.read_text().splitlines() if line]
    end = lines.index("-----END CERTIFICATE-----") + 1
    begin = lines.index("-----BEGIN CERTIFICATE-----")
    own = joining.address_in(checked_invitation({**GOOD, "certificate": lines[begin:end]}))
    assert own.parts["sslmode"] == "verify-full"
    kept = Path(own.parts["sslrootcert"])
    assert kept.read_text().splitlines() == lines[begin:end]
    assert kept.parent.name == "certificates"


# What keeps one out


def reason(address: Address) -> str:
    with pytest.raises(StoreError) as told:
        joining.meet(address)
    assert told.value.hint
    return str(told.value.sentence)


def test_what_keeps_somebody_out_is_said_case_by_case(team: Team, network: PrivateServer, admin: Address) -> None:
    ada = joining.read_url(network.url(team.login("ada"), team.database, tcp=True), "correct horse")
    assert joining.meet(ada).name == "Ada"
    assert "knows no such login" in reason(ada.with_password("wrong"))
    assert "nobody in this database" in reason(admin)
    with new_database(network) as (name, engine):
        empty = remote.read_address(network.url(database=name))
        assert "not one of annodesk's" in reason(empty)
        with engine.begin() as db:
            logins._run(db, "create schema annodesk")
            logins._run(db, "create table annodesk.alembic_version (version_num text)")
            logins._run(db, "insert into annodesk.alembic_version values ('9999')")
        assert "newer annodesk" in reason(empty)
    free = socket.socket()
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
    free.close()
    assert "Nothing answers" in reason(remote.address_of("127.0.0.1", port, "x", "ada"))
    assert "no such host" in reason(remote.address_of("no-such-host.invalid", port, "x", "ada"))


def test_a_database_that_one_has_no_rights_in_is_said(team: Team, network: PrivateServer) -> None:
    with team.administrator() as db:
        db.execute("create role outsider login password 'outsider'")
        db.execute(f"grant connect on database {team.database} to outsider")
    try:
        told = reason(joining.read_url(network.url("outsider", team.database, tcp=True), "outsider"))
        assert "no rights" in told
    finally:
        with team.administrator() as db:
            db.execute("drop owned by outsider")
            db.execute("drop role outsider")


def test_a_server_that_proves_who_it_is_is_trusted_and_another_is_not(tmp_path: Path) -> None:
    with running_server(port=0) as made:
        own = made.folder / "proof.pem"
        shutil.copy(PEM, own)
        about = made.folder.stat()
        os.chmod(own, 0o600)
        os.chown(own, about.st_uid, about.st_gid)
        with psycopg.connect(made.url(database="postgres"), autocommit=True) as db:
            db.execute(f"alter system set ssl_cert_file = '{own}'")
            db.execute(f"alter system set ssl_key_file = '{own}'")
            db.execute("alter system set ssl = on")
            db.execute("create role ada login password 'correct horse'")
            db.execute("select pg_reload_conf()")
        address = remote.address_of("localhost", made.port() or 0, "postgres", "ada", certificate=PEM)
        address = address.with_password("correct horse")
        wait = threading.Event()
        for _ in range(50):
            told = reason(address)
            if "no safe connection" not in told:
                break
            wait.wait(0.1)
        assert "not one of annodesk's" in told
        stranger = replace(address, parts={**address.parts, "sslrootcert": "system"})
        assert "not to be trusted" in reason(stranger)


def test_somebody_who_leaves_gives_their_tasks_back_and_is_in_the_project_no_more(
    team: Team, invited: Callable[..., Invited]
) -> None:
    made = invited("lea")
    joining.accept(made.invitation, OWN)
    with enter(team, made.invitation.login, OWN) as db:
        assert db.execute("select count(*) from annodesk.claim(%s, 'annotate')", (PROJECT,)).fetchone() == (1,)
        assert db.execute("select annodesk.leave(%s)", (PROJECT,)).fetchone() == (1,)
        assert db.execute("select count(*) from annodesk.project").fetchone() == (0,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            db.execute("select annodesk.leave(%s)", (PROJECT,))
    with pytest.raises(psycopg.Error) as refused:
        team.call("max", "select annodesk.leave(%s)", PROJECT)
    assert refused.value.sqlstate == "AN023"
