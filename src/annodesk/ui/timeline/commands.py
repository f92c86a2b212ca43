"""Keyboard commands on the timeline: pure functions of what is shown that return what should change. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from annodesk.errors import EditError
from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft, add, delete, duplicate, merge, move_edge, split
from annodesk.model.ids import new_id
from annodesk.model.schema import Tier, TierKind
from annodesk.model.times import Interval
from annodesk.ui.timeline.gestures import Edge, drawing_room, edge_room, parent_at
from annodesk.ui.timeline.neighbours import beside, next_segment, previous_segment

Direction = Literal["next", "prev"]
DEFAULT_LENGTH_US = 2_000_000


def segment_at(annotations: AnnotationSet, tier: str, time_us: int) -> Segment | None:
    """The segment around a time; of several the one that starts last."""
    found = [s for s in annotations.segments_in(tier, time_us, time_us + 1) if s.start_us <= time_us]
    return found[-1] if found else None


def split_at(annotations: AnnotationSet, tier: str, selected: Sequence[Segment], at_us: int) -> tuple[Draft, str]:
    """Cut the selected segment (or the one there) at a time; also the id of the second part."""
    around = [s for s in selected if s.start_us < at_us < s.end_us]
    segment = around[0] if around else segment_at(annotations, tier, at_us)
    if segment is None:
        raise EditError("There is no segment to cut here.", "Put the playhead inside one.")
    second = new_id()
    return split(annotations, segment.id, at_us, new=second), second


def merge_neighbour(
    annotations: AnnotationSet, tier: str, selected: Sequence[Segment], direction: Direction, bounds: Interval
) -> tuple[Draft, str]:
    """Join the selected segments (several with each other, one with its neighbour); also the id that remains."""
    if not selected:
        raise EditError("Merging needs a selected segment.", "Select one with Tab or a click.")
    parts = list(selected)
    if len(parts) == 1:
        only = parts[0]
        if direction == "next":
            other = next_segment(annotations, tier, max(only.end_us, only.start_us + 1), bounds.end_us, {only.id})
        else:
            other = previous_segment(annotations, tier, only.start_us, bounds.start_us, {only.id})
        if other is None:
            raise EditError("There is no segment on that side to merge with.")
        parts.append(other)
    parts.sort(key=lambda s: (s.start_us, s.end_us))
    draft = merge(annotations, [s.id for s in parts])
    return draft, parts[0].id


def delete_selected(annotations: AnnotationSet, selected: Sequence[Segment]) -> Draft:
    """Take the selected segments out."""
    if not selected:
        raise EditError("Nothing is selected.", "Select a segment with Tab or a click.")
    return delete(annotations, [s.id for s in selected])


def duplicate_selected(
    annotations: AnnotationSet, tier: Tier, selected: Sequence[Segment], bounds: Interval
) -> tuple[Draft, str]:
    """Repeat the selected segment right after itself where there is room; also the id of the copy."""
    if len(selected) != 1:
        raise EditError("Duplicating needs one selected segment.")
    segment = selected[0]
    end = 2 * segment.end_us - segment.start_us
    if end > bounds.end_us:
        raise EditError("There is no room for a copy before the end.")
    if not tier.overlap and tier.kind is TierKind.INTERVAL:
        after = next_segment(annotations, tier.name, segment.end_us, bounds.end_us, {segment.id})
        if after is not None and after.start_us < end:
            raise EditError("There is no room for a copy before the next segment.")
    copy = new_id()
    return duplicate(annotations, segment.id, new=copy), copy


def put_edge(
    annotations: AnnotationSet, tier: Tier, segment: Segment, edge: Edge, to_us: int, bounds: Interval
) -> Draft:
    """Put an edge at a time, stopped by the neighbour where the tier forbids overlap."""
    if tier.kind is TierKind.POINT:
        raise EditError("A point has no edges.", "Drag it, or draw another.")
    low, high = edge_room(annotations, segment, edge, bounds, may_overlap=tier.overlap)
    if (edge == "start" and to_us >= segment.end_us) or (edge == "end" and to_us <= segment.start_us):
        raise EditError("A segment needs a length.", "Move the playhead, or delete the segment instead.")
    return move_edge(annotations, segment.id, edge, max(low, min(high, to_us)))


def draw_at(
    annotations: AnnotationSet,
    tier: Tier,
    at_us: int,
    stretch: Interval | None,
    bounds: Interval,
    labels: Sequence[str] = (),
) -> tuple[Draft, str]:
    """A new segment over the selected time, or from a time to the next segment, at most 2 s; also its id."""
    start = stretch.start_us if stretch is not None else at_us
    room = drawing_room(annotations, tier, start, bounds)
    if room is None:
        raise EditError("There is no room for a segment here.", "Move the playhead to a gap.")
    end = min(room.end_us, stretch.end_us if stretch is not None else start + DEFAULT_LENGTH_US)
    if tier.kind is TierKind.POINT:
        end = start
    elif end <= start:
        raise EditError("There is no room for a segment here.", "Move the playhead to a gap.")
    known = {label.name for label in tier.labels}
    parent = parent_at(annotations, tier, start)
    segment = Segment(
        new_id(),
        tier.name,
        start,
        end,
        labels=tuple(label for label in labels if label in known),
        parent=parent.id if parent is not None else None,
    )
    return add(segment), segment.id


def extend_previous(
    annotations: AnnotationSet, tier: Tier, at_us: int, bounds: Interval, labels: Sequence[str] = ()
) -> tuple[Draft, str]:
    """A new segment from the end of the one before to the playhead, without a gap; also its id."""
    before = previous_segment(annotations, tier.name, at_us, bounds.start_us)
    start = bounds.start_us if before is None else before.end_us
    if start >= at_us:
        raise EditError("The playhead is inside a segment.", "Move it past the segment's end.")
    return draw_at(annotations, tier, start, Interval(start, at_us), bounds, labels)


def step_segment(
    annotations: AnnotationSet,
    tier: str,
    selected: Sequence[Segment],
    at_us: int,
    direction: Direction,
    bounds: Interval,
) -> Segment | None:
    """The segment after or before the selected one, or after or before the playhead."""
    if not selected:
        if direction == "next":
            return segment_at(annotations, tier, at_us) or next_segment(annotations, tier, at_us, bounds.end_us)
        return previous_segment(annotations, tier, at_us, bounds.start_us)
    ordered = sorted(selected, key=lambda s: (s.start_us, s.end_us, s.id))
    return beside(annotations, ordered[-1], 1) if direction == "next" else beside(annotations, ordered[0], -1)
