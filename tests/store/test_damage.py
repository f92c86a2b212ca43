"""Rows that another hand has changed are told in one sentence wherever they are read; bugs are not blamed on them."""

from __future__ import annotations

import random
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from annodesk.errors import AnnodeskError, StoreError
from annodesk.model.work import ItemState, SlotState
from annodesk.services import Services
from annodesk.services.transfer import Which
from tests.services.made import OTHER, House, make_house

ROUNDS, SLOW_ROUNDS = 40, 1500
DEEP = "[" * 200_000
ODD = (
    None, -1, 0, 2**63 - 1, 1.5, 9e999, b"\xff\xfe", "", "nope", "a\x00b", '"s"', "null", "{}", "[]", "[1,2]",
    DEEP, '{"a":1}', '["\\ud800"]', '{"id":null,"kind":"segment"}', "NaN", "../../../etc/passwd", "\u202e\x1b[31m",
    "9" * 4000, *ItemState, *SlotState,
)  # fmt: skip


@pytest.fixture(scope="module")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A closed project file in which every table that is used has rows."""
    house = make_house(tmp_path_factory.mktemp("lived-in"), items=3, with_text=True)
    house.model_says([(0, 10, "speech", 0.97), (10, 40, "music", 0.5)])
    house.submit("Ada", task=0)
    house.submit("Ben", task=0)
    house.submit("Ada", task=1)
    house.submit("Ben", OTHER, task=1)
    house.label("Ada", task=2)
    house.services.annotate.comment(house.open("Ada", 2).set_id, house.id_of("Ada"), "what is this?")
    house.round()
    house.review()
    house.services.close()
    return house


@pytest.fixture
def copy(lived_in: House, tmp_path: Path) -> Path:
    """A file of one's own to damage."""
    return Path(shutil.copy(lived_in.services.path, tmp_path / "work.annodesk"))


def damage(path: Path, sql: str, *values: object) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA ignore_check_constraints=ON")
        db.execute(sql, values)
        # What figures were made of is read again.
        db.execute("INSERT INTO recount (item_id) SELECT id FROM item")
        db.commit()


def use(path: Path, house: House, folder: Path) -> list[str]:
    """Ask for what windows and commands ask for; the sentences where there was no answer."""
    told: list[str] = []
    project, ada, cleo = house.project_id, house.id_of("Ada"), house.id_of("Cleo")

    def ask(call: object) -> object:
        try:
            return call()  # type: ignore[operator]
        except AnnodeskError as error:
            told.append(error.sentence)
            return []

    for read_only in (True, False):
        try:
            services = Services.open(path, read_only=read_only)
        except StoreError as error:
            return [error.sentence]
        with services:
            asked = [services.projects.list, services.dashboard.status]
            asked += [lambda s=services: s.people.list(project), lambda s=services: s.projects.get(project)]
            asked += [lambda s=services, who=who: s.dashboard.queue(project, who) for who in (None, ada)]
            for which, form in ((Which.ALL, "native"), (Which.GOLD, "csv"), (Which.MODEL, "textgrid")):
                out = folder / f"{which}-{form}"
                asked.append(lambda s=services, w=which, f=form, o=out: s.transfer.export(project, w, f, o))
            if not read_only:
                asked += [lambda s=services: s.coordinator.round(project)]
            for call in asked:
                ask(call)
            for card in ask(lambda s=services: s.tasks.cards(project, ada)) or ():
                ask(lambda s=services, c=card: s.tasks.open(project, ada, c.task_id))
            for card in ask(lambda s=services: s.review.cards(project, cleo)) or ():
                ask(lambda s=services, c=card: s.review.open(project, cleo, c.task_id))
            ask(lambda s=services: s.tasks.my_work(project, ada))
    return told


