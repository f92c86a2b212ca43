"""Makes a local file whose project was published the file of whoever published it: from now on it syncs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, delete, func, select, update
from sqlalchemy.dialects.sqlite import insert as insert_or_leave

from annodesk.store import facts, local_tables
from annodesk.store import tables as t
from annodesk.store.journal import ACKNOWLEDGED, PENDING

if TYPE_CHECKING:
    from annodesk.store.facts import Joined

_NAMING = ("author_id", "person_id", "confirmed_by", "by")
"""Columns that name a person."""

_DESCRIBING = ("person_name", "person_skill", "membership")
"""Tables that say who somebody is: what the server says of the new id stands."""


def last_position(db: Connection) -> int:
    """Where the journal ends now."""
    return int(db.execute(select(func.max(local_tables.journal.c.position))).scalar() or 0)


def adopt(db: Connection, where: Joined, *, as_person: str | None, until: int) -> None:
    """Tie the file to what was published of it.

    Parameters
    ----------
    as_person : id of the local person whose work is the publisher's own there; it is called by their id from now on
    until : the place of the journal up to which all was brought
    """
    db.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
    db.execute(insert_or_leave(t.person).values(id=where.person_id, made_at_us=0).on_conflict_do_nothing())
    if as_person is not None and as_person != where.person_id:
        _rename(db, as_person, where.person_id)
    brought = (local_tables.journal.c.position <= until) & (local_tables.journal.c.outbox == PENDING)
    db.execute(update(local_tables.journal).where(brought).values(outbox=ACKNOWLEDGED))
    facts.note_joined(db, where)


def _rename(db: Connection, before: str, after: str) -> None:
    for table in t.metadata.sorted_tables:
        for name in _NAMING:
            if name not in table.c:
                continue
            is_theirs = table.c[name] == before
            if table.name in _DESCRIBING:
                known = db.execute(select(table.c[name]).where(table.c[name] == after)).first()
                if known is not None:
                    db.execute(delete(table).where(is_theirs))
                    continue
            db.execute(update(table).where(is_theirs).values({name: after}))
    db.execute(delete(t.person).where(t.person.c.id == before))
