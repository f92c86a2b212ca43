"""Questions from inside a task: rows in and out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from annodesk.errors import NotFoundError
from annodesk.model.work import Inquiry, InquiryState
from annodesk.store import facts, outbox
from annodesk.store import tables as t
from annodesk.store.local_tables import request

SEEN = "answer seen "
"""Fact about a question: its person has seen what became of it, on this computer."""

_ROW = t.inquiry.c
_SHORT = ("words", "answer", "place")


def add(db: Connection, project_id: str, asked: Inquiry) -> None:
    """Keep a question."""
    values = {name: getattr(asked, name) for name in Inquiry.__struct_fields__}
    db.execute(t.inquiry.insert().values(**values | {"state": asked.state.value, "project_id": project_id}))


def get(db: Connection, inquiry_id: str) -> Inquiry:
    """One question."""
    row = db.execute(select(t.inquiry).where(_ROW.id == inquiry_id)).first()
    if row is None:
        raise NotFoundError("There is no such question.")
    return _to_inquiry(row)


def of_task(db: Connection, task_id: str, person_id: str) -> list[Inquiry]:
    """What a person has asked from a task, oldest first."""
    where = (_ROW.task_id == task_id) & (_ROW.asked_by == person_id)
    return [_to_inquiry(row) for row in db.execute(select(t.inquiry).where(where).order_by(_ROW.made_at_us, _ROW.id))]


def all_of_person(db: Connection, project_id: str, person_id: str) -> list[Inquiry]:
    """Everything a person has asked in a project, oldest first."""
    where = (_ROW.project_id == project_id) & (_ROW.asked_by == person_id)
    return [_to_inquiry(row) for row in db.execute(select(t.inquiry).where(where).order_by(_ROW.made_at_us, _ROW.id))]


def of_person(db: Connection, project_id: str, person_id: str) -> dict[str, Inquiry]:
    """The last question of a person from each task, by task."""
    return {one.task_id: one for one in all_of_person(db, project_id, person_id)}


def of_item(db: Connection, item_id: str) -> list[Inquiry]:
    """Everything that was asked about an item, oldest first."""
    rows = db.execute(select(t.inquiry).where(_ROW.item_id == item_id).order_by(_ROW.made_at_us, _ROW.id))
    return [_to_inquiry(row) for row in rows]


def open_one(db: Connection, task_id: str, person_id: str) -> Inquiry | None:
    """The question that keeps a person's task parked; None where none does."""
    asked = of_task(db, task_id, person_id)
    return next((one for one in reversed(asked) if one.state is InquiryState.OPEN), None)


def is_seen(db: Connection, inquiry_id: str) -> bool:
    """Whether its person has seen, on this computer, what became of a question."""
    return facts.fact(db, f"{SEEN}{inquiry_id}") is not None


def note_seen(db: Connection, inquiry_id: str) -> None:
    """Its person sees what became of a question."""
    facts.note_fact(db, f"{SEEN}{inquiry_id}", "1")


def fresh_answers(db: Connection, project_id: str, person_id: str) -> set[str]:
    """Tasks of a person with an answer that they have not seen."""
    asked = of_person(db, project_id, person_id)
    return {task for task, one in asked.items() if one.state is InquiryState.ANSWERED and not is_seen(db, one.id)}


def open_ones(db: Connection, project_id: str) -> list[Inquiry]:
    """Questions that wait for an answer, longest waiting first."""
    where = (_ROW.project_id == project_id) & (_ROW.state == InquiryState.OPEN.value)
    return [_to_inquiry(row) for row in db.execute(select(t.inquiry).where(where).order_by(_ROW.made_at_us, _ROW.id))]


def set_state(db: Connection, inquiry_id: str, state: InquiryState, now_us: int, **more: Any) -> None:
    """Move a question to a state; what else is known of it then is named."""
    values = {"state": state.value, "answered_at_us": now_us, **more}
    db.execute(update(t.inquiry).where(_ROW.id == inquiry_id).values(**values))


def close(db: Connection, task_id: str, person_id: str, now_us: int) -> None:
    """Nobody waits any more for the answers to what a person asked from a task."""
    where = (_ROW.task_id == task_id) & (_ROW.asked_by == person_id) & (_ROW.state == InquiryState.OPEN.value)
    db.execute(update(t.inquiry).where(where).values(state=InquiryState.CLOSED.value, answered_at_us=now_us))


def waiting_people(db: Connection, item_id: str) -> list[tuple[str, str]]:
    """Tasks of an item and people whose questions from them wait for an answer."""
    where = (_ROW.item_id == item_id) & (_ROW.state == InquiryState.OPEN.value) & _ROW.asked_by.is_not(None)
    return [(row.task_id, row.asked_by) for row in db.execute(select(t.inquiry).where(where))]


def forget(db: Connection, inquiry_id: str) -> None:
    """The server refused it: it never was one."""
    db.execute(delete(t.inquiry).where(_ROW.id == inquiry_id))


def put(db: Connection, items: Collection[str], rows: Iterable[Mapping[str, Any]], me: str) -> None:
    """Write what the server shows of the questions about some items, but for those it is still to be told of."""
    wanted = request.c.state.in_((outbox.Asked.WAITING.value, outbox.Asked.SENT.value)) & request.c.kind.in_(
        ("ask", "withdraw")
    )
    newer = {str(body.get("id")) for body in db.execute(select(request.c.body).where(wanted)).scalars()}
    db.execute(delete(t.inquiry).where(_ROW.item_id.in_(sorted(items)), _ROW.id.not_in(newer)))
    own = {column.name for column in t.inquiry.columns}
    kept = [{k: v for k, v in row.items() if k in own} for row in rows if row["id"] not in newer]
    if kept:
        db.execute(t.inquiry.insert(), kept)


def blank(db: Connection, item_id: str, texts: set[str]) -> None:
    """Take the words away, those of the answer too; what is taken is added to ``texts``."""
    for row in db.execute(select(t.inquiry).where(_ROW.item_id == item_id)):
        texts |= {row._mapping[name] for name in _SHORT if row._mapping[name]}
    db.execute(update(t.inquiry).where(_ROW.item_id == item_id).values(**dict.fromkeys(_SHORT, "")))


def _to_inquiry(row: Row[Any]) -> Inquiry:
    values = {name: row._mapping[name] for name in Inquiry.__struct_fields__}
    return Inquiry(**values | {"state": InquiryState(row.state)})
