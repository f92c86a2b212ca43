"""Projects and the people in them."""

from __future__ import annotations

import base64
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from annodesk.errors import WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.project_file import ProjectText, read_project
from annodesk.model.work import Batch, Person, Role
from annodesk.services.base import Desk
from annodesk.services.prelabel import model_hash
from annodesk.store import outbox, publishing
from annodesk.store import projects as rows
from annodesk.store.engine import Connection
from annodesk.store.projects import ProjectVersion

FIRST_BATCH = "batch 1"
LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class ProjectInfo:
    """A project's id, name and newest version; ``is_waiting`` while the server has not numbered a newer one."""

    id: str
    name: str
    version: int
    is_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Member:
    """A person and what they may do in a project."""

    person: Person
    roles: frozenset[Role]


class Projects:
    """Makes projects from their files, and finds them."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def init(self, path: Path) -> ProjectInfo:
        """A new project, or a new version of the one that has this name; what is unchanged makes no version.

        In a team's file a manager's version is sent to the server, which numbers it: it ``is_waiting`` until then.
        """
        self._desk.require_manager("A project's versions are made")
        project, text = read_project(path)
        name = project.prelabel.model
        sha256 = model_hash(name, path.resolve().parent)
        now = self._desk.clock()
        with self._desk.file.write() as db:
            known = {name: project_id for project_id, name, _ in rows.list_projects(db)}
            project_id = known.get(project.name)
            if project_id is None and self._desk.is_shared:
                hint = "Take a new file for another project."
                raise WorkflowError(f"This file belongs to a team's project, {', '.join(known)}.", hint)
            if project_id is None:
                project_id = rows.add_project(db, project.name, now)
                rows.add_batch(db, project_id, Batch(new_id(), FIRST_BATCH))
            else:
                newest = rows.get_version(db, project_id)
                known_text = ProjectText(newest.file, newest.guidelines, rows.pictures_of(db, newest))
                if (known_text, newest.model_sha256) == (text, sha256):
                    return ProjectInfo(project_id, project.name, newest.version)
                if self._desk.is_shared:
                    pictures = {key: base64.b64encode(data).decode("ascii") for key, data in text.pictures.items()}
                    told = publishing.version_said(project, text.file, text.guidelines, pictures, name, sha256)
                    outbox.ask(db, "add_version", None, now, **told)
                    return ProjectInfo(project_id, project.name, newest.version, is_waiting=True)
            version = rows.add_version(db, project_id, text, name, sha256, now)
        return ProjectInfo(project_id, project.name, version)

    def list(self) -> list[ProjectInfo]:
        """All projects of the file, by name."""
        with self._desk.file.read() as db:
            return [ProjectInfo(*row) for row in rows.list_projects(db)]

    def find(self, name_or_id: str | None = None) -> ProjectInfo:
        """The project of that name or id; the only one where none is named."""
        with self._desk.file.read() as db:
            projects = rows.list_projects(db)
            if name_or_id is None:
                if len(projects) != 1:
                    names = ", ".join(name for _, name, _ in projects) or "none"
                    raise WorkflowError("Say which project.", f"This file has: {names}.")
                return ProjectInfo(*projects[0])
            project_id, name = rows.find_project(db, name_or_id)
            return ProjectInfo(project_id, name, rows.get_version(db, project_id).version)

    def get(self, project_id: str, version: int | None = None) -> ProjectVersion:
        """A version of a project, the newest where none is named."""
        with self._desk.file.read() as db:
            return rows.get_version(db, project_id, version)


class People:
    """Who works in a project."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def list(self, project_id: str) -> list[Member]:
        """Everybody with a role, by name."""
        with self._desk.file.read() as db:
            return [Member(person, roles) for person, roles in rows.members(db, project_id)]

    def add(self, project_id: str, name: str, *roles: Role) -> Person:
        """The person of that name, made where nobody is called so yet, with these roles."""
        name = name.strip()
        if not name:
            raise WorkflowError("A person needs a name.")
        self._desk.require_alone("People are let in", "Its manager does so: People of the team.")
        with self._desk.file.write() as db:
            return ensure_person(db, project_id, name, roles, self._desk.clock())

    def find(self, name_or_id: str) -> Person:
        """The person of that name or id."""
        with self._desk.file.read() as db:
            return rows.find_person(db, name_or_id)


def ensure_person(db: Connection, project_id: str, name: str, roles: tuple[Role, ...], now_us: int) -> Person:
    """The person of that name with these roles, made where nobody is called so yet."""
    if len(name) > LONGEST_NAME or any(unicodedata.category(c) in ("Cc", "Cs") for c in name):
        raise WorkflowError(f"A person's name is one line of up to {LONGEST_NAME} characters.", "Write it anew.")
    known = {person.name: person for person in rows.list_people(db)}
    person = known.get(name) or rows.find_person(db, rows.add_person(db, name, now_us))
    for role in roles:
        rows.add_role(db, project_id, person.id, role)
    return person
