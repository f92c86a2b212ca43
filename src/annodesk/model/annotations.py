"""Annotations: elements, and the immutable set of one author's elements on one task."""

from __future__ import annotations

import hashlib
import json
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, ClassVar

from msgspec import Struct, field

from annodesk.errors import EditError, ValidationError
from annodesk.model.records import LATEST, fault
from annodesk.model.times import Interval

ITEM = "item"
"""Target of an answer that is about the whole item."""
NOT_SURE = "not sure"
CHECKED_NONE = "checked, none"

Json = dict[str, Any]


class OriginKind(StrEnum):
    """How an element came to be."""

    PERSON = "person"
    SUGGESTION = "suggestion"
    BULK = "bulk"
    IMPORT = "import"
    MODEL = "model"
    RULING = "ruling"
    CONSENSUS = "consensus"


SETTLED_WORK = "settled-work-1"
"""In place of a prompt's version, of what settled work says without the model."""

OWN_ANSWERS = "own-answers-1"
"""The same of what a person answered most before."""


class Suggestion(Struct, frozen=True):
    """Where a machine's answer came from and what it cost to believe it.

    ``probability`` is that of the label shown; ``probabilities`` holds every candidate's, in the schema's order;
    ``alone`` is what the model said of each by itself, where settled work was weighed with it. ``off_format_mass`` is
    the probability the model gave to anything but a candidate label; ``shortened`` says that it read only the beginning
    of what it was asked about.
    """

    probability: float
    model_sha256: str
    model_name: str
    prompt_version: str
    seed: int
    engine_version: str = ""
    off_format_mass: float = 0.0
    probabilities: tuple[tuple[str, float], ...] = ()
    shortened: bool = False
    alone: tuple[tuple[str, float], ...] = ()


class Origin(Struct, frozen=True):
    """How an element came to be; ``source`` is the element it was taken from."""

    kind: OriginKind = OriginKind.PERSON
    source: str | None = None
    suggestion: Suggestion | None = None


BY_PERSON = Origin()


class Segment(Struct, frozen=True):
    """A labelled stretch of time on a tier; start equals end on a point tier. Frequencies in Hz bound a band."""

    KIND: ClassVar[str] = "segment"

    id: str
    tier: str
    start_us: int
    end_us: int
    labels: tuple[str, ...] = ()
    text: str = ""
    attributes: Mapping[str, Any] = field(default_factory=dict)
    parent: str | None = None
    channel: int | None = None
    low_hz: float | None = None
    high_hz: float | None = None
    origin: Origin = BY_PERSON

    @property
    def interval(self) -> Interval:
        """The stretch covered."""
        return Interval(self.start_us, self.end_us)

    @property
    def label(self) -> str:
        """The first label, or an empty text."""
        return self.labels[0] if self.labels else ""


class Span(Struct, frozen=True):
    """A labelled stretch of a text asset; start and end count Unicode code points."""

    KIND: ClassVar[str] = "span"

    id: str
    asset: str
    type: str
    start: int
    end: int
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin = BY_PERSON

    @property
    def label(self) -> str:
        """The first label, or an empty text."""
        return self.labels[0] if self.labels else ""


class Answer(Struct, frozen=True):
    """An answer to a question, or "checked, none" to an empty tier; one per question and target.

    ``value`` is a label, a tuple of labels, a number or a text, NOT_SURE or CHECKED_NONE.
    """

    KIND: ClassVar[str] = "answer"

    id: str
    question: str
    value: Any
    target: str = ITEM
    origin: Origin = BY_PERSON


class Relation(Struct, frozen=True):
    """A named link from one element to another."""

    KIND: ClassVar[str] = "relation"

    id: str
    type: str
    source: str
    target: str
    labels: tuple[str, ...] = ()
    attributes: Mapping[str, Any] = field(default_factory=dict)
    origin: Origin = BY_PERSON


class UnknownElement(Struct, frozen=True):
    """An element of a kind this version cannot show; kept and exported untouched."""

    KIND: ClassVar[str] = "unknown"

    id: str
    body: Mapping[str, Any]


Element = Segment | Span | Answer | Relation | UnknownElement
_KINDS: dict[str, type[Segment | Span | Answer | Relation]] = {k.KIND: k for k in (Segment, Span, Answer, Relation)}
_FIELDS = {kind: frozenset(kind.__struct_fields__) for kind in _KINDS.values()}


def answer_id(question: str, target: str = ITEM) -> str:
    """The id an answer always has, so that two answers to one question touch the same element."""
    return f"answer:{question}:{target}"


