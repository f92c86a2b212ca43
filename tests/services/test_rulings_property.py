"""For any two sets: ruling every disagreement for one side gives exactly what that side says, and keeps the rules."""

from __future__ import annotations

import itertools
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from annodesk.model.annotations import AnnotationSet, Answer, Author, AuthorKind, Element, Segment, Span, answer_id
from annodesk.model.edits import Draft, add
from annodesk.model.items import Item
from annodesk.model.project_file import parse_project
from annodesk.model.rules import overlap_problems, submit_problems
from annodesk.model.times import Interval
from annodesk.model.work import Stage, Task
from annodesk.quality.consensus import merge_agreed
from annodesk.quality.disagreements import TOLERANCE_US, find_disagreements
from annodesk.services import decisions
from annodesk.services.editing import EditingSession
from annodesk.services.review import ReviewWork
from annodesk.services.standing import LETTERS, ReviewLane

PROJECT = parse_project(
    """
name = "any"
[[tier]]
name = "content"
required = false
labels = ["speech", "music", "advert"]
[[tier]]
name = "topic"
required = false
free_text = true
labels = []
[[tier]]
name = "voices"
overlap = true
required = false
labels = ["host", "guest"]
[[tier]]
name = "events"
kind = "point"
required = false
labels = ["laugh", "jingle"]
[[question]]
name = "policy"
kind = "multi-label"
required = false
labels = ["violence", "medical"]
[[question]]
name = "quality"
kind = "rating"
required = false
[[span]]
name = "entity"
labels = ["artist", "track"]
"""
)
END_US = 40_000_000
# Edges on a grid finer than the tolerance, so that some are merged and some are in doubt.
EDGES = st.lists(st.integers(0, 400).map(lambda n: n * 100_000), max_size=12, unique=True).map(sorted)
SEGMENT_LABELS = {"content": ("speech", "music", "advert"), "topic": ("",), "voices": ("host", "guest")}


@st.composite
def exclusive(draw: st.DrawFn, tier: str, side: str) -> list[Segment]:
    found = []
    for start, end in itertools.pairwise(draw(EDGES)):
        label = draw(st.sampled_from(["", *SEGMENT_LABELS[tier]]))
        if tier == "topic" and draw(st.booleans()):
            said = draw(st.sampled_from(["a", "b"]))
            found.append(Segment(f"{side}-{tier}-{start}", tier, start, end, (), said))
        elif label:
            found.append(Segment(f"{side}-{tier}-{start}", tier, start, end, (label,)))
    return found


@st.composite
def sides(draw: st.DrawFn, side: str) -> AnnotationSet:
    elements: list[Element] = [*draw(exclusive("content", side)), *draw(exclusive("topic", side))]
    for number, (start, length, label) in enumerate(
        draw(
            st.lists(st.tuples(st.integers(0, 30), st.integers(1, 10), st.sampled_from(["host", "guest"])), max_size=4)
        )
    ):
        start_us = start * 1_000_000
        elements.append(Segment(f"{side}-v{number}", "voices", start_us, start_us + length * 1_000_000, (label,)))
    for number, (at, label) in enumerate(
        draw(st.lists(st.tuples(st.integers(0, 400), st.sampled_from(["laugh", "jingle"])), max_size=4, unique=True))
    ):
        elements.append(Segment(f"{side}-e{number}", "events", at * 100_000, at * 100_000, (label,)))
    for number, (start, length, label) in enumerate(
        draw(
            st.lists(st.tuples(st.integers(0, 30), st.integers(1, 6), st.sampled_from(["artist", "track"])), max_size=4)
        )
    ):
        elements.append(Span(f"{side}-s{number}", "text", "entity", start, start + length, (label,)))
    policy = draw(st.sampled_from([None, (), ("violence",), ("violence", "medical"), "checked, none"]))
    quality = draw(st.sampled_from([None, 1, 3, 5]))
    for question, value in (("policy", policy), ("quality", quality)):
        if value is not None and value != "checked, none":
            elements.append(Answer(answer_id(question), question, value))
    return AnnotationSet(side, author=Author(AuthorKind.PERSON, side), elements=elements)


def work_on(sets: list[AnnotationSet]) -> ReviewWork:
    """A review of these sets as it is when just opened, in memory."""
    start = AnnotationSet("review", author=Author(AuthorKind.ADJUDICATOR, "c"))
    start = start.with_changes(add(*merge_agreed(PROJECT.schema, sets)).changes)
    session = EditingSession(
        PROJECT.schema, start, [], device="d", device_seq=count(1).__next__, within=Interval(0, END_US), clock=lambda: 0
    )
    return ReviewWork(
        task=Task("r", "i", Stage.REVIEW, 0, END_US),
        item=Item("i", "item", END_US, ()),
        project=PROJECT,
        guidelines="",
        set_id="review",
        session=session,
        lanes=tuple(ReviewLane(LETTERS[n], s) for n, s in enumerate(sets)),
        disagreements=find_disagreements(PROJECT.schema, sets),
        escalations=(),
        media_path=None,
        media_problem="",
        text=None,
        model=None,
    )


