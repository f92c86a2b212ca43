"""What became of the model's suggestions in each person's work on an item, without who it was: kept with its tallies.

Places on a task are drawn: most show suggestions, some do not. So what differs between the two is what suggestions do,
to the time and to the answers; what a person says of their own accord beside a suggestion they never saw is the measure
of what they say when they see it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct, field

from annodesk.model.annotations import ITEM, NOT_SURE, AnnotationSet, Answer, Segment, Span
from annodesk.model.schema import LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.model.shown import How, Suggested, suggestions_in
from annodesk.quality.agreement import answer_value, scored_parts
from annodesk.quality.alignment import ONSET_WINDOW_US
from annodesk.quality.tally import OTHER, UNLABELLED

PART = ""
"""The part under which it is kept among an item's tallies: no part of a project is called so."""
ALIKE_FROM = 0.5
"""Who gives so much of a suggested stretch the suggested label says the same; where edges lie does not count."""


class Met(Struct, frozen=True):
    """Suggestions of one label on one part: how many, and of how many a person says the same.

    ``is_right`` is what a ruling says of them; None where nobody ruled.
    """

    part: str
    label: str
    is_right: bool | None
    alike: int
    n: int


class Compared(Struct, frozen=True):
    """What a comparison after the commit came to.

    Parameters
    ----------
    differed : suggestions of which something else was said before it
    came_over : of these those that are said as the model says afterwards; ``right`` and ``wrong`` where somebody ruled
    worked_us : working time on it
    """

    differed: int
    came_over: int
    right: int
    wrong: int
    worked_us: int


class Worked(Struct, frozen=True):
    """One person's work on a task for which there were suggestions, as it was handed in first.

    Parameters
    ----------
    mode : the show mode it was done under
    drawn : whether its place was one that shows suggestions
    aided : whether they were in view before it was handed in
    said : how much of each part was given each label: microseconds of a tier, one of a question, marks of the others
    became : what became of the suggestions that were shown
    unplayed, played_known : of those taken, how many nothing had been played of, of how many that is recorded
    """

    mode: str
    drawn: bool
    aided: bool
    worked_us: int
    met: tuple[Met, ...] = ()
    said: Mapping[tuple[str, str], int] = field(default_factory=dict)
    became: Mapping[How, int] = field(default_factory=dict)
    unplayed: int = 0
    played_known: int = 0
    compared: Compared | None = None


class TaskBeside(Struct, frozen=True):
    """A task that the model has answered, its length (0 where it has no time), and the work on it."""

    length_us: int
    works: tuple[Worked, ...]


def says_the_same(schema: LabelSchema, suggestion: Suggested, said: AnnotationSet) -> bool | None:
    """Whether a set says of a suggestion's place what it says; None where it could not, or says nothing comparable."""
    if isinstance(suggestion, Answer):
        question = next((q for q in schema.questions if q.name == suggestion.question), None)
        if question is None or question.kind is QuestionKind.TEXT or suggestion.target != ITEM:
            return None
        mine = answer_value(question, said)
        if mine is None:
            return None
        return bool(mine != NOT_SURE and mine == answer_value(question, AnnotationSet("", elements=[suggestion])))
    labels = set(suggestion.labels)
    if isinstance(suggestion, Span):
        if all(one.name != suggestion.type for one in schema.span_types):
            return None
        pieces = [
            (s.start, s.end)
            for s in said.spans(suggestion.asset)
            if s.type == suggestion.type and set(s.labels) == labels
        ]
        return _covered(suggestion.start, suggestion.end, pieces) >= ALIKE_FROM
    if not schema.has_tier(suggestion.tier):
        return None
    start_us, end_us = suggestion.start_us, suggestion.end_us
    if schema.tier(suggestion.tier).kind is TierKind.POINT:
        near = said.segments_in(suggestion.tier, start_us - ONSET_WINDOW_US, start_us + ONSET_WINDOW_US + 1)
        return any(set(segment.labels) == labels for segment in near)
    beside = said.segments_in(suggestion.tier, start_us, max(end_us, start_us + 1))
    return _covered(start_us, end_us, [(s.start_us, s.end_us) for s in beside if set(s.labels) == labels]) >= ALIKE_FROM


def _covered(start: int, end: int, pieces: Iterable[tuple[int, int]]) -> float:
    """The share of a stretch that pieces cover, which may overlap each other."""
    covered, at = 0, start
    for first, last in sorted(pieces):
        first, last = max(first, at), min(last, end)
        if last > first:
            covered, at = covered + last - first, last
    return covered / (end - start) if end > start else 0.0


def met_of(
    schema: LabelSchema, suggestions: AnnotationSet, said: AnnotationSet, ruled: AnnotationSet | None
) -> tuple[Met, ...]:
    """Of how many suggestions a set says the same, by part, label and whether a ruling bears them out."""
    alike: Counter[tuple[str, str, bool | None]] = Counter()
    n: Counter[tuple[str, str, bool | None]] = Counter()
    for suggestion in suggestions_in(suggestions):
        same = says_the_same(schema, suggestion, said)
        if same is None:
            continue
        right = None if ruled is None else says_the_same(schema, suggestion, ruled)
        key = (*_name_of(schema, suggestion), right)
        n[key] += 1
        alike[key] += same
    return tuple(Met(*key, alike[key], count) for key, count in sorted(n.items(), key=lambda one: str(one[0])))


