"""The people of a shared project as the server shows them to whoever asks, and the functions that change them."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from annodesk.model.work import Role

if TYPE_CHECKING:
    from sqlalchemy import Connection


class MemberRow(Struct, frozen=True):
    """A member: roles, skills with their level, tasks a day, and until when they are away (None: they are here)."""

    person_id: str
    name: str
    roles: frozenset[Role]
    skills: tuple[tuple[str, int], ...] = ()
    quota_a_day: int | None = None
    absent_until_us: int | None = None


def members(db: Connection, project_id: str) -> tuple[str, int, list[MemberRow]]:
    """Who asks, the server's time, and every member they may see, by name."""
    me, now_us = db.exec_driver_sql("select annodesk.current_person(), annodesk.now_us()").one()
    roles: dict[str, set[Role]] = defaultdict(set)
    for person_id, role in db.exec_driver_sql(
        "select person_id, role from annodesk.membership where project_id = %s", (project_id,)
    ):
        roles[person_id].add(Role(role))
    ids = (list(roles),)
    names = _pairs(db, "select person_id, name from annodesk.person_name where person_id = any (%s)", ids)
    skills: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for person_id, skill, level in db.exec_driver_sql(
        "select person_id, skill, level from annodesk.person_skill where person_id = any (%s) order by skill", ids
    ):
        skills[person_id].append((skill, level))
    terms = {
        person_id: (quota, until)
        for person_id, quota, until in db.exec_driver_sql(
            "select person_id, quota_a_day, absent_until_us from annodesk.member_terms where project_id = %s",
            (project_id,),
        )
    }
    found = [
        MemberRow(i, names.get(i) or "", frozenset(roles[i]), tuple(skills[i]), *terms.get(i, (None, None)))
        for i in roles
    ]
    return str(me), int(now_us), sorted(found, key=lambda m: (m.name.casefold(), m.person_id))


def call(db: Connection, function: str, *values: Any) -> Any:
    """What one of the server's functions answers."""
    places = ", ".join(["%s"] * len(values))
    return db.exec_driver_sql(f"select annodesk.{function}({places})", values).scalar()


def _pairs(db: Connection, statement: str, values: tuple[Any, ...]) -> dict[str, str]:
    return {str(key): str(value) for key, value in db.exec_driver_sql(statement, values)}
