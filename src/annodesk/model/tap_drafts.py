"""From a plan of taps to the one Edit that puts its segments into a set."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from msgspec import Struct

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.edits import Draft, add, combine
from annodesk.model.ids import new_id
from annodesk.model.schema import Tier, TierKind, TierRule
from annodesk.model.taps import LEAST_APART_US, Plan
from annodesk.model.times import Interval

ParentAt = Callable[[int], Segment | None]


class Proposed(Struct, frozen=True):
    """A segment as taps mean it, with the places of its edges in the plan; None for an end nobody tapped."""

    label: str
    start_us: int
    end_us: int
    start_edge: int
    end_edge: int | None


def proposed(plan: Plan, times_us: Sequence[int], end_us: int, bounds: Interval) -> list[Proposed]:
    """The segments of a plan with their edges at these times, inside the task; what has no length is left out.

    ``end_us`` is where listening ended: a segment without a tapped end lasts until there.
    """
    found = []
    for stretch in plan.stretches:
        start = max(bounds.start_us, min(bounds.end_us, times_us[stretch.start]))
        last = end_us if stretch.end is None else times_us[stretch.end]
        last = max(bounds.start_us, min(bounds.end_us, last))
        is_point = stretch.end == stretch.start
        if is_point or last - start >= LEAST_APART_US:
            found.append(Proposed(stretch.label, start, last, stretch.start, stretch.end))
    return found


def fitted(
    tier: Tier, wanted: Sequence[Proposed], annotations: AnnotationSet, parent_at: ParentAt
) -> list[tuple[Segment, Proposed]]:
    """New segments for those that have room: beside what the tier holds already, and inside their parents.

    Of a stretch that is partly taken the longest free part is used.
    """
    made: list[tuple[Segment, Proposed]] = []
    for one in wanted:
        parent = parent_at(one.start_us) if tier.parent is not None else None
        room: Interval | None = Interval(one.start_us, one.end_us)
        if tier.rule in (TierRule.INCLUDED_IN, TierRule.TIME_SUBDIVISION):
            parent = parent or (parent_at((one.start_us + one.end_us) // 2) if tier.parent is not None else None)
            room = room.crop(parent.interval) if room is not None and parent is not None else None
        if room is not None and not tier.overlap and tier.kind is TierKind.INTERVAL:
            room = _free(room, annotations.segments_in(tier.name, room.start_us, room.end_us))
        if room is None:
            continue
        made.append(
            (
                Segment(
                    new_id(),
                    tier.name,
                    room.start_us,
                    room.end_us,
                    labels=(one.label,),
                    parent=parent.id if parent is not None else None,
                ),
                one,
            )
        )
    return made


def draft_of(segments: Mapping[str, Sequence[Segment]]) -> Draft:
    """All segments of a pass, by tier, as one gesture."""
    every = [segment for made in segments.values() for segment in made]
    noun = "segment" if len(every) == 1 else "segments"
    return combine(f"tap {len(every)} {noun}", add(*every)) if every else Draft("tap", ())


def _free(room: Interval, taken: Sequence[Segment]) -> Interval | None:
    parts, at = [], room.start_us
    for segment in taken:
        if segment.start_us - at >= LEAST_APART_US:
            parts.append(Interval(at, segment.start_us))
        at = max(at, segment.end_us)
    if room.end_us - at >= LEAST_APART_US:
        parts.append(Interval(at, room.end_us))
    return max(parts, key=lambda part: part.duration_us, default=None)
