"""Which labels of the model stand without a person, and what was promised of them: rows in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from annodesk.model.work import Ending
from annodesk.store import tables as t


class Promise(Struct, frozen=True):
    """A label that stands without a person ``above`` a probability, where at least ``share`` of it was to be right.

    ``source`` is the model and prompt, ``answers`` how many people's answers it rests on. One that has ended says why;
    after an alarm ``since_us`` is from when on audits were worse, with ``audits`` of which ``audits_right`` were right.
    """

    id: str
    part: str
    label: str
    is_given: bool
    source: str
    above: float
    share: float
    answers: int
    made_at_us: int
    ended_at_us: int | None = None
    ending: Ending | None = None
    since_us: int | None = None
    audits: int = 0
    audits_right: int = 0


COLUMNS = Promise.__struct_fields__


def of_project(db: Connection, project_id: str) -> list[Promise]:
    """A project's promises, oldest first."""
    return of_projects(db, [project_id]).get(project_id, [])


def of_projects(db: Connection, project_ids: Collection[str]) -> dict[str, list[Promise]]:
    """The same of some projects."""
    columns = (t.promise.c.project_id, *(t.promise.c[name] for name in COLUMNS))
    query = select(*columns).where(t.promise.c.project_id.in_(project_ids))
    found: dict[str, list[Promise]] = {}
    for row in db.execute(query.order_by(t.promise.c.made_at_us, t.promise.c.id)):
        found.setdefault(row.project_id, []).append(as_promise(row._mapping))
    return found


def as_promise(row: Any) -> Promise:
    """A row as a promise."""
    found = {name: row[name] for name in COLUMNS}
    return Promise(**{**found, "ending": None if found["ending"] is None else Ending(found["ending"])})


def add(db: Connection, project_id: str, promises: Iterable[Promise]) -> None:
    """Begin to let labels stand."""
    rows = [{name: getattr(one, name) for name in COLUMNS} | {"project_id": project_id} for one in promises]
    if rows:
        db.execute(insert(t.promise), rows)


def end(
    db: Connection,
    project_id: str,
    promise_id: str,
    ending: Ending,
    now_us: int,
    *,
    since_us: int | None = None,
    audits: int = 0,
    audits_right: int = 0,
) -> None:
    """Let a label stand no more; what was promised is kept as history."""
    mine = (t.promise.c.project_id == project_id) & (t.promise.c.id == promise_id) & t.promise.c.ended_at_us.is_(None)
    told = {"since_us": since_us, "audits": audits, "audits_right": audits_right}
    db.execute(update(t.promise).where(mine).values(ended_at_us=now_us, ending=ending.value, **told))
