"""What views share: who works on what, the lanes, and the signals by which one view hears of another's work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct
from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from annodesk.services import Services
    from annodesk.ui.actions import KeyMap
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.notices import Notices


class Bus(QObject):
    """Signals between views that do not know each other.

    changed(Changes)        a service call changed something; each view asks whether it cares
    saved(int)              time (microseconds since 1970) of the last Edit known to be on disk
    waiting(int)            Edits not yet on disk
    person_changed()        the context's person or project is another; each view starts afresh
    title_changed()         the shown workspace's title or state for the strip is another
    status_said(str)        a short sentence for the status line
    speed_said(str)         how fast the shown workspace plays
    open_asked(str, str)    open a task: workspace name, task id
    newcomer_asked()        somebody wants to add a person
    pulled(Branches)        a set's history with what the person's other computers did; its open session goes on with it
    sync_state(SyncState)   how this computer stands to the shared database
    sync_line(SyncLine)     something that sync did, for people to read
    sync_asked()            the person does not want to wait for the next round of sync
    taken_down(frozenset)   ids of items whose content was taken down: what is open of them is let go of
    task_asked(str, bool)   a stage whose next task should lie ready, and whether somebody waits for it now
    task_opened(str)        the task that is open to be labelled now; empty where none is
    people_asked()          somebody else wants to work here
    leaving_file()          the open file is about to be closed: what works on it beside the window stops
    pair_asked(str, str, str)   places of a part where people say this and that ("" for nothing) are to be looked at
    """

    changed = Signal(object)
    saved = Signal(object)
    waiting = Signal(int)
    person_changed = Signal()
    title_changed = Signal()
    status_said = Signal(str)
    speed_said = Signal(str)
    open_asked = Signal(str, str)
    newcomer_asked = Signal()
    people_asked = Signal()
    pair_asked = Signal(str, str, str)
    leaving_file = Signal()
    pulled = Signal(object)
    sync_state = Signal(object)
    sync_line = Signal(object)
    sync_asked = Signal()
    taken_down = Signal(object)
    task_asked = Signal(str, bool)
    task_opened = Signal(str)


class Context(Struct):
    """What every workspace is given. ``project_id`` and ``person_id`` are empty until they are known."""

    services: Services
    jobs: Jobs
    bus: Bus
    project_id: str
    person_id: str
    notices: Notices
    person_name: str = ""
    is_fixed: bool = False
    """Whether a team's login says who works here, so that nobody else can be chosen."""


class Workspace(Protocol):
    """What the window asks of a workspace, which is a QWidget with its own KeyMap."""

    keys: KeyMap

    def title(self) -> str:
        """What is worked on, for the title strip; empty where nothing is open."""

    def note(self) -> str:
        """What is still required, at the strip's other end."""

    def refresh(self) -> None:
        """Read lists and the open task again; called when the workspace is shown."""

    def open_task(self, task_id: str) -> None:
        """Open a task."""

    def is_idle(self) -> bool:
        """Whether nothing is being read or stored."""

    def take_focus(self) -> None:
        """Give the focus to the timeline, so that keys mean what the workspace says."""

    def release(self) -> None:
        """Stop playback and let go of media; called before the window closes."""
