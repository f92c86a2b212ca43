"""The model's answer beside the people's: where it is sure of something else, and where it is not sure at all."""

from __future__ import annotations

from dataclasses import dataclass

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span
from annodesk.model.schema import LabelSchema
from annodesk.quality.disagreements import Said, find_disagreements

MIN_LENGTH_US = 1_000_000
"""Shorter stretches are never held against people: the model's boundaries are rough."""


@dataclass(frozen=True, slots=True)
class ModelConflict:
    """A place where the model gives another label or answer than the people, with its probability."""

    part: str
    place: str
    people: str
    model: str
    probability: float


def model_conflicts(
    schema: LabelSchema, people: AnnotationSet, model: AnnotationSet, *, sure_from: float
) -> tuple[ModelConflict, ...]:
    """Places where the model says something else with at least this probability.

    Boundaries do not count, nor does what only one side marks: people are asked what a place is, and the model's
    proposals of places come from the signal alone.
    """
    found = []
    for disagreement in find_disagreements(schema, [people, model]):
        theirs, its = disagreement.answers
        if disagreement.kind not in ("answer", "label", "span") or not (theirs.element_ids and its.element_ids):
            continue
        if disagreement.is_stretch and (disagreement.end_us or 0) - (disagreement.start_us or 0) < MIN_LENGTH_US:
            continue
        if theirs.labels == its.labels and not disagreement.is_question:
            continue
        known = [p for i in its.element_ids if (p := _probability(model, i)) is not None]
        if known and min(known) >= sure_from:
            found.append(ModelConflict(disagreement.part, disagreement.where, _words(theirs), _words(its), min(known)))
    return tuple(found)


def least_sure(schema: LabelSchema, model: AnnotationSet) -> tuple[tuple[str, float], ...]:
    """The lowest probability of the model's answers on each part it has any on, in the schema's order."""
    lowest: dict[str, float] = {}
    for element in model:
        part = element.tier if isinstance(element, Segment) else element.type if isinstance(element, Span) else None
        if isinstance(element, Answer):
            part = element.question
        probability = _probability(model, element.id)
        if part is not None and probability is not None:
            lowest[part] = min(lowest.get(part, 1.0), probability)
    return tuple((part.name, lowest[part.name]) for part in schema.parts() if part.name in lowest)


def _probability(model: AnnotationSet, element_id: str) -> float | None:
    element = model.get(element_id)
    suggestion = getattr(getattr(element, "origin", None), "suggestion", None)
    return suggestion.probability if suggestion is not None else None


def _words(said: Said) -> str:
    value = said.value if said.labels is None else said.labels
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return str(value)
