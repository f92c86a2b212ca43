"""Figures of a file that stands alone, kept like a team's: an item that something happened to is counted anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence

from sqlalchemy import Connection, delete, func, insert, select
from sqlalchemy.dialects.sqlite import insert as insert_or

from annodesk.model.work import Band
from annodesk.store import facts
from annodesk.store import tables as t
from annodesk.store.cells import BAND, UNSETTLED_IN
from annodesk.store.local_tables import counted, element, figure, journal, recount
from annodesk.store.rollup import AT_ONCE, Key, Sources, Sum, difference, sums_of


def mark_all(db: Connection, project_id: str) -> None:
    """Have every item of a project counted anew."""
    db.execute(insert(recount).from_select(["item_id"], select(t.item.c.id).where(t.item.c.project_id == project_id)))


def mark_older(db: Connection) -> None:
    """Have projects counted anew whose figures were kept before what is left of each batch was counted."""
    unsettled = [band.value for band in (Band.REVIEW, Band.BEGUN, Band.LEFT)]
    known = select(figure.c.project_id).where(figure.c.name == UNSETTLED_IN)
    held = (figure.c.name == BAND) & figure.c.part.in_(unsettled) & figure.c.project_id.not_in(known)
    for project_id in db.execute(select(figure.c.project_id).where(held).distinct()).scalars().all():
        mark_all(db, project_id)


def is_behind(db: Connection) -> bool:
    """Whether something happened that is not counted yet."""
    return db.execute(select(recount.c.id).limit(1)).first() is not None


def roll_up(db: Connection, most: int, now_us: int) -> bool:
    """Count some of the items anew that something happened to; returns whether more wait."""
    taken = db.execute(select(recount.c.id, recount.c.item_id).order_by(recount.c.id).limit(most)).all()
    if not taken:
        return False
    db.execute(delete(recount).where(recount.c.id <= taken[-1].id))
    items = list(dict.fromkeys(row.item_id for row in taken))
    for first in range(0, len(items), AT_ONCE):
        page = items[first : first + AT_ONCE]
        owners = db.execute(select(t.item.c.id, t.item.c.project_id).where(t.item.c.id.in_(page)))
        by_project: defaultdict[str, list[str]] = defaultdict(list)
        for row in owners:
            by_project[row.project_id].append(row.id)
        for project_id, mine in by_project.items():
            _count(db, project_id, mine, now_us)
    return len(taken) == most


def _count(db: Connection, project_id: str, items: Sequence[str], now_us: int) -> None:
    changed: defaultdict[Key, Sum] = defaultdict(lambda: (0, 0))
    kept = select(counted.c.item_id, counted.c.said).where(counted.c.item_id.in_(items))
    before = {row.item_id: row.said for row in db.execute(kept)}
    written = difference(items, sums_of(db, items, HERE), before, changed)
    if not written:
        return
    said = insert_or(counted)
    db.execute(said.on_conflict_do_update(index_elements=["item_id"], set_={"said": said.excluded.said}), written)
    fresh = insert_or(figure)
    n, total = figure.c.n + fresh.excluded.n, figure.c.total + fresh.excluded.total
    add = fresh.on_conflict_do_update(
        index_elements=["project_id", "name", "part"], set_={"n": n, "total": total, "computed_at_us": now_us}
    )
    rows = [
        {"project_id": project_id, "name": name, "part": part, "n": by[0], "total": by[1], "computed_at_us": now_us}
        for (name, part), by in sorted(changed.items())
        if by != (0, 0)
    ]
    if rows:
        db.execute(add, rows)
        db.execute(delete(figure).where(figure.c.project_id == project_id, figure.c.n <= 0))


def _sizes(db: Connection, set_ids: Sequence[str]) -> dict[str, int]:
    """How many elements some sets have."""
    of = select(element.c.set_id, func.count()).where(element.c.set_id.in_(set_ids)).group_by(element.c.set_id)
    return {set_id: int(n) for set_id, n in db.execute(of)} if set_ids else {}


HERE = Sources(journal, _sizes, with_references=True)


def keep(db: Connection, project_id: str, name: str, values: Mapping[str, Sum], now_us: int) -> None:
    """Make these, by part, the figures of a name, in place of all others."""
    mine = (figure.c.project_id == project_id) & (figure.c.name == name)
    known = {row.part: (row.n, row.total) for row in db.execute(select(figure).where(mine))}
    wanted = {part: value for part, value in values.items() if value[0]}
    if known == wanted:
        return
    db.execute(delete(figure).where(mine))
    rows = [
        {"project_id": project_id, "name": name, "part": part, "n": n, "total": total, "computed_at_us": now_us}
        for part, (n, total) in sorted(wanted.items())
    ]
    if rows:
        db.execute(insert(figure), rows)


def counts_of(db: Connection, project_ids: Collection[str], names: Collection[str]) -> dict[str, dict[Key, Sum]]:
    """Figures of some projects, by name and part: as they are kept, and what has happened since they were.

    In the file of a workstation that belongs to a shared database: as the team's coordinator counted them last.
    """
    kept = select(figure.c.project_id, figure.c.name, figure.c.part, figure.c.n, figure.c.total)
    rows = db.execute(kept.where(figure.c.project_id.in_(project_ids), figure.c.name.in_(names)))
    found: dict[str, defaultdict[Key, Sum]] = {one: defaultdict(lambda: (0, 0)) for one in project_ids}
    for project_id, name, part, n, total in rows:
        found[project_id][name, part] = n, total
    if facts.joined(db) is None:
        waiting = select(t.item.c.project_id, recount.c.item_id).join(t.item, t.item.c.id == recount.c.item_id)
        items: dict[str, list[str]] = {}
        for project_id, item_id in db.execute(waiting.where(t.item.c.project_id.in_(project_ids)).distinct()):
            items.setdefault(project_id, []).append(item_id)
        for project_id, mine in items.items():
            _add_uncounted(db, mine, found[project_id])
    wanted = frozenset(names)
    return {
        project_id: {key: value for key, value in held.items() if value[0] > 0 and key[0] in wanted}
        for project_id, held in found.items()
    }


def _add_uncounted(db: Connection, items: Sequence[str], held: defaultdict[Key, Sum]) -> None:
    for first in range(0, len(items), AT_ONCE):
        page = items[first : first + AT_ONCE]
        before = {row.item_id: row.said for row in db.execute(select(counted).where(counted.c.item_id.in_(page)))}
        difference(page, sums_of(db, page, HERE), before, held)
