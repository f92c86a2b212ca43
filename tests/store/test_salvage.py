"""A damaged file is not written to; what can be read of it goes on in a new one, and what is missing is said."""

from __future__ import annotations

import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text

from annodesk.errors import DamagedError, StoreError
from annodesk.model.edits import set_answer, set_text
from annodesk.services import Services
from annodesk.services.salvaging import salvage_file, salvage_once
from annodesk.store import journal
from annodesk.store.salvage import Salvaged
from tests.services.made import House, make_house

PAGE = 4096
EDITS = 400


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[House, bytes]:
    """A closed project file with many changes, and its bytes."""
    house = make_house(tmp_path_factory.mktemp("whole"), items=3)
    work = house.label("Ada", task=0)
    for number in range(EDITS):
        first = work.session.annotations.segments("content")[number % 3]
        house.do(work, set_text(work.session.annotations, first.id, f"{number} words"))
        house.do(work, set_answer(work.session.annotations, "quality", number % 5 + 1))
    house.submit("Ben", task=1)
    house.services.close()
    assert not house.services.path.with_name("work.annodesk-wal").exists(), "all is in the file itself"
    return house, house.services.path.read_bytes()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "work.annodesk"


def pages_of(content: bytes, folder: Path, table: str) -> list[int]:
    """The pages in which the rows of a table lie."""
    place = folder / "look"
    place.write_bytes(content)
    with closing(sqlite3.connect(place)) as db:
        return [
            row[0] for row in db.execute("SELECT pageno FROM dbstat WHERE name = ? AND pagetype = 'leaf'", (table,))
        ]


def spoil(content: bytes, pages: list[int], rng: random.Random) -> bytes:
    """The same with pages full of noise."""
    damaged = bytearray(content)
    for page in pages:
        damaged[(page - 1) * PAGE : page * PAGE] = rng.randbytes(PAGE)
    return bytes(damaged)


def edit_ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as db:
        return [row[0] for row in db.execute("SELECT id FROM journal ORDER BY position")]


def set_of(path: Path) -> str:
    """The set of the first change in a file."""
    with closing(sqlite3.connect(path)) as db:
        return str(db.execute("SELECT set_id FROM journal ORDER BY position LIMIT 1").fetchone()[0])


def journal_pages(content: bytes, folder: Path) -> list[int]:
    try:
        return pages_of(content, folder, "journal")
    except sqlite3.OperationalError:
        pytest.skip("this SQLite does not say where its pages are")


def test_a_damaged_file_is_opened_for_reading_alone_and_is_left_as_it_is(
    whole: tuple[House, bytes], path: Path, tmp_path: Path, rng: random.Random
) -> None:
    spoiled = spoil(whole[1], journal_pages(whole[1], tmp_path)[3:5], rng)
    path.write_bytes(spoiled)
    with pytest.raises(DamagedError) as told:
        Services.open(path)
    assert told.value.sentence == "work.annodesk is damaged."
    assert "annodesk salvage work.annodesk" in told.value.hint
    with Services.open(path, read_only=True) as reader:
        assert [project.name for project in reader.projects.list()]
    assert path.read_bytes() == spoiled


