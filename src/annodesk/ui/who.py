"""Who works in the open file: chosen at the start, changed at the foot of the window, added by name."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from annodesk.ui import last_time
from annodesk.ui.keys import bindings
from annodesk.ui.opening import Opened, roles_text

if TYPE_CHECKING:
    from annodesk.model.work import Role
    from annodesk.services.projects import Member
    from annodesk.ui.bus import Bus, Context
    from annodesk.ui.status import StatusLine


class WhoWorks(QObject):
    """Keeps the context, the keys and the foot of the window to one person.

    known()     who works here was put into the context
    changed()   after the start somebody else works here
    """

    known = Signal()
    changed = Signal()

    def __init__(self, window: QWidget, bus: Bus, status: StatusLine) -> None:
        super().__init__(window)
        self._window, self._bus, self._status = window, bus, status
        self._opened: Opened | None = None
        self._context: Context | None = None
        self._path: Path | None = None
        status.person_chosen.connect(self.choose)
        status.newcomer_asked.connect(self.ask_newcomer)
        bus.newcomer_asked.connect(self.ask_newcomer)
        bus.people_asked.connect(status.open_people)

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

    def choose(self, person_id: str) -> None:
        """Another person works here from now on; their tasks are read."""
        if self._context is None or person_id == self._context.person_id:
            return
        self._set(person_id)
        self._status.say("")
        self._bus.person_changed.emit()
        self.changed.emit()

    def ask_newcomer(self) -> None:
        """Let somebody put in a name; whoever is added works here from then on."""
        if self._opened is None or self._opened.read_only:
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

    def _set(self, person_id: str) -> None:
        context = self._context
        assert context is not None
        people = [(m.person.id, m.person.name, roles_text(m)) for m in self.people()]
        context.person_id = person_id
        bindings.current().load(person_id)
        context.person_name = next((name for one, name, _ in people if one == person_id), "")
        self._status.set_people(people, person_id)
        if self._path is not None:
            last_time.remember(self._path, person_id)
        self.known.emit()
