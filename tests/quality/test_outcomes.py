"""Answers that were given at a place, and work beside a reference that has places without one answer."""

from __future__ import annotations

import pytest

from annodesk.model.annotations import AnnotationSet, Answer, Element, Segment, Span, answer_id
from annodesk.model.outcomes import WHOLE, Alternative, Outcome, OutcomeKind, Piece
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier
from annodesk.quality.disagreements import find_disagreements
from annodesk.quality.heat import strength
from annodesk.quality.outcomes import against_reference, distribution, outcome_at

S = 1_000_000
LABELS = tuple(Label(name) for name in ("speech", "music", "advert"))
SCHEMA = LabelSchema(
    tiers=(Tier("content", labels=LABELS),),
    questions=(Question("genre", labels=LABELS), Question("tags", QuestionKind.MULTI_LABEL, labels=LABELS)),
    span_types=(SpanType("entity", labels=LABELS),),
)


def made(name: str, *elements: Element) -> AnnotationSet:
    return AnnotationSet(name, elements=elements)


def segment(name: str, start: float, end: float, label: str) -> Segment:
    return Segment(name, "content", round(start * S), round(end * S), (label,))


def answer(question: str, value: object) -> Answer:
    return Answer(answer_id(question), question, value)


def ruled(outcome: Outcome, target: str = "place") -> Answer:
    return Answer(answer_id("ruling", target), "ruling", outcome.to_value(), target)


def test_what_was_said_is_counted_with_near_boundaries_as_one() -> None:
    sides = [
        made("a", segment("1", 0, 10, "speech")),
        made("b", segment("2", 0, 10.1, "music")),
        made("c", segment("3", 0, 10, "music")),
        made("d"),
    ]
    (place,) = [d for d in find_disagreements(SCHEMA, sides) if d.start_us == 0]
    assert [(one.votes, [p.labels for p in one.pieces]) for one in distribution(place)] == [
        (2, [("music",)]),
        (1, [("speech",)]),
        (1, []),
    ]


def test_a_list_of_labels_is_one_answer_in_any_order() -> None:
    sides = [
        made("a", answer("tags", ("speech", "music"))),
        made("b", answer("tags", ("music", "speech"))),
        made("c", answer("tags", ("advert",))),
    ]
    (place,) = find_disagreements(SCHEMA, sides)
    assert [one.votes for one in distribution(place)] == [2, 1]


def test_only_acceptable_answers_are_kept_with_an_outcome() -> None:
    sides = [made("a", answer("genre", "speech")), made("b", answer("genre", "music"))]
    (place,) = find_disagreements(SCHEMA, sides)
    assert len(outcome_at(place, OutcomeKind.SEVERAL).alternatives) == 2
    assert outcome_at(place, OutcomeKind.UNDECIDED).alternatives == ()


def test_a_place_is_hotter_the_more_pairs_differ_there() -> None:
    two = [made("a", answer("genre", "speech")), made("b", answer("genre", "music"))]
    (all_differ,) = find_disagreements(SCHEMA, two)
    (one_differs,) = find_disagreements(SCHEMA, [*two, made("c", answer("genre", "music"))])
    assert strength(all_differ) == 1.0
    assert strength(one_differs) == pytest.approx(2 / 3)
    moved = [made("a", segment("1", 0, 10, "speech")), made("b", segment("2", 0, 12, "speech"))]
    assert all(0 < strength(d) <= 1 for d in find_disagreements(SCHEMA, moved))


@pytest.mark.parametrize("kind", [OutcomeKind.UNDECIDED, OutcomeKind.EXCLUDED])
def test_where_the_reference_has_no_answer_nothing_is_compared(kind: OutcomeKind) -> None:
    reference = made(
        "r",
        segment("1", 0, 10, "speech"),
        segment("2", 20, 30, "speech"),
        ruled(Outcome(kind, "content", 10 * S, 20 * S)),
    )
    work = made("w", segment("3", 0, 15, "speech"), segment("4", 15, 30, "speech"))
    pair = against_reference(reference, work)
    assert pair is not None
    known, given = pair
    assert find_disagreements(SCHEMA, [known, given]) == ()
    assert [(s.start_us, s.end_us) for s in given.segments("content")] == [(0, 10 * S), (20 * S, 30 * S)]


def test_one_of_several_acceptable_answers_is_as_good_as_another() -> None:
    outcome = Outcome(
        OutcomeKind.SEVERAL,
        "content",
        10 * S,
        20 * S,
        alternatives=(
            Alternative(2, (Piece(10 * S, 20 * S, ("advert",)),)),
            Alternative(1, (Piece(10 * S, 20 * S, ("speech",)),)),
        ),
    )
    reference = made("r", segment("1", 0, 10, "music"), ruled(outcome))
    for label, differs in (("speech", False), ("advert", False), ("music", True)):
        pair = against_reference(reference, made("w", segment("2", 0, 10, "music"), segment("3", 10, 20, label)))
        assert pair is not None
        assert bool(find_disagreements(SCHEMA, pair)) is differs, label


def test_an_acceptable_answer_to_a_question_and_acceptable_words_count_alike() -> None:
    either = Outcome(
        OutcomeKind.SEVERAL, "genre", alternatives=(Alternative(1, value="speech"), Alternative(1, value="music"))
    )
    words = Outcome(
        OutcomeKind.SEVERAL,
        "entity",
        asset="t",
        start=0,
        end=9,
        alternatives=(Alternative(1, (Piece(0, 4, ("speech",)),)),),
    )
    reference = made("r", ruled(either, "genre"), ruled(words, "entity@t:0-9"))
    good = made("w", answer("genre", "music"), Span("s", "t", "entity", 0, 4, ("speech",)))
    bad = made("w", answer("genre", "advert"), Span("s", "t", "entity", 0, 9, ("speech",)))
    pairs = [against_reference(reference, one) for one in (good, bad)]
    assert [len(find_disagreements(SCHEMA, pair or ())) for pair in pairs] == [0, 2]


def test_an_item_that_is_left_out_is_no_reference() -> None:
    reference = made("r", answer("genre", "speech"), ruled(Outcome(OutcomeKind.EXCLUDED, reason="noise"), WHOLE))
    assert against_reference(reference, made("w", answer("genre", "speech"))) is None
