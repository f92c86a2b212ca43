"""Texts of a project in which it stands what is marked, and what they say of stretches of other texts.

What may teach is decided as for places (``settled_places``): no hidden references, nothing that somebody still works
on, nothing of the machine's. What was taken in bulk alone is neither marked nor unmarked.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import AnnotationSet, OriginKind, Span
from annodesk.model.outcomes import excludes_item
from annodesk.model.work import SettledBy, Stage
from annodesk.prelabel.settled_spans import LikelySpan, SettledSpans, SettledText
from annodesk.prelabel.span_words import Stretch
from annodesk.services.evidence import EvidenceReport, Looks
from annodesk.services.independence import countable_sets
from annodesk.services.settled_places import MOST_ITEMS, teaching
from annodesk.services.standing import standing_sets
from annodesk.store import items, settled, tasks

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.model.schema import SpanType
    from annodesk.prelabel.examples import Place
    from annodesk.progress import CancelToken
    from annodesk.services.model_desk import ModelDesk
    from annodesk.store.engine import Connection
    from annodesk.store.snapshots import Sets

_AT_ONCE = 200


class MarkedText(Struct, frozen=True):
    """What is marked in the text of a settled item, as ``SettledText`` has it."""

    item: Item
    stretches: tuple[Stretch, ...]
    unclear: tuple[tuple[int, int], ...]
    independent: tuple[Stretch, ...] | None


class TextEvidence:
    """What settled texts say of the stretches of one kind in others."""

    def __init__(self, part: str, marked: Sequence[MarkedText], spans: SettledSpans, looks: Looks) -> None:
        self.part, self.marked, self._spans, self._looks = part, tuple(marked), spans, looks

    @property
    def item_ids(self) -> set[str]:
        """The items it was read of."""
        return {one.item.id for one in self.marked}

    @property
    def can_tell(self) -> bool:
        """Whether what they say is known to be worth saying."""
        return self._spans.can_tell

    def find(self, item: Item, text: str) -> list[LikelySpan]:
        """What they propose for an item's text; nothing by the item itself, its copies, or texts that say the same."""
        return self._spans.find(self._looks.place_of_text(item, text))

    def report(self) -> EvidenceReport:
        """What is known of it."""
        return EvidenceReport(self.part, len(self.marked), self._spans.independent, self._spans.sentence)


def text_evidence(
    desk: ModelDesk, sets: Sets, project_id: str, part: SpanType, cancel: CancelToken | None = None
) -> TextEvidence:
    """What is settled of a kind of span; may take half a minute where much is settled."""
    with desk.file.read() as db:
        marked = marked_texts(db, project_id, part, sets)
    looks = Looks(desk)
    found: list[SettledText] = []
    readable: list[MarkedText] = []
    for one in marked:
        place: Place = looks.place_of_text(one.item)
        if place.words:
            found.append(SettledText(place, one.stretches, one.unclear, one.independent))
            readable.append(one)
    spans = SettledSpans(found)
    spans.learn(cancel.check if cancel is not None else lambda: None)
    return TextEvidence(part.name, readable, spans, looks)


def marked_texts(db: Connection, project_id: str, part: SpanType, sets: Sets) -> list[MarkedText]:
    """The settled items with a text, the newest first, and what is marked in each."""
    found: list[MarkedText] = []
    ids = settled.newest_by_people(db, project_id, MOST_ITEMS)
    for first in range(0, len(ids), _AT_ONCE):
        page = teaching(db, ids[first : first + _AT_ONCE])
        about = {item.id: item for item in items.list_items(db, project_id, among=page)}
        for item_id in page:
            if item_id not in about or about[item_id].text_asset is None:
                continue
            try:
                one = _of_item(db, about[item_id], part, sets)
            except AnnodeskError:  # a set that cannot be understood: the coordinator says so
                continue
            if one is not None:
                found.append(one)
    return found


def _of_item(db: Connection, item: Item, part: SpanType, sets: Sets) -> MarkedText | None:
    stages = tasks.tasks_of_item(db, item.id, Stage.ANNOTATE)
    stands = settled.standing(db, [task.id for task in stages])
    stretches: set[Stretch] = set()
    unclear: set[tuple[int, int]] = set()
    independent: set[Stretch] | None = set()
    for task in stages:
        standing = stands.get(task.id)
        if standing is None or standing.settled_by is SettledBy.MACHINE:
            return None
        answer = sets.set_at(db, standing.set_id, standing.head)
        if excludes_item(answer):
            return None
        sides = [one for one in standing_sets(db, task.id, sets=sets) if one.id != answer.id]
        for span in _spans(answer, part, item):
            said = _stretch(span)
            if _was_meant(span, sides, part, item):
                stretches.add(said)
            else:
                unclear.add((said.start, said.end))
        unaided = [one.annotations for one in countable_sets(db, task.id, sets=sets) if not one.aided]
        if not unaided:
            independent = None
        elif independent is not None:
            side = answer if standing.settled_by is SettledBy.ADJUDICATION else unaided[0]
            independent |= {_stretch(span) for span in _spans(side, part, item)}
    known = None if independent is None else tuple(sorted(independent))
    return MarkedText(item, tuple(sorted(stretches)), tuple(sorted(unclear)), known) if stages else None


def _was_meant(span: Span, sides: Sequence[AnnotationSet], part: SpanType, item: Item) -> bool:
    """Whether somebody marked just this: not taken with many others, nor made of such alone, nor without a label."""
    kind = span.origin.kind
    if kind in (OriginKind.BULK, OriginKind.MODEL) or not {one.name for one in part.labels} >= set(span.labels):
        return False
    if kind is not OriginKind.CONSENSUS:
        return bool(span.labels)
    alike = [one for side in sides for one in _spans(side, part, item) if _stretch(one) == _stretch(span)]
    return bool(span.labels) and (not alike or any(one.origin.kind is not OriginKind.BULK for one in alike))


def _spans(annotations: AnnotationSet, part: SpanType, item: Item) -> Iterator[Span]:
    asset = item.text_asset
    if asset is not None:
        yield from (span for span in annotations.spans(asset.id) if span.type == part.name)


def _stretch(span: Span) -> Stretch:
    return Stretch(span.start, span.end, tuple(sorted(span.labels)))
