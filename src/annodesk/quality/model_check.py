"""The model's answer beside the people's: where it is sure of something else, and where it is not sure at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span
from annodesk.quality.disagreements import Said, find_disagreements

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema

MIN_LENGTH_US = 1_000_000
"""Shorter stretches are never held against people: the model's boundaries are rough."""


class ModelConflict(Struct, frozen=True):
    """A place where the model gives another label or answer than the people, with its probability."""

    part: str
    place: str
    people: str
    model: str
    probability: float


def model_conflicts(
    schema: LabelSchema, people: AnnotationSet, model: AnnotationSet, *, sure_from: Callable[[str, str], float]
) -> tuple[ModelConflict, ...]:
    """Places where the model says something else and is sure of it: at least as ``sure_from`` says of part and label.

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
        if known and min(known) >= max(sure_from(disagreement.part, label) for label in _labels_said(its)):
            found.append(ModelConflict(disagreement.part, disagreement.where, _words(theirs), _words(its), min(known)))
    return tuple(found)


def least_sure(schema: LabelSchema, model: AnnotationSet) -> tuple[tuple[str, str, float], ...]:
    """The lowest probability of each label or answer the model gave on each part, parts in the schema's order."""
    lowest: dict[tuple[str, str], float] = {}
    for element in model:
        probability = _probability(model, element.id)
        if probability is None or not isinstance(element, Segment | Span | Answer):
            continue
        if isinstance(element, Answer):
            part, labels = element.question, _as_labels(element.value)
        else:
            part, labels = element.tier if isinstance(element, Segment) else element.type, element.labels
        for label in labels or ("",):
            lowest[part, label] = min(lowest.get((part, label), 1.0), probability)
    order = {part.name: place for place, part in enumerate(schema.parts())}
    found = [(part, label, probability) for (part, label), probability in lowest.items() if part in order]
    return tuple(sorted(found, key=lambda one: (order[one[0]], one[1])))


def _labels_said(said: Said) -> tuple[str, ...]:
    return (_as_labels(said.value) if said.labels is None else said.labels) or ("",)


def _as_labels(value: object) -> tuple[str, ...]:
    return tuple(str(one) for one in value) if isinstance(value, tuple | list) else (str(value),)


def _probability(model: AnnotationSet, element_id: str) -> float | None:
    element = model.get(element_id)
    suggestion = getattr(getattr(element, "origin", None), "suggestion", None)
    return suggestion.probability if suggestion is not None else None


def _words(said: Said) -> str:
    value = said.value if said.labels is None else said.labels
    if isinstance(value, tuple):
        return ", ".join(str(v) for v in value)
    return str(value)
