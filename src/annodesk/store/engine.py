"""Opens the local database file: durable settings, one writer, migrations after a copy."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

from filelock import FileLock, Timeout
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from annodesk import __version__
from annodesk.errors import AnnodeskError, BusyError, DamagedError, StoreError
from annodesk.store.checked import MisfitError, from_json, to_json

APPLICATION_ID = 0x616E6E6F
"""``anno`` in ASCII, in the SQLite header of every annodesk file."""

SUFFIX = ".annodesk"
MIGRATIONS = Path(__file__).resolve().parent / "migrations" / "local"
MAX_RECORD_BYTES = 64 << 20
"""The longest row that is written or read; a journal row of 100,000 segments takes about 20 MB."""

CHECKED_BYTES = 64 << 20
"""A file no longer than this is looked at whole before it is written to; it takes a fraction of a second."""

_READS = "annodesk_reads"
"""Execution option of a connection on which nothing is written."""


class LocalFile:
    """One open local file: its engine, and the writer's lock unless it is open for reading alone."""

    def __init__(self, path: Path, engine: Engine, lock: FileLock | None) -> None:
        self.path, self.engine, self._lock = path, engine, lock

    @property
    def is_read_only(self) -> bool:
        """Whether writing is refused."""
        return self._lock is None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection on which nothing is written."""
        with self._judged(), told(self.path), self.engine.connect().execution_options(**{_READS: True}) as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: committed as a whole, durable when the block ends, or not at all."""
        if self.is_read_only:
            raise BusyError(f"{self.path.name} is open for reading only.", _busy_hint(self.path))
        with self._judged(), told(self.path), self.engine.begin() as connection:
            yield connection

    def judge(self, error: Exception) -> None:
        """Raise StoreError where an error nobody foresaw comes of rows another hand has made; else it is a bug."""
        if isinstance(error, AnnodeskError):
            return
        from annodesk.store.damage import is_damaged

        with told(self.path), self.engine.connect().execution_options(**{_READS: True}) as connection:
            if is_damaged(connection):
                raise _not_understood(self.path) from error

    @contextmanager
    def _judged(self) -> Iterator[None]:
        try:
            yield
        except Exception as error:
            self.judge(error)
            raise

    def close(self) -> None:
        """Let go of the file and of its lock."""
        self.engine.dispose()
        if self._lock is not None:
            _holder_path(self.path).unlink(missing_ok=True)
            self._lock.release()


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Say what the disk or the file did, in words, where SQLite would raise."""
    try:
        yield
    except OperationalError as error:
        reason = str(error.orig)
        if reason.startswith("Could not decode") or "malformed JSON" in reason:
            raise _not_understood(path) from error
        if "disk" in reason or "full" in reason:
            raise StoreError(f"{path.name} cannot be written: {reason}.", "Free some space and try again.") from error
        if "readonly" in reason:
            raise StoreError(f"{path.name} may not be written.", "Check the permissions of its folder.") from error
        raise StoreError(
            f"{path.name} cannot be used: {reason}.", "Try again; nothing that was saved is lost."
        ) from error
    except MisfitError as error:
        raise _not_understood(path) from error
    except UnicodeEncodeError as error:
        sentence = f"A text holds half a character, which {path.name} cannot keep: {error.object[:40]!a}."
        raise StoreError(sentence, "Mend it where it came from; what was saved before is as it was.") from error
    except DatabaseError as error:
        if "too big" in str(error.orig):
            sentence = f"{path.name} holds, or was to hold, a record of more than {MAX_RECORD_BYTES >> 20} MiB."
            raise StoreError(sentence, "Split what you put in; what was saved before is as it was.") from error
        if "malformed" in str(error.orig) or "not a database" in str(error.orig):
            raise _damaged(path) from error
        raise


def open_local(path: Path, *, create: bool = False, read_only: bool = False) -> LocalFile:
    """The local file at a path: made where asked for, migrated where older, refused where newer.

    Opening for writing takes the file's lock; BusyError names the holder. Opening for reading always works.
    """
    # One file has one lock, whatever link leads to it.
    try:
        path = Path(os.path.realpath(path))
    except ValueError as error:
        raise StoreError("The project file's name is not one a file can have.", "Check the name.") from error
    if path.is_dir():
        raise StoreError(f"{path} is a folder.", "Name a file.")
    if path.exists() and not path.is_file():
        raise StoreError(f"{path} is not a file.", "Name a file made by annodesk init.")
    if not path.exists() and not create:
        raise StoreError(f"There is no file {path}.", "Make one with: annodesk init PROJECT.toml --db FILE.annodesk")
    if path.exists() and (path.stat().st_size or not create):
        _check_header(path)
    # SQLite would wait for a pipe and write through a link that a stranger has put in place of its own files.
    for suffix in ("-journal", "-wal", "-shm"):
        beside = path.with_name(path.name + suffix)
        if beside.is_symlink() or (beside.exists() and not beside.is_file()):
            raise StoreError(f"{beside.name} beside the file is not an ordinary file.", "Take it away.")
    if read_only:
        with told(path):
            _check_revision(path)
        return LocalFile(path, _engine(path, read_only=True), None)
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(str(_lock_path(path)))
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise BusyError(f"{path.name} is in use{_holder(path)}.", _busy_hint(path)) from error
    except OSError as error:
        raise StoreError(f"{path} cannot be opened for writing: {error.strerror or error}.") from error
    # A program that ended well takes its note with it.
    ended_badly = _holder_path(path).exists()
    try:
        _write_holder(path)
        with told(path):
            _require_whole(path, ended_badly)
            _bring_up_to_date(path, create=create)
        return LocalFile(path, _engine(path, read_only=False), lock)
    except BaseException:
        _holder_path(path).unlink(missing_ok=True)
        lock.release()
        raise


def _engine(path: Path, *, read_only: bool, foreign_keys: bool = True) -> Engine:
    # mode=ro: SQLite itself refuses to write; a reader of a WAL file still sees every commit.
    mode = "ro" if read_only else "rwc"
    # Where nothing can be put beside the file, a reader does without what SQLite otherwise shares with a writer.
    wal = path.with_name(path.name + "-wal")
    if read_only and not os.access(path.parent, os.W_OK) and not (wal.exists() and wal.stat().st_size):
        mode += "&immutable=1"
    uri = f"file:{quote(os.fsencode(path.as_posix()))}?mode={mode}"
    engine = create_engine(
        "sqlite://",
        poolclass=QueuePool,
        creator=lambda: sqlite3.connect(uri, uri=True, timeout=10, check_same_thread=False, isolation_level=None),
        json_serializer=to_json,
        json_deserializer=from_json,
    )

    def settle(connection: sqlite3.Connection, entry: ConnectionPoolEntry) -> None:
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, MAX_RECORD_BYTES)
        if not read_only:
            connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA trusted_schema=OFF")

    def begin(connection: Connection) -> None:
        reads = read_only or connection.get_execution_options().get(_READS)
        connection.exec_driver_sql("BEGIN" if reads else "BEGIN IMMEDIATE")

    event.listen(engine, "connect", settle)
    event.listen(engine, "begin", begin)
    return engine


def _check_header(path: Path) -> None:
    try:
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror or error}.") from error
    is_sqlite = len(head) == 100 and head.startswith(b"SQLite format 3\x00")
    if not is_sqlite or int.from_bytes(head[68:72], "big") not in (APPLICATION_ID, 0):
        raise _not_ours(path)


def _require_whole(path: Path, ended_badly: bool) -> None:
    """Refuse to write to a file whose pages do not fit together; large ones are looked at where there is reason to."""
    size = path.stat().st_size if path.exists() else 0
    if not size or (size > CHECKED_BYTES and not ended_badly):
        return
    engine = _engine(path, read_only=True)
    try:
        with engine.connect() as connection:
            # Values that make no sense are told of where they are read; here it is about the pages alone.
            connection.exec_driver_sql("PRAGMA ignore_check_constraints=ON")
            said = connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
    finally:
        engine.dispose()
    if said != "ok":
        raise _damaged(path)


def _check_revision(path: Path) -> None:
    """Refuse, for reading, a file whose tables are not this version's."""
    stored, _ = _look_into(path)
    if stored is None:
        raise _not_ours(path)
    if stored == HEAD:
        return
    if stored in _known_revisions():
        sentence = f"{path.name} was written by an older annodesk and is not brought up to date yet."
        raise StoreError(sentence, "Open it for writing once; a copy is put beside it first.")
    raise _too_new(path)