def element_to_json(element: Element) -> Json:
    """The element as plain JSON values; fields at their default are left out."""
    if isinstance(element, UnknownElement):
        return {**element.body, "id": element.id}
    body: Json = {"kind": element.KIND}
    required = required_fields(type(element))
    for name in element.__struct_fields__:
        value = getattr(element, name)
        if name == "origin":
            if value != BY_PERSON:
                body["origin"] = _origin_to_json(value)
        elif name in required or (value is not None and value != "" and value != () and value != {}):
            body[name] = list(value) if isinstance(value, tuple) else value
    return body


def required_fields(kind: type[Struct]) -> tuple[str, ...]:
    """What an element of a kind must say: the fields without a default."""
    return kind.__struct_fields__[: len(kind.__struct_fields__) - len(kind.__struct_defaults__)]


def element_from_json(body: Mapping[str, Any]) -> Element:
    """The element a JSON body describes; a kind that is not known is kept whole."""
    if (plain := _plain_segment(body)) is not None:
        return plain
    if wrong := fault(body):
        raise ValidationError(f"An element's record cannot be understood: {wrong}.")
    try:
        kind = _KINDS.get(str(body.get("kind")))
        if kind is None:
            return UnknownElement(str(body["id"]), {k: v for k, v in body.items() if k != "id"})
        names = _FIELDS[kind]
        values = {k: v for k, v in body.items() if k in names}
        for name in ("labels", "value"):
            if type(values.get(name)) is list:
                values[name] = tuple(values[name])
        if "origin" in values:
            values["origin"] = _origin_from_json(values["origin"])
        return kind(**values)
    except (TypeError, KeyError, ValueError, AttributeError) as error:
        raise ValidationError(f"An element's record cannot be understood: {error}.") from error


_PLAIN = frozenset({"kind", "id", "tier", "start_us", "end_us", "labels"})


def _plain_segment(body: Mapping[str, Any]) -> Segment | None:
    """A segment that has labels and nothing else, as nearly all of a long set do: looked at and made in one step."""
    if type(body) is not dict or body.keys() != _PLAIN or body["kind"] != Segment.KIND:
        return None
    element_id, tier, start, end, labels = body["id"], body["tier"], body["start_us"], body["end_us"], body["labels"]
    if not (type(element_id) is str and type(tier) is str and type(start) is int and type(end) is int):
        return None
    if not (-LATEST <= start <= LATEST and -LATEST <= end <= LATEST and type(labels) is list):
        return None
    for label in labels:
        if type(label) is not str:
            return None
    return Segment(element_id, tier, start, end, tuple(labels))


def _origin_to_json(origin: Origin) -> Json:
    body: Json = {"kind": origin.kind.value}
    if origin.source:
        body["source"] = origin.source
    if origin.suggestion:
        body["suggestion"] = suggestion_to_json(origin.suggestion)
    return body


def _origin_from_json(body: Mapping[str, Any]) -> Origin:
    suggestion = body.get("suggestion")
    return Origin(
        OriginKind(body["kind"]),
        body.get("source"),
        suggestion_from_json(suggestion) if suggestion else None,
    )


def suggestion_to_json(suggestion: Suggestion) -> Json:
    """A suggestion's provenance as plain JSON values."""
    body = {name: getattr(suggestion, name) for name in suggestion.__struct_fields__}
    body["probabilities"] = [list(pair) for pair in suggestion.probabilities]
    body["alone"] = [list(pair) for pair in suggestion.alone]
    for name in ("shortened", "alone"):
        if not body[name]:
            del body[name]
    return body


def suggestion_from_json(body: Mapping[str, Any]) -> Suggestion:
    """The provenance a JSON body describes."""
    values = {k: v for k, v in body.items() if k in Suggestion.__struct_fields__}
    for name in ("probabilities", "alone"):
        values[name] = tuple((str(label), float(p)) for label, p in values.get(name) or ())
    return Suggestion(**values)


class AuthorKind(StrEnum):
    """Who wrote a set."""

    PERSON = "person"
    MODEL = "model"
    CONSENSUS = "consensus"
    ADJUDICATOR = "adjudicator"
    CANARY = "canary"


class Author(Struct, frozen=True):
    """A person's or adjudicator's id, a model's sha256, a canary's key, or the empty text for consensus."""

    kind: AuthorKind
    id: str = ""


class Change(Struct, frozen=True):
    """One element before and after; None before is an addition, None after a deletion."""

    before: Element | None
    after: Element | None

    def __post_init__(self) -> None:
        if self.before is None and self.after is None:
            raise EditError("A change without an element is not a change.")
        if self.before is not None and self.after is not None and self.before.id != self.after.id:
            raise EditError("A change may not give an element another id.")

    @property
    def element_id(self) -> str:
        """The id of the element touched."""
        element = self.after or self.before
        assert element is not None
        return element.id

    def inverse(self) -> Change:
        """The change that takes this one back."""
        return Change(self.after, self.before)


