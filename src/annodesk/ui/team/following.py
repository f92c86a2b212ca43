"""Keeps the window beside the sync lane: what a round brought is shown, what is saved here is sent soon."""

from __future__ import annotations

import re
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, QTimer, Signal

from annodesk.model.work import Stage

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.services.joining import Met, TeamProject
    from annodesk.services.sync import Synced
    from annodesk.services.sync_state import SyncLine, SyncState
    from annodesk.ui.bus import Bus
    from annodesk.ui.jobs import Jobs

SEND_AFTER_MS = 1_000
"""What is done in one go is sent in one go."""
LOOK_EVERY_MS = 5_000


def file_of(met: Met, project: TeamProject) -> Path:
    """Where a team's project lies on this workstation: a file for each person who enters."""
    from annodesk import paths

    name = re.sub(r"[^A-Za-z0-9_-]+", "-", project.name).strip("-")[:40] or "project"
    ends = [re.sub("[^A-Za-z0-9]+", "", part)[-8:] for part in (project.id, met.person_id)]
    return paths.data_dir() / "team" / f"{'-'.join([name, *ends])}.annodesk"


def join_project(met: Met, project: TeamProject) -> Path:
    """Tie a file of this workstation to a project and fetch the person's own tasks; runs off the UI thread.

    What else they mirror, such as a manager's list of items, comes while the file is open.
    """
    from annodesk.services import Services

    path = file_of(met, project)
    path.parent.mkdir(parents=True, exist_ok=True)
    with Services.open(path, create=True) as services:
        services.sync.join(met.address.url, project.id)
        services.sync.first_round()
    return path


class Following(QObject):
    """One open file's rounds, on a thread of their own; everything here is told on the UI thread.

    begun(Services)    the open file belongs to a team
    rounded(Synced)    a round has come to its end
    """

    begun = Signal(object)
    rounded = Signal(object)
    _came = Signal(object)

    def __init__(self, jobs: Jobs, bus: Bus, parent: QObject) -> None:
        super().__init__(parent)
        self._jobs, self._bus = jobs, bus
        self._services: Services | None = None
        self._last: SyncLine | None = None
        self._state: SyncState | None = None
        self._stage = ""
        self._came.connect(self._on_round)
        self._soon = QTimer(self)
        self._soon.setSingleShot(True)
        self._soon.setInterval(SEND_AFTER_MS)
        self._soon.timeout.connect(self.nudge)
        self._often = QTimer(self)
        self._often.setInterval(LOOK_EVERY_MS)
        self._often.timeout.connect(self.look)
        bus.saved.connect(self._on_saved)
        bus.sync_asked.connect(self.nudge)
        bus.task_asked.connect(self._on_task_asked)

    @property
    def is_on(self) -> bool:
        """Whether the open file belongs to a team."""
        return self._services is not None

    def open(self, services: Services) -> None:
        """A file was opened; where it belongs to a team its rounds begin."""
        self.close()
        if services.read_only:
            return

        def begin() -> SyncState:
            state = services.sync.state()
            if state.is_shared:
                services.sync.start(self._came.emit)
            return state

        self._jobs.store(begin, on_done=lambda state: self._on_begun(services, state), what="begin to sync")

    def close(self) -> None:
        """The file is closed; whoever closes it ends the rounds."""
        if self._services is None:
            return
        from annodesk.services.sync_state import SyncState

        self._services = self._last = self._state = None
        self._stage = ""
        self._soon.stop()
        self._often.stop()
        self._bus.sync_state.emit(SyncState())

    def nudge(self) -> None:
        """Have a round made now."""
        if self._services is not None:
            self._services.sync.nudge()

    def _on_task_asked(self, stage: str, is_wanted: bool) -> None:
        self._stage = stage
        self._ask_ahead(is_wanted)

    def _ask_ahead(self, is_wanted: bool = False) -> None:
        """Have the next task of what is worked on here lie ready; where the file is alone, nothing."""
        services, stage = self._services, self._stage
        if services is not None and stage:
            self._jobs.store(
                partial(services.sync.ask_ahead, Stage(stage), is_wanted=is_wanted), what="ask for the next task"
            )

    def look(self) -> None:
        """Ask how things stand, and what happened since."""
        services = self._services
        if services is not None:
            self._jobs.store(
                lambda: (services, services.sync.state(), services.sync.log()),
                on_done=self._on_looked,
                what="look how sync stands",
            )

    def _on_begun(self, services: Services, state: SyncState) -> None:
        if state.is_shared:
            self._services, self._state = services, state
            self._often.start()
            self.begun.emit(services)
            self._ask_ahead()
            self.look()

    def _on_looked(self, answer: tuple[Services, SyncState, list[SyncLine]]) -> None:
        services, state, lines = answer
        if services is not self._services:
            return
        self._state = state
        self._bus.sync_state.emit(state)
        fresh = lines[lines.index(self._last) + 1 :] if self._last in lines else lines
        for line in fresh:
            self._bus.sync_line.emit(line)
        self._last = lines[-1] if lines else None

    def _on_round(self, synced: Synced | None) -> None:
        if self._services is None:
            return
        if synced is not None:
            if synced.result.taken_down:
                self._bus.taken_down.emit(frozenset(synced.result.taken_down))
            for branches in synced.result.branches.values():
                self._bus.pulled.emit(branches)
            if synced.changes.kinds:
                self._bus.changed.emit(synced.changes)
            self._ask_ahead()
            self.rounded.emit(synced)
        self.look()

    def _on_saved(self, _at_us: object) -> None:
        """An Edit is on the disk and not sent: said at once, and counted anew by the round that sends it."""
        if self._services is None or self._state is None:
            return
        self._state = replace(self._state, waiting=self._state.waiting + 1)
        self._bus.sync_state.emit(self._state)
        if not self._soon.isActive():
            self._soon.start()
