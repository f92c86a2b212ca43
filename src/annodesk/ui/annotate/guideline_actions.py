"""What can be done while a change of the guidelines is shown."""

from __future__ import annotations

from annodesk.ui.actions import Action

ACTIONS = (
    Action("guidelines.read", "I have read it, on to the task", ("Return", "Enter"), group="Changed guidelines",
           help="It is noted, and shown to you no more."),
)  # fmt: skip
"""Bound while a change of the guidelines is shown."""
