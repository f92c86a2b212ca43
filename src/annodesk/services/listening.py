"""What of each task its author has played; known on this workstation alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from annodesk.model.times import Interval, joined
from annodesk.store import listening

if TYPE_CHECKING:
    from annodesk.services.base import Desk


class Listening:
    """Keeps what was played from one start of the program to the next."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def of(self, set_id: str) -> tuple[Interval, ...]:
        """What was played of a set's task, in order."""
        with self._desk.file.read() as db:
            return listening.heard_of(db, set_id)

    def add(self, set_id: str, stretches: Iterable[Interval]) -> tuple[Interval, ...]:
        """Add to what was played; all of it as it is now."""
        with self._desk.file.write() as db:
            found = joined([*listening.heard_of(db, set_id), *stretches])
            listening.set_heard(db, set_id, found)
        return found
