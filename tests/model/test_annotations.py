"""Elements, their JSON form, and lookups in a set."""

from __future__ import annotations

import json
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from annodesk.errors import EditError, ValidationError
from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Change,
    Element,
    Segment,
    Span,
    UnknownElement,
    answer_id,
    element_from_json,
    element_to_json,
)
from tests.model.strategies import ELEMENTS, SETS, segments


@given(ELEMENTS)
def test_every_element_survives_json(element: Element) -> None:
    assert element_from_json(json.loads(json.dumps(element_to_json(element)))) == element


@given(SETS)
def test_a_digest_depends_on_the_elements_alone(annotations: AnnotationSet) -> None:
    turned = AnnotationSet("other", elements=reversed(list(annotations)), head="later")
    assert turned.digest() == annotations.digest()


def test_an_element_of_an_unknown_kind_is_kept_whole() -> None:
    body = {"kind": "polygon", "id": "p1", "points": [[1, 2], [3, 4]], "nested": {"a": None}}
    element = element_from_json(body)
    assert isinstance(element, UnknownElement)
    assert element_to_json(element) == body


NESTED: list[object] = []
for _ in range(40):
    NESTED = [NESTED]


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ({"kind": "segment", "id": "s"}, "An element's record cannot be understood"),
        ({"kind": "polygon"}, "An element's record cannot be understood: an element has no id"),
        (
            {"kind": "segment", "id": "s", "tier": "t", "start_us": 0.5, "end_us": 1},
            "start_us is 0.5, expected a whole number",
        ),
        ({"kind": "segment", "id": "s", "tier": "t", "start_us": 0, "end_us": True}, "end_us is True"),
        ({"kind": "span", "id": "s", "asset": "a", "type": "t", "start": "0", "end": 1}, "start is '0'"),
        ({"kind": "segment", "id": "s", "tier": "t", "start_us": 0, "end_us": 1, "labels": 3}, "cannot be understood"),
        ({"kind": "segment", "id": "s", "tier": "t", "start_us": 0, "end_us": 2**60}, "end_us is 1152921504606846976"),
        ({"kind": "segment", "id": None, "tier": "t", "start_us": 0, "end_us": 1}, "an element has no id"),
        ({"kind": "relation", "id": "r", "type": "t", "source": 1, "target": "x"}, "source is 1"),
        ({"kind": "answer", "id": "a", "question": "q", "value": {"a": 1}}, "value is {'a': 1}"),
        ({"kind": "polygon", "id": "p", "points": [0, 1e999]}, "'p' is nested too deeply, or holds an infinite number"),
        ({"kind": "polygon", "id": "p", "points": NESTED}, "'p' is nested too deeply"),
        (
            {"kind": "segment", "id": "s", "tier": "t", "start_us": 0, "end_us": 1, "attributes": {"a": NESTED}},
            "attributes is",
        ),
        ([1], r"it is \[1\], not a record"),
        (
            {"kind": "answer", "id": "a", "question": "q", "value": 1, "origin": {"kind": "magic"}},
            "cannot be understood",
        ),
    ],
)
def test_a_record_that_makes_no_sense_is_refused_in_one_sentence(body: dict[str, object], sentence: str) -> None:
    with pytest.raises(ValidationError, match=sentence):
        element_from_json(body)


def test_an_id_stands_once_in_a_set() -> None:
    with pytest.raises(EditError, match="stands twice"):
        AnnotationSet("set", elements=[Segment("a", "content", 0, 1), Segment("a", "content", 2, 3)])


def naive_segments_in(annotations: AnnotationSet, tier: str, start_us: int, end_us: int) -> list[Segment]:
    def is_in(s: Segment) -> bool:
        if s.start_us == s.end_us:
            return start_us <= s.start_us < end_us
        return s.start_us < end_us and s.end_us > start_us

    found = [e for e in annotations if isinstance(e, Segment) and e.tier == tier and is_in(e)]
    return sorted(found, key=lambda s: (s.start_us, s.end_us, s.id))


SEGMENT_LISTS = st.lists(segments(), max_size=12, unique_by=lambda s: s.id)


