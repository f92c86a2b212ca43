"""What a command prints obeys nobody but us: names cannot command the terminal, and JSON stays exact."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from annodesk.cli.output import progress_bar
from tests.cli.conftest import Command, Desk

RED = "red\x1b[31m\u202e\x9bname\nsecond line"
SHOWN = "red\\x1b[31m\\u202e\\x9bname\\nsecond line"


@pytest.fixture
def red(desk: Desk) -> Desk:
    """The desk with a recording whose name is full of commands to a terminal."""
    (desk.media / "episode-0.wav").rename(desk.media / f"{RED}.wav")
    return desk


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_names_that_command_a_terminal_are_shown_and_never_obeyed(red: Desk, tmp_path: Path, command: Command) -> None:
    shutil.copy(red.project_file, tmp_path / f"{RED}.toml")
    said = [
        command("media", "probe", red.media / f"{RED}.wav"),
        command("media", "probe", tmp_path / f"no {RED}.wav"),
        command("add", "--db", red.db, tmp_path / f"{RED}.txt"),
        command("status", "--db", tmp_path / f"{RED}.annodesk"),
        command("init", tmp_path / f"{RED}.toml", "--db", tmp_path / f"{RED}.annodesk"),
        command("queue", "--db", red.db, "--user", RED),
        command("export", "--db", red.db, "--format", RED, "-o", "x"),
        command("media", "segments", f"--{RED}"),
    ]
    for done in said:
        assert SHOWN in done.out + done.err
        assert not {"\x1b", "\u202e", "\x9b"} & set(done.out + done.err)
        assert "second line" not in {line[:11] for line in (done.out + done.err).splitlines()}


@pytest.mark.skipif(sys.platform == "win32", reason="no such names there")
def test_json_holds_such_names_exactly_and_escaped(red: Desk, command: Command) -> None:
    added = command("add", "--db", red.db, red.media / f"{RED}.wav", "--json")
    assert command("import", "--db", red.db, "--author", RED, red.media, "--json").code == 1
    assert json.loads(added.out)["duplicate_files"] == [f"{RED} (as episode-0)"]
    assert not {"\x1b", "\u202e", "\x9b"} & set(added.out)


def test_a_bar_takes_what_it_shows_for_no_markup(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with progress_bar("adding") as progress:
        progress(0.5, "looking at [/bold] \x1b[31m")
    shown = capsys.readouterr().err
    assert "looking at [/bold]" in shown
    assert "\x1b[31m" not in shown


def test_an_argument_with_a_nul_is_wrong_usage_told_in_one_sentence(command: Command) -> None:
    for arguments in (["media", "probe", "a\0b"], ["status", "--db", "a\0b"], ["a\0b"]):
        done = command(*arguments)
        assert (done.code, done.err.count("NUL")) == (2, 1)


def test_an_overlong_name_is_told_in_one_short_sentence(desk: Desk, command: Command) -> None:
    name = "n" * 5000
    for arguments in (
        ["status", "--db", name],
        ["init", desk.project_file, "--db", name],
        ["media", "probe", name],
        ["export", "--db", desk.db, "--format", "csv", "-o", name],
        ["convert", name, name],
    ):
        done = command(*arguments)
        assert done.code == 1
        assert "this is a bug" not in done.err
        assert len(done.err.splitlines()) <= 2


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_file_whose_name_is_not_utf8_is_left_out_with_a_plain_reason(desk: Desk, command: Command) -> None:
    odd = os.fsdecode(os.fsencode(desk.media) + b"/caf\xe9.wav")
    shutil.copy(desk.media / "episode-0.wav", odd)
    done = command("add", "--db", desk.db, desk.media)
    assert "caf\\udce9.wav: Its name is not UTF-8 text. Rename it." in done.err
    assert "0 items" in done.out


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_project_file_in_a_folder_whose_name_is_not_utf8_works(desk: Desk, command: Command, tmp_path: Path) -> None:
    folder = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9")
    os.mkdir(folder)
    done = command("init", desk.project_file, "--db", f"{folder}/work.annodesk")
    assert done.code == 0
    assert command("status", "--db", f"{folder}/work.annodesk", "--json").json["projects"][0]["items"] == 0


def test_a_doctor_tells_of_a_disk_on_which_no_database_can_be_kept(
    command: Command, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*arguments: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(sqlite3, "connect", full)
    done = command("doctor", "--json")
    (found,) = [check for check in done.json["checks"] if check["name"] == "database"]
    assert (done.code, found["ok"], found["detail"]) == (1, False, "database or disk is full")
