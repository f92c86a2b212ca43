"""Folding a set's Edits, whichever machines they come from and in whatever order they arrive, to the same set.

Edits that touch although neither was made with the other in view are set aside as alternatives, with all that was
built on them, until an Edit decides; the set shows what stood before. Setting aside follows from the Edits alone, and
more Edits never take one back out, so that every machine that knows the same Edits shows the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import chain
from typing import TYPE_CHECKING

from annodesk.model.alternatives import Alternatives, alternatives_of, groups_of
from annodesk.model.annotations import AnnotationSet, Change, Element
from annodesk.model.edits import NOT_UNDERSTOOD, UNREADABLE, Edit, SealedEdit, head_of, heads_of
from annodesk.model.history import in_order, up_to
from annodesk.model.touching import NearbyEdits, Node

if TYPE_CHECKING:
    from annodesk.model.schema import LabelSchema

MOST_PARENTS = 64
"""More branches at one time no person makes; an Edit that names more is refused."""
_FEW = 200
_LATER = "A later version of annodesk has worked on this set. Update annodesk."
_NOT_UNDERSTOOD = (
    "A change that another computer sent to this set cannot be understood. Ask for the task to be returned."
)
"""So many changed elements are put into the set one by one; more, and it is built anew."""


class Outcome(StrEnum):
    """What became of an Edit."""

    FOLDED = "folded"
    ALTERNATIVE = "alternative"
    DECIDED = "decided"
    LATE = "late"
    WAITING = "waiting"
    SEALED = "sealed"
    REFUSED = "refused"


def fold(
    schema: LabelSchema, base: AnnotationSet, edits: Iterable[Edit | SealedEdit], submitted: Sequence[str] = ()
) -> Branches:
    """A set and what became of each Edit; ``submitted`` are the heads it was handed in at, in order."""
    branches = Branches(schema, base, submitted)
    branches.extend(edits)
    return branches


class Branches:
    """A set that grows by Edits from several machines.

    Parameters
    ----------
    schema : the rules of the set's project version
    base : what to begin with: an empty set, or a snapshot at its head that had no open alternatives
    submitted : heads the set was handed in at, first first; what does not lead to one, and was made without knowing
        of it, is late work
    """

    def __init__(self, schema: LabelSchema, base: AnnotationSet, submitted: Sequence[str] = ()) -> None:
        self._schema, self._base = schema, base
        self.submitted = tuple(submitted)
        self._submitted = [frozenset(heads_of(head)) for head in submitted]
        self._edits: dict[str, Edit | SealedEdit] = {}
        self._begin()

    def _begin(self, known: Collection[str] = ()) -> None:
        self._nodes: dict[str, Node] = {}
        self._outcomes: dict[str, Outcome] = {}
        self._waiting: dict[str, list[str]] = {}
        self._heads: dict[str, None] = dict.fromkeys(heads_of(self._base.head))
        self._tips: list[int] = []
        self._near: NearbyEdits | None = None
        self._aside = NearbyEdits(self._schema)
        self._held: dict[str, Node] = {}
        self._decided: set[str] = set()
        self._values: dict[str, Element] = {element.id: element for element in self._base}
        self._shown, self._changed = self._base, set[str]()
        self._faults: dict[str, str] = {}
        self._pasts: dict[int, set[str]] = {}
        for number, heads in enumerate(self._submitted):
            if heads and heads <= {*known, *heads_of(self._base.head)}:
                past = up_to(self._edits.values(), head_of(heads))
                self._pasts[number] = {edit.id for edit in past}

    # What there is

    @property
    def annotations(self) -> AnnotationSet:
        """The set as all that is folded makes it; its head names the last Edit of each branch."""
        head = head_of(self._heads)
        pairs = [(i, self._shown.get(i), self._values.get(i)) for i in self._changed]
        changes = [Change(before, after) for _, before, after in pairs if before != after]
        if len(changes) > _FEW:
            self._shown = self._shown.with_elements(self._values.values()).with_header(head=head)
        elif changes or head != self._shown.head:
            self._shown = self._shown.with_changes(changes).with_header(head=head)
        self._changed.clear()
        return self._shown

    @property
    def heads(self) -> tuple[str, ...]:
        """The Edits that the next one is made on."""
        return tuple(sorted(self._heads))

    @property
    def outcomes(self) -> Mapping[str, Outcome]:
        """What became of each Edit, by its id."""
        return self._outcomes

    @property
    def has_open(self) -> bool:
        """Whether there are alternatives that nobody has decided between."""
        return any(edit_id not in self._decided for edit_id in self._held)

    @property
    def waits_for(self) -> frozenset[str]:
        """Edits that others were made on and that are not here; the empty text stands for any before the base."""
        return frozenset(self._waiting)

    @property
    def locked(self) -> str:
        """Why nobody may change the set, empty where one may: an Edit of a later version, or one that does not fit."""
        return self._faults[in_order(self._edits[i] for i in self._faults)[0].id] if self._faults else ""

    @property
    def unfinished(self) -> str:
        """Why the set cannot be submitted as far as its history goes; empty where it can."""
        if self._faults:
            return self.locked
        if self._waiting:
            return "Some of this work is still on its way from another computer."
        return "Two computers changed the same thing; choose between them first." if self.has_open else ""

    def edits(self, *outcomes: Outcome) -> list[Edit | SealedEdit]:
        """The Edits (of some outcomes) in the order in which every machine has them."""
        wanted = outcomes or tuple(Outcome)
        return [edit for edit in in_order(self._edits.values()) if self._outcomes[edit.id] in wanted]

    def alternatives(self) -> tuple[Alternatives, ...]:
        """What waits for a decision; the same, in the same order, on every machine that knows the same Edits."""
        order = {edit.id: place for place, edit in enumerate(in_order(self._edits.values()))}
        open_edits = [node for edit_id, node in self._held.items() if edit_id not in self._decided]
        groups = [sorted(group, key=lambda n: order[n.edit.id]) for group in groups_of(self._aside, open_edits)]
        return tuple(
            alternatives_of(group, self._values) for group in sorted(groups, key=lambda g: order[g[0].edit.id])
        )

    def steps(self, pulled: Collection[str]) -> list[tuple[str, str | None]]:
        """What can be undone or done again here, as ``undo_state`` takes it: own Edits that are folded.

        Those on elements that a pulled Edit has changed, other than before them, are left out.
        """
        gone: set[Node] = set()
        if pulled and self._near is None:
            self._look_back()
        for edit_id in pulled:
            if self._near is not None and (other := self._nodes.get(edit_id)) is not None:
                gone.update(n for n in self._near.sharing(other) if not n.follows(other))
                gone.add(other)
        own = [self._nodes[edit.id] for edit in self.edits(Outcome.FOLDED)]
        return [(node.edit.id, node.edit.undoes) for node in own if node not in gone]

    # What arrives

    def extend(self, edits: Iterable[Edit | SealedEdit]) -> None:
        """Fold several Edits, in any order."""
        for edit in in_order(edits):
            self.add(edit)

    def add(self, edit: Edit | SealedEdit) -> None:
        """Fold one Edit more; one that is known already changes nothing, one whose parents are not here waits."""
        if edit.id in self._edits:
            return
        self._edits[edit.id] = edit
        self._take(edit)
        if any(n not in self._pasts and h and h <= self._nodes.keys() for n, h in enumerate(self._submitted)):
            self._begin(self._nodes.keys())
            for one in in_order(self._edits.values()):
                self._take(one)

    def _take(self, edit: Edit | SealedEdit) -> None:
        ready = [edit]
        while ready:
            one = ready.pop()
            missing = self._missing(one)
            if missing is not None:
                self._outcomes[one.id] = Outcome.WAITING
                self._waiting.setdefault(missing, []).append(one.id)
                continue
            self._outcomes[one.id] = self._place(one)
            ready += [self._edits[i] for i in reversed(self._waiting.pop(one.id, ()))]

    def _missing(self, edit: Edit | SealedEdit) -> str | None:
        base = set(heads_of(self._base.head))
        for parent in edit.parents:
            known = parent in base or (parent in self._outcomes and self._outcomes[parent] is not Outcome.WAITING)
            if not known:
                return parent
        inside = [p for p in edit.parents if p in base]
        return "" if base and len(inside) == len(edit.parents) and set(inside) != base else None

    def _place(self, edit: Edit | SealedEdit) -> Outcome:
        broken = {self._outcomes.get(p) for p in edit.parents} & {Outcome.SEALED, Outcome.REFUSED}
        if isinstance(edit, SealedEdit):
            self._faults[edit.id] = (
                f"{NOT_UNDERSTOOD} Ask for the task to be returned." if edit.format == UNREADABLE else _LATER
            )
            return Outcome.SEALED
        if broken:
            return Outcome.SEALED if Outcome.SEALED in broken else Outcome.REFUSED
        if fault := self._fault(edit):
            return self._refuse(edit, fault)
        is_next = set(edit.parents) == self._heads.keys()
        node = self._node(edit)
        if self._is_late(edit):
            self._nodes[edit.id] = node
            return Outcome.LATE
        if self._near is None and not (is_next and not edit.resolves):
            self._look_back()
        if self._near is None or (is_next and not self._held and not edit.resolves):
            wrong = next((i for i, before in node.before.items() if self._values.get(i) != before), None)
        else:
            wrong = self._unexpected(node)
        if wrong is not None:
            return self._refuse(edit, f"element {wrong} is not as it expects it")
        self._nodes[edit.id] = node
        for parent in edit.parents:
            self._heads.pop(parent, None)
        self._heads[edit.id] = None
        self._join(node, is_next)
        return Outcome.ALTERNATIVE if edit.id in self._held else Outcome.FOLDED

    def _fault(self, edit: Edit) -> str:
        if edit.set_id != self._base.id:
            return "it belongs to another set"
        if len(edit.parents) > MOST_PARENTS:
            return f"it names {len(edit.parents)} parents"
        now: dict[str, Element | None] = {}
        for change in edit.changes:
            if now.get(change.element_id, change.before) != change.before:
                return f"it contradicts itself about element {change.element_id}"
            now[change.element_id] = change.after
        return ""

    def _refuse(self, edit: Edit, fault: str) -> Outcome:
        verb = f"The change {edit.verb[:40]!r}"
        self._faults[edit.id] = f"{verb} does not fit ({fault}); this set is kept as it was before."
        return Outcome.REFUSED

    def _node(self, edit: Edit) -> Node:
        """The Edit's place in the history: on the line of a parent that is still the last of its line."""
        clock: dict[int, int] = {}
        parents = [self._nodes[p] for p in edit.parents if p in self._nodes]
        for parent in parents:
            for line, step in parent.clock.items():
                if clock.get(line, -1) < step:
                    clock[line] = step
        last = [p for p in parents if self._tips[p.chain] == p.step]
        last.sort(key=lambda p: (p.edit.device != edit.device, p.chain))
        line = last[0].chain if last else len(self._tips)
        if not last:
            self._tips.append(-1)
        self._tips[line] += 1
        clock[line] = self._tips[line]
        node = Node(edit, len(self._nodes), line, self._tips[line], clock)
        node.unseen = self._unseen(node, parents)
        for decided in node.unseen.intersection(edit.resolves):
            node.shares |= self._nodes[decided].shares
        return node

    def _is_late(self, edit: Edit) -> bool:
        return any(edit.handed_in <= number and edit.id not in past for number, past in self._pasts.items())

    # What touches

    def _look_back(self) -> None:
        """From the first branch on, Edits are found by what they are about."""
        self._near = NearbyEdits(self._schema)
        for edit_id, node in self._nodes.items():
            if self._outcomes[edit_id] is not Outcome.LATE:
                self._near.put(node)

    def _unexpected(self, node: Node) -> str | None:
        """An element that was not so where the Edit was made."""
        assert self._near is not None
        for element_id, before in node.before.items():
            either = (self._near.about(element_id), self._aside.about(element_id))
            seen = (next((n for n in one if element_id in n.after and node.was_built_on(n)), None) for one in either)
            last = max((n for n in seen if n is not None), key=lambda n: n.place, default=None)
            if before != (self._base.get(element_id) if last is None else last.after[element_id]):
                return element_id
        return None

    def _join(self, node: Node, is_next: bool) -> None:
        """Fold an Edit, or set it aside with those it touches and what was built on them."""
        if self._near is None:
            self._set(node.after)
            return
        near = self._near
        for edit_id in node.unseen.intersection(node.edit.resolves):
            self._decided.add(edit_id)
            self._outcomes[edit_id] = Outcome.DECIDED
        touched: list[Node] = []
        if not is_next:
            touched += [n for n in near.sharing(node) if n.is_beside(node)]
            touched += [n for n in near.clashing(node.after, node.before, "after") if n.is_beside(node)]
        if touched or (self._held and self._is_drawn_in(node)):
            self._hold([node, *touched])
        else:
            near.put(node)
            self._set(node.after)

    def _is_drawn_in(self, node: Node) -> bool:
        """Whether an Edit touches one that is set aside, or was built on one that was not so yet in its view."""
        aside = self._aside
        if any(n.is_beside(node) or node.was_built_on(n) for n in aside.sharing(node)):
            return True
        if any(n.is_beside(node) for n in aside.clashing(node.after, node.before, "after")):
            return True
        return any(node.was_built_on(n) for n in aside.clashing(node.after, node.before, "before"))

    def _grounds(self, node: Node) -> Iterator[Node]:
        """Edits set aside without which one could not stand, if it was built on them."""
        return chain(self._aside.sharing(node), self._aside.clashing(node.after, node.before, "before"))

    def _unseen(self, node: Node, parents: Sequence[Node]) -> frozenset[str]:
        """The Edits before one that were set aside where it was made; where branches meet, those that touch there."""
        found = frozenset[str]().union(*(p.unseen for p in parents)) if len(parents) != 1 else parents[0].unseen
        if len(parents) < 2:
            return found
        past = sorted((n for n in self._held.values() if node.follows(n)), key=lambda n: n.place)
        more: set[str] = set()
        for one in past:
            if one.edit.id in found:
                continue
            rivals = chain(self._aside.sharing(one), self._aside.clashing(one.after, one.before, "after"))
            if any(n.is_beside(one) and node.follows(n) for n in rivals) or any(
                one.was_built_on(n) and (n.edit.id in more or n.edit.id in found) for n in self._grounds(one)
            ):
                more.add(one.edit.id)
        return found | more if more else found

    def _hold(self, nodes: Iterable[Node]) -> None:
        """Set Edits aside, and all that was built on them without a decision in view."""
        assert self._near is not None
        border, about = list(nodes), set[str]()
        while border:
            fresh = {node.edit.id: node for node in border if node.edit.id not in self._held}
            self._held |= fresh
            for edit_id, node in fresh.items():
                self._near.take(node)
                self._aside.put(node)
                self._outcomes[edit_id] = Outcome.ALTERNATIVE
                about |= node.after.keys()
            border = []
            for node in fresh.values():
                followers = chain(self._near.sharing(node), self._near.clashing(node.before, node.before, "after"))
                border += [n for n in followers if n.was_built_on(node)]
        for element_id in about:
            last = next((n for n in self._near.about(element_id) if element_id in n.after), None)
            self._set({element_id: self._base.get(element_id) if last is None else last.after[element_id]})

    def _set(self, states: Mapping[str, Element | None]) -> None:
        for element_id, element in states.items():
            if element is None:
                self._values.pop(element_id, None)
            else:
                self._values[element_id] = element
            self._changed.add(element_id)
