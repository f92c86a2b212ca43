"""Facts about a local file as a whole: rows in and out."""

from __future__ import annotations

from msgspec import Struct
from sqlalchemy import Connection, delete, insert, select

from annodesk.model.records import LATEST
from annodesk.store.local_tables import file_fact

SERVER_OFFSET = "server_offset_us"
"""Fact: how far the database's clock was ahead of this computer's when they last met."""

_JOINED = ("team_url", "team_project", "team_person")


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


class Joined(Struct, frozen=True):
    """Which project of which shared database a local file belongs to, and as whom; never with a password."""

    url: str
    project_id: str
    person_id: str


def joined(db: Connection) -> Joined | None:
    """Where a local file belongs; None where it stands alone."""
    found = [fact(db, name) for name in _JOINED]
    return None if None in found else Joined(*(str(value) for value in found))


def note_joined(db: Connection, where: Joined) -> None:
    """Tie a local file to one project of a shared database and to one person."""
    for name, value in zip(_JOINED, (where.url, where.project_id, where.person_id), strict=True):
        note_fact(db, name, value)


def facts_like(db: Connection, prefix: str) -> dict[str, str]:
    """All facts whose names begin so, by what follows."""
    rows = db.execute(select(file_fact).where(file_fact.c.name.startswith(prefix, autoescape=True)))
    return {row.name.removeprefix(prefix): row.value for row in rows}


def forget_facts(db: Connection, prefix: str) -> None:
    """Know nothing more of all whose names begin so."""
    db.execute(delete(file_fact).where(file_fact.c.name.startswith(prefix, autoescape=True)))
