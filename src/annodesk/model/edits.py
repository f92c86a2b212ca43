"""Edits: what a person did to a set, as an immutable and invertible record; and the gestures that make them.

A gesture (``add``, ``split``, ``move_edge`` ...) is a pure function of the set that returns a Draft: the verb and the
elements before and after. ``commit`` stamps it into an Edit with its place in the journal.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct, field
from msgspec.structs import replace

from annodesk.errors import EditError, ValidationError
from annodesk.model.annotations import (
    BY_PERSON,
    ITEM,
    AnnotationSet,
    Answer,
    Change,
    Element,
    Json,
    Origin,
    Relation,
    Segment,
    Span,
    answer_id,
    element_from_json,
    element_to_json,
)
from annodesk.model.ids import new_id

EDIT_FORMAT = 1
"""Format number of the Edits this version writes; one it does not know is kept and its set shown read-only."""
UNREADABLE = 0
"""Format number, of no version, under which an Edit is kept that nothing can be made of."""
NOT_UNDERSTOOD = "A change that another computer sent to this set cannot be understood."


class Draft(Struct, frozen=True):
    """What a gesture would do: a verb for people and logs, and the elements before and after."""

    verb: str
    changes: tuple[Change, ...]

    def __bool__(self) -> bool:
        return bool(self.changes)


class Edit(Struct, frozen=True):
    """One immutable change to one AnnotationSet.

    ``parents`` are the heads it was made on; ``undoes`` the Edit it takes back; ``elapsed_us`` the working time since
    the Edit before it; ``made_at_us`` the workstation's clock (microseconds since 1970, UTC) and
    ``server_offset_us`` the last known difference of the database's clock to it. ``resolves`` names the Edits whose
    alternatives it decides between, all of them among its ancestors; ``handed_in`` says how often the set had been
    submitted, as far as was known where it was made.
    """

    id: str
    set_id: str
    verb: str
    changes: tuple[Change, ...]
    device: str
    device_seq: int
    parents: tuple[str, ...] = ()
    undoes: str | None = None
    format: int = EDIT_FORMAT
    project_version: int = 1
    elapsed_us: int = 0
    made_at_us: int = 0
    server_offset_us: int | None = None
    note: Mapping[str, Any] = field(default_factory=dict)
    resolves: tuple[str, ...] = ()
    handed_in: int = 0
    purged: bool = False

    @property
    def touched_ids(self) -> frozenset[str]:
        """Ids of the elements this Edit changes."""
        return frozenset(change.element_id for change in self.changes)

    def inverse(self) -> Draft:
        """The draft that takes this Edit back."""
        return Draft(f"undo {self.verb}", tuple(change.inverse() for change in reversed(self.changes)))

    def body(self) -> Json:
        """What the Edit does, as plain JSON values; its key and place in the journal are columns beside it."""
        return {
            "verb": self.verb,
            "changes": [
                {
                    "before": None if change.before is None else element_to_json(change.before),
                    "after": None if change.after is None else element_to_json(change.after),
                }
                for change in self.changes
            ],
            **({"note": dict(self.note)} if self.note else {}),
            **({"resolves": list(self.resolves)} if self.resolves else {}),
            **({"handed_in": self.handed_in} if self.handed_in else {}),
            **({"purged": True} if self.purged else {}),
        }

    def to_json(self) -> Json:
        """The whole Edit as plain JSON values."""
        return {
            "id": self.id,
            "set": self.set_id,
            "device": self.device,
            "device_seq": self.device_seq,
            "parents": list(self.parents),
            "undoes": self.undoes,
            "format": self.format,
            "project_version": self.project_version,
            "elapsed_us": self.elapsed_us,
            "made_at_us": self.made_at_us,
            "server_offset_us": self.server_offset_us,
            **self.body(),
        }


def edit_from_json(body: Mapping[str, Any]) -> Edit:
    """The Edit a JSON body describes; refuses a format number this version does not know."""
    number = body.get("format")
    if number == UNREADABLE:
        raise EditError(NOT_UNDERSTOOD, "Ask for the task to be returned.")
    if number != EDIT_FORMAT:
        raise EditError(f"This Edit has format {number}; this version knows format {EDIT_FORMAT}.", "Update annodesk.")
    try:
        return Edit(
            id=str(body["id"]),
            set_id=str(body["set"]),
            verb=str(body["verb"]),
            changes=tuple(
                Change(*(None if c[side] is None else element_from_json(c[side]) for side in ("before", "after")))
                for c in body["changes"]
            ),
            device=str(body["device"]),
            device_seq=int(body["device_seq"]),
            parents=tuple(str(p) for p in body["parents"]),
            undoes=body["undoes"],
            project_version=int(body["project_version"]),
            elapsed_us=int(body["elapsed_us"]),
            made_at_us=int(body["made_at_us"]),
            server_offset_us=body["server_offset_us"],
            note=body.get("note", {}),
            resolves=tuple(str(r) for r in body.get("resolves", ())),
            handed_in=int(body.get("handed_in", 0)),
            purged=body.get("purged") is True,
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EditError(f"An Edit's record cannot be understood: {error!r}.") from error


class SealedEdit(Struct, frozen=True):
    """An Edit that this version cannot read: kept as it came, with its place in the journal alone read.

    A later version made it, or its ``format`` is UNREADABLE.
    """

    id: str
    set_id: str
    device: str
    device_seq: int
    parents: tuple[str, ...]
    format: int
    body: Mapping[str, Any]


def any_edit_from_json(body: Mapping[str, Any]) -> Edit | SealedEdit:
    """The Edit a JSON body describes; one of an unknown format is kept sealed."""
    if body.get("format") == EDIT_FORMAT:
        return edit_from_json(body)
    return _sealed(body)


def received_edit_from_json(body: Mapping[str, Any]) -> Edit | SealedEdit:
    """The Edit that another machine sent; one that says nothing to be understood is sealed too, as UNREADABLE.

    Raises EditError where not even its place in the journal can be read.
    """
    try:
        return any_edit_from_json(body)
    except (EditError, ValidationError):
        return _sealed({**body, "format": UNREADABLE})


def _sealed(body: Mapping[str, Any]) -> SealedEdit:
    try:
        return SealedEdit(
            str(body["id"]),
            str(body["set"]),
            str(body["device"]),
            int(body["device_seq"]),
            tuple(str(p) for p in body["parents"]),
            int(body["format"]),
            dict(body),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise EditError(f"An Edit's record cannot be understood: {error!r}.") from error


def heads_of(head: str | None) -> tuple[str, ...]:
    """The Edits a set's head stands for: one, or the last of each branch."""
    return tuple(head.split()) if head else ()


