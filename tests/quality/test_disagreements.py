"""Where sets differ, what they share, and what ruling every difference leads to."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count, pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.annotations import (
    CHECKED_NONE,
    AnnotationSet,
    Answer,
    Element,
    OriginKind,
    Relation,
    Segment,
    Span,
    answer_id,
)
from annodesk.model.edits import Draft
from annodesk.model.rules import submit_problems
from annodesk.model.schema import (
    Label,
    LabelSchema,
    Question,
    QuestionKind,
    RelationType,
    SpanType,
    Tier,
    TierKind,
    TierRule,
)
from annodesk.quality.agreement import CountableSet, TaskSets, score_item
from annodesk.quality.consensus import consensus, merge_agreed
from annodesk.quality.disagreements import Disagreement, find_disagreements
from annodesk.quality.rulings import take

LABELS = (Label("speech"), Label("music"), Label("advert"))
CONTENT = Tier("content", labels=LABELS)
SCHEMA = LabelSchema(tiers=(CONTENT,))
MULTI = Question("policy", QuestionKind.MULTI_LABEL, labels=(Label("violence"), Label("medical"), Label("drugs")))


def seg(start: float, end: float, label: str = "speech", *, tier: str = "content", text: str = "") -> Segment:
    return Segment(f"{tier}{start}-{end}", tier, round(start * 1e6), round(end * 1e6), (label,), text=text)


def answer(question: str, value: object) -> Answer:
    return Answer(answer_id(question), question, value)


def a_set(*elements: Element, name: str = "set") -> AnnotationSet:
    return AnnotationSet(name, elements=elements)


def places(found: Iterable[Disagreement]) -> list[tuple[str, float, float]]:
    return [(d.kind, (d.start_us or 0) / 1e6, (d.end_us or 0) / 1e6) for d in found]


def lane(elements: Iterable[Element], tier: str = "content") -> list[tuple[float, float, str]]:
    found = [(e.start_us / 1e6, e.end_us / 1e6, e.label) for e in elements if isinstance(e, Segment) and e.tier == tier]
    return sorted(found)


def ruled(
    schema: LabelSchema, sets: Sequence[AnnotationSet], side: int | None, *, tolerance_us: int = 250_000
) -> AnnotationSet:
    """The reviewer's set when one side is taken at every disagreement."""
    review = a_set(*merge_agreed(schema, sets, tolerance_us=tolerance_us), name="review")
    for disagreement in find_disagreements(schema, sets, tolerance_us=tolerance_us):
        review = review.with_changes(take(schema, review, disagreement, sets, side).changes)
    return review


def test_equal_sets_have_no_disagreement_and_share_everything() -> None:
    one = a_set(seg(0, 10), seg(10, 20, "music"))
    assert find_disagreements(SCHEMA, [one, one]) == ()
    assert lane(merge_agreed(SCHEMA, [one, one])) == [(0, 10, "speech"), (10, 20, "music")]


def test_only_the_stretch_in_doubt_is_shown_not_the_long_segment_around_it() -> None:
    a, b = a_set(seg(0, 600)), a_set(seg(0, 300), seg(300, 305, "advert"), seg(305, 600))
    (found,) = find_disagreements(SCHEMA, [a, b])
    assert places([found]) == [("label", 300, 305)]
    assert [said.labels for said in found.answers] == [("speech",), ("advert",)]
    assert found.key == "content@300000000-305000000"
    assert found.where == "content at 00:05:00.000"


def test_a_change_both_make_at_nearly_one_time_is_averaged() -> None:
    a, b = a_set(seg(0, 8), seg(8, 20, "music")), a_set(seg(0, 8.2), seg(8.2, 20, "music"))
    assert find_disagreements(SCHEMA, [a, b]) == ()
    assert lane(merge_agreed(SCHEMA, [a, b])) == [(0, 8.1, "speech"), (8.1, 20, "music")]


def test_a_small_gap_in_one_set_is_averaged_too() -> None:
    a, b = a_set(seg(0, 8), seg(8, 20, "music")), a_set(seg(0, 7.9), seg(8.1, 20, "music"))
    assert find_disagreements(SCHEMA, [a, b]) == ()
    assert lane(merge_agreed(SCHEMA, [a, b])) == [(0, 7.95, "speech"), (8.05, 20, "music")]


