"""What a schema forbids, each said precisely."""

from __future__ import annotations

import random

import pytest

from annodesk.errors import ValidationError
from annodesk.model.annotations import (
    CHECKED_NONE,
    NOT_SURE,
    AnnotationSet,
    Answer,
    Element,
    Relation,
    Segment,
    Span,
    UnknownElement,
    answer_id,
)
from annodesk.model.rules import MANY, ProblemKind, element_problems, overlap_problems, require, submit_problems
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
from annodesk.model.times import Interval

LABELS = (Label("speech"), Label("music"))
SCHEMA = LabelSchema(
    tiers=(
        Tier("content", labels=LABELS),
        Tier("events", TierKind.POINT, labels=LABELS, required=False),
        Tier("topic", labels=LABELS, parent="content", rule=TierRule.INCLUDED_IN, required=False),
        Tier("note", parent="content", rule=TierRule.SYMBOLIC_ASSOCIATION, required=False, overlap=True),
    ),
    questions=(
        Question("genre", labels=LABELS, not_sure=True),
        Question("policy", QuestionKind.MULTI_LABEL, labels=LABELS, required=False),
        Question("quality", QuestionKind.RATING, scale=(1, 5), required=False),
        Question("remark", QuestionKind.TEXT, required=False),
    ),
    span_types=(SpanType("entity", labels=LABELS),),
    relation_types=(RelationType("about", labels=LABELS),),
)


def seg(start: int, end: int, *labels: str, tier: str = "content", id: str = "s", parent: str | None = None) -> Segment:
    return Segment(id, tier, start * 1_000_000, end * 1_000_000, labels, parent=parent)


def answer(question: str, value: object) -> Answer:
    return Answer(answer_id(question), question, value)


@pytest.mark.parametrize(
    ("element", "kind", "sentence"),
    [
        (
            seg(0, 1, tier="x"),
            "unknown part",
            "There is no tier named 'x'; the project has: content, events, topic, note.",
        ),
        (seg(0, 1, "noise"), "unknown label", "content has no label 'noise'."),
        (seg(5, 3, "speech"), "end before start", "The segment on content at 00:00:05.000 ends before it starts."),
        (seg(5, 5, "speech"), "segment without length", "The segment on content at 00:00:05.000 has no length."),
        (seg(5, 6, tier="events"), "point with length", "The point on events at 00:00:05.000 has a length."),
        (
            seg(50, 70, "speech"),
            "outside the task",
            "The segment on content at 00:00:50.000 leaves the task, which runs from 00:00:00.000 to 00:01:00.000.",
        ),
        (
            Segment("s", "content", 0, 1, low_hz=200.0, high_hz=100.0),
            "value",
            "The segment on content at 00:00:00.000 has its highest frequency below its lowest.",
        ),
        (
            Span("s", "a", "place", 0, 1),
            "unknown part",
            "There is no span type named 'place'; the project has: entity.",
        ),
        (Span("s", "a", "entity", 5, 5), "end before start", "The entity from character 5 to 5 covers no text."),
        (Span("s", "a", "entity", 0, 5, ("x",)), "unknown label", "entity has no label 'x'."),
        (Relation("r", "near", "a", "b"), "unknown part", "There is no relation named 'near'; the project has: about."),
        (Relation("r", "about", "a", "b", ("x",)), "unknown label", "about has no label 'x'."),
        (
            answer("mood", "x"),
            "unknown part",
            "There is no question named 'mood'; the project has: genre, policy, quality, remark.",
        ),
        (answer("genre", "x"), "value", "genre has no answer 'x'."),
        (answer("genre", ["speech"]), "value", "genre has no answer ['speech']."),
        (answer("genre", {"a": 1}), "value", "genre has no answer {'a': 1}."),
        (answer("policy", "speech"), "value", "policy takes a list of labels, not 'speech'."),
        (answer("policy", ("speech", "x")), "value", "policy has no answer 'x'."),
        (answer("policy", (["speech"],)), "value", "policy has no answer ['speech']."),
        (answer("policy", NOT_SURE), "value", "policy does not offer 'not sure'."),
        (answer("quality", 6), "value", "quality takes a number from 1 to 5, not 6."),
        (answer("quality", True), "value", "quality takes a number from 1 to 5, not True."),
        (answer("quality", float("nan")), "value", "quality takes a number from 1 to 5, not nan."),
        (answer("remark", 3), "value", "remark takes a text, not 3."),
        (answer("content", "speech"), "value", "content is not a question; only 'checked, none' can be said of it."),
    ],
)
def test_what_an_element_breaks_is_said_precisely(element: Element, kind: str, sentence: str) -> None:
    problems = element_problems(SCHEMA, element, Interval(0, 60_000_000))
    assert [(p.kind, p.sentence, p.element_id) for p in problems] == [(ProblemKind(kind), sentence, element.id)]


