"""Asking a team's server for one more task, beyond those that lie ready, and opening it when it is here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    from annodesk.services.sync_state import SyncState
    from annodesk.services.tasks import TaskCard
    from annodesk.ui.annotate.tasklist import TaskList
    from annodesk.ui.bus import Context

ASKING = "Asking for another task …"
LATER = "Another task comes when there is a connection again."


class AnotherTask(QObject):
    """Asks once at a time; whoever opens something else meanwhile is not taken away from it."""

    def __init__(self, context: Context, tasks: TaskList, open_task: Callable[[str], None]) -> None:
        super().__init__(tasks)
        self._context, self._open_task = context, open_task
        self._known: frozenset[str] | None = None
        self._tasks = tasks
        context.bus.sync_state.connect(self._on_state)
        context.bus.task_opened.connect(self._on_task_opened)

    @property
    def is_asking(self) -> bool:
        """Whether the answer is awaited."""
        return self._known is not None

    def ask(self) -> None:
        """Have the server choose another task."""
        if self.is_asking:
            return
        self._known = frozenset(card.task_id for card in self._tasks.cards)
        context = self._context
        context.bus.status_said.emit(ASKING)
        context.jobs.store(context.services.sync.ask_for_task, what="ask for another task")

    def look(self, cards: Sequence[TaskCard]) -> None:
        """The list was read again: open what is new in it."""
        if self._known is None:
            return
        fresh = [card.task_id for card in cards if card.task_id not in self._known]
        if fresh:
            self._known = None
            self._context.bus.status_said.emit("")
            self._open_task(fresh[0])

    def _on_state(self, state: SyncState) -> None:
        if self._known is None or state.is_busy:
            return
        if state.offline_since_us is not None:
            self._known = None
            self._context.bus.status_said.emit(LATER)
            return
        self._context.jobs.store(
            self._context.services.tasks.why_no_other, on_done=self._on_answer, what="look for another task"
        )

    def _on_answer(self, why: str) -> None:
        if self._known is not None and why:
            self._known = None
            self._context.bus.status_said.emit(why)

    def _on_task_opened(self, _task_id: str) -> None:
        self._known = None