def test_a_change_far_apart_is_a_boundary_in_doubt() -> None:
    a, b = a_set(seg(0, 8), seg(8, 20, "music")), a_set(seg(0, 9), seg(9, 20, "music"))
    assert places(find_disagreements(SCHEMA, [a, b])) == [("boundary", 8, 9)]
    assert lane(merge_agreed(SCHEMA, [a, b])) == [(0, 8, "speech"), (9, 20, "music")]


def test_a_short_segment_only_one_has_is_never_taken_for_a_boundary() -> None:
    a, b = a_set(seg(5, 5.2)), a_set()
    assert places(find_disagreements(SCHEMA, [a, b])) == [("missing", 5, 5.2)]


def test_short_segments_have_a_smaller_tolerance() -> None:
    a, b = a_set(seg(0, 0.3)), a_set(seg(0.2, 0.5))
    assert places(find_disagreements(SCHEMA, [a, b])) == [("boundary", 0, 0.2), ("boundary", 0.3, 0.5)]


def test_a_cut_between_equal_labels_that_one_makes_is_in_doubt() -> None:
    a, b = a_set(seg(0, 5), seg(5, 10)), a_set(seg(0, 10))
    assert places(find_disagreements(SCHEMA, [a, b])) == [("boundary", 5, 5)]
    assert lane(ruled(SCHEMA, [a, b], 0)) == [(0, 5, "speech"), (5, 10, "speech")]
    assert lane(ruled(SCHEMA, [a, b], 1)) == [(0, 10, "speech")]


def test_a_cut_both_make_at_nearly_one_time_stays_a_cut() -> None:
    a, b = a_set(seg(0, 5), seg(5, 10)), a_set(seg(0, 5.1), seg(5.1, 10))
    assert find_disagreements(SCHEMA, [a, b]) == ()
    assert lane(merge_agreed(SCHEMA, [a, b])) == [(0, 5.05, "speech"), (5.05, 10, "speech")]


def test_three_people_must_all_agree() -> None:
    sets = [a_set(seg(0, 10)), a_set(seg(0, 10)), a_set(seg(0, 10, "music"))]
    (found,) = find_disagreements(SCHEMA, sets)
    assert [said.labels for said in found.answers] == [("speech",), ("speech",), ("music",)]


def test_taking_a_side_joins_what_the_place_had_cut() -> None:
    a, b = a_set(seg(0, 20)), a_set(seg(0, 8), seg(8, 12, "music"), seg(12, 20))
    assert lane(ruled(SCHEMA, [a, b], 0)) == [(0, 20, "speech")]
    assert lane(ruled(SCHEMA, [a, b], 1)) == [(0, 8, "speech"), (8, 12, "music"), (12, 20, "speech")]
    assert lane(ruled(SCHEMA, [a, b], None)) == [(0, 8, "speech"), (12, 20, "speech")]


def test_a_ruling_can_be_changed() -> None:
    sets = [a_set(seg(0, 20)), a_set(seg(0, 8), seg(8, 12, "music"), seg(12, 20))]
    (found,) = find_disagreements(SCHEMA, sets)
    review = ruled(SCHEMA, sets, 0)
    review = review.with_changes(take(SCHEMA, review, found, sets, 1).changes)
    assert lane(review) == [(0, 8, "speech"), (8, 12, "music"), (12, 20, "speech")]
    again = take(SCHEMA, review, found, sets, 0)
    assert lane(review.with_changes(again.changes)) == [(0, 20, "speech")]


def test_what_a_ruling_brings_names_its_source() -> None:
    sets = [a_set(), a_set(seg(8, 12, "music"))]
    (segment,) = ruled(SCHEMA, sets, 1).segments()
    assert (segment.origin.kind, segment.origin.source) == (OriginKind.RULING, "content8-12")
    assert segment.id != "content8-12"


# Lanes on a coarse grid, so that boundaries, gaps and cuts of two people often fall together.
LANES = st.lists(st.tuples(st.integers(0, 2), st.integers(1, 4), st.sampled_from(["speech", "music"])), max_size=6).map(
    lambda steps: _laid(steps)
)


