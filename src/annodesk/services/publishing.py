"""Brings a project of the local file into a shared database, with its whole history."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from annodesk import settings
from annodesk.errors import NotFoundError, StoreError, WorkflowError
from annodesk.progress import CancelToken, Progress, silent
from annodesk.store import adopting, projects, publishing, remote
from annodesk.store.engine import Connection, LocalFile, copy_beside
from annodesk.store.entrance import require_fitting
from annodesk.store.facts import Joined

if TYPE_CHECKING:
    from annodesk.services.base import Desk
    from annodesk.services.sync import Sync
    from annodesk.store.remote import Address


class Published(Struct, frozen=True):
    """A project that is in a shared database now, and how many rows of each table were brought.

    Parameters
    ----------
    person_id : whom the login belongs to there
    until : the place of the journal up to which Edits were brought
    """

    project_id: str
    name: str
    brought: dict[str, int]
    person_id: str
    until: int


WORDS = {
    "batch": "batches",
    "item": "the list of recordings",
    "task": "tasks",
    "annotation_set": "who worked on what",
    "edit": "all changes",
    "set_snapshot": "the model's answers",
    "submission": "what was handed in",
    "comment": "comments",
    "claim": "who holds what",
    "settlement": "what stands",
    "score": "scores",
    "state_change": "the history",
}
"""What is brought, as people say it; what is not here belongs to what came before."""


class Handed(Struct, frozen=True):
    """A file that belongs to its team now; ``copy`` is what it was before, None where the file went on alone."""

    published: Published
    copy: Path | None


class Publishing:
    """Brings the open file's project into a shared database, and lets the file go on as its publisher's."""

    def __init__(self, desk: Desk, sync: Sync) -> None:
        self._desk, self._sync = desk, sync

    def publish(
        self,
        project_id: str,
        address: Address,
        *,
        as_person: str | None = None,
        progress: Progress = silent,
        cancel: CancelToken | None = None,
    ) -> Handed:
        """Publish, and tie this file to what is there now.

        A copy of the file is put beside it first: of others' work the file keeps only what its publisher may see in a
        team. A file that holds other projects too goes on alone.
        """
        desk = self._desk
        if desk.is_shared:
            raise WorkflowError("This file belongs to a team already.", "There is nothing to publish.")
        made = publish(desk.file, project_id, address, as_person=as_person, progress=progress, cancel=cancel)
        with desk.file.read() as db:
            is_alone = len(projects.list_projects(db)) == 1
        if not is_alone:
            return Handed(made, None)
        copy = copy_beside(desk.file.path, "before-publishing")
        where = Joined(address.url, made.project_id, made.person_id)
        with desk.file.write() as db:
            adopting.adopt(db, where, as_person=as_person, until=made.until)
        self._sync.belong(where, address, made.name)
        return Handed(made, copy)


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
        until = adopting.last_position(local)
        renamed = {} if as_person is None else {as_person: me}
        with engine.begin() as db:
            _bring_versions(local, db, project_id)
        people: set[str] = set()
        brought: dict[str, int] = {}
        for place, table in enumerate(publishing.ORDER):
            progress(place / len(publishing.ORDER), f"bringing {WORDS.get(table, 'what belongs to them')}")
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
    return Published(project_id, name, brought, me, until)


def _manager(db: Connection) -> str:
    require_fitting(db)
    found = publishing.who_publishes(db)
    if found is None:
        raise StoreError("This login belongs to nobody.", "Publish under a manager's login.")
    if not publishing.may_publish(db):
        hint = "The administrator makes one with: annodesk server add-user LOGIN --role manager"
        raise StoreError("This login may not do this: a project is published under a manager's.", hint)
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
