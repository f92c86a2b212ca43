"""What the model could not be asked about on a task, as its set keeps it: silence there does not say that nothing is.

Kept as a reserved answer, so that sets, snapshots and the server need know nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from annodesk.model.annotations import AnnotationSet, Answer, Element, answer_id
from annodesk.model.schema import SUGGESTION

NOT_ASKED = "not asked"


def refusal(part: str) -> Answer:
    """The element of a model's set that says so of a part."""
    return Answer(answer_id(SUGGESTION, part), SUGGESTION, NOT_ASKED, target=part)


def is_refusal(element: object) -> bool:
    """Whether an element of a model's set is such a note, and no suggestion."""
    return isinstance(element, Answer) and element.question == SUGGESTION


def refused_parts(model: Iterable[object]) -> frozenset[str]:
    """The parts that a model's set says nothing of because it could not be asked."""
    return frozenset(one.target for one in model if isinstance(one, Answer) and is_refusal(one))


def without_refusals(model: AnnotationSet) -> AnnotationSet:
    """A model's set as what it suggests alone."""
    if not refused_parts(model):
        return model
    kept: list[Element] = [one for one in model if not is_refusal(one)]
    return model.with_elements(kept)
