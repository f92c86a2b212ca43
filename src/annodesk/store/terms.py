"""Rows of what was agreed with members of a project: quota, absence, hours, a pause, and what they do not work with."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import Connection, delete, select, update

from annodesk.model.terms import Terms
from annodesk.store import tables as t

_AGREED = tuple(name for name in Terms.__struct_fields__ if name != "declined")


def of_project(db: Connection, project_id: str) -> dict[str, Terms]:
    """What was agreed with each member with whom anything was."""
    declined: dict[str, set[str]] = {}
    for row in db.execute(select(t.declined).where(t.declined.c.project_id == project_id)):
        declined.setdefault(row.person_id, set()).add(row.category)
    rows = db.execute(select(t.member_terms).where(t.member_terms.c.project_id == project_id))
    agreed = {row.person_id: {name: row._mapping[name] for name in _AGREED} for row in rows}
    return {
        person_id: Terms(**agreed.get(person_id, {}), declined=frozenset(declined.get(person_id, ())))
        for person_id in {*agreed, *declined}
    }


def set_terms(db: Connection, project_id: str, person_id: str, **values: Any) -> None:
    """Agree on something with a member; what is not named stays as it was."""
    mine = (t.member_terms.c.project_id == project_id) & (t.member_terms.c.person_id == person_id)
    if db.execute(select(t.member_terms.c.person_id).where(mine)).first() is None:
        db.execute(t.member_terms.insert().values(project_id=project_id, person_id=person_id, **values))
    else:
        db.execute(update(t.member_terms).where(mine).values(**values))


def set_declined(db: Connection, project_id: str, person_id: str, categories: Collection[str]) -> None:
    """Make these the kinds of sensitive content that a person does not work with."""
    mine = (t.declined.c.project_id == project_id) & (t.declined.c.person_id == person_id)
    db.execute(delete(t.declined).where(mine))
    rows = [{"project_id": project_id, "person_id": person_id, "category": one} for one in sorted(set(categories))]
    if rows:
        db.execute(t.declined.insert(), rows)
