"""What the model says on each part of an item, and whether people who had not seen it say the same.

Kept beside an item's tallies when it is scored: of the people nothing but right or wrong, of the model no words but the
project's. Only unaided answers judge (rule 8), each as it stood before its author saw anything.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Hashable, Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field

from annodesk.model.annotations import NOT_SURE, AnnotationSet, Segment, Span, Suggestion
from annodesk.model.refused import refused_parts
from annodesk.model.schema import Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.agreement import answer_value
from annodesk.quality.alignment import ONSET_WINDOW_US, Piece, match_onsets, match_pieces, segment_pieces, span_pieces
from annodesk.quality.tally import OTHER

NAME = "\tmodel"
"""The part under whose name an item's verdicts are kept among its tallies: no part's name holds a tab."""

ALONE = "\talone"
"""The same of items that nobody has labelled: apart, so that the judged ones are found however many these are."""

COVERED = 0.5
"""The model has not missed a place of which it marks at least this share, whatever it calls it."""

_MOST_SAYINGS = 2_000

MOST_LEFT_OUT = 50
"""Of more labels than this those left out are judged together: each of hundreds would be kept with each item."""

_Part = Tier | Question | SpanType


class Saying(Struct, frozen=True):
    """A label that the model gives, with its probability, and whether people say so too; None where nobody said.

    ``is_given`` is False where it leaves a label of several out, with the probability that this is right.
    """

    label: str
    probability: float
    right: bool | None = None
    is_given: bool = True


class PartSaid(Struct, frozen=True):
    """All that the model says on a part of a task.

    ``source`` names the model and its prompt: what is known of one says nothing of another. ``missed`` counts places
    that people mark and the model does not; None where nobody judged. ``is_closed`` says that there is nothing to miss:
    a question that is answered.
    """

    sayings: tuple[Saying, ...]
    source: str = ""
    missed: int | None = None
    is_closed: bool = False

    @property
    def least(self) -> float:
        """The probability of what it is least sure of; 1 where it says nothing."""
        return min((one.probability for one in self.sayings), default=1.0)


class TaskSaid(Struct, frozen=True):
    """What the model says on a task, by part; nothing where it has not answered.

    ``refused`` are the parts that it could not be asked about: of these nothing is judged.
    """

    parts: Mapping[str, PartSaid] = field(default_factory=dict)
    refused: frozenset[str] = frozenset()


class ItemSaid(Struct, frozen=True):
    """What the model says on an item's tasks; ``stands`` where that was let stand without a person.

    ``drawn_us`` is when it would have stood, and was given to people by lot, as an audit; None of all others.
    ``answer`` is the newest of the model's sets that this is about: with another one it is judged again.
    """

    tasks: tuple[TaskSaid, ...]
    stands: bool = False
    drawn_us: int | None = None
    answer: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether the model has answered all of every task."""
        return bool(self.tasks) and all(task.parts and not task.refused for task in self.tasks)


def task_said(
    parts: Iterable[_Part],
    model: AnnotationSet | None,
    unaided: Sequence[AnnotationSet],
    *,
    asked: Mapping[int, Collection[str]] | None = None,
) -> TaskSaid:
    """What the model says on a task, judged by unaided answers to it.

    Parameters
    ----------
    asked : the parts by version of the project, where the answers are not all of one: who was not asked judges nothing
    """
    if model is None:
        return TaskSaid()
    found, known, refused = {}, asked or {}, refused_parts(model)
    for part in parts:
        if part.name in refused:
            continue
        judges = [one for one in unaided if part.name in known.get(one.project_version, (part.name,))]
        found[part.name] = _part_said(part, model, judges)
    return TaskSaid(found, refused)


