"""What a label schema allows: checks of one element as it is made, and of a whole set before it is submitted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from annodesk.errors import ValidationError
from annodesk.model.annotations import (
    CHECKED_NONE,
    ITEM,
    NOT_SURE,
    AnnotationSet,
    Answer,
    Element,
    Relation,
    Segment,
    Span,
)
from annodesk.model.outcomes import WHOLE, OutcomeKind, outcomes_in
from annodesk.model.schema import (
    RESERVED_NAMES,
    Attribute,
    AttributeKind,
    LabelSchema,
    Part,
    Question,
    QuestionKind,
    Tier,
    TierKind,
    TierRule,
)
from annodesk.model.times import Interval, format_us


class ProblemKind(StrEnum):
    """What is wrong with a set or an element."""

    UNKNOWN_PART = "unknown part"
    UNKNOWN_LABEL = "unknown label"
    END_BEFORE_START = "end before start"
    POINT_WITH_LENGTH = "point with length"
    EMPTY_SEGMENT = "segment without length"
    OUTSIDE_TASK = "outside the task"
    OVERLAP = "overlap"
    PARENT = "parent"
    VALUE = "value"
    MISSING_LABEL = "missing label"
    MISSING_ANSWER = "missing answer"
    EMPTY_TIER = "empty tier"


class Problem(Struct, frozen=True):
    """One thing to mend, said in one sentence, with the element or part it is about."""

    kind: ProblemKind
    sentence: str
    part: str = ""
    element_id: str | None = None


MANY = 100
"""From so many segments on, those that overlap are looked for in one walk instead of one by one."""
_NEVER = -(2**63)


def element_problems(schema: LabelSchema, element: Element, within: Interval | None = None) -> list[Problem]:
    """What the schema forbids about one element by itself; unknown kinds are never judged."""
    if isinstance(element, Segment):
        return _segment_problems(schema, element, within)
    if isinstance(element, Span):
        return _span_problems(schema, element)
    if isinstance(element, Answer):
        return _answer_problems(schema, element)
    if isinstance(element, Relation):
        known = [r for r in schema.relation_types if r.name == element.type]
        if not known:
            return [_unknown_part("relation", element.type, schema.relation_types, element.id)]
        return _label_problems(known[0], element.labels, element.id)
    return []


def overlap_problems(schema: LabelSchema, annotations: AnnotationSet, touched: Iterable[str]) -> list[Problem]:
    """Tier rules that the named segments break together with their neighbours."""
    problems: list[Problem] = []
    family = {name for tier in schema.tiers if tier.parent is not None for name in (tier.name, tier.parent)}
    children: dict[str, list[Segment]] | None = None
    judged: set[str] = set()
    touched = list(touched)
    suspects = _suspects(schema, annotations) if len(touched) > MANY else None
    for element_id in touched:
        segment = annotations.get(element_id)
        if not isinstance(segment, Segment) or not schema.has_tier(segment.tier):
            continue
        tier = schema.tier(segment.tier)
        if suspects is None or segment.id in suspects:
            problems += overlaps(schema, annotations, segment)
        if tier.name not in family:
            continue
        if children is None:
            children = _children_by_parent(schema, annotations)
        for one in (segment, *children.get(segment.id, ())):
            if one.id not in judged:
                judged.add(one.id)
                problems += _parent_problems(schema.tier(one.tier), one, annotations, children)
    return problems


def overlaps(schema: LabelSchema, annotations: AnnotationSet, segment: Segment) -> list[Problem]:
    """The first other segment of a set that one lies over although its tier forbids it; it need not be in the set."""
    tier = schema.tier(segment.tier)
    if tier.overlap or tier.kind is not TierKind.INTERVAL:
        return []
    for other in annotations.each_in(tier.name, segment.start_us, segment.end_us):
        if other.id != segment.id:
            sentence = f"Two segments overlap on {tier.name} at {format_us(max(segment.start_us, other.start_us))}."
            return [Problem(ProblemKind.OVERLAP, sentence, tier.name, segment.id)]
    return []


def _suspects(schema: LabelSchema, annotations: AnnotationSet) -> set[str]:
    """Every segment that lies over another of its tier, found in one walk along each tier."""
    found: set[str] = set()
    for tier in schema.tiers:
        furthest, before = (_NEVER, ""), (_NEVER, "")
        for start, end, element_id in annotations.places(tier.name):
            for edge, other in ((furthest[0], furthest[1]), (before[0] + 1, before[1])):
                if start < edge:
                    found |= {element_id, other}
            furthest, before = max(furthest, (end, element_id)), (start, element_id)
    return found


def _children_by_parent(schema: LabelSchema, annotations: AnnotationSet) -> dict[str, list[Segment]]:
    """Segments of tiers with a parent, by the id of their own parent; looked up once, not once a segment."""
    children: dict[str, list[Segment]] = {}
    for tier in schema.tiers:
        for segment in annotations.segments(tier.name) if tier.parent is not None else ():
            if segment.parent is not None:
                children.setdefault(segment.parent, []).append(segment)
    return children


def submit_problems(schema: LabelSchema, annotations: AnnotationSet, within: Interval | None = None) -> list[Problem]:
    """Everything that keeps a set from being submitted, in the order of the schema.

    A part about which it was ruled that it has no one answer may be left without any.
    """
    problems = [p for element in annotations for p in element_problems(schema, element, within)]
    problems += overlap_problems(schema, annotations, [s.id for s in annotations.segments()])
    outcomes = outcomes_in(annotations)
    if WHOLE in outcomes and outcomes[WHOLE].kind is OutcomeKind.EXCLUDED:
        return problems
    without = {outcome.part for outcome in outcomes.values()}
    for tier in schema.tiers:
        segments = annotations.segments(tier.name)
        confirmed = annotations.answer(tier.name)
        if tier.labels:
            for segment in segments:
                if not segment.labels:
                    sentence = f"The segment at {format_us(segment.start_us)} on {tier.name} has no label."
                    problems.append(Problem(ProblemKind.MISSING_LABEL, sentence, tier.name, segment.id))
        is_said = tier.name in without or (confirmed is not None and confirmed.value == CHECKED_NONE)
        if not segments and tier.required and not is_said:
            sentence = f"{tier.name} is empty: label something, or say that there is nothing."
            problems.append(Problem(ProblemKind.EMPTY_TIER, sentence, tier.name))
    for question in schema.questions:
        if question.required and annotations.answer(question.name) is None and question.name not in without:
            problems.append(Problem(ProblemKind.MISSING_ANSWER, f"{question.name} is not answered.", question.name))
    for span_type in schema.span_types:
        if span_type.required and not any(s.type == span_type.name for s in annotations.spans()):
            confirmed = annotations.answer(span_type.name)
            if span_type.name not in without and (confirmed is None or confirmed.value != CHECKED_NONE):
                sentence = f"No {span_type.name} is marked: mark one, or say that there is none."
                problems.append(Problem(ProblemKind.EMPTY_TIER, sentence, span_type.name))
    return problems


def require(problems: Sequence[Problem]) -> None:
    """Raise the first problem as an error; the hint counts the others."""
    if problems:
        more = len(problems) - 1
        raise ValidationError(problems[0].sentence, f"And {more} more." if more else "")


def _segment_problems(schema: LabelSchema, segment: Segment, within: Interval | None) -> list[Problem]:
    if not schema.has_tier(segment.tier):
        return [_unknown_part("tier", segment.tier, schema.tiers, segment.id)]
    tier, problems = schema.tier(segment.tier), []

    def say(kind: ProblemKind, sentence: str) -> None:
        problems.append(Problem(kind, sentence, tier.name, segment.id))

    where = f"on {tier.name} at {format_us(segment.start_us)}"
    if segment.end_us < segment.start_us:
        say(ProblemKind.END_BEFORE_START, f"The segment {where} ends before it starts.")
    elif tier.kind is TierKind.POINT and segment.end_us != segment.start_us:
        say(ProblemKind.POINT_WITH_LENGTH, f"The point {where} has a length.")
    elif tier.kind is TierKind.INTERVAL and segment.end_us == segment.start_us:
        say(ProblemKind.EMPTY_SEGMENT, f"The segment {where} has no length.")
    if within is not None and (segment.start_us < within.start_us or segment.end_us > within.end_us):
        limits = f"{format_us(within.start_us)} to {format_us(within.end_us)}"
        say(ProblemKind.OUTSIDE_TASK, f"The segment {where} leaves the task, which runs from {limits}.")
    if segment.low_hz is not None and segment.high_hz is not None and segment.high_hz < segment.low_hz:
        say(ProblemKind.VALUE, f"The segment {where} has its highest frequency below its lowest.")
    for attribute in tier.attributes:
        value = segment.attributes.get(attribute.name)
        if value is not None and (fault := _attribute_fault(attribute, value)):
            say(ProblemKind.VALUE, f"The segment {where}: {fault}")
    return problems + _label_problems(tier, segment.labels, segment.id)


def _attribute_fault(attribute: Attribute, value: object) -> str:
    """What is wrong with an attribute's value; what a tier does not declare is kept and never judged."""
    if attribute.kind is AttributeKind.CHOICE:
        return "" if value in attribute.values else f"{attribute.name} has no value {value!r}."
    if attribute.kind is AttributeKind.NUMBER:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        return "" if is_number else f"{attribute.name} takes a number, not {value!r}."
    return "" if isinstance(value, str) else f"{attribute.name} takes a text, not {value!r}."


