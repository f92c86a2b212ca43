"""Notes which items something happened to, so that the figures of a file that stands alone follow.

On a server the functions that decide, and the worker, note it themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import Connection, insert, select

from annodesk.store import tables as t
from annodesk.store.local_tables import recount

if TYPE_CHECKING:
    from sqlalchemy.sql.expression import Executable


def note_item(db: Connection, item_id: str) -> None:
    """Something happened to an item."""
    _note(db, insert(recount).values(item_id=item_id).inline())


def note_task(db: Connection, task_id: str) -> None:
    """Something happened to the item of a task."""
    _note(db, insert(recount).from_select(["item_id"], select(t.task.c.item_id).where(t.task.c.id == task_id)))


def note_set(db: Connection, set_id: str) -> None:
    """Something happened to the item of a set."""
    of = select(t.task.c.item_id).join(t.annotation_set, t.annotation_set.c.task_id == t.task.c.id)
    _note(db, insert(recount).from_select(["item_id"], of.where(t.annotation_set.c.id == set_id)))


def _note(db: Connection, statement: Executable) -> None:
    if db.dialect.name == "sqlite":
        db.execute(statement)