def _bring_up_to_date(path: Path, *, create: bool) -> None:
    stored, has_tables = _look_into(path) if path.exists() and path.stat().st_size else (None, False)
    # A file without any table was left by a process killed while making it.
    if stored is None and (has_tables or not create):
        raise _not_ours(path)
    if stored == HEAD:
        return
    if stored is not None:
        if stored not in _known_revisions():
            raise _too_new(path)
        copy_beside(path, f"before-{stored}")
    # A migration may rebuild a table that others refer to, so foreign keys are checked at its end, not all along.
    engine = _engine(path, read_only=False, foreign_keys=False)
    try:
        _migrate(engine)
    finally:
        engine.dispose()


def _look_into(path: Path) -> tuple[str | None, bool]:
    """The file's revision and whether it has tables, by a connection that changes nothing: it may be none of ours."""
    engine = _engine(path, read_only=True)
    try:
        with engine.connect() as connection:
            kinds = set(connection.exec_driver_sql("SELECT DISTINCT type FROM sqlite_master").scalars())
            has_tables = bool(kinds)
            # No version of ours makes any; one put in by a stranger would change or hide what is saved.
            if not kinds <= {"table", "index"}:
                sentence = f"{path.name} holds triggers or views, which annodesk never makes."
                raise StoreError(sentence, "Do not trust this file; ask for it anew from where it came.")
            return _stored_revision(connection), has_tables
    finally:
        engine.dispose()


