"""What several people say together: the majority's elements, and the common ground a reviewer starts from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from statistics import median
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from annodesk.model.annotations import (
    CHECKED_NONE,
    NOT_SURE,
    AnnotationSet,
    Answer,
    Element,
    Origin,
    OriginKind,
    Relation,
    Segment,
    Span,
    UnknownElement,
    answer_id,
)
from annodesk.model.ids import new_id
from annodesk.model.schema import LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind, TierRule
from annodesk.quality.agreement import answer_value
from annodesk.quality.alignment import clusters, point_clusters, segment_pieces, span_pieces
from annodesk.quality.disagreements import TOLERANCE_US, Agreed, compare_sets
from annodesk.quality.timelines import middle


class Unsettled(Struct, frozen=True):
    """What has no majority: a part and what about it; ``is_blocking`` where the part is left without an answer."""

    part: str
    sentence: str
    is_blocking: bool


class Consensus(Struct, frozen=True):
    """The elements more than half of the sets share, and what they do not."""

    elements: tuple[Element, ...]
    unsettled: tuple[Unsettled, ...]


def consensus(schema: LabelSchema, sets: Sequence[AnnotationSet], *, make_id: Callable[[], str] = new_id) -> Consensus:
    """What more than half of the sets say.

    Segments, points and spans: those that more than half have (IoU 0.5 or 50 ms, equal labels), with median
    boundaries, then made to keep the tier's rules. Choices: the majority's. Several labels: each that more than half
    give. Ratings: the median. Texts: only where all are equal.
    """
    made = _Made(sets, OriginKind.CONSENSUS, make_id)
    unsettled: list[Unsettled] = []
    for tier in _parents_first(schema):
        lanes = [side.segments(tier.name) for side in sets]
        kept, lost = _majority(lanes, points=tier.kind is TierKind.POINT)
        segments = [made.segment(tier, [(s, lanes[s][n]) for s, n in members]) for members in kept]
        for segment in segments if tier.overlap else _without_overlaps(segments):
            made.elements[segment.id] = segment
        unsettled += _leftovers(tier, lost, empty=not kept and tier.required and not made.confirm_empty(tier.name))
    for span_type in schema.span_types:
        spans = [[s for s in side.spans() if s.type == span_type.name] for side in sets]
        kept, lost = _majority(spans, points=False)
        for members in kept:
            made.span([(s, spans[s][n]) for s, n in members])
        empty = not kept and span_type.required and not made.confirm_empty(span_type.name)
        unsettled += _leftovers(span_type, lost, empty=empty)
    for question in schema.questions:
        unsettled += _settle_question(question, sets, made)
    made.relations(more_than=len(sets) / 2)
    return Consensus(tuple(made.elements.values()), tuple(unsettled))


def merge_agreed(
    schema: LabelSchema,
    sets: Sequence[AnnotationSet],
    *,
    tolerance_us: int = TOLERANCE_US,
    make_id: Callable[[], str] = new_id,
) -> tuple[Element, ...]:
    """Everything outside the disagreements, boundaries at the median: where a reviewer starts."""
    agreed = compare_sets(schema, sets, tolerance_us=tolerance_us).agreed
    by_part: dict[str, list[Agreed]] = {}
    for found in agreed:
        by_part.setdefault(found.part, []).append(found)
    made = _Made(sets, OriginKind.CONSENSUS, make_id)
    for tier in _parents_first(schema):
        for found in by_part.get(tier.name, []):
            members = [(side, sets[side].segment(element_id)) for side, element_id in found.members]
            segment = made.segment(tier, members, found.start, found.end)
            made.elements[segment.id] = segment
        made.confirm_empty(tier.name, unless=any(side.segments(tier.name) for side in sets))
    for span_type in schema.span_types:
        for found in by_part.get(span_type.name, []):
            made.span([(side, _span_of(sets[side], element_id)) for side, element_id in found.members])
        made.confirm_empty(span_type.name, unless=any(s.type == span_type.name for a in sets for s in a.spans()))
    for question in schema.questions:
        for found in by_part.get(question.name, []):
            made.answer(question.name, found.value)
    made.relations(more_than=len(sets) - 1)
    return (*made.elements.values(), *_shared_unknown(sets))


def _shared_unknown(sets: Sequence[AnnotationSet]) -> list[UnknownElement]:
    """Elements of a kind that this version cannot show and that all sets hold alike: they are kept untouched."""
    if not sets:
        return []
    first, *others = ([e for e in one if isinstance(e, UnknownElement)] for one in sets)
    return [e for e in first if all(any(e.body == other.body for other in held) for held in others)]


def _span_of(annotations: AnnotationSet, element_id: str) -> Span:
    element = annotations[element_id]
    assert isinstance(element, Span)
    return element


def _parents_first(schema: LabelSchema) -> list[Tier]:
    def depth(tier: Tier) -> int:
        steps, at = 0, tier
        while at.parent is not None and schema.has_tier(at.parent) and steps < len(schema.tiers):
            steps, at = steps + 1, schema.tier(at.parent)
        return steps

    return sorted(schema.tiers, key=depth)


class _Made:
    """Elements made from others, and which of the others each stands for."""

    def __init__(self, sets: Sequence[AnnotationSet], kind: OriginKind, make_id: Callable[[], str]) -> None:
        self.sets, self.kind, self.make_id = sets, kind, make_id
        self.elements: dict[str, Element] = {}
        self.stands_for: dict[tuple[int, str], list[str]] = {}
        self._parents: dict[str, AnnotationSet] = {}

    def _new(self, members: Sequence[tuple[int, Segment | Span]]) -> tuple[str, Origin]:
        element_id = self.make_id()
        for side, element in members:
            self.stands_for.setdefault((side, element.id), []).append(element_id)
        return element_id, Origin(self.kind, members[0][1].id)

    def segment(
        self,
        tier: Tier,
        members: Sequence[tuple[int, Segment]],
        start_us: int | None = None,
        end_us: int | None = None,
    ) -> Segment:
        """One segment for several, at their median unless told where; fields that differ are left empty."""
        element_id, origin = self._new(members)
        ours = [segment for _, segment in members]
        if start_us is None or end_us is None:
            start_us, end_us = middle(s.start_us for s in ours), middle(s.end_us for s in ours)
        parent = self._parent(tier, members, start_us, end_us)
        if parent is not None and tier.rule in (TierRule.INCLUDED_IN, TierRule.TIME_SUBDIVISION):
            start_us, end_us = max(start_us, parent.start_us), min(end_us, parent.end_us)
        lows, highs = [s.low_hz for s in ours], [s.high_hz for s in ours]
        return Segment(
            element_id,
            tier.name,
            start_us,
            max(start_us, end_us),
            _common_order(ours),
            text=_all_same([s.text.strip() for s in ours], ""),
            attributes=_shared(ours),
            parent=parent.id if parent is not None else None,
            channel=_all_same([s.channel for s in ours], None),
            low_hz=median(v for v in lows if v is not None) if None not in lows else None,
            high_hz=median(v for v in highs if v is not None) if None not in highs else None,
            origin=origin,
        )

    def _parent(self, tier: Tier, members: Sequence[tuple[int, Segment]], start_us: int, end_us: int) -> Segment | None:
        """What stands for the members' parents, or else the parent that covers most; none that does not overlap."""
        if tier.parent is None:
            return None
        named = [new for side, s in members if s.parent for new in self.stands_for.get((side, s.parent), ())]
        # Parents first: by now everything on the parent tier has been made.
        if tier.parent not in self._parents:
            made = [e for e in self.elements.values() if isinstance(e, Segment) and e.tier == tier.parent]
            self._parents[tier.parent] = AnnotationSet("parents", elements=made)
        parents = self._parents[tier.parent].segments_in(tier.parent, start_us, max(end_us, start_us + 1))

        def fit(parent: Segment) -> tuple[int, int]:
            return named.count(parent.id), min(parent.end_us, end_us) - max(parent.start_us, start_us)

        return max(parents, key=fit, default=None)

    def span(self, members: Sequence[tuple[int, Span]]) -> None:
        """One span for several, at their median."""
        element_id, origin = self._new(members)
        ours = [span for _, span in members]
        start, end = middle(s.start for s in ours), middle(s.end for s in ours)
        labels = _common_order(ours)
        one = ours[0]
        self.elements[element_id] = Span(
            element_id, one.asset, one.type, start, max(start + 1, end), labels, _shared(ours), origin
        )

    def answer(self, name: str, value: Any) -> None:
        """The answer to a question."""
        element_id = answer_id(name)
        self.elements[element_id] = Answer(element_id, name, value, origin=Origin(self.kind))

    def confirm_empty(self, part: str, *, unless: bool = False) -> bool:
        """Say "checked, none" of a part where nobody marked anything and somebody said so."""
        said = [side.answer(part) for side in self.sets]
        confirmed = sum(answer is not None and answer.value == CHECKED_NONE for answer in said)
        if unless or not confirmed or 2 * confirmed <= len(self.sets):
            return False
        self.answer(part, CHECKED_NONE)
        return True

    def relations(self, *, more_than: float) -> None:
        """Relations that enough sets have between elements which stand here."""
        seen: dict[tuple[str, str, str, tuple[str, ...]], set[int]] = {}
        for side, given in enumerate(self.sets):
            for relation in given.relations():
                sources, targets = (
                    [new for new in self.stands_for.get((side, end), ()) if new in self.elements]
                    for end in (relation.source, relation.target)
                )
                if sources and targets:
                    key = (relation.type, sources[0], targets[0], relation.labels)
                    seen.setdefault(key, set()).add(side)
        for (name, source, target, labels), sides in seen.items():
            if len(sides) > more_than:
                element_id = self.make_id()
                self.elements[element_id] = Relation(element_id, name, source, target, labels, origin=Origin(self.kind))


