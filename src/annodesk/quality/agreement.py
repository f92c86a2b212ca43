"""Agreement on one item: a score per part, label and pair of independent sets, and the item's own score."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE, AnnotationSet
from annodesk.model.schema import LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.alignment import Piece, f1, match_onsets, match_pieces, segment_pieces, span_pieces

CODE_VERSION = "1"
"""Changes whenever the same sets would get another score; every score row names it."""


@dataclass(frozen=True, slots=True)
class CountableSet:
    """One author's set at the head that counts; ``aided`` where suggestions were in view."""

    set_id: str
    head: str | None
    annotations: AnnotationSet
    aided: bool


@dataclass(frozen=True, slots=True)
class TaskSets:
    """The sets of one task of an item, and the length that weighs the task."""

    task_id: str
    duration_us: int
    sets: tuple[CountableSet, ...]


@dataclass(frozen=True, slots=True)
class PairScore:
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


@dataclass(frozen=True, slots=True)
class PartScore:
    """Agreement on a part, or on one label of it, over the whole item and ``n`` pairs; None where no two sets count."""

    part: str
    metric: str
    value: float | None
    n: int
    label: str | None = None


@dataclass(frozen=True, slots=True)
class ItemScore:
    """The lowest of the item's part scores and the part it comes from; None where nothing could be scored.

    ``labels`` holds the score of each label that anybody used.
    """

    value: float | None
    culprit: str
    parts: tuple[PartScore, ...]
    labels: tuple[PartScore, ...]
    pairs: tuple[PairScore, ...]
    code_version: str = CODE_VERSION

    def part(self, name: str) -> float | None:
        """The score of one part, None where it has none."""
        return next((p.value for p in self.parts if p.part == name), None)


@dataclass(frozen=True, slots=True)
class _Compared:
    """What comparing two sets on one part gives: label (None for all), value and number of things said."""

    label: str | None
    value: float
    n: int


_Scored = Tier | Question | SpanType


def countable_pairs(sets: Sequence[CountableSet]) -> list[tuple[CountableSet, CountableSet]]:
    """Pairs of independent answers: two people who saw the same suggestion agree with it, not with each other."""
    return [(a, b) for a, b in combinations(sets, 2) if not (a.aided and b.aided)]


def score_item(schema: LabelSchema, tasks: Sequence[TaskSets]) -> ItemScore:
    """The item's agreement.

    Per interval tier and span type the segment F1 at IoU 0.5, per point tier the onset F1 at 50 ms, per question
    equality, Jaccard index or closeness on the scale; texts and relations are not scored. A part's score is the mean
    over countable pairs, then the mean over tasks weighted by their length (equal weights where no task has one); a
    label's score is the same over the pairs in which either side used it.
    """
    lengths = {task.task_id: task.duration_us for task in tasks}
    parts, labels, pairs = [], [], []
    for part in scored_parts(schema):
        rows = [row for task in tasks for row in _pair_scores(part, task)]
        pairs += rows
        parts.append(_over_tasks(part, None, rows, lengths))
        used = sorted({row.label for row in rows if row.label is not None})
        labels += [_over_tasks(part, label, rows, lengths) for label in used]
    known = [(p.value, p.part) for p in parts if p.value is not None]
    lowest = min(known, key=lambda found: found[0], default=None)
    return ItemScore(
        lowest[0] if lowest else None,
        lowest[1] if lowest else "",
        tuple(parts),
        tuple(labels),
        tuple(pairs),
    )


def _pair_scores(part: _Scored, task: TaskSets) -> list[PairScore]:
    """Every countable pair of a task compared on one part: all labels together first, then each."""
    return [
        PairScore(
            part.name,
            found.label,
            a.set_id,
            b.set_id,
            metric_of(part),
            found.value,
            found.n,
            task.task_id,
            a.head,
            b.head,
        )
        for a, b in countable_pairs(task.sets)
        for found in compare(part, a.annotations, b.annotations)
    ]


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
    if isinstance(part, Tier):
        return _compare_pieces(
            segment_pieces(a.segments(part.name)),
            segment_pieces(b.segments(part.name)),
            points=part.kind is TierKind.POINT,
        )
    if isinstance(part, SpanType):
        ours, theirs = ([s for s in side.spans() if s.type == part.name] for side in (a, b))
        return _compare_pieces(span_pieces(ours), span_pieces(theirs), points=False)
    return _compare_answers(part, a, b)


def _compare_pieces(a: list[Piece], b: list[Piece], *, points: bool) -> list[_Compared]:
    if points:
        pairs = match_onsets(a, b)
    else:
        pairs = [(m.a, m.b) for m in match_pieces(a, b)]
    found = [_Compared(None, f1(len(pairs), len(a), len(b)), len(a) + len(b) - len(pairs))]
    for label in sorted({label for piece in (*a, *b) for label in piece.labels}):
        n_a, n_b = (sum(label in piece.labels for piece in side) for side in (a, b))
        # Paired pieces carry equal labels, so the pairing of all labels is also that of each.
        matched = sum(label in a[i].labels for i, _ in pairs)
        found.append(_Compared(label, f1(matched, n_a, n_b), n_a + n_b - matched))
    return found


def _compare_answers(question: Question, a: AnnotationSet, b: AnnotationSet) -> list[_Compared]:
    ours, theirs = (answer_value(question, side) for side in (a, b))
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
