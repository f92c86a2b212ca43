"""A review that goes on after its item came back to it: what all agree on now is filled in, the rest is ruled anew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from annodesk.model.annotations import AnnotationSet, Answer, Change, Element
from annodesk.model.edits import Draft, Edit, set_answer
from annodesk.model.outcomes import WHOLE, is_outcome
from annodesk.model.schema import PIN, RULING, TOLD, LabelSchema
from annodesk.model.work import ItemState, Task
from annodesk.quality import rulings
from annodesk.quality.consensus import merge_agreed
from annodesk.quality.disagreements import find_disagreements
from annodesk.services.editing import EditingSession
from annodesk.services.standing import LETTERS, ReviewLane
from annodesk.store import figures, journal

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection
    from annodesk.store.tasks import Claim

VERB = "begin again with what all agree on"


def go_on(
    db: Connection, desk: Desk, review: Task, claim: Claim, lanes: Sequence[ReviewLane], schema: LabelSchema
) -> None:
    """Fit a reviewer's set to what has been handed in again since they took the review; done once for each time."""
    since = figures.state_since(db, review.item_id)
    if claim.set_id is None or since <= claim.made_at_us:
        return
    annotations, edits = journal.get_set(db, claim.set_id), journal.edits_of(db, claim.set_id)
    verb = f"{VERB} {since}"
    is_new = figures.item_state(db, review.item_id) is ItemState.ESCALATED and all(one.verb != verb for one in edits)
    if annotations.head is None or not is_new:
        return
    edit = _stage(db, desk, annotations, edits, Draft(verb, fitted(schema, annotations, lanes).changes), schema)
    if edit is not None:
        journal.record(db, edit)


def fitted(schema: LabelSchema, annotations: AnnotationSet, lanes: Sequence[ReviewLane]) -> Draft:
    """The gesture after which a set holds what all sides share now, and what was ruled for a side where it still fits.

    What the reviewer drew in their own hand is to be looked at again; what they say to the annotators stays.
    """
    sets = [lane.annotations for lane in lanes]
    ruled = {one.target: str(one.value) for one in annotations.answers() if one.question == RULING}
    known = {WHOLE, *(place.key for place in find_disagreements(schema, sets))}
    said = [e for e in annotations if isinstance(e, Answer) and e.question in (TOLD, PIN)]
    said += [e for e in annotations if is_outcome(e) and e.target in known]
    now = annotations.with_elements([*merge_agreed(schema, sets), *said])
    for place in find_disagreements(schema, sets):
        letter = ruled.get(place.key, "")
        if letter in {lane.letter for lane in lanes}:
            now = _after(now, rulings.take(schema, now, place, sets, LETTERS.index(letter)))
            now = _after(now, set_answer(now, RULING, letter, target=place.key))
    before: dict[str, Element] = {element.id: element for element in annotations}
    after: dict[str, Element] = {element.id: element for element in now}
    changes = [Change(before.get(i), after.get(i)) for i in {**before, **after} if before.get(i) != after.get(i)]
    return Draft(VERB, tuple(changes))


def _after(annotations: AnnotationSet, draft: Draft) -> AnnotationSet:
    gone = {change.before.id for change in draft.changes if change.before is not None}
    put = [change.after for change in draft.changes if change.after is not None]
    return annotations.with_elements([*(e for e in annotations if e.id not in gone), *put])


def _stage(
    db: Connection, desk: Desk, annotations: AnnotationSet, edits: Sequence[Edit], draft: Draft, schema: LabelSchema
) -> Edit | None:
    session = EditingSession(
        schema,
        annotations,
        edits,
        device=desk.device,
        device_seq=desk.numbers.after(journal.next_device_seq(db, desk.device)),
        within=None,
        clock=desk.clock,
        server_offset_us=desk.server_clock,
    )
    return session.stage(draft) if draft.changes else None
