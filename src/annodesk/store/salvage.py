"""Carries what can still be read of a damaged file into a new one and says what is missing; the old one stays."""

from __future__ import annotations

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from msgspec import Struct
from sqlalchemy import Row, Table, delete, select, text, update

from annodesk.errors import AnnodeskError, StoreError
from annodesk.model.edits import EDIT_FORMAT
from annodesk.store import journal, projects
from annodesk.store import tables as t
from annodesk.store.checked import MisfitError
from annodesk.store.engine import MAX_RECORD_BYTES, Connection, open_local
from annodesk.store.items import to_asset
from annodesk.store.local_tables import element
from annodesk.store.local_tables import journal as journal_table

MOST_PROBES = 4000
"""So many times a table is entered anew behind a place that cannot be read."""

_STUBS = (
    "INSERT INTO annotation_set (id, project_id, task_id, author_kind, author_id, round, project_version, made_at_us)"
    " SELECT set_id, project_id, task_id, 'person', person_id, 1, 1, made_at_us FROM claim"
    " WHERE set_id IS NOT NULL AND set_id NOT IN (SELECT id FROM annotation_set)",
    "INSERT OR IGNORE INTO person (id, made_at_us) SELECT DISTINCT author_id, 0 FROM annotation_set"
    " WHERE author_kind = 'person' AND author_id NOT IN (SELECT id FROM person)",
    "INSERT INTO claim (id, project_id, task_id, person_id, set_id, state, made_at_us, changed_at_us)"
    " SELECT s.id, s.project_id, s.task_id, s.author_id, s.id, 'leased', s.made_at_us, s.made_at_us"
    " FROM annotation_set s WHERE s.author_kind = 'person' AND s.id NOT IN (SELECT set_id FROM claim"
    " WHERE set_id IS NOT NULL) AND s.author_id IN (SELECT id FROM person)",
    "INSERT OR IGNORE INTO person (id, made_at_us) SELECT person_id, 0 FROM claim",
    "INSERT OR IGNORE INTO person_name (person_id, name) SELECT id, 'salvaged ' || id FROM person"
    " WHERE id NOT IN (SELECT person_id FROM person_name)",
    "INSERT INTO item_state (item_id, state, changed_at_us) SELECT id, 'open', made_at_us FROM item"
    " WHERE id NOT IN (SELECT item_id FROM item_state)",
    "INSERT INTO task_plan (task_id, overlap, priority) SELECT id, 1, 0 FROM task"
    " WHERE id NOT IN (SELECT task_id FROM task_plan)",
    "INSERT INTO batch_plan (batch_id) SELECT id FROM batch WHERE id NOT IN (SELECT batch_id FROM batch_plan)",
)
"""What always stands beside something else, made anew from that where it could not be read."""
_COUNT_ANEW = (
    "DELETE FROM counted",
    "DELETE FROM recount",
    "DELETE FROM figure",
    "INSERT INTO recount (item_id) SELECT id FROM item",
)
"""Figures are of what could be read; a team's come with the next sync."""


class Salvaged(Struct, frozen=True):
    """A new file with what could be read of a damaged one.

    Parameters
    ----------
    edits, sets : changes of people that are in it, and the sets they belong to
    damaged : tables of which something could not be read
    aside : a file with changes whose sets could not be read, one a line; None where there are none
    """

    path: Path
    edits: int
    sets: int
    damaged: tuple[str, ...]
    aside: Path | None

    @property
    def sentence(self) -> str:
        """What was saved, in words."""
        found = f"{self.edits} change{'s' * (self.edits != 1)} in {self.sets} set{'s' * (self.sets != 1)}"
        apart = f"; others are in {self.aside.name}" if self.aside is not None else ""
        return f"What could be read, {found}, is in {self.path.name}{apart}."


def salvage(path: Path, into: Path) -> Salvaged:
    """Put what can be read of a damaged file into a new one; StoreError where that is nothing at all."""
    if not path.is_file():
        raise StoreError(f"There is no file {path}.", "Check the name.")
    if into.exists():
        raise StoreError(f"{into.name} is there already.", "Name another file.")
    with tempfile.TemporaryDirectory(prefix="annodesk-", dir=into.parent) as aside:
        copy = Path(aside) / "copy"
        for suffix in ("", "-wal"):
            beside = path.with_name(path.name + suffix)
            if beside.is_file():
                shutil.copyfile(beside, copy.with_name(copy.name + suffix))
        try:
            return _into(copy, into)
        except BaseException as error:
            for suffix in ("", "-wal", "-shm", ".lock"):
                into.with_name(into.name + suffix).unlink(missing_ok=True)
            if isinstance(error, (sqlite3.DatabaseError, OSError)):
                raise StoreError(f"Nothing of {path.name} can be read.", "Restore a copy.") from error
            raise


