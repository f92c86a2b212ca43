"""Gestures on a lane: each previews while it moves and gives at most one draft at its end. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft, add, combine, move, move_boundary, move_edge
from annodesk.model.families import ALIGNED, SYMBOLIC
from annodesk.model.ids import new_id
from annodesk.model.schema import Tier, TierKind, TierRule
from annodesk.ui.timeline.neighbours import free_room, next_segment, previous_segment, room_of

if TYPE_CHECKING:
    from annodesk.model.times import Interval

LEAST_US = 1_000
"""A drawn or dragged segment is never shorter."""
KEPT_US = 20_000
"""So much of a neighbour stays where an edge is dragged into it, or all of one that is shorter."""

Edge = Literal["start", "end"]


class Gesture(Protocol):
    """What is under the pointer's button now."""

    @property
    def preview(self) -> Sequence[Segment]:
        """The segments touched, as they would be."""

    @property
    def touched_ids(self) -> frozenset[str]:
        """Segments it moves; they are no place to snap to."""

    @property
    def selects(self) -> Sequence[str]:
        """What is selected once the draft is applied."""

    def move_to(self, time_us: int) -> None:
        """The pointer is at this time."""

    def snap_edges(self, time_us: int) -> Sequence[int]:
        """Where the edges that may snap would be with the pointer at this time."""

    @property
    def held(self) -> str:
        """Why it goes no further than this, where the person may not see why; empty where nothing holds it."""

    def draft(self) -> Draft:
        """What it has come to; empty where nothing changed."""


class DrawGesture:
    """Draws a new segment between where the button went down and where it is."""

    held = ""
    touched_ids: frozenset[str] = frozenset()

    def __init__(
        self, annotations: AnnotationSet, tier: Tier, at_us: int, bounds: Interval, labels: Sequence[str] = ()
    ) -> None:
        self._tier = tier
        self._room = drawing_room(annotations, tier, at_us, bounds)
        self._from_us = at_us
        parent = parent_at(annotations, tier, at_us)
        known = {label.name for label in tier.labels}
        kept = tuple(label for label in labels if label in known)
        self._segment = Segment(
            new_id(), tier.name, at_us, at_us, labels=kept, parent=parent.id if parent is not None else None
        )

    @property
    def preview(self) -> Sequence[Segment]:
        return (self._segment,) if self._is_something else ()

    @property
    def selects(self) -> Sequence[str]:
        return (self._segment.id,)

    @property
    def _is_something(self) -> bool:
        if self._room is None:
            return False
        return self._tier.kind is TierKind.POINT or self._segment.end_us - self._segment.start_us >= LEAST_US

    def move_to(self, time_us: int) -> None:
        if self._room is None:
            return
        time_us = max(self._room.start_us, min(self._room.end_us, time_us))
        if self._tier.kind is TierKind.POINT:
            self._segment = replace(self._segment, start_us=time_us, end_us=time_us)
        else:
            start, end = sorted((self._from_us, time_us))
            self._segment = replace(self._segment, start_us=start, end_us=end)

    def snap_edges(self, time_us: int) -> Sequence[int]:
        return (time_us,)

    def draft(self) -> Draft:
        return add(self._segment) if self._is_something else Draft("add segment", ())


class MoveGesture:
    """Moves segments together, as far as their neighbours let them."""

    held = ""

    def __init__(
        self, annotations: AnnotationSet, tier: Tier, ids: Sequence[str], at_us: int, bounds: Interval
    ) -> None:
        self._annotations, self._from_us, self._by_us = annotations, at_us, 0
        self._segments = tuple(annotations.segment(i) for i in ids)
        self._low, self._high = moving_room(annotations, tier, self._segments, bounds)
        self.touched_ids = frozenset(ids)

    @property
    def preview(self) -> Sequence[Segment]:
        by = self._by_us
        return tuple(replace(s, start_us=s.start_us + by, end_us=s.end_us + by) for s in self._segments)

    @property
    def selects(self) -> Sequence[str]:
        return tuple(self.touched_ids)

    def move_to(self, time_us: int) -> None:
        self._by_us = max(self._low, min(self._high, time_us - self._from_us))

    def snap_edges(self, time_us: int) -> Sequence[int]:
        by = time_us - self._from_us
        return (min(s.start_us for s in self._segments) + by, max(s.end_us for s in self._segments) + by)

    def draft(self) -> Draft:
        return move(self._annotations, self.touched_ids, self._by_us) if self._by_us else Draft("move", ())


