"""Rows of projects, their versions, people and memberships."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING

from msgspec import Struct
from sqlalchemy import Connection, delete, func, select, update

from annodesk.errors import NotFoundError
from annodesk.model.ids import new_id
from annodesk.model.needs import needs_words, read_needs
from annodesk.model.project_file import ProjectText, parse_project
from annodesk.model.work import Batch, BatchState, Person, Role, Skill, behind_pilots
from annodesk.store import tables as t
from annodesk.store.checked import understood

if TYPE_CHECKING:
    from annodesk.model.project import Project

_parsed = lru_cache(maxsize=16)(parse_project)
"""Most calls ask for the same few versions again, and reading a project file takes longer than all else they do."""


class ProjectVersion(Struct, frozen=True):
    """One immutable version of a project."""

    project_id: str
    version: int
    project: Project
    guidelines: str
    file: str
    model_name: str
    model_sha256: str | None


def add_project(db: Connection, name: str, now_us: int) -> str:
    """A new project's id."""
    project_id = new_id()
    db.execute(t.project.insert().values(id=project_id, name=name, made_at_us=now_us))
    return project_id


def find_project(db: Connection, name_or_id: str) -> tuple[str, str]:
    """Id and name of the project that has this name or id."""
    wanted = (t.project.c.name == name_or_id) | (t.project.c.id == name_or_id)
    row = db.execute(select(t.project.c.id, t.project.c.name).where(wanted)).first()
    if row is None:
        known = ", ".join(name for _, name, _ in list_projects(db)) or "none yet"
        raise NotFoundError(f"There is no project {name_or_id!r} in this file.", f"It has: {known}.")
    return row.id, row.name


