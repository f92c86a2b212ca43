"""Running commands as others do: in this process with its output caught, or as a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct

from annodesk.cli.main import run
from tests.services.made import House, make_house, make_recording, write_project


class Done(Struct, frozen=True):
    """What a command left behind."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)


def no_window() -> Any:
    raise AssertionError("this command opens no window")


Command = Callable[..., Done]


@pytest.fixture
def command(capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs a command in this process."""

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = run([str(a) for a in arguments], window=no_window)
        said = capsys.readouterr()
        return Done(code, said.out, said.err)

    return call


@pytest.fixture
def process(repo: Path) -> Command:
    """Runs a command as a process of its own."""

    def call(*arguments: object, given: str | None = None, **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "annodesk", *map(str, arguments)],
            input=given,
            capture_output=True,
            encoding="utf-8",
            env=os.environ | environment,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    return call


class Desk(Struct, frozen=True):
    """A project file made by commands alone, its media folder beside it."""

    db: Path
    media: Path
    project_file: Path


@pytest.fixture
def desk(tmp_path: Path, command: Command) -> Desk:
    """A project with two recordings, made by ``init`` and ``add``."""
    project_file = write_project(tmp_path)
    media = tmp_path / "media"
    media.mkdir()
    for number in range(2):
        make_recording(media / f"episode-{number}.wav", 5, number)
    db = tmp_path / "work.annodesk"
    assert command("init", project_file, "--db", db).code == 0
    assert command("add", "--db", db, media).code == 0
    return Desk(db, media, project_file)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A project file that this process holds open for writing."""
    made = make_house(tmp_path, items=2)
    yield made
    made.services.close()
