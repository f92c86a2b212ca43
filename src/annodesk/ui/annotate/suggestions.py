"""What the model suggests and the person has not answered yet, and the drafts that take or reject it. No Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import EditError
from annodesk.model.annotations import (
    OWN_ANSWERS,
    AnnotationSet,
    Answer,
    Origin,
    OriginKind,
    Segment,
    Span,
    Suggestion,
    UnknownElement,
    answer_id,
)
from annodesk.model.edits import Change, Draft, add, combine, set_answer
from annodesk.model.ids import new_id
from annodesk.model.schema import SUGGESTION, LabelSchema, Tier, TierKind
from annodesk.model.shown import How, Suggested, how_taken
from annodesk.model.times import Interval
from annodesk.ui.timeline.commands import put_edge
from annodesk.ui.timeline.segment_paint import percent

if TYPE_CHECKING:
    from annodesk.ui.timeline.gestures import Edge

REJECTED = "rejected"
COVERED = 0.5
"""Share of a suggestion that the person's own segments may cover before it counts as answered otherwise."""

MODEL = "model:"
"""Prefix of the lanes that show suggestions; the rest of the id is the tier's name."""


class Pending(Struct, frozen=True):
    """Suggestions still to be answered: segments by time, then answers and spans in the schema's order."""

    elements: tuple[Suggested, ...] = ()

    def __len__(self) -> int:
        return len(self.elements)

    def segments(self) -> list[Segment]:
        """Those on the timeline."""
        return [e for e in self.elements if isinstance(e, Segment)]

    def answers(self) -> list[Answer]:
        """Those to questions."""
        return [e for e in self.elements if isinstance(e, Answer)]

    def spans(self) -> list[Span]:
        """Those in the text."""
        return [e for e in self.elements if isinstance(e, Span)]

    def find(self, element_id: str) -> Suggested | None:
        """The suggestion of that id, None where it is answered or unknown."""
        return next((e for e in self.elements if e.id == element_id), None)

    def focused(self, chosen: str | None, from_us: int) -> Suggested | None:
        """The one that Y and X act on: the chosen one, else the first that ends after a time, else the first."""
        found = self.find(chosen) if chosen else None
        if found is None:
            found = next((s for s in self.segments() if s.end_us > from_us), None)
        return found or (self.elements[0] if self.elements else None)

    def after(self, element: Suggested) -> Suggested | None:
        """The one that follows, for moving on; None after the last."""
        place = self.elements.index(element) + 1
        return self.elements[place] if place < len(self.elements) else None


def provenance(element: Suggested) -> Suggestion | None:
    """Where a suggestion came from, with its probability."""
    return element.origin.suggestion


def probability(element: Suggested) -> float:
    """How sure the model is, 0 to 1; 1 where it did not say."""
    found = provenance(element)
    return 1.0 if found is None else found.probability


def pending(suggestions: AnnotationSet | None, annotations: AnnotationSet, schema: LabelSchema) -> Pending:
    """What is still to be answered: neither taken nor rejected, and not yet said otherwise by the person."""
    if suggestions is None:
        return Pending()
    taken = {e.origin.source for e in annotations if e.KIND != UnknownElement.KIND}  # type: ignore[union-attr]
    taken |= {e.target for e in annotations if isinstance(e, Answer) and e.question == SUGGESTION}
    found: list[Suggested] = []
    lanes = [_open_segments(tier, suggestions, taken, annotations) for tier in schema.tiers]
    found += sorted(chain(*lanes), key=lambda s: (s.start_us, s.end_us, s.id))
    for answer in suggestions.answers():
        known = any(q.name == answer.question for q in schema.questions)
        if known and answer.id not in taken and annotations.answer(answer.question) is None:
            found.append(answer)
    for span in suggestions.spans():
        own = {(s.asset, s.type, s.start, s.end) for s in annotations.spans(span.asset)}
        if span.id not in taken and (span.asset, span.type, span.start, span.end) not in own:
            found.append(span)
    return Pending(tuple(found))


def _open_segments(
    tier: Tier, suggestions: AnnotationSet, taken: set[str | None], annotations: AnnotationSet
) -> Iterator[Segment]:
    """Those of a tier that nobody has answered; both sides are gone through once, in order of time."""
    own, at = () if tier.overlap else annotations.places(tier.name), 0
    for segment in suggestions.segments(tier.name):
        while at < len(own) and own[at][1] < segment.start_us:
            at += 1
        if segment.id in taken:
            continue
        is_alone = segment.end_us > segment.start_us and (at == len(own) or own[at][0] > segment.end_us)
        if is_alone or tier.overlap or _covered_share(segment, tier, annotations) <= COVERED:
            yield segment


