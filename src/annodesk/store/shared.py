"""Makes, upgrades and compares the schema of the shared database, as its administrator."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

from annodesk.errors import BusyError, StoreError
from annodesk.store import security
from annodesk.store.additions import add_what_is_missing
from annodesk.store.private_server import OLDEST
from annodesk.store.security import SCHEMA
from annodesk.store.shared_tables import metadata

if TYPE_CHECKING:
    from sqlalchemy import Connection

SHARED_HEAD = "0001"
"""The newest revision of the shared schema; a test holds it equal to the migrations'."""

MIGRATIONS = Path(__file__).resolve().parent / "migrations" / "shared"

SCRATCH = "annodesk_check"
"""A schema that ``differences`` makes to compare with, and never keeps."""

_ADVISORY_LOCK = 0x616E6E6F
_LOCK_TIMEOUT = "5s"


def make(db: Connection, *, upgrade_only: bool = False) -> str | None:
    """Make or upgrade schema, roles, functions and policies; returns the revision that stood before.

    One transaction: done as a whole or not at all. Two at once wait for each other, and none waits long for a table.
    """
    with _telling():
        _run(db, f"set local lock_timeout = '{_LOCK_TIMEOUT}'")
        check_version(db)
        if not db.exec_driver_sql(f"select pg_try_advisory_xact_lock({_ADVISORY_LOCK})").scalar():
            raise BusyError("The shared database is being upgraded by somebody else.", "Try again in a minute.")
        before = revision(db)
        if before is None and upgrade_only:
            raise StoreError("This database holds no annodesk yet.", "Make it with: annodesk server init --db URL")
        if before is not None and before not in known_revisions():
            raise StoreError("This database was made by a newer annodesk.", "Update annodesk on this computer.")
        database = str(db.exec_driver_sql("select current_database()").scalar())
        _run(db, security.roles_sql(database))
        _run(db, f"set local role {security.OWNER}")
        _build(db, SCHEMA)
        _run(db, "reset role")
        return before


def check_version(db: Connection) -> None:
    """Refuse a server that is too old."""
    version = int(str(db.exec_driver_sql("show server_version_num").scalar())) // 10000
    if version < OLDEST:
        sentence = f"This server is PostgreSQL {version}; annodesk needs {OLDEST} or newer."
        raise StoreError(sentence, "Ask its administrator for a newer one.")


def revision(db: Connection) -> str | None:
    """The schema's revision, None where the database holds no annodesk."""
    known = db.exec_driver_sql(f"select to_regclass('{SCHEMA}.{security.VERSION_TABLE}') is not null").scalar()
    if not known:
        return None
    return str(db.exec_driver_sql(f"select version_num from {SCHEMA}.{security.VERSION_TABLE}").scalar())


def known_revisions() -> set[str]:
    """Every revision this version knows."""
    from alembic.script import ScriptDirectory

    return {script.revision for script in ScriptDirectory.from_config(_config()).walk_revisions()}


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _build(db: Connection, schema: str) -> None:
    """Bring one schema up to date: its tables by migrations, then all that guards them anew."""
    from alembic import command

    _run(db, f"set local search_path = {schema}")
    _run(db, _in(schema, security.first_sql()))
    config = _config()
    config.attributes["connection"], config.attributes["schema"] = db, schema
    command.upgrade(config, "head")
    add_what_is_missing(db)
    tables = db.exec_driver_sql(f"select tablename from pg_tables where schemaname = '{schema}'").scalars().all()
    _run(db, f"set local search_path = {schema}, pg_temp")
    _run(db, _in(schema, security.security_sql([str(t) for t in tables])))


def _in(schema: str, sql: str) -> str:
    """SQL written for our schema, for another one; names of roles and settings stay."""
    if schema == SCHEMA:
        return sql
    return re.sub(rf"\b{SCHEMA}\b(?!\.project')", schema, sql)


def differences(db: Connection) -> list[str]:
    """Every difference between the live schema, grants and policies and what they should be.

    What they should be is made beside it and rolled back, so that both are told in the server's own words.
    """
    if revision(db) is None:
        return ["This database holds no annodesk."]
    if revision(db) != SHARED_HEAD:
        return [f"The schema is of revision {revision(db)}, this annodesk's is {SHARED_HEAD}."]
    from annodesk.store.catalog import catalog, of_the_cluster

    live = catalog(db, SCHEMA)
    aside = db.begin_nested()
    try:
        _run(db, f"create schema {SCRATCH} authorization {security.OWNER}")
        _run(db, f"set local role {security.OWNER}")
        _build(db, SCRATCH)
        _run(db, "reset role")
        wanted = {
            name.replace(SCRATCH, SCHEMA): text.replace(SCRATCH, SCHEMA) for name, text in catalog(db, SCRATCH).items()
        }
    finally:
        aside.rollback()
    found = [f"{name} is missing." for name in sorted(wanted.keys() - live.keys())]
    found += [f"{name} is not ours: {live[name]}." for name in sorted(live.keys() - wanted.keys())]
    found += [
        f"{name} is {live[name]!r:.300}, should be {wanted[name]!r:.300}."
        for name in sorted(wanted.keys() & live.keys())
        if wanted[name] != live[name]
    ]
    return found + of_the_cluster(db)


def _run(db: Connection, sql: str) -> None:
    """Run statements as they are: per cent signs are not parameters."""
    driver = db.connection.driver_connection
    if driver is None:
        raise StoreError("The connection to the server is gone.", "Try again.")
    driver.execute(sql)


@contextmanager
def _telling() -> Iterator[None]:
    try:
        yield
    except psycopg.errors.LockNotAvailable as error:
        raise BusyError("Somebody works on the tables just now.", "Nothing was changed; try again.") from error
    except psycopg.errors.InsufficientPrivilege as error:
        sentence = "This login may not make or upgrade the shared database."
        raise StoreError(sentence, "Use the administrator's URL, whose login may create roles and schemas.") from error


__all__ = ["SHARED_HEAD", "check_version", "differences", "known_revisions", "make", "metadata", "revision"]
