"""Rows of what a manager said about single tasks: kept for somebody, or paused."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from sqlalchemy import Connection, delete, select

from annodesk.store import tables as t


class Assignment(NamedTuple):
    """For whom a task is kept, None for anybody, and whether it is paused."""

    person_id: str | None
    is_paused: bool


def of_project(db: Connection, project_id: str, *, among: Collection[str] | None = None) -> dict[str, Assignment]:
    """What was said about a project's tasks (or some of them), by task."""
    told = t.assignment.c
    query = select(told.task_id, told.person_id, told.is_paused).join(t.task).where(t.task.c.project_id == project_id)
    if among is not None:
        query = query.where(told.task_id.in_(list(among)))
    return {row.task_id: Assignment(row.person_id, row.is_paused) for row in db.execute(query)}


def assign(db: Connection, task_id: str, said: Assignment, by_person: str, now_us: int) -> None:
    """Put this in place of what was said about a task before; nothing is kept where it says nothing."""
    db.execute(delete(t.assignment).where(t.assignment.c.task_id == task_id))
    if said.person_id is not None or said.is_paused:
        values = {"person_id": said.person_id, "is_paused": said.is_paused}
        db.execute(t.assignment.insert().values(task_id=task_id, **values, by_person=by_person, made_at_us=now_us))