def head_of(heads: Iterable[str]) -> str | None:
    """The head that stands for these Edits; None for none."""
    return " ".join(sorted(heads)) or None


def apply(annotations: AnnotationSet, edit: Edit) -> AnnotationSet:
    """The set after an Edit, which becomes its head."""
    if edit.set_id != annotations.id:
        raise EditError(f"Edit {edit.id} belongs to another set.")
    return annotations.with_changes(edit.changes, head=edit.id)


# Gestures. Each looks at the set and returns what should change; none alters anything.


def add(*elements: Element) -> Draft:
    """Put new elements in."""
    kinds = {element.KIND for element in elements}
    return Draft(f"add {kinds.pop() if len(kinds) == 1 else 'elements'}", tuple(Change(None, e) for e in elements))


def delete(annotations: AnnotationSet, ids: Iterable[str]) -> Draft:
    """Take elements out, with their children, the relations that join them and the answers about them."""
    hanging: dict[str, list[str]] = {}
    for element in annotations:
        for name in ("parent", "source", "target"):
            if (on := getattr(element, name, None)) is not None:
                hanging.setdefault(on, []).append(element.id)
    gone: dict[str, None] = {}
    waiting = list(dict.fromkeys(ids))
    while waiting:
        element_id = waiting.pop(0)
        if element_id not in gone:
            gone[element_id] = None
            waiting += hanging.get(element_id, ())
    return Draft("delete", tuple(Change(annotations[i], None) for i in gone))