def _part_said(part: _Part, model: AnnotationSet, unaided: Sequence[AnnotationSet]) -> PartSaid:
    if isinstance(part, Question):
        return _answer_said(part, model, unaided)
    ours, marks = _marked(part, model)
    theirs = [_marked(part, one)[0] for one in unaided]
    pair = _same_points if isinstance(part, Tier) and part.kind is TierKind.POINT else _same_stretches
    found = [pair(ours, side) for side in theirs]
    known = {label.name for label in part.labels}
    sayings = [
        Saying(_named(mark.labels, known), _probability(_suggestion(mark)), _most(place in same for same in found))
        for place, mark in enumerate(marks)
    ]
    missed = sorted(_missed(ours, side) for side in theirs)
    least_sure = sorted(sayings, key=lambda one: one.probability)[:_MOST_SAYINGS]
    source = _source(model, [_suggestion(mark) for mark in marks])
    return PartSaid(tuple(least_sure), source, missed[len(missed) // 2] if missed else None)


def _marked(part: Tier | SpanType, annotations: AnnotationSet) -> tuple[list[Piece], Sequence[Segment | Span]]:
    """What a side marks on a part, to be paired and as it is."""
    if isinstance(part, Tier):
        segments = annotations.segments(part.name)
        return segment_pieces(segments), segments
    spans = [span for span in annotations.spans() if span.type == part.name]
    return span_pieces(spans), spans


def _same_stretches(ours: Sequence[Piece], theirs: Sequence[Piece]) -> set[int]:
    return {match.a for match in match_pieces(ours, theirs)}


def _same_points(ours: Sequence[Piece], theirs: Sequence[Piece]) -> set[int]:
    return {place for place, _ in match_onsets(ours, theirs)}


def _missed(ours: Sequence[Piece], theirs: Sequence[Piece]) -> int:
    """How many of their places hold too little of ours, whatever either is called."""
    lanes: dict[Hashable, list[Piece]] = {}
    for piece in ours:
        lanes.setdefault(piece.lane, []).append(piece)
    covers = {lane: _Cover(pieces) for lane, pieces in lanes.items()}
    none = _Cover(())
    return sum(not covers.get(one.lane, none).holds(one) for one in theirs)


class _Cover:
    """What the pieces of one lane cover together, to be asked often."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        found = sorted((piece.start, piece.end) for piece in pieces)
        self._begins = [start for start, _ in found]
        self._starts, self._ends, self._before = list[int](), list[int](), [0]
        for start, end in found:
            if self._ends and start <= self._ends[-1]:
                more = max(0, end - self._ends[-1])
                self._ends[-1] += more
                self._before[-1] += more
            else:
                self._starts.append(start)
                self._ends.append(end)
                self._before.append(self._before[-1] + end - start)

    def holds(self, one: Piece) -> bool:
        """Whether enough of a stretch is covered, or a moment has another near it."""
        if one.start == one.end:
            place = bisect_left(self._begins, one.start - ONSET_WINDOW_US)
            return place < len(self._begins) and self._begins[place] <= one.start + ONSET_WINDOW_US
        return self._until(one.end) - self._until(one.start) >= COVERED * (one.end - one.start)

    def _until(self, time: int) -> int:
        """How much is covered before a time."""
        place = bisect_right(self._starts, time) - 1
        return 0 if place < 0 else self._before[place] + min(time, self._ends[place]) - self._starts[place]


def _answer_said(question: Question, model: AnnotationSet, unaided: Sequence[AnnotationSet]) -> PartSaid:
    answer = model.answer(question.name)
    values = [answer_value(question, one) for one in unaided]
    suggestion = None if answer is None else _suggestion(answer)
    source = _source(model, [suggestion])
    said = answer_value(question, model)
    if said is None:
        given = sorted(value is not None and value != NOT_SURE for value in values)
        return PartSaid((), source, int(given[len(given) // 2]) if given else None)
    # An answer of another version may be of another kind.
    judges = [
        v for v in values if v not in (None, NOT_SURE) and isinstance(v, frozenset) == isinstance(said, frozenset)
    ]
    known = {label.name for label in question.labels}
    if isinstance(said, frozenset):
        each = {} if suggestion is None else dict(suggestion.probabilities)
        sayings = []
        for name in sorted(known):
            is_given, p = name in said, each.get(name)
            sure = _probability(suggestion) if p is None else (p if is_given else 1 - p)
            right = _most((name in value) is is_given for value in judges)
            sayings.append(Saying(name, sure if 0 <= sure <= 1 else 0.0, right, is_given))
        if len(known) > MOST_LEFT_OUT:
            sayings = _with_one_rest(sayings)
        return PartSaid(tuple(sayings), source, is_closed=True)
    is_number = question.kind is QuestionKind.RATING and isinstance(said, int | float)
    label = f"{said:g}" if is_number else _named((str(said),), known)
    sure = 0.0 if said == NOT_SURE else _probability(suggestion)
    return PartSaid((Saying(label, sure, _most(value == said for value in judges)),), source, is_closed=True)


def _with_one_rest(sayings: Sequence[Saying]) -> list[Saying]:
    """The labels given, and all that are left out as one."""
    given, rest = [one for one in sayings if one.is_given], [one for one in sayings if not one.is_given]
    if rest:
        right = None if rest[0].right is None else all(one.right for one in rest)
        given.append(Saying(OTHER, min(one.probability for one in rest), right, is_given=False))
    return given


def _most(votes: Iterable[bool]) -> bool | None:
    """Whether more than half say so; None of nobody. Where they are even, the model is not held to be right."""
    given = list(votes)
    return 2 * sum(given) > len(given) if given else None


def _named(labels: Sequence[str], known: set[str]) -> str:
    return " + ".join(sorted(label if label in known else OTHER for label in labels)) or OTHER


def _suggestion(element: object) -> Suggestion | None:
    return getattr(getattr(element, "origin", None), "suggestion", None)


def _probability(suggestion: Suggestion | None) -> float:
    p = 0.0 if suggestion is None else suggestion.probability
    return p if 0 <= p <= 1 else 0.0


def _source(model: AnnotationSet, suggestions: Iterable[Suggestion | None]) -> str:
    prompts = sorted({one.prompt_version for one in suggestions if one is not None})
    return " ".join([model.author.id[:12], *prompts])


def to_json(item: ItemSaid) -> dict[str, Any]:
    """Verdicts as they are kept."""
    return {
        "score": None,
        "labels": {},
        "stands": item.stands,
        "drawn_us": item.drawn_us,
        "answer": item.answer,
        "model": [
            {name: _part_to_json(part) for name, part in task.parts.items()} | dict.fromkeys(sorted(task.refused))
            for task in item.tasks
        ],
    }


def _part_to_json(part: PartSaid) -> dict[str, Any]:
    said = [[one.label, one.probability, one.right, one.is_given] for one in part.sayings]
    return {"by": part.source, "missed": part.missed, "closed": part.is_closed, "said": said}


def from_json(body: Mapping[str, Any]) -> ItemSaid:
    """Verdicts as they were kept; ValueError where they are none."""
    try:
        tasks = tuple(
            TaskSaid(
                {str(name): _part_from_json(part) for name, part in task.items() if part is not None},
                frozenset(str(name) for name, part in task.items() if part is None),
            )
            for task in body["model"]
        )
        drawn_us = body["drawn_us"]
        drawn_us = None if drawn_us is None else int(drawn_us)
        return ItemSaid(tasks, bool(body["stands"]), drawn_us, str(body["answer"]))
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise ValueError(f"these are no verdicts: {error}") from error


def _part_from_json(part: Mapping[str, Any]) -> PartSaid:
    sayings = []
    for label, probability, right, is_given in part["said"]:
        if not 0 <= float(probability) <= 1 or right not in (None, True, False):
            raise ValueError("these are no verdicts: a probability or a verdict is none")
        sayings.append(Saying(str(label), float(probability), right, bool(is_given)))
    missed = None if part["missed"] is None else max(0, int(part["missed"]))
    return PartSaid(tuple(sayings), str(part["by"]), missed, bool(part["closed"]))
