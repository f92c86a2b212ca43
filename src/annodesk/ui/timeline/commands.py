"""Keyboard commands on the timeline: pure functions of what is shown that return what should change. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Literal

from msgspec.structs import replace

from annodesk.errors import EditError
from annodesk.model.annotations import AnnotationSet, Change, Segment
from annodesk.model.edits import Draft, add, combine, delete, duplicate, merge, move, move_edge, split
from annodesk.model.families import SYMBOLIC
from annodesk.model.ids import new_id
from annodesk.model.schema import Tier, TierKind
from annodesk.model.times import Interval
from annodesk.ui.timeline.gestures import (
    Edge,
    PushGesture,
    drawing_room,
    edge_room,
    moving_room,
    own_bounds,
    parent_at,
    refusal,
)
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
    annotations: AnnotationSet,
    tier: Tier,
    segment: Segment,
    edge: Edge,
    to_us: int,
    bounds: Interval,
    *,
    pushes: bool = False,
) -> Draft:
    """Put an edge at a time, stopped by the neighbour (or pushing its edge) where the tier forbids overlap."""
    if tier.kind is TierKind.POINT:
        raise EditError("A point has no edges.", "Drag it, or draw another.")
    _refuse_symbolic(tier)
    bounds = own_bounds(annotations, tier, segment, bounds)
    if pushes and not tier.overlap:
        pushing = PushGesture(annotations, segment, edge, bounds)
        pushing.move_to(to_us)
        return pushing.draft()
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
    band_hz: tuple[float, float] | None = None,
) -> tuple[Draft, str]:
    """A new segment over the selected time, or from a time to the next segment, at most 2 s; also its id.

    ``band_hz`` bounds it in frequency.
    """
    start = stretch.start_us if stretch is not None else at_us
    room = drawing_room(annotations, tier, start, bounds)
    if room is None:
        raise EditError(refusal(annotations, tier, start, bounds), "Move the playhead to a gap.")
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
        low_hz=round(band_hz[0], 1) if band_hz is not None else None,
        high_hz=round(band_hz[1], 1) if band_hz is not None else None,
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


def fill_gap(
    annotations: AnnotationSet,
    tier: Tier,
    selected: Sequence[Segment],
    at_us: int,
    bounds: Interval,
    labels: Sequence[str] = (),
) -> tuple[Draft, str | None]:
    """Stretch the selected segment to its neighbours on both sides, or draw one over the whole gap at a time."""
    if tier.kind is TierKind.POINT:
        raise EditError("Points have no gaps to fill.")
    _refuse_symbolic(tier)
    if not selected:
        room = drawing_room(annotations, tier, at_us, bounds)
        if room is None or tier.overlap:
            raise EditError("There is no gap here.", "Put the playhead between two segments.")
        return draw_at(annotations, tier, at_us, room, bounds, labels)
    if len(selected) > 1:
        return _fill_between(annotations, selected), None
    only = selected[0]
    bounds = own_bounds(annotations, tier, only, bounds)
    low = edge_room(annotations, only, "start", bounds, may_overlap=False)[0]
    high = edge_room(annotations, only, "end", bounds, may_overlap=False)[1]
    after = replace(only, start_us=low, end_us=high)
    if after == only:
        raise EditError("There is no gap on either side.")
    return Draft("fill gap", (Change(only, after),)), None


def _fill_between(annotations: AnnotationSet, selected: Sequence[Segment]) -> Draft:
    """Each selected segment ends where the next selected one begins."""
    parts = []
    for one, after in pairwise(sorted(selected, key=lambda s: (s.start_us, s.end_us))):
        following = next_segment(annotations, one.tier, one.end_us, after.start_us, {one.id})
        if following is not None and following.id == after.id and one.end_us < after.start_us:
            parts.append(move_edge(annotations, one.id, "end", after.start_us))
    if not parts:
        raise EditError("There is no gap between the selected segments.")
    return combine("fill gap", *parts)


def shift_selected(
    annotations: AnnotationSet, tier: Tier, selected: Sequence[Segment], by_us: int, bounds: Interval
) -> Draft:
    """Move the selected segments by a time, as far as their neighbours let them."""
    if not selected:
        raise EditError("Nothing is selected.", "Select a segment with Tab or a click.")
    _refuse_symbolic(tier)
    low, high = moving_room(annotations, tier, selected, bounds)
    by_us = max(low, min(high, by_us))
    if not by_us:
        raise EditError("There is no room to move on that side.")
    return move(annotations, [s.id for s in selected], by_us)


def alike(annotations: AnnotationSet, tier: str, selected: Sequence[Segment]) -> list[str]:
    """Ids of all segments of a tier that have the labels of a selected one."""
    if not selected:
        raise EditError("Nothing is selected.", "Select a segment that has the label.")
    wanted = {s.labels for s in selected}
    return [s.id for s in annotations.segments(tier) if s.labels in wanted]


def nearer_edge(segment: Segment, time_us: int) -> Edge:
    """The edge of a segment that lies nearer to a time."""
    return "start" if abs(segment.start_us - time_us) <= abs(segment.end_us - time_us) else "end"


def _refuse_symbolic(tier: Tier) -> None:
    if tier.rule in SYMBOLIC:
        raise EditError(f"{tier.name} takes its times from {tier.parent}.", "Move them there.")


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
