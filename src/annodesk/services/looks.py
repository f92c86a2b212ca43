"""Who looked at figures of single people, and when: noted in a file of one's own, and told to whom it is about.

A team's server keeps the list, since figures by person are asked of it; what it notes is what people's programs tell
it, so who asks by other means is not on it.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.model.records import LATEST
from annodesk.store import facts, outbox, projects

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync

_LOOKS = "select name, kind, at_us from annodesk.looks_at_people(%s)"

DAY_US = 86_400_000_000
MOST = 200
"""So many looks are kept, the newest; one of a day, a person and a kind is enough."""
MATRICES, ACCURACY = "who takes what for what", "how often answers meet confirmed ones"
NOBODY = "Nobody has looked at figures by person."
NOT_KEPT = "Who looks at figures by person is not kept in this project."


class Look(Struct, frozen=True):
    """Somebody looked at figures by person: who by name, at what, and when last on that day."""

    name: str
    what: str
    at_us: int


class Looks:
    """Looks at figures of single people in this file."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def note(self, project_id: str, by: str, what: str) -> None:
        """Note that somebody was shown everybody's figures; nothing is noted where nothing can be written."""
        if self._desk.file.is_read_only or not self._keeps(project_id):
            return
        now = self._desk.clock()
        with self._desk.file.write() as db:
            kept = _read(facts.fact(db, _name(project_id)))
            same_day = (by, what, now // DAY_US)
            earlier = [one for one in kept if (one[0], one[1], one[2] // DAY_US) != same_day]
            facts.note_fact(db, _name(project_id), json.dumps([*earlier, (by, what, now)][-MOST:]))
            if self._desk.is_shared and len(earlier) == len(kept):
                outbox.ask(db, "look", None, now, what=what)

    def of(self, project_id: str, person_id: str) -> tuple[Look, ...]:
        """Who looked, but oneself; newest first. In a team asked of the server, so it may raise."""
        if self._desk.is_shared:
            rows = self._sync.with_team(lambda team: team.link.ask(_LOOKS, team.project_id))
            return tuple(Look(row["name"] or "somebody", row["kind"], row["at_us"]) for row in rows)
        with self._desk.file.read() as db:
            kept = _read(facts.fact(db, _name(project_id)))
            names = {person.id: person.name for person in projects.list_people(db)}
        return tuple(
            Look(names.get(by, "") or "somebody", what, at_us) for by, what, at_us in reversed(kept) if by != person_id
        )

    def _keeps(self, project_id: str) -> bool:
        with self._desk.file.read() as db:
            return projects.get_version(db, project_id).project.workflow.record_looks


def _name(project_id: str) -> str:
    return f"looks of {project_id}"


def _read(value: str | None) -> list[tuple[str, str, int]]:
    """What was noted; damage is no look."""
    try:
        known: Any = json.loads(value or "[]")
    except ValueError:
        return []
    found = []
    for one in known if isinstance(known, list) else ():
        match one:
            case [str() as by, str() as what, int() as at_us] if 0 <= at_us <= LATEST:
                found.append((by, what, at_us))
    return found
