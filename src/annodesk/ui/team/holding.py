"""What the person holds of a team's tasks: signs of life, media that come ahead, leases that end, packs."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject

from annodesk.errors import AnnodeskError
from annodesk.ui.notices import Tone

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from annodesk.services import Services
    from annodesk.services.sync import Synced
    from annodesk.ui.bus import Bus
    from annodesk.ui.jobs import Jobs, Request
    from annodesk.ui.notices import Notices
    from annodesk.ui.team.packs import PackDialog

_SIGNS = (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel)


class Holding(QObject):
    """An event filter for the window: whoever presses something works here, and keeps what they hold."""

    def __init__(self, window: QWidget, jobs: Jobs, bus: Bus, notices: Notices) -> None:
        super().__init__(window)
        self._window, self._jobs, self._bus, self._notices = window, jobs, bus, notices
        self._services: Services | None = None
        self._fetching: Request | None = None
        self._is_more = False
        self._told: set[str] = set()
        self._open_task = ""
        self.dialog: PackDialog | None = None
        bus.saved.connect(self.attend)
        bus.task_opened.connect(self._on_task_opened)

    def open(self, services: Services) -> None:
        """A file of a team was opened."""
        self._services = services
        services.packs.open_task = self._open_task
        self.fetch()

    def close(self) -> None:
        """The file is closed."""
        self._services, self._open_task = None, ""
        self._told.clear()
        if self._fetching is not None:
            self._fetching.cancel()
            self._fetching = None
        if self.dialog is not None:
            self.dialog.stop()
            self.dialog.close()

    def attend(self, *_: object) -> None:
        """Somebody works here just now."""
        if self._services is not None:
            self._services.sync.attend()

    def on_round(self, synced: Synced) -> None:
        """Tell what has ended, and fetch what is there now."""
        # What only lay ready is no loss; the sync log has it.
        ended = [one for one in synced.result.ended if one.is_begun or one.task_id == self._open_task]
        if len(ended) == 1:
            self._notices.show(ended[0].sentence, ended[0].hint, tone=Tone.WARN)
        elif ended:
            sentence = f"Your time for {len(ended)} tasks is over; they went back to the queue."
            self._notices.show(sentence, next((one.hint for one in ended if one.hint), ""), tone=Tone.WARN)
        self.fetch()

    # Offline

    def take_offline(self) -> None:
        """Ask how much, and for how long."""
        from annodesk.ui.team.packs import PackDialog

        services = self._services
        if services is None:
            self._notices.show("Only a team's work is taken offline.", "This file is all here already.")
            return
        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        self.dialog = PackDialog(self._jobs, services, self._window)
        self.dialog.finished.connect(self._on_dialog_closed)
        self.dialog.changed.connect(self._on_pack_changed)
        self.dialog.show()

    def bring_back(self) -> None:
        """Give back what is not begun; what comes of it stands in the same window."""
        self.take_offline()
        if self.dialog is not None:
            self.dialog.bring_back()

    def _on_dialog_closed(self) -> None:
        self.dialog = None

    def _on_pack_changed(self) -> None:
        from annodesk.services.changes import Changes, Kind

        self._bus.changed.emit(Changes.of(Kind.TASKS))
        self._bus.sync_asked.emit()

    # Media that come ahead

    def fetch(self) -> None:
        """Fetch what the open task and those that lie ready lack, unless that is being done or a pack is taken."""
        services = self._services
        is_taking = self.dialog is not None and self.dialog.is_busy
        if services is None or is_taking:
            return
        if self._fetching is not None and not self._fetching.is_done:
            self._is_more = True
            return
        self._jobs.store(
            services.packs.is_lacking,
            on_done=partial(self._on_looked, services),
            on_error=lambda error: self._on_not_fetched(error, services),
            what="look which recordings are missing",
        )

    def _on_looked(self, services: Services, is_lacking: bool) -> None:
        if not is_lacking or services is not self._services:
            return
        self._fetching = self._jobs.background(
            services.packs.fetch_ahead,
            on_done=lambda problems: self._on_fetched(problems, services),
            on_error=lambda error: self._on_not_fetched(error, services),
            on_progress=lambda share, words: self._on_progress(share, words, services),
            key=self,
            what="fetch recordings",
        )

    def _on_progress(self, share: float, words: str, services: Services) -> None:
        if services is self._services:
            self._bus.status_said.emit("" if share >= 1 else f"Fetching {words} … {share:.0%}".replace("%", " %"))

    def _on_fetched(self, problems: tuple[str, ...], services: Services) -> None:
        if services is not self._services:
            return
        self._bus.status_said.emit("")
        for problem in problems:
            if problem not in self._told:  # tried again with every round, told once
                self._told.add(problem)
                self._notices.show(f"A recording could not be fetched: {problem}", tone=Tone.WARN)
        if self._is_more:
            self._is_more = False
            self._fetching = None
            self.fetch()

    def _on_not_fetched(self, error: Exception, services: Services) -> None:
        if services is self._services and str(error) not in self._told:
            self._told.add(str(error))
            if isinstance(error, AnnodeskError):
                self._notices.error(error, "fetch recordings")
            else:
                self._jobs.failed.emit(error, "fetch recordings")

    def _on_task_opened(self, task_id: str) -> None:
        self._open_task = task_id
        if self._services is not None:
            self._services.packs.open_task = task_id
            self.attend()
            self.fetch()

    # Qt

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in _SIGNS:
            self.attend()
        return False
