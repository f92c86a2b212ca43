"""Every action that the program itself brings, by the part of the program it belongs to."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from annodesk.ui import shell_actions
from annodesk.ui.annotate import actions as annotate
from annodesk.ui.annotate import digest_actions as digest
from annodesk.ui.annotate import guideline_actions as guidelines
from annodesk.ui.dashboard import actions as dashboard
from annodesk.ui.quality import actions as quality
from annodesk.ui.review import actions as review
from annodesk.ui.review import alike_actions as alike
from annodesk.ui.setup import actions as setup

if TYPE_CHECKING:
    from annodesk.ui.actions import Action

SCOPES = {
    "window": "Everywhere",
    "annotate": "Annotate",
    "tap": "Annotate",
    "writing": "Annotate",
    "digest": "Annotate",
    "guidelines": "Annotate",
    "review": "Review",
    "agreement": "How people agree",
    "desk": "The manager's desk",
    "alike": "Review",
    "setup": "Project page",
}
"""Parts of the program by the first word of an action's id, and what a person calls them."""


@cache
def every_action() -> dict[str, Action]:
    """The actions by id."""
    brought = (
        *annotate.ACTIONS,
        *digest.ACTIONS,
        *guidelines.ACTIONS,
        *review.ACTIONS,
        *alike.ACTIONS,
        *quality.ACTIONS,
        *dashboard.ACTIONS,
        *setup.ACTIONS,
        *shell_actions.ACTIONS,
    )
    return {one.id: one for one in brought if not one.is_hidden}


def title_of(action_id: str) -> str:
    """What an action is called; its id where a newer annodesk knows it."""
    found = every_action().get(action_id)
    return found.title if found is not None else action_id