@given(SEGMENT_LISTS, st.integers(-30, 120), st.integers(1, 60))
def test_segments_in_a_stretch_are_those_a_plain_scan_finds(
    found: list[Segment], start_us: int, length_us: int
) -> None:
    annotations = AnnotationSet("set", elements=found)
    end_us = start_us + length_us
    for tier in ("content", "events", "nothing"):
        expected = naive_segments_in(annotations, tier, start_us, end_us)
        assert annotations.segments_in(tier, start_us, end_us) == expected


@given(SEGMENT_LISTS, SEGMENT_LISTS, st.integers(-30, 120))
def test_lookups_stay_right_after_changes(before: list[Segment], after: list[Segment], start_us: int) -> None:
    old, new = {s.id: s for s in before}, {s.id: s for s in after}
    changes = [Change(old.get(i), new.get(i)) for i in dict.fromkeys([*old, *new])]
    first = AnnotationSet("set", elements=before)
    digest = first.digest()
    changed = first.with_changes(changes, head="edit")
    assert first.digest() == digest
    assert (changed.head, changed.digest()) == ("edit", AnnotationSet("set", elements=after).digest())
    for tier in ("content", "events"):
        assert changed.segments(tier) == AnnotationSet("set", elements=after).segments(tier)
        assert changed.segments_in(tier, start_us, start_us + 25) == naive_segments_in(
            changed, tier, start_us, start_us + 25
        )


def test_a_change_that_finds_something_else_is_refused_and_nothing_changes() -> None:
    annotations = AnnotationSet("set", elements=[Segment("a", "content", 0, 5)])
    with pytest.raises(EditError, match="Element a is not as the Edit expects it"):
        annotations.with_changes([Change(Segment("a", "content", 0, 4), None)])
    with pytest.raises(EditError, match="not as the Edit expects"):
        annotations.with_changes([Change(None, Segment("a", "content", 0, 5))])
    assert len(annotations) == 1


def test_a_change_needs_an_element_and_keeps_its_id() -> None:
    with pytest.raises(EditError, match="without an element"):
        Change(None, None)
    with pytest.raises(EditError, match="another id"):
        Change(Segment("a", "content", 0, 1), Segment("b", "content", 0, 1))


def test_lookups_by_kind() -> None:
    answer = Answer(answer_id("genre"), "genre", "news")
    spans = [Span("2", "text", "entity", 5, 9), Span("1", "text", "entity", 0, 9), Span("3", "other", "entity", 0, 1)]
    annotations = AnnotationSet("set", elements=[*spans, answer, Segment("child", "topic", 0, 1, parent="p")])
    assert [s.id for s in annotations.spans("text")] == ["1", "2"]
    assert annotations.answer("genre") == answer
    assert annotations.answer("policy") is None
    assert [s.id for s in annotations.children("p")] == ["child"]
    with pytest.raises(EditError, match="There is no element x"):
        annotations["x"]
    with pytest.raises(EditError, match="is not a segment"):
        annotations.segment("1")


def test_another_header_keeps_the_elements() -> None:
    annotations = AnnotationSet("set", elements=[Segment("a", "content", 0, 5)])
    moved = annotations.with_header(id="other", task_id="task")
    assert (moved.id, moved.task_id, moved.segments("content")) == ("other", "task", annotations.segments("content"))


def test_many_changes_at_once_leave_what_one_after_another_leaves(rng: random.Random) -> None:
    starts = rng.sample(range(100_000), 400)
    annotations = AnnotationSet(
        "set", elements=[Segment(f"s{n}", "content", at, at + 50) for n, at in enumerate(starts)]
    )
    now = {segment.id: segment for segment in annotations.segments()}
    changes: list[Change] = []
    for _ in range(1000):
        element_id = rng.choice(list(now) or [""])
        before = now.pop(element_id)
        after = None if rng.random() < 0.2 and len(now) > 50 else replace(before, start_us=rng.randrange(before.end_us))
        changes.append(Change(before, after))
        if after is not None:
            now[element_id] = after
    at_once, one_by_one = annotations.with_changes(changes), annotations
    for change in changes:
        one_by_one = one_by_one.with_changes([change])
    assert list(at_once.places("content")) == list(one_by_one.places("content"))
    assert at_once.digest() == one_by_one.digest()
