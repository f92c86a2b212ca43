"""Opens a local file on the store lane: services, projects, people, and why it may only be read."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from annodesk.errors import AnnodeskError, BusyError, DamagedError, NotFoundError

if TYPE_CHECKING:
    from annodesk.model.work import Role
    from annodesk.services import Services
    from annodesk.services.projects import Member, ProjectInfo, ProjectVersion


class Opened(Struct, frozen=True):
    """An open file and the project shown first.

    Parameters
    ----------
    read_only : why it cannot be written, empty where it can
    salvaged : a new file with what can be read of this one, where it is damaged
    member : id of the one person who works in a team's file, by their login; empty where the file stands alone
    person_id : who works in it now; empty where it knows nobody
    """

    services: Services
    projects: Sequence[ProjectInfo]
    project: ProjectVersion
    people: Sequence[Member]
    read_only: str = ""
    member: str = ""
    salvaged: Path | None = None
    person_id: str = ""


def open_file(path: Path, project: str | None, person: str | None) -> Opened:
    """Open a file for writing, or for reading where another program holds it; runs on the store lane.

    ``person`` is the name or id of who works in it, where that is known.
    """
    opened = _open(path, project)
    return replace(opened, person_id=opened.member or choose_person(opened.people, person))


def _open(path: Path, project: str | None) -> Opened:
    from annodesk.services import Services

    read_only = ""
    try:
        services = Services.open(path)
    except BusyError as error:
        read_only = str(error)
        services = Services.open(path, read_only=True)
    except DamagedError:
        return _open_damaged(path, project)
    return _choose(services, path, project, read_only)


def _open_damaged(path: Path, project: str | None) -> Opened:
    """Open a damaged file for reading alone, with what can be read of it saved in a new one."""
    from annodesk.services import Services
    from annodesk.services.salvaging import salvage_once

    salvaged, saved = salvage_once(path)
    hint = f"{saved} Go on in that one; this one is left as it is."
    try:
        services = Services.open(path, read_only=True)
        opened = _choose(services, path, project, f"{path.name} is damaged, and can only be read. {hint}")
    except AnnodeskError:
        raise DamagedError(f"{path.name} is damaged.", hint) from None
    return replace(opened, salvaged=salvaged)


def _choose(services: Services, path: Path, project: str | None, read_only: str) -> Opened:
    try:
        projects = services.projects.list()
        chosen = [p for p in projects if project is None or project in (p.id, p.name)]
        if not chosen:
            known = ", ".join(p.name for p in projects)
            raise NotFoundError(
                f"{path.name} holds no project named {project!r}." if project else f"{path.name} holds no project yet.",
                f"It holds: {known}." if known else "Make one with: annodesk init PROJECT.toml --db FILE",
            )
        return read_project(services, projects, chosen[0].id, read_only)
    except AnnodeskError:
        services.close()
        raise


def leave_file(services: Services) -> None:
    """Give back what was not begun of a team's tasks, then let go of the file; runs on the store lane."""
    try:
        services.leases.put_down()
        services.packs.close()
    finally:
        services.close()


def read_project(services: Services, projects: Sequence[ProjectInfo], project_id: str, read_only: str) -> Opened:
    """The same file with another of its projects shown; runs on the store lane."""
    where = services.sync.where
    member = where.person_id if where is not None else ""
    people = services.people.list(project_id)
    return Opened(services, projects, services.projects.get(project_id), people, read_only, member)


def choose_person(people: Sequence[Member], wanted: str | None, role: Role | str = "annotator") -> str:
    """The id of the person named, else of the first one with that role, else of anybody; empty where there is none."""
    for member in people:
        if wanted is not None and wanted in (member.person.id, member.person.name):
            return member.person.id
    with_role = [m for m in people if role in m.roles]
    return next((m.person.id for m in (*with_role, *people)), "")


def roles_text(member: Member) -> str:
    """A member's roles in words."""
    return ", ".join(sorted(role.value for role in member.roles))
