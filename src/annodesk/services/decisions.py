"""Rulings on places of a review: each a gesture in the analyst's own set, and what their set says was ruled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from msgspec.structs import replace

from annodesk.errors import WorkflowError
from annodesk.model.edits import Draft, combine, set_answer
from annodesk.model.outcomes import WHOLE, Outcome, OutcomeKind, outcome_of, ruling_word
from annodesk.model.schema import RULING
from annodesk.quality import rulings
from annodesk.quality.outcomes import outcome_at
from annodesk.services.standing import LETTERS

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet
    from annodesk.quality.disagreements import Disagreement
    from annodesk.services.review import ReviewWork

OWN, NEITHER = "own", "neither"


def ruled_keys(annotations: AnnotationSet) -> frozenset[str]:
    """Keys of the disagreements that a reviewer's set has ruled."""
    return frozenset(a.target for a in annotations.answers() if a.question == RULING and ruling_word(a.value))


def ruling(annotations: AnnotationSet, disagreement: Disagreement) -> str:
    """What was ruled at a disagreement: a letter, ``own``, ``neither``, an outcome's kind, or an empty text."""
    found = annotations.answer(RULING, disagreement.key)
    return ruling_word(found.value) if found else ""


def outcome(annotations: AnnotationSet, disagreement: Disagreement | None = None) -> Outcome | None:
    """Why there is no one answer at a place, or (of none) for the whole item; None where nothing of that was ruled."""
    found = annotations.answer(RULING, disagreement.key if disagreement is not None else WHOLE)
    return outcome_of(found.value) if found else None


def unruled(disagreements: Sequence[Disagreement], annotations: AnnotationSet) -> list[Disagreement]:
    """Disagreements still to be ruled, in order."""
    ruled = ruled_keys(annotations)
    return [d for d in disagreements if d.key not in ruled]


def take(work: ReviewWork, disagreement: Disagreement, letter: str) -> Draft:
    """Rule for one side: its answer at this place, in place of whatever stands there, and the ruling itself."""
    return _ruled(work, disagreement, letter, _brought(work, disagreement, LETTERS.index(letter)))


def average(work: ReviewWork, disagreement: Disagreement) -> Draft:
    """Rule for the middle between two positions of one edge; refused where the place is not one edge."""
    sets = [lane.annotations for lane in work.lanes]
    found = rulings.average(work.project.schema, work.session.annotations, disagreement, sets)
    if found is None:
        raise WorkflowError("There is no edge to average here.", "Take a side, or draw your own.")
    return _ruled(work, disagreement, OWN, found)


def fill(work: ReviewWork, disagreement: Disagreement, *labels: str) -> Draft:
    """Rule that one segment with these labels fills the place; refused where the place is no stretch of a tier."""
    found = rulings.fill(work.project.schema, work.session.annotations, disagreement, labels)
    if found is None:
        raise WorkflowError("This place cannot be filled at once.", "Draw your own.")
    return _ruled(work, disagreement, OWN, found)


def own(work: ReviewWork, disagreement: Disagreement, *drafts: Draft) -> Draft:
    """Rule that the analyst's own answer stands here; what else the gesture did comes along."""
    return _ruled(work, disagreement, OWN, *drafts)


def clear(work: ReviewWork, disagreement: Disagreement) -> Draft:
    """Neither side: empty the place, so that the analyst can draw there."""
    return _ruled(work, disagreement, NEITHER, _brought(work, disagreement, None))


def no_one_answer(work: ReviewWork, disagreement: Disagreement, kind: OutcomeKind, reason: str = "") -> Draft:
    """Rule that a place has no one answer: it is emptied, and what was said there is kept where it is acceptable."""
    value = outcome_at(disagreement, kind, reason).to_value()
    return _ruled(work, disagreement, value, _brought(work, disagreement, None))


def exclude_item(work: ReviewWork, reason: str) -> Draft:
    """Leave the whole item out; nothing else of it then needs a ruling. Without a reason it is taken in again."""
    value = Outcome(OutcomeKind.EXCLUDED, reason=reason).to_value() if reason else None
    return replace(set_answer(work.session.annotations, RULING, value, target=WHOLE), verb="rule excluded")


def open_again(work: ReviewWork, disagreement: Disagreement) -> Draft:
    """Take a ruling back: the place is empty and open, as it was at first."""
    return replace(_ruled(work, disagreement, None, _brought(work, disagreement, None)), verb="open a place again")


def _brought(work: ReviewWork, disagreement: Disagreement, side: int | None) -> Draft:
    sets = [lane.annotations for lane in work.lanes]
    return rulings.take(work.project.schema, work.session.annotations, disagreement, sets, side)


def _ruled(work: ReviewWork, disagreement: Disagreement, value: Any, *found: Draft) -> Draft:
    marked = set_answer(work.session.annotations, RULING, value, target=disagreement.key)
    return combine(f"rule {ruling_word(value)}".strip(), *found, marked)
