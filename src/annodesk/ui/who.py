"""Who works in the open file: chosen at the start, changed at the foot of the window, added by name.

In a team's file it is whoever the login belongs to, and nobody else.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from annodesk.ui import last_time
from annodesk.ui.keys import bindings
from annodesk.ui.opening import Opened, roles_text

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.model.work import Role
    from annodesk.services.changes import Changes
    from annodesk.services.projects import Member
    from annodesk.ui.bus import Bus, Context
    from annodesk.ui.status import StatusLine

FIXED = "Your login says who you are here."
ELSE_JOINS = "Somebody else joins with a file of their own: Work with a team."
BY_MANAGER = "A manager lets people in: People of the team."
READ_ONLY = "The line above the work says why, and what to do about it."
KEEPS_VERSION = "What you begin from now on follows it; what you have open keeps its own."


class WhoWorks(QObject):
    """Keeps the context, the keys and the foot of the window to one person.

    known()     who works here was put into the context
    changed()   after the start somebody else works here
    reread(ProjectVersion)   sync has brought another version of the project, or other people
    """

    known = Signal()
    changed = Signal()
    reread = Signal(object)

    def __init__(self, window: QWidget, bus: Bus, status: StatusLine) -> None:
        super().__init__(window)
        self._window, self._bus, self._status = window, bus, status
        self._opened: Opened | None = None
        self._context: Context | None = None
        self._path: Path | None = None
        status.person_chosen.connect(self.choose)
        status.newcomer_asked.connect(self.ask_newcomer)
        bus.newcomer_asked.connect(self.ask_newcomer)
        status.people_asked.connect(self.open_people)
        bus.people_asked.connect(self.open_people)
        bus.changed.connect(self._on_changed)

    def open(self, opened: Opened, context: Context, path: Path) -> None:
        """A file was opened; its context names who works in it."""
        self._opened, self._context, self._path = opened, context, path
        self._set(context.person_id)

    def close(self) -> None:
        """No file is open."""
        self._opened = self._context = None

    def people(self) -> Sequence[Member]:
        """Who has a role in the open project."""
        return self._opened.people if self._opened is not None else ()

    @property
    def opened(self) -> Opened | None:
        """The open file; None where none is."""
        return self._opened

    @property
    def is_fixed(self) -> bool:
        """Whether the file belongs to a team, whose login says who works here."""
        return self._opened is not None and bool(self._opened.member)

    def open_people(self) -> None:
        """Let the person choose who works here; in a team's file say why there is nothing to choose."""
        if not self.is_fixed:
            self._status.open_people()
        elif self._context is not None:
            name = self._context.person_name
            self._context.notices.show(f"Your login says that you are {name}." if name else FIXED, ELSE_JOINS)

    def work(self) -> str:
        """The workspace that this person has work in."""
        from annodesk.model.work import Role

        me = self._context.person_id if self._context is not None else ""
        roles = next((member.roles for member in self.people() if member.person.id == me), frozenset())
        return "review" if Role.ANALYST in roles and Role.ANNOTATOR not in roles else "annotate"

    def choose(self, person_id: str) -> None:
        """Another person works here from now on; their tasks are read."""
        if self._context is None or person_id == self._context.person_id or self.is_fixed:
            return
        self._set(person_id)
        self._status.say("")
        self._bus.person_changed.emit()
        self.changed.emit()

    def ask_newcomer(self) -> None:
        """Let somebody put in a name; whoever is added works here from then on."""
        if self._opened is None:
            return
        if self._opened.read_only and self._context is not None:
            self._context.notices.show("Nobody is added while the file is open for reading alone.", READ_ONLY)
            return
        if self.is_fixed and self._context is not None:
            self._context.notices.show("Nobody is added in a team's file.", BY_MANAGER)
            return
        from annodesk.ui.newcomer import NewcomerDialog

        dialog = NewcomerDialog(self._window, is_first=not self._opened.people)
        dialog.given.connect(self._add)
        dialog.open()

    def _add(self, name: str, roles: Sequence[Role]) -> None:
        context = self._context
        assert context is not None
        from annodesk.ui.newcomer import add_person

        context.jobs.store(
            add_person,
            context.services,
            context.project_id,
            name,
            roles,
            on_done=self._on_added,
            what="add a person",
        )

    def _on_added(self, answer: tuple[Sequence[Member], str]) -> None:
        if self._opened is None:
            return
        people, person_id = answer
        self._opened = replace(self._opened, people=people)
        self.choose(person_id)

    def _on_changed(self, changes: Changes) -> None:
        """A round of sync may bring another version of the project, or other people: read both again."""
        from annodesk.services.changes import Kind
        from annodesk.ui.opening import read_project

        opened, context = self._opened, self._context
        if opened is None or context is None or not self.is_fixed:
            return
        if Kind.PROJECT not in changes and Kind.PEOPLE not in changes:
            return
        context.jobs.store(
            read_project,
            opened.services,
            opened.projects,
            opened.project.project_id,
            opened.read_only,
            on_done=self._on_reread,
            what="read the project again",
        )

    def _on_reread(self, again: Opened) -> None:
        before, context = self._opened, self._context
        if before is None or context is None or again.services is not before.services:
            return
        self._opened = again
        self._set(context.person_id)
        if again.project.version > before.project.version:
            name = again.project.project.name
            context.notices.show(f"{name} is at version {again.project.version} now.", KEEPS_VERSION)
        self.reread.emit(again.project)

    def _set(self, person_id: str) -> None:
        context = self._context
        assert context is not None
        people = [(m.person.id, m.person.name, roles_text(m)) for m in self.people()]
        context.person_id = person_id
        bindings.current().load(person_id)
        context.person_name = next((name for one, name, _ in people if one == person_id), "")
        self._status.set_people(people, person_id, is_fixed=self.is_fixed)
        context.is_fixed = self.is_fixed
        if self._path is not None:
            last_time.remember(self._path, person_id)
        self.known.emit()
