"""What can be said about an item: tiers, questions, span types, relations and their labels."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from typing import TypeVar

from msgspec import Struct

from annodesk.errors import ValidationError

SUGGESTION = "suggestion"
"""Reserved question: what a person did with a suggestion (`rejected`), target the suggestion's element id."""

RULING = "ruling"
"""Reserved question: what a reviewer decided at a disagreement (a letter, `own` ...), target the disagreement's key."""

TOLD = "to the annotators"
"""Reserved question: what a reviewer has to say to those who labelled, target the disagreement's key or the item."""

PIN = "pin"
"""Reserved question: what a reviewer pinned to a place of work that may go back, target the place."""

RESERVED_NAMES = frozenset({SUGGESTION, RULING, TOLD, PIN})
CODED_NAMES = frozenset({SUGGESTION, RULING})
"""Reserved questions whose values are words of the program, and nobody's content."""

LABEL_COLOURS = (
    "#4e9bd8",
    "#d98b3a",
    "#b779c9",
    "#6e7787",
    "#58b089",
    "#d8c24e",
    "#e0798f",
    "#7fb3d5",
    "#a3b86c",
    "#c98f6b",
)


class Label(Struct, frozen=True):
    """One name that may be given, with its key and colour (``#rrggbb``).

    ``group`` names labels that take the same knowledge: people hold it as a skill, and batches and items ask for it.
    The four thresholds of labels, tiers, questions and span types say when an item goes to review; None takes the next
    wider one: label, part, batch, project.
    """

    name: str
    key: str = ""
    colour: str = ""
    escalate_below: float | None = None
    description: str = ""
    unsure_below: float | None = None
    model_sure_from: float | None = None
    reference_below: float | None = None
    group: str = ""


class TierKind(StrEnum):
    """Whether a tier holds stretches or moments."""

    INTERVAL = "interval"
    POINT = "point"


class TierRule(StrEnum):
    """How a child tier follows its parent; the names are ELAN's stereotypes."""

    NONE = "none"
    TIME_SUBDIVISION = "time-subdivision"
    INCLUDED_IN = "included-in"
    SYMBOLIC_SUBDIVISION = "symbolic-subdivision"
    SYMBOLIC_ASSOCIATION = "symbolic-association"


class AttributeKind(StrEnum):
    """What an attribute of a segment holds."""

    TEXT = "text"
    CHOICE = "choice"
    NUMBER = "number"


class Attribute(Struct, frozen=True):
    """Something to be said of each segment of a tier besides its labels; ``values`` are those of a choice."""

    name: str
    kind: AttributeKind = AttributeKind.TEXT
    values: tuple[str, ...] = ()
    description: str = ""


class Tier(Struct, frozen=True):
    """A lane of segments or points under the timeline; ``many_labels`` lets one segment have several."""

    name: str
    kind: TierKind = TierKind.INTERVAL
    overlap: bool = False
    labels: tuple[Label, ...] = ()
    parent: str | None = None
    rule: TierRule = TierRule.NONE
    required: bool = True
    free_text: bool = False
    escalate_below: float | None = None
    description: str = ""
    many_labels: bool = False
    attributes: tuple[Attribute, ...] = ()
    unsure_below: float | None = None
    model_sure_from: float | None = None
    reference_below: float | None = None


class QuestionKind(StrEnum):
    """The form of an answer."""

    CHOICE = "choice"
    MULTI_LABEL = "multi-label"
    RATING = "rating"
    TEXT = "text"


class Question(Struct, frozen=True):
    """A question about the whole item; ``scale`` is the lowest and highest rating."""

    name: str
    kind: QuestionKind = QuestionKind.CHOICE
    labels: tuple[Label, ...] = ()
    scale: tuple[int, int] = (1, 5)
    not_sure: bool = False
    required: bool = True
    escalate_below: float | None = None
    description: str = ""
    unsure_below: float | None = None
    model_sure_from: float | None = None
    reference_below: float | None = None


class SpanType(Struct, frozen=True):
    """A kind of stretch of text, such as a named entity."""

    name: str
    labels: tuple[Label, ...] = ()
    overlap: bool = True
    required: bool = False
    escalate_below: float | None = None
    description: str = ""
    unsure_below: float | None = None
    model_sure_from: float | None = None
    reference_below: float | None = None


class RelationType(Struct, frozen=True):
    """A named link between two elements."""

    name: str
    labels: tuple[Label, ...] = ()
    description: str = ""


Part = Tier | Question | SpanType | RelationType
_P = TypeVar("_P", Tier, Question, SpanType, RelationType)


class LabelSchema(Struct, frozen=True):
    """All parts of a project's schema; their names are unique across kinds."""

    tiers: tuple[Tier, ...] = ()
    questions: tuple[Question, ...] = ()
    span_types: tuple[SpanType, ...] = ()
    relation_types: tuple[RelationType, ...] = ()

    def parts(self) -> Iterator[Part]:
        """Every tier, question, span type and relation type, in that order."""
        yield from self.tiers
        yield from self.questions
        yield from self.span_types
        yield from self.relation_types

    def tier(self, name: str) -> Tier:
        """The tier of that name."""
        return _named(self.tiers, "tier", name)

    def question(self, name: str) -> Question:
        """The question of that name."""
        return _named(self.questions, "question", name)

    def span_type(self, name: str) -> SpanType:
        """The span type of that name."""
        return _named(self.span_types, "span type", name)

    def groups(self) -> dict[str, tuple[str, ...]]:
        """The groups of labels in the order in which they are named first, each with its labels."""
        found: dict[str, tuple[str, ...]] = {}
        for part in self.parts():
            for label in part.labels:
                if label.group:
                    found[label.group] = (*found.get(label.group, ()), label.name)
        return found

    def has_tier(self, name: str) -> bool:
        """Whether there is a tier of that name."""
        return any(tier.name == name for tier in self.tiers)


def colour_of(part: Part, label: str) -> str:
    """The label's own colour, or the one its place in the part gives it; grey for an unknown label."""
    for place, known in enumerate(part.labels):
        if known.name == label:
            return known.colour or LABEL_COLOURS[place % len(LABEL_COLOURS)]
    return "#6b7489"


def _named(parts: tuple[_P, ...], kind: str, name: str) -> _P:
    for part in parts:
        if part.name == name:
            return part
    known = ", ".join(part.name for part in parts) or "none"
    raise ValidationError(f"There is no {kind} named {name!r}.", f"The project has: {known}.")
