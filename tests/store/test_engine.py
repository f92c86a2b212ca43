"""The local file: durable settings, one writer, readers beside it, and files that are none of ours."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from annodesk.errors import AnnodeskError, BusyError, StoreError
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.store.engine import open_local
from tests.services.made import House

HOLD = """
import sys
from annodesk.store.engine import open_local
file = open_local(__import__("pathlib").Path(sys.argv[1]))
print("held", flush=True)
sys.stdin.readline()
file.close()
"""


def hold(path: Path) -> subprocess.Popen[str]:
    """Another process that has the file open for writing until a line comes in."""
    call = [sys.executable, "-c", HOLD, str(path)]
    child = subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    assert child.stdout.readline() == "held\n"
    return child


def end(child: subprocess.Popen[str]) -> None:
    child.communicate("\n", timeout=30)


@pytest.mark.parametrize("read_only", [False, True])
def test_every_connection_is_durable_and_checks_references(house: House, read_only: bool) -> None:
    path = house.services.path
    if not read_only:
        house.services.close()
    file = open_local(path, read_only=read_only)
    try:
        connections = [file.engine.connect() for _ in range(4)]
        for connection in connections:
            asked = ("journal_mode", "synchronous", "foreign_keys")
            found = [connection.execute(text(f"PRAGMA {name}")).scalar() for name in asked]
            assert found == ["wal", 2, 1]
            connection.close()
    finally:
        file.close()


def test_a_broken_reference_is_refused(house: House) -> None:
    with pytest.raises(IntegrityError), house.services.file.write() as db:
        db.execute(text("UPDATE asset SET item_id = 'nobody'"))


def test_a_transaction_that_fails_leaves_nothing(house: House) -> None:
    def half_done() -> None:
        with house.services.file.write() as db:
            db.execute(text("UPDATE item SET key = 'gone'"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half_done()
    assert [item.key for item in house.services.items.every(house.project_id)] == ["episode-0"]


def test_a_second_writer_is_refused_and_told_the_holder(house: House) -> None:
    with pytest.raises(BusyError, match=rf"in use by annodesk on \w+, process {os.getpid()} on "):
        open_local(house.services.path)


def test_a_link_to_the_file_is_the_same_file(house: House, tmp_path: Path) -> None:
    link = tmp_path / "link.annodesk"
    link.symlink_to(house.services.path)
    with pytest.raises(BusyError):
        open_local(link)


def test_a_reader_sees_each_commit_while_a_writer_holds_the_file(house: House) -> None:
    with Services.open(house.services.path, read_only=True) as reader:
        before = len(reader.people.list(house.project_id))
        house.services.people.add(house.project_id, "Dora", Role.ANNOTATOR)
        assert len(reader.people.list(house.project_id)) == before + 1


def test_a_reader_cannot_write(house: House) -> None:
    with (
        Services.open(house.services.path, read_only=True) as reader,
        pytest.raises(BusyError, match="open for reading only"),
    ):
        reader.people.add(house.project_id, "Dora")


def test_the_lock_of_a_killed_holder_is_gone(house: House) -> None:
    path = house.services.path
    house.services.close()
    child = hold(path)
    with pytest.raises(BusyError, match=f"process {child.pid}"):
        open_local(path)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    open_local(path).close()


def test_a_closed_file_can_be_opened_by_another_process(house: House) -> None:
    path = house.services.path
    house.services.close()
    end(hold(path))
    assert not path.with_name(path.name + ".holder").exists()


def test_a_file_left_by_a_process_killed_while_making_it_can_be_made_again(tmp_path: Path) -> None:
    path = tmp_path / "half.annodesk"
    half = sqlite3.connect(path)
    half.execute("PRAGMA journal_mode=WAL")
    half.close()
    with pytest.raises(StoreError, match="is not an annodesk file"):
        open_local(path)
    open_local(path, create=True).close()
    open_local(path, read_only=True).close()


def test_a_file_in_a_folder_that_cannot_be_written_is_read_and_nothing_is_put_there(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.services.close()
    folder = tmp_path / "archive"
    folder.mkdir()
    path = Path(shutil.copy(house.services.path, folder))
    monkeypatch.setattr(os, "access", lambda *asked: False)
    with Services.open(path, read_only=True) as reader:
        assert reader.dashboard.status()[0]["items"] == 1
        assert list(folder.iterdir()) == [path]


def test_a_reader_needs_no_settings_and_a_writer_says_that_it_cannot_keep_them(
    house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.services.close()
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))
    monkeypatch.setattr(os, "replace", lambda *names: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with Services.open(house.services.path, read_only=True) as reader:
        assert reader.dashboard.status()[0]["items"] == 1
    with pytest.raises(AnnodeskError, match=r"settings\.toml cannot be kept: No space left on device"):
        Services.open(house.services.path)
    open_local(house.services.path).close()


def foreign(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("CREATE TABLE notes (text)")
    db.close()


def foreign_with_an_id(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("PRAGMA application_id=42")
    db.execute("CREATE TABLE notes (text)")
    db.close()


NOT_OURS = {
    "another program's database": foreign,
    "another program's database with its id": foreign_with_an_id,
    "a text": lambda path: path.write_text("dear diary " * 50),
    "a short text": lambda path: path.write_text("hi"),
    "an empty file": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(bytes(8192)),
    "a folder": lambda path: path.mkdir(),
    "a pipe": lambda path: os.mkfifo(path),
}


@pytest.mark.parametrize("read_only", [False, True])
@pytest.mark.parametrize("make", NOT_OURS.values(), ids=NOT_OURS)
def test_what_is_not_an_annodesk_file_is_refused_in_one_sentence(tmp_path: Path, make, read_only: bool) -> None:
    path = tmp_path / "thing.annodesk"
    make(path)
    before = path.read_bytes() if path.is_file() else b""
    with pytest.raises(StoreError, match=r"is not an annodesk file|is a folder|is not a file") as caught:
        open_local(path, read_only=read_only)
    assert "\n" not in caught.value.sentence
    assert caught.value.hint
    assert not path.is_file() or path.read_bytes() == before


def test_a_file_that_is_not_there_is_told_how_to_be_made(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="annodesk init"):
        open_local(tmp_path / "none.annodesk")


@pytest.mark.parametrize("read_only", [False, True])
def test_a_truncated_or_overwritten_file_is_refused_or_still_whole(house: House, rng, read_only: bool) -> None:
    path = house.services.path
    house.services.close()
    whole, sentences = path.read_bytes(), []
    for _ in range(25):
        damaged = bytearray(whole[: rng.randrange(101, len(whole))])
        for _ in range(rng.randrange(0, 4)):
            at = rng.randrange(18, len(damaged))
            damaged[at : at + 16] = rng.randbytes(16)
        path.write_bytes(damaged)
        try:
            with Services.open(path, read_only=read_only) as services:
                for project in services.projects.list():
                    services.dashboard.status(project.id)
                    services.items.every(project.id)
        except StoreError as error:
            sentences.append(error.sentence)
        for beside in path.parent.glob("work.annodesk-*"):
            beside.unlink()
    assert sentences
    assert not any("\n" in sentence for sentence in sentences)


def test_a_full_disk_is_told_in_words(house: House) -> None:
    with house.services.file.engine.connect() as db:
        pages = db.execute(text("PRAGMA page_count")).scalar()

    def write_much() -> None:
        with house.services.file.write() as db:
            db.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            db.execute(text("INSERT INTO file_fact VALUES ('big', :much)"), {"much": "x" * 500_000})

    with pytest.raises(StoreError, match=r"cannot be written: .*full"):
        write_much()
    assert house.status()["items"] == 1


def test_the_holder_file_names_program_process_and_computer(house: House) -> None:
    path = house.services.path
    holder = json.loads(path.with_name(path.name + ".holder").read_text())
    assert holder["pid"] == os.getpid()
    assert set(holder) == {"pid", "host", "program"}
