"""Who stands beside a stretch on a tier: the room to draw in, where an edge snaps to, next and previous. No Qt."""

from __future__ import annotations

from collections.abc import Container, Iterable

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.times import Interval

_FIRST_LOOK_US = 5_000_000


def previous_segment(
    annotations: AnnotationSet, tier: str, before_us: int, low_us: int, ignoring: Container[str] = ()
) -> Segment | None:
    """The segment that starts last before a time; looks back in ever longer steps, so long tiers stay fast."""
    look = _FIRST_LOOK_US
    while True:
        start = max(low_us, before_us - look)
        found = [
            s
            for s in annotations.segments_in(tier, start, before_us)
            if s.start_us < before_us and s.id not in ignoring
        ]
        if found:
            return max(found, key=lambda s: (s.start_us, s.end_us))
        if start <= low_us:
            return None
        look *= 4


def next_segment(
    annotations: AnnotationSet, tier: str, from_us: int, high_us: int, ignoring: Container[str] = ()
) -> Segment | None:
    """The segment that starts first at or after a time."""
    look = _FIRST_LOOK_US
    while True:
        end = min(high_us + 1, from_us + look)
        for segment in annotations.segments_in(tier, from_us, end):
            if segment.start_us >= from_us and segment.id not in ignoring:
                return segment
        if end > high_us:
            return None
        look *= 4


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
    annotations: AnnotationSet, segments: Iterable[Segment], bounds: Interval, *, may_overlap: bool
) -> tuple[int, int]:
    """How far segments can be moved together, as the least and the greatest distance in microseconds."""
    moved = list(segments)
    ids = {s.id for s in moved}
    low, high = bounds.start_us - bounds.end_us, bounds.end_us - bounds.start_us
    for segment in moved:
        least, most = bounds.start_us, bounds.end_us
        if not may_overlap:
            before = previous_segment(annotations, segment.tier, segment.start_us, bounds.start_us, ids)
            after = next_segment(annotations, segment.tier, max(segment.start_us, segment.end_us), bounds.end_us, ids)
            least = max(least, before.end_us) if before else least
            most = min(most, after.start_us) if after else most
        low = max(low, least - segment.start_us)
        high = min(high, most - segment.end_us)
    return min(low, 0), max(high, 0)


def nearest(time_us: int, places_us: Iterable[int], reach_us: int) -> int:
    """The place nearest to a time within reach, or the time itself."""
    best, distance = time_us, reach_us + 1
    for place in places_us:
        if abs(place - time_us) < distance:
            best, distance = place, abs(place - time_us)
    return best
