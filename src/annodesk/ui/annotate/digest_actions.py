"""What can be done while rulings on one's work are looked through, between two tasks."""

from __future__ import annotations

from annodesk.ui.actions import Action

_RULINGS = "Rulings on your work"

ACTIONS = (
    Action("digest.hear", "Hear it", ("Space", "Ctrl+Space"), group=_RULINGS,
           help="With a second before and after; again stops it."),
    Action("digest.next", "Next ruling, then on to your tasks", ("Right", "Return", "Enter", "J"), group=_RULINGS),
    Action("digest.previous", "Ruling before", ("Left", "K"), group=_RULINGS),
    Action("digest.dispute", "Dispute it …", ("D",), group=_RULINGS,
           help="Once for each ruling. Another analyst rules it again, without your name, and that stands."),
    Action("digest.later", "Later, on to your tasks", ("Esc",), group=_RULINGS,
           help="What you have not looked at comes again after the next task."),
)  # fmt: skip
"""Bound while they are shown."""

ASK_ACTIONS = (
    Action("annotate.rulings", "Rulings on my work …", ("Alt+L",), group="Task",
           help="Where an analyst ruled otherwise than you had labelled. They come between tasks, never within one."),
    Action("annotate.rulings_when", "How often rulings come: after each task, once a day, never", group="Task"),
)  # fmt: skip
