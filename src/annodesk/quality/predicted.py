"""What a model got right of one item on one part, beside the answer that stands there: the counts figures are made of.

On a tier or of a span type what counts as right is what counts as agreement (`agreement`): paired one to one with the
same labels at an IoU of 0.5, moments within 50 ms. What is confused is told of pairs that overlap alike, whatever they
are called (`said`).
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.model.annotations import NOT_SURE, AnnotationSet, Answer, Element, Segment, Span
from annodesk.model.schema import Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.agreement import CountableSet, ItemScore, TaskSets, answer_value
from annodesk.quality.alignment import match_onsets, match_pieces, segment_pieces, span_pieces
from annodesk.quality.outcomes import against_reference
from annodesk.quality.rankings import average_precision, ndcg
from annodesk.quality.said import NOTHING, said_of
from annodesk.quality.tally import OTHER, UNLABELLED, tally_item

Part = Tier | Question | SpanType
_UNSCORED = ItemScore(None, "", (), (), ())


class Sure(Struct, frozen=True):
    """A probability, of what label it was given, and whether that was right."""

    label: str
    probability: float
    right: bool


class Mistake(Struct, frozen=True):
    """A place where the model says something else than what stands; "" for nothing.

    ``at`` and ``end`` are times (us) or code points, 0 of a question; ``probability`` is how sure the model was.
    """

    at: int
    end: int
    truth: str
    said: str
    probability: float | None = None


class Counted(Struct):
    """One model on one part of one item.

    Parameters
    ----------
    truths, said, right : how often each label stands, was said, and was said where it stands
    n_truths, n_said, n_right : the same of all together
    is_exact : whether nothing was missed and nothing is too much
    places, lengths : how often, and for how long (us, code points; 1 of a question), this stands and that was said
    sure : what the model gave probabilities to
    ndcg, precision : of its ranking of labels, None where it gave none or nothing stands that could be found
    number : what it says on a scale, for rankings of items
    """

    truths: Counter[str] = field(default_factory=Counter)
    said: Counter[str] = field(default_factory=Counter)
    right: Counter[str] = field(default_factory=Counter)
    n_truths: int = 0
    n_said: int = 0
    n_right: int = 0
    is_exact: bool = False
    places: Counter[tuple[str, str]] = field(default_factory=Counter)
    lengths: Counter[tuple[str, str]] = field(default_factory=Counter)
    sure: list[Sure] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    ndcg: float | None = None
    precision: float | None = None
    number: float | None = None
    scale: float | None = None


def count(part: Part, truth: AnnotationSet, said: AnnotationSet, duration_us: int, known: frozenset[str]) -> (
    Counted | None
):  # fmt: skip
    """What a model got right; None where there is no answer to hold against it.

    Where several answers are acceptable each is right, and where there is none nothing is compared.

    Parameters
    ----------
    known : the labels there are; any other that the model says is "another label"
    """
    both = against_reference(truth, said)
    if both is None:
        return None
    truth, said = both
    if isinstance(part, Question):
        return _count_answer(part, truth, said, known)
    return _count_pieces(part, truth, said, duration_us, known)


def labels_of(part: Part, truth: AnnotationSet) -> set[str]:
    """The labels of a part that stand for an item, whether the project has them still or not."""
    if isinstance(part, Question):
        value = answer_value(part, truth)
        return set() if value == NOT_SURE else set(_labels(part, value))
    marks: Iterable[Segment | Span] = truth.segments(part.name) if isinstance(part, Tier) else _spans(part, truth)
    return {label for one in marks for label in one.labels}


# Answers


def _labels(question: Question, value: Any) -> frozenset[str]:
    """A value as labels; a rating is the nearest step of its scale."""
    if value is None or value == NOT_SURE:
        return frozenset()
    if isinstance(value, frozenset):
        return frozenset(str(one) for one in value)
    if question.kind is QuestionKind.RATING:
        number = _number(value)
        return frozenset() if number is None else frozenset({f"{math.floor(number + 0.5)}"})
    return frozenset({str(value)})


def _number(value: object) -> float | None:
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return float(value) if is_number else None  # type: ignore[arg-type]


def _count_answer(
    question: Question, truth: AnnotationSet, said: AnnotationSet, known: frozenset[str]
) -> Counted | None:
    stands = answer_value(question, truth)
    if stands is None or stands == NOT_SURE:
        return None
    right_ones = _labels(question, stands)
    value = answer_value(question, said)
    is_answered = value is not None and value != NOT_SURE
    given = frozenset(one if one in known else OTHER for one in _labels(question, value))
    both = right_ones & given
    found = Counted(Counter(right_ones), Counter(given), Counter(both), len(right_ones), len(given), len(both))
    found.is_exact = is_answered and right_ones == given
    pair = (_joined(right_ones), _joined(given) if is_answered else NOTHING)
    found.places[pair] = found.lengths[pair] = 1
    answer = said.answer(question.name)
    chances = _chances(answer) if answer is not None else {}
    mean = _mean_sure(answer, given, chances)
    if not found.is_exact:
        found.mistakes.append(Mistake(0, 0, *pair, mean))
    if question.kind is QuestionKind.MULTI_LABEL and chances:
        found.sure = [Sure(label, p, label in right_ones) for label, p in chances.items() if label in known]
    elif len(given) == 1 and mean is not None:
        (label,) = given
        found.sure = [Sure(label, mean, bool(both))]
    if question.kind is QuestionKind.RATING:
        found.scale, found.number = _number(stands), _number(value)
    elif len(chances) > 1 and right_ones:
        order = {label: chances.get(label, -1.0) for label in {*chances, *right_ones}}
        gains = [float(label in right_ones) for label in order]
        found.ndcg, found.precision = ndcg(gains, [*order.values()]), average_precision(gains, [*order.values()])
    return found


def _joined(labels: Iterable[str]) -> str:
    return " + ".join(sorted(labels)) or UNLABELLED


def _chances(element: Element) -> Mapping[str, float]:
    told = getattr(element, "origin", None)
    suggestion = told.suggestion if told is not None else None
    return dict(suggestion.probabilities) if suggestion is not None else {}


def _mean_sure(answer: Answer | None, given: frozenset[str], chances: Mapping[str, float]) -> float | None:
    """How sure the model is of its answer; of several labels, that all are right."""
    if answer is None:
        return None
    if (suggestion := answer.origin.suggestion) is not None and 0 <= suggestion.probability <= 1:
        return suggestion.probability
    return math.prod(chances[one] for one in given) if given and given <= chances.keys() else None


# Pieces of time and of text


def _count_pieces(
    part: Tier | SpanType, truth: AnnotationSet, said: AnnotationSet, duration_us: int, known: frozenset[str]
) -> Counted:
    theirs = _known_alone(part, said, known)
    marks: Sequence[Segment | Span]
    if isinstance(part, Tier):
        marks = segments = theirs.segments(part.name)
        a, b = segment_pieces(truth.segments(part.name)), segment_pieces(segments)
    else:
        marks = spans = _spans(part, theirs)
        a, b = span_pieces(_spans(part, truth)), span_pieces(spans)
    is_point = isinstance(part, Tier) and part.kind is TierKind.POINT
    pairs = match_onsets(a, b) if is_point else [(m.a, m.b) for m in match_pieces(a, b)]
    found = Counted(_times(a), _times(b), _times(a[i] for i, _ in pairs), len(a), len(b), len(pairs))
    found.is_exact = len(a) == len(b) == len(pairs)
    right = {j for _, j in pairs}
    chances = [_probability(mark) for mark in marks]
    for place, probability in enumerate(chances):
        if probability is not None:
            found.sure += [Sure(label, probability, place in right) for label in marks[place].labels[:1]]
    at = {(one.start, " + ".join(sorted(one.labels))): chance for one, chance in zip(b, chances, strict=True)}
    ends = {one.start: one.end for one in (*b, *a)}
    for start, (stands, says) in said_of(part, [truth, theirs]):
        pair = (stands or NOTHING, says or NOTHING)
        found.places[pair] += 1
        if pair[0] != pair[1]:
            found.mistakes.append(Mistake(start, ends.get(start, start), *pair, at.get((start, pair[1]))))
    if not is_point:
        sides = tuple(CountableSet(str(n), None, one, False) for n, one in enumerate((truth, theirs)))
        (told,) = tally_item([part], [TaskSets("", duration_us, sides)], {}, _UNSCORED)
        for unit in told.tasks[0].units:
            one, other = (" + ".join(sorted(side or ())) for side in unit.said)
            if one or other:
                found.lengths[one, other] += unit.weight
    return found


def _known_alone(part: Tier | SpanType, said: AnnotationSet, known: frozenset[str]) -> AnnotationSet:
    """What a model says on a part, with every label that is not known as the same other one."""

    def mended(one: Segment | Span) -> Segment | Span:
        if known.issuperset(one.labels):
            return one
        return replace(one, labels=tuple(dict.fromkeys(x if x in known else OTHER for x in one.labels)))

    if isinstance(part, Tier):
        return said.with_elements([mended(one) for one in said.segments(part.name)])
    return said.with_elements([mended(one) for one in _spans(part, said)])


def _spans(part: SpanType, annotations: AnnotationSet) -> list[Span]:
    return [one for one in annotations.spans() if one.type == part.name]


def _times(pieces: Iterable[Any]) -> Counter[str]:
    return Counter(label for piece in pieces for label in piece.labels)


def _probability(mark: Segment | Span) -> float | None:
    """How sure a model was of a mark: by its origin, or by what its file says of it in so many words."""
    if mark.origin.suggestion is not None:
        p = mark.origin.suggestion.probability
        return p if 0 <= p <= 1 else None
    for name in ("probability", "confidence", "score"):
        if name in mark.attributes:
            try:
                value = float(mark.attributes[name])
            except (TypeError, ValueError):
                return None
            return value if 0 <= value <= 1 else None
    return None
