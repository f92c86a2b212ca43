"""Spans as the text view shows and changes them: their keys, their levels where they overlap, and the drafts."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import EditError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Change, Span
from annodesk.model.edits import Draft
from annodesk.model.ids import new_id
from annodesk.model.schema import LABEL_COLOURS, SpanType, colour_of

FREE_KEYS = "123456789QWTHLOP"
"""Keys given to labels that name none: digits first, then letters no command owns."""


class SpanChoice(Struct, frozen=True):
    """One thing a span can be called: its type and label (empty where the type has none), key and colour."""

    type: str
    label: str
    key: str
    colour: str
    description: str = ""

    @property
    def title(self) -> str:
        """What the chip says."""
        return self.label or self.type


def choices(span_types: Sequence[SpanType]) -> list[SpanChoice]:
    """What can be marked, in the schema's order; labels without a key of their own get the next free one."""
    named = [(t, label.name, label.key.upper(), label.description) for t in span_types for label in t.labels]
    found: list[SpanChoice] = []
    taken = {key for _, _, key, _ in named if key}
    free = iter([key for key in FREE_KEYS if key not in taken])
    used: set[str] = set()
    for place, span_type in enumerate(span_types):
        if not span_type.labels:
            colour = LABEL_COLOURS[(place + len(LABEL_COLOURS) // 2) % len(LABEL_COLOURS)]  # labels begin at 0
            found.append(SpanChoice(span_type.name, "", next(free, ""), colour, span_type.description))
        for label in span_type.labels:
            key = label.key.upper()
            if not key or key in used:
                key = next(free, "")
            used.add(key)
            colour = colour_of(span_type, label.name)
            found.append(SpanChoice(span_type.name, label.name, key, colour, label.description))
    return found


class PlacedSpan(Struct, frozen=True):
    """A span with the level its underline is drawn at, 0 nearest the text."""

    span: Span
    level: int


class SpanLayout:
    """The spans of one text in order, each at the lowest level where it meets no other."""

    def __init__(self, spans: Iterable[Span] = ()) -> None:
        self.placed: list[PlacedSpan] = []
        self._starts: list[int] = []
        self._furthest: list[int] = []
        ends: list[int] = []
        furthest = 0
        for span in sorted(spans, key=lambda s: (s.start, -s.end, s.id)):
            level = next((n for n, end in enumerate(ends) if end <= span.start), len(ends))
            ends[level : level + 1] = [span.end]
            furthest = max(furthest, span.end)
            self.placed.append(PlacedSpan(span, level))
            self._starts.append(span.start)
            self._furthest.append(furthest)
        self.levels = len(ends)

    def between(self, start: int, end: int) -> list[PlacedSpan]:
        """The spans that cover some of the code points from start to end."""
        found = []
        for place in range(bisect_left(self._starts, end) - 1, -1, -1):
            if self._furthest[place] <= start:
                break
            if self.placed[place].span.end > start:
                found.append(self.placed[place])
        return found[::-1]

    def at(self, code_point: int) -> list[Span]:
        """The spans over a code point, shortest first."""
        found = [p.span for p in self.between(code_point, code_point + 1)]
        return sorted(found, key=lambda s: (s.end - s.start, s.start, s.id))

    def after(self, span_id: str | None, code_point: int, step: int) -> Span | None:
        """The next (step 1) or previous (step -1) span from the named one, or from a place; None past the ends."""
        ids = [p.span.id for p in self.placed]
        if span_id in ids:
            place = ids.index(span_id) + step
        else:
            place = bisect_left(self._starts, code_point) - (1 if step < 0 else 0)
        return self.placed[place].span if 0 <= place < len(ids) else None


def add_span(
    annotations: AnnotationSet, asset: str, choice: SpanChoice, start: int, end: int, *, span_type: SpanType
) -> Draft:
    """Mark a stretch of code points; marking the same stretch the same way twice changes nothing."""
    if end <= start:
        raise EditError("Nothing is selected.", "Select the words first, then press the label's key.")
    labels = (choice.label,) if choice.label else ()
    for other in annotations.spans(asset):
        if other.type != choice.type or other.end <= start or other.start >= end:
            continue
        if (other.start, other.end, other.labels) == (start, end, labels):
            return Draft("add span", ())
        if not span_type.overlap:
            raise EditError(
                f"Two stretches of {choice.type} may not overlap.", "Change or delete the one that is there."
            )
    return edits.set_span(annotations, Span(new_id(), asset, choice.type, start, end, labels))


def relabel_span(annotations: AnnotationSet, span_id: str, choice: SpanChoice) -> Draft:
    """Call a span something else."""
    before = _span(annotations, span_id)
    after = replace(before, type=choice.type, labels=(choice.label,) if choice.label else ())
    return Draft("label span", () if after == before else (Change(before, after),))


def move_span_edge(annotations: AnnotationSet, span_id: str, edge: str, to: int) -> Draft:
    """Put the ``start`` or the ``end`` of a span before the code point of that index."""
    before = _span(annotations, span_id)
    after = replace(before, start=to) if edge == "start" else replace(before, end=to)
    if after.end <= after.start:
        raise EditError("A span needs some text.", "Delete it instead.")
    return Draft("move span edge", () if after == before else (Change(before, after),))


def _span(annotations: AnnotationSet, span_id: str) -> Span:
    element = annotations[span_id]
    if not isinstance(element, Span):
        raise EditError(f"Element {span_id} is not a span.")
    return element
