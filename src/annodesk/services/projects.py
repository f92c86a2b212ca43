"""Projects and the people in them."""

from __future__ import annotations

import base64
import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk.errors import WorkflowError
from annodesk.model.ids import new_id
from annodesk.model.project_file import ProjectText, parse_project, read_project
from annodesk.model.work import Batch, Person, Role
from annodesk.services.model_choice import model_hash
from annodesk.store import outbox, publishing
from annodesk.store import projects as rows

if TYPE_CHECKING:
    from annodesk.model.project import Project
    from annodesk.progress import CancelToken
    from annodesk.services.base import Desk
    from annodesk.store.engine import Connection
    from annodesk.store.projects import ProjectVersion

FIRST_BATCH = "batch 1"
LONGEST_NAME = 200


class ProjectInfo(Struct, frozen=True):
    """A project's id, name and newest version; ``is_waiting`` while the server has not numbered a newer one."""

    id: str
    name: str
    version: int
    is_waiting: bool = False


class Member(Struct, frozen=True):
    """A person and what they may do in a project."""

    person: Person
    roles: frozenset[Role]


class ThresholdSet(Struct, frozen=True):
    """A threshold that was changed: of what, what stood ``before`` (None: none of its own), and what stands now."""

    info: ProjectInfo
    part: str
    label: str | None
    before: float | None
    value: float | None


class PolicySet(Struct, frozen=True):
    """Settings that were changed, by table and key of the file: what stood ``before``, and what stands ``now``.

    None is a key that the file does not have.
    """

    info: ProjectInfo
    before: Mapping[str, object]
    now: Mapping[str, object]


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
                    return _ask_for_version(db, newest, project, text, name, sha256, now)
            version = rows.add_version(db, project_id, text, name, sha256, now)
        return ProjectInfo(project_id, project.name, version)

    def set_threshold(
        self, project_id: str, person_id: str, value: float | None, *, part: str = "", label: str | None = None
    ) -> ThresholdSet:
        """Make a version of a project with another agreement below which items go to review, all else as it was.

        Parameters
        ----------
        person_id : a manager of the project; in a file without one whoever reviews
        value : None lets a part follow the project again, and takes a label's own away
        """
        from annodesk.model.project_edit import threshold_of, with_threshold

        with self._desk.file.write() as db:
            _require_may_set(db, project_id, person_id)
            newest = rows.get_version(db, project_id)
            file = _file_to_come(db) or newest.file
            before = threshold_of(parse_project(file), part, label)
            info = ProjectInfo(project_id, newest.project.name, newest.version)
            if before != value:
                model = (newest.model_name, newest.model_sha256)
                info = self._with_file(db, newest, with_threshold(file, value, part, label), *model)
        return ThresholdSet(info, part, label, before, value)

    def set_policy(self, project_id: str, person_id: str, changes: Mapping[str, object]) -> PolicySet:
        """Make a version of a project with other settings of its model or workflow, all else as it was.

        Parameters
        ----------
        person_id : a manager of the project; in a file without one whoever reviews
        changes : by table and key of the file, such as ``prelabel.show``; None takes a key away: its default holds
        """
        from annodesk.model.project_edit import policy_keys, with_policy

        hashed = self.hash_named(project_id, person_id, changes)
        with self._desk.file.write() as db:
            _require_may_set(db, project_id, person_id, "What the model does here is")
            newest = rows.get_version(db, project_id)
            file = _file_to_come(db) or newest.file
            before = policy_keys(file, changes)
            info = ProjectInfo(project_id, newest.project.name, newest.version)
            if before != dict(changes):
                changed = with_policy(file, changes)
                name = parse_project(changed).prelabel.model
                sha256 = newest.model_sha256
                if name != newest.model_name:
                    if name not in hashed:
                        raise WorkflowError("Another model was named in the meantime.", "Set it once more.")
                    sha256 = hashed[name]
                info = self._with_file(db, newest, changed, name, sha256)
        return PolicySet(info, before, dict(changes))

    def hash_named(
        self, project_id: str, person_id: str, changes: Mapping[str, object], cancel: CancelToken | None = None
    ) -> dict[str, str | None]:
        """The sha256 of the model that changes would bring, by its name; nothing where it stays the same.

        A large one takes a minute the first time: whoever waits for the file has this done before they set it.
        """
        from annodesk.model.project_edit import with_policy

        with self._desk.file.read() as db:
            _require_may_set(db, project_id, person_id, "What the model does here is")
            newest = rows.get_version(db, project_id)
            file = _file_to_come(db) or newest.file
        name = parse_project(with_policy(file, changes)).prelabel.model
        return {} if name == newest.model_name else {name: model_hash(name, self._desk.home, cancel)}

    def _with_file(
        self, db: Connection, newest: ProjectVersion, file: str, model: str, sha256: str | None
    ) -> ProjectInfo:
        """A version that differs from the newest in its file alone, or in a team the wish for one."""
        text, now = ProjectText(file, newest.guidelines, rows.pictures_of(db, newest)), self._desk.clock()
        if self._desk.is_shared:
            return _ask_for_version(db, newest, parse_project(file), text, model, sha256, now)
        version = rows.add_version(db, newest.project_id, text, model, sha256, now)
        return ProjectInfo(newest.project_id, newest.project.name, version)

    def may_set(self, project_id: str, person_id: str) -> bool:
        """Whether somebody may change a project's thresholds and what its model does."""
        with self._desk.file.read() as db:
            return not self._desk.file.is_read_only and may_set(db, project_id, person_id)

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


def _ask_for_version(
    db: Connection,
    newest: ProjectVersion,
    project: Project,
    text: ProjectText,
    model: str,
    sha256: str | None,
    now_us: int,
) -> ProjectInfo:
    """Have the server make a version, with the next round."""
    pictures = {key: base64.b64encode(data).decode("ascii") for key, data in text.pictures.items()}
    told = publishing.version_said(project, text.file, text.guidelines, pictures, model, sha256)
    outbox.ask(db, "add_version", None, now_us, **told)
    return ProjectInfo(newest.project_id, project.name, newest.version, is_waiting=True)


def _file_to_come(db: Connection) -> str:
    """The file of a version that waits to be numbered by the server: what is changed next is changed in that one."""
    waiting = outbox.requests(db, outbox.Asked.WAITING, outbox.Asked.SENT, kind="add_version")
    return str(waiting[-1].body["file"]) if waiting else ""


def may_set(db: Connection, project_id: str, person_id: str) -> bool:
    if Role.MANAGER in (mine := rows.roles_of(db, project_id, person_id)):
        return True
    return Role.ANALYST in mine and not any(Role.MANAGER in roles for _, roles in rows.members(db, project_id))


def _require_may_set(db: Connection, project_id: str, person_id: str, what: str = "Thresholds are") -> None:
    if not may_set(db, project_id, person_id):
        raise WorkflowError(f"{what} set by the project's manager.", "Tell them what you have seen here.")


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