def _covered_share(segment: Segment, tier: Tier, annotations: AnnotationSet) -> float:
    own = annotations.segments_in(tier.name, segment.start_us, max(segment.end_us, segment.start_us + 1))
    if tier.kind is TierKind.POINT:
        return 1.0 if any(s.start_us == segment.start_us for s in own) else 0.0
    start_us, end_us = segment.start_us, segment.end_us
    covered = sum(min(end_us, s.end_us) - max(start_us, s.start_us) for s in own)
    return covered / (end_us - start_us) if end_us > start_us else 1.0


def take(
    element: Suggested, annotations: AnnotationSet, schema: LabelSchema, kind: OriginKind = OriginKind.SUGGESTION
) -> Draft:
    """Make a suggestion the person's own; a segment is cropped to the room its tier still has."""
    origin = Origin(kind, element.id, provenance(element))
    if isinstance(element, Answer):
        return set_answer(annotations, element.question, element.value, target=element.target, origin=origin)
    if isinstance(element, Span):
        return add(replace(element, id=new_id(), origin=origin))
    room = _room(element, schema.tier(element.tier), annotations.segments_in)
    if room is None:
        return Draft("take", ())
    start_us, end_us = room.start_us, room.end_us
    mine = replace(element, id=new_id(), start_us=start_us, end_us=end_us, parent=None, origin=origin)
    return replace(add(mine), verb="take suggestion")


def take_with_edge(
    element: Segment, annotations: AnnotationSet, schema: LabelSchema, edge: Edge, to_us: int, bounds: Interval
) -> Draft:
    """Make a suggestion the person's own with one edge elsewhere, as one gesture."""
    taken = take(element, annotations, schema)
    if not taken:
        raise EditError("There is no room left for this suggestion.")
    mine = taken.changes[0].after
    assert isinstance(mine, Segment)
    moved = put_edge(annotations.with_changes(taken.changes), schema.tier(mine.tier), mine, edge, to_us, bounds)
    return Draft(taken.verb, tuple(Change(None, change.after) for change in moved.changes)) if moved else taken


def _room(segment: Segment, tier: Tier, segments_in: object) -> Interval | None:
    if tier.overlap or tier.kind is TierKind.POINT:
        return segment.interval
    free = [segment.interval]
    for other in segments_in(tier.name, segment.start_us, segment.end_us):  # type: ignore[operator]
        free = [
            part
            for stretch in free
            for part in (
                Interval(stretch.start_us, max(stretch.start_us, min(stretch.end_us, other.start_us))),
                Interval(min(stretch.end_us, max(stretch.start_us, other.end_us)), stretch.end_us),
            )
            if part.duration_us > 0
        ]
    return max(free, key=lambda part: part.duration_us, default=None)


def reject(element: Suggested, annotations: AnnotationSet) -> Draft:
    """Say that a suggestion is not so; it is kept as said, and not shown again."""
    draft = set_answer(annotations, SUGGESTION, REJECTED, target=element.id)
    return replace(draft, verb="reject suggestion")


def unsure(waiting: Pending, above: float, is_met: Callable[[Suggested], bool]) -> Suggested | None:
    """The first suggestion below a probability that the person has not met yet; None where none is left."""
    return next((e for e in waiting.elements if probability(e) < above and not is_met(e)), None)


def take_all(waiting: Pending, annotations: AnnotationSet, schema: LabelSchema, above: float) -> Draft:
    """Take every suggestion at or above a probability as one gesture, each stored as taken in bulk.

    Of two that stand in each other's way the surer one is taken.
    """
    drafts: list[Draft] = []
    so_far = annotations
    sure = [e for e in waiting.elements if probability(e) >= above]
    for element in sorted(sure, key=lambda e: -probability(e)):
        if isinstance(element, Segment):
            tier = schema.tier(element.tier)
            if not tier.overlap and _covered_share(element, tier, so_far) > COVERED:
                continue
        elif isinstance(element, Answer) and answer_id(element.question, element.target) in so_far:
            continue
        draft = take(element, so_far, schema, OriginKind.BULK)
        if draft:
            drafts.append(draft)
            so_far = so_far.with_changes(draft.changes)
    return combine(f"take {len(drafts)} suggestions", *drafts)


