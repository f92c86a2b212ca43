"""What is lost when a Document is written: the parts that formats commonly cannot hold, each told in one sentence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from heapq import heappush, heapreplace
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.formats.files import LAST_WRITTEN_US
from annodesk.model.annotations import BY_PERSON, Answer, Element, OriginKind, Relation, Segment, Span, UnknownElement
from annodesk.model.outcomes import is_outcome
from annodesk.model.schema import TierKind, TierRule

if TYPE_CHECKING:
    from annodesk.formats.base import Document, TierInfo

_RELATION = re.compile(r" (?:with|without|from|on|of|that)\b")


class Holds(Struct, frozen=True):
    """What a format has a place for; ``attributes`` and ``extras`` name the prefix and the key that are kept."""

    labels: bool = False
    attributes: str | None = None
    parents: bool = False
    channels: bool = False
    bands: bool = False
    tiers: bool = False
    hierarchy: bool = False
    media: bool = False
    author: bool = False
    duration: bool = False
    outcomes: bool = False
    extras: str | None = None


def count(number: int, noun: str) -> str:
    """``1 segment``, ``20,000 segments``; of ``segment with a label`` the first words take the plural."""
    if number == 1:
        return f"1 {noun}"
    match = _RELATION.search(noun)
    head, rest = (noun[: match.start()], noun[match.start() :]) if match else (noun, "")
    return f"{number:,} {head}s{rest}"


def be(number: int) -> str:
    """The verb that goes with a count."""
    return "is" if number == 1 else "are"


def tell(number: int, noun: str, what: str) -> list[str]:
    """One sentence on a count, none where there is nothing: ``2 spans are not kept.``"""
    return [f"{count(number, noun)} {be(number)} {what}."] if number else []


def is_possible(segment: Segment) -> bool:
    """Whether a segment has times that a file may hold: in order, after the start, before the end of all."""
    return 0 <= segment.start_us <= segment.end_us <= LAST_WRITTEN_US


def sound(document: Document) -> Document:
    """The document without elements that no file may hold: impossible times, and second uses of an id."""
    seen: set[str] = set()
    kept: list[Element] = []
    for element in document.elements:
        if element.id in seen or (isinstance(element, Segment) and not is_possible(element)):
            continue
        seen.add(element.id)
        kept.append(element)
    if len(kept) < len(document.elements):
        document = replace(document, elements=tuple(kept))
    return document if _has_possible_length(document) else replace(document, duration_us=None)


def _has_possible_length(document: Document) -> bool:
    return document.duration_us is None or 0 <= document.duration_us <= LAST_WRITTEN_US


def unsound_losses(documents: Sequence[Document]) -> list[str]:
    """What ``sound`` leaves out."""
    impossible = [s for d in documents for s in d.segments if not is_possible(s)]
    twice = sum(len(d.elements) - len({e.id for e in d.elements}) for d in documents)
    return [
        *tell(len(impossible), "segment", "left out, because no recording has their times"),
        *tell(sum(not _has_possible_length(d) for d in documents), "impossible length of a recording", "left out"),
        *tell(twice, "element", "left out, because another one has the same id"),
    ]


def common_losses(documents: Sequence[Document], holds: Holds) -> list[str]:
    """What a format that holds segments alone loses; every sentence counts over all documents."""
    segments = [s for d in documents for s in d.segments if is_possible(s)]
    elements = [e for d in documents for e in d.elements]
    lost = unsound_losses(documents)
    if not holds.labels:
        lost += tell(sum(len(s.labels) > 1 for s in segments), "segment with several labels", "written as one text")
        both = sum(bool(s.labels and s.text) for s in segments)
        lost += tell(both, "segment with a label and a text", "written as one text")
    lost += _lost_attributes(segments, holds.attributes)
    if not holds.parents:
        lost += tell(sum(s.parent is not None for s in segments), "link from a segment to its parent", "not kept")
    if not holds.channels:
        lost += tell(sum(s.channel is not None for s in segments), "channel number", "not kept")
    if not holds.bands:
        bands = sum(s.low_hz is not None or s.high_hz is not None for s in segments)
        lost += tell(bands, "frequency band", "not kept")
    lost += _lost_origins(segments)
    outcomes = [e for e in elements if is_outcome(e)]
    elements = [e for e in elements if not is_outcome(e)]
    if not holds.outcomes:
        lost += tell(len(outcomes), "ruling without one answer (several, undecided, excluded)", "not kept")
    for kind, noun in ((Span, "span"), (Answer, "answer"), (Relation, "relation"), (UnknownElement, "other element")):
        lost += tell(sum(isinstance(e, kind) for e in elements), noun, "not kept")
    return lost + _lost_around(documents, holds)


def _lost_attributes(segments: Iterable[Segment], prefix: str | None) -> list[str]:
    names = Counter(n for s in segments for n in s.attributes if prefix is None or not str(n).startswith(prefix))
    if not names:
        return []
    shown = ", ".join(sorted(map(str, names))[:5]) + (", …" if len(names) > 5 else "")
    return tell(names.total(), "attribute", f"not kept ({shown})")


def _lost_origins(segments: Iterable[Segment]) -> list[str]:
    made = sum(s.origin != BY_PERSON and s.origin.kind is not OriginKind.IMPORT for s in segments)
    sources = sum(s.origin.kind is OriginKind.IMPORT and s.origin != _IMPORT for s in segments)
    return tell(made + sources, "note on how a segment was made (model, bulk, ruling)", "not kept")


_IMPORT = replace(BY_PERSON, kind=OriginKind.IMPORT)


def _lost_around(documents: Sequence[Document], holds: Holds) -> list[str]:
    lost = []
    tiers = [t for d in documents for t in d.all_tiers()]
    if not holds.hierarchy:
        children = sum(t.parent is not None or t.rule is not TierRule.NONE for t in tiers)
        lost += tell(children, "link from a tier to its parent", "not kept")
    if not holds.tiers:
        empty = sum(len(empty_tiers(d)) for d in documents)
        lost += tell(empty, "empty tier", "not kept")
    if not holds.media and any(d.media is not None for d in documents):
        lost.append("The name of the recording is not kept.")
    if not holds.author and any(d.author is not None for d in documents):
        lost.append("The author's name is not kept.")
    if not holds.duration and any(d.duration_us is not None for d in documents):
        lost.append("The length of the recording is not kept.")
    if any(d.metadata for d in documents):
        lost.append("The item's metadata is not kept.")
    others = sorted({str(k) for d in documents for k, v in d.extras.items() if v and k != holds.extras})
    lost += [f"What only {name} knows (such as tier types and vocabularies) is not kept." for name in others]
    return lost


def empty_tiers(document: Document) -> list[TierInfo]:
    """Tiers without a segment that can be written."""
    used = {s.tier for s in document.segments if is_possible(s)}
    return [tier for tier in document.all_tiers() if tier.name not in used]


class Lane(Struct, frozen=True):
    """A tier as it is written: no two of its segments overlap. ``extra`` lanes take what overlaps on a tier."""

    tier: TierInfo
    segments: tuple[Segment, ...]
    extra: bool = False


def lanes(tier: TierInfo, segments: Iterable[Segment], taken: set[str], *, points: bool = False) -> Iterator[Lane]:
    """A tier's segments in time order, split into as many lanes as overlap asks for.

    Extra lanes are called ``NAME (2)`` and so on, and their names are added to ``taken``. With ``points`` only
    segments at one time keep each other out.
    """
    rows: list[list[Segment]] = [[]]
    free: list[tuple[int, int]] = []  # when each row but the first is free again: a crowd must not cost its square
    reached = -1
    for segment in sorted(segments, key=lambda s: (s.start_us, s.end_us)):
        until = segment.start_us + 1 if points else segment.end_us
        if segment.start_us >= reached:
            rows[0].append(segment)
            reached = until
        elif free and segment.start_us >= free[0][0]:
            rows[heapreplace(free, (until, free[0][1]))[1]].append(segment)
        else:
            heappush(free, (until, len(rows)))
            rows.append([segment])
    yield Lane(tier, tuple(rows[0]))
    number = 1
    for row in rows[1:]:
        number += 1
        while (name := f"{tier.name} ({number})") in taken:
            number += 1
        taken.add(name)
        yield Lane(replace(tier, name=name), tuple(row), extra=True)


def lane_losses(found: Iterable[Lane]) -> list[str]:
    """Names the tiers that were made for overlapping segments."""
    return [
        f"{count(len(lane.segments), 'segment')} that {'overlaps' if len(lane.segments) == 1 else 'overlap'} others "
        f"{be(len(lane.segments))} written on a tier of {'its' if len(lane.segments) == 1 else 'their'} own, "
        f"{lane.tier.name!r}."
        for lane in found
        if lane.extra
    ]


def by_tier(document: Document) -> dict[str, list[Segment]]:
    """The segments of each tier that has any."""
    found: dict[str, list[Segment]] = {}
    for segment in document.segments:
        found.setdefault(segment.tier, []).append(segment)
    return found


def is_point_tier(tier: TierInfo) -> bool:
    """Whether the tier holds moments."""
    return tier.kind is TierKind.POINT
