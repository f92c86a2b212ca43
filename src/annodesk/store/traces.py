"""What a set's Edits tell besides what they changed: how long each took, and which suggestions it answered.

The notes alone are read out of the bodies, so a long set costs a row of a few numbers per Edit.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy
from msgspec import Struct
from sqlalchemy import Connection, func, select

from annodesk.model.edits import heads_of
from annodesk.model.shown import NOTE, ShownNote, from_note
from annodesk.store import tables as t
from annodesk.store.checked import MisfitError, from_json
from annodesk.store.local_tables import journal


class Trace(Struct, frozen=True):
    """One Edit: when it was made by the database's clock, as far as that was known, and what it says of suggestions."""

    id: str
    parents: tuple[str, ...]
    undoes: str | None
    elapsed_us: int
    at_us: int
    shown: ShownNote | None = None


def traces_of(db: Connection, set_id: str) -> list[Trace]:
    """All Edits of a set, in the local file as in the shared database; oldest first, as far as clocks tell."""
    is_local = db.dialect.name == "sqlite"
    note: Any
    if is_local:
        table = journal.c
        note = func.json_extract(table.body, f"$.note.{NOTE}", type_=sqlalchemy.Text)
    else:
        from annodesk.store import shared_tables

        table = shared_tables.edit.c
        note = func.json_extract_path_text(table.body, "note", NOTE, type_=sqlalchemy.Text)
    # Where a project keeps no times but days, the order on one computer is all there is.
    times = (table.device_seq, table.elapsed_us, table.made_at_us, table.server_offset_us)
    rows = db.execute(
        select(table.id, table.parents, table.undoes, *times, note.label("shown")).where(table.set_id == set_id)
    )
    found = [
        (
            row.device_seq,
            Trace(
                row.id,
                tuple(row.parents),
                row.undoes,
                max(0, row.elapsed_us),
                row.made_at_us + (row.server_offset_us or 0),
                _shown(row.shown),
            ),
        )
        for row in rows
    ]
    return [trace for _, trace in sorted(found, key=lambda one: (one[1].at_us, one[0], one[1].id))]


def _shown(text: str | None) -> ShownNote | None:
    """What no note of ours is, is none."""
    if text is None:
        return None
    try:
        return from_note({NOTE: from_json(text)})
    except MisfitError:
        return None


def past_of(traces: Sequence[Trace], head: str | None) -> list[Trace]:
    """Those that a head was made of, in the order they are given."""
    known = {trace.id: trace for trace in traces}
    past: set[str] = set()
    waiting = [one for one in heads_of(head) if one in known]
    while waiting:
        one = waiting.pop()
        if one not in past:
            past.add(one)
            waiting += [p for p in known[one].parents if p in known]
    return [trace for trace in traces if trace.id in past]


def standing(traces: Sequence[Trace]) -> list[Trace]:
    """What people did that has not been taken back, or was done again since."""
    undoes = {trace.id: trace.undoes for trace in traces}
    first: dict[str, str] = {}
    for trace in traces:
        way: dict[str, None] = {}
        one = trace.id
        while one not in first and one not in way and (before := undoes[one]) in undoes:
            way[one] = None
            one = str(before)
        # Where another hand has made Edits that undo each other in a ring, any of them is the first.
        first |= dict.fromkeys((*way, one), first.get(one, one))
    turned = Counter(begun for edit_id, begun in first.items() if edit_id != begun)
    return [trace for trace in traces if trace.undoes is None and turned[trace.id] % 2 == 0]


def made_at(db: Connection, set_ids: Sequence[str]) -> dict[str, int]:
    """When some sets were made."""
    sets = t.annotation_set.c
    return {row.id: row.made_at_us for row in db.execute(select(sets.id, sets.made_at_us).where(sets.id.in_(set_ids)))}
