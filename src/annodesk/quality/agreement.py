"""Agreement on one item: a score per part, label and pair of independent sets, and the item's own score."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import Any

from msgspec import Struct

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE, AnnotationSet
from annodesk.model.schema import LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.alignment import Piece, f1, in_lanes, match_lanes, match_onsets, segment_pieces, span_pieces

CODE_VERSION = "2"
"""Changes whenever the same sets would get another score; every score row names it."""


class CountableSet(Struct, frozen=True):
    """One author's set at the head that counts; ``aided`` where suggestions were in view."""

    set_id: str
    head: str | None
    annotations: AnnotationSet
    aided: bool


class TaskSets(Struct, frozen=True):
    """The sets of one task of an item, and the length that weighs the task."""

    task_id: str
    duration_us: int
    sets: tuple[CountableSet, ...]


class PairScore(Struct, frozen=True):
    """How well two sets agree on a part, or on one label of it; ``n`` counts the things either of them said."""

    part: str
    label: str | None
    set_a: str
    set_b: str
    metric: str
    value: float
    n: int
    task_id: str = ""
    head_a: str | None = None
    head_b: str | None = None


class PartScore(Struct, frozen=True):
    """Agreement on a part, or on one label of it, over the whole item and ``n`` pairs; None where no two sets count."""

    part: str
    metric: str
    value: float | None
    n: int
    label: str | None = None


class LeftOut(Struct, frozen=True):
    """What two sets were not compared on, because the project versions of the two do not both have it.

    A whole part, or one label of it that either of them used.
    """

    part: str
    label: str | None
    set_a: str
    set_b: str
    task_id: str


class ItemScore(Struct, frozen=True):
    """The lowest of the item's part scores and the part it comes from; None where nothing could be scored.

    ``labels`` holds the score of each label that anybody used. ``aided`` and ``aided_pairs`` are about pairs of which
    both had suggestions in view: they count nowhere else.
    """

    value: float | None
    culprit: str
    parts: tuple[PartScore, ...]
    labels: tuple[PartScore, ...]
    pairs: tuple[PairScore, ...]
    aided: tuple[PartScore, ...] = ()
    aided_pairs: tuple[PairScore, ...] = ()
    left_out: tuple[LeftOut, ...] = ()
    code_version: str = CODE_VERSION

    def part(self, name: str) -> float | None:
        """The score of one part, None where it has none."""
        return next((p.value for p in self.parts if p.part == name), None)


class _Compared(Struct, frozen=True):
    """What comparing two sets on one part gives: label (None for all), value and number of things said."""

    label: str | None
    value: float
    n: int


_Scored = Tier | Question | SpanType


def countable_pairs(sets: Sequence[CountableSet]) -> list[tuple[CountableSet, CountableSet]]:
    """Pairs of independent answers: two people who saw the same suggestion agree with it, not with each other."""
    return [(a, b) for a, b in combinations(sets, 2) if not (a.aided and b.aided)]


def score_item(
    schema: LabelSchema, tasks: Sequence[TaskSets], *, versions: Mapping[int, LabelSchema] | None = None
) -> ItemScore:
    """The item's agreement.

    Per interval tier and span type the segment F1 at IoU 0.5, per point tier the onset F1 at 50 ms, per question
    equality, Jaccard index or closeness on the scale; texts and relations are not scored. A part's score is the mean
    over countable pairs, then the mean over tasks weighted by their length (equal weights where no task has one); a
    label's score is the same over the pairs in which either side used it.

    Parameters
    ----------
    schema : what is scored, the newest version's
    versions : the schemas of the project versions under which the sets were made, where these are not all the newest:
        two sets are compared on what both versions have, the rest is told in ``left_out``
    """
    lengths = {task.task_id: task.duration_us for task in tasks}
    comparing = _Comparing(versions or {})
    parts, labels, pairs, aided, aided_pairs = [], [], [], [], []
    for part in scored_parts(schema):
        rows: list[PairScore] = []
        rows_aided: list[PairScore] = []
        for task in tasks:
            for a, b in combinations(task.sets, 2):
                (rows_aided if a.aided and b.aided else rows).extend(comparing.rows(part, task.task_id, a, b))
        pairs += rows
        parts.append(_over_tasks(part, None, rows, lengths))
        used = sorted({row.label for row in rows if row.label is not None})
        labels += [_over_tasks(part, label, rows, lengths) for label in used]
        if rows_aided:
            aided_pairs += rows_aided
            aided.append(_over_tasks(part, None, rows_aided, lengths))
    known = [(p.value, p.part) for p in parts if p.value is not None]
    lowest = min(known, key=lambda found: found[0], default=None)
    return ItemScore(
        lowest[0] if lowest else None,
        lowest[1] if lowest else "",
        tuple(parts),
        tuple(labels),
        tuple(pairs),
        tuple(aided),
        tuple(aided_pairs),
        tuple(comparing.left_out),
    )


