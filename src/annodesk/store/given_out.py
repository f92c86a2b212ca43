"""Tasks still to be labelled as a manager gives them out: their places, what is held, and what was said about them."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, select

from annodesk.model.work import ItemState, SlotState, Stage
from annodesk.store import assignments, tasks
from annodesk.store import tables as t

HELD = (SlotState.LEASED, SlotState.PARKED, SlotState.RECALLED, SlotState.RETURNED)
_TO_BE_LABELLED = (ItemState.OPEN.value, ItemState.REOPENED.value)
_LOOKED_UP_AT_ONCE = 500


class Places(NamedTuple):
    """A task with the claims that are held on it, by id and since when, and how many places are free or answered."""

    task_id: str
    item_id: str
    key: str
    start_us: int
    end_us: int
    duration_us: int
    batch: str
    free: int
    handed_in: int
    held: tuple[tuple[str, int], ...]
    kept_for: str | None
    is_paused: bool


def said_about(db: Connection, project_id: str) -> list[str]:
    """Ids of the tasks about which a manager said something."""
    return sorted(assignments.of_project(db, project_id))


def held(db: Connection, project_id: str) -> list[str]:
    """Ids of the tasks that somebody holds."""
    claim = t.claim.c
    where = (claim.project_id == project_id) & claim.state.in_([state.value for state in HELD])
    return sorted({row.task_id for row in db.execute(select(claim.task_id).where(where))})


def tasks_of(
    db: Connection, project_id: str, *, like: str = "", among: Collection[str] | None = None, most: int
) -> list[Places]:
    """Tasks to be labelled by item and time, at most so many: those whose item has ``like`` in its name."""
    if among is not None:
        asked = sorted(among)
        pages = [asked[first : first + _LOOKED_UP_AT_ONCE] for first in range(0, len(asked), _LOOKED_UP_AT_ONCE)]
        found = [one for page in pages for one in _read(db, project_id, like, page, most)]
        return sorted(found, key=lambda one: (one.key, one.start_us))[:most]
    return _read(db, project_id, like, None, most)


def _read(db: Connection, project_id: str, like: str, among: Collection[str] | None, most: int) -> list[Places]:
    where = (t.task.c.project_id == project_id) & (t.task.c.stage == Stage.ANNOTATE.value)
    where &= t.item_state.c.state.in_(_TO_BE_LABELLED)
    where &= ~t.item.c.id.in_(select(t.takedown.c.item_id))
    if like:
        where &= t.item.c.key.icontains(like, autoescape=True)
    if among is not None:
        where &= t.task.c.id.in_(list(among))
    rows = db.execute(
        select(
            t.task.c.id, t.task.c.item_id, t.item.c.key, t.task.c.start_us, t.task.c.end_us, t.item.c.duration_us,
            t.batch.c.name,
        )
        .select_from(
            t.task.join(t.item, t.task.c.item_id == t.item.c.id)
            .join(t.item_state, t.item_state.c.item_id == t.item.c.id)
            .outerjoin(t.batch, t.item.c.batch_id == t.batch.c.id)
        )
        .where(where)
        .order_by(t.item.c.key, t.task.c.start_us)
        .limit(most)
    ).all()  # fmt: skip
    ids = [row.id for row in rows]
    slots = tasks.slots_by_task(db, t.task.c.id.in_(ids))
    told = assignments.of_project(db, project_id, among=ids)
    since = {
        (row.task_id, row.person_id): (row.id, row.made_at_us)
        for row in db.execute(select(t.claim).where(t.claim.c.task_id.in_(ids)))
    }
    found = []
    for row in rows:
        places, said = slots.get(row.id, ()), told.get(row.id)
        taken = [slot for slot in places if slot.person_id is not None]
        holds = [since[row.id, slot.person_id] for slot in taken if slot.state in HELD]
        free = len(places) - len(taken)
        found.append(
            Places(
                *(row.id, row.item_id, row.key, row.start_us, row.end_us, row.duration_us, row.name or ""),
                *(free, len(taken) - len(holds), tuple(sorted(holds, key=lambda one: one[1]))),
                *((None, False) if said is None else said),
            )
        )
    return found
