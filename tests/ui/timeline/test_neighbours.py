"""Room between neighbours, on short and long tiers."""

from __future__ import annotations

import random

from annodesk.model.annotations import AnnotationSet
from annodesk.model.times import Interval
from annodesk.ui.timeline.neighbours import free_room, next_segment, previous_segment, room_of

from .conftest import SECOND, segment

HOUR = Interval(0, 3600 * SECOND)


def test_neighbours_are_those_a_plain_search_finds(rng: random.Random) -> None:
    starts = sorted(rng.sample(range(3500), 200))
    elements = [segment(f"{s}", s, s + 0.5) for s in starts]
    annotations = AnnotationSet("set", elements=elements)
    for _ in range(300):
        at = rng.randrange(0, 3600 * SECOND)
        before = [s for s in elements if s.start_us < at]
        after = [s for s in elements if s.start_us >= at]
        assert previous_segment(annotations, "content", at, 0) == (before[-1] if before else None)
        assert next_segment(annotations, "content", at, HOUR.end_us) == (after[0] if after else None)


def test_the_room_around_a_time_ends_at_the_neighbours() -> None:
    annotations = AnnotationSet("set", elements=[segment("a", 10, 20), segment("b", 1000, 1010)])
    assert free_room(annotations, "content", 500 * SECOND, HOUR) == Interval(20 * SECOND, 1000 * SECOND)
    assert free_room(annotations, "content", 2000 * SECOND, HOUR) == Interval(1010 * SECOND, HOUR.end_us)


def test_there_is_no_room_inside_a_segment() -> None:
    annotations = AnnotationSet("set", elements=[segment("a", 10, 20)])
    assert free_room(annotations, "content", 15 * SECOND, HOUR) is None
    assert free_room(annotations, "content", 20 * SECOND, HOUR) is not None


def test_segments_moved_together_do_not_hinder_each_other() -> None:
    parts = [segment("a", 10, 20), segment("b", 20, 30), segment("c", 40, 50)]
    annotations = AnnotationSet("set", elements=parts)
    assert room_of(annotations, parts[:2], HOUR, may_overlap=False) == (-10 * SECOND, 10 * SECOND)
    assert room_of(annotations, parts[:2], HOUR, may_overlap=True) == (-10 * SECOND, 3570 * SECOND)
