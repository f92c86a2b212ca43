"""The way from a pair that is confused to its places in review."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from annodesk.errors import Cancelled
from annodesk.ui.notices import Tone
from annodesk.ui.quality.confused import NOTHING

if TYPE_CHECKING:
    from annodesk.services.pair_places import PairPlace
    from annodesk.ui.window import MainWindow


def open_pair(window: MainWindow, part: str, a: str, b: str) -> None:
    """Look for the first place of a pair that waits for review, and open it."""
    context = window.context
    if context is None:
        return
    context.bus.status_said.emit(f"Looking for {a or NOTHING} / {b or NOTHING} in the queue …")
    context.jobs.background(
        context.services.quality.place_of_pair,
        context.project_id,
        context.person_id,
        part,
        a,
        b,
        on_done=partial(_show, window, f"{a or NOTHING} / {b or NOTHING}"),
        on_error=partial(_say, window),
        key="place of a pair",
        what="look for a pair in the queue",
    )


def _show(window: MainWindow, pair: str, found: PairPlace | None) -> None:
    window.bus.status_said.emit("")
    if found is None:
        hint = "They are settled, wait for somebody else, or are in items above the threshold."
        window.notices.show(f"No place of {pair} waits for you.", hint, tone=Tone.INFO)
        return
    window.show_workspace("review")
    if window.workspace is not None:
        window.workspace.open_task(found.task_id, found.key)


def _say(window: MainWindow, error: Exception) -> None:
    window.bus.status_said.emit("")
    if not isinstance(error, Cancelled):
        window.notices.error(error, "look for a pair in the queue")
