"""How dependent tiers follow: a draft that changes parents or children is completed so that ELAN's stereotypes hold.

Moving, splitting, merging or deleting a parent does the same to its children within the one gesture; what cannot be
carried along without losing something unseen is refused.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from msgspec.structs import replace

from annodesk.errors import EditError
from annodesk.model.annotations import AnnotationSet, Change, Element, Segment
from annodesk.model.edits import Draft, merge
from annodesk.model.ids import new_id
from annodesk.model.schema import LabelSchema, Tier, TierRule
from annodesk.model.times import format_us

ALIGNED = frozenset({TierRule.INCLUDED_IN, TierRule.TIME_SUBDIVISION})
"""Children with times of their own, inside their parent's."""

SYMBOLIC = frozenset({TierRule.SYMBOLIC_SUBDIVISION, TierRule.SYMBOLIC_ASSOCIATION})
"""Children whose times are their parent's, whole or shared."""


def carried(schema: LabelSchema, annotations: AnnotationSet, draft: Draft) -> Draft:
    """The draft with what its dependants must do too; the draft itself where there are none.

    Raises EditError where children would be lost or a segment has no parent to stand in.
    """
    dependent = by_depth(schema)
    if not draft or not dependent:
        return draft
    family = {name for tier in dependent for name in (tier.name, tier.parent)}
    if not any(isinstance(e, Segment) and e.tier in family for c in draft.changes for e in (c.before, c.after)):
        return draft
    now = _Now(annotations, draft)
    for tier in dependent:
        _follow(tier, now)
    return now.draft(draft.verb)


def by_depth(schema: LabelSchema) -> list[Tier]:
    """The tiers that a rule binds to their parent, parents before their children."""
    known = {tier.name: tier for tier in schema.tiers}

    def depth(tier: Tier) -> int:
        steps, above = 0, tier.parent
        while above is not None and above in known and steps <= len(known):
            steps, above = steps + 1, known[above].parent
        return steps

    bound = [t for t in schema.tiers if t.parent in known and t.rule is not TierRule.NONE]
    return sorted(bound, key=depth)