def _into(damaged: Path, into: Path) -> Salvaged:
    troubled = []
    with closing(sqlite3.connect(f"{damaged.as_uri()}", uri=True)) as old:
        old.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_RECORD_BYTES)
        old.execute("PRAGMA trusted_schema=OFF")
        known = {row[0] for row in old.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if "journal" not in known:
            raise sqlite3.DatabaseError("no journal")
        open_local(into, create=True).close()
        with closing(sqlite3.connect(into)) as new:
            new.execute("PRAGMA synchronous=OFF")
            for table in t.metadata.sorted_tables:
                if table.name not in known or not _carry(old, new, table):
                    troubled.append(table.name)
            new.commit()
    file = open_local(into)
    try:
        with file.write() as db:
            db.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            troubled += _drop_nonsense(db)
            for statement in (*_STUBS, *(_COUNT_ANEW if troubled else ())):
                db.exec_driver_sql(statement)
            lonely = _drop_orphans(db)
            _fold_anew(db)
            counted = db.execute(text("SELECT count(*), count(DISTINCT set_id) FROM journal")).one()
    finally:
        file.close()
    aside = None
    if lonely:
        aside = into.with_suffix(".edits.jsonl")
        aside.write_text("".join(f"{json.dumps(one)}\n" for one in lonely), encoding="utf-8")
    return Salvaged(into, counted[0], counted[1], tuple(dict.fromkeys(troubled)), aside)


def _has_rowid(table: Table) -> bool:
    return bool(table.dialect_options["sqlite"]["with_rowid"])


def _carry(old: sqlite3.Connection, new: sqlite3.Connection, table: Table) -> bool:
    """Copy the rows of a table that can be read; whether that was all of them."""
    names = [column.name for column in table.columns]
    quoted = ", ".join(f'"{name}"' for name in names)
    put = f'INSERT OR IGNORE INTO "{table.name}" ({quoted}) VALUES ({", ".join("?" * len(names))})'  # our own names
    reader = _Reader(old, table.name, quoted)
    rows = reader.by_rowid() if _has_rowid(table) else reader.from_both_ends()
    for row in rows:
        with suppress(sqlite3.Error):
            new.execute(put, row)
    return reader.is_whole


class _Reader:
    """Reads a table around the places where it is broken."""

    def __init__(self, db: sqlite3.Connection, table: str, columns: str) -> None:
        self._db, self._table, self._columns = db, table, columns
        self._probes, self.is_whole = 0, True

    def by_rowid(self) -> Iterator[Sequence[Any]]:
        """All rows that some way leads to."""
        yield from self._between(-(2**62), 2**62)

    def from_both_ends(self) -> Iterator[Sequence[Any]]:
        """The rows before the first broken place and those after the last."""
        for order in ("", self._order_backwards()):
            before = self.is_whole
            yield from self._read(f'SELECT {self._columns} FROM "{self._table}"{order}', ())
            if before and self.is_whole:
                return

    def _between(self, low: int, high: int) -> Iterator[Sequence[Any]]:
        where = f'SELECT rowid, {self._columns} FROM "{self._table}" WHERE rowid > ? AND rowid < ? ORDER BY rowid'
        for order in ("", " DESC"):
            broke, self.is_whole = self.is_whole, True
            for row in self._read(where + order, (low, high)):
                low, high = (row[0], high) if not order else (low, row[0])
                yield row[1:]
            if self.is_whole:
                self.is_whole = broke
                return
        middle = (low + high) // 2
        if self._probes < MOST_PROBES and high - low > 2:
            yield from self._between(low, middle + 1)
            yield from self._between(middle, high)
        self.is_whole = False

    def _read(self, statement: str, values: tuple[int, ...]) -> Iterator[Sequence[Any]]:
        self._probes += 1
        try:
            yield from self._db.execute(statement, values)
        except (sqlite3.Error, OverflowError, UnicodeDecodeError):
            self.is_whole = False

    def _order_backwards(self) -> str:
        keys = t.metadata.tables[self._table].primary_key.columns
        return " ORDER BY " + ", ".join(f'"{column.name}" DESC' for column in keys)


def _drop_nonsense(db: Connection) -> list[str]:
    """Take out rows whose bytes were changed to something annodesk never writes; the tables they were in."""
    found = []
    for table in t.metadata.sorted_tables:
        if not _has_rowid(table):
            continue  # made anew from the journal, or read as they are
        try:
            for row in db.execute(select(table)):
                _require_sense(table, row)
        except (MisfitError, AnnodeskError):
            found.append(table.name)
            _drop_rows_of_nonsense(db, table)
    return found


def _drop_rows_of_nonsense(db: Connection, table: Table) -> None:
    for place in db.exec_driver_sql(f'SELECT rowid FROM "{table.name}"').scalars().all():
        try:
            _require_sense(table, db.execute(select(table).where(text(f"rowid = {int(place)}"))).one())
        except (MisfitError, AnnodeskError):
            db.exec_driver_sql(f'DELETE FROM "{table.name}" WHERE rowid = {int(place)}')


def _require_sense(table: Table, row: Row[Any]) -> None:
    if table is journal_table and row.format == EDIT_FORMAT:
        journal.to_edit(row)
    elif table is t.asset:
        to_asset(row)


def _drop_orphans(db: Connection) -> list[dict[str, Any]]:
    """Take out rows that refer to what could not be read; changes of people among them are given back."""
    lonely = []
    while broken := {(row[0], row[1]) for row in db.exec_driver_sql("PRAGMA foreign_key_check")}:
        for name, place in broken:
            if place is None:
                table = t.metadata.tables[name]
                sets = select(t.annotation_set.c.id)
                db.execute(delete(table).where(table.c.set_id.not_in(sets)))
                continue
            if name == "journal":
                row = db.exec_driver_sql("SELECT * FROM journal WHERE rowid = ?", (place,)).one()
                lonely.append(dict(row._mapping))
            db.exec_driver_sql(f'DELETE FROM "{name}" WHERE rowid = ?', (place,))
    return lonely


def _fold_anew(db: Connection) -> None:
    """Make the elements what the changes that were saved fold to; what was made on a lost one waits for it."""
    for set_id in db.execute(select(journal_table.c.set_id).distinct()).scalars().all():
        with suppress(AnnodeskError):
            header = journal.header(db, set_id)
            schema = projects.get_version(db, header.project_id, header.project_version).project.schema
            folded = journal.branches_of(db, set_id, schema).annotations
            db.execute(delete(element).where(element.c.set_id == set_id))
            journal.put_elements(db, folded)
            db.execute(update(t.annotation_set).where(t.annotation_set.c.id == set_id).values(head=folded.head))
