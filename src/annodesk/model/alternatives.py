"""What two machines did to the same thing: the sides a person chooses between."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.model.annotations import Change, Element
from annodesk.model.edits import Draft, Edit

if TYPE_CHECKING:
    from annodesk.model.touching import NearbyEdits, Node


class Side(Struct, frozen=True):
    """One of several answers to the same thing: the Edits of one branch, and what they would change in the set."""

    edits: tuple[Edit, ...]
    changes: tuple[Change, ...]

    @property
    def draft(self) -> Draft:
        """The gesture that takes this side."""
        return Draft("decide", self.changes)


class Alternatives(Struct, frozen=True):
    """Edits that touch: what they are about, and their sides in an order that is the same on every machine."""

    sides: tuple[Side, ...]
    element_ids: frozenset[str]
    edit_ids: tuple[str, ...]


def contested(alternatives: Collection[Alternatives]) -> frozenset[str]:
    """Ids of the elements that cannot be changed until somebody has decided."""
    return frozenset[str]().union(*(one.element_ids for one in alternatives))


def groups_of(aside: NearbyEdits, open_edits: Iterable[Node]) -> list[list[Node]]:
    """Open Edits that hang together because they touch or were built on each other."""
    waiting = {node.edit.id: node for node in open_edits}
    groups, visited = [], set[str]()
    while waiting:
        _, first = waiting.popitem()
        group, border = [first], [first]
        while border:
            node = border.pop()
            near = [n for i in node.shares - visited for n in aside.about(i)]
            visited |= node.shares
            near += [n for n in aside.clashing(node.after, node.before, "after") if n.is_beside(node)]
            near += [n for n in aside.clashing(node.after, node.before, "before") if node.was_built_on(n)]
            near += [n for n in aside.clashing(node.before, node.before, "after") if n.was_built_on(node)]
            for other in near:
                if other.edit.id in waiting:
                    del waiting[other.edit.id]
                    group.append(other)
                    border.append(other)
        groups.append(group)
    return groups


def alternatives_of(group: Sequence[Node], now: Mapping[str, Element]) -> Alternatives:
    """What each branch of a group, its Edits in order, would make of the set as it is."""
    sides, taken = [], set[str]()
    for end in reversed(group):
        if end.edit.id in taken:
            continue
        branch = [n for n in group if n is end or end.was_built_on(n)]
        taken |= {node.edit.id for node in branch}
        after: dict[str, Element | None] = {}
        for node in branch:
            after.update(node.after)
        pairs = [(now.get(i), element) for i, element in sorted(after.items())]
        changes = tuple(Change(before, element) for before, element in pairs if before != element)
        sides.append(Side(tuple(node.edit for node in branch), changes))
    element_ids = frozenset[str]().union(*(node.shares for node in group))
    return Alternatives(tuple(reversed(sides)), element_ids, tuple(node.edit.id for node in group))
