"""Figures of a project, kept by what has changed: an item that somebody decided about is counted anew, no other is.

What each item is counted for is kept beside it (``counted``), so that the difference is all that is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, delete, func, select, true
from sqlalchemy.dialects.postgresql import insert

from annodesk.model.work import ItemState, SettledBy, SlotState, Stage
from annodesk.store import shared_tables as s
from annodesk.store import tables as t
from annodesk.store.figures import LABEL_TIME, LABEL_TIME_SQUARED, REVIEW_TIME

AT_ONCE = 100
"""So many items are looked up by one query: thousands would make the server read its tables whole."""

Key = tuple[str, str]
Sum = tuple[int, int]
"""How many, and the sum of their values in millionths."""

_RECOUNT, _COUNTED, _FIGURE = s.recount.c, s.counted.c, s.figure.c


def recount(db: Connection, item_id: str) -> None:
    """Have an item counted anew."""
    db.execute(s.recount.insert().values(item_id=item_id))


def roll_up(db: Connection, most: int) -> tuple[bool, bool]:
    """Count some of the items anew that have changed; returns whether any figure is another, and whether more wait."""
    oldest = select(_RECOUNT.id).order_by(_RECOUNT.id).limit(most)
    taken = list(db.execute(delete(s.recount).where(_RECOUNT.id.in_(oldest)).returning(_RECOUNT.item_id)).scalars())
    items = list(dict.fromkeys(taken))
    changed: defaultdict[Key, Sum] = defaultdict(lambda: (0, 0))
    for first in range(0, len(items), AT_ONCE):
        _count(db, items[first : first + AT_ONCE], changed)
    changed_ones = {key: by for key, by in changed.items() if by != (0, 0)}
    if changed_ones:
        _add(db, changed_ones)
    return bool(changed_ones), len(taken) == most


def _count(db: Connection, items: Sequence[str], changed: defaultdict[Key, Sum]) -> None:
    now = _sums(db, items)
    before = {row.item_id: row.said for row in db.execute(select(s.counted).where(_COUNTED.item_id.in_(items)))}
    written: list[dict[str, Any]] = []
    for item_id in items:
        said = {":".join(key): list(value) for key, value in now[item_id].items()}
        was = before.get(item_id, {})
        if said == was:
            continue
        written.append({"item_id": item_id, "said": said})
        for sign, found in ((-1, was), (1, said)):
            for key, (n, total) in found.items():
                name, _, part = key.partition(":")
                held = changed[name, part]
                changed[name, part] = (held[0] + sign * n, held[1] + sign * total)
    if written:
        fresh = insert(s.counted)
        keys = ["project_id", "item_id"]
        db.execute(fresh.on_conflict_do_update(index_elements=keys, set_={"said": fresh.excluded.said}), written)


def _sums(db: Connection, items: Sequence[str]) -> defaultdict[str, dict[Key, Sum]]:
    """What each of some items counts for."""
    found: defaultdict[str, dict[Key, Sum]] = defaultdict(dict)
    state = t.item_state.c
    by_machine: set[str] = set()
    stands = t.settlement.join(t.task, t.task.c.id == t.settlement.c.task_id)
    ways = select(t.task.c.item_id, t.settlement.c.settled_by).select_from(stands)
    for item_id, way in db.execute(ways.where(t.task.c.item_id.in_(items), t.settlement.c.stands == true())):
        _more(found[item_id], ("settled by", SettledBy(way).value))
        by_machine |= {item_id} if way == SettledBy.MACHINE else set()
    for item_id, one in db.execute(select(state.item_id, state.state).where(state.item_id.in_(items))):
        _more(found[item_id], ("items", one))
        if one == ItemState.SETTLED and item_id not in by_machine:
            _more(found[item_id], ("done", ""))
    for item_id, spent_us in _worked(db, items, Stage.REVIEW):
        # Seconds in millionths.
        _more(found[item_id], (REVIEW_TIME, ""), spent_us)
    labelled: defaultdict[str, int] = defaultdict(int)
    for item_id, spent_us in _worked(db, items, Stage.ANNOTATE):
        # What waits for more people is not done, and is counted when it is.
        if any(("items", state.value) in found[item_id] for state in (ItemState.ESCALATED, ItemState.SETTLED)):
            labelled[item_id] += spent_us
    for item_id, spent_us in labelled.items():
        _more(found[item_id], (LABEL_TIME, ""), spent_us)
        # Square seconds in hundredths.
        _more(found[item_id], (LABEL_TIME_SQUARED, ""), spent_us * spent_us // 10_000_000_000)
    score = t.score.c
    known = (score.is_current == true()) & score.value.is_not(None) & score.scope.in_(["item", "part"])
    current = select(score.item_id, score.scope, score.part, score.value).where(score.item_id.in_(items), known)
    for item_id, scope, part, value in db.execute(current):
        key = ("agreement", "") if scope == "item" else ("agreement of part", part)
        _more(found[item_id], key, round(value * 1_000_000))
    return found


def _worked(db: Connection, items: Sequence[str], stage: Stage) -> list[tuple[str, int]]:
    """The working time of each set of some items that was handed in at a stage."""
    held = t.task.join(t.claim, t.claim.c.task_id == t.task.c.id)
    where = t.task.c.item_id.in_(items) & (t.task.c.stage == stage.value)
    query = select(t.claim.c.set_id, t.task.c.item_id).select_from(held)
    of_set = {row[0]: row[1] for row in db.execute(query.where(where, t.claim.c.state == SlotState.SUBMITTED.value))}
    edit = s.edit.c
    spent = select(edit.set_id, func.sum(edit.elapsed_us)).where(edit.set_id.in_(list(of_set))).group_by(edit.set_id)
    return [(of_set[set_id], int(spent_us)) for set_id, spent_us in db.execute(spent)] if of_set else []


def _more(found: dict[Key, Sum], key: Key, value: int = 0) -> None:
    n, total = found.get(key, (0, 0))
    found[key] = (n + 1, total + value)


def _add(db: Connection, changed: dict[Key, Sum]) -> None:
    fresh = insert(s.figure)
    n, total = _FIGURE.n + fresh.excluded.n, _FIGURE.total + fresh.excluded.total
    statement = fresh.on_conflict_do_update(
        index_elements=["project_id", "name", "part"],
        set_={"n": n, "total": total, "computed_at_us": func.annodesk.now_us()},
    )
    rows = [{"name": key[0], "part": key[1], "n": by[0], "total": by[1]} for key, by in sorted(changed.items())]
    db.execute(statement, rows)
    db.execute(delete(s.figure).where(_FIGURE.n <= 0))
