"""Open disagreements in a team: what people said in items whose sets are not on this computer, and taking reviews."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError, WorkflowError
from annodesk.model.annotations import AnnotationSet, Author, AuthorKind, element_from_json
from annodesk.model.work import ItemState, Role, Stage, Task
from annodesk.services.standing import annotate_task
from annodesk.store import figures, items, projects, tasks
from annodesk.store.line import Refused, ShutOut

if TYPE_CHECKING:
    from annodesk.services.sync import Sync
    from annodesk.store.engine import Connection
    from annodesk.sync.meeting import Team

ITEMS_AT_ONCE = 50

_COUNTED = """
select c.task_id, c.set_id from annodesk.claim c
  join annodesk.slot s on s.project_id = c.project_id and s.claim_id = c.id
 where c.project_id = %s and c.task_id = any(%s) and c.state = 'submitted' order by c.task_id, c.id
"""
_WORK = """
select w.task_id, w.set_id, w.author_kind, w.head, w.body
  from unnest(%s::text[]) as i (id) cross join lateral annodesk.read_work(%s, i.id) w where w.body is not null
"""


class Elsewhere(Struct, frozen=True):
    """A review that waits on the server and is not on this computer; ``sets`` are what was handed in, once fetched."""

    review: Task
    labelled: Task
    title: str
    sets: tuple[AnnotationSet, ...] | None = None

    @property
    def heads(self) -> tuple[object, ...]:
        """What it was fetched as."""
        return tuple((one.id, one.head) for one in self.sets or ())


def waiting_elsewhere(db: Connection, project_id: str, person_id: str) -> list[Elsewhere]:
    """Reviews of the queue whose sets are not here: nobody holds them as far as is known, and this person may.

    The mirror holds their items and tasks alone; whether a place is free the server says when it is taken. Which sets
    count it tells analysts alone: to a manager these are not there.
    """
    if Role.ANALYST not in projects.roles_of(db, project_id, person_id):
        return []
    escalated = figures.open_escalations(db, project_id)
    states, settled = items.item_states(db, project_id), figures.settlements(db, project_id)
    keys = {item.id: item.key for item in items.list_items(db, project_id)}
    found = []
    for review in tasks.list_tasks(db, project_id, Stage.REVIEW):
        if review.item_id not in escalated or states.get(review.item_id) is not ItemState.ESCALATED:
            continue
        if tasks.slots_of(db, review.id) or tasks.claim_of(db, review.id, person_id) is not None:
            continue
        labelled = annotate_task(db, review)
        if labelled.id not in settled and person_id not in tasks.labellers(db, review.item_id):
            found.append(Elsewhere(review, labelled, keys[review.item_id]))
    return found


def fetch(sync: Sync, project_id: str, wanted: Sequence[Elsewhere]) -> list[Elsewhere]:
    """What people said in these, as the server shows it to who judges: their authors are not told.

    The server notes that this person has seen it, so that they are never given one of these items to label.
    """

    def ask(team: Team) -> list[Elsewhere]:
        found = []
        for first in range(0, len(wanted), ITEMS_AT_ONCE):
            page = wanted[first : first + ITEMS_AT_ONCE]
            counted: dict[str, list[str]] = {}
            for row in team.link.ask(_COUNTED, project_id, [one.labelled.id for one in page]):
                counted.setdefault(row["task_id"], []).append(row["set_id"])
            bodies = {
                row["set_id"]: row
                for row in team.link.ask(_WORK, sorted({one.review.item_id for one in page}), project_id)
                if row["author_kind"] == AuthorKind.PERSON.value
            }
            for one in page:
                known = [bodies[i] for i in counted.get(one.labelled.id, ()) if i in bodies]
                found.append(Elsewhere(one.review, one.labelled, one.title, tuple(map(_to_set, known))))
        return found

    return sync.with_team(ask)


def _to_set(row: Mapping[str, object]) -> AnnotationSet:
    body = row["body"]
    assert isinstance(body, dict)
    return AnnotationSet(
        str(row["set_id"]),
        author=Author(AuthorKind.PERSON, ""),
        task_id=str(row["task_id"]),
        head=str(row["head"]) if row["head"] is not None else None,
        elements=[element_from_json(one) for one in body["elements"]],
    )


def take(sync: Sync, project_id: str, task_ids: Sequence[str]) -> dict[str, str]:
    """Take these reviews on the server and bring them here; returns why not, by review, where one was refused."""
    refused: dict[str, str] = {}

    def ask(team: Team) -> None:
        for task_id in task_ids:
            try:
                team.link.ask("select * from annodesk.claim_review(%s, %s)", project_id, task_id)
            except ShutOut:
                raise
            except Refused as error:
                refused[task_id] = error.sentence

    try:
        sync.with_team(ask)
        if len(refused) < len(task_ids):
            sync.catch_up()
    except AnnodeskError as error:
        if isinstance(error, Refused):
            raise
        hint = "Those that you hold already can be ruled; the others when there is a connection again."
        raise WorkflowError(
            f"The server is not reached, and it alone gives reviews out. {error.sentence}", hint
        ) from error
    return refused