def score_beside(
    schema: LabelSchema,
    tasks: Sequence[TaskSets],
    beside: Mapping[str, CountableSet],
    *,
    versions: Mapping[int, LabelSchema] | None = None,
    only_said: bool = False,
) -> tuple[PairScore, ...]:
    """How each set agrees with another of its task: the model's, or a reference's answer; never part of a score.

    Parameters
    ----------
    beside : the other set by task id; ``set_b`` of each row
    only_said : compare only on parts of which the other set says anything
    """
    comparing = _Comparing(versions or {})
    found: list[PairScore] = []
    for part in scored_parts(schema):
        for task in tasks:
            other = beside.get(task.task_id)
            if other is None or (only_said and not comparing.says(part, other)):
                continue
            for one in task.sets:
                found += comparing.rows(part, task.task_id, one, other)
    return tuple(found)


class _Comparing:
    """Compares sets pair by pair; what a set says on a part is looked up once, however many it is compared with."""

    def __init__(self, versions: Mapping[int, LabelSchema]) -> None:
        self._parts = {version: {p.name: p for p in scored_parts(known)} for version, known in versions.items()}
        self._said: dict[tuple[int, str], Any] = {}
        self.left_out: list[LeftOut] = []

    def rows(self, part: _Scored, task_id: str, a: CountableSet, b: CountableSet) -> Iterator[PairScore]:
        """Two sets compared on one part: all labels together first, then each that either of them used."""
        odd = self._only_in_one(part, a.annotations.project_version, b.annotations.project_version)
        if odd is None:
            self.left_out.append(LeftOut(part.name, None, a.set_id, b.set_id, task_id))
            return
        ours, theirs = self._look_up(part, a), self._look_up(part, b)
        if odd:
            used = sorted(odd & (_labels_in(part, ours) | _labels_in(part, theirs)))
            self.left_out += [LeftOut(part.name, label, a.set_id, b.set_id, task_id) for label in used]
            if used and isinstance(part, Question):
                return
            if used:
                ours, theirs = ours.without(odd), theirs.without(odd)
        metric = metric_of(part)
        for found in _compared(part, ours, theirs):
            yield PairScore(
                part.name, found.label, a.set_id, b.set_id, metric, found.value, found.n, task_id, a.head, b.head
            )

    def says(self, part: _Scored, one: CountableSet) -> bool:
        """Whether a set says anything on a part."""
        said = self._look_up(part, one)
        return bool(said.pieces) if isinstance(said, _Pieces) else said is not None

    def _look_up(self, part: _Scored, one: CountableSet) -> Any:
        key = id(one), part.name  # whoever compares holds the sets
        if key not in self._said:
            self._said[key] = _said_on(part, one.annotations)
        return self._said[key]

    def _only_in_one(self, part: _Scored, a: int, b: int) -> frozenset[str] | None:
        """Labels of a part that only one of two versions has; None where they cannot be compared on it at all."""
        if not self._parts:
            return frozenset()
        newest = {part.name: part}
        one, other = (self._parts.get(version, newest).get(part.name) for version in (a, b))
        if one is None or other is None or not _form(one) == _form(other) == _form(part):
            return None
        return frozenset(x.name for x in one.labels) ^ frozenset(x.name for x in other.labels)


def _form(part: _Scored) -> tuple[object, ...]:
    """What must be the same of a part for two answers to be comparable."""
    if isinstance(part, Question):
        return (Question, part.kind, part.scale if part.kind is QuestionKind.RATING else None)
    return (type(part), part.kind if isinstance(part, Tier) else None)


class _Pieces:
    """What a set marks on a tier or of a span type, and how many pieces carry each label."""

    __slots__ = ("lanes", "pieces", "times")

    def __init__(self, pieces: list[Piece]) -> None:
        self.pieces, self.lanes = pieces, in_lanes(pieces)
        self.times = _times(piece.labels for piece in pieces)

    def without(self, labels: frozenset[str]) -> _Pieces:
        """The pieces that carry none of some labels."""
        return _Pieces([piece for piece in self.pieces if not piece.labels & labels])


def _times(given: Iterable[frozenset[str]]) -> dict[str, int]:
    """How many of these carry each label."""
    alike = Counter(given)
    found: dict[str, int] = {}
    for labels, count in alike.items():
        for label in labels:
            found[label] = found.get(label, 0) + count
    return found


def _said_on(part: _Scored, annotations: AnnotationSet) -> Any:
    """What a set says on a part: its pieces, or its answer's value."""
    if isinstance(part, Tier):
        return _Pieces(segment_pieces(annotations.segments(part.name)))
    if isinstance(part, SpanType):
        return _Pieces(span_pieces([s for s in annotations.spans() if s.type == part.name]))
    return answer_value(part, annotations)


