"""The score of one item, by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.annotations import CHECKED_NONE, NOT_SURE, AnnotationSet, Answer, Element, Segment, Span, answer_id
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.agreement import CountableSet, ItemScore, TaskSets, countable_pairs, score_beside, score_item

LABELS = (Label("speech"), Label("music"))
CONTENT = Tier("content", labels=LABELS)
EVENTS = Tier("events", TierKind.POINT, labels=(Label("click"),), required=False)
GENRE = Question("genre", labels=(Label("talk"), Label("news")), not_sure=True)
POLICY = Question("policy", QuestionKind.MULTI_LABEL, labels=(Label("violence"), Label("medical")))
QUALITY = Question("quality", QuestionKind.RATING, scale=(1, 5))
NOTES = Question("notes", QuestionKind.TEXT)
ENTITY = SpanType("entity", labels=(Label("artist"),))


def seg(start: int, end: int, label: str, tier: str = "content") -> Segment:
    return Segment(f"{tier}{start}", tier, start * 1_000_000, end * 1_000_000, (label,))


def answer(question: str, value: object) -> Answer:
    return Answer(answer_id(question), question, value)


def a_set(name: str, *elements: Element, aided: bool = False) -> CountableSet:
    return CountableSet(name, f"head-{name}", AnnotationSet(name, elements=elements), aided)


def score(schema: LabelSchema, *sets: CountableSet) -> ItemScore:
    return score_item(schema, [TaskSets("task", 60_000_000, sets)])


def value(question: Question, a: object, b: object) -> float | None:
    sides = (a_set(n, *([] if v is None else [answer(question.name, v)])) for n, v in (("a", a), ("b", b)))
    return score(LabelSchema(questions=(question,)), *sides).value


def test_a_tier_scores_the_f1_of_its_paired_segments() -> None:
    a = a_set("a", seg(0, 10, "speech"), seg(10, 20, "music"), seg(20, 30, "speech"))
    b = a_set("b", seg(0, 9, "speech"), seg(10, 20, "speech"))
    found = score(LabelSchema(tiers=(CONTENT,)), a, b)
    assert (found.value, found.culprit) == (pytest.approx(2 / 5), "content")


def test_rows_say_label_pair_heads_and_how_much_was_said() -> None:
    a = a_set("a", seg(0, 10, "speech"), seg(10, 20, "music"))
    b = a_set("b", seg(0, 9, "speech"))
    rows = score(LabelSchema(tiers=(CONTENT,)), a, b).pairs
    assert [(r.label, r.metric, r.value, r.n) for r in rows] == [
        (None, "segment-f1", pytest.approx(2 / 3), 2),
        ("music", "segment-f1", 0.0, 1),
        ("speech", "segment-f1", 1.0, 1),
    ]
    assert {(r.part, r.set_a, r.set_b, r.task_id, r.head_a, r.head_b) for r in rows} == {
        ("content", "a", "b", "task", "head-a", "head-b")
    }


def test_a_label_scores_over_the_pairs_that_used_it() -> None:
    a = a_set("a", seg(0, 10, "speech"), seg(10, 20, "music"))
    b = a_set("b", seg(0, 9, "speech"))
    c = a_set("c", seg(0, 10, "speech"))
    long = TaskSets("long", 30_000_000, (a, b, c))
    short = TaskSets("short", 10_000_000, (b, c))
    found = score_item(LabelSchema(tiers=(CONTENT,)), [long, short])
    assert [(p.part, p.label, p.value, p.n) for p in found.labels] == [
        ("content", "music", 0.0, 2),
        ("content", "speech", 1.0, 4),
    ]
    assert [(p.label, p.value, p.n) for p in found.parts] == [(None, pytest.approx(0.75 * 7 / 9 + 0.25), 4)]


def test_points_score_within_fifty_milliseconds() -> None:
    a = a_set("a", Segment("p", "events", 1_000_000, 1_000_000, ("click",)))
    b = a_set("b", Segment("p", "events", 1_049_000, 1_049_000, ("click",)))
    found = score(LabelSchema(tiers=(EVENTS,)), a, b)
    assert (found.value, found.parts[0].metric) == (1.0, "onset-f1")


def test_spans_score_by_characters() -> None:
    a = a_set("a", Span("1", "text", "entity", 0, 10, ("artist",)), Span("2", "text", "other", 0, 10))
    b = a_set("b", Span("1", "text", "entity", 2, 10, ("artist",)))
    assert score(LabelSchema(span_types=(ENTITY,)), a, b).value == 1.0


@pytest.mark.parametrize(
    ("question", "a", "b", "expected"),
    [
        (GENRE, "talk", "talk", 1.0),
        (GENRE, "talk", "news", 0.0),
        (GENRE, "talk", NOT_SURE, 0.0),
        (GENRE, "talk", None, 0.0),
        (GENRE, None, None, 1.0),
        (POLICY, ("violence",), ("medical", "violence"), 0.5),
        (POLICY, (), (), 1.0),
        (POLICY, (), CHECKED_NONE, 1.0),
        (POLICY, (), ("violence",), 0.0),
        (QUALITY, 1, 5, 0.0),
        (QUALITY, 2, 3, 0.75),
        (QUALITY, 2, NOT_SURE, 0.0),
    ],
)
def test_an_answer_scores_by_its_kind(question: Question, a: object, b: object, expected: float) -> None:
    assert value(question, a, b) == expected
    assert value(question, b, a) == expected


def test_texts_are_not_scored() -> None:
    found = score(LabelSchema(questions=(NOTES,)), a_set("a", answer("notes", "x")), a_set("b"))
    assert (found.value, found.parts) == (None, ())


def test_the_lowest_part_is_the_culprit() -> None:
    a = a_set("a", seg(0, 10, "speech"), answer("quality", 2))
    b = a_set("b", seg(0, 10, "speech"), answer("quality", 3))
    found = score(LabelSchema(tiers=(CONTENT, EVENTS), questions=(QUALITY,)), a, b)
    assert (found.value, found.culprit) == (0.75, "quality")
    assert (found.part("content"), found.part("events")) == (1.0, 1.0)


def test_two_people_who_saw_suggestions_do_not_count_as_two() -> None:
    aided = [a_set("a", aided=True), a_set("b", aided=True)]
    found = score(LabelSchema(tiers=(CONTENT,)), *aided)
    assert (found.value, found.culprit, found.pairs) == (None, "", ())
    free = a_set("c")
    pairs = [(x.set_id, y.set_id) for x, y in countable_pairs([*aided, free])]
    assert pairs == [("a", "c"), ("b", "c")]


def test_aided_pairs_are_scored_apart_and_change_nothing() -> None:
    a, b = (a_set(n, answer("genre", v), aided=True) for n, v in (("a", "talk"), ("b", "news")))
    c = a_set("c", answer("genre", "talk"))
    schema = LabelSchema(questions=(GENRE,))
    found = score(schema, a, b, c)
    assert (found.value, found.part("genre")) == (0.5, 0.5)
    assert {(p.set_a, p.set_b) for p in found.pairs} == {("a", "c"), ("b", "c")}
    assert [(p.part, p.value, p.n) for p in found.aided] == [("genre", 0.0, 1)]
    assert {(p.set_a, p.set_b) for p in found.aided_pairs} == {("a", "b")}
    assert score(schema, a, c).aided == ()


def of_version(version: int, name: str, *elements: Element) -> CountableSet:
    annotations = AnnotationSet(name, elements=elements, project_version=version)
    return CountableSet(name, None, annotations, aided=False)


OLD = LabelSchema(tiers=(CONTENT,), questions=(GENRE, QUALITY))
NEW = LabelSchema(
    tiers=(Tier("content", labels=(*LABELS, Label("jingle"))), EVENTS),
    questions=(Question("genre", labels=(Label("talk"), Label("news"), Label("drama"))), POLICY,
               Question("quality", QuestionKind.RATING, scale=(1, 9))),
)  # fmt: skip


def test_sets_of_different_versions_are_compared_on_what_both_have_and_the_rest_is_told() -> None:
    old = of_version(1, "a", seg(0, 10, "speech"), seg(10, 20, "music"), answer("genre", "talk"), answer("quality", 1))
    new = of_version(
        2,
        "b",
        seg(0, 10, "speech"),
        seg(10, 20, "jingle"),
        Segment("e", "events", 1, 1, ("click",)),
        answer("genre", "drama"),
        answer("policy", ("violence",)),
        answer("quality", 9),
    )
    found = score_item(NEW, [TaskSets("task", 1, (old, new))], versions={1: OLD, 2: NEW})
    assert [(p.part, p.value) for p in found.parts if p.value is not None] == [("content", pytest.approx(2 / 3))]
    assert {(one.part, one.label) for one in found.left_out} == {
        ("content", "jingle"),
        ("events", None),
        ("genre", "drama"),
        ("policy", None),
        ("quality", None),
    }
    assert {(one.set_a, one.set_b, one.task_id) for one in found.left_out} == {("a", "b", "task")}


def test_a_new_label_that_nobody_used_changes_nothing() -> None:
    sets = [of_version(n, f"s{n}", seg(0, 10, "speech"), answer("genre", "talk")) for n in (1, 2)]
    found = score_item(NEW, [TaskSets("task", 1, tuple(sets))], versions={1: OLD, 2: NEW})
    assert (found.part("content"), found.part("genre")) == (1.0, 1.0)
    assert {one.label for one in found.left_out} == {None}


def test_what_nobody_was_asked_is_not_agreed_upon() -> None:
    sets = [of_version(1, name, seg(0, 10, "speech")) for name in ("a", "b")]
    found = score_item(NEW, [TaskSets("task", 1, tuple(sets))], versions={1: OLD, 2: NEW})
    assert (found.part("content"), found.part("policy"), found.part("events")) == (1.0, None, None)


def test_a_set_beside_is_compared_with_each_and_counts_for_nothing() -> None:
    sets = (a_set("a", answer("genre", "talk")), a_set("b", answer("genre", "news"), answer("quality", 5)))
    model = a_set("m", answer("genre", "talk"))
    schema = LabelSchema(tiers=(CONTENT,), questions=(GENRE, QUALITY))
    task = TaskSets("task", 1, sets)
    found = score_beside(schema, [task], {"task": model}, only_said=True)
    assert [(p.set_a, p.set_b, p.part, p.value) for p in found if p.label is None] == [
        ("a", "m", "genre", 1.0),
        ("b", "m", "genre", 0.0),
    ]
    whole = score_beside(schema, [task], {"task": model})
    assert {p.part for p in whole} == {"content", "genre", "quality"}
    assert score_beside(schema, [task], {}) == ()


def test_a_part_is_the_mean_over_its_pairs() -> None:
    sets = [a_set(n, answer("genre", v)) for n, v in (("a", "talk"), ("b", "talk"), ("c", "news"))]
    assert score(LabelSchema(questions=(GENRE,)), *sets).value == pytest.approx(1 / 3)


def test_a_longer_task_weighs_more_and_one_without_a_pair_nothing() -> None:
    schema = LabelSchema(questions=(QUALITY,))
    same = (a_set("a", answer("quality", 1)), a_set("b", answer("quality", 1)))
    apart = (a_set("a", answer("quality", 1)), a_set("b", answer("quality", 5)))
    tasks = [TaskSets("1", 30, same), TaskSets("2", 10, apart), TaskSets("3", 1000, (a_set("a"),))]
    assert score_item(schema, tasks).value == pytest.approx(0.75)
    without_length = [TaskSets("1", 0, same), TaskSets("2", 0, apart)]
    assert score_item(schema, without_length).value == pytest.approx(0.5)


SEGMENTS = st.lists(
    st.tuples(st.integers(0, 20), st.integers(1, 9), st.sampled_from(["speech", "music"])), max_size=6
).map(lambda found: [Segment(f"s{n}", "content", s, s + d, (label,)) for n, (s, d, label) in enumerate(found)])


@given(st.lists(SEGMENTS, min_size=2, max_size=4), st.randoms())
def test_scores_are_bounded_and_blind_to_the_order_of_people(people, random) -> None:  # type: ignore[no-untyped-def]
    sets = [a_set(str(n), *elements) for n, elements in enumerate(people)]
    schema = LabelSchema(tiers=(CONTENT,))
    found = score(schema, *sets)
    assert found.value is not None
    assert 0 <= found.value <= 1
    assert score(schema, *random.sample(sets, len(sets))).value == pytest.approx(found.value)
    assert score(schema, sets[0], a_set("copy", *people[0])).value == 1.0
