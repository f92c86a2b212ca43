"""Whatever a command is given: an exit code of the contract, words on stderr, and never a traceback."""

from __future__ import annotations

import json
import os
import random
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import Command, Desk, Done


def check(done: Done, arguments: object) -> None:
    """What holds after any command."""
    assert done.code in (0, 1, 2), arguments
    assert "Traceback" not in done.err, arguments
    assert "this is a bug" not in done.err, (arguments, done.err)
    if done.code:
        assert done.err.strip() or done.out.strip(), arguments
    if done.code == 1:
        assert len(done.err.splitlines()) <= 12, (arguments, done.err)


def odd_files(folder: Path) -> list[Path]:
    """Files and no files of every kind a person might name by mistake."""
    folder.mkdir()
    contents: dict[str, bytes] = {
        "empty": b"",
        "noise.bin": bytes(range(256)) * 20,
        "zeros.bin": bytes(5000),
        "latin.txt": "Já é\n".encode("latin-1"),
        "utf16.txt": "item,annotator,label\n1,a,x\n".encode("utf-16"),
        "long line.txt": b"x" * 300_000,
        "null.csv": b"item,annotator,label\n1,a,\x00\n",
        "open quote.csv": b'item,annotator,label\n1,a,"x\n',
        "ragged.csv": b"item,annotator,label\n1\n1,2,3,4,5\n",
        "header only.csv": b"item,annotator,label\n",
        "deep.json": b"[" * 100_000,
        "scalar.json": b"5",
        "odd.jsonl": b'{"format": "annodesk", "version": 99}\n{"elements": 3}\n',
        "half.TextGrid": b'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = ',
        "entities.eaf": b'<!DOCTYPE a [<!ENTITY b "b">]><ANNOTATION_DOCUMENT>&b;</ANNOTATION_DOCUMENT>',
        "half.wav": b"RIFF\xff\xff\xff\xffWAVEfmt \x10\x00\x00\x00",
        "half.mp4": b"\x00\x00\x00\x20ftypisom",
        "model.gguf": b"GGUF\x03\x00\x00\x00\xff\xff\xff\xff",
        "project.toml": b'name = "x"\n[[tier]]\nname = 5\n',
        "-dash.txt": b"0\t1\tx\n",
        "labels.txt": b"0\t1\tx\n",
    }
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    db = sqlite3.connect(folder / "foreign.annodesk")
    db.execute("CREATE TABLE notes (text)")
    db.close()
    os.mkdir(folder / "a folder")
    os.symlink(folder / "nowhere", folder / "dangling")
    os.symlink(folder / "loop", folder / "loop")
    more = [folder / "none", folder / "labels.txt" / "below", folder / ("n" * 300), Path("/dev/null"), Path("")]
    return [*sorted(folder.iterdir()), *more]


CALLS = (
    ("init", "FILE", "--db", "DB"),
    ("init", "FILE", "--db", "FILE"),
    ("add", "--db", "DB", "FILE"),
    ("add", "--db", "FILE", "FILE"),
    ("add", "--db", "DB", "--metadata", "FILE", "MEDIA"),
    ("import", "--db", "DB", "--author", "Zoe", "FILE"),
    ("import", "--db", "DB", "--author", "Zoe", "--lenient", "FILE"),
    ("import", "--db", "DB", "--author", "Zoe", "--format", "csv", "FILE"),
    ("import", "--db", "DB", "--author", "Zoe", "--format", "nonsense", "FILE"),
    ("export", "--db", "DB", "--format", "textgrid", "-o", "FILE"),
    ("export", "--db", "DB", "--which", "all", "--format", "native", "-o", "FILE"),
    ("export", "--db", "FILE", "--format", "csv", "-o", "OUT"),
    ("export", "--db", "DB", "--format", "nonsense", "-o", "OUT"),
    ("convert", "FILE", "OUT"),
    ("convert", "LABELS", "FILE"),
    ("convert", "FILE", "FILE", "--to", "csv", "--lenient"),
    ("agreement", "FILE"),
    ("agreement", "FILE", "LABELS"),
    ("agreement", "FILE", "FILE", "--metric", "boundary"),
    ("evaluate", "--db", "DB", "--predictions", "FILE"),
    ("evaluate", "--db", "FILE", "--predictions", "FILE", "LABELS"),
    ("status", "--db", "FILE"),
    ("status", "--db", "DB", "--project", "FILE"),
    ("queue", "--db", "FILE"),
    ("queue", "--db", "DB", "--user", "FILE"),
    ("prelabel", "--db", "DB", "--model", "FILE"),
    ("prelabel", "--db", "FILE"),
    ("classify", "--labels", "a,b", "--model", "FILE", "FILE"),
    ("classify", "--labels", "a,b", "--examples", "FILE", "FILE"),
    ("media", "probe", "FILE"),
    ("media", "peaks", "FILE"),
    ("media", "segments", "FILE"),
    ("media", "shots", "FILE"),
    ("media", "frame", "--frame", "0", "-o", "OUT", "FILE"),
    ("media", "frame", "--at-us", "-5", "-o", "FILE", "FILE"),
    ("demo", "--headless", "--dir", "OUT", "--media", "FILE"),
)


