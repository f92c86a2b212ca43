"""The secret by which a project's lots are drawn: who knows it could compute which of their tasks are audits.

In a team the worker makes it, and nobody else can read it; alone it lies in the file.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, select
from sqlalchemy.dialects.postgresql import insert

from annodesk.store import facts
from annodesk.store.shared_tables import lot

_OF_PROJECT = "lots of "
"""Fact of a local file, before a project's id."""


def local_secret(db: Connection, project_id: str) -> str | None:
    """A local project's; None where none has been made yet."""
    return facts.fact(db, _OF_PROJECT + project_id)


def make_local_secret(db: Connection, project_id: str) -> str:
    """A local project's, made where there is none."""
    known = local_secret(db, project_id)
    if known is None:
        known = secrets.token_hex()
        facts.note_fact(db, _OF_PROJECT + project_id, known)
    return known


def team_secret(db: Connection) -> str:
    """That of the project the worker works on now; of workers who all make one the first one's holds."""
    asked = select(lot.c.secret)
    known = db.execute(asked).scalar()
    if known is None:
        db.execute(insert(lot).on_conflict_do_nothing(), {"secret": secrets.token_hex()})
        known = db.execute(asked).scalar_one()
    return str(known)