def test_what_can_be_read_around_damaged_pages_goes_on_in_a_new_file(
    whole: tuple[House, bytes], path: Path, tmp_path: Path, rng: random.Random
) -> None:
    pages = journal_pages(whole[1], tmp_path)
    path.write_bytes(spoil(whole[1], [pages[2], pages[len(pages) // 2]], rng))
    before = path.read_bytes()
    every = edit_ids(tmp_path / "look")
    found = salvage_file(path)
    kept = edit_ids(found.path)
    assert found.path.name == "work.salvaged.annodesk"
    assert set(kept) < set(every)
    assert kept == [one for one in every if one in set(kept)], "in their order"
    assert len(kept) > len(every) * (len(pages) - 3) / len(pages), "no more is missing than the pages held"
    assert (found.edits, found.damaged) == (len(kept), ("journal",))
    assert path.read_bytes() == before
    house = whole[0]
    with Services.open(found.path) as services, services.file.read() as db:
        assert db.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
        assert db.execute(text("PRAGMA foreign_key_check")).all() == []
    with Services.open(found.path) as services:
        with services.file.read() as db:
            task = db.execute(text("SELECT task_id FROM annotation_set WHERE id = :id"), {"id": set_of(path)}).scalar()
        work = services.tasks.open(house.project_id, house.id_of("Ada"), str(task))
        assert len(work.session.annotations.segments("content")) > 0


def test_a_whole_file_is_salvaged_whole(whole: tuple[House, bytes], path: Path) -> None:
    path.write_bytes(whole[1])
    found = salvage_file(path)
    assert (found.damaged, found.aside) == ((), None)
    with closing(sqlite3.connect(path)) as one, closing(sqlite3.connect(found.path)) as other:
        for (name,) in one.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            rows = [sorted(map(repr, db.execute(f'SELECT * FROM "{name}"'))) for db in (one, other)]
            assert rows[0] == rows[1], name


@pytest.mark.parametrize("table", ["annotation_set", "claim", "item", "task", "element", "item_state", "person"])
def test_changes_outlive_the_loss_of_what_they_belong_to(
    whole: tuple[House, bytes], path: Path, tmp_path: Path, rng: random.Random, table: str
) -> None:
    journal_pages(whole[1], tmp_path)
    every = edit_ids(tmp_path / "look")
    path.write_bytes(spoil(whole[1], pages_of(whole[1], tmp_path, table), rng))
    found = salvage_file(path)
    kept = edit_ids(found.path)
    apart = [] if found.aside is None else found.aside.read_text(encoding="utf-8").splitlines()
    assert table in found.damaged
    assert len(kept) + len(apart) == len(every)
    assert table in ("item", "task") or not apart
    with Services.open(found.path) as services, services.file.read() as db:
        assert db.execute(text("PRAGMA foreign_key_check")).all() == []
        for set_id in db.execute(text("SELECT DISTINCT set_id FROM journal")).scalars():
            rows, folded = journal.get_set(db, set_id), journal.fold(db, set_id)
            assert (rows.digest(), rows.head) == (folded.digest(), folded.head)


def test_noise_anywhere_is_told_and_never_a_traceback(
    whole: tuple[House, bytes], tmp_path: Path, rng: random.Random
) -> None:
    every: list[Salvaged | str] = []
    for number in range(15):
        path = tmp_path / f"{number}.annodesk"
        content = spoil(whole[1], rng.sample(range(1, len(whole[1]) // PAGE), rng.randrange(1, 6)), rng)
        path.write_bytes(content[: rng.choice([len(content), rng.randrange(PAGE, len(content))])])
        try:
            every.append(salvage_file(path))
        except StoreError as error:
            every.append(error.sentence)
            continue
        with Services.open(path.with_name(f"{number}.salvaged.annodesk")) as services:
            services.projects.list()
    assert any(isinstance(one, Salvaged) and one.edits for one in every)
    assert all("\n" not in one for one in every if isinstance(one, str))


@pytest.mark.parametrize("content", [b"", b"nothing of the kind", b"SQLite format 3\x00" + bytes(5000)])
def test_of_what_is_no_file_of_ours_nothing_is_saved(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"Nothing of work\.annodesk can be read"):
        salvage_file(path)
    assert list(path.parent.iterdir()) == [path]


def test_what_was_saved_is_not_saved_again_but_anew_once_the_file_has_changed(
    whole: tuple[House, bytes], path: Path
) -> None:
    path.write_bytes(whole[1])
    first, _ = salvage_once(path)
    again, said = salvage_once(path)
    assert first == again
    assert first.name in said
    stamp = first.stat().st_mtime_ns + 10**9
    os.utime(path, ns=(stamp, stamp))
    assert salvage_once(path)[0].name == "work.salvaged-2.annodesk"
