"""The verb ``salvage``, and what the others say of a damaged file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Desk


@pytest.fixture
def damaged(desk: Desk) -> Path:
    """A project file with a page of noise."""
    with closing(sqlite3.connect(desk.db)) as db:
        page = db.execute("SELECT rootpage FROM sqlite_master WHERE name = 'asset'").fetchone()[0]
    content = bytearray(desk.db.read_bytes())
    content[(page - 1) * 4096 : page * 4096] = b"\xa5" * 4096
    desk.db.write_bytes(content)
    return desk.db


def test_a_command_that_writes_leaves_a_damaged_file_alone_and_says_what_to_do(
    damaged: Path, command: Command, tmp_path: Path
) -> None:
    before = damaged.read_bytes()
    done = command("add", "--db", damaged, tmp_path)
    assert (done.code, done.out) == (1, "")
    assert done.err.splitlines() == [
        "annodesk: work.annodesk is damaged.",
        "It is left as it is; save what can be read with: annodesk salvage work.annodesk",
    ]
    assert damaged.read_bytes() == before


def test_what_can_be_read_is_saved_beside_it(damaged: Path, command: Command) -> None:
    done = command("salvage", damaged, "--json")
    assert done.code == 0, done.err
    assert done.json["file"] == str(damaged.with_name("work.salvaged.annodesk"))
    assert done.json["damaged"] == ["asset"]
    assert command("status", "--db", done.json["file"], "--json").json["projects"][0]["items"] == 2


def test_it_says_in_words_what_is_missing(damaged: Path, command: Command, tmp_path: Path) -> None:
    done = command("salvage", damaged, "-o", tmp_path / "new.annodesk")
    assert done.code == 0
    assert "is in new.annodesk" in done.out
    assert "Not everything could be read of: asset." in done.out


def test_what_is_not_there_and_what_is_in_the_way_is_said(damaged: Path, command: Command, tmp_path: Path) -> None:
    done = command("salvage", tmp_path / "none.annodesk")
    assert (done.code, "There is no file" in done.err) == (1, True)
    done = command("salvage", damaged, "-o", damaged)
    assert (done.code, "is there already" in done.err) == (1, True)
