"""Segments on their way through the clipboard: as a record that is checked like a file from a stranger, and as rows."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError, EditError
from annodesk.model.annotations import BY_PERSON, AnnotationSet, Segment, element_from_json, element_to_json
from annodesk.model.edits import Draft, add
from annodesk.model.ids import new_id
from annodesk.model.records import LATEST
from annodesk.model.rules import overlaps
from annodesk.model.schema import LabelSchema, Tier, TierKind

MIME = "application/x-annodesk-segments+json"
FORMAT = 1
MOST_SEGMENTS = 50_000
MOST_BYTES = 64 << 20
_NOT_OURS = "What was copied cannot be understood as segments."


class Pasted(Struct, frozen=True):
    """The draft of a paste, the ids on the tier pasted to, and what had to stay behind."""

    draft: Draft
    ids: tuple[str, ...]
    note: str = ""


def family_of(annotations: AnnotationSet, ids: Iterable[str]) -> list[Segment]:
    """The segments named and all that depend on them, parents first."""
    found = {i: annotations.segment(i) for i in ids}
    grown = True
    while grown:
        below = [s for s in annotations.segments() if s.parent in found and s.id not in found]
        found |= {s.id: s for s in below}
        grown = bool(below)
    return list(found.values())


def clip(segments: Sequence[Segment]) -> bytes:
    """The segments as a record for the clipboard."""
    plain = [element_to_json(replace(s, origin=BY_PERSON)) for s in segments]
    return json.dumps({"format": FORMAT, "segments": plain}, ensure_ascii=False).encode()


def unclip(data: bytes) -> list[Segment]:
    """The segments of a record from the clipboard, which anybody may have put there."""
    if len(data) > MOST_BYTES:
        raise EditError("What was copied is too large to paste.", "Copy fewer segments.")
    try:
        body = json.loads(data)
        given = body["segments"] if isinstance(body, dict) and body.get("format") == FORMAT else None
    except (ValueError, KeyError, RecursionError) as error:
        raise EditError(_NOT_OURS, "Copy them again.") from error
    if not isinstance(given, list) or not 0 < len(given) <= MOST_SEGMENTS:
        raise EditError(_NOT_OURS, "Copy them again.")
    found: dict[str, Segment] = {}
    for one in given:
        try:
            element = element_from_json(one)
        except AnnodeskError as error:
            raise EditError(_NOT_OURS, str(error)) from error
        if not isinstance(element, Segment) or not 0 <= element.start_us <= element.end_us <= LATEST:
            raise EditError(_NOT_OURS, "Copy them again.")
        found[element.id] = element
    return list(found.values())


def rows(segments: Iterable[Segment]) -> str:
    """The segments as lines of start, end (seconds), tier, labels and text, parted by tabs, for other programs."""
    lines = ["start\tend\ttier\tlabels\ttext"]
    for s in sorted(segments, key=lambda one: (one.start_us, one.end_us, one.tier)):
        words = [s.tier, "|".join(s.labels), s.text]
        times = [f"{at // 1_000_000}.{at % 1_000_000:06d}" for at in (s.start_us, s.end_us)]
        lines.append("\t".join([*times, *(" ".join(word.split()) for word in words)]))
    return "\n".join(lines) + "\n"


def paste(
    schema: LabelSchema, annotations: AnnotationSet, active: Tier, segments: Sequence[Segment], at_us: int | None
) -> Pasted:
    """New segments like those copied: on the active tier where they come from one, else on the tiers of their names.

    ``at_us`` is where the earliest begins; None for the times they had. What depends on them comes along where this
    project has its tier. Raises EditError where they do not fit.
    """
    ids = {s.id for s in segments}
    roots = [s for s in segments if s.parent not in ids]
    root_ids, homes = {s.id for s in roots}, {s.tier for s in roots}
    renamed = {next(iter(homes)): active.name} if len(homes) == 1 else {}
    by_us = 0 if at_us is None else at_us - min(s.start_us for s in segments)
    fresh = {s.id: new_id() for s in segments}
    made: dict[str, Segment] = {}
    lost_labels: set[str] = set()
    left = 0
    for segment in segments:
        name = renamed.get(segment.tier, segment.tier) if segment.id in root_ids else segment.tier
        tier = schema.tier(name) if schema.has_tier(name) else None
        parent = made.get(segment.parent or "")
        if tier is None or (segment.id not in root_ids and (parent is None or tier.parent != parent.tier)):
            left += 1
            continue
        if tier.kind is TierKind.INTERVAL and segment.start_us == segment.end_us:
            raise EditError(f"Points do not fit on {tier.name}, which holds stretches.", "Choose a tier of points.")
        known = {label.name for label in tier.labels}
        lost_labels |= set(segment.labels) - known
        start = segment.start_us + by_us
        made[segment.id] = replace(
            segment,
            id=fresh[segment.id],
            tier=name,
            start_us=start,
            end_us=start if tier.kind is TierKind.POINT else segment.end_us + by_us,
            labels=tuple(label for label in segment.labels if label in known),
            parent=parent.id if parent is not None else None,
            origin=BY_PERSON,
        )
    if not made:
        raise EditError("None of what was copied has a tier here.", "Choose a tier first.")
    for segment in made.values():
        if schema.tier(segment.tier).parent is None and overlaps(schema, annotations, segment):
            raise EditError(
                f"There is no room on {segment.tier} for what was copied.", "Move the playhead, or choose another tier."
            )
    note = f"{len(made)} pasted."
    if lost_labels:
        note += f" Labels that are not on {active.name} were left out: {', '.join(sorted(lost_labels)[:5])}."
    if left:
        note += f" {left} have no tier here and were left out."
    return Pasted(
        Draft("paste", add(*made.values()).changes), tuple(made[s.id].id for s in roots if s.id in made), note
    )