@pytest.mark.parametrize(
    "element",
    [
        seg(0, 60, "speech", "music"),
        seg(5, 5, "speech", tier="events"),
        Span("s", "a", "entity", 0, 1, ("music",)),
        Relation("r", "about", "a", "b"),
        answer("genre", NOT_SURE),
        answer("policy", ()),
        answer("quality", 2.5),
        answer("remark", ""),
        answer("content", CHECKED_NONE),
        answer("entity", CHECKED_NONE),
        answer("suggestion", "rejected"),
        answer("ruling", "A"),
        UnknownElement("u", {"kind": "polygon"}),
    ],
)
def test_what_the_schema_allows_has_no_problem(element: Element) -> None:
    assert element_problems(SCHEMA, element, Interval(0, 60_000_000)) == []


def overlaps(*elements: Element) -> list[str]:
    annotations = AnnotationSet("set", elements=elements)
    return [p.sentence for p in overlap_problems(SCHEMA, annotations, [e.id for e in elements])]


def test_overlap_is_refused_where_the_tier_forbids_it() -> None:
    found = overlaps(seg(0, 5, id="a"), seg(4, 9, id="b"))
    assert set(found) == {"Two segments overlap on content at 00:00:04.000."}


def test_neighbours_may_touch() -> None:
    assert overlaps(seg(0, 5, id="a"), seg(5, 9, id="b")) == []


def test_points_may_share_a_moment() -> None:
    assert overlaps(seg(5, 5, id="a", tier="events"), seg(5, 5, id="b", tier="events")) == []


def test_a_child_needs_its_parent_and_stays_inside_it() -> None:
    parent = seg(0, 10, id="p")
    assert overlaps(parent, seg(2, 5, tier="topic", id="c", parent="p")) == []
    assert overlaps(parent, seg(2, 5, tier="topic", id="c")) == [
        "The segment on topic at 00:00:02.000 needs a parent on content."
    ]
    assert overlaps(parent, seg(8, 12, tier="topic", id="c", parent="p")) == [
        "The segment on topic at 00:00:08.000 leaves its parent on content."
    ]


def test_a_moved_parent_is_held_against_its_children() -> None:
    annotations = AnnotationSet("set", elements=[seg(0, 4, id="p"), seg(2, 5, tier="topic", id="c", parent="p")])
    assert [p.element_id for p in overlap_problems(SCHEMA, annotations, ["p"])] == ["c"]


def test_a_parent_has_one_associated_child() -> None:
    found = overlaps(
        seg(0, 10, id="p"), seg(0, 10, tier="note", id="1", parent="p"), seg(0, 10, tier="note", id="2", parent="p")
    )
    assert found == ["The segment on note at 00:00:00.000 shares its parent on content with another."] * 2


def test_thousands_of_children_are_judged_in_a_moment() -> None:
    parents = [seg(n, n + 1, "speech", id=f"p{n}") for n in range(10_000)]
    children = [seg(n, n + 1, tier="note", id=f"c{n}", parent=f"p{n}") for n in range(10_000)]
    annotations = AnnotationSet("set", elements=[*parents, *children, answer("genre", "speech")])
    assert submit_problems(SCHEMA, annotations) == []


def test_many_segments_are_judged_as_each_is_by_itself(rng: random.Random) -> None:
    for length in (1, 3, 10, 400):
        starts = [rng.randrange(400) for _ in range(2 * MANY)]
        placed = [seg(start, start + rng.randrange(length + 1), "speech", id=f"s{n}") for n, start in enumerate(starts)]
        annotations = AnnotationSet("set", elements=placed)
        ids = [s.id for s in placed]
        assert overlap_problems(SCHEMA, annotations, ids) == [
            p for element_id in ids for p in overlap_problems(SCHEMA, annotations, [element_id])
        ]


def test_an_empty_set_says_all_that_is_missing() -> None:
    assert [(p.kind, p.sentence) for p in submit_problems(SCHEMA, AnnotationSet("set"))] == [
        (ProblemKind.EMPTY_TIER, "content is empty: label something, or say that there is nothing."),
        (ProblemKind.MISSING_ANSWER, "genre is not answered."),
    ]


def test_a_segment_without_a_label_keeps_a_set_from_being_submitted() -> None:
    annotations = AnnotationSet("set", elements=[seg(3, 4), answer("genre", "music")])
    (problem,) = submit_problems(SCHEMA, annotations)
    assert (problem.kind, problem.sentence) == (
        ProblemKind.MISSING_LABEL,
        "The segment at 00:00:03.000 on content has no label.",
    )


def test_an_empty_tier_is_submitted_once_it_is_confirmed() -> None:
    annotations = AnnotationSet("set", elements=[answer("content", CHECKED_NONE), answer("genre", NOT_SURE)])
    assert submit_problems(SCHEMA, annotations) == []


def test_a_required_span_type_is_marked_or_confirmed() -> None:
    schema = LabelSchema(span_types=(SpanType("entity", required=True),))
    (problem,) = submit_problems(schema, AnnotationSet("set"))
    assert problem.sentence == "No entity is marked: mark one, or say that there is none."
    assert submit_problems(schema, AnnotationSet("set", elements=[answer("entity", CHECKED_NONE)])) == []


def test_the_first_problem_is_raised_and_the_others_counted() -> None:
    with pytest.raises(ValidationError) as caught:
        require(submit_problems(SCHEMA, AnnotationSet("set")))
    assert str(caught.value) == "content is empty: label something, or say that there is nothing. And 1 more."
    require([])
