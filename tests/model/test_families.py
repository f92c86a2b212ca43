"""Dependent tiers follow their parents within one gesture, by ELAN's four stereotypes."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annodesk.errors import AnnodeskError, EditError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft
from annodesk.model.families import carried
from annodesk.model.rules import element_problems, overlap_problems
from annodesk.model.schema import LabelSchema, Tier, TierRule
from annodesk.model.times import Interval

TIERS = (
    Tier("turn"),
    Tier("word", parent="turn", rule=TierRule.TIME_SUBDIVISION),
    Tier("gesture", parent="turn", rule=TierRule.INCLUDED_IN),
    Tier("phase", parent="gesture", rule=TierRule.TIME_SUBDIVISION),
    Tier("gloss", parent="word", rule=TierRule.SYMBOLIC_ASSOCIATION),
    Tier("morph", parent="word", rule=TierRule.SYMBOLIC_SUBDIVISION, overlap=True),
)
SCHEMA = LabelSchema(tiers=TIERS)
WITHIN = Interval(0, 1000)


def base() -> AnnotationSet:
    """Two turns; the first has two words, one of them glossed and with two morphs, and a gesture of one phase."""
    return AnnotationSet(
        "set",
        elements=[
            Segment("t1", "turn", 0, 100),
            Segment("t2", "turn", 100, 200),
            Segment("w1", "word", 0, 40, parent="t1"),
            Segment("w2", "word", 40, 100, parent="t1"),
            Segment("g1", "gesture", 50, 90, parent="t1"),
            Segment("p1", "phase", 50, 90, parent="g1"),
            Segment("a1", "gloss", 40, 100, text="dog", parent="w2"),
            Segment("m1", "morph", 40, 70, parent="w2"),
            Segment("m2", "morph", 70, 100, parent="w2"),
        ],
    )


def done(annotations: AnnotationSet, draft: Draft) -> AnnotationSet:
    return annotations.with_changes(carried(SCHEMA, annotations, draft).changes)


def times(annotations: AnnotationSet, tier: str) -> list[tuple[int, int, str | None]]:
    return [(s.start_us, s.end_us, s.parent) for s in annotations.segments(tier)]


def faults(annotations: AnnotationSet) -> list[str]:
    """What the rules say, and every gap within a divided parent."""
    found = [p.sentence for e in annotations for p in element_problems(SCHEMA, e, WITHIN)]
    found += [p.sentence for p in overlap_problems(SCHEMA, annotations, [s.id for s in annotations.segments()])]
    for tier in TIERS:
        for parent in annotations.segments(tier.parent) if tier.rule is TierRule.TIME_SUBDIVISION else ():
            children = [s for s in annotations.segments(tier.name) if s.parent == parent.id]
            edges = [parent.start_us, *(s.end_us for s in children)]
            starts = [s.start_us for s in children]
            if children and (edges[:-1] != starts or edges[-1] != parent.end_us):
                found.append(f"a gap on {tier.name}")
    for child in annotations.segments():
        if child.parent is not None and child.parent not in annotations:
            found.append(f"{child.id} has lost its parent")
    return found


def test_the_start_is_sound() -> None:
    assert not faults(base())


def test_children_move_with_their_parent() -> None:
    after = done(base(), edits.move(base(), ["t2"], 300))
    after = done(after, edits.move(after, ["t1"], 50))
    assert times(after, "word") == [(50, 90, "t1"), (90, 150, "t1")]
    assert times(after, "morph") == [(90, 120, "w2"), (120, 150, "w2")]
    assert times(after, "phase") == [(100, 140, "g1")]
    assert not faults(after)


def test_a_parent_s_edge_takes_the_dividing_child_and_its_dependants_along() -> None:
    after = done(base(), edits.move_edge(base(), "t1", "end", 96))
    assert times(after, "word") == [(0, 40, "t1"), (40, 96, "t1")]
    assert times(after, "gloss") == [(40, 96, "w2")]
    assert times(after, "morph") == [(40, 68, "w2"), (68, 96, "w2")]
    assert not faults(after)


def test_an_edge_that_would_leave_a_child_outside_is_refused() -> None:
    with pytest.raises(EditError, match=r"The segment on word at .* would be outside its turn"):
        carried(SCHEMA, base(), edits.move_edge(base(), "t1", "end", 30))


def test_a_cut_through_the_parent_cuts_the_children_it_meets_and_hands_over_the_rest() -> None:
    after = done(base(), edits.split(base(), "t1", 60, new="t3"))
    assert [(a, b, p) for a, b, p in times(after, "word")] == [(0, 40, "t1"), (40, 60, "t1"), (60, 100, "t3")]
    assert [(a, b) for a, b, _ in times(after, "gesture")] == [(50, 60), (60, 90)]
    assert [(a, b) for a, b, _ in times(after, "gloss")] == [(40, 60), (60, 100)]
    assert [s.text for s in after.segments("gloss")] == ["dog", "dog"]
    assert not faults(after)


def test_merged_parents_merge_what_may_stand_only_once() -> None:
    cut = done(base(), edits.split(base(), "w2", 60, new="w3"))
    assert [(a, b) for a, b, _ in times(cut, "gloss")] == [(40, 60), (60, 100)]
    after = done(cut, edits.merge(cut, ["w2", "w3"]))
    assert times(after, "gloss") == [(40, 100, "w2")]
    assert len(after.segments("morph")) == 2
    assert not faults(after)


def test_merged_parents_leave_no_gap_among_those_that_divide_them() -> None:
    apart = done(base(), edits.move(base(), ["t2"], 50))
    apart = done(apart, edits.add(Segment("w9", "word", 170, 180)))
    assert times(apart, "word")[-1] == (150, 250, "t2")
    after = done(apart, edits.merge(apart, ["t1", "t2"]))
    assert times(after, "word") == [(0, 40, "t1"), (40, 150, "t1"), (150, 250, "t1")]
    assert not faults(after)


def test_deleting_a_parent_takes_its_whole_family() -> None:
    after = done(base(), edits.delete(base(), ["t1"]))
    assert [s.id for s in after.segments()] == ["t2"]


def test_deleting_one_that_divides_gives_its_time_to_the_one_before() -> None:
    after = done(base(), edits.delete(base(), ["w2"]))
    assert times(after, "word") == [(0, 100, "t1")]
    assert not after.segments("gloss")
    assert not faults(after)


def test_the_next_one_follows_the_edge_of_one_that_divides() -> None:
    after = done(base(), edits.move_edge(base(), "w1", "end", 30))
    assert times(after, "word") == [(0, 30, "t1"), (30, 100, "t1")]
    assert times(after, "gloss") == [(30, 100, "w2")]
    assert not faults(after)


def test_a_new_one_finds_its_parent_and_an_association_its_times() -> None:
    after = done(base(), edits.add(Segment("a2", "gloss", 10, 20)))
    assert after.segment("a2").parent == "w1"
    assert times(after, "gloss")[0] == (0, 40, "w1")
    assert not faults(after)


def test_a_new_subdivision_shares_the_time_evenly() -> None:
    after = done(base(), edits.add(Segment("m3", "morph", 71, 100)))
    assert times(after, "morph") == [(40, 60, "w2"), (60, 80, "w2"), (80, 100, "w2")]


def test_a_new_one_without_a_parent_there_is_refused() -> None:
    with pytest.raises(EditError, match="word stands within turn, which has nothing at"):
        carried(SCHEMA, base(), edits.add(Segment("w9", "word", 500, 510)))


def test_a_second_association_is_refused_by_the_rules() -> None:
    after = done(base(), edits.add(Segment("a2", "gloss", 50, 60)))
    assert any("shares its parent" in sentence for sentence in faults(after))


def test_a_gesture_on_other_tiers_is_given_back_as_it_is() -> None:
    plain = LabelSchema(tiers=(Tier("turn"),))
    draft = edits.move(base(), ["t1"], 5)
    assert carried(plain, base(), draft) is draft


def random_gesture(annotations: AnnotationSet, rng: random.Random) -> Draft:
    """Any gesture of a hand, sensible or not."""
    segments = annotations.segments()
    kind = rng.choice(("add", "delete", "move", "edge", "boundary", "split", "merge", "duplicate", "text"))
    if kind == "add" or not segments:
        start = rng.randrange(0, 990)
        return edits.add(Segment(f"n{rng.random()}", rng.choice(TIERS).name, start, start + rng.randrange(1, 90)))
    one = rng.choice(segments)
    lane = annotations.segments(one.tier)
    at = lane.index(one)
    if kind == "delete":
        return edits.delete(annotations, [one.id])
    if kind == "move":
        return edits.move(annotations, [one.id], rng.randrange(-120, 120))
    if kind == "edge":
        return edits.move_edge(annotations, one.id, rng.choice(("start", "end")), rng.randrange(0, 1000))
    if kind == "split":
        return edits.split(annotations, one.id, rng.randrange(one.start_us, one.end_us + 1))
    if kind == "duplicate":
        return edits.duplicate(annotations, one.id)
    if kind == "text":
        return edits.set_text(annotations, one.id, f"{rng.random()}")
    if at + 1 == len(lane):
        raise EditError("alone")
    if kind == "merge":
        return edits.merge(annotations, [one.id, lane[at + 1].id])
    return edits.move_boundary(annotations, one.id, lane[at + 1].id, rng.randrange(0, 1000))


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_any_sequence_of_gestures_keeps_every_rule_and_can_be_taken_back_step_by_step(seed: int) -> None:
    rng = random.Random(seed)
    states = [base()]
    steps: list[Draft] = []
    for _ in range(25):
        now = states[-1]
        try:
            draft = carried(SCHEMA, now, random_gesture(now, rng))
        except AnnodeskError:
            continue
        after = now.with_changes(draft.changes)
        touched = [c.after for c in draft.changes if c.after is not None]
        if any(element_problems(SCHEMA, e, WITHIN) for e in touched):
            continue
        if overlap_problems(SCHEMA, after, [e.id for e in touched]):
            continue
        assert not faults(after), (draft.verb, [(c.before, c.after) for c in draft.changes])
        states.append(after)
        steps.append(draft)
    for draft, (before, after) in zip(reversed(steps), pairwise(reversed(states)), strict=True):
        back = before.with_changes([change.inverse() for change in reversed(draft.changes)])
        assert back.digest() == after.digest()
