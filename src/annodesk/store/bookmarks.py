"""A person's bookmarks: rows in, out and away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, insert, select

from annodesk.model.work import Bookmark
from annodesk.store.local_tables import bookmark

if TYPE_CHECKING:
    from annodesk.store.engine import Connection


def add_bookmark(db: Connection, what: Bookmark) -> None:
    """Keep a bookmark."""
    db.execute(
        insert(bookmark).values(
            id=what.id,
            item_id=what.item_id,
            person_id=what.person_id,
            time_us=what.time_us,
            note=what.note,
            element_id=what.element_id,
            made_at_us=what.made_at_us,
        )
    )


def remove_bookmark(db: Connection, bookmark_id: str, person_id: str) -> None:
    """Forget a bookmark of this person; nobody can remove another's."""
    db.execute(delete(bookmark).where(bookmark.c.id == bookmark_id, bookmark.c.person_id == person_id))


def bookmarks_of(db: Connection, item_id: str, person_id: str) -> tuple[Bookmark, ...]:
    """A person's bookmarks in an item, in the order of time."""
    query = select(bookmark).where(bookmark.c.item_id == item_id, bookmark.c.person_id == person_id)
    rows = db.execute(query.order_by(bookmark.c.time_us, bookmark.c.id))
    return tuple(Bookmark(r.id, r.item_id, r.person_id, r.time_us, r.note, r.element_id, r.made_at_us) for r in rows)
