"""What others said about a task that is settled, shown beside one's own answer where the project allows it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, AuthorKind
from annodesk.model.work import ItemState, SlotState, Task
from annodesk.store import figures, journal, tasks, told

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.store.engine import Connection

STANDS = "what stands"
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class OthersLane(Struct, frozen=True):
    """One other's answer, without a name; ``title`` is a letter, or says that it is what stands."""

    title: str
    annotations: AnnotationSet


def others_lanes(
    db: Connection, task: Task, claim: tasks.Claim, project: Project, *, is_shared: bool
) -> tuple[OthersLane, ...]:
    """Others' sets on a task that one has handed in, those of people first; none before it is settled.

    In a team's file only what the server has shown is here at all. Alone the item's own state decides.
    """
    if claim.state is not SlotState.SUBMITTED or project.workflow.see_others != "settled":
        return ()
    if not is_shared and figures.item_state(db, task.item_id) is not ItemState.SETTLED:
        return ()
    found = journal.sets_of_task(db, task.id, AuthorKind.PERSON, AuthorKind.CONSENSUS, AuthorKind.ADJUDICATOR)
    found += [made for made in _reviews(db, task) if len(made)]
    handed_in = {one.set_id for one in tasks.submitted_claims(db, task.id)}
    people = [
        made
        for made in found
        if made.author.kind is AuthorKind.PERSON
        and made.id != claim.set_id
        and (made.id in handed_in or (is_shared and made.author.id in _LETTERS))
    ]
    standing = [made for made in found if made.author.kind is AuthorKind.CONSENSUS]
    # Of several rulings one stands; a server shows no other.
    ruled = told.adjudicated(db, task.id)
    standing += [
        made
        for made in found
        if made.author.kind is AuthorKind.ADJUDICATOR and (is_shared or (ruled is not None and made.id == ruled[0]))
    ]
    letters = [made.author.id if is_shared else _LETTERS[n % 26] for n, made in enumerate(people)]
    lanes = [OthersLane(letter, made) for letter, made in zip(letters, people, strict=True)]
    # An adjudication comes after what people agreed on, and is what stands.
    return (*lanes, *(OthersLane(STANDS, made) for made in standing[-1:]))


def _reviews(db: Connection, task: Task) -> list[AnnotationSet]:
    reviews = [
        one for one in tasks.tasks_of_item(db, task.item_id) if one.id != task.id and one.start_us == task.start_us
    ]
    return [made for one in reviews for made in journal.sets_of_task(db, one.id, AuthorKind.ADJUDICATOR)]
