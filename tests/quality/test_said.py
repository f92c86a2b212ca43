"""What each says at each place: one row per thing that somebody marks or answers."""

from __future__ import annotations

from annodesk.model.annotations import AnnotationSet, Answer, Element, Segment, Span, answer_id
from annodesk.model.schema import Label, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.said import said_of

LABELS = (Label("a"), Label("b"))
TIER = Tier("t", labels=LABELS)
POINTS = Tier("p", kind=TierKind.POINT, labels=LABELS)
MANY = Question("q", QuestionKind.MULTI_LABEL, labels=LABELS)


def side(*elements: Element) -> AnnotationSet:
    return AnnotationSet("s", elements=elements)


def marked(start: int, end: int, *labels: str, tier: str = "t") -> Segment:
    return Segment(f"{tier}{start}", tier, start, end, labels)


def answered(value: object, question: str = "q") -> AnnotationSet:
    return side(Answer(answer_id(question), question, value))


def test_stretches_that_lie_upon_each_other_are_one_place_whatever_they_are_called() -> None:
    one, other = side(marked(0, 100, "a"), marked(200, 300, "a")), side(marked(10, 100, "b"))
    assert said_of(TIER, [one, other, side()]) == [(0, ("a", "b", "")), (200, ("a", "", ""))]


def test_points_are_one_place_within_fifty_milliseconds() -> None:
    one, other = side(marked(0, 0, "a", tier="p")), side(marked(40_000, 40_000, "b", tier="p"))
    assert said_of(POINTS, [one, other]) == [(0, ("a", "b"))]
    far = side(marked(60_000, 60_000, "b", tier="p"))
    assert said_of(POINTS, [one, far]) == [(0, ("a", "")), (60_000, ("", "b"))]


def test_one_label_is_given_or_not() -> None:
    one, other = side(marked(0, 100, "a")), side(marked(0, 100, "b"))
    assert said_of(TIER, [one, other], label="b") == [(0, ("", "b"))]
    assert said_of(TIER, [one, one], label="b") == []


def test_several_labels_at_once_are_one_saying() -> None:
    given = [answered(("b", "a")), answered(("a",)), answered("checked, none"), answered("not sure"), side()]
    assert said_of(MANY, given) == [(0, ("a + b", "a", "without a label", None, None))]
    assert said_of(MANY, given, label="b") == [(0, ("b", "", "", None, None))]


def test_a_question_nobody_answered_has_no_place() -> None:
    assert said_of(MANY, [side(), answered("not sure")]) == []


def test_spans_are_places_of_their_text() -> None:
    kind = SpanType("s", labels=LABELS)
    one = side(Span("x", "text", "s", 0, 10, ("a",)), Span("y", "other text", "s", 0, 10, ("a",)))
    other = side(Span("x", "text", "s", 1, 10, ("b",)))
    assert said_of(kind, [one, other]) == [(0, ("a", "")), (0, ("a", "b"))]


def test_empty_stretches_and_nobody_at_all_are_no_trouble() -> None:
    assert said_of(TIER, []) == []
    assert said_of(TIER, [side(marked(5, 5, "a")), side(marked(5, 5, "b"))]) == [(5, ("a", "b"))]
