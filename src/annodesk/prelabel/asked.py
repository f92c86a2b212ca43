"""What the model is asked about an item: one question for each part of the schema that it can answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum

from msgspec import Struct, field

from annodesk.model.schema import LabelSchema, Part, Question, QuestionKind, SpanType, Tier, TierKind

NONE_OF_THESE = "none of these"
"""Offered beside the labels of moments, and beside a single label: most of what is heard nobody wants marked."""


class Form(StrEnum):
    """How an answer is made: one label of the list, yes or no for each, or stretches of the text."""

    ONE = "one"
    EACH = "each"
    SPANS = "spans"


class Purpose(StrEnum):
    """What a prompt is for; a project may have one of its own for each."""

    SEGMENT = "segment"
    TEXT = "text"
    EACH = "each"
    SPANS = "spans"


PURPOSES: Mapping[Purpose, str] = {
    Purpose.SEGMENT: "one label for sound or pictures",
    Purpose.TEXT: "one label for a text",
    Purpose.EACH: "yes or no for each label",
    Purpose.SPANS: "stretches of a text",
}


class Asked(Struct, frozen=True):
    """One part of the schema as a question to the model.

    ``labels`` are what can be answered, in the schema's order; ``described`` what they mean, where that is written
    down. With ``spare`` an answer more is offered, which marks nothing.
    """

    part: str
    form: Form
    labels: tuple[str, ...]
    words: str
    described: Mapping[str, str] = field(default_factory=dict)
    kind: str = "tier"
    is_point: bool = False
    spare: str | None = None

    @property
    def offered(self) -> tuple[str, ...]:
        """Everything that can be answered."""
        return self.labels if self.spare is None else (*self.labels, self.spare)

    def purpose(self, *, of_text: bool) -> Purpose:
        """Which prompt asks this."""
        if self.form is Form.ONE:
            return Purpose.TEXT if of_text else Purpose.SEGMENT
        return Purpose(self.form.value)


def asked_of(schema: LabelSchema) -> Iterator[Asked]:
    """What can be asked, in the schema's order.

    Tiers under others follow what people draw there, texts are written and not chosen, and relations join what is
    there: these are left to people.
    """
    for part in schema.parts():
        if isinstance(part, Tier):
            found = _of_tier(part)
        elif isinstance(part, Question):
            found = _of_question(part)
        elif isinstance(part, SpanType) and part.labels:
            found = _made(part, Form.SPANS, kind="span")
        else:
            found = None
        if found is not None:
            yield found


def _of_tier(tier: Tier) -> Asked | None:
    if tier.parent is not None or not tier.labels:
        return None
    is_point = tier.kind is TierKind.POINT
    if tier.many_labels:
        return _made(tier, Form.EACH, is_point=is_point)
    taken = {label.name for label in tier.labels}
    # Of one label, as of moments, it is asked whether there is anything to be marked at all.
    needs_spare = is_point or len(taken) == 1
    spare = next(word for word in (NONE_OF_THESE, f"{NONE_OF_THESE} at all") if word not in taken)
    return _made(tier, Form.ONE, is_point=is_point, spare=spare if needs_spare else None)


def _of_question(question: Question) -> Asked | None:
    if question.kind is QuestionKind.CHOICE:
        return _made(question, Form.ONE, kind="choice")
    if question.kind is QuestionKind.MULTI_LABEL:
        return _made(question, Form.EACH, kind="multi-label")
    if question.kind is QuestionKind.RATING:
        low, high = question.scale
        numbers = tuple(str(number) for number in range(low, high + 1))
        words = f"{_words(question)} Rate from {low}, the lowest, to {high}, the highest."
        return Asked(question.name, Form.ONE, numbers, words, kind="rating")
    return None


def _made(part: Part, form: Form, *, kind: str = "tier", is_point: bool = False, spare: str | None = None) -> Asked:
    described = {label.name: label.description for label in part.labels if label.description}
    labels = tuple(label.name for label in part.labels)
    return Asked(part.name, form, labels, _words(part), described, kind, is_point, spare)


def _words(part: Part) -> str:
    said = part.description.strip()
    return f"{part.name}: {said}" if said else f"{part.name}."