def _majority(
    lanes: Sequence[Sequence[Segment | Span]], *, points: bool
) -> tuple[list[tuple[tuple[int, int], ...]], list[int]]:
    """Clusters that more than half of the sides have, in order of time; and the size of each of the others."""
    sides = [
        [p for m in lane for p in (segment_pieces([m]) if isinstance(m, Segment) else span_pieces([m]))]
        for lane in lanes
    ]
    found = point_clusters(sides) if points else clusters(sides)
    kept = [members for members in found if 2 * len(members) > len(lanes)]
    kept.sort(key=lambda members: (sides[members[0][0]][members[0][1]].start, members))
    return kept, [len(members) for members in found if 2 * len(members) <= len(lanes)]


def _leftovers(part: Tier | SpanType, lost: Sequence[int], *, empty: bool) -> list[Unsettled]:
    if empty:
        return [Unsettled(part.name, f"Nothing on {part.name} has a majority.", True)]
    if lost:
        what = "mark" if len(lost) == 1 else "marks"
        return [Unsettled(part.name, f"{len(lost)} {what} on {part.name} without a majority.", False)]
    return []


def _without_overlaps(segments: Sequence[Segment]) -> list[Segment]:
    """Segments cut where they overlap, half way; one that another swallows is left out."""
    kept: list[Segment] = []
    for segment in sorted(segments, key=lambda s: (s.start_us, s.end_us)):
        while kept and kept[-1].end_us > segment.start_us:
            last = kept[-1]
            cut_us = (segment.start_us + min(last.end_us, segment.end_us)) // 2
            if last.start_us < cut_us < segment.end_us:
                kept[-1] = replace(last, end_us=cut_us)
                segment = replace(segment, start_us=cut_us)
                break
            kept.pop()
        kept.append(segment)
    return kept


