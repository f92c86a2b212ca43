"""Rulings that are ruled again blind by another analyst: rows in and out."""

from __future__ import annotations

from collections import Counter
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, select, update

from annodesk.model.work import RerulingState
from annodesk.store import tables as t

_ROW = t.reruling.c


class Reruling(Struct, frozen=True):
    """A review that two people rule, neither knowing of the other; ``state`` says what came of it."""

    task_id: str
    first_set: str
    first_head: str | None
    state: RerulingState
    second_set: str | None = None
    second_head: str | None = None
    made_at_us: int = 0

    @property
    def sets(self) -> tuple[tuple[str, str | None], ...]:
        """Both rulings, as far as they are there, each as it was handed in."""
        second = () if self.second_set is None else ((self.second_set, self.second_head),)
        return ((self.first_set, self.first_head), *second)


def of_task(db: Connection, task_id: str) -> Reruling | None:
    """The ruling-again of a review; None where it was not drawn."""
    row = db.execute(select(t.reruling).where(_ROW.task_id == task_id)).first()
    if row is None:
        return None
    second = (row.second_set, row.second_head)
    return Reruling(row.task_id, row.first_set, row.first_head, RerulingState(row.state), *second, row.made_at_us)


def draw(db: Connection, task_id: str, set_id: str, head: str | None, now_us: int) -> None:
    """Note that a ruling is to be ruled again."""
    values = {"task_id": task_id, "first_set": set_id, "first_head": head, "made_at_us": now_us}
    db.execute(t.reruling.insert().values(**values, state=RerulingState.WAITING.value))


def set_state(db: Connection, task_id: str, state: RerulingState, **more: Any) -> None:
    """Note what came of a ruling-again; the second ruling is named with it."""
    db.execute(update(t.reruling).where(_ROW.task_id == task_id).values(state=state.value, **more))


def open_sets(db: Connection, task_id: str) -> set[str]:
    """Rulings of a review of which it is not decided yet what they are worth: no earlier rulings to be looked up."""
    known = of_task(db, task_id)
    if known is None or known.state not in (RerulingState.WAITING, RerulingState.DIFFERS):
        return set()
    return {set_id for set_id, _ in known.sets}


def counts(db: Connection, project_id: str, most: int) -> dict[RerulingState, int]:
    """How many of the newest came to what, of those it is known of."""
    done = [state.value for state in (RerulingState.ALIKE, RerulingState.DIFFERS, RerulingState.DECIDED)]
    query = select(_ROW.state).join(t.task, t.task.c.id == _ROW.task_id)
    query = query.where(t.task.c.project_id == project_id, _ROW.state.in_(done)).order_by(_ROW.made_at_us.desc())
    return dict(Counter(RerulingState(state) for state in db.execute(query.limit(most)).scalars()))