@pytest.mark.parametrize("call", CALLS, ids=" ".join)
def test_any_file_in_any_place_is_done_or_told(
    desk: Desk, tmp_path: Path, command: Command, call: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    for number, path in enumerate(odd_files(tmp_path / "odd")):
        db = tmp_path / f"{number}.annodesk"
        db.write_bytes(desk.db.read_bytes())
        places = {
            "FILE": path,
            "DB": db,
            "OUT": tmp_path / f"out-{number}.csv",
            "MEDIA": desk.media,
            "LABELS": tmp_path / "odd" / "labels.txt",
        }
        arguments = [str(places.get(word, word)) for word in call]
        if arguments[-1].startswith("-"):
            arguments[-1] = f"./{arguments[-1]}"
        done = command(*arguments, "--json")
        check(done, arguments)
        if done.code == 0 and call[0] != "classify":
            json.loads(done.out)


WORDS = (
    "--db", "--json", "--project", "--author", "--format", "--which", "-o", "--metric", "--iou", "--limit", "--model",
    "--labels", "--help", "--lenient", "--", "-", "", " ", "nan", "-1", "1e999", "a,b", "gold", "csv", "native",
    "segment-f1", "alpha-ratio", "/", ".", "née", "x" * 500, "postgresql://x", "sqlite:///", "%s", "\n",
)  # fmt: skip
VERBS = (
    "init", "add", "import", "export", "convert", "formats", "classify", "agreement", "evaluate", "status", "queue",
    "media", "media probe", "media peaks", "media segments", "media shots", "media frame", "nonsense", "",
)  # fmt: skip


def test_any_words_are_done_or_told(desk: Desk, command: Command, rng: random.Random, monkeypatch, tmp_path) -> None:
    monkeypatch.chdir(tmp_path)
    codes = set()
    for _ in range(400):
        verb = rng.choice(VERBS).split(" ")
        words = [rng.choice([*WORDS, str(desk.db), str(desk.media)]) for _ in range(rng.randrange(5))]
        done = command(*verb, *words)
        check(done, [*verb, *words])
        codes.add(done.code)
    assert codes == {0, 1, 2}


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["sync", "--once", "--often"],
        ["media"],
        ["media", "frame", "x"],
        ["status"],
        ["export", "--db", "x"],
        ["prelabel", "--db", "x", "--limit", "0"],
        ["prelabel", "--db", "x", "--cluster", "there"],
        ["export", "--db", "x", "--which", "silver", "--format", "csv", "-o", "y"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_is_exit_two(command: Command, arguments: list[str]) -> None:
    done = command(*arguments)
    assert done.code == 2
    assert "Usage: annodesk" in done.err + done.out


@pytest.mark.skipif(os.name == "nt", reason="file names are text there")
def test_a_name_that_is_no_text_is_told(desk: Desk, process: Command, tmp_path: Path) -> None:
    odd = os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.wav")
    os.rename(desk.media / "episode-0.wav", odd)
    for arguments in (
        ["add", "--db", desk.db, odd],
        ["media", "probe", odd],
        ["convert", odd, odd],
        ["status", "--db", odd],
    ):
        for encoding in ("utf-8", "ascii"):
            done = process(*arguments, "--json", PYTHONIOENCODING=encoding)
            check(done, arguments)
            if done.out:
                json.loads(done.out)
