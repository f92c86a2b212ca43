"""Queues that cannot be finished, as they stand in a project's figures, where the first page of the desk reads them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from annodesk.store import projects
from annodesk.store.cells import MANY, STARVED, part_of
from annodesk.workflow.starved import starved

if TYPE_CHECKING:
    from annodesk.model.terms import Standings
    from annodesk.services.places import Place
    from annodesk.store.engine import Connection
    from annodesk.workflow.able import Members
    from annodesk.workflow.routing import Opening

_LONGEST_CODE, OTHER_SKILL = 12, "another language"


def keep_starved(
    db: Connection,
    place: Place,
    project_id: str,
    queues: Iterable[tuple[Opening, int]],
    members: Members,
    agreed: Standings,
) -> None:
    """Make those queues the project's figures; ``queues`` as for ``starved``."""
    rows = starved(queues, members, agreed)
    known = {skill.name for person, _ in members for skill in person.skills}
    # What the project's managers wrote themselves.
    known |= {need.name for batch in projects.list_batches(db, project_id) for need in batch.needs}
    named = [(part_of(*(_skill_name(need, known) for need in row.needs)), row) for row in rows]
    values = {part: (row.tasks, row.people * MANY + row.missing) for part, row in named}
    place.keep_figures(db, project_id, STARVED, values)


def _skill_name(need: str, known: Collection[str]) -> str:
    """A skill as it may stand in figures: a language comes from an item's metadata, and no words of those are kept."""
    is_code = len(need) <= _LONGEST_CODE and need.replace("-", "").replace("_", "").isalnum()
    return need if is_code or need in known else OTHER_SKILL
