"""Settling an item: what still keeps it from that, and letting the rulings stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from annodesk.model.rules import Problem, submit_problems
from annodesk.ui import advance
from annodesk.ui.review.wording import missing_text

if TYPE_CHECKING:
    from annodesk.services.review import Settled
    from annodesk.ui.review.workspace import ReviewWorkspace

CHECK_MS = 150


class Settling(QObject):
    """Watches over one workspace's open item."""

    def __init__(self, workspace: ReviewWorkspace) -> None:
        super().__init__(workspace)
        self._room = workspace
        self.is_settling = False
        self._check = QTimer(self)
        self._check.setSingleShot(True)
        self._check.setInterval(CHECK_MS)
        self._check.timeout.connect(self._look_for_problems)

    @property
    def is_waiting(self) -> bool:
        """Whether the item is to be looked at again in a moment."""
        return self._check.isActive()

    def reset(self) -> None:
        """The item has been closed."""
        self.is_settling = False
        self._check.stop()

    def check_soon(self) -> None:
        """Look for problems once the person pauses."""
        self._check.start()

    def show_missing(self, problem: str = "") -> None:
        """What keeps the item from being settled: a place to rule, else a problem."""
        room = self._room
        if room.editor is None:
            return
        if self.is_settling:
            room.desk.rulings.show_missing("settling …", can_settle=False)
            return
        missing = missing_text(room.places.open_ones, room.desk.text) or problem
        room.desk.rulings.show_missing(missing, can_settle=not room.editor.locked)

    def settle(self) -> None:
        """Let the rulings stand; where one is missing, say so and go there."""
        room = self._room
        if room.work is None or room.editor is None or self.is_settling:
            return
        room.side.questions.flush()
        room.telling.keep()
        if room.editor.locked:
            room.say(room.editor.locked)
            return
        if room.places.open_ones:
            room.say(f"Not yet: {missing_text(room.places.open_ones, room.desk.text)}.")
            room.go_to(room.places.next_open())
            return
        self.is_settling = True
        self.show_missing()
        room.context.jobs.store(
            room.context.services.review.settle,
            room.editor.annotations,
            on_done=self._on_settled,
            on_error=self._on_not_settled,
            what="settle an item",
        )

    def _on_settled(self, settled: Settled) -> None:
        room = self._room
        title, task_id = room.title(), room.waiting.opened
        advance.note_done(room.context.person_id)
        room.close_work()
        room.waiting.take_out(task_id, f"{title}: {settled.sentence}")
        room.show_conditions()
        room.say(settled.sentence)
        room.context.bus.changed.emit(settled.changes)
        room.refresh()

    def _on_not_settled(self, error: Exception) -> None:
        self.is_settling = False
        self._room.context.notices.error(error, "settle an item")
        self._look_for_problems()

    def _look_for_problems(self) -> None:
        """Find what the schema still wants; off the UI thread, for with 20,000 segments it takes long."""
        room = self._room
        if room.editor is None or room.editor.locked or room.places.open_ones:
            self.show_missing()
            return
        session = room.editor.session
        room.context.jobs.compute(
            submit_problems,
            session.schema,
            session.annotations,
            session.within,
            key="what keeps a review from being settled",
            on_done=self._show_problems,
            what="check the rulings",
        )

    def _show_problems(self, problems: list[Problem]) -> None:
        room = self._room
        if room.work is not None and not room.places.open_ones:
            room.side.questions.mark_missing([problem.part for problem in problems])
            self.show_missing(problems[0].sentence if problems else "")