def _laid(steps: Sequence[tuple[int, int, str]]) -> AnnotationSet:
    at, found = 0, []
    for gap, length, label in steps:
        at += gap
        found.append(Segment(f"s{at}", "content", at, at + length, (label,)))
        at += length
    return a_set(*found)


@given(st.lists(LANES, min_size=2, max_size=3), st.integers(0, 1))
def test_taking_one_side_everywhere_gives_that_sides_segments(sets: list[AnnotationSet], side: int) -> None:
    review = ruled(SCHEMA, sets, side, tolerance_us=0)
    assert lane(review) == lane(sets[side])


@given(LANES, LANES)
def test_sets_without_a_disagreement_score_one(a: AnnotationSet, b: AnnotationSet) -> None:
    score = score_item(
        SCHEMA, [TaskSets("t", 1, tuple(CountableSet(n, None, s, False) for n, s in (("a", a), ("b", b))))]
    )
    for tolerance_us in (0, 1, 3):
        if not find_disagreements(SCHEMA, [a, b], tolerance_us=tolerance_us):
            assert score.value == 1.0


@given(st.lists(LANES, min_size=2, max_size=3), st.integers(0, 3), st.randoms())
def test_disagreements_never_overlap_and_do_not_depend_on_order(sets, tolerance_us, random) -> None:  # type: ignore[no-untyped-def]
    found = find_disagreements(SCHEMA, sets, tolerance_us=tolerance_us)
    ends = [(d.start_us, d.end_us) for d in found]
    assert all(a[1] <= b[0] for a, b in pairwise(ends))
    turned = find_disagreements(SCHEMA, random.sample(sets, len(sets)), tolerance_us=tolerance_us)
    assert [d.key for d in turned] == [d.key for d in found]
    assert len({d.key for d in found}) == len(found)
    shared = merge_agreed(SCHEMA, sets, tolerance_us=tolerance_us)
    assert not submit_problems(LabelSchema(tiers=(Tier("content", labels=LABELS, required=False),)), a_set(*shared))


@given(st.lists(LANES, min_size=2, max_size=2), st.lists(st.sampled_from([0, 1, None]), min_size=20, max_size=20))
def test_any_mixture_of_rulings_leaves_a_set_that_may_stand(
    sets: list[AnnotationSet], choices: list[int | None]
) -> None:
    review = a_set(*merge_agreed(SCHEMA, sets, tolerance_us=2))
    for disagreement, side in zip(find_disagreements(SCHEMA, sets, tolerance_us=2), choices, strict=False):
        review = review.with_changes(take(SCHEMA, review, disagreement, sets, side).changes)
    optional = LabelSchema(tiers=(Tier("content", labels=LABELS, required=False),))
    assert submit_problems(optional, review) == []


def test_tiers_with_overlaps_are_ruled_segment_by_segment() -> None:
    schema = LabelSchema(tiers=(Tier("content", overlap=True, labels=LABELS),))
    a = a_set(seg(0, 60, "music"), seg(10, 20))
    b = a_set(seg(0, 60, "music"), seg(12, 20), seg(30, 35, "advert"))
    found = find_disagreements(schema, [a, b])
    assert places(found) == [("boundary", 10, 20), ("missing", 30, 35)]
    assert lane(ruled(schema, [a, b], 0)) == lane(a)
    assert lane(ruled(schema, [a, b], 1)) == lane(b)


def test_points_differ_beyond_fifty_milliseconds() -> None:
    schema = LabelSchema(tiers=(Tier("events", TierKind.POINT, labels=(Label("click"), Label("cough"))),))
    a = a_set(seg(1, 1, "click", tier="events"), seg(2, 2, "click", tier="events"))
    b = a_set(seg(1.04, 1.04, "click", tier="events"), seg(2.02, 2.02, "cough", tier="events"))
    assert places(find_disagreements(schema, [a, b])) == [("label", 2, 2.02)]
    assert lane(merge_agreed(schema, [a, b]), "events") == [(1.02, 1.02, "click")]
    assert lane(ruled(schema, [a, b], 1), "events") == [(1.02, 1.02, "click"), (2.02, 2.02, "cough")]


