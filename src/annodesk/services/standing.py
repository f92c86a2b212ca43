"""What was handed in, as it stands, and letting an adjudication stand: at the desk and in a team."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.annotations import BY_PERSON, AnnotationSet, Answer, Element, UnknownElement
from annodesk.model.outcomes import excludes_item, ruling_word
from annodesk.model.rules import require, submit_problems
from annodesk.model.schema import RESERVED_NAMES, RULING
from annodesk.model.times import Interval
from annodesk.model.work import ItemState, SettledBy, SlotState, Stage, Task
from annodesk.quality.disagreements import find_disagreements
from annodesk.services import ruled_again
from annodesk.services.base import rng_of
from annodesk.services.beside import note_beside
from annodesk.services.ruled_again import Stands
from annodesk.store import figures, inquiries, journal, projects, tasks, told
from annodesk.store.figures import Settlement
from annodesk.workflow import states
from annodesk.workflow.review import require_ruled

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class ReviewLane(Struct, frozen=True):
    """One side's answer; names are hidden and the order is the item's own shuffle."""

    letter: str
    annotations: AnnotationSet


def standing_sets(
    db: Connection, task_id: str, *, until_us: int | None = None, sets: Sets = journal
) -> list[AnnotationSet]:
    """A task's sets as they were handed in last (until a time): what its answer is made of, and what a reviewer sees.

    Agreement is about what people said first and by themselves (``independence``); the answer is what they say now.
    """
    found = []
    for claim in tasks.submitted_claims(db, task_id):
        if claim.set_id is not None:
            handed_in = [
                s for s in tasks.submissions_of(db, claim.set_id) if until_us is None or s.made_at_us <= until_us
            ]
            if handed_in:
                found.append(sets.set_at(db, claim.set_id, handed_in[-1].head))
    return found


def review_lanes(
    db: Connection, labelled: Task, claim: tasks.Claim | None, *, sets: Sets = journal
) -> tuple[ReviewLane, ...]:
    """The sides of a review, in the order of letters that the task has on every computer."""
    both = ruled_again.both_rulings(db, labelled, claim, sets)
    if both:
        return as_lanes(labelled, both)
    # What comes in while a review goes on must not exchange the letters of its sides; what was returned and handed in
    # again has brought the item to review once more since.
    until_us = None if claim is None else max(claim.made_at_us, figures.state_since(db, labelled.item_id))
    found = standing_sets(db, labelled.id, until_us=until_us, sets=sets)
    return as_lanes(labelled, found)


def as_lanes(labelled: Task, found: Sequence[AnnotationSet]) -> tuple[ReviewLane, ...]:
    """What was handed in for a task, in the order of claims, as sides with letters."""
    found = list(found)
    rng_of("lanes", labelled.id).shuffle(found)
    return tuple(ReviewLane(LETTERS[n], s.with_elements(_blinded(s))) for n, s in enumerate(found))


def require_all_ruled(project: Project, annotations: AnnotationSet, lanes: Sequence[ReviewLane], review: Task) -> None:
    """Refuse an adjudication in which a disagreement is not ruled, or that is not whole.

    Of an item that is left out as a whole nothing more is asked.
    """
    if not excludes_item(annotations):
        places = find_disagreements(project.schema, [lane.annotations for lane in lanes])
        given = {a.target: ruling_word(a.value) for a in annotations.answers() if a.question == RULING}
        require_ruled({place.key: place.where for place in places}, given, [lane.letter for lane in lanes])
    require(submit_problems(project.schema, annotations, Interval(review.start_us, review.end_us)))


def let_stand(
    db: Connection, project_id: str, review: Task, labelled: Task, claim: tasks.Claim, head: str | None, now_us: int,
    *, sets: Sets = journal, lots: str | None,
) -> int:  # fmt: skip
    """Let an adjudication be a task's answer; returns how many parts of its item wait; with none it is settled.

    Nothing waits either, as far as who ruled it is told, where somebody else is to rule it too.

    Parameters
    ----------
    lots : the project's secret, by which that is drawn; None on a workstation of a team, where it is not decided
    """
    assert claim.set_id is not None
    if any(told.disputes(db, review.item_id, labelled.id)[:1]) and told.has_ruled(db, labelled.id, claim.person_id):
        raise WorkflowError("You ruled on this before, and it was disputed.", "Another analyst rules it again.")
    by, away = SettledBy.ADJUDICATION, tasks.labellers(db, review.item_id)
    stands: Stands | None = Stands(claim.set_id, head)
    if lots is not None:
        stands = ruled_again.on_ruling(
            db, project_id, review, labelled, claim, head, now_us, away=away, sets=sets, lots=lots
        )
    if stands is None:
        return 0
    figures.settle(db, Settlement(labelled.id, stands.set_id, stands.head, by, now_us))
    if lots is not None:
        note_beside(db, project_id, review.item_id, now_us, sets)
    parts = [task.id for task in tasks.tasks_of_item(db, review.item_id, Stage.ANNOTATE)]
    waiting = set(parts) - figures.settled_tasks(db, parts)
    if not waiting:
        states.move_item(
            figures.item_state(db, review.item_id),
            ItemState.SETTLED,
            by=claim.person_id,
            roles=projects.roles_of(db, project_id, claim.person_id),
            settled_by=by,
            labelled_by=tasks.labellers(db, review.item_id),
        )
        figures.set_item_state(db, review.item_id, ItemState.SETTLED, claim.person_id, now_us)
        figures.close_escalations(db, review.item_id, now_us)
        end_questions(db, review.item_id, now_us)
    return len(waiting)


def end_questions(db: Connection, item_id: str, now_us: int) -> None:
    """An item is settled: whoever waits for an answer about it waits no more, and their place is given back."""
    for task_id, person_id in inquiries.waiting_people(db, item_id):
        claim = tasks.claim_of(db, task_id, person_id)
        if claim is not None and claim.state is SlotState.PARKED:
            tasks.set_claim_state(db, claim, SlotState.EXPIRED, states.COORDINATOR, now_us, note=claim.note)
            tasks.free_slot(db, claim.id)


def annotate_task(db: Connection, review: Task) -> Task:
    """The task that a review is about."""
    for task in tasks.tasks_of_item(db, review.item_id, Stage.ANNOTATE):
        if task.start_us == review.start_us:
            return task
    raise WorkflowError("This review belongs to no task.")


def _blinded(annotations: AnnotationSet) -> Iterator[Element]:
    """A side's elements without what they were taken from: a probability would tell the model's answer."""
    for element in annotations:
        if isinstance(element, Answer) and element.question in RESERVED_NAMES:
            continue
        yield element if isinstance(element, UnknownElement) else replace(element, origin=BY_PERSON)
