"""Which Edits touch: what they share, and what a tier's rules do not let stand together.

An index finds the Edits near one without looking at all of them: by element, by what refers to an element, and by
time on tiers that forbid overlap.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from annodesk.model.annotations import ITEM, Answer, Element, Relation, Segment
from annodesk.model.schema import LabelSchema, TierKind, TierRule

if TYPE_CHECKING:
    from annodesk.model.edits import Edit

States = Mapping[str, Element | None]
"""What elements are, by id; None where one is not there."""


class Node(Struct, eq=False):
    """An Edit with its place in the history.

    ``place`` counts the Edits known before it; ``chain`` and ``step`` its place on a line of Edits that follow each
    other; ``clock`` holds the last step of each line that it has seen. ``unseen`` are the Edits before it that were set
    aside where it was made; ``shares`` the elements it says something about.
    """

    edit: Edit
    place: int
    chain: int
    step: int
    clock: Mapping[int, int]
    unseen: frozenset[str] = frozenset()
    before: dict[str, Element | None] = field(default_factory=dict)
    after: dict[str, Element | None] = field(default_factory=dict)
    shares: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        for change in self.edit.changes:
            self.before.setdefault(change.element_id, change.before)
            self.after[change.element_id] = change.after
        self.shares = frozenset(self.after)

    def follows(self, other: Node) -> bool:
        """Whether this Edit was made with the other one in view."""
        return self.clock.get(other.chain, -1) >= other.step and self is not other

    def was_built_on(self, other: Node) -> bool:
        """Whether the other Edit was in view and part of the set where this one was made."""
        return self.follows(other) and other.edit.id not in self.unseen

    def is_beside(self, other: Node) -> bool:
        """Whether neither Edit was made with the other one in view."""
        return not self.follows(other) and not other.follows(self) and self is not other


class NearbyEdits:
    """Edits found by what they say about elements: as they leave them (``after``), as they found them (``before``)."""

    def __init__(self, schema: LabelSchema) -> None:
        self._tiers = {tier.name: tier for tier in schema.tiers}
        self._sharing: dict[str, list[Node]] = {}
        self._here: set[Node] = set()
        self._referring: dict[tuple[str, str], dict[tuple[Node, str], None]] = {}
        self._timed: dict[tuple[str, str], _Stretches] = {}

    def put(self, node: Node) -> None:
        """Let an Edit be found."""
        self._here.add(node)
        for element_id in node.shares:
            insort(self._sharing.setdefault(element_id, []), node, key=_place)
        for when, states in (("before", node.before), ("after", node.after)):
            for element_id, element in states.items():
                for target in referred(element):
                    self._referring.setdefault((when, target), {})[node, element_id] = None
                if isinstance(element, Segment) and self._is_alone_on(element.tier):
                    stretches = self._timed.setdefault((when, element.tier), _Stretches())
                    stretches.put((element.start_us, element.end_us, element_id), node)

    def take(self, node: Node) -> None:
        """Let an Edit be found no more; one that was never put changes nothing."""
        if node not in self._here:
            return
        self._here.remove(node)
        for element_id in node.shares:
            nodes = self._sharing[element_id]
            del nodes[bisect_left(nodes, node.place, key=_place)]
        for when, states in (("before", node.before), ("after", node.after)):
            for element_id, element in states.items():
                for target in referred(element):
                    self._referring[when, target].pop((node, element_id), None)
                if isinstance(element, Segment) and self._is_alone_on(element.tier):
                    self._timed[when, element.tier].take((element.start_us, element.end_us, element_id), node)

    def about(self, element_id: str) -> Iterator[Node]:
        """The Edits that say something about an element, the latest first."""
        return reversed(self._sharing.get(element_id, ()))

    def sharing(self, node: Node) -> Iterator[Node]:
        """Edits that say something about an element the node says something about.

        From both ends of what is known: who looks for what is beside an Edit finds it at one of them.
        """
        for element_id in node.shares:
            nodes = self._sharing.get(element_id, ())
            for step in range((len(nodes) + 1) // 2):
                yield nodes[-1 - step]
                if step < len(nodes) - 1 - step:
                    yield nodes[step]

    def clashing(self, states: States, before: States, when: str) -> Iterator[Node]:
        """Edits whose elements, as they are ``when``, cannot stand with these; what ``before`` had is not counted."""
        for element_id, element in states.items():
            for node, other_id in self._referring.get((when, element_id), ()):
                if not self._holds(_states(node, when)[other_id], element):
                    yield node
            if element is None:
                continue
            for target in referred(element):
                for node in self._sharing.get(target, ()):
                    theirs = _states(node, when)
                    if target in theirs and not self._holds(element, theirs[target]):
                        yield node
                for node, other_id in self._referring.get((when, target), ()):
                    if other_id != element_id and self._are_rivals(element, _states(node, when)[other_id]):
                        yield node
            if isinstance(element, Segment) and (stretches := self._timed.get((when, element.tier))):
                for other_id, nodes in stretches.over(element.start_us, element.end_us):
                    if other_id != element_id:
                        was = before.get(element_id)
                        yield from (n for n in nodes if not _overlap(was, n.before.get(other_id)))

    def _is_alone_on(self, tier: str) -> bool:
        found = self._tiers.get(tier)
        return found is not None and not found.overlap and found.kind is TierKind.INTERVAL

    def _holds(self, child: Element | None, parent: Element | None) -> bool:
        """Whether what refers to an element may still do so as that element is."""
        if child is None:
            return True
        if parent is None:
            return False
        tier = self._tiers.get(child.tier) if isinstance(child, Segment) else None
        if tier is None or tier.parent is None or tier.rule is TierRule.NONE:
            return True
        if not isinstance(parent, Segment) or not isinstance(child, Segment) or parent.tier != tier.parent:
            return False
        if tier.rule is TierRule.SYMBOLIC_ASSOCIATION:
            return (child.start_us, child.end_us) == (parent.start_us, parent.end_us)
        return parent.start_us <= child.start_us and child.end_us <= parent.end_us

    def _are_rivals(self, one: Element, other: Element | None) -> bool:
        """Whether two segments want to be the only one beside the same parent."""
        if not isinstance(one, Segment) or not isinstance(other, Segment) or one.tier != other.tier:
            return False
        tier = self._tiers.get(one.tier)
        return tier is not None and tier.rule is TierRule.SYMBOLIC_ASSOCIATION and one.parent == other.parent


def referred(element: Element | None) -> tuple[str, ...]:
    """Ids of the elements that one refers to."""
    if isinstance(element, Segment):
        return (element.parent,) if element.parent is not None else ()
    if isinstance(element, Relation):
        return tuple({element.source, element.target})
    if isinstance(element, Answer):
        return (element.target,) if element.target != ITEM else ()
    return ()


def _place(node: Node) -> int:
    return node.place


def _states(node: Node, when: str) -> States:
    return node.after if when == "after" else node.before


def _overlap(one: Element | None, other: Element | None) -> bool:
    """Whether two segments of one tier lie over each other."""
    if not isinstance(one, Segment) or not isinstance(other, Segment) or one.tier != other.tier:
        return False
    return one.start_us < other.end_us and other.start_us < one.end_us


class _Stretches:
    """Stretches of time by their length and place, so that those over another are found among a few."""

    def __init__(self) -> None:
        self._levels: dict[int, dict[int, dict[tuple[int, int, str], dict[Node, None]]]] = {}

    def put(self, what: tuple[int, int, str], node: Node) -> None:
        """Keep the start, end and id of a segment as an Edit has it."""
        for level, bucket in self._buckets(what):
            self._levels.setdefault(level, {}).setdefault(bucket, {}).setdefault(what, {})[node] = None

    def take(self, what: tuple[int, int, str], node: Node) -> None:
        """Forget a segment as an Edit has it."""
        for level, bucket in self._buckets(what):
            nodes = self._levels[level][bucket][what]
            nodes.pop(node, None)
            if not nodes:
                del self._levels[level][bucket][what]

    def over(self, start_us: int, end_us: int) -> Iterator[tuple[str, Iterable[Node]]]:
        """The segments that lie over a stretch, each once, with the Edits that have them so."""
        for level, buckets in self._levels.items():
            first, last = start_us >> level, end_us >> level
            near = range(first, last + 1) if last - first < len(buckets) else [b for b in buckets if first <= b <= last]
            for bucket in near:
                for (start, end, element_id), nodes in buckets.get(bucket, {}).items():
                    is_first = bucket == max(first, start >> level)
                    if is_first and start < end_us and start_us < end:
                        yield element_id, nodes

    @staticmethod
    def _buckets(what: tuple[int, int, str]) -> Iterator[tuple[int, int]]:
        start_us, end_us, _ = what
        level = max(0, end_us - start_us).bit_length()
        for bucket in range(start_us >> level, (end_us >> level) + 1):
            yield level, bucket