def _not_ours(path: Path) -> StoreError:
    return StoreError(f"{path.name} is not an annodesk file.", "Name a file made by annodesk init.")


def _damaged(path: Path) -> DamagedError:
    hint = f"It is left as it is; save what can be read with: annodesk salvage {path.name}"
    return DamagedError(f"{path.name} is damaged.", hint)


def _not_understood(path: Path) -> StoreError:
    hint = "Restore a copy, or ask for the file anew from where it came; it is left as it is."
    return StoreError(f"{path.name} holds a record that cannot be understood.", hint)


def _too_new(path: Path) -> StoreError:
    sentence = f"{path.name} was written by a newer annodesk (this is {__version__})."
    return StoreError(sentence, "Update annodesk to open it.")


HEAD = "0001"
"""The newest revision of the local schema; a test holds it equal to the migrations'."""


def _stored_revision(connection: Connection) -> str | None:
    known = connection.exec_driver_sql("SELECT 1 FROM sqlite_master WHERE name='alembic_version'").first()
    return connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar() if known else None


def _alembic_config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _known_revisions() -> set[str]:
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_alembic_config()).walk_revisions()}


def _migrate(engine: Engine) -> None:
    from alembic import command

    config = _alembic_config()
    with engine.begin() as connection:
        connection.exec_driver_sql(f"PRAGMA application_id={APPLICATION_ID}")
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        if connection.exec_driver_sql("PRAGMA foreign_key_check").first() is not None:
            raise RuntimeError("A migration left a row that refers to nothing.")


def copy_beside(path: Path, name: str) -> Path:
    """Put a copy of a file beside it, before something is done to it that changes much; returns where it is."""
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
    copy = path.with_name(f"{path.stem}.{name}-{stamp}{path.suffix}")
    if shutil.disk_usage(path.parent).free < 2 * path.stat().st_size:
        raise StoreError(f"There is no room for a copy of {path.name}, which is made first.", "Free some space.")
    source, target = sqlite3.connect(path), sqlite3.connect(copy)
    try:
        source.backup(target)
    except sqlite3.Error as error:
        target.close()
        copy.unlink(missing_ok=True)
        sentence = f"{path.name} cannot be copied, which is done first: {error}."
        raise StoreError(sentence, "The file is left as it was.") from error
    finally:
        source.close()
        target.close()
    return copy


def _lock_path(path: Path) -> Path:
    return path.with_name(path.name + ".lock")


def _holder_path(path: Path) -> Path:
    return path.with_name(path.name + ".holder")


def _write_holder(path: Path) -> None:
    holder = {"pid": os.getpid(), "host": socket.gethostname(), "program": f"annodesk on {platform.system()}"}
    place = _holder_path(path)
    # Never through a link that a stranger put there; who holds the file is a courtesy, the lock does the work.
    with contextlib.suppress(OSError):
        place.unlink(missing_ok=True)
        with open(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644), "w", encoding="utf-8") as file:
            json.dump(holder, file)


def _holder(path: Path) -> str:
    try:
        place = _holder_path(path)
        if not place.is_file():
            return ""
        with place.open(encoding="utf-8") as file:
            holder = json.loads(file.read(1000))
        said = f" by {holder['program']}, process {holder['pid']} on {holder['host']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""
    return said if said.isprintable() else ""


def _busy_hint(path: Path) -> str:
    return "Close the other window first; reading commands still work."


__all__ = ["APPLICATION_ID", "HEAD", "SUFFIX", "Connection", "LocalFile", "open_local", "told"]
