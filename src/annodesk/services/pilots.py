"""What people disagree on in a pilot, or any batch, by clause of the guidelines and pair of labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.clauses import clause_for
from annodesk.model.work import Role
from annodesk.quality.agreement import scored_parts
from annodesk.quality.pilot import ClauseFound, Mean, by_clause, means_of, pairs_of
from annodesk.services.agreeing import GROUP, understood_tallies
from annodesk.store import batches as rows
from annodesk.store import projects, tallies

if TYPE_CHECKING:
    from annodesk.progress import CancelToken
    from annodesk.quality.tally import Tally
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

MOST_ITEMS = 5_000

TALLIES = "select made_at_us, body from annodesk.tallies_of_batch(%s, %s, %s, %s)"
NONE_SCORED = "Nothing to compare yet: no item of it has been labelled by everybody."
SCORES_ALONE = "What people say of single places is told to managers of groups of five and more, and to analysts."


class PilotReport(Struct, frozen=True):
    """What people disagree on in a batch.

    Parameters
    ----------
    items : of these there are labels of everybody
    of : items of the batch, as far as this workstation knows
    parts : how people agree on each part, None where nothing can be compared
    clauses : by clause of the guidelines, the one with most places first; a heading "" has none that speaks of it
    reason : why there is nothing to be read, or only part of it; empty where all is told
    """

    name: str
    version: int
    items: int
    of: int
    parts: Mapping[str, Mean | None]
    clauses: tuple[ClauseFound, ...]
    reason: str = ""

    @property
    def places(self) -> int:
        """At how many places people say different things."""
        return sum(one.places for one in self.clauses)


class Pilots:
    """Reads what a batch shows."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def report(
        self, project_id: str, person_id: str, batch_id: str, *, cancel: CancelToken | None = None
    ) -> PilotReport:
        """What people disagree on in a batch, by clause and pair of labels; may read for long.

        For analysts, and for managers; raises for anybody else. What counts are independent answers (rule 8).
        """
        with self._desk.file.read() as db:
            version = projects.get_version(db, project_id)
            roles = projects.roles_of(db, project_id, person_id)
            batch = next((one for one in projects.list_batches(db, project_id) if one.id == batch_id), None)
            of = sum(rows.items_by_state(db, project_id).get(batch_id, {}).values())
            group = sum(Role.ANNOTATOR in held for _, held in projects.members(db, project_id))
        if batch is None:
            raise WorkflowError("There is no such batch in this project.", "Read the list again.")
        if not roles & {Role.ANALYST, Role.MANAGER}:
            raise WorkflowError("What a pilot shows is for the analysts and managers of a project.", "Ask one of them.")
        parts = scored_parts(version.project.schema)
        told: dict[str, list[Tally]] = {}
        for part, bodies in self._tallied(project_id, batch_id, [part.name for part in parts]).items():
            if cancel is not None:
                cancel.check()
            told[part] = understood_tallies(part, bodies)
        is_whole = Role.ANALYST in roles or group >= GROUP

        def clause_of(a: str, b: str) -> str:
            names = [name for said in (a, b) for name in said.split(" + ")]
            found = clause_for(version.guidelines, *names)
            return "" if found is None else found.heading

        found = [one for part, said in told.items() for one in pairs_of(part, said, clause_of)] if is_whole else []
        items = max((len(said) for said in told.values()), default=0)
        reason = NONE_SCORED if not items else "" if is_whole else SCORES_ALONE
        return PilotReport(batch.name, version.version, items, max(of, items), means_of(told), by_clause(found), reason)

    def _tallied(self, project_id: str, batch_id: str, parts: Sequence[str]) -> dict[str, list[Mapping[str, Any]]]:
        if not self._desk.is_shared:
            with self._desk.file.read() as db:
                return {part: _here(db, batch_id, part) for part in parts}

        def ask(team: Team) -> dict[str, list[Mapping[str, Any]]]:
            asked = {part: team.link.ask(TALLIES, team.project_id, batch_id, part, MOST_ITEMS) for part in parts}
            return {part: [row["body"] for row in found] for part, found in asked.items()}

        return self._sync.with_team(ask)


def _here(db: Connection, batch_id: str, part: str) -> list[Mapping[str, Any]]:
    return list(tallies.of_items(db, rows.items_of(db, batch_id), part).values())