def shares(start_us: int, end_us: int, count: int) -> list[tuple[int, int]]:
    """A stretch in so many parts of equal length, to the microsecond."""
    edges = [start_us + (end_us - start_us) * place // count for place in range(count + 1)]
    return list(pairwise(edges))


class _Now:
    """The set as the draft leaves it so far; what is changed is found by tier, by parent and by time."""

    def __init__(self, annotations: AnnotationSet, draft: Draft) -> None:
        self.annotations = annotations
        self._after: dict[str, Element | None] = {}
        self._by_tier: dict[str, dict[str, None]] = {}
        self._by_parent: dict[tuple[str, str], dict[str, None]] = {}
        self._in_time: dict[str, tuple[list[Segment], list[int]]] = {}
        self.take(draft)
        self._by_person = frozenset(self._after)

    def get(self, element_id: str | None) -> Segment | None:
        """A segment as it is now; None where it is gone or never was."""
        if element_id is None:
            return None
        found = self._after[element_id] if element_id in self._after else self.annotations.get(element_id)
        return found if isinstance(found, Segment) else None

    def was(self, element_id: str) -> Segment | None:
        """A segment as it was before the gesture."""
        found = self.annotations.get(element_id)
        return found if isinstance(found, Segment) else None

    def put(self, segment: Segment) -> None:
        """Change a segment, or add one."""
        self._note(segment.id, segment)

    def time(self, segment: Segment, start_us: int, end_us: int) -> None:
        """Change a segment's times; most have them already."""
        if (segment.start_us, segment.end_us) != (start_us, end_us) or self.get(segment.id) != segment:
            self.put(replace(segment, start_us=start_us, end_us=end_us))

    def drop(self, element_id: str) -> None:
        """Take a segment out."""
        self._note(element_id, None)

    def take(self, draft: Draft) -> None:
        """Add another gesture's changes."""
        for change in draft.changes:
            self._note(change.element_id, change.after)

    def _note(self, element_id: str, after: Element | None) -> None:
        before = self.get(element_id) or self.was(element_id)
        self._after[element_id] = after
        for either in (before, after):
            if isinstance(either, Segment):
                self._by_tier.setdefault(either.tier, {})[element_id] = None
                self._in_time.pop(either.tier, None)
        if isinstance(after, Segment) and after.parent is not None:
            self._by_parent.setdefault((after.tier, after.parent), {})[element_id] = None

    def is_touched(self, element_id: str) -> bool:
        """Whether the person's own gesture names this element."""
        return element_id in self._by_person

    def changed(self, tier: str) -> list[str]:
        """Ids of the segments of a tier that are, or were, among the changed ones."""
        return list(self._by_tier.get(tier, ()))

    def children(self, tier: str, parents: Iterable[Segment]) -> list[Segment]:
        """Segments of a tier, as they are now, whose parent is one of these; in order of time."""
        olds = {p.id: self.was(p.id) or p for p in parents}
        found: dict[str, Segment] = {}
        for old in olds.values():
            for child in self.annotations.each_in(tier, old.start_us, old.end_us + 1):
                if child.parent in olds and child.id not in self._after:
                    found[child.id] = child
        for parent_id in olds:
            for element_id in self._by_parent.get((tier, parent_id), ()):
                changed = self.get(element_id)
                if changed is not None and changed.tier == tier and changed.parent == parent_id:
                    found[changed.id] = changed
        return sorted(found.values(), key=lambda s: (s.start_us, s.end_us, s.id))

    def around(self, tier: str, child: Segment) -> Segment | None:
        """The segment of a tier, as it is now, that holds the child, or else its start."""
        at_us = child.start_us
        near = [s for s in self.annotations.segments_in(tier, at_us, at_us + 1) if s.id not in self._after]
        near += self._changed_at(tier, at_us)
        holding = [s for s in near if s.start_us <= at_us < max(s.end_us, s.start_us + 1)]
        whole = [s for s in holding if child.end_us <= s.end_us]
        return next(iter(whole or holding), None)

    def _changed_at(self, tier: str, at_us: int) -> list[Segment]:
        """Changed segments of a tier that may hold a time, found from the last that begins by then."""
        if tier not in self._in_time:
            ordered = sorted(
                (s for i in self.changed(tier) if (s := self.get(i))), key=lambda s: (s.start_us, s.end_us)
            )
            self._in_time[tier] = ordered, list(accumulate((s.end_us for s in ordered), max))
        ordered, latest_us = self._in_time[tier]
        place, found = bisect_right(ordered, at_us, key=lambda s: s.start_us) - 1, []
        while place >= 0 and latest_us[place] >= at_us:
            found.append(ordered[place])
            place -= 1
        return found[::-1]

    def draft(self, verb: str) -> Draft:
        """Everything that is other than before, as one gesture."""
        pairs = ((self.annotations.get(i), after) for i, after in self._after.items())
        return Draft(verb, tuple(Change(before, after) for before, after in pairs if before != after))


def _follow(tier: Tier, now: _Now) -> None:
    """Make the segments of a dependent tier follow what has happened to their parents and to themselves."""
    assert tier.parent is not None
    _adopt(tier, now)
    touched = dict.fromkeys(now.changed(tier.parent))
    families = dict(touched)
    for element_id in now.changed(tier.name):
        for segment in (now.get(element_id), now.was(element_id)):
            if segment is not None and segment.parent is not None:
                families[segment.parent] = None
    for parent_id in touched:
        _pass_on(tier, now, parent_id)
    for parent_id in families:
        parent = now.get(parent_id)
        if parent is not None and parent.tier == tier.parent:
            _settle(tier, now, parent)


def _adopt(tier: Tier, now: _Now) -> None:
    """Give the tier's new segments the parent they lie in."""
    assert tier.parent is not None
    for element_id in now.changed(tier.name):
        child = now.get(element_id)
        if child is None:
            continue
        parent = now.get(child.parent)
        if parent is not None and parent.tier == tier.parent:
            continue
        found = now.around(tier.parent, child)
        if found is None:
            raise EditError(
                f"{tier.name} stands within {tier.parent}, which has nothing at {format_us(child.start_us)}.",
                f"Draw on {tier.parent} first.",
            )
        now.put(replace(child, parent=found.id))


def _pass_on(tier: Tier, now: _Now, parent_id: str) -> None:
    """Move, cut or hand over the children of a parent that was moved, cut or given another edge."""
    old, new = now.was(parent_id), now.get(parent_id)
    if old is None or new is None or (old.start_us, old.end_us) == (new.start_us, new.end_us):
        return
    children = now.children(tier.name, [new])
    by_us = new.start_us - old.start_us
    if by_us == new.end_us - old.end_us:
        for child in children:
            if not now.is_touched(child.id):
                now.put(replace(child, start_us=child.start_us + by_us, end_us=child.end_us + by_us))
        return
    heirs = list(_heirs(now, old, new))
    if tier.rule in SYMBOLIC:
        for child in children:
            _hand_symbol_over(tier, now, child, new, heirs)
        return
    for child in children:
        _fit(tier, now, child, new, heirs)


def _heirs(now: _Now, old: Segment, new: Segment) -> Iterator[Segment]:
    """The segments that a cut made out of what the parent was."""
    for element_id in now.changed(old.tier):
        heir = now.get(element_id)
        if heir is None or now.was(element_id) is not None or heir.id == new.id:
            continue
        if old.start_us <= heir.start_us and heir.end_us <= old.end_us and heir.start_us >= new.end_us:
            yield heir


def _fit(tier: Tier, now: _Now, child: Segment, new: Segment, heirs: Sequence[Segment]) -> None:
    """Keep a child inside its parent, cut with it, or handed to the part it lies in."""
    places = [(p, max(child.start_us, p.start_us), min(child.end_us, p.end_us)) for p in (new, *heirs)]
    is_point = child.start_us == child.end_us
    held = [(p, start, end) for p, start, end in places if start < end or (is_point and start == end)]
    if is_point:
        held = held[-1:]
    if not held:
        raise EditError(
            f"The segment on {tier.name} at {format_us(child.start_us)} would be outside its {tier.parent}.",
            "Move or delete it first.",
        )
    for place, (parent, start, end) in enumerate(held):
        element_id = child.id if place == 0 else new_id()
        now.put(replace(child, id=element_id, parent=parent.id, start_us=start, end_us=end))


def _hand_symbol_over(tier: Tier, now: _Now, child: Segment, new: Segment, heirs: Sequence[Segment]) -> None:
    """An association stands again beside each part; subdivisions go to the part their middle lies in."""
    if tier.rule is TierRule.SYMBOLIC_ASSOCIATION:
        now.put(replace(child, start_us=new.start_us, end_us=new.end_us))
        for heir in heirs:
            copy = replace(child, id=new_id(), parent=heir.id, start_us=heir.start_us, end_us=heir.end_us)
            now.put(copy)
        return
    middle = (child.start_us + child.end_us) // 2
    home = next((h for h in heirs if h.start_us <= middle < h.end_us), new)
    if home.id != child.parent:
        now.put(replace(child, parent=home.id))


def _settle(tier: Tier, now: _Now, parent: Segment) -> None:
    """Give one family the times its rule asks for."""
    children = now.children(tier.name, [parent])
    if not children:
        return
    if tier.rule is TierRule.SYMBOLIC_ASSOCIATION:
        _join_rivals(now, children, parent)
    elif tier.rule is TierRule.SYMBOLIC_SUBDIVISION:
        for child, (start, end) in zip(children, shares(parent.start_us, parent.end_us, len(children)), strict=True):
            now.time(child, start, end)
    elif tier.rule is TierRule.TIME_SUBDIVISION:
        _close_gaps(now, children, parent)


def _join_rivals(now: _Now, children: Sequence[Segment], parent: Segment) -> None:
    """One child for one parent: where parents were merged, their children are; a second one is refused by the rules."""
    first, rivals = children[0], children[1:]
    olds = [now.was(child.id) for child in children]
    if rivals and all(old is not None for old in olds) and len({old.parent for old in olds if old}) > 1:
        now.take(merge(now.annotations, [child.id for child in children]))
        first = next(s for child in children if (s := now.get(child.id)) is not None)
    now.time(first if first.parent == parent.id else replace(first, parent=parent.id), parent.start_us, parent.end_us)


def _close_gaps(now: _Now, children: Sequence[Segment], parent: Segment) -> None:
    """Children that divide their parent leave no gap: who was not touched follows who was."""
    edges = [(child.start_us, child.end_us) for child in children]
    edges[0] = (parent.start_us, edges[0][1])
    edges[-1] = (edges[-1][0], parent.end_us)
    for place in range(len(children) - 1):
        (start, end), (after_start, after_end) = edges[place], edges[place + 1]
        if end >= after_start:
            continue
        if now.is_touched(children[place].id) and not now.is_touched(children[place + 1].id):
            edges[place + 1] = (end, after_end)
        else:
            edges[place] = (start, after_start)
    for child, (start, end) in zip(children, edges, strict=True):
        now.time(child, start, end)
