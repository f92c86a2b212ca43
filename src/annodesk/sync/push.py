"""Sends the journal's own Edits, oldest first; sending one twice changes nothing."""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.store import outbox

if TYPE_CHECKING:
    from annodesk.store.engine import LocalFile
    from annodesk.store.outbox import WaitingEdits
    from annodesk.sync.meeting import Team

PAGE = 500
"""So many Edits go in one transaction."""
PAGE_CHARS = 8 << 20
"""And not many more characters than these."""
ATTENDED_PAGE, REST = 100, 3.0
"""Where somebody works beside it a transaction is smaller, and after each nothing is sent for so many times as long:
who sends a week of work shares Python's lock with the window."""
LONGEST_REST_S = 0.2

INSERT = """
insert into annodesk.edit (project_id, set_id, id, author_id, device, device_seq, parents, undoes, format,
                           project_version, elapsed_us, made_at_us, server_offset_us, body)
select %s, e.set_id, e.id, %s, e.device, e.device_seq, e.parents, e.undoes, e.format,
       e.project_version, e.elapsed_us, e.made_at_us, e.server_offset_us, e.body
  from json_to_recordset(%s::json) as e (set_id text, id text, device text, device_seq int, parents json, undoes text,
       format int, project_version int, elapsed_us bigint, made_at_us bigint, server_offset_us bigint, body json)
on conflict do nothing
"""


class Pusher(Struct):
    """Sends what waits; sets that the server does not know are left for the person to be told of.

    ``pushes`` counts for each set how often the feed was told of Edits from here; ``is_attended`` says that somebody
    works at this computer meanwhile.
    """

    file: LocalFile
    team: Team
    is_attended: bool = False
    pushed: int = 0
    pushes: Counter[str] = field(default_factory=Counter)
    unknown_sets: set[str] = field(default_factory=set)
    _known_sets: set[str] = field(default_factory=set)

    def edits(self, until: int | None = None) -> None:
        """Send Edits up to a place of the journal, all where none is named."""
        most = ATTENDED_PAGE if self.is_attended else PAGE
        while True:
            began = time.monotonic()
            with self.file.read() as db:
                page = outbox.waiting_edits(
                    db,
                    self.team.project_id,
                    most=most,
                    most_chars=PAGE_CHARS,
                    until=until,
                    not_of=self.unknown_sets,
                )
            if not page.positions:
                return
            if self._know(page):
                self._send(page)
            if self.is_attended and len(page.positions) == most:
                time.sleep(min(LONGEST_REST_S, REST * (time.monotonic() - began)))

    def forget(self, set_ids: set[str]) -> None:
        """Ask anew whether the server knows these sets."""
        self.unknown_sets -= set_ids
        self._known_sets -= set_ids

    def _know(self, page: WaitingEdits) -> bool:
        asked = [one for one in sorted(page.sets) if one not in self._known_sets]
        if asked:
            found = self.team.link.ask(
                "select id from annodesk.annotation_set where project_id = %s and id = any(%s) and author_id = %s",
                *(self.team.project_id, asked, self.team.me),
            )
            self._known_sets.update(row["id"] for row in found)
            self.unknown_sets.update(set(asked) - self._known_sets)
        return not self.unknown_sets.intersection(page.sets)

    def _send(self, page: WaitingEdits) -> None:
        team = self.team
        with team.link.transaction():
            team.link.ask(INSERT, team.project_id, team.me, f"[{','.join(page.texts)}]")
            team.link.ask("select annodesk.pushed(%s, %s)", team.project_id, sorted(page.sets))
        with self.file.write() as db:
            outbox.acknowledge(db, page.positions)
        self.pushes.update(page.sets)
        self.pushed += len(page.positions)
