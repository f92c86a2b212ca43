"""A private PostgreSQL for tests: started once per run, with a database of its own for whoever asks."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.errors import StoreError
from annodesk.store.private_server import Binaries, PrivateServer, find_binaries

NO_SERVER = "no PostgreSQL server is installed, and the wheel that brings one is not either"


def binaries_or_skip() -> Binaries:
    """The programs of a server; the test skips only where no server exists at all."""
    try:
        return find_binaries()
    except StoreError:
        pytest.skip(NO_SERVER)


MEMORY, ROOM_BYTES = Path("/dev/shm"), 4 << 30
"""Where Linux keeps files in memory: a database there is made twenty times as fast as on a disk."""


def in_memory() -> Path | None:
    """A folder in memory with room for the tests' servers; None where there is none."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM_BYTES
    return MEMORY if has_room else None


@contextlib.contextmanager
def private_folder(within: Path | None = None) -> Iterator[Path]:
    """A folder that the server's own user can reach: pytest's folders are closed to all but one."""
    folder = Path(tempfile.mkdtemp(prefix="annodesk_", dir=within))
    os.chmod(folder, 0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def ended_with_us(folder: Path) -> Iterator[None]:
    """The server in a folder ends with this process, also where it is killed: a pipe that closes tells a guard."""
    repo = Path(__file__).resolve().parent.parent
    words = [sys.executable, "-m", "tests.postgres", str(folder)]
    guard = subprocess.Popen(words, cwd=repo, stdin=subprocess.PIPE, start_new_session=True)
    try:
        yield
    finally:
        guard.communicate()


def end_once_alone(folder: Path) -> None:
    """The guard: wait for the pipe to close, then end what runs in the folder and take the folder away."""
    sys.stdin.read()
    if (folder / "pg").exists():
        PrivateServer(folder / "pg").stop(at_once=True)
        shutil.rmtree(folder, ignore_errors=True)


@contextlib.contextmanager
def running_server(
    binaries: Binaries | None = None, *, durable: bool = False, **how: object
) -> Iterator[PrivateServer]:
    """A private server that runs inside the block; a durable one on the disk, where it has something to wait for."""
    with private_folder(None if durable else in_memory()) as folder, ended_with_us(folder):
        server = PrivateServer(folder / "pg", binaries or binaries_or_skip())
        try:
            server.start(durable=durable, **how)  # type: ignore[arg-type]
            yield server
        finally:
            server.stop(at_once=True)


if __name__ == "__main__":
    end_once_alone(Path(sys.argv[1]))