_Place = tuple[int, int, str]
_Lane = list[_Place]
_Moves = dict[tuple[str, str], tuple[dict[_Place, None], dict[_Place, None]]]
"""By lane: the places given up and those taken."""
MANY_CHANGES = 64
"""From so many on, the lanes are sorted once, not after every change."""
_FIRST = -(2**63)
"""Sorts before every end."""


class AnnotationSet:
    """One author's elements on one task: immutable, looked up by id, by tier and by time.

    Applying an Edit gives a new set that shares everything it did not touch; with 20,000 segments that costs
    two flat copies, not a sort.
    """

    __slots__ = (
        "_elements",
        "_lanes",
        "_longest",
        "author",
        "head",
        "id",
        "project_id",
        "project_version",
        "round",
        "task_id",
    )

    def __init__(
        self,
        id: str,
        *,
        author: Author = Author(AuthorKind.PERSON),
        project_id: str = "",
        task_id: str = "",
        round: int = 1,
        project_version: int = 1,
        elements: Iterable[Element] = (),
        head: str | None = None,
    ) -> None:
        self.id, self.author, self.project_id, self.task_id = id, author, project_id, task_id
        self.round, self.project_version, self.head = round, project_version, head
        self._elements: dict[str, Element] = {}
        self._lanes: dict[tuple[str, str], _Lane] = {}
        self._longest: dict[tuple[str, str], int] = {}
        known, lanes, longest = self._elements, self._lanes, self._longest
        for element in elements:
            element_id = element.id
            if element_id in known:
                raise EditError(f"Element {element_id} stands twice in one set.")
            known[element_id] = element
            if isinstance(element, Segment):
                lane, start, end = (Segment.KIND, element.tier), element.start_us, element.end_us
                if lane not in lanes:
                    lanes[lane], longest[lane] = [], 0
                lanes[lane].append((start, end, element_id))
                if end - start > longest[lane]:
                    longest[lane] = end - start
        for places in lanes.values():
            places.sort()

    def __len__(self) -> int:
        return len(self._elements)

    def __contains__(self, element_id: str) -> bool:
        return element_id in self._elements

    def __iter__(self) -> Iterator[Element]:
        return iter(self._elements.values())

    def get(self, element_id: str) -> Element | None:
        """The element of that id, None where there is none."""
        return self._elements.get(element_id)

    def __getitem__(self, element_id: str) -> Element:
        try:
            return self._elements[element_id]
        except KeyError:
            raise EditError(f"There is no element {element_id} in this set.") from None

    def segment(self, element_id: str) -> Segment:
        """The segment of that id."""
        element = self[element_id]
        if not isinstance(element, Segment):
            raise EditError(f"Element {element_id} is not a segment.")
        return element

    def segments(self, tier: str | None = None) -> list[Segment]:
        """The segments of a tier (of all tiers) by start, end and id."""
        if tier is not None:
            return [self._elements[i] for _, _, i in self._lanes.get((Segment.KIND, tier), ())]  # type: ignore[misc]
        found = [e for e in self._elements.values() if isinstance(e, Segment)]
        return sorted(found, key=lambda s: (s.start_us, s.end_us, s.id))

    def segments_in(self, tier: str, start_us: int, end_us: int) -> list[Segment]:
        """Segments of a tier that overlap ``[start_us, end_us)`` or are points in it, in order.

        Costs two bisections plus what starts within the longest segment's length before the stretch.
        """
        return list(self.each_in(tier, start_us, end_us))

    def each_in(self, tier: str, start_us: int, end_us: int) -> Iterator[Segment]:
        """The same segments one by one, for who needs only the first."""
        lane = self._lanes.get((Segment.KIND, tier), [])
        longest = self._longest.get((Segment.KIND, tier), 0)
        first, last = bisect_left(lane, (start_us - longest, _FIRST, "")), bisect_left(lane, (end_us, _FIRST, ""))
        for place in range(first, last):
            start, end, element_id = lane[place]
            if end > start_us or (end == start and start >= start_us):
                yield self._elements[element_id]  # type: ignore[misc]

    def places(self, tier: str) -> Sequence[tuple[int, int, str]]:
        """Start, end and id of a tier's segments in order; for reading only, and free of cost."""
        return self._lanes.get((Segment.KIND, tier), ())

    def first_labels(self, ids: Iterable[str]) -> list[str]:
        """The first label of each of these segments, an empty text for those without; fast for thousands."""
        found = (self._elements[i].labels for i in ids)  # type: ignore[union-attr]
        return [labels[0] if labels else "" for labels in found]

    def spans(self, asset: str | None = None) -> list[Span]:
        """Spans of a text asset (of all), by start, end and id."""
        found = [e for e in self._elements.values() if isinstance(e, Span) and (asset is None or e.asset == asset)]
        return sorted(found, key=lambda s: (s.start, s.end, s.id))

    def answers(self) -> list[Answer]:
        """All answers, by question and target."""
        found = [e for e in self._elements.values() if isinstance(e, Answer)]
        return sorted(found, key=lambda a: (a.question, a.target))

    def answer(self, question: str, target: str = ITEM) -> Answer | None:
        """The answer to a question about a target, None where it is still missing."""
        element = self._elements.get(answer_id(question, target))
        return element if isinstance(element, Answer) else None

    def relations(self) -> list[Relation]:
        """All relations, by id."""
        return sorted((e for e in self._elements.values() if isinstance(e, Relation)), key=lambda r: r.id)

    def children(self, element_id: str) -> list[Segment]:
        """Segments whose parent is the element, in time order."""
        return [s for s in self.segments() if s.parent == element_id]

    def with_changes(self, changes: Sequence[Change], *, head: str | None = None) -> AnnotationSet:
        """The set after some changes; each must find the element as its ``before`` says."""
        new = AnnotationSet.__new__(AnnotationSet)
        new.id, new.author, new.project_id, new.task_id = self.id, self.author, self.project_id, self.task_id
        new.round, new.project_version = self.round, self.project_version
        new.head = head if head is not None else self.head
        new._elements = elements = dict(self._elements)
        new._lanes = lanes = dict(self._lanes)
        new._longest = longest = dict(self._longest)
        fresh: set[tuple[str, str]] = set()
        moves: _Moves | None = {} if len(changes) > MANY_CHANGES else None
        for change in changes:
            if elements.get(change.element_id) != change.before:
                raise EditError(f"Element {change.element_id} is not as the Edit expects it.")
            for element, put in ((change.before, False), (change.after, True)):
                lane = None if element is None else _lane_of(element)
                if element is None or lane is None:
                    continue
                if lane not in fresh:
                    lanes[lane] = list(lanes.get(lane, ()))
                    fresh.add(lane)
                place = _place(element)
                if moves is not None:
                    _note_move(moves, lane, place, put=put)
                elif put:
                    insort(lanes[lane], place)
                else:
                    del lanes[lane][bisect_left(lanes[lane], place)]
                if put:
                    longest[lane] = max(longest.get(lane, 0), place[1] - place[0])
            if change.after is None:
                del elements[change.element_id]
            else:
                elements[change.element_id] = change.after
        for lane, (gone, come) in (moves or {}).items():
            lanes[lane] = sorted([*(place for place in lanes[lane] if place not in gone), *come])
        return new

    def with_header(self, **values: Any) -> AnnotationSet:
        """The same elements under another id, author, task, round, project version or head."""
        header = {name: getattr(self, name) for name in self.__slots__ if not name.startswith("_")}
        new = AnnotationSet(**{**header, **values})
        new._elements, new._lanes, new._longest = self._elements, self._lanes, self._longest
        return new

    def with_elements(self, elements: Iterable[Element]) -> AnnotationSet:
        """Other elements under the same id, author, task, round, project version and head."""
        header = {name: getattr(self, name) for name in self.__slots__ if not name.startswith("_")}
        return AnnotationSet(**header, elements=elements)

    def to_json(self) -> list[Json]:
        """All elements in canonical order: by id."""
        return [element_to_json(self._elements[i]) for i in sorted(self._elements)]

    def digest(self) -> str:
        """sha256 of the canonical form: sorted ids, sorted keys, no white space."""
        text = json.dumps(self.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        return hashlib.sha256(text.encode()).hexdigest()


def _note_move(moves: _Moves, lane: tuple[str, str], place: _Place, *, put: bool) -> None:
    """Note that a place of a lane is taken or given up; what was taken just before is only given up again."""
    gone, come = moves.setdefault(lane, ({}, {}))
    other, own = (gone, come) if put else (come, gone)
    if place in other:
        del other[place]
    else:
        own[place] = None


def _lane_of(element: Element) -> tuple[str, str] | None:
    return (Segment.KIND, element.tier) if isinstance(element, Segment) else None


def _place(element: Element) -> tuple[int, int, str]:
    assert isinstance(element, Segment)
    return (element.start_us, element.end_us, element.id)
