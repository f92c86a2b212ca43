"""Lets the coordinator look at what is new, a piece at a time: what is written meanwhile is saved in between."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.services.coordinator import RoundResult
    from annodesk.ui.bus import Context

AT_ONCE = 50
"""So many answers of the model are looked at before others get their turn."""


def score_and_route(context: Context, what: str) -> None:
    """Score, settle and offer in the store lane, until nothing is left to be looked at."""

    def on_done(result: RoundResult) -> None:
        context.bus.changed.emit(result.changes)
        if result.is_more:
            score_and_route(context, what)

    look = partial(context.services.coordinator.round, most=AT_ONCE)
    context.jobs.store(look, context.project_id, on_done=on_done, what=what)
