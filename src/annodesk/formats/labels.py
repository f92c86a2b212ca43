"""A file's strings against a project's schema: which are labels, which stay text, and what finds no place."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from annodesk.formats.base import LABEL_SEPARATOR, Document, ReadResult, Skipped
from annodesk.model.annotations import BY_PERSON, Answer, Element, Origin, OriginKind, Relation, Segment, Span
from annodesk.model.schema import RESERVED_NAMES, Label, LabelSchema, Part, Tier

_IMPORTED = Origin(OriginKind.IMPORT)


def to_labels(document: Document, schema: LabelSchema, *, file: str = "", tier: str | None = None) -> ReadResult:
    """The document in the schema's words, ready to be taken into a project.

    Tiers are found by name, whatever their case. A string that is a label of its tier, whatever its case, or several
    joined by ``|``, becomes labels; any other stays text. Segments of a tier without a name (formats such as
    Audacity's) go to ``tier``, or to the schema's only tier. What names a part that the schema has not is left out
    and reported as skipped. Elements whose origin the file does not tell become imported ones.
    """
    missing: Counter[str] = Counter()
    tiers = {name: _place(schema, name, tier) for name in {s.tier for s in document.segments}}
    kept: list[Element] = []
    for element in document.elements:
        if isinstance(element, Segment):
            place = tiers[element.tier]
            if place is None:
                missing[f"on the tier {element.tier!r}" if element.tier else "on a tier without a name"] += 1
                continue
            kept.append(_labelled(element, place))
        elif (unknown := _unknown(schema, element)) is None:
            kept.append(_stamped(element))
        else:
            missing[unknown] += 1
    ids = {e.id for e in kept}
    known = ", ".join(p.name for p in schema.parts()) or "nothing"
    elements = tuple(
        replace(e, parent=None) if isinstance(e, Segment) and e.parent is not None and e.parent not in ids else e
        for e in kept
    )
    skipped = [
        Skipped(file, None, f"{number:,} {'element' if number == 1 else 'elements'} {where}; the project has: {known}")
        for where, number in missing.items()
    ]
    infos = [(info, _place(schema, info.name, tier)) for info in document.tiers]
    names: dict[str, None] = dict.fromkeys(place.name for _, place in infos if place is not None)
    own = [
        replace(info, name=place.name)
        for info, place in infos
        if place is not None and names.pop(place.name, 0) is None
    ]
    parents = {info.name: place.name for info, place in infos if place is not None}
    found = tuple(replace(info, parent=parents.get(info.parent or "")) for info in own)
    return ReadResult((replace(document, elements=elements, tiers=found),), tuple(skipped))


def _place(schema: LabelSchema, name: str, chosen: str | None) -> Tier | None:
    if not name and not schema.has_tier(""):
        if chosen is not None:
            return schema.tier(chosen)
        return schema.tiers[0] if len(schema.tiers) == 1 else None
    return _match(schema.tiers, name)


def _match(parts: Sequence[Tier], name: str) -> Tier | None:
    """The part of that name, or the only one that differs in case alone."""
    for part in parts:
        if part.name == name:
            return part
    close = [part for part in parts if part.name.casefold() == name.strip().casefold()]
    return close[0] if len(close) == 1 else None


def _label(labels: Sequence[Label], text: str) -> str | None:
    names = [label.name for label in labels]
    if text in names:
        return text
    close = [name for name in names if name.casefold() == text.strip().casefold()]
    return close[0] if len(close) == 1 else None


def _labelled(segment: Segment, tier: Tier) -> Segment:
    labels, text = segment.labels, segment.text
    if labels:
        labels = tuple(_label(tier.labels, name) or name for name in labels)
    elif text:
        whole = _label(tier.labels, text)
        parts = [whole] if whole is not None else [_label(tier.labels, p) for p in text.split(LABEL_SEPARATOR)]
        names = [part for part in parts if part is not None]
        if len(names) == len(parts) and len(set(names)) == len(names):
            labels, text = tuple(names), ""
    origin = _IMPORTED if segment.origin == BY_PERSON else segment.origin
    return replace(segment, tier=tier.name, labels=labels, text=text, origin=origin)


def _unknown(schema: LabelSchema, element: Element) -> str | None:
    """Where an element belongs that the schema has not; None where it has, or where it cannot be told."""
    if isinstance(element, Span):
        return None if _has(schema.span_types, element.type) else f"of the span type {element.type!r}"
    if isinstance(element, Relation):
        return None if _has(schema.relation_types, element.type) else f"of the relation {element.type!r}"
    if isinstance(element, Answer):
        parts: tuple[Part, ...] = (*schema.questions, *schema.tiers, *schema.span_types)
        asked = element.question in RESERVED_NAMES or _has(parts, element.question)
        return None if asked else f"that answers the question {element.question!r}"
    return None


def _has(parts: Iterable[Part], name: str) -> bool:
    return any(part.name == name for part in parts)


def _stamped(element: Element) -> Element:
    if isinstance(element, Span | Answer | Relation) and element.origin == BY_PERSON:
        return replace(element, origin=_IMPORTED)
    return element
