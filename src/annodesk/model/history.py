"""The order of a set's Edits, which is the same on every machine that knows them."""

from __future__ import annotations

from collections.abc import Iterable
from heapq import heapify, heappop, heappush

from annodesk.model.edits import Edit, SealedEdit, heads_of


def in_order(edits: Iterable[Edit | SealedEdit]) -> list[Edit | SealedEdit]:
    """Edits after their parents, and among equals by device and its sequence; parents that are absent do not count."""
    known = {edit.id: edit for edit in edits}
    open_parents = {edit.id: len({p for p in edit.parents if p in known}) for edit in known.values()}
    children: dict[str, list[str]] = {}
    for edit in known.values():
        for parent in {p for p in edit.parents if p in known}:
            children.setdefault(parent, []).append(edit.id)
    ready = [_rank(edit) for edit in known.values() if not open_parents[edit.id]]
    heapify(ready)
    ordered = []
    while ready:
        edit_id = heappop(ready)[-1]
        ordered.append(known[edit_id])
        for child in children.get(edit_id, ()):
            open_parents[child] -= 1
            if not open_parents[child]:
                heappush(ready, _rank(known[child]))
    return ordered


def up_to(edits: Iterable[Edit | SealedEdit], head: str | None) -> list[Edit | SealedEdit]:
    """The Edits that a head was made of, itself among them, in order."""
    known = {edit.id: edit for edit in edits}
    past, waiting = set(), [h for h in heads_of(head) if h in known]
    while waiting:
        edit_id = waiting.pop()
        if edit_id not in past:
            past.add(edit_id)
            waiting += [p for p in known[edit_id].parents if p in known]
    return in_order(known[i] for i in past)


def _rank(edit: Edit | SealedEdit) -> tuple[str, int, str]:
    return edit.device, edit.device_seq, edit.id