def _labels_in(part: _Scored, said: Any) -> frozenset[str]:
    if not isinstance(part, Question):
        return frozenset(said.times)
    if part.kind is QuestionKind.RATING or said is None:
        return frozenset()
    return frozenset(said) if isinstance(said, frozenset) else frozenset({str(said)})


def _over_tasks(part: _Scored, label: str | None, rows: Sequence[PairScore], lengths: Mapping[str, int]) -> PartScore:
    """The mean over the pairs of each task, weighted by the tasks' lengths."""
    by_task: dict[str, list[float]] = {}
    for row in rows:
        if row.label == label:
            by_task.setdefault(row.task_id, []).append(row.value)
    means = [(sum(values) / len(values), lengths[task_id]) for task_id, values in by_task.items()]
    return PartScore(part.name, metric_of(part), _weighted(means), sum(map(len, by_task.values())), label)


def scored_parts(schema: LabelSchema) -> list[_Scored]:
    """The parts of a schema that have an agreement, in its order."""
    questions = [q for q in schema.questions if q.kind is not QuestionKind.TEXT]
    return [*schema.tiers, *questions, *schema.span_types]


def metric_of(part: _Scored) -> str:
    """The name of the number by which a part is compared."""
    if isinstance(part, Tier):
        return "onset-f1" if part.kind is TierKind.POINT else "segment-f1"
    if isinstance(part, SpanType):
        return "segment-f1"
    return {QuestionKind.CHOICE: "equal", QuestionKind.MULTI_LABEL: "jaccard"}.get(part.kind, "rating")


def compare(part: _Scored, a: AnnotationSet, b: AnnotationSet) -> list[_Compared]:
    """Two sets on one part: all labels together first, then each label that either of them used."""
    return _compared(part, _said_on(part, a), _said_on(part, b))


def _compared(part: _Scored, ours: Any, theirs: Any) -> list[_Compared]:
    if isinstance(part, Question):
        return _compare_answers(part, ours, theirs)
    return _compare_pieces(ours, theirs, points=isinstance(part, Tier) and part.kind is TierKind.POINT)


def _compare_pieces(a: _Pieces, b: _Pieces, *, points: bool) -> list[_Compared]:
    ours, theirs = a.pieces, b.pieces
    pairs = match_onsets(ours, theirs) if points else [(m.a, m.b) for m in match_lanes(a.lanes, b.lanes)]
    found = [_Compared(None, f1(len(pairs), len(ours), len(theirs)), len(ours) + len(theirs) - len(pairs))]
    # Paired pieces carry equal labels, so the pairing of all labels is also that of each.
    matched = _times(ours[i].labels for i, _ in pairs)
    for label in sorted({*a.times, *b.times}):
        count, n_a, n_b = matched.get(label, 0), a.times.get(label, 0), b.times.get(label, 0)
        found.append(_Compared(label, f1(count, n_a, n_b), n_a + n_b - count))
    return found


def _compare_answers(question: Question, ours: Any, theirs: Any) -> list[_Compared]:
    if question.kind is QuestionKind.RATING:
        return [_Compared(None, _rating_agreement(question, ours, theirs), _said(ours, theirs))]
    one, other = (value if isinstance(value, frozenset) else _as_set(value) for value in (ours, theirs))
    value = len(one & other) / len(one | other) if one | other else 1.0
    labels = sorted(str(label) for label in one | other)
    return [
        _Compared(None, value, _said(ours, theirs)),
        *(_Compared(label, float(label in one and label in other), 1) for label in labels),
    ]


def _said(a: object, b: object) -> int:
    return int(a is not None or b is not None)


def _as_set(value: object) -> frozenset[object]:
    return frozenset() if value is None else frozenset({value})


def _rating_agreement(question: Question, a: object, b: object) -> float:
    if not isinstance(a, int | float) or not isinstance(b, int | float):
        return float(a == b)
    low, high = question.scale
    return max(0.0, 1 - abs(a - b) / (high - low)) if high > low else float(a == b)


def answer_value(question: Question, annotations: AnnotationSet) -> Any:
    """A set's answer in comparable form: None where missing, a frozenset of labels for a multi-label question."""
    answer = annotations.answer(question.name)
    if answer is None:
        return None
    value = answer.value
    if question.kind is QuestionKind.MULTI_LABEL and value != NOT_SURE:
        if value == CHECKED_NONE:
            return frozenset()
        return frozenset(value) if isinstance(value, tuple | list) else frozenset({value})
    return value.strip() if isinstance(value, str) else value


def _weighted(means: Sequence[tuple[float, int]]) -> float | None:
    if not means:
        return None
    total = sum(weight for _, weight in means)
    if total == 0:
        return sum(value for value, _ in means) / len(means)
    return sum(value * weight for value, weight in means) / total
