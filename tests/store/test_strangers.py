"""A project file, a lock or a holder's note that a stranger prepared does no harm."""

from __future__ import annotations

import os
import shutil
import sqlite3
import sys
from pathlib import Path

import pytest

from annodesk.errors import BusyError, StoreError
from annodesk.store.engine import open_local
from tests.services.made import House

TRAP = """
CREATE TRIGGER forget AFTER INSERT ON journal BEGIN DELETE FROM journal WHERE position = new.position; END
"""
VEIL = "CREATE VIEW shown AS SELECT * FROM element"


@pytest.mark.parametrize("sql", [TRAP, VEIL])
@pytest.mark.parametrize("read_only", [True, False])
def test_a_file_with_triggers_or_views_is_refused_in_one_sentence(
    house: House, tmp_path: Path, sql: str, read_only: bool
) -> None:
    house.services.close()
    path = tmp_path / "trap.annodesk"
    shutil.copy(house.services.path, path)
    with sqlite3.connect(path) as connection:
        connection.execute(sql)
    connection.close()
    with pytest.raises(StoreError, match="holds triggers or views, which annodesk never makes"):
        open_local(path, read_only=read_only)


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
@pytest.mark.parametrize("suffix", [".holder", ".lock"])
def test_a_link_put_beside_the_file_is_never_written_through(tmp_path: Path, suffix: str) -> None:
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    path = tmp_path / "work.annodesk"
    path.with_name(path.name + suffix).symlink_to(precious)
    try:
        open_local(path, create=True).close()
    except StoreError as error:
        assert "cannot be opened for writing" in str(error)  # noqa: PT017 - a lock may be refused or made anew
    assert precious.read_text(encoding="utf-8") == "mine"


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_holders_note_that_is_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    path = tmp_path / "work.annodesk"
    held = open_local(path, create=True)
    note = path.with_name(path.name + ".holder")
    note.unlink()
    os.mkfifo(note)
    with pytest.raises(BusyError, match=r"work\.annodesk is in use\."):
        open_local(path)
    held.close()


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
@pytest.mark.parametrize("read_only", [True, False])
@pytest.mark.parametrize("suffix", ["-journal", "-wal", "-shm"])
def test_a_pipe_or_a_link_in_place_of_sqlites_own_files_is_neither_waited_for_nor_followed(
    house: House, tmp_path: Path, suffix: str, read_only: bool
) -> None:
    house.services.close()
    precious = tmp_path / "precious.txt"
    precious.write_text("mine", encoding="utf-8")
    for name, put in (("pipe", os.mkfifo), ("link", lambda beside: beside.symlink_to(precious))):
        path = Path(shutil.copy(house.services.path, tmp_path / f"{name}.annodesk"))
        put(path.with_name(path.name + suffix))
        with pytest.raises(StoreError, match=rf"{name}\.annodesk{suffix} beside the file is not an ordinary file"):
            open_local(path, read_only=read_only)
    assert precious.read_text(encoding="utf-8") == "mine"


def test_control_characters_of_a_holders_note_are_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "work.annodesk"
    held = open_local(path, create=True)
    note = path.with_name(path.name + ".holder")
    note.write_text('{"program": "\\u001b[31m", "pid": 1, "host": "x"}', encoding="utf-8")
    with pytest.raises(BusyError, match=r"work\.annodesk is in use\."):
        open_local(path)
    held.close()
