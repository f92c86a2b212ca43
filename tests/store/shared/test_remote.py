"""What keeps a shared database from opening is told in one sentence with a next step, and never with a password."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from annodesk.errors import StoreError
from annodesk.store import remote
from annodesk.store.private_server import PrivateServer
from tests.postgres import running_server
from tests.team import PASSWORD, Team

SECRET = "sekret-99"


@pytest.fixture(scope="module")
def network() -> Iterator[PrivateServer]:
    """A server that people enter by the network, with one login."""
    with running_server(port=0) as server:
        address = remote.read_address(server.url(database="postgres"))
        with remote.writing(remote.open_shared(address), address) as db:
            db.exec_driver_sql(f"create role ada login password '{SECRET}'")
            db.exec_driver_sql("create role gone nologin password 'x'")
            db.exec_driver_sql("revoke connect on database template1 from public")
        yield server


def reason(url: str, password: str | None = SECRET) -> str:
    """Why a database does not open."""
    address = remote.read_address(url)
    address = address if password is None else address.with_password(password)
    with pytest.raises(StoreError) as told, remote.writing(remote.open_shared(address), address):
        pass
    assert told.value.hint
    assert SECRET not in f"{told.value!r} {told.value.__cause__!r} {address!r}"
    assert told.value.__suppress_context__
    return str(told.value.sentence)


def test_a_login_with_its_password_enters(network: PrivateServer) -> None:
    address = remote.read_address(network.url("ada", "postgres", tcp=True)).with_password(SECRET)
    with remote.writing(remote.open_shared(address), address) as db:
        assert db.exec_driver_sql("select session_user").scalar() == "ada"


def test_a_password_in_the_url_is_used_and_not_shown(network: PrivateServer) -> None:
    url = network.url("ada", "postgres", tcp=True).replace("ada@", f"ada:{SECRET}@")
    address = remote.read_address(url)
    assert SECRET not in repr(address) + address.place
    with remote.writing(remote.open_shared(address), address) as db:
        assert db.exec_driver_sql("select 1").scalar() == 1


def test_a_wrong_password_is_said(network: PrivateServer) -> None:
    assert "knows no such login" in reason(network.url("ada", "postgres", tcp=True), "wrong")


def test_a_login_that_is_not_there_is_refused_in_the_same_words(network: PrivateServer) -> None:
    url = network.url("ada", "postgres", tcp=True)
    assert reason(url.replace("ada@", "nobody@")) == reason(url, "wrong")


def test_a_missing_password_is_asked_for(network: PrivateServer) -> None:
    assert "asks for a password" in reason(network.url("ada", "postgres", tcp=True), None)


def test_a_database_that_is_not_there_is_said(network: PrivateServer) -> None:
    assert "no such database" in reason(network.url("ada", "elsewhere", tcp=True))


def test_a_database_one_may_not_enter_is_said(network: PrivateServer) -> None:
    assert "may not enter this database" in reason(network.url("ada", "template1", tcp=True))


def test_a_host_that_is_not_there_is_said() -> None:
    assert "no such host" in reason("postgresql://ada@no-such-host.invalid/x")


def test_a_port_where_nothing_answers_is_said() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert "Nothing answers" in reason(f"postgresql://ada@127.0.0.1:{port}/x")


@contextmanager
def stranger(answer: bytes) -> Iterator[int]:
    """A server that is no PostgreSQL: it says something else and hangs up."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            for _ in range(4):
                try:
                    other, _ = listening.accept()
                except OSError:
                    return
                with other:
                    other.recv(100)
                    other.sendall(answer)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            listening.shutdown(socket.SHUT_RDWR)
            thread.join()


@pytest.mark.parametrize(
    ("answer", "words"),
    [(b"HTTP/1.1 400 Bad Request\r\n\r\n", "is not a PostgreSQL"), (b"", "The connection broke off")],
)
def test_a_server_that_is_no_postgresql_is_said(answer: bytes, words: str) -> None:
    with stranger(answer) as port:
        assert words in reason(f"postgresql://ada@127.0.0.1:{port}/x?sslmode=disable&gssencmode=disable")


def test_a_server_that_has_no_safe_connection_is_not_used(network: PrivateServer) -> None:
    assert "no safe connection" in reason(network.url("ada", "postgres", tcp=True) + "?sslmode=require")


@pytest.mark.parametrize(
    ("url", "mode"),
    [
        ("postgresql://ada@db.example.org/x", "verify-full"),
        ("postgresql://ada@192.0.2.7/x", "verify-full"),
        ("postgresql://ada@db.example.org/x?sslmode=require", "require"),
        ("postgresql://ada@127.0.0.1/x", None),
        ("postgresql://ada@localhost/x", None),
        ("postgresql://ada@/x?host=/tmp", None),
    ],
)
def test_a_remote_host_must_prove_its_name_unless_a_person_says_otherwise(url: str, mode: str | None) -> None:
    assert remote.read_address(url).parts.get("sslmode") == mode


@pytest.mark.parametrize(
    "url", ["postgresql://ada:sekret-99@[::/x", "postgresql://a:sekret-99@h/x?nonsense=1", "x.annodesk"]
)
def test_a_url_that_is_none_is_refused_without_quoting_it(url: str) -> None:
    with pytest.raises(StoreError) as told:
        remote.read_address(url)
    assert SECRET not in f"{told.value}{told.value.__cause__!r}"


def test_what_a_login_may_not_do_is_said_without_rows(team: Team) -> None:
    address = remote.read_address(team.server.url(team.login("ada"), team.database)).with_password(PASSWORD)
    with pytest.raises(StoreError, match="may not do this"), remote.writing(remote.open_shared(address), address) as db:
        db.exec_driver_sql("select * from annodesk.slot")


def test_a_connection_that_the_server_ended_is_told_as_such() -> None:
    address = remote.read_address("postgresql://ada@db.example.org/x")
    with pytest.raises(StoreError, match="idle for too long"), remote.told(address):
        raise psycopg.errors.IdleInTransactionSessionTimeout("terminating connection")
