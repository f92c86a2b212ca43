"""What the desk is reading just now: one request of each name, answers that come too late dropped."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from annodesk.ui.dashboard.reading import while_here

if TYPE_CHECKING:
    from annodesk.ui.bus import Context
    from annodesk.ui.jobs import Request


class Reads:
    """Reads in the background lane; ``failed`` is told the name and the error of what could not be read."""

    def __init__(self, context: Context, failed: Callable[[str, Exception], None]) -> None:
        self._context, self._failed = context, failed
        self._requests: dict[str, Request] = {}

    def ask(self, name: str, work: Callable[..., Any], done: Callable[[Any], None], *args: object) -> None:
        """Read something of the project that is open, for the person who works here."""
        context = self._context
        self._requests[name] = context.jobs.background(
            work,
            context.services,
            context.project_id,
            context.person_id,
            *args,
            on_done=while_here(context, done),
            on_error=partial(self._failed, name),
            key=f"desk {name}",
            what="read the desk",
        )

    def load(self, work: Callable[[], Any], done: Callable[[Any], None], what: str) -> None:
        """Load something that is of no project."""
        self._requests["load"] = self._context.jobs.background(
            work, on_done=done, on_error=partial(self._failed, "load"), key="desk load", what=what
        )

    def give_up(self) -> bool:
        """Cancel whatever is being read; returns whether anything was."""
        running = [one for one in self._requests.values() if not one.is_done]
        for one in running:
            one.cancel()
        self._requests.clear()
        return bool(running)
