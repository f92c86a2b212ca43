"""The registry: telling a file's format, refusing what is foreign, writing whole files or none."""

from __future__ import annotations

import os
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from annodesk import formats
from annodesk.errors import AnnodeskError, FormatError, ValidationError
from annodesk.formats import Document, ReadResult, files
from annodesk.model.annotations import Segment

DOCUMENT = Document((Segment("s1", "", 0, 1_000_000, text="hello"),))


def test_all_formats_are_listed_with_their_extensions() -> None:
    assert [(f.name, f.reads, f.writes, f.extensions) for f in formats.formats()] == [
        ("native", True, True, (".jsonl", ".annotations")),
        ("textgrid", True, True, (".textgrid",)),
        ("elan", True, True, (".eaf",)),
        ("audacity", True, True, (".txt",)),
        ("csv", True, True, (".csv", ".tsv")),
    ]


@pytest.mark.parametrize("name", [f.name for f in formats.formats()])
def test_a_file_is_told_by_its_first_bytes_whatever_its_name(name: str, tmp_path: Path) -> None:
    formats.write(DOCUMENT, tmp_path / "wrong.name", name)
    assert formats.detect(tmp_path / "wrong.name").name == name


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        (
            "a.xml",
            b"<?xml version='1.0'?>\n<annotations/>",
            "the XML of another tool: its first element is 'annotations'",
        ),
        ("a.json", b'[{"id": 1}]', "the JSON of another tool"),
        ("a.eaf", b"<svg/>", "the XML of another tool: its first element is 'svg'"),
        ("a.bin", b"\x7fELF\0\0\0\0", "it is a binary file"),
        ("a.bin", bytes(10_000_000), "it is a binary file"),
        ("a.textgrid", bytes(10_000_000), "the file ends where the file type is expected"),
        ("a.csv", bytes(10_000_000), "names no columns for start and end"),
        ("a.txt", b"Once upon a time", "its format is not known; it begins with 'Once upon a time'"),
        ("a.bin", b"", "the extension '.bin' names no format"),
        ("a.eaf", b"", "it is not whole XML: no element found"),
    ],
)
def test_a_foreign_file_is_refused_in_a_sentence(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    with pytest.raises(FormatError) as caught:
        formats.read(tmp_path / name)
    assert words in caught.value.sentence
    assert caught.value.hint


def test_a_file_that_two_formats_claim_is_not_guessed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(formats, "FORMATS", (*formats.FORMATS, formats.by_name("audacity")))
    (tmp_path / "a.txt").write_text("0\t1\tx\n")
    with pytest.raises(FormatError, match="it could be audacity, audacity"):
        formats.read(tmp_path / "a.txt")


def test_missing_files_folders_and_devices_are_refused(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no.csv", "no such file"), (tmp_path, "a folder"), (Path("/dev/zero"), "ordinary")):
        for read in (formats.read, formats.detect):
            with pytest.raises(FormatError, match=words):
                read(path)


def test_a_file_above_the_cap_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    with path.open("wb") as file:
        file.write(b"0\t1\tx\n")
        file.truncate(files.MOST_BYTES + 1)
    with pytest.raises(FormatError, match="larger than 256 MB"):
        formats.read(path)


def test_bytes_that_are_no_text_are_refused_with_their_line(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_bytes(b"0\t1\tx\n0\t1\t\xff\n")
    with pytest.raises(FormatError, match="line 2: the bytes from 10 on are not UTF-8 text"):
        formats.read(tmp_path / "a.txt")


def test_a_write_that_fails_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(FormatError, match="cannot be written: No space left on device"):
        formats.write(DOCUMENT, path)
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_is_written_through_a_link_and_not_in_its_place(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    link = tmp_path / "a.csv"
    link.symlink_to(tmp_path / "real" / "b.csv")
    formats.write(DOCUMENT, link)
    assert link.is_symlink()
    assert formats.read(tmp_path / "real" / "b.csv").document.segments[0].text == "hello"


def test_writing_where_nothing_can_be_written_is_refused(tmp_path: Path) -> None:
    for path, words in ((tmp_path / "no" / "a.csv", "cannot be written"), (tmp_path, "no extension")):
        with pytest.raises(FormatError, match=words):
            formats.write(DOCUMENT, path)
    with pytest.raises(FormatError, match="there is a folder of that name"):
        formats.write(DOCUMENT, tmp_path, "csv")


def test_several_items_do_not_go_into_a_file_for_one(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="of one item by one author, not of 2"):
        formats.write((DOCUMENT, DOCUMENT), tmp_path / "a.eaf")
    with pytest.raises(ValidationError, match="annotations of 2 items"):
        _ = ReadResult((DOCUMENT, DOCUMENT)).document


def test_a_format_that_is_not_there_is_named_with_those_that_are(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="There are: native, textgrid, elan, audacity, csv"):
        formats.write(DOCUMENT, tmp_path / "a.x", "docx")


def test_every_real_annotation_file_is_read_or_refused_in_a_sentence(shared: Path, tmp_path: Path) -> None:
    read, hints = 0, []
    for path in sorted(p for p in (shared / "data/annotations").rglob("*") if p.is_file()):
        try:
            result = formats.read(path, lenient=True)
        except AnnodeskError as error:
            hints.append(error.hint)
            continue
        known = formats.detect(path)
        known.write(result.documents, tmp_path / "again")
        for one, other in zip(known.read(tmp_path / "again").documents, result.documents, strict=True):
            lost = known.losses([other])
            assert lost or formats.same(one, other, labels=known.holds_labels)
        read += 1
    assert (read, len(hints)) == (30, 42)
    assert all(hints)


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_neither_a_device_nor_a_pipe_is_ever_replaced(tmp_path: Path) -> None:
    pipe, link = tmp_path / "pipe.csv", tmp_path / "link.csv"
    os.mkfifo(pipe)
    link.symlink_to(pipe)
    for path in (pipe, link):
        with pytest.raises(FormatError, match="this is not an ordinary file"):
            formats.write(Document(), path)
    assert pipe.is_fifo()


def test_a_database_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "work.csv"
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE notes (text)")
    before = path.read_bytes()
    with pytest.raises(FormatError, match="this is a project file or another database"):
        formats.write(Document(), path)
    assert path.read_bytes() == before