def _span_problems(schema: LabelSchema, span: Span) -> list[Problem]:
    known = [t for t in schema.span_types if t.name == span.type]
    if not known:
        return [_unknown_part("span type", span.type, schema.span_types, span.id)]
    problems = []
    if not 0 <= span.start < span.end:
        sentence = f"The {span.type} from character {span.start} to {span.end} covers no text."
        problems.append(Problem(ProblemKind.END_BEFORE_START, sentence, span.type, span.id))
    return problems + _label_problems(known[0], span.labels, span.id)


def _answer_problems(schema: LabelSchema, answer: Answer) -> list[Problem]:
    if answer.question in RESERVED_NAMES:
        return []
    parts: tuple[Part, ...] = (*schema.tiers, *schema.span_types)
    for part in parts:
        if part.name == answer.question:
            if answer.value == CHECKED_NONE:
                return []
            sentence = f"{part.name} is not a question; only {CHECKED_NONE!r} can be said of it."
            return [Problem(ProblemKind.VALUE, sentence, part.name, answer.id)]
    found = [q for q in schema.questions if q.name == answer.question]
    if not found:
        return [_unknown_part("question", answer.question, schema.questions, answer.id)]
    sentence = _value_fault(found[0], answer.value)
    return [Problem(ProblemKind.VALUE, sentence, answer.question, answer.id)] if sentence else []