def test_spans_differ_by_extent_and_label() -> None:
    schema = LabelSchema(span_types=(SpanType("entity", labels=(Label("artist"), Label("track"))),))

    def span(start: int, end: int, label: str = "artist") -> Span:
        return Span(f"{start}-{end}", "text", "entity", start, end, (label,))

    a, b = a_set(span(0, 10), span(20, 30), span(40, 50)), a_set(span(0, 10), span(18, 30), span(40, 50, "track"))
    found = find_disagreements(schema, [a, b])
    assert [(d.kind, d.asset, d.start, d.end) for d in found] == [("span", "text", 18, 30), ("span", "text", 40, 50)]
    review = ruled(schema, [a, b], 1)
    assert [(s.start, s.end, s.label) for s in review.spans()] == [
        (0, 10, "artist"),
        (18, 30, "artist"),
        (40, 50, "track"),
    ]


def test_answers_differ_by_meaning_not_by_order() -> None:
    schema = LabelSchema(questions=(MULTI, Question("genre", labels=LABELS)))
    a = a_set(answer("policy", ("violence", "medical")), answer("genre", "speech"))
    b = a_set(answer("policy", ("medical", "violence")), answer("genre", "music"))
    (found,) = find_disagreements(schema, [a, b])
    assert (found.key, found.kind, [said.value for said in found.answers]) == ("genre", "answer", ["speech", "music"])
    review = ruled(schema, [a, b], 1)
    assert {x.question: x.value for x in review.answers()} == {"genre": "music", "policy": ("violence", "medical")}
    assert {x.question for x in ruled(schema, [a, b], None).answers()} == {"policy"}


def test_a_missing_answer_is_a_disagreement() -> None:
    schema = LabelSchema(questions=(Question("genre", labels=LABELS),))
    (found,) = find_disagreements(schema, [a_set(answer("genre", "speech")), a_set()])
    assert [said.value for said in found.answers] == ["speech", None]


def test_different_texts_of_one_segment_are_ruled() -> None:
    schema = LabelSchema(tiers=(Tier("words", free_text=True),))
    a = a_set(
        Segment("1", "words", 0, 1_000_000, text="hello"), Segment("2", "words", 1_000_000, 2_000_000, text="you")
    )
    b = a_set(
        Segment("1", "words", 0, 1_000_000, text="hallo"), Segment("2", "words", 1_000_000, 2_000_000, text="you ")
    )
    assert places(find_disagreements(schema, [a, b])) == [("label", 0, 1)]
    assert [s.text for s in ruled(schema, [a, b], 1).segments()] == ["hallo", "you"]


def test_a_tier_both_say_is_empty_stays_confirmed() -> None:
    empty = a_set(answer("content", CHECKED_NONE))
    review = a_set(*merge_agreed(SCHEMA, [empty, empty]))
    assert submit_problems(SCHEMA, review) == []


def test_children_and_relations_follow_what_stands_for_their_ends() -> None:
    child = Tier("topic", labels=LABELS, parent="content", rule=TierRule.INCLUDED_IN)
    schema = LabelSchema(tiers=(child, CONTENT), relation_types=(RelationType("about"),))

    def one(shift: float, name: str) -> AnnotationSet:
        parent = seg(0, 10 + shift)
        inner = Segment("inner", "topic", 1_000_000, 10_000_000 + round(shift * 1e6), ("music",), parent=parent.id)
        return a_set(parent, inner, Relation("r", "about", "inner", parent.id), name=name)

    review = a_set(*merge_agreed(schema, [one(0, "a"), one(0.2, "b")]))
    (parent,), (inner,) = review.segments("content"), review.segments("topic")
    assert inner.parent == parent.id
    assert [(r.type, r.source, r.target) for r in review.relations()] == [("about", inner.id, parent.id)]
    assert submit_problems(schema, review) == []