def runs(annotations: AnnotationSet, tier: str) -> list[tuple[int, int, tuple[str, ...], str]]:
    return sorted((s.start_us, s.end_us, s.labels, s.text) for s in annotations.segments(tier))


def same_but_for_merged_edges(found: list[Any], wanted: list[Any]) -> bool:
    """Whether the segments are the same, each edge within half the tolerance of merged boundaries."""
    left = list(wanted)
    for one in found:
        near = (o for o in left if o[2:] == one[2:] and all(abs(o[n] - one[n]) <= TOLERANCE_US for n in (0, 1)))
        if (other := next(near, None)) is None:
            return False
        left.remove(other)
    return not left


def check(work: ReviewWork, side: AnnotationSet) -> None:
    now = work.session.annotations
    for tier in ("content", "topic", "voices"):
        assert same_but_for_merged_edges(runs(now, tier), runs(side, tier)), tier
    marks = sorted((s.start, s.end, s.labels) for s in side.spans())
    assert sorted((s.start, s.end, s.labels) for s in now.spans()) == marks
    assert len(now.segments("events")) == len(side.segments("events"))
    for one, other in zip(now.segments("events"), side.segments("events"), strict=True):
        assert abs(one.start_us - other.start_us) <= 50_000
    for question in ("policy", "quality"):
        mine, theirs = now.answer(question), side.answer(question)
        assert (mine and mine.value) == (theirs and theirs.value)
    assert submit_problems(PROJECT.schema, now, Interval(0, END_US)) == []
    assert overlap_problems(PROJECT.schema, now, [s.id for s in now.segments()]) == []
    assert decisions.unruled(work.disagreements, now) == []


def stage(work: ReviewWork, draft: Draft) -> None:
    """Make a ruling as the window does; the schema refuses none, in whatever order they come."""
    work.session.stage(draft)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(a=sides("a"), b=sides("b"), data=st.data())
def test_ruling_everything_for_one_side_gives_what_that_side_says(
    a: AnnotationSet, b: AnnotationSet, data: st.DataObject
) -> None:
    work = work_on([a, b])
    letter = data.draw(st.sampled_from("AB"))
    for disagreement in data.draw(st.permutations(work.disagreements)):
        stage(work, decisions.take(work, disagreement, letter))
    check(work, a if letter == "A" else b)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(a=sides("a"), b=sides("b"), data=st.data())
def test_ruling_again_and_again_ends_where_the_last_rulings_say(
    a: AnnotationSet, b: AnnotationSet, data: st.DataObject
) -> None:
    work = work_on([a, b])
    for disagreement in data.draw(st.permutations(work.disagreements)):
        for letter in data.draw(st.lists(st.sampled_from(["A", "B", "neither"]), max_size=2)):
            draft = (
                decisions.clear(work, disagreement)
                if letter == "neither"
                else decisions.take(work, disagreement, letter)
            )
            stage(work, draft)
    for disagreement in work.disagreements:
        stage(work, decisions.take(work, disagreement, "A"))
    check(work, a)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(a=sides("a"), b=sides("b"), data=st.data())
def test_mixed_rulings_keep_the_rules_and_can_all_be_undone(
    a: AnnotationSet, b: AnnotationSet, data: st.DataObject
) -> None:
    work = work_on([a, b])
    before = work.session.annotations.digest()
    done = 0
    for disagreement in work.disagreements:
        letter = data.draw(st.sampled_from("AB"))
        stage(work, decisions.take(work, disagreement, letter))
        done += 1
    assert submit_problems(PROJECT.schema, work.session.annotations, Interval(0, END_US)) == []
    for _ in range(done):
        assert work.session.undo().edit is not None
    assert work.session.annotations.digest() == before


def test_texts_stay_with_their_segments_where_only_the_cut_between_them_is_in_doubt() -> None:
    def words(side: str, cut: int) -> AnnotationSet:
        edges = ((3_000_000, cut, "a"), (cut, 10_000_000, "b"))
        elements = [Segment(f"{side}{start}", "topic", start, end, (), text) for start, end, text in edges]
        return AnnotationSet(side, author=Author(AuthorKind.PERSON, side), elements=elements)

    a, b = words("a", 7_000_000), words("b", 4_000_000)
    work = work_on([a, b])
    assert [(d.start_us, d.end_us) for d in work.disagreements] == [(4_000_000, 7_000_000)]
    for disagreement in work.disagreements:
        stage(work, decisions.take(work, disagreement, "A"))
    check(work, a)


@pytest.mark.slow
@settings(max_examples=1500, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(found=st.tuples(sides("a"), sides("b"), sides("c")), data=st.data())
def test_ruling_between_three_sides_gives_what_one_of_them_says(
    found: tuple[AnnotationSet, AnnotationSet, AnnotationSet], data: st.DataObject
) -> None:
    work = work_on(list(found))
    letter = data.draw(st.sampled_from("ABC"))
    for disagreement in data.draw(st.permutations(work.disagreements)):
        stage(work, decisions.take(work, disagreement, letter))
    check(work, found[LETTERS.index(letter)])
