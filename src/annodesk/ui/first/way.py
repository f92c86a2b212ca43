"""When the first steps are shown: after joining a team, and whenever somebody asks for them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from annodesk.ui.bus import Context
    from annodesk.ui.first.workspace import FirstSteps
    from annodesk.ui.window import MainWindow

FIRST_STEPS = "first steps"
"""The name of the workspace, and of the condition that it is shown."""


class FirstWay(QObject):
    """Leads to the first steps and from there to the work; the workspace is made when it is first needed."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.has_joined = False
        """Whether the file that is opened next has just come from a team."""

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        return {
            "window.first_steps": self.show,
            "window.skip_step": lambda: self._steps().go_on(),
            "window.skip_steps": lambda: self._steps().leave(),
        }

    def make(self, context: Context) -> FirstSteps:
        """The workspace; whoever leaves it comes to their work."""
        from annodesk.ui.first.workspace import FirstSteps

        made = FirstSteps(context)
        made.left.connect(lambda: self._window.show_workspace(self._window.who.work()))
        return made

    def show(self) -> None:
        """Begin, from the beginning where they are shown already."""
        if self._window.shown == FIRST_STEPS:
            self._steps().release()
        self._window.show_workspace(FIRST_STEPS)

    def begins_with(self, shown: str, person_id: str) -> str:
        """Which workspace is shown of a file that has just been opened, where ``shown`` was before."""
        has_joined, self.has_joined = self.has_joined, False
        if has_joined:
            from annodesk.ui.first.workspace import has_taken

            return self._window.who.work() if has_taken(person_id) else FIRST_STEPS
        return shown if shown != FIRST_STEPS else self._window.who.work()

    def _steps(self) -> FirstSteps:
        from annodesk.ui.first.workspace import FirstSteps

        steps = self._window.workspace
        assert isinstance(steps, FirstSteps)
        return steps