def came_over(
    schema: LabelSchema,
    suggestions: AnnotationSet,
    before: AnnotationSet,
    after: AnnotationSet,
    ruled: AnnotationSet | None,
    worked_us: int,
) -> Compared:
    """What a person said otherwise than the model before they saw its answer, and says as it does since."""
    differed, came, right, wrong = 0, 0, 0, 0
    for suggestion in suggestions_in(suggestions):
        if says_the_same(schema, suggestion, before):
            continue
        differed += 1
        if says_the_same(schema, suggestion, after):
            came += 1
            borne_out = None if ruled is None else says_the_same(schema, suggestion, ruled)
            right += borne_out is True
            wrong += borne_out is False
    return Compared(differed, came, right, wrong, worked_us)


def said_in(schema: LabelSchema, annotations: AnnotationSet) -> dict[tuple[str, str], int]:
    """How much of each part is given each label, in no words but the project's."""
    found: Counter[tuple[str, str]] = Counter()
    for part in scored_parts(schema):
        if isinstance(part, Question):
            value = answer_value(part, annotations)
            if value is not None and value != NOT_SURE:
                found[part.name, _words(part, value if isinstance(value, frozenset) else (value,))] += 1
        elif isinstance(part, SpanType):
            for span in annotations.spans():
                if span.type == part.name:
                    found[part.name, _words(part, span.labels)] += 1
        else:
            for segment in annotations.segments(part.name):
                weight = 1 if part.kind is TierKind.POINT else segment.end_us - segment.start_us
                found[part.name, _words(part, segment.labels)] += weight
    return dict(found)


def _name_of(schema: LabelSchema, suggestion: Suggested) -> tuple[str, str]:
    if isinstance(suggestion, Answer):
        question = schema.question(suggestion.question)
        value = answer_value(question, AnnotationSet("", elements=[suggestion]))
        return question.name, _words(question, value if isinstance(value, frozenset) else (value,))
    part = schema.tier(suggestion.tier) if isinstance(suggestion, Segment) else schema.span_type(suggestion.type)
    return part.name, _words(part, suggestion.labels)


def _words(part: Tier | Question | SpanType, labels: Iterable[object]) -> str:
    """Labels in the order of the alphabet; what the project does not know may be somebody's words."""
    if isinstance(part, Question) and part.kind is QuestionKind.RATING:
        return " + ".join(f"{one:g}" for one in labels if isinstance(one, int | float)) or OTHER
    known = {label.name for label in part.labels}
    return " + ".join(sorted({one if isinstance(one, str) and one in known else OTHER for one in labels})) or UNLABELLED


def to_json(tasks: Iterable[TaskBeside]) -> dict[str, Any]:
    """What is kept of an item."""
    return {"tasks": [[task.length_us, [_work_to_json(one) for one in task.works]] for task in tasks]}


def _work_to_json(one: Worked) -> dict[str, Any]:
    compared = one.compared
    return {
        "mode": one.mode,
        "drawn": one.drawn,
        "aided": one.aided,
        "worked_us": one.worked_us,
        "met": [[m.part, m.label, m.is_right, m.alike, m.n] for m in one.met],
        "said": [[part, label, weight] for (part, label), weight in sorted(one.said.items())],
        "became": {how.value: n for how, n in one.became.items()},
        "played": [one.unplayed, one.played_known],
        "compared": None
        if compared is None
        else [compared.differed, compared.came_over, compared.right, compared.wrong, compared.worked_us],
    }


def from_json(body: Mapping[str, Any]) -> tuple[TaskBeside, ...]:
    """What was kept of an item; ValueError where another hand has made it."""
    try:
        return tuple(
            TaskBeside(_count(length_us), tuple(_work_from_json(one) for one in works))
            for length_us, works in body.get("tasks", ())
        )
    except (KeyError, TypeError, AttributeError, OverflowError) as error:
        raise ValueError(f"this tells nothing of suggestions: {error}") from error


def _work_from_json(one: Mapping[str, Any]) -> Worked:
    unplayed, known = map(_count, one["played"])
    return Worked(
        str(one["mode"]),
        bool(one["drawn"]),
        bool(one["aided"]),
        _count(one["worked_us"]),
        tuple(
            Met(str(part), str(label), None if right is None else bool(right), _count(alike), _count(n))
            for part, label, right, alike, n in one["met"]
        ),
        {(str(part), str(label)): _count(weight) for part, label, weight in one["said"]},
        {How(how): _count(n) for how, n in one["became"].items()},
        unplayed,
        known,
        None if one["compared"] is None else Compared(*map(_count, one["compared"])),
    )


def _count(value: object) -> int:
    found = int(str(value))
    if not 0 <= found < 1 << 62:
        raise ValueError(f"this tells nothing of suggestions: {found} is no count")
    return found
