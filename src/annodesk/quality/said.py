"""What each of several people says at each place of a task, in words to be counted: an answer, or a stretch's label."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from annodesk.model.annotations import NOT_SURE, AnnotationSet
from annodesk.model.schema import Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.agreement import answer_value
from annodesk.quality.alignment import Piece, clusters, point_clusters, segment_pieces, span_pieces
from annodesk.quality.tally import UNLABELLED

NOTHING = ""
"""Said by who marks nothing where somebody else does; of one label alone also by who gives another."""

Place = tuple[int, tuple[str | None, ...]]
"""Where it is (us, or a code point; 0 of a question), and what each says there; None of who did not answer."""


def said_of(
    part: Tier | Question | SpanType, sets: Sequence[AnnotationSet], *, label: str | None = None
) -> list[Place]:
    """What each says at each place of a part; with a label whether they give it (the label) or not ("").

    A question has one place. On a tier or of a span type a place is what several mark alike (IoU 0.5, points within
    50 ms), whatever they call it, and whatever one alone marks. Texts are not compared.
    """
    if isinstance(part, Question):
        values = [_words_of_answer(part, one, label) for one in sets]
        return [(0, tuple(values))] if any(value is not None for value in values) else []
    points = isinstance(part, Tier) and part.kind is TierKind.POINT
    found: list[Place] = []
    sides = [_pieces(part, one) for one in sets]
    places = [[Piece(p.start, p.end, frozenset(), p.lane) for p in side] for side in sides]
    for members in point_clusters(places) if points else clusters(places):
        words = [NOTHING] * len(sets)
        for side, place in members:
            words[side] = _words(sides[side][place].labels, label)
        first_side, first_place = members[0]
        if any(words):
            found.append((sides[first_side][first_place].start, tuple(words)))
    return sorted(found)


def _pieces(part: Tier | SpanType, annotations: AnnotationSet) -> list[Piece]:
    if isinstance(part, Tier):
        return segment_pieces(annotations.segments(part.name))
    return span_pieces(span for span in annotations.spans() if span.type == part.name)


def _words_of_answer(question: Question, annotations: AnnotationSet, label: str | None) -> str | None:
    value = answer_value(question, annotations)
    if value is None or value == NOT_SURE or question.kind is QuestionKind.TEXT:
        return None
    if isinstance(value, frozenset):
        return _words((str(one) for one in value), label)
    return _words([f"{value:g}" if isinstance(value, float) else str(value)], label)


def _words(labels: Iterable[str], label: str | None) -> str:
    given = sorted(labels)
    if label is not None:
        return label if label in given else NOTHING
    return " + ".join(given) or UNLABELLED
