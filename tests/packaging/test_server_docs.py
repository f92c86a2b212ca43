"""The page about a server for a team: its commands are tried on a real server with the certificates they make."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict

from annodesk.errors import StoreError
from annodesk.services import joining, server
from annodesk.store import remote
from annodesk.store.private_server import PrivateServer
from tests.postgres import running_server

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(shutil.which("openssl") is None, reason="openssl is not installed"),
]
HOST, PASSWORD = "db.example.org", "CHANGE ME"


def blocks(repo: Path, kind: str) -> list[str]:
    text = (repo / "docs" / "server.md").read_text(encoding="utf-8")
    return re.findall(rf"```{kind}\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def made(repo: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[PrivateServer, Path]]:
    """A server as the page says, but that it is called localhost; and the folder of the certificates."""
    folder = tmp_path_factory.mktemp("certificates")
    (commands,) = (block for block in blocks(repo, "sh") if "openssl" in block)
    for line in commands.replace(HOST, "localhost").splitlines():
        subprocess.run(["/bin/sh", "-c", line], cwd=folder, check=True, capture_output=True)
    with running_server(port=0) as one:
        data = one.folder / "data"
        for name in ("server.crt", "server.key"):
            shutil.copy(folder / name, data / name)
            shutil.chown(data / name, data.owner(), data.group())
            (data / name).chmod(0o600)
        with psycopg.connect(one.url(database="postgres"), autocommit=True) as db:
            with suppress(psycopg.errors.InvalidParameterValue):  # a build without TLS
                db.execute("alter system set ssl = on")
                db.execute("select pg_reload_conf()")
            for statement in "".join(blocks(repo, "sql")).split(";"):
                if statement.strip():
                    db.execute(statement.encode())
        yield one, folder
        with psycopg.connect(one.url(database="postgres"), autocommit=True) as db:
            db.execute("drop database annodesk with (force)")


def url(one: PrivateServer, folder: Path) -> str:
    how = f"verify-full&sslrootcert={folder / 'ca.pem'}" if has_tls(one) else "disable"
    return f"postgresql://dba@localhost:{one.port()}/annodesk?sslmode={how}"


def has_tls(one: PrivateServer) -> bool:
    with psycopg.connect(one.url(database="postgres")) as db:
        return db.execute("show ssl").fetchone() == ("on",)


def test_the_administrator_of_the_page_makes_checks_and_invites_over_tls(
    made: tuple[PrivateServer, Path], tmp_path: Path
) -> None:
    one, folder = made
    admin = remote.read_address(url(one, folder)).with_password(PASSWORD)
    assert server.init(admin) is None
    assert server.check(admin) == []
    server.add_user(admin, "of_the_page", "a word of its own", roles=["manager"])
    manager = remote.read_address(url(one, folder).replace("dba", "of_the_page"))
    met = joining.meet(manager.with_password("a word of its own"))
    assert met.name == "of_the_page"
    assert server.remove_user(admin, "of_the_page") == 0


def test_a_server_that_cannot_prove_its_name_is_refused(made: tuple[PrivateServer, Path], tmp_path: Path) -> None:
    one, folder = made
    if not has_tls(one):
        pytest.skip("this PostgreSQL was built without TLS")
    other = url(one, folder).replace("localhost", "127.0.0.1")
    with pytest.raises(StoreError, match=r"certificate|name"):
        joining.meet(remote.read_address(other).with_password(PASSWORD))
    asked = remote.read_address(f"postgresql://dba@{HOST}/annodesk")
    assert asked.parts["sslmode"] == "verify-full", "as the page says, without being asked for"


def test_commands_and_files_that_the_page_names_are_there(repo: Path) -> None:
    text = (repo / "docs" / "server.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)", text):
        assert (repo / "docs" / target).exists(), target
    for verb in set(re.findall(r"annodesk server ([a-z-]+)", text)):
        done = subprocess.run(
            [sys.executable, "-m", "annodesk", "server", verb, "--help"], capture_output=True, check=False
        )
        assert done.returncode == 0, verb


def test_a_backup_of_the_page_is_restored_as_it_was(
    repo: Path, made: tuple[PrivateServer, Path], tmp_path: Path
) -> None:
    one, folder = made
    (commands,) = (block for block in blocks(repo, "sh") if "pg_dump" in block)
    programs = one.binaries.folder
    if not (programs / "pg_dump").is_file():
        pytest.skip("this PostgreSQL came without pg_dump")
    admin = remote.read_address(url(one, folder)).with_password(PASSWORD)
    server.init(admin)
    superuser = conninfo_to_dict(one.url(database="postgres"))
    env = {"PGHOST": str(superuser["host"]), "PGPORT": str(superuser["port"]), "PGUSER": str(superuser["user"])}
    dump, restore = commands.strip().splitlines()
    for command in (dump, restore):
        if command == restore:
            with psycopg.connect(one.url(database="postgres"), autocommit=True) as db:
                db.execute("drop database annodesk with (force)")
        done = subprocess.run(
            ["/bin/sh", "-c", command], cwd=tmp_path, env={**env, "PATH": f"{programs}:/bin:/usr/bin"},
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
    assert server.check(admin) == []
