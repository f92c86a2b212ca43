"""Brings a project of the local file into a shared database, with its whole history."""

from __future__ import annotations

from dataclasses import dataclass

from annodesk import settings
from annodesk.errors import NotFoundError, StoreError
from annodesk.progress import CancelToken, Progress, silent
from annodesk.store import projects, publishing, remote
from annodesk.store.engine import Connection, LocalFile
from annodesk.store.remote import Address


@dataclass(frozen=True, slots=True)
class Published:
    """A project that is in a shared database now, and how many rows of each table were brought."""

    project_id: str
    name: str
    brought: dict[str, int]


def publish(
    file: LocalFile,
    project_id: str,
    address: Address,
    *,
    as_person: str | None = None,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> Published:
    """Bring a project into a shared database under a manager's login; nothing is given out before it is all there.

    What was interrupted goes on when it is asked for again. Work by people of the local file is theirs there too, by
    the same ids; none of them can enter until the administrator makes a login.

    Parameters
    ----------
    as_person : id of the local person who is the manager that publishes: their work is then the manager's own
    """
    engine = remote.open_shared(address)
    with file.read() as local, remote.told(address):
        name = next((name for known, name, _ in projects.list_projects(local) if known == project_id), None)
        if name is None:
            raise NotFoundError("There is no such project in this file.")
        with engine.begin() as db:
            me = _manager(db)
            _make(db, project_id, name)
        renamed = {} if as_person is None else {as_person: me}
        with engine.begin() as db:
            _bring_versions(local, db, project_id)
        people: set[str] = set()
        brought: dict[str, int] = {}
        for place, table in enumerate(publishing.ORDER):
            progress(place / len(publishing.ORDER), f"bringing {table.replace('_', ' ')}")
            rows = publishing.rows_of(local, project_id, table, renamed)
            for page, count in publishing.pages(rows):
                if cancel is not None:
                    cancel.check()
                with engine.begin() as db:
                    publishing.bring(db, project_id, table, page)
                brought[table] = brought.get(table, 0) + count
            if table == "claim":
                people = {person.id for person, _ in projects.members(local, project_id)} - {as_person or ""}
        with engine.begin() as db:
            publishing.finish(db, project_id, publishing.names_of(local, people))
    # Whoever joins on this computer finds the recordings where they are.
    settings.change(team_media={**settings.load().team_media, project_id: str(file.path.resolve().parent)})
    progress(1.0, "done")
    return Published(project_id, name, brought)


def _manager(db: Connection) -> str:
    found = publishing.who_publishes(db)
    if found is None:
        raise StoreError("This login belongs to nobody.", "Publish under a manager's login.")
    return found


def _make(db: Connection, project_id: str, name: str) -> None:
    known = publishing.is_published(db, project_id)
    if known:
        raise StoreError(f"{name} is published there already.", "Connect to it instead.")
    if known is None:
        publishing.make_project(db, project_id, name)


def _bring_versions(local: Connection, db: Connection, project_id: str) -> None:
    newest = projects.get_version(local, project_id).version
    for number in range(publishing.newest_version(db, project_id) + 1, newest + 1):
        version = projects.get_version(local, project_id, number)
        publishing.bring_version(db, version, projects.pictures_as_text(local, version))
