"""What a reviewer's ruling does to the set under review: a place filled with what one side says there, or cleared."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.annotations import (
    BY_PERSON,
    AnnotationSet,
    Answer,
    Change,
    Element,
    Origin,
    OriginKind,
    Segment,
    Span,
    answer_id,
)
from annodesk.model.edits import Draft
from annodesk.model.ids import new_id

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema
    from annodesk.quality.disagreements import Disagreement


def take(
    schema: LabelSchema,
    annotations: AnnotationSet,
    disagreement: Disagreement,
    sets: Sequence[AnnotationSet],
    side: int | None,
    *,
    make_id: Callable[[], str] = new_id,
) -> Draft:
    """The gesture that puts what one of the compared sets says at a disagreement into the reviewer's own set.

    ``sets`` are those that were compared, ``side`` the place of the one taken; None clears the place.

    What an earlier ruling brought there goes. On a tier without overlaps a segment that runs across the edge of the
    place is joined with its other part, so that taking one side everywhere gives that side's segments again.
    """
    source = sets[side] if side is not None else None
    if disagreement.is_question:
        return Draft("rule", _answer_changes(annotations, disagreement, source))
    if disagreement.is_stretch:
        return Draft("rule", _Fill(schema, annotations, disagreement, source, make_id).changes())
    return Draft("rule", _group_changes(schema, annotations, disagreement, source, side, make_id))


def average(
    schema: LabelSchema, annotations: AnnotationSet, disagreement: Disagreement, sets: Sequence[AnnotationSet]
) -> Draft | None:
    """The gesture that puts an edge at the mean of the sides'; None where the place is not one edge.

    The segment that runs into the place from its left then ends there, and the one that leaves it to the right begins
    there; what lies wholly inside goes.
    """
    start_us, end_us = disagreement.start_us, disagreement.end_us
    if not disagreement.is_stretch or start_us is None or end_us is None or start_us == end_us:
        return None
    inside = [one.segments_in(disagreement.part, start_us, end_us) for one in sets]
    near = [s for said in inside for s in said]
    left = next((s for s in near if s.start_us < start_us), None)
    right = next((s for s in near if s.end_us > end_us), None)
    if left is None and right is None:
        return None
    edges = [edge for said in inside if (edge := _edge_us(said, start_us, end_us)) is not None]
    middle_us = sum(edges) // len(edges) if edges else (start_us + end_us) // 2
    sides = [replace(left, end_us=middle_us)] if left is not None else []
    sides += [replace(right, start_us=middle_us)] if right is not None and (left is None or right.id != left.id) else []
    between = AnnotationSet("between", elements=sides)
    return Draft("rule", _Fill(schema, annotations, disagreement, between, new_id).changes())


def fill(
    schema: LabelSchema, annotations: AnnotationSet, disagreement: Disagreement, labels: Sequence[str]
) -> Draft | None:
    """The gesture that fills a stretch with one segment of the reviewer's own; None where the place is no stretch."""
    start_us, end_us = disagreement.start_us, disagreement.end_us
    if not disagreement.is_stretch or start_us is None or end_us is None or start_us == end_us:
        return None
    own = Segment(_OWN, disagreement.part, start_us, end_us, tuple(labels))
    made = _Fill(schema, annotations, disagreement, AnnotationSet(_OWN, elements=[own]), new_id).changes()
    return Draft("rule", tuple(Change(c.before, _by_hand(c.after)) for c in made))


_OWN = "own"


def _by_hand(element: Element | None) -> Element | None:
    is_own = isinstance(element, Segment) and element.origin == Origin(OriginKind.RULING, _OWN)
    return replace(element, origin=BY_PERSON) if isinstance(element, Segment) and is_own else element


def _edge_us(near: Sequence[Segment], start_us: int, end_us: int) -> int | None:
    """Where one side has its edge within a place; None where it has nothing there."""
    left = next((s for s in near if s.start_us < start_us), None)
    if left is not None:
        return min(left.end_us, end_us)
    right = next((s for s in near if s.end_us > end_us), None)
    return max(right.start_us, start_us) if right is not None else None


def _answer_changes(
    annotations: AnnotationSet, disagreement: Disagreement, source: AnnotationSet | None
) -> tuple[Change, ...]:
    element_id = answer_id(disagreement.part)
    before = annotations.get(element_id)
    theirs = source.answer(disagreement.part) if source is not None else None
    after = None
    if theirs is not None:
        after = Answer(element_id, disagreement.part, theirs.value, origin=Origin(OriginKind.RULING, theirs.id))
    return () if before == after else (Change(before, after),)


def _group_changes(
    schema: LabelSchema,
    annotations: AnnotationSet,
    disagreement: Disagreement,
    source: AnnotationSet | None,
    side: int | None,
    make_id: Callable[[], str],
) -> tuple[Change, ...]:
    ids = {i for said in disagreement.answers for i in said.element_ids}
    brought: list[Element] = [
        e
        for e in annotations
        if isinstance(e, Segment | Span)
        and ((e.origin.kind in _BROUGHT and e.origin.source in ids) or _is_drawn_at(e, disagreement))
    ]
    added = []
    theirs = {i for said in disagreement.answers if said.set_index == side for i in said.element_ids}
    for element in source if source is not None else ():
        if element.id in theirs and isinstance(element, Segment | Span):
            origin = Origin(OriginKind.RULING, element.id)
            if isinstance(element, Segment):
                parent = _parent_of(schema, annotations, element)
                added.append(Change(None, replace(element, id=make_id(), parent=parent, origin=origin)))
            else:
                added.append(Change(None, replace(element, id=make_id(), origin=origin)))
    return (*(Change(e, None) for e in brought), *added)