def fuzz(house: House, folder: Path, rng: random.Random, rounds: int) -> list[str]:
    """Every sentence a person was told about so many damaged files."""
    path, told = folder / "work.annodesk", []
    with closing(sqlite3.connect(house.services.path)) as db:
        known = [name for (name,) in db.execute("SELECT name FROM sqlite_master WHERE type='table'")]
        tables = [t for t in known if db.execute(f"SELECT count(*) FROM {t}").fetchone()[0]]
        columns = {t: [row[1] for row in db.execute(f"PRAGMA table_info({t})")] for t in tables}
        every = "SELECT id FROM person UNION SELECT id FROM task UNION SELECT id FROM item"
        ids = [value for (value,) in db.execute(every)]
    for _ in range(rounds):
        for beside in folder.glob("work.annodesk*"):
            beside.unlink()
        shutil.copy(house.services.path, path)
        table, value = rng.choice(tables), rng.choice([*ODD, rng.choice(ids)])
        column = rng.choice(columns[table])
        one = f"(SELECT {columns[table][0]} FROM {table} ORDER BY random() LIMIT 1)"
        try:
            damage(path, f'UPDATE {table} SET "{column}" = ? WHERE {columns[table][0]} = {one}', value)
        except sqlite3.Error:
            continue
        try:
            told += use(path, house, folder)
        except Exception as error:
            raise AssertionError(f"{table}.{column} = {value!r:.60}") from error
    return told


def is_told(told: list[str]) -> bool:
    """Whether damage was named, and everything in one line."""
    return any("holds a record that cannot be understood" in s for s in told) and not any("\n" in s for s in told)


def test_no_damaged_cell_is_answered_by_a_traceback(lived_in: House, tmp_path: Path, rng: random.Random) -> None:
    assert is_told(fuzz(lived_in, tmp_path, rng, ROUNDS))


@pytest.mark.slow
def test_no_damaged_cell_is_answered_by_a_traceback_however_many(
    lived_in: House, tmp_path: Path, rng: random.Random
) -> None:
    assert is_told(fuzz(lived_in, tmp_path, rng, SLOW_ROUNDS))


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE item SET metadata = '[1]'",
        "UPDATE item SET metadata = 'null'",
        """UPDATE item SET metadata = '{"a": NaN}'""",
        """UPDATE item SET metadata = '{"a": "\\ud800"}'""",
        f"UPDATE item SET metadata = '{DEEP}'",
        "UPDATE item SET key = x'FFFE' WHERE key = 'episode-0'",
        "UPDATE item SET key = CAST(x'FFFE' AS TEXT) WHERE key = 'episode-0'",
        "UPDATE item SET duration_us = 'long'",
        "UPDATE asset SET type = 'smell'",
        "UPDATE asset SET path = '../../etc/passwd'",
        """UPDATE asset SET media = '{"a": 1}'""",
        "UPDATE item_state SET state = 'lost'",
        "DELETE FROM item_state",
        "UPDATE task SET stage = 7 WHERE start_us = 0 AND stage = 'review'",
        "UPDATE membership SET role = 'king'",
        "UPDATE claim SET state = 'held'",
        "UPDATE score SET value = 'high'",
        "UPDATE score SET value = 9e999",
        """UPDATE element SET body = '{"kind": "segment", "id": null}'""",
        """UPDATE element SET body = '{"kind": "segment", "id": "a", "tier": "t", "start_us": 0, "end_us": 1e3}'""",
        "DELETE FROM submission",
    ],
)
def test_a_record_that_makes_no_sense_is_told_in_one_sentence(
    lived_in: House, copy: Path, tmp_path: Path, sql: str
) -> None:
    damage(copy, sql)
    assert "work.annodesk holds a record that cannot be understood." in use(copy, lived_in, tmp_path)


def test_a_record_of_more_than_64_mib_is_not_read(lived_in: House, copy: Path, tmp_path: Path) -> None:
    damage(copy, """UPDATE item SET metadata = '{"a":"' || replace(hex(zeroblob(40000000)), '00', 'xx') || '"}'""")
    assert "work.annodesk holds, or was to hold, a record of more than 64 MiB." in use(copy, lived_in, tmp_path)


def test_a_bug_is_not_blamed_on_a_file_that_is_whole(copy: Path) -> None:
    with Services.open(copy) as services:
        with pytest.raises(KeyError), services.file.read():
            raise KeyError("a bug")
        with pytest.raises(IntegrityError), services.file.write() as db:
            db.execute(text("INSERT INTO offer SELECT 'no task', id, '', 0 FROM person"))


def test_what_goes_wrong_later_with_a_damaged_record_is_told_too(copy: Path) -> None:
    damage(copy, "DELETE FROM item_state")

    def trip_over_it() -> None:
        with Services.open(copy, read_only=True):
            raise KeyError("what the damaged record lacks")

    with pytest.raises(StoreError, match="cannot be understood"):
        trip_over_it()
