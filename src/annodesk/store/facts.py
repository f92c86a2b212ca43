"""Facts about a local file as a whole: rows in and out."""

from __future__ import annotations

from sqlalchemy import Connection, delete, insert, select

from annodesk.model.records import LATEST
from annodesk.store.local_tables import file_fact

SERVER_OFFSET = "server_offset_us"
"""Fact: how far the database's clock was ahead of this computer's when they last met."""


def fact(db: Connection, name: str) -> str | None:
    """A fact by its name; None where nobody has noted it."""
    return db.execute(select(file_fact.c.value).where(file_fact.c.name == name)).scalar()


def note_fact(db: Connection, name: str, value: str) -> None:
    """Note a fact in place of what was known."""
    db.execute(delete(file_fact).where(file_fact.c.name == name))
    db.execute(insert(file_fact).values(name=name, value=value))


def server_offset_us(db: Connection) -> int | None:
    """The last known difference of the database's clock to this one; None where what is noted is no number."""
    known = fact(db, SERVER_OFFSET)
    try:
        offset_us = None if known is None else int(known)
    except ValueError:
        return None
    return offset_us if offset_us is None or abs(offset_us) <= LATEST else None