def _settle_question(question: Question, sets: Sequence[AnnotationSet], made: _Made) -> list[Unsettled]:
    given = [value for side in sets if (value := answer_value(question, side)) is not None]
    value = _settled_value(question, given, len(sets))
    if value is not None:
        made.answer(question.name, value)
        return []
    if not given and not question.required:
        return []
    return [Unsettled(question.name, f"{question.name} has no majority.", question.required)]


def _settled_value(question: Question, given: Sequence[Any], n_sets: int) -> Any:
    """The value that stands, None where none does."""
    if not given:
        return None
    if question.kind is QuestionKind.TEXT:
        return given[0] if len(given) == n_sets and len(set(given)) == 1 else None
    if question.kind is QuestionKind.RATING:
        numbers = [v for v in given if isinstance(v, int | float)]
        if 2 * len(numbers) > n_sets:
            value = median(numbers)
            return int(value) if value == int(value) else value
        return NOT_SURE if 2 * (len(given) - len(numbers)) > n_sets else None
    if question.kind is QuestionKind.MULTI_LABEL:
        sure = [v for v in given if isinstance(v, frozenset)]
        if 2 * len(sure) <= n_sets:
            return NOT_SURE if 2 * (len(given) - len(sure)) > n_sets else None
        counts = Counter(label for labels in sure for label in labels)
        kept = tuple(label.name for label in question.labels if 2 * counts[label.name] > n_sets)
        # Labels that nobody else gave leave nothing: that is an answer only where most said "none of them".
        empty = sum(not labels for labels in sure)
        return kept if kept or 2 * empty > n_sets else None
    value, count = Counter(given).most_common(1)[0]
    return value if 2 * count > n_sets else None


def _all_same(values: Sequence[Any], otherwise: Any) -> Any:
    return values[0] if all(value == values[0] for value in values) else otherwise


def _shared(elements: Sequence[Segment | Span]) -> Mapping[str, Any]:
    """Attributes that all have alike."""
    first, *others = elements
    return {
        k: v for k, v in first.attributes.items() if all(k in o.attributes and o.attributes[k] == v for o in others)
    }


def _common_order(elements: Sequence[Segment | Span]) -> tuple[str, ...]:
    """The labels in the order most give them; the first to be given where none leads."""
    return Counter(element.labels for element in elements).most_common(1)[0][0]