class EdgeGesture:
    """Drags one edge of a segment, not past its other edge nor its neighbour."""

    def __init__(
        self, annotations: AnnotationSet, segment: Segment, edge: Edge, bounds: Interval, *, may_overlap: bool
    ) -> None:
        self._annotations, self._segment, self._edge = annotations, segment, edge
        self._to_us = segment.start_us if edge == "start" else segment.end_us
        self._low, self._high = edge_room(annotations, segment, edge, bounds, may_overlap=may_overlap)
        self.touched_ids = frozenset((segment.id,))
        self._pointer_us = self._to_us

    @property
    def held(self) -> str:
        return ""

    @property
    def preview(self) -> Sequence[Segment]:
        if self._edge == "start":
            return (replace(self._segment, start_us=self._to_us),)
        return (replace(self._segment, end_us=self._to_us),)

    @property
    def selects(self) -> Sequence[str]:
        return (self._segment.id,)

    def move_to(self, time_us: int) -> None:
        self._pointer_us = time_us
        self._to_us = max(self._low, min(self._high, time_us))

    def snap_edges(self, time_us: int) -> Sequence[int]:
        return (time_us,)

    def draft(self) -> Draft:
        return move_edge(self._annotations, self._segment.id, self._edge, self._to_us)


class PushGesture(EdgeGesture):
    """Drags one edge and pushes before it the edge of the neighbour it runs into, which keeps a length."""

    def __init__(self, annotations: AnnotationSet, segment: Segment, edge: Edge, bounds: Interval) -> None:
        super().__init__(annotations, segment, edge, bounds, may_overlap=True)
        self._pushed = pushed_neighbour(annotations, segment, edge, bounds)
        if self._pushed is not None:
            self.touched_ids |= {self._pushed.id}
            if edge == "start":
                self._low = max(self._low, self._pushed.start_us + kept_of(self._pushed))
            else:
                self._high = min(self._high, self._pushed.end_us - kept_of(self._pushed))

    @property
    def held(self) -> str:
        pushed = self._pushed
        if pushed is None:
            return ""
        is_start = self._edge == "start"
        end_us = pushed.start_us + kept_of(pushed) if is_start else pushed.end_us - kept_of(pushed)
        is_beyond = self._pointer_us < end_us if is_start else self._pointer_us > end_us
        return kept_words(pushed) if is_beyond and self._to_us == end_us else ""

    @property
    def preview(self) -> Sequence[Segment]:
        moved = super().preview
        pushed = self._pushed
        if pushed is None:
            return moved
        if self._edge == "start" and self._to_us < pushed.end_us:
            return (*moved, replace(pushed, end_us=self._to_us))
        if self._edge == "end" and self._to_us > pushed.start_us:
            return (*moved, replace(pushed, start_us=self._to_us))
        return moved

    def draft(self) -> Draft:
        own = super().draft()
        if len(self.preview) < 2 or self._pushed is None:
            return own
        other: Edge = "end" if self._edge == "start" else "start"
        return combine("push edge", own, move_edge(self._annotations, self._pushed.id, other, self._to_us))


class BoundaryGesture:
    """Drags the joint boundary of two neighbours, so that no gap opens."""

    def __init__(self, annotations: AnnotationSet, left: Segment, right: Segment) -> None:
        self._annotations, self._left, self._right = annotations, left, right
        self._to_us = self._pointer_us = left.end_us
        self._low, self._high = left.start_us + kept_of(left), right.end_us - kept_of(right)
        self.touched_ids = frozenset((left.id, right.id))

    @property
    def held(self) -> str:
        if self._to_us == self._pointer_us:
            return ""
        return kept_words(self._left if self._pointer_us < self._to_us else self._right)

    @property
    def preview(self) -> Sequence[Segment]:
        return (replace(self._left, end_us=self._to_us), replace(self._right, start_us=self._to_us))

    @property
    def selects(self) -> Sequence[str]:
        return (self._left.id, self._right.id)

    def move_to(self, time_us: int) -> None:
        self._pointer_us = time_us
        self._to_us = max(self._low, min(self._high, time_us))

    def snap_edges(self, time_us: int) -> Sequence[int]:
        return (time_us,)

    def draft(self) -> Draft:
        return move_boundary(self._annotations, self._left.id, self._right.id, self._to_us)


def kept_of(segment: Segment) -> int:
    """How much of a neighbour stays."""
    return max(LEAST_US, min(KEPT_US, segment.end_us - segment.start_us))


