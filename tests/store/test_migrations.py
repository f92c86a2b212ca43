"""Migrations make the tables the code knows; older files are copied first, newer ones refused."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from annodesk.errors import StoreError
from annodesk.services import Services
from annodesk.store import engine, local_tables, tables
from annodesk.store.engine import HEAD, MIGRATIONS, open_local
from tests.services.made import House

NEXT = """
import sqlalchemy as sa
from alembic import op

revision = "9999"
down_revision = "{head}"


def upgrade():
    # Rebuilds a table that others refer to, as a later version may have to.
    with op.batch_alter_table("annotation_set") as batch:
        batch.add_column(sa.Column("mood", sa.Text(), nullable=False, server_default="calm"))
    {more}
"""


@pytest.fixture
def later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """An annodesk that is one migration ahead of this one; gives the folder of its migrations."""
    folder = tmp_path / "later" / "local"
    shutil.copytree(MIGRATIONS, folder, ignore=shutil.ignore_patterns("__pycache__"))
    write_next(folder)
    monkeypatch.setattr(engine, "MIGRATIONS", folder)
    monkeypatch.setattr(engine, "HEAD", "9999")
    yield folder
    monkeypatch.undo()


def write_next(folder: Path, more: str = "") -> None:
    (folder / "versions" / "9999_a_later_one.py").write_text(NEXT.format(head=HEAD, more=more))


@pytest.fixture
def older(house: House) -> Path:
    """A file of this version with work in it, closed."""
    house.submit("Ada")
    house.services.close()
    return house.services.path


def test_models_and_migrations_agree(tmp_path: Path) -> None:
    assert local_tables.journal.metadata is tables.metadata
    file = open_local(tmp_path / "new.annodesk", create=True)
    try:
        with file.engine.connect() as connection:
            context = MigrationContext.configure(connection, opts={"compare_type": True, "render_as_batch": True})
            assert compare_metadata(context, tables.metadata) == []
    finally:
        file.close()


def test_the_head_the_code_names_is_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    assert ScriptDirectory.from_config(config).get_heads() == [HEAD]


def test_a_file_of_this_version_is_opened_without_a_copy(older: Path) -> None:
    open_local(older).close()
    assert list(older.parent.glob("*.before-*")) == []


def test_an_older_file_is_migrated_after_a_copy_is_put_beside_it(older: Path, later: Path) -> None:
    with Services.open(older) as services, services.file.read() as db:
        assert db.execute(text("SELECT DISTINCT mood FROM annotation_set")).scalars().all() == ["calm"]
        assert db.execute(text("PRAGMA foreign_key_check")).all() == []
        assert db.execute(text("PRAGMA foreign_keys")).scalar() == 1
        assert db.execute(text("SELECT count(*) FROM claim JOIN annotation_set ON set_id = annotation_set.id")).scalar()
    (copy,) = older.parent.glob(f"work.before-{HEAD}-*.annodesk")
    beside = sqlite3.connect(copy)
    assert beside.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    assert beside.execute("SELECT count(*) FROM journal").fetchone()[0] > 0
    beside.close()


def test_a_copy_holds_what_was_still_in_the_log(house: House, later: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A process killed while writing leaves its last Edits in the write-ahead log alone.
    house.submit("Ada")
    folder = house.folder / "killed"
    folder.mkdir()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{house.services.path}{suffix}", folder / f"work.annodesk{suffix}")
    open_local(folder / "work.annodesk").close()
    (copy,) = folder.glob("work.before-*")
    beside = sqlite3.connect(copy)
    assert beside.execute("SELECT count(*) FROM submission").fetchone() == (1,)
    beside.close()


def test_a_migration_that_fails_leaves_the_file_as_it_was(older: Path, later: Path) -> None:
    write_next(later, "op.execute('INSERT INTO nowhere VALUES (1)')")
    with pytest.raises(StoreError):
        open_local(older)
    db = sqlite3.connect(older)
    assert db.execute("SELECT version_num FROM alembic_version").fetchall() == [(HEAD,)]
    assert "mood" not in {row[1] for row in db.execute("PRAGMA table_info(annotation_set)")}
    db.close()


def test_a_migration_that_breaks_a_reference_is_taken_back(older: Path, later: Path) -> None:
    write_next(later, "op.execute('DELETE FROM annotation_set')")
    with pytest.raises(RuntimeError, match="refers to nothing"):
        open_local(older)
    db = sqlite3.connect(older)
    assert db.execute("SELECT count(*) FROM annotation_set").fetchone() == (1,)
    db.close()


def test_no_room_for_a_copy_leaves_the_file_as_it_was(
    older: Path, later: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(older.parent)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: full)
    with pytest.raises(StoreError, match="no room for a copy"):
        open_local(older)
    assert list(older.parent.glob("*.before-*")) == []


def test_an_older_file_is_not_read_before_it_is_migrated(older: Path, later: Path) -> None:
    with pytest.raises(StoreError, match="older annodesk") as caught:
        open_local(older, read_only=True)
    assert "Open it for writing once" in caught.value.hint


@pytest.mark.parametrize("read_only", [False, True])
def test_a_file_of_a_newer_version_is_refused_in_one_sentence(
    older: Path, later: Path, monkeypatch: pytest.MonkeyPatch, read_only: bool
) -> None:
    open_local(older).close()
    monkeypatch.undo()
    before = older.read_bytes()
    with pytest.raises(StoreError, match=r"^work\.annodesk was written by a newer annodesk \(this is .*\)\. Update"):
        open_local(older, read_only=read_only)
    assert older.read_bytes() == before
    assert len(list(older.parent.glob("*.before-*"))) == 1


def test_migrating_twice_changes_nothing(older: Path, later: Path) -> None:
    open_local(older).close()
    open_local(older).close()
    assert len(list(older.parent.glob("*.before-*"))) == 1