def _value_fault(question: Question, value: object) -> str:
    name, labels = question.name, {label.name for label in question.labels}
    if value == NOT_SURE:
        return "" if question.not_sure or NOT_SURE in labels else f"{name} does not offer {NOT_SURE!r}."
    if question.kind is QuestionKind.CHOICE:
        return "" if isinstance(value, str) and value in labels else f"{name} has no answer {value!r}."
    if question.kind is QuestionKind.MULTI_LABEL:
        if not isinstance(value, tuple):
            return f"{name} takes a list of labels, not {value!r}."
        unknown = [v for v in value if not isinstance(v, str) or v not in labels]
        return f"{name} has no answer {unknown[0]!r}." if unknown else ""
    if question.kind is QuestionKind.RATING:
        low, high = question.scale
        if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
            return ""
        return f"{name} takes a number from {low} to {high}, not {value!r}."
    return "" if isinstance(value, str) else f"{name} takes a text, not {value!r}."


def _label_problems(part: Part, labels: Sequence[str], element_id: str) -> list[Problem]:
    known = {label.name for label in part.labels}
    return [
        Problem(ProblemKind.UNKNOWN_LABEL, f"{part.name} has no label {label!r}.", part.name, element_id)
        for label in labels
        if label not in known
    ]


def _unknown_part(kind: str, name: str, parts: Sequence[Part], element_id: str) -> Problem:
    known = ", ".join(part.name for part in parts) or "none"
    sentence = f"There is no {kind} named {name!r}; the project has: {known}."
    return Problem(ProblemKind.UNKNOWN_PART, sentence, name, element_id)


def _parent_problems(
    tier: Tier, segment: Segment, annotations: AnnotationSet, children: Mapping[str, Sequence[Segment]]
) -> list[Problem]:
    if tier.parent is None:
        return []
    parent = annotations.get(segment.parent) if segment.parent else None

    def problem(what: str) -> list[Problem]:
        sentence = f"The segment on {tier.name} at {format_us(segment.start_us)} {what}."
        return [Problem(ProblemKind.PARENT, sentence, tier.name, segment.id)]

    if not isinstance(parent, Segment) or parent.tier != tier.parent:
        return problem(f"needs a parent on {tier.parent}") if tier.rule is not TierRule.NONE else []
    inside = parent.start_us <= segment.start_us and segment.end_us <= parent.end_us
    if tier.rule is not TierRule.NONE and not inside:
        return problem(f"leaves its parent on {tier.parent}")
    if tier.rule is TierRule.SYMBOLIC_ASSOCIATION:
        if (segment.start_us, segment.end_us) != (parent.start_us, parent.end_us):
            return problem(f"has other times than its parent on {tier.parent}")
        rivals = [s for s in children.get(parent.id, ()) if s.tier == tier.name and s.id != segment.id]
        if rivals:
            return problem(f"shares its parent on {tier.parent} with another")
    return []


__all__ = [
    "ITEM",
    "Problem",
    "ProblemKind",
    "element_problems",
    "overlap_problems",
    "overlaps",
    "require",
    "submit_problems",
]