def change(annotations: AnnotationSet, verb: str, ids: Iterable[str], **values: Any) -> Draft:
    """Set the same fields on several elements; elements that hold them already are left alone."""
    changes = []
    for element_id in dict.fromkeys(ids):
        before = annotations[element_id]
        after = replace(before, **values)
        if after != before:
            changes.append(Change(before, after))
    return Draft(verb, tuple(changes))


def set_labels(annotations: AnnotationSet, ids: Iterable[str], labels: Sequence[str]) -> Draft:
    """Give segments or spans these labels."""
    return change(annotations, "label", ids, labels=tuple(labels))


def toggle_label(annotations: AnnotationSet, ids: Iterable[str], name: str) -> Draft:
    """Give segments one label more, after those they have; take it away where all of them have it."""
    segments = [annotations.segment(i) for i in dict.fromkeys(ids)]
    everywhere = all(name in s.labels for s in segments)
    changes = []
    for before in segments:
        if everywhere:
            kept = tuple(label for label in before.labels if label != name)
            changes.append(Change(before, replace(before, labels=kept)))
        elif name not in before.labels:
            changes.append(Change(before, replace(before, labels=(*before.labels, name))))
    return Draft("label", tuple(changes))


def set_attribute(annotations: AnnotationSet, ids: Iterable[str], name: str, value: Any) -> Draft:
    """Give segments this value of an attribute; None takes it away."""
    changes = []
    for element_id in dict.fromkeys(ids):
        before = annotations.segment(element_id)
        attributes = {key: one for key, one in before.attributes.items() if key != name}
        if value is not None:
            attributes[name] = value
        if attributes != dict(before.attributes):
            changes.append(Change(before, replace(before, attributes=attributes)))
    return Draft("attribute", tuple(changes))


def set_text(annotations: AnnotationSet, element_id: str, text: str) -> Draft:
    """Give a segment this free text."""
    return change(annotations, "text", [element_id], text=text)


def move(annotations: AnnotationSet, ids: Iterable[str], by_us: int) -> Draft:
    """Shift segments in time, never before the start of the item."""
    moved = [annotations.segment(i) for i in dict.fromkeys(ids)]
    if not moved:
        return Draft("move", ())
    by_us = max(by_us, -min(s.start_us for s in moved))
    changes = tuple(Change(s, replace(s, start_us=s.start_us + by_us, end_us=s.end_us + by_us)) for s in moved)
    return Draft("move", changes if by_us else ())


def move_edge(annotations: AnnotationSet, element_id: str, edge: str, to_us: int) -> Draft:
    """Put the ``start`` or the ``end`` of a segment at a time."""
    before = annotations.segment(element_id)
    after = replace(before, start_us=to_us) if edge == "start" else replace(before, end_us=to_us)
    if after.end_us <= after.start_us:
        raise EditError("A segment needs a length.", "Delete it instead.")
    return Draft("move edge", () if after == before else (Change(before, after),))


def move_boundary(annotations: AnnotationSet, left_id: str, right_id: str, to_us: int) -> Draft:
    """Move the joint boundary of two neighbours."""
    left, right = annotations.segment(left_id), annotations.segment(right_id)
    if not left.start_us < to_us < right.end_us:
        raise EditError("A segment needs a length.", "Delete it instead.")
    changes = (
        Change(left, replace(left, end_us=to_us)),
        Change(right, replace(right, start_us=to_us)),
    )
    return Draft("move boundary", tuple(c for c in changes if c.before != c.after))


def split(annotations: AnnotationSet, element_id: str, at_us: int, *, new: str | None = None) -> Draft:
    """Cut a segment in two; the second part gets a new id and the same labels."""
    before = annotations.segment(element_id)
    if not before.start_us < at_us < before.end_us:
        raise EditError("The cut is not inside the segment.", "Put the playhead inside it.")
    second = replace(before, id=new or new_id(), start_us=at_us)
    return Draft("split", (Change(before, replace(before, end_us=at_us)), Change(None, second)))


