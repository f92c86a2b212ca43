"""The team as the window knows it: the database that let the person in, how sync stands, and the windows about both."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal
from PySide6.QtWidgets import QMenu, QWidget

from annodesk.ui.notices import Notices, Tone
from annodesk.ui.parts import settings
from annodesk.ui.plain import entry_text
from annodesk.ui.team.following import Following, join_project
from annodesk.ui.team.holding import Holding

if TYPE_CHECKING:
    from annodesk.services.joining import Met, TeamProject
    from annodesk.services.publishing import Handed
    from annodesk.services.sync_state import SyncLine, SyncState
    from annodesk.store.facts import Joined
    from annodesk.ui.bus import Bus, Context
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.opening import Opened
    from annodesk.ui.status import StatusLine
    from annodesk.ui.team.connect import ConnectDialog
    from annodesk.ui.team.people import PeoplePanel
    from annodesk.ui.team.publish import PublishDialog
    from annodesk.ui.team.standing import StandingWindow
    from annodesk.ui.team.sync_log import SyncLog
    from annodesk.ui.team.takedown import TakedownDialog

LAST_PLACE = "team/address"
"""The address of last time, without its password."""
MOST_LINES = 1_000


class Team(QObject):
    """Opens the windows when they are first asked for, and keeps the status line true.

    connected(Met)      a shared database has let the person in
    joined(Path, str)   this file of a team's project is here now, to be opened as that person
    leaving()           what is being typed is to be stored: the file is about to be another
    """

    leaving = Signal()

    connected = Signal(object)
    joined = Signal(object, str)

    def __init__(self, window: QWidget, jobs: Jobs, bus: Bus, notices: Notices, status: StatusLine) -> None:
        super().__init__(window)
        self._window, self._jobs, self._bus, self._notices, self._status = window, jobs, bus, notices, status
        self.met: Met | None = None
        self.project_name: Callable[[], str] = lambda: ""
        """What the open file's project is called."""
        self.opened: Callable[[], Opened | None] = lambda: None
        """The open file."""
        self.context: Callable[[], Context | None] = lambda: None
        """Who works in it, on what."""
        self.lines: deque[SyncLine] = deque(maxlen=MOST_LINES)
        self.dialog: ConnectDialog | None = None
        self.panel: PeoplePanel | None = None
        self.publishing: PublishDialog | None = None
        self.standing: StandingWindow | None = None
        self.log: SyncLog | None = None
        self.takedowns: TakedownDialog | None = None
        self.open_item: Callable[[], str] = lambda: ""
        """Key of the item that is worked on."""
        self.menu: QMenu | None = None
        self._then: Callable[[], None] | None = None
        self.following = Following(jobs, bus, self)
        self.holding = Holding(window, jobs, bus, notices)
        self.following.begun.connect(self.holding.open)
        self.following.rounded.connect(self.holding.on_round)
        bus.sync_state.connect(self.show_state)
        bus.sync_line.connect(self.add_line)
        status.sync.pressed.connect(self.show_log)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "window.team": self.connect_to,
            "window.publish": self.publish,
            "window.standing": self.show_standing,
            "window.team_people": self.show_people,
            "window.takedown": self.show_takedowns,
            "window.sync_log": self.show_log,
            "window.offline": self.holding.take_offline,
            "window.bring_back": self.holding.bring_back,
        }

    def connect_to(self) -> None:
        """Ask for the team's database."""
        from annodesk.ui.team.connect import ConnectDialog

        if self.dialog is not None:
            self.dialog.activateWindow()
            return
        self.dialog = ConnectDialog(self._jobs, self._window, url=str(settings().value(LAST_PLACE) or ""))
        self.dialog.connected.connect(self._on_met)
        self.dialog.finished.connect(self._on_dialog_closed)
        self.dialog.open()

    def show_people(self) -> None:
        """Who belongs to the project; the database is asked for first where it is not known."""
        met, opened = self.met, self.opened()
        where = opened.services.sync.where if opened is not None else None
        if where is not None and (met is None or met.address.url != where.url):
            self._meet_own(where)
            return
        if met is None:
            self._then = self.show_people
            self.connect_to()
            return
        project = self._project(met)
        if project is None:
            self._notices.show("You are in no project of this database.", "Ask a manager to add you.", tone=Tone.WARN)
            return
        from annodesk.ui.team.people import PeoplePanel

        if self.panel is not None:
            self.panel.close()
        self.panel = PeoplePanel(self._jobs, met.address, project.id, project.name, self._window)
        self.panel.finished.connect(self._on_panel_closed)
        self.panel.show()

    def _meet_own(self, where: Joined) -> None:
        """Enter the database that the open file belongs to, as its rounds do; ask only where the password is gone."""
        from annodesk.services import joining

        def done(met: Met) -> None:
            self.met = met
            self.show_people()

        def failed(error: Exception) -> None:
            if joining.needs_password(error):
                settings().setValue(LAST_PLACE, where.url)
                self._then = self.show_people
                self.connect_to()
            else:
                self._notices.error(error, "ask about people")

        self._jobs.background(
            lambda: joining.meet(joining.read_url(where.url)),
            on_done=done,
            on_error=failed,
            key="meet the file's own database",
            what="ask about people",
        )

    def publish(self) -> None:
        """Bring the open project into a shared database; that is asked for first."""
        opened, context = self.opened(), self.context()
        if opened is None or context is None or self.publishing is not None:
            return
        if opened.member:
            self._notices.show("This project belongs to a team already.", "There is nothing to publish.")
            return
        if opened.read_only:
            self._notices.show("This file can only be read here.", opened.read_only, tone=Tone.WARN)
            return
        if self.met is None:
            self._then = self.publish
            self.connect_to()
            return
        from annodesk.ui.team.publish import PublishDialog

        self.leaving.emit()
        self.publishing = dialog = PublishDialog(self._jobs, opened, context.person_id, self.met, self._window)
        dialog.published.connect(self._on_published)
        dialog.elsewhere.connect(self._publish_elsewhere)
        dialog.finished.connect(self._on_publishing_closed)
        dialog.open()

    def show_standing(self) -> None:
        """How the open project stands."""
        from annodesk.ui.team.standing import StandingWindow

        context = self.context()
        if self.standing is not None:
            self.standing.activateWindow()
        elif context is not None:
            self.standing = StandingWindow(context, self._window)
            self.standing.finished.connect(self._on_standing_closed)
            self.standing.show()

    def leave_file(self) -> None:
        """The file is closed: its rounds end, and the windows about it go."""
        self.following.close()
        for window in (self.panel, self.standing, self.takedowns):
            if window is not None:
                window.close()

    def show_takedowns(self) -> None:
        """Take an item down, and see how far that is."""
        opened, context = self.opened(), self.context()
        if opened is None or context is None:
            return
        if opened.read_only:
            self._notices.show("This file can only be read here.", opened.read_only, tone=Tone.WARN)
            return
        from annodesk.ui.team.takedown import TakedownDialog

        if self.takedowns is not None:
            self.takedowns.close()
        item = self.open_item()
        self.takedowns = TakedownDialog(self._jobs, self._bus, opened, context.person_id, item, self._window)
        self.takedowns.finished.connect(self._on_takedowns_closed)
        self.takedowns.show()

    def show_log(self) -> None:
        """What sync did; once only."""
        from annodesk.ui.team.sync_log import SyncLog

        if self.log is None:
            self.log = SyncLog(self._window)
            self.log.sync_asked.connect(self._bus.sync_asked)
            self.log.show_lines(self.lines)
        self._show_in_log()
        self.log.show()
        self.log.activateWindow()

    def show_state(self, state: SyncState) -> None:
        """Say how sync stands now."""
        self._status.sync.show_state(state)
        self._show_in_log()

    def add_line(self, line: SyncLine) -> None:
        """Something happened that a person may want to read later."""
        self.lines.append(line)
        if self.log is not None:
            self.log.add(line)

    def close(self) -> None:
        """The window closes; so do these."""
        self.following.close()
        self.holding.close()
        for window in (self.dialog, self.panel, self.log, self.publishing, self.standing, self.takedowns):
            if window is not None:
                window.close()

    # Inside

    def _show_in_log(self) -> None:
        lamp = self._status.sync
        if self.log is not None:
            self.log.show_state(lamp.sentence(), lamp.state.reason if lamp.state is not None else "")

    def _project(self, met: Met) -> TeamProject | None:
        opened = self.opened()
        where = opened.services.sync.where if opened is not None else None
        if where is not None:
            return next((project for project in met.projects if project.id == where.project_id), None)
        named = [project for project in met.projects if project.name == self.project_name()]
        return next(iter(named or met.projects), None)

    def _on_met(self, met: Met) -> None:
        self.met = met
        settings().setValue(LAST_PLACE, met.address.url)
        kept = "" if met.password_kept else "This computer has no keyring: the password is forgotten when you quit."
        self._notices.show(f"Connected to {met.address.place} as {met.name}.", kept, tone=Tone.OK)
        self.connected.emit(met)
        if self._then is None:
            self._choose_project(met)

    def _choose_project(self, met: Met) -> None:
        """Open the one project there is, or let the person say which."""
        if not met.projects:
            self._notices.show("You are in no project yet.", "Ask a manager to add you.", tone=Tone.WARN)
        elif len(met.projects) == 1:
            self.join(met, met.projects[0])
        else:
            self.menu = menu = QMenu(self._window)
            for project in met.projects:
                chosen = menu.addAction(f"Open {entry_text(project.name)}")
                chosen.triggered.connect(lambda _checked=False, project=project: self.join(met, project))
            menu.popup(self._window.mapToGlobal(self._window.rect().center()))

    def join(self, met: Met, project: TeamProject) -> None:
        """Fetch a project into a file of this workstation, and have it opened."""
        self._notices.show(f"Fetching {project.name} …", "You can go on working.")
        self._jobs.background(
            lambda: join_project(met, project),
            on_done=lambda path: self.joined.emit(path, met.person_id),
            on_error=lambda error: self._notices.error(error, "join a project"),
            key=self,
            what="join a project",
        )

    def _publish_elsewhere(self) -> None:
        self.met, self._then = None, self.publish
        QTimer.singleShot(0, self, self.connect_to)

    def _on_publishing_closed(self) -> None:
        self.publishing = None

    def _on_published(self, handed: Handed) -> None:
        self.met = None  # what it said of projects is not so any more
        made, opened = handed.published, self.opened()
        if handed.copy is None or opened is None:
            hint = "This file holds other projects too and goes on alone: Work with a team opens the published one."
            self._notices.show(f"{made.name} is published.", hint, tone=Tone.OK)
            return
        hint = f"What the file was lies beside it: {handed.copy.name}. Let people in: People of the team."
        self._notices.show(f"{made.name} is published and syncs from now on.", hint, tone=Tone.OK)
        self.joined.emit(opened.services.path, made.person_id)

    def _on_dialog_closed(self, result: int) -> None:
        self.dialog = None
        then, self._then = self._then, None
        if result and then is not None:
            then()

    def _on_takedowns_closed(self) -> None:
        self.takedowns = None

    def _on_panel_closed(self) -> None:
        self.panel = None

    def _on_standing_closed(self) -> None:
        self.standing = None
