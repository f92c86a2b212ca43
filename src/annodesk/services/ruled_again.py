"""Some rulings are ruled again by another analyst who does not know it: what becomes of each, and who is shown both.

The item stays in the queue as it was, and what was ruled first is shown to nobody. Rulings alike let the first stand;
where they differ somebody else is shown both and decides.
"""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, Answer
from annodesk.model.ids import new_id
from annodesk.model.outcomes import OutcomeKind, outcome_of
from annodesk.model.schema import RESERVED_NAMES, RULING
from annodesk.model.work import Escalation, Reason, RerulingState, Role, Task
from annodesk.quality.disagreements import find_disagreements
from annodesk.store import figures, projects, rerulings, tasks
from annodesk.workflow.sampling import is_drawn

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.store.engine import Connection
    from annodesk.store.rerulings import Reruling
    from annodesk.store.snapshots import Sets

DIFFERENTLY = "two analysts ruled it differently"
MOST_PLACES = 20


class Stands(Struct, frozen=True):
    """The ruling that stands."""

    set_id: str
    head: str | None


def on_ruling(
    db: Connection, project_id: str, review: Task, labelled: Task, claim: tasks.Claim, head: str | None, now_us: int,
    *, away: Collection[str], sets: Sets, lots: str,
) -> Stands | None:  # fmt: skip
    """What becomes of a ruling that was handed in: it stands, or (None) somebody else rules first.

    Which are drawn is the same wherever it is worked out; with nobody to rule again none is.

    Parameters
    ----------
    away : people who labelled the item, and so do not rule it
    lots : the secret by which the project's lots are drawn: whoever ruled knows the ids, and could tell else
    """
    assert claim.set_id is not None
    known, mine = rerulings.of_task(db, review.id), Stands(claim.set_id, head)
    version = projects.get_version(db, project_id)
    if known is None:
        share = version.project.workflow.rerule_share
        drawn = is_drawn(share, lots, "rerule", claim.set_id, head or "")
        if not drawn or not _others(db, project_id, review, away):
            return mine
        rerulings.draw(db, review.id, claim.set_id, head, now_us)
        tasks.free_slot(db, claim.id)
        return None
    if known.state is RerulingState.WAITING and claim.set_id != known.first_set:
        return _compare(db, project_id, version.project, known, review, labelled, claim, head, now_us, away, sets)
    if known.state in (RerulingState.WAITING, RerulingState.DIFFERS) and claim.set_id in dict(known.sets):
        return None
    if known.state is RerulingState.DIFFERS:
        rerulings.set_state(db, review.id, RerulingState.DECIDED)
    return mine


def both_rulings(db: Connection, labelled: Task, claim: tasks.Claim | None, sets: Sets) -> list[AnnotationSet]:
    """The two rulings that differ, for whoever decides between them; nothing where none do, or for who made them."""
    for review in tasks.tasks_of_item(db, labelled.item_id):
        known = rerulings.of_task(db, review.id) if review.start_us == labelled.start_us else None
        if known is None or known.state not in (RerulingState.DIFFERS, RerulingState.DECIDED):
            continue
        if known.second_set is None or (claim is not None and claim.set_id in (known.first_set, known.second_set)):
            continue
        return [sets.set_at(db, set_id, head) for set_id, head in known.sets]
    return []


def _compare(
    db: Connection, project_id: str, project: Project, known: Reruling, review: Task, labelled: Task,
    claim: tasks.Claim, head: str | None, now_us: int, away: Collection[str], sets: Sets,
) -> Stands | None:  # fmt: skip
    assert claim.set_id is not None
    second = {"second_set": claim.set_id, "second_head": head}
    labelled_sets = [one.set_id for one in tasks.submitted_claims(db, labelled.id) if one.set_id is not None]
    handed_in = [one.made_at_us for set_id in labelled_sets for one in tasks.submissions_of(db, set_id)]
    if any(at_us > known.made_at_us for at_us in handed_in):
        # What was ruled first was about other work: it is no measure of this one.
        rerulings.set_state(db, review.id, RerulingState.VOID)
        return Stands(claim.set_id, head)
    rulings = [sets.set_at(db, *one) for one in ((known.first_set, known.first_head), (claim.set_id, head))]
    places = find_disagreements(project.schema, [_said(one) for one in rulings])
    if not places and _outcomes(rulings[0]) == _outcomes(rulings[1]):
        rerulings.set_state(db, review.id, RerulingState.ALIKE, **second)
        _give_place(db, claim, known.first_set)
        return Stands(known.first_set, known.first_head)
    if not _others(db, project_id, review, away):
        rerulings.set_state(db, review.id, RerulingState.DECIDED, **second)
        _give_place(db, claim, known.first_set)
        return Stands(known.first_set, known.first_head)
    rerulings.set_state(db, review.id, RerulingState.DIFFERS, **second)
    tasks.free_slot(db, claim.id)
    culprit = places[0].part if places else ""
    evidence = {"why": DIFFERENTLY, "places": [place.where for place in places][:MOST_PLACES]}
    raised = Escalation(new_id(), review.item_id, Reason.LOW_AGREEMENT, culprit, evidence=evidence)
    figures.add_escalation(db, raised, None, now_us)
    return None


def _give_place(db: Connection, claim: tasks.Claim, set_id: str) -> None:
    """The first ruling has its place again, and the second, which has been compared, has none."""
    slot = next(one for one in tasks.slots_of(db, claim.task_id) if one.set_id == claim.set_id)
    tasks.free_slot(db, claim.id)
    tasks.take_slot(db, slot.id, tasks.claim_of_set(db, set_id).id)


def _others(db: Connection, project_id: str, review: Task, away: Collection[str]) -> bool:
    """Whether somebody is left who may rule, and has neither labelled nor ruled it."""
    ruled = {claim.person_id for claim in tasks.claims_of_task(db, review.id)}
    members = projects.members(db, project_id)
    return any(person.id not in {*away, *ruled} and judges(roles) for person, roles in members)


def judges(roles: Collection[Role]) -> bool:
    """Whether somebody of these roles rules."""
    return Role.ANALYST in roles or Role.MANAGER in roles


def _outcomes(ruling: AnnotationSet) -> dict[str, OutcomeKind]:
    """Where a ruling says that there is no one answer, and why."""
    found = {a.target: outcome_of(a.value) for a in ruling.answers() if a.question == RULING}
    return {target: one.kind for target, one in found.items() if one is not None}


def _said(ruling: AnnotationSet) -> AnnotationSet:
    """A ruling without the notes of how it was made."""
    return ruling.with_elements(e for e in ruling if not (isinstance(e, Answer) and e.question in RESERVED_NAMES))
