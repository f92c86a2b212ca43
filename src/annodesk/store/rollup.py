"""Figures of a project, kept by what has changed: an item that somebody decided about is counted anew, no other is.

What each item is counted for is kept beside it (``counted``), so that the difference is all that is added.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence
from operator import index
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import JSON, Connection, FromClause, case, delete, func, select, true, tuple_, type_coerce
from sqlalchemy.dialects.postgresql import insert

from annodesk.model.work import Band, ItemState, SettledBy, SlotState, Stage
from annodesk.store import shared_tables as s
from annodesk.store import tables as t
from annodesk.store.cells import (
    AGREED_OF,
    AGREED_ON,
    BAND,
    DAY_US,
    HANDED_ON,
    MEASURES,
    MODEL_ON,
    RAISED_ON,
    REFERENCE_ON,
    REOPENED_ON,
    REVIEWED_ON,
    SETTLED_ON,
    SQUARED,
    UNSETTLED_IN,
    WAITS_BY,
    WAITS_SINCE,
    WORK_ON,
    WORK_TIMES,
    day_of,
    part_of,
)
from annodesk.store.checked import RefusedValueError, understood
from annodesk.store.figures import LABEL_TIME, LABEL_TIME_SQUARED, REVIEW_TIME

AT_ONCE = 100
"""So many items are looked up by one query: thousands would make the server read its tables whole."""

Key = tuple[str, str]
Sum = tuple[int, int]
"""How many, and the sum of their values in millionths."""

_DONE = (ItemState.ESCALATED, ItemState.SETTLED)
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
    now = sums_of(db, items, _TEAM)
    before = {row.item_id: row.said for row in db.execute(select(s.counted).where(_COUNTED.item_id.in_(items)))}
    written = difference(items, now, before, changed)
    if written:
        fresh = insert(s.counted)
        keys = ["project_id", "item_id"]
        db.execute(fresh.on_conflict_do_update(index_elements=keys, set_={"said": fresh.excluded.said}), written)


class Sources(Struct, frozen=True):
    """Where what differs between the two databases is read: Edits, and how much is in the sets of each item.

    ``with_references`` is false on a server: how many rows of a table are written is seen by every login, so that
    reference items must count for nothing that others do not count for.
    """

    edits: FromClause
    sizes: Callable[[Connection, Sequence[str]], Mapping[str, int]]
    with_references: bool


class _Set(NamedTuple):
    """A set that was handed in: since when first, under which version, and what it took."""

    item_id: str
    stage: str
    length_us: int
    version: int
    aided: bool
    at_us: int
    spent_us: int | None
    size: int


def sums_of(db: Connection, items: Sequence[str], sources: Sources) -> defaultdict[str, dict[Key, Sum]]:
    """What each of some items counts for."""
    found: defaultdict[str, dict[Key, Sum]] = defaultdict(dict)
    handed_in = _handed_in(db, items, sources)
    _count_states(db, items, found, {one.item_id for one in handed_in})
    labelled: defaultdict[str, int] = defaultdict(int)
    versions: defaultdict[str, set[int]] = defaultdict(set)
    for one in handed_in:
        mine, day = found[one.item_id], day_of(one.at_us)
        if one.stage == Stage.REVIEW:
            # Seconds in millionths.
            if one.spent_us:
                _more(mine, (REVIEW_TIME, ""), one.spent_us)
            _more(mine, (REVIEWED_ON, str(day)), one.spent_us or 0)
            continue
        versions[one.item_id].add(one.version)
        _more(mine, (HANDED_ON, str(day)), one.spent_us or 0)
        _count_work(mine, one, day)
        # What waits for more people is not done, and is counted when it is; no time at all is kept where none is.
        if one.spent_us and any(("items", state.value) in mine for state in _DONE):
            labelled[one.item_id] += one.spent_us
    for item_id, spent_us in labelled.items():
        _more(found[item_id], (LABEL_TIME, ""), spent_us)
        # Square seconds in hundredths.
        _more(found[item_id], (LABEL_TIME_SQUARED, ""), spent_us * spent_us // 10_000_000_000)
    _count_scores(db, items, found, versions, with_references=sources.with_references)
    _count_reviews(db, items, found)
    return found


def _count_states(
    db: Connection, items: Sequence[str], found: defaultdict[str, dict[Key, Sum]], begun: Collection[str]
) -> None:
    by_machine: set[str] = set()
    stands = t.settlement.join(t.task, t.task.c.id == t.settlement.c.task_id)
    ways = select(t.task.c.item_id, t.settlement.c.settled_by).select_from(stands)
    for item_id, way in db.execute(ways.where(t.task.c.item_id.in_(items), t.settlement.c.stands == true())):
        _more(found[item_id], ("settled by", SettledBy(way).value))
        by_machine |= {item_id} if way == SettledBy.MACHINE else set()
    known = select(t.item.c.id, t.item.c.duration_us, t.item.c.batch_id).where(t.item.c.id.in_(items))
    about = {row.id: (row.duration_us, row.batch_id) for row in db.execute(known)}
    state = t.item_state.c
    states = select(state.item_id, state.state, state.changed_at_us).where(state.item_id.in_(items))
    for item_id, one, since_us in db.execute(states):
        mine, (length_us, batch_id) = found[item_id], about.get(item_id, (0, ""))
        _more(mine, ("items", one))
        band = _band(one, is_machine=item_id in by_machine, is_begun=item_id in begun)
        _more(mine, (BAND, band.value), length_us)
        if one == ItemState.SETTLED:
            _more(mine, (SETTLED_ON, str(day_of(since_us))), length_us)
            if item_id not in by_machine:
                _more(mine, ("done", ""))
        else:
            _more(mine, (UNSETTLED_IN, batch_id))
    change = t.state_change.c
    opened = (change.subject == "item") & change.subject_id.in_(items) & (change.after == ItemState.REOPENED.value)
    for item_id, at_us in db.execute(select(change.subject_id, change.made_at_us).where(opened)):
        _more(found[item_id], (REOPENED_ON, str(day_of(at_us))))


def _band(state: str, *, is_machine: bool, is_begun: bool) -> Band:
    if state == ItemState.SETTLED:
        return Band.MACHINE if is_machine else Band.DONE
    if state == ItemState.ESCALATED:
        return Band.REVIEW
    return Band.BEGUN if is_begun else Band.LEFT


def _count_work(mine: dict[Key, Sum], one: _Set, day: int) -> None:
    """What work took, and what it was on, in hundredths; a set without any time of work says nothing of that."""
    if not one.spent_us or one.spent_us < 0:
        return
    minute = 60_000_000
    values = (1.0, one.length_us / minute, float(one.size), float(one.aided), one.spent_us / minute)
    for number, value in enumerate(values):
        _more(mine, (WORK_ON, part_of(day, MEASURES[number])), round(100 * value))
        for other in range(number, len(values)):
            _more(mine, (WORK_TIMES, part_of(MEASURES[number], MEASURES[other])), round(100 * value * values[other]))


def _count_scores(
    db: Connection,
    items: Sequence[str],
    found: defaultdict[str, dict[Key, Sum]],
    versions: Mapping[str, set[int]],
    *,
    with_references: bool,
) -> None:
    score = t.score.c
    scopes = ["item", "part", "label", "model", *(["reference"] if with_references else [])]
    known = (score.is_current == true()) & score.value.is_not(None) & score.scope.in_(scopes)
    columns = (score.item_id, score.scope, score.part, score.label, score.value, score.made_at_us)
    rows = db.execute(select(*columns).where(score.item_id.in_(items), known))
    for item_id, scope, part, label, value, at_us in rows:
        mine, day, millionths = found[item_id], day_of(at_us), round(value * 1_000_000)
        if scope in ("model", "reference"):
            if label is None:
                name = MODEL_ON if scope == "model" else REFERENCE_ON
                _with_square(mine, name, part_of(day, part), value)
            continue
        if scope == "item":
            part = label = ""
            _more(mine, ("agreement", ""), millionths)
        elif scope == "part":
            label = ""
            _more(mine, ("agreement of part", part), millionths)
        _with_square(mine, AGREED_ON, part_of(day, part, label or ""), value)
        if len(under := versions.get(item_id, ())) == 1:
            # Of work done under two versions it cannot be said what either did to it.
            _with_square(mine, AGREED_OF, part_of(*under, part, label or ""), value)


def _count_reviews(db: Connection, items: Sequence[str], found: defaultdict[str, dict[Key, Sum]]) -> None:
    raised = t.escalation.c
    columns = (raised.item_id, raised.reason, raised.made_at_us, raised.closed_at_us)
    waits: dict[str, int] = {}
    for item_id, reason, at_us, closed_us in db.execute(select(*columns).where(raised.item_id.in_(items))):
        _more(found[item_id], (RAISED_ON, part_of(day_of(at_us), reason)))
        if closed_us is None:
            _more(found[item_id], (WAITS_BY, reason), at_us // 1_000_000)
            waits[item_id] = min(at_us, waits.get(item_id, at_us))
    for item_id, at_us in waits.items():
        _more(found[item_id], (WAITS_SINCE, str(day_of(at_us))))


def _handed_in(db: Connection, items: Sequence[str], sources: Sources) -> list[_Set]:
    """The sets of some items that were handed in, at both stages."""
    held = t.task.join(t.claim, t.claim.c.task_id == t.task.c.id)
    held = held.join(t.annotation_set, t.annotation_set.c.id == t.claim.c.set_id)
    held = held.outerjoin(t.view, t.view.c.set_id == t.claim.c.set_id)
    columns = (t.task.c.item_id, t.task.c.stage, t.task.c.start_us, t.task.c.end_us, t.annotation_set.c.project_version)
    query = select(t.claim.c.set_id, *columns, t.view.c.suggestions_from_us, t.claim.c.changed_at_us)
    where = t.task.c.item_id.in_(items) & (t.claim.c.state == SlotState.SUBMITTED.value)
    rows = db.execute(query.select_from(held).where(where)).all()
    if not rows:
        return []
    ids = [row.set_id for row in rows]
    edit, handed = sources.edits.c, t.submission.c
    # What another hand has made of a time counts for a day at the most, and the sum stays a number.
    within = case((edit.elapsed_us < 0, 0), (edit.elapsed_us > DAY_US, DAY_US), else_=edit.elapsed_us)
    spent = select(edit.set_id, func.sum(within)).where(edit.set_id.in_(ids)).group_by(edit.set_id)
    took = {set_id: int(spent_us) for set_id, spent_us in db.execute(spent)}
    first = select(handed.set_id, func.min(handed.made_at_us)).where(handed.set_id.in_(ids)).group_by(handed.set_id)
    since = {set_id: int(at_us) for set_id, at_us in db.execute(first)}
    sizes = sources.sizes(db, [row.set_id for row in rows if row.stage == Stage.ANNOTATE])
    return [
        _Set(
            row.item_id,
            row.stage,
            row.end_us - row.start_us,
            row.project_version,
            row.suggestions_from_us is not None,
            since.get(row.set_id, row.changed_at_us),
            took.get(row.set_id),
            sizes.get(row.set_id, 0),
        )
        for row in rows
    ]


def _sizes(db: Connection, set_ids: Sequence[str]) -> dict[str, int]:
    """How many elements some sets of the shared database have."""
    if not set_ids:
        return {}
    kept = s.set_snapshot.c
    newest = select(kept.set_id, func.max(kept.number)).where(kept.set_id.in_(set_ids)).group_by(kept.set_id)
    numbers = [(set_id, number) for set_id, number in db.execute(newest)]
    if not numbers:
        return {}
    wanted = kept.set_id.in_(set_ids) & tuple_(kept.set_id, kept.number).in_(numbers)
    size = func.coalesce(func.json_array_length(kept.body["elements"]), 0)
    try:
        with db.begin_nested():
            return {set_id: int(n) for set_id, n in db.execute(select(kept.set_id, size).where(wanted))}
    except RefusedValueError:
        # The server looks into no text that has a sign it does not know; sets that hold one are counted here.
        whole = db.execute(select(kept.set_id, type_coerce(kept.body, JSON).label("body")).where(wanted)).all()
        return {row.set_id: _size(row.body) for row in whole}


def _size(body: Any) -> int:
    elements = body.get("elements") if isinstance(body, dict) else None
    return len(elements) if isinstance(elements, list) else 0


_TEAM = Sources(s.edit, _sizes, with_references=False)


def _more(found: dict[Key, Sum], key: Key, value: int = 0) -> None:
    n, total = found.get(key, (0, 0))
    found[key] = (n + 1, total + value)


def _with_square(found: dict[Key, Sum], name: str, part: str, value: float) -> None:
    _more(found, (name, part), round(value * 1_000_000))
    _more(found, (name + SQUARED, part), round(value * value * 1_000_000))


def difference(
    items: Sequence[str],
    now: Mapping[str, Mapping[Key, Sum]],
    before: Mapping[str, Mapping[str, Sequence[int]]],
    changed: defaultdict[Key, Sum],
) -> list[dict[str, Any]]:
    """Add to ``changed`` what items count for now and did not before; returns what is to be kept of each."""
    written: list[dict[str, Any]] = []
    for item_id in items:
        said = {":".join(key): list(value) for key, value in now.get(item_id, {}).items()}
        was = before.get(item_id, {})
        if said == was:
            continue
        written.append({"item_id": item_id, "said": said})
        with understood():
            for sign, found in ((-1, was), (1, said)):
                for key, (n, total) in found.items():
                    name, _, part = key.partition(":")
                    held = changed[name, part]
                    changed[name, part] = (held[0] + sign * index(n), held[1] + sign * index(total))
    return written


def keep(db: Connection, name: str, values: Mapping[str, Sum]) -> bool:
    """Make these, by part, the team's figures of a name, in place of all others; whether they are others now."""
    query = select(_FIGURE.part, _FIGURE.n, _FIGURE.total).where(_FIGURE.name == name)
    wanted = {part: value for part, value in values.items() if value[0]}
    if {row.part: (row.n, row.total) for row in db.execute(query)} == wanted:
        return False
    db.execute(delete(s.figure).where(_FIGURE.name == name))
    if wanted:
        rows = [{"name": name, "part": part, "n": n, "total": total} for part, (n, total) in sorted(wanted.items())]
        fresh = insert(s.figure)
        again = {"n": fresh.excluded.n, "total": fresh.excluded.total, "computed_at_us": func.annodesk.now_us()}
        db.execute(fresh.on_conflict_do_update(index_elements=["project_id", "name", "part"], set_=again), rows)
    return True


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