def kept_words(segment: Segment) -> str:
    """Why an edge goes no further into a neighbour."""
    name = f"\N{LEFT DOUBLE QUOTATION MARK}{segment.label}\N{RIGHT DOUBLE QUOTATION MARK}" if segment.label else "It"
    return f"{name} keeps {kept_of(segment) / 1000:g} ms: delete it to go further."


def edge_room(
    annotations: AnnotationSet, segment: Segment, edge: Edge, bounds: Interval, *, may_overlap: bool
) -> tuple[int, int]:
    """The earliest and the latest time an edge may be put at."""
    if edge == "start":
        before = None
        if not may_overlap:
            before = previous_segment(annotations, segment.tier, segment.start_us, bounds.start_us, {segment.id})
        low = bounds.start_us if before is None else max(bounds.start_us, before.end_us)
        return min(low, segment.start_us), segment.end_us - LEAST_US
    after = None
    if not may_overlap:
        after = next_segment(annotations, segment.tier, segment.end_us, bounds.end_us, {segment.id})
    high = bounds.end_us if after is None else min(bounds.end_us, after.start_us)
    return segment.start_us + LEAST_US, max(high, segment.end_us)


def pushed_neighbour(annotations: AnnotationSet, segment: Segment, edge: Edge, bounds: Interval) -> Segment | None:
    """The neighbour that an edge would run into, where it lies within the bounds as a whole."""
    if edge == "start":
        found = previous_segment(annotations, segment.tier, segment.start_us, bounds.start_us, {segment.id})
        return found if found is not None and found.end_us <= segment.start_us else None
    return next_segment(annotations, segment.tier, segment.end_us, bounds.end_us, {segment.id})


def own_bounds(annotations: AnnotationSet, tier: Tier, segment: Segment, bounds: Interval) -> Interval:
    """How far a segment may go at most: within its parent where the tier asks for that."""
    parent = annotations.get(segment.parent) if segment.parent and tier.rule in ALIGNED else None
    cropped = bounds.crop(parent.interval) if isinstance(parent, Segment) else None
    return cropped or bounds


def refusal(annotations: AnnotationSet, tier: Tier, at_us: int, bounds: Interval) -> str:
    """Why nothing can be drawn at a time."""
    if not bounds.start_us <= at_us <= bounds.end_us:
        return "This is context, to be seen and heard; your part is between the dimmed ends."
    if tier.parent is not None and tier.rule is not TierRule.NONE and parent_at(annotations, tier, at_us) is None:
        return f"{tier.name} stands within {tier.parent}: draw there first."
    if tier.rule is TierRule.SYMBOLIC_ASSOCIATION:
        return f"There is one on {tier.name} for this {tier.parent} already."
    if tier.rule is TierRule.TIME_SUBDIVISION:
        return f"{tier.name} divides its {tier.parent}: S cuts at the playhead."
    return "There is no room for a segment here."


def moving_room(
    annotations: AnnotationSet, tier: Tier, segments: Sequence[Segment], bounds: Interval
) -> tuple[int, int]:
    """How far segments of one tier can be moved together, as the least and the greatest distance."""
    free = tier.overlap or tier.kind is TierKind.POINT
    return room_of(
        annotations, segments, bounds, may_overlap=free, within=lambda s: own_bounds(annotations, tier, s, bounds)
    )


def parent_at(annotations: AnnotationSet, tier: Tier, at_us: int) -> Segment | None:
    """The segment of the parent tier around a time, None where the tier has no parent or none is there."""
    if tier.parent is None:
        return None
    return next((s for s in annotations.segments_in(tier.parent, at_us, at_us + 1)), None)


def drawing_room(annotations: AnnotationSet, tier: Tier, at_us: int, bounds: Interval) -> Interval | None:
    """Where a new segment may lie around a time; None where there is no room, and in the context of a part."""
    if not bounds.start_us <= at_us <= bounds.end_us:
        return None
    if tier.rule is not TierRule.NONE:
        parent = parent_at(annotations, tier, at_us)
        cropped = bounds.crop(parent.interval) if parent is not None else None
        if cropped is None or parent is None:
            return None
        bounds = cropped
        if tier.rule in SYMBOLIC:  # its time is its parent's, whatever is drawn; one parent has one association
            is_taken = any(s.parent == parent.id for s in annotations.each_in(tier.name, at_us, at_us + 1))
            return None if is_taken and tier.rule is TierRule.SYMBOLIC_ASSOCIATION else bounds
    if tier.overlap or tier.kind is TierKind.POINT:
        return bounds
    return free_room(annotations, tier.name, at_us, bounds)