def list_projects(db: Connection) -> list[tuple[str, str, int]]:
    """Id, name and newest version of every project, by name."""
    newest = func.max(t.project_version.c.version)
    rows = db.execute(
        select(t.project.c.id, t.project.c.name, newest)
        .join(t.project_version)
        .group_by(t.project.c.id)
        .order_by(t.project.c.name)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def add_version(
    db: Connection, project_id: str, text: ProjectText, model_name: str, model_sha256: str | None, now_us: int
) -> int:
    """The number of a new version that holds the whole file, the guidelines with their pictures, and the model."""
    newest = db.execute(
        select(func.max(t.project_version.c.version)).where(t.project_version.c.project_id == project_id)
    ).scalar()
    version = (newest or 0) + 1
    db.execute(
        t.project_version.insert().values(
            project_id=project_id,
            version=version,
            file=text.file,
            guidelines=text.guidelines,
            pictures={name: base64.b64encode(data).decode("ascii") for name, data in text.pictures.items()},
            model_name=model_name,
            model_sha256=model_sha256,
            made_at_us=now_us,
        )
    )
    return version


def newest_version(db: Connection, project_id: str) -> int:
    """The number of a project's newest version; 0 where it has none."""
    newest = select(func.max(t.project_version.c.version)).where(t.project_version.c.project_id == project_id)
    return int(db.execute(newest).scalar() or 0)


def get_version(db: Connection, project_id: str, version: int | None = None) -> ProjectVersion:
    """One version of a project, the newest where none is named; without its pictures, which may be large."""
    columns = [c for c in t.project_version.c if c.name != "pictures"]
    query = select(*columns).where(t.project_version.c.project_id == project_id)
    if version is not None:
        query = query.where(t.project_version.c.version == version)
    row = db.execute(query.order_by(t.project_version.c.version.desc())).first()
    if row is None:
        raise NotFoundError(f"Project {project_id} has no version {version or ''}".rstrip() + ".")
    return ProjectVersion(
        project_id, row.version, _parsed(row.file), row.guidelines, row.file, row.model_name, row.model_sha256
    )


class VersionRow(Struct, frozen=True):
    """A version as it is stored, unread; without its pictures."""

    version: int
    file: str
    guidelines: str
    model_name: str
    model_sha256: str | None
    made_at_us: int


def versions(db: Connection, project_id: str) -> list[VersionRow]:
    """Every version of a project, oldest first."""
    return versions_of(db, [project_id]).get(project_id, [])


def versions_of(db: Connection, project_ids: Collection[str]) -> dict[str, list[VersionRow]]:
    """Every version of some projects, oldest first."""
    row = t.project_version.c
    columns = (row.version, row.file, row.guidelines, row.model_name, row.model_sha256, row.made_at_us)
    query = select(row.project_id, *columns).where(row.project_id.in_(project_ids)).order_by(row.version)
    found: dict[str, list[VersionRow]] = {}
    for project_id, *one in db.execute(query):
        found.setdefault(project_id, []).append(VersionRow(*one))
    return found


def pictures_of(db: Connection, version: ProjectVersion) -> dict[str, bytes]:
    """The pictures that a version's guidelines show, by the name they have there."""
    with understood():
        found = pictures_as_text(db, version).items()
        return {name: base64.b64decode(data, validate=True) for name, data in found}


def pictures_as_text(db: Connection, version: ProjectVersion) -> dict[str, str]:
    """The same pictures as they are stored: in base 64."""
    row = t.project_version.c
    query = select(row.pictures).where(row.project_id == version.project_id, row.version == version.version)
    found: dict[str, str] = db.execute(query).scalar_one()
    return found


def add_person(
    db: Connection, name: str, now_us: int, *, login: str | None = None, skills: Iterable[Skill] = ()
) -> str:
    """A new person's id."""
    person_id = new_id()
    db.execute(t.person.insert().values(id=person_id, made_at_us=now_us))
    db.execute(t.person_name.insert().values(person_id=person_id, name=name, login=login))
    for skill in skills:
        db.execute(t.person_skill.insert().values(person_id=person_id, skill=skill.name, level=skill.level))
    return person_id


def find_person(db: Connection, name_or_id: str) -> Person:
    """The person of that name, login or id."""
    column = t.person_name.c
    wanted = (column.name == name_or_id) | (column.person_id == name_or_id) | (column.login == name_or_id)
    row = db.execute(select(t.person_name).where(wanted)).first()
    if row is None:
        names = ", ".join(person.name for person in list_people(db)) or "nobody yet"
        raise NotFoundError(f"Nobody here is called {name_or_id!r}.", f"Known: {names}.")
    return _with_skills(db, row.person_id, row.name, row.login)


def list_people(db: Connection) -> list[Person]:
    """Everybody in the file, by name."""
    rows = db.execute(select(t.person_name).order_by(t.person_name.c.name)).all()
    return [_with_skills(db, row.person_id, row.name, row.login) for row in rows]


def set_skills(db: Connection, person_id: str, levels: Mapping[str, int]) -> None:
    """Give somebody skills at a level, and take away those at 0."""
    skill = t.person_skill
    of_them = (skill.c.person_id == person_id) & skill.c.skill.in_(list(levels))
    db.execute(delete(skill).where(of_them))
    rows = [{"person_id": person_id, "skill": name, "level": level} for name, level in levels.items() if level > 0]
    if rows:
        db.execute(skill.insert(), rows)


def _with_skills(db: Connection, person_id: str, name: str, login: str | None) -> Person:
    rows = db.execute(select(t.person_skill).where(t.person_skill.c.person_id == person_id))
    return Person(person_id, name, login, tuple(Skill(row.skill, row.level) for row in rows))


def add_role(db: Connection, project_id: str, person_id: str, role: Role) -> None:
    """Give a person a role; giving it twice changes nothing."""
    if role not in roles_of(db, project_id, person_id):
        db.execute(t.membership.insert().values(project_id=project_id, person_id=person_id, role=role.value))


def roles_of(db: Connection, project_id: str, person_id: str) -> frozenset[Role]:
    """What a person may do in a project."""
    rows = db.execute(
        select(t.membership.c.role).where(
            t.membership.c.project_id == project_id, t.membership.c.person_id == person_id
        )
    )
    return frozenset(Role(row.role) for row in rows)


def roles_everywhere(db: Connection, person_id: str) -> dict[str, frozenset[Role]]:
    """What a person may do, by project."""
    member = t.membership.c
    found: dict[str, set[Role]] = {}
    for project_id, role in db.execute(select(member.project_id, member.role).where(member.person_id == person_id)):
        found.setdefault(project_id, set()).add(Role(role))
    return {project_id: frozenset(roles) for project_id, roles in found.items()}


def count_roles(db: Connection, project_ids: Collection[str]) -> dict[str, dict[Role, int]]:
    """How many members have each role, by project."""
    member = t.membership.c
    query = select(member.project_id, member.role, func.count()).where(member.project_id.in_(project_ids))
    found: dict[str, dict[Role, int]] = {}
    for project_id, role, n in db.execute(query.group_by(member.project_id, member.role)):
        found.setdefault(project_id, {})[Role(role)] = n
    return found


def members(db: Connection, project_id: str) -> list[tuple[Person, frozenset[Role]]]:
    """Everybody with a role in a project, by name."""
    roles: dict[str, set[Role]] = {}
    for row in db.execute(select(t.membership).where(t.membership.c.project_id == project_id)):
        roles.setdefault(row.person_id, set()).add(Role(row.role))
    skills: dict[str, list[Skill]] = {}
    for row in db.execute(select(t.person_skill).where(t.person_skill.c.person_id.in_(list(roles)))):
        skills.setdefault(row.person_id, []).append(Skill(row.skill, row.level))
    rows = db.execute(
        select(t.person_name).where(t.person_name.c.person_id.in_(list(roles))).order_by(t.person_name.c.name)
    )
    return [
        (Person(r.person_id, r.name, r.login, tuple(skills.get(r.person_id, ()))), frozenset(roles[r.person_id]))
        for r in rows
    ]


_PLAN = ("overlap", "escalate_below", "unsure_below", "model_sure_from", "reference_below", "unsure_first")
"""What only managers and the coordinator read of a batch."""


def add_batch(db: Connection, project_id: str, batch: Batch) -> None:
    """A batch, and the plan only managers and the coordinator read."""
    db.execute(
        t.batch.insert().values(
            id=batch.id,
            project_id=project_id,
            name=batch.name,
            state=batch.state.value,
            is_pilot=batch.is_pilot,
            priority=batch.priority,
            deadline_us=batch.deadline_us,
            passed_at_us=batch.passed_at_us,
            needs=needs_words(batch.needs),
        )
    )
    plan = {name: getattr(batch, name) for name in _PLAN}
    db.execute(t.batch_plan.insert().values(batch_id=batch.id, **plan))


def list_batches(db: Connection, project_id: str) -> list[Batch]:
    """A project's batches, oldest first, each with the pilot it waits for."""
    return batches_of(db, [project_id]).get(project_id, [])


def batches_of(db: Connection, project_ids: Collection[str]) -> dict[str, list[Batch]]:
    """The same of some projects."""
    rows = db.execute(
        select(t.batch, *(t.batch_plan.c[name] for name in _PLAN))
        .join(t.batch_plan)
        .where(t.batch.c.project_id.in_(project_ids))
        .order_by(t.batch.c.id)
    )
    found: dict[str, list[Batch]] = {}
    for r in rows:
        batch = Batch(
            r.id,
            r.name,
            BatchState(r.state),
            r.is_pilot,
            priority=r.priority,
            deadline_us=r.deadline_us,
            passed_at_us=r.passed_at_us,
            needs=read_needs(r.needs),
            **{name: r._mapping[name] for name in _PLAN},
        )
        found.setdefault(r.project_id, []).append(batch)
    return {project_id: list(behind_pilots(batches)) for project_id, batches in found.items()}


def change_batch(db: Connection, batch: Batch) -> None:
    """Write a batch as it is to be now, in place of the one of its id."""
    said: dict[str, str | int | None] = {"name": batch.name, "state": batch.state.value, "priority": batch.priority}
    said |= {"deadline_us": batch.deadline_us, "passed_at_us": batch.passed_at_us, "needs": needs_words(batch.needs)}
    db.execute(update(t.batch).where(t.batch.c.id == batch.id).values(**said))
    plan = {name: getattr(batch, name) for name in _PLAN}
    db.execute(update(t.batch_plan).where(t.batch_plan.c.batch_id == batch.id).values(**plan))
