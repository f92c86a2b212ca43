"""How far the analysts of a project agree with each other: the figures of what was ruled again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.work import RerulingState
from annodesk.services.ruled_again import judges
from annodesk.store import projects, rerulings

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync

MOST = 500
"""Rulings that are looked at, the newest: how analysts agree now is asked, not how they did years ago."""
NOBODY = "There is no other analyst, so no ruling is ruled again."
NONE_YET = "No ruling has been ruled again yet."
_COUNTS = """
select count(*) filter (where state = 'alike') as alike, count(*) as done
  from (select state from annodesk.reruling where project_id = %s and state in ('alike', 'differs', 'decided')
         order by made_at_us desc limit %s) newest
"""


class AnalystsAgree(Struct, frozen=True):
    """How many rulings were ruled again, and how many of them alike; or why there is none."""

    done: int
    alike: int
    sentence: str

    @property
    def share(self) -> float | None:
        """The share ruled alike; not defined where none was ruled again."""
        return self.alike / self.done if self.done else None


class Rerulings:
    """How far the analysts of a project agree."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def figures(self, project_id: str) -> AnalystsAgree:
        """Of the rulings that were ruled again, how many came out alike; in a team the server is asked."""
        if self._desk.is_shared:
            (row,) = self._sync.with_team(lambda team: team.link.ask(_COUNTS, team.project_id, MOST))
            done, alike = int(row["done"]), int(row["alike"])
        else:
            with self._desk.file.read() as db:
                found = rerulings.counts(db, project_id, MOST)
            alike = found.get(RerulingState.ALIKE, 0)
            done = alike + found.get(RerulingState.DIFFERS, 0) + found.get(RerulingState.DECIDED, 0)
        with self._desk.file.read() as db:
            able = sum(judges(roles) for _, roles in projects.members(db, project_id))
        if done:
            of = f"the newest {done}" if done == MOST else str(done)
            return AnalystsAgree(done, alike, f"{alike} of {of} rulings were ruled alike by a second analyst.")
        return AnalystsAgree(0, 0, NOBODY if able < 2 else NONE_YET)