_BROUGHT = (OriginKind.RULING, OriginKind.CONSENSUS)
"""Origins of what a side or, where all agreed, the beginning of the review has brought to a place."""


def _is_drawn_at(element: Segment | Span, disagreement: Disagreement) -> bool:
    """Whether the reviewer drew this by hand, and at this place."""
    if element.origin.kind is not OriginKind.PERSON:
        return False
    if isinstance(element, Segment):
        low, high, part = disagreement.start_us, disagreement.end_us, element.tier
        start, end = element.start_us, element.end_us
    else:
        low, high, part = disagreement.start, disagreement.end, element.type
        start, end = element.start, element.end
        if element.asset != disagreement.asset:
            return False
    if part != disagreement.part or low is None or high is None:
        return False
    return low <= start and end <= high


def _parent_of(schema: LabelSchema, annotations: AnnotationSet, segment: Segment) -> str | None:
    """The segment on the parent tier of the reviewer's set that covers most of this one."""
    parent_tier = schema.tier(segment.tier).parent
    if parent_tier is None:
        return None
    parents = annotations.segments_in(parent_tier, segment.start_us, max(segment.end_us, segment.start_us + 1))

    def covered_us(parent: Segment) -> int:
        return min(parent.end_us, segment.end_us) - max(parent.start_us, segment.start_us)

    best = max(parents, key=covered_us, default=None)
    return best.id if best is not None else None


class _Part(Struct):
    """A segment of the lane as it will be, and the ids of segments there now that it may keep."""

    segment: Segment
    ids: list[str]


class _Fill:
    """Filling a stretch of a tier without overlaps with one side's segments."""

    def __init__(
        self,
        schema: LabelSchema,
        annotations: AnnotationSet,
        disagreement: Disagreement,
        source: AnnotationSet | None,
        make_id: Callable[[], str],
    ) -> None:
        assert disagreement.start_us is not None
        assert disagreement.end_us is not None
        self.schema, self.annotations, self.make_id = schema, annotations, make_id
        self.tier, self.start_us, self.end_us = disagreement.part, disagreement.start_us, disagreement.end_us
        self.now = annotations.segments_in(self.tier, self.start_us - 1, self.end_us + 1)
        self.theirs = source.segments_in(self.tier, self.start_us - 1, self.end_us + 1) if source is not None else []

    def changes(self) -> tuple[Change, ...]:
        left, inside, right = self._left(), self._inside(), self._right()
        parts = self._joined([*left, *inside, *right])
        before = {s.id: s for s in self.now}
        used: set[str] = set()
        after: list[Change] = []
        for part in parts:
            element_id = next((i for i in part.ids if i not in used), None)
            if element_id is None:
                after.append(Change(None, replace(part.segment, id=self.make_id())))
                continue
            used.add(element_id)
            segment = replace(part.segment, id=element_id)
            if segment != before[element_id]:
                after.append(Change(before[element_id], segment))
        gone = tuple(Change(s, None) for s in self.now if s.id not in used)
        return (*gone, *after)

    def _left(self) -> list[_Part]:
        return [
            _Part(replace(s, end_us=min(s.end_us, self.start_us)), [s.id])
            for s in self.now
            if s.start_us < self.start_us
        ]

    def _right(self) -> list[_Part]:
        return [
            _Part(replace(s, start_us=max(s.start_us, self.end_us)), [s.id]) for s in self.now if s.end_us > self.end_us
        ]

    def _inside(self) -> list[_Part]:
        parts = []
        for segment in self.theirs:
            start_us, end_us = max(segment.start_us, self.start_us), min(segment.end_us, self.end_us)
            if start_us < end_us:
                parent = _parent_of(self.schema, self.annotations, segment)
                origin = Origin(OriginKind.RULING, segment.id)
                cut = replace(segment, start_us=start_us, end_us=end_us, parent=parent, origin=origin)
                parts.append(_Part(cut, []))
        return parts

    def _joined(self, parts: Sequence[_Part]) -> list[_Part]:
        done: list[_Part] = []
        for part in parts:
            if done and self._belong(done[-1].segment, part.segment):
                last = done[-1]
                texts = dict.fromkeys(t for t in (last.segment.text, part.segment.text) if t)
                whole = replace(last.segment, end_us=part.segment.end_us, text=" ".join(texts))
                done[-1] = _Part(whole, [*last.ids, *part.ids])
            else:
                done.append(part)
        return done

    def _belong(self, left: Segment, right: Segment) -> bool:
        """Whether the side ruled for runs across the edge where these two meet, with the same labels on both."""
        edge_us = left.end_us
        if edge_us != right.start_us or edge_us not in (self.start_us, self.end_us):
            return False
        if set(left.labels) != set(right.labels):
            return False
        if self.schema.tier(self.tier).free_text and left.text.strip() != right.text.strip():
            return False
        return any(s.start_us < edge_us < s.end_us for s in self.theirs)