def answered_by(
    draft: Draft, waiting: Pending, suggestions: AnnotationSet, annotations: AnnotationSet, schema: LabelSchema
) -> list[tuple[Suggested, How]]:
    """The suggestions that a gesture answers, and how; looked at before it is made."""
    waits = {element.id: element for element in waiting.elements}
    found: dict[str, How] = {}
    own: dict[str, None] = {}
    for change in draft.changes:
        said = change.after
        if said is None or isinstance(said, UnknownElement):
            continue
        if isinstance(said, Answer) and said.question == SUGGESTION:
            if said.target in waits:
                found[said.target] = How.REFUSED
        elif said.origin.source in waits and isinstance(said, Segment | Answer | Span):
            source = waits[said.origin.source]
            found[source.id] = how_taken(source, said)
        else:
            own |= dict.fromkeys(_beside(said, suggestions))
    beside = [i for i in own if i in waits and i not in found]
    try:
        after = annotations.with_changes(draft.changes) if beside else annotations
    except EditError:
        return []  # the editor refuses it with its own sentence
    for i in beside:
        element = waits[i]
        if isinstance(element, Segment):
            tier = schema.tier(element.tier)
            if tier.overlap or _covered_share(element, tier, after) <= COVERED:
                continue
        found[i] = How.OWN
    return [(waits[i], how) for i, how in found.items()]


def _beside(said: object, suggestions: AnnotationSet) -> list[str]:
    """Suggestions about the same place as an element of the person's own."""
    if isinstance(said, Segment):
        end_us = max(said.end_us, said.start_us + 1)
        return [segment.id for segment in suggestions.each_in(said.tier, said.start_us, end_us)]
    if isinstance(said, Answer):
        about = (said.question, said.target)
        return [a.id for a in suggestions.answers() if (a.question, a.target) == about]
    if isinstance(said, Span):
        place = (said.asset, said.type, said.start, said.end)
        return [s.id for s in suggestions.spans(said.asset) if (s.asset, s.type, s.start, s.end) == place]
    return []


def origin_words(element: Segment | Span | Answer, suggestions: AnnotationSet | None = None) -> str:
    """How an element came to be, in a few words for the table."""
    origin = element.origin
    sure = f", {percent(origin.suggestion.probability)}" if origin.suggestion else ""
    if origin.kind in (OriginKind.SUGGESTION, OriginKind.BULK):
        source = suggestions.get(origin.source) if suggestions is not None and origin.source else None
        moved = isinstance(source, Segment) and isinstance(element, Segment) and source.interval != element.interval
        renamed = getattr(source, "labels", None) not in (None, getattr(element, "labels", None))
        if renamed:
            return "you, renamed from suggestion"
        if moved:
            return "you, moved from suggestion"
        return f"{'taken with others' if origin.kind is OriginKind.BULK else 'taken'}{sure}"
    words = {
        OriginKind.PERSON: "you",
        OriginKind.IMPORT: "imported",
        OriginKind.MODEL: f"model{sure}",
        OriginKind.RULING: "ruling",
        OriginKind.CONSENSUS: "consensus",
    }
    return words[origin.kind]


def suggestion_words(element: Suggested, from_us: int) -> tuple[str, str, str]:
    """What the next-key line says of a suggestion: before, in bold, after."""
    sure = percent(probability(element))
    if isinstance(element, Segment):
        label = element.label or "a segment"
        at_playhead = element.start_us <= from_us < element.end_us
        start_us = from_us if at_playhead else element.start_us
        length = (element.end_us - start_us) / 1_000_000
        stretch = f"the next {length:.1f} s" if at_playhead else f"{length:.1f} s"
        return "model suggests", label, f"{sure} for {stretch}"
    if isinstance(element, Answer):
        told = provenance(element)
        is_own = told is not None and told.prompt_version == OWN_ANSWERS
        return "as before" if is_own else "model suggests", values_text(element.value), f"{sure} for {element.question}"
    return "model suggests", element.label or element.type, f"{sure} in the text"


def values_text(value: object) -> str:
    """An answer's value in words."""
    if isinstance(value, tuple | list):
        return ", ".join(str(v) for v in value) or "none"
    return str(value)


__all__: Sequence[str] = [
    "Pending",
    "Suggested",
    "answered_by",
    "origin_words",
    "pending",
    "probability",
    "reject",
    "suggestion_words",
    "take",
    "take_all",
    "take_with_edge",
    "values_text",
]
