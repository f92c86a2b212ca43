"""Who stands beside a stretch on a tier: the room to draw in, where an edge snaps to, next and previous. No Qt."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

from annodesk.model.times import Interval

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment


def previous_segment(
    annotations: AnnotationSet, tier: str, before_us: int, low_us: int, ignoring: Container[str] = ()
) -> Segment | None:
    """The segment that starts last before a time and not before the limit."""
    places = annotations.places(tier)
    for at in range(bisect_left(places, (before_us, -1, "")) - 1, -1, -1):
        start, _, element_id = places[at]
        if start < low_us:
            break
        if element_id not in ignoring:
            return annotations.segment(element_id)
    return None


def next_segment(
    annotations: AnnotationSet, tier: str, from_us: int, high_us: int, ignoring: Container[str] = ()
) -> Segment | None:
    """The segment that starts first at or after a time and not after the limit."""
    places = annotations.places(tier)
    for at in range(bisect_left(places, (from_us, -1, "")), len(places)):
        start, _, element_id = places[at]
        if start > high_us:
            break
        if element_id not in ignoring:
            return annotations.segment(element_id)
    return None


def beside(annotations: AnnotationSet, segment: Segment, step: int) -> Segment | None:
    """The segment so many places after this one in the order of its tier, before it for a negative step."""
    places = annotations.places(segment.tier)
    at = bisect_left(places, (segment.start_us, segment.end_us, segment.id)) + step
    return annotations.segment(places[at][2]) if 0 <= at < len(places) else None


def free_room(
    annotations: AnnotationSet, tier: str, at_us: int, bounds: Interval, ignoring: Container[str] = ()
) -> Interval | None:
    """The gap between neighbours around a time; None where a segment covers it."""
    before = previous_segment(annotations, tier, at_us, bounds.start_us, ignoring)
    if before is not None and before.end_us > at_us:
        return None
    after = next_segment(annotations, tier, at_us, bounds.end_us, ignoring)
    low = bounds.start_us if before is None else max(bounds.start_us, before.end_us)
    high = bounds.end_us if after is None else min(bounds.end_us, after.start_us)
    return Interval(low, high) if low <= high else None


def room_of(
    annotations: AnnotationSet,
    segments: Iterable[Segment],
    bounds: Interval,
    *,
    may_overlap: bool,
    within: Callable[[Segment], Interval] | None = None,
) -> tuple[int, int]:
    """How far segments can be moved together, as the least and the greatest distance in microseconds.

    ``within`` gives the bounds of one segment where they are narrower, as a child's are.
    """
    moved = list(segments)
    ids = {s.id for s in moved}
    low, high = bounds.start_us - bounds.end_us, bounds.end_us - bounds.start_us
    tiers = () if may_overlap else {s.tier for s in moved}
    still = {tier: [place for place in annotations.places(tier) if place[2] not in ids] for tier in tiers}
    for segment in moved:
        own = bounds if within is None else within(segment)
        least, most = own.start_us, own.end_us
        if others := still.get(segment.tier):
            at = bisect_left(others, (segment.start_us, -1, "")) - 1
            if at >= 0 and others[at][0] >= bounds.start_us:
                least = max(least, others[at][1])
            at = bisect_left(others, (max(segment.start_us, segment.end_us), -1, ""))
            if at < len(others) and others[at][0] <= bounds.end_us:
                most = min(most, others[at][0])
        low = max(low, least - segment.start_us)
        high = min(high, most - segment.end_us)
    return min(low, 0), max(high, 0)