def test_longer_doubts_are_more_severe_and_boundaries_less() -> None:
    a = a_set(seg(0, 10), seg(20, 100), seg(110, 120), seg(120, 130, "music"))
    b = a_set(seg(0, 1), seg(1, 2, "music"), seg(2, 10), seg(20, 100, "music"), seg(110, 121), seg(121, 130, "music"))
    short, long, boundary = find_disagreements(SCHEMA, [a, b])
    assert 0 < boundary.severity < short.severity < long.severity <= 1


# Consensus


def agree(schema: LabelSchema, *sets: AnnotationSet):  # type: ignore[no-untyped-def]
    ids = count()
    return consensus(schema, sets, make_id=lambda: f"new{next(ids)}")


def test_consensus_keeps_what_more_than_half_have_at_the_median() -> None:
    sets = [a_set(seg(0, 10)), a_set(seg(0.2, 11), seg(20, 30, "music")), a_set(seg(1, 10.4), seg(20, 31, "music"))]
    found = agree(SCHEMA, *sets)
    assert lane(found.elements) == [(0.2, 10.4, "speech"), (20, 30.5, "music")]
    assert {e.origin.kind for e in found.elements} == {OriginKind.CONSENSUS}
    assert found.unsettled == ()


def test_consensus_of_two_needs_both_and_names_the_rest() -> None:
    found = agree(SCHEMA, a_set(seg(0, 10), seg(20, 30)), a_set(seg(0, 10)))
    assert lane(found.elements) == [(0, 10, "speech")]
    assert [(u.part, u.sentence, u.is_blocking) for u in found.unsettled] == [
        ("content", "1 mark on content without a majority.", False)
    ]


def test_consensus_without_any_shared_segment_is_blocked() -> None:
    found = agree(SCHEMA, a_set(seg(0, 10)), a_set(seg(0, 10, "music")))
    assert [(u.part, u.is_blocking) for u in found.unsettled] == [("content", True)]


def test_consensus_never_overlaps_on_a_tier_that_forbids_it() -> None:
    a, b = a_set(seg(0, 10), seg(10, 14, "music")), a_set(seg(0, 13), seg(13, 17, "music"))
    c = a_set(seg(0, 12), seg(12, 16, "music"))
    found = agree(SCHEMA, a, b, c)
    assert submit_problems(SCHEMA, a_set(*found.elements)) == []


@given(st.lists(LANES, min_size=1, max_size=5))
def test_consensus_always_keeps_the_tiers_rules(sets: list[AnnotationSet]) -> None:
    optional = LabelSchema(tiers=(Tier("content", labels=LABELS, required=False),))
    assert submit_problems(optional, a_set(*consensus(optional, sets).elements)) == []


@pytest.mark.parametrize(
    ("question", "given_values", "expected"),
    [
        (Question("q", labels=LABELS), ["speech", "speech", "music"], "speech"),
        (Question("q", labels=LABELS), ["speech", "music"], None),
        (Question("q", labels=LABELS), ["speech", None, None], None),
        (MULTI, [("violence",), ("violence", "drugs"), ("drugs", "violence")], ("violence", "drugs")),
        (MULTI, [(), (), ("drugs",)], ()),
        (MULTI, [("medical",), ("drugs",)], None),
        (Question("q", QuestionKind.RATING), [1, 4, 5], 4),
        (Question("q", QuestionKind.RATING), [3, 4], 3.5),
        (Question("q", QuestionKind.TEXT), ["same", " same"], "same"),
        (Question("q", QuestionKind.TEXT), ["one", "one", "two"], None),
    ],
)
def test_consensus_on_a_question(question: Question, given_values: list[object], expected: object) -> None:
    sets = [a_set(*([] if v is None else [answer(question.name, v)])) for v in given_values]
    found = agree(LabelSchema(questions=(question,)), *sets)
    assert [e.value for e in found.elements] == ([] if expected is None else [expected])
    assert [u.sentence for u in found.unsettled] == ([f"{question.name} has no majority."] if expected is None else [])


def test_a_gesture_that_changes_nothing_is_empty() -> None:
    sets = [a_set(seg(0, 10)), a_set()]
    (found,) = find_disagreements(SCHEMA, sets)
    assert take(SCHEMA, a_set(), found, sets, 1) == Draft("rule", ())