def merge(annotations: AnnotationSet, ids: Iterable[str]) -> Draft:
    """Join segments of one tier into the earliest, with the first labels there are; texts are joined.

    The band is the one around all of theirs, and open on a side where one of them is.

    Children, relations and answers about the others follow; an answer the first has already is left out.
    """
    parts = sorted((annotations.segment(i) for i in dict.fromkeys(ids)), key=lambda s: (s.start_us, s.end_us))
    if len(parts) < 2:
        raise EditError("Merging needs two segments.", "Select both, or choose one that has a neighbour.")
    if len({s.tier for s in parts}) > 1:
        raise EditError("Only segments of one tier can be merged.")
    first = parts[0]
    lows, highs = [s.low_hz for s in parts], [s.high_hz for s in parts]
    joined = replace(
        first,
        low_hz=min(hz for hz in lows if hz is not None) if None not in lows else None,
        high_hz=max(hz for hz in highs if hz is not None) if None not in highs else None,
        end_us=max(s.end_us for s in parts),
        labels=next((s.labels for s in parts if s.labels), ()),
        text=" ".join(s.text for s in parts if s.text),
    )
    gone = {s.id for s in parts[1:]}
    followers: list[Change] = []
    answered = {a.question for a in annotations.answers() if a.target == first.id}
    for element in annotations:
        if isinstance(element, Segment) and element.parent in gone and element.id not in gone:
            followers.append(Change(element, replace(element, parent=first.id)))
        elif isinstance(element, Relation) and {element.source, element.target} & gone:
            ends = [first.id if end in gone else end for end in (element.source, element.target)]
            followers.append(Change(element, replace(element, source=ends[0], target=ends[1])))
        elif isinstance(element, Answer) and element.target in gone:
            followers.append(Change(element, None))
            if element.question not in answered:
                answered.add(element.question)
                moved = replace(element, id=answer_id(element.question, first.id), target=first.id)
                followers.append(Change(None, moved))
    return Draft("merge", (*(Change(s, None) for s in parts[1:]), Change(first, joined), *followers))


def duplicate(annotations: AnnotationSet, element_id: str, *, new: str | None = None) -> Draft:
    """Repeat a segment right after itself."""
    before = annotations.segment(element_id)
    length = before.end_us - before.start_us
    copy = replace(before, id=new or new_id(), start_us=before.end_us, end_us=before.end_us + length, origin=BY_PERSON)
    return Draft("duplicate", (Change(None, copy),))


def set_answer(
    annotations: AnnotationSet, question: str, value: Any, *, target: str = ITEM, origin: Origin = BY_PERSON
) -> Draft:
    """Answer a question; None takes the answer back."""
    element_id = answer_id(question, target)
    before = annotations.get(element_id)
    after = None if value is None else Answer(element_id, question, value, target, origin)
    if before == after:
        return Draft("answer", ())
    return Draft("answer", (Change(before, after),))


def set_span(annotations: AnnotationSet, span: Span) -> Draft:
    """Add a span of text, or change the one of that id."""
    before = annotations.get(span.id)
    if before == span:
        return Draft("span", ())
    return Draft("add span" if before is None else "change span", (Change(before, span),))


def combine(verb: str, *drafts: Draft) -> Draft:
    """Several drafts as one gesture; their elements must not touch twice."""
    changes = tuple(c for draft in drafts for c in draft.changes)
    ids = [c.element_id for c in changes]
    if len(set(ids)) != len(ids):
        raise EditError("One gesture may not change an element twice.")
    return Draft(verb, changes)


class UndoState(Struct, frozen=True):
    """Which Edits can be taken back or done again, most recent last."""

    undoable: tuple[str, ...] = ()
    redoable: tuple[str, ...] = ()


def undo_state(journal: Iterable[tuple[str, str | None]]) -> UndoState:
    """The undo and redo stacks, rebuilt from (id, undoes) pairs of a set's journal in order.

    An Edit that undoes another moves it from one stack to the other; any plain Edit empties the redo stack.
    """
    undoable: list[str] = []
    redoable: list[str] = []
    for edit_id, undoes in journal:
        if undoes is None:
            undoable.append(edit_id)
            redoable.clear()
        elif undoes in redoable:
            redoable.remove(undoes)
            undoable.append(edit_id)
        elif undoes in undoable:
            undoable.remove(undoes)
            redoable.append(edit_id)
    return UndoState(tuple(undoable), tuple(redoable))
