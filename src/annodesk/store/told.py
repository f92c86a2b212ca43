"""Rows of the rulings that annotators are told of, and of what they dispute."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection, Row, select, update

from annodesk.model.ids import new_id
from annodesk.model.work import Reason, SettledBy
from annodesk.store import tables as t


class ToldRow(Struct, frozen=True):
    """One place that one person was told of."""

    id: str
    item_id: str
    task_id: str
    set_id: str
    person_id: str
    body: Mapping[str, Any]
    words: str
    is_final: bool
    made_at_us: int
    seen_at_us: int | None = None
    disputed_at_us: int | None = None
    objection: str = ""
    waits: bool = False


def add(db: Connection, rows: Iterable[ToldRow]) -> None:
    """Tell people of rulings."""
    for row in rows:
        db.execute(
            t.told_ruling.insert().values(
                id=row.id,
                item_id=row.item_id,
                task_id=row.task_id,
                set_id=row.set_id,
                person_id=row.person_id,
                body=dict(row.body),
                words=row.words,
                is_final=row.is_final,
                made_at_us=row.made_at_us,
            )
        )


def new_row(
    item_id: str, task_id: str, set_id: str, person_id: str, body: Mapping[str, Any], words: str, now_us: int,
    *, is_final: bool,
) -> ToldRow:  # fmt: skip
    """A row that is not written yet."""
    return ToldRow(new_id(), item_id, task_id, set_id, person_id, body, words, is_final, now_us)


def of_task(db: Connection, item_id: str, task_id: str) -> list[ToldRow]:
    """All that anybody was told about a task of an item, oldest first."""
    told = t.told_ruling.c
    rows = db.execute(select(t.told_ruling).where(told.item_id == item_id, told.task_id == task_id))
    return sorted((_to_row(row) for row in rows), key=lambda row: (row.made_at_us, row.id))


def of_person(db: Connection, project_id: str, person_id: str, *, most: int) -> list[ToldRow]:
    """What a person was told of last in a project, newest first; nothing of what was taken down."""
    gone = select(t.takedown.c.item_id).where(t.takedown.c.item_id == t.told_ruling.c.item_id)
    mine = (t.told_ruling.c.person_id == person_id) & (t.item.c.project_id == project_id) & ~gone.exists()
    query = select(t.told_ruling).join(t.item, t.item.c.id == t.told_ruling.c.item_id).where(mine)
    newest = (t.told_ruling.c.made_at_us.desc(), t.told_ruling.c.id.desc())
    return [_to_row(row) for row in db.execute(query.order_by(*newest).limit(most))]


def unseen(db: Connection, project_id: str, person_id: str) -> list[ToldRow]:
    """What a person has been told of and has not looked at, oldest first."""
    return [row for row in reversed(of_person(db, project_id, person_id, most=500)) if row.seen_at_us is None]


def get(db: Connection, told_id: str) -> ToldRow | None:
    """One of them; None where there is none of that id."""
    row = db.execute(select(t.told_ruling).where(t.told_ruling.c.id == told_id)).first()
    return None if row is None else _to_row(row)


def note_seen(db: Connection, told_ids: Collection[str], now_us: int) -> list[str]:
    """Note that some were looked at; returns those that had not been."""
    where = t.told_ruling.c.id.in_(list(told_ids)) & t.told_ruling.c.seen_at_us.is_(None)
    fresh = list(db.execute(select(t.told_ruling.c.id).where(where)).scalars())
    db.execute(update(t.told_ruling).where(where).values(seen_at_us=now_us))
    return fresh


def note_dispute(db: Connection, told_id: str, words: str, now_us: int, *, waits: bool) -> None:
    """Note that a ruling is disputed, and why."""
    values = {"disputed_at_us": now_us, "objection": words, "waits": waits}
    db.execute(update(t.told_ruling).where(t.told_ruling.c.id == told_id).values(**values))


def forget_dispute(db: Connection, told_id: str) -> None:
    """The server has refused a dispute, so it never was one."""
    values = {"disputed_at_us": None, "objection": "", "waits": False}
    db.execute(update(t.told_ruling).where(t.told_ruling.c.id == told_id).values(**values))


def disputes(db: Connection, item_id: str, task_id: str) -> tuple[int, int]:
    """How often a task's answer was disputed: how many of these wait to be ruled, and how many were."""
    where = (t.escalation.c.item_id == item_id) & (t.escalation.c.reason == Reason.DISPUTED.value)
    closed = list(db.execute(select(t.escalation.c.closed_at_us).where(where, t.escalation.c.task_id == task_id)))
    waiting = sum(row[0] is None for row in closed)
    return waiting, len(closed) - waiting


def adjudicated(db: Connection, task_id: str) -> tuple[str, str | None, int] | None:
    """Set, head and time of the ruling that stands for a task; None where none does."""
    where = (t.settlement.c.task_id == task_id) & t.settlement.c.stands.is_(True)
    is_ruling = t.settlement.c.settled_by == SettledBy.ADJUDICATION.value
    row = db.execute(select(t.settlement).where(where, is_ruling)).first()
    return None if row is None else (row.set_id, row.head, row.made_at_us)


def has_ruled(db: Connection, task_id: str, person_id: str) -> bool:
    """Whether a ruling of this person has ever stood for a task."""
    sets = t.annotation_set
    query = select(t.settlement.c.id).join(sets, sets.c.id == t.settlement.c.set_id)
    is_ruling = t.settlement.c.settled_by == SettledBy.ADJUDICATION.value
    where = (t.settlement.c.task_id == task_id) & (sets.c.author_id == person_id) & is_ruling
    return db.execute(query.where(where)).first() is not None


def _to_row(row: Row[Any]) -> ToldRow:
    return ToldRow(
        row.id, row.item_id, row.task_id, row.set_id, row.person_id, row.body, row.words, row.is_final,
        row.made_at_us, row.seen_at_us, row.disputed_at_us, row.objection, row.waits,
    )  # fmt: skip
