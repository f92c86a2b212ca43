"""Private bookmarks: places in an item that one person wants to find again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from annodesk.model.ids import new_id
from annodesk.model.work import Bookmark
from annodesk.store import bookmarks

if TYPE_CHECKING:
    from annodesk.services.base import Desk


class Bookmarks:
    """A person's own bookmarks; no service answers one person with another's."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, item_id: str, person_id: str) -> tuple[Bookmark, ...]:
        """A person's bookmarks in an item, in the order of time."""
        with self._desk.file.read() as db:
            return bookmarks.bookmarks_of(db, item_id, person_id)

    def add(
        self, item_id: str, person_id: str, time_us: int, note: str = "", element_id: str | None = None
    ) -> tuple[Bookmark, ...]:
        """Set a bookmark at a time or at a segment; the person's bookmarks as they are now."""
        made = Bookmark(new_id(), item_id, person_id, time_us, note.strip(), element_id, self._desk.clock())
        with self._desk.file.write() as db:
            bookmarks.add_bookmark(db, made)
            return bookmarks.bookmarks_of(db, item_id, person_id)

    def remove(self, bookmark: Bookmark) -> tuple[Bookmark, ...]:
        """Take a bookmark away; those that are left."""
        with self._desk.file.write() as db:
            bookmarks.remove_bookmark(db, bookmark.id, bookmark.person_id)
            return bookmarks.bookmarks_of(db, bookmark.item_id, bookmark.person_id)
