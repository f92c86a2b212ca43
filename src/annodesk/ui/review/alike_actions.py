"""What can be done with the open disagreements of one kind, as data."""

from __future__ import annotations

from annodesk.ui.actions import Action

_ALIKE = "Disagreements of one kind"

OPEN = Action("review.alike", "Look through those of the same kind", ("G", "Alt+G"), when="alike", group="Rule",
              help="After a ruling: all open disagreements of the same pair of labels, most alike first.")  # fmt: skip

GRID = (
    Action("alike.move", "Next or previous clip, which is played", ("Right", "Left", "Down", "Up"), group=_ALIKE,
           listens=True, help="With Shift more of them are selected."),
    Action("alike.hear", "Hear the clip again, or stop", ("Space",), group=_ALIKE,
           help="With a second of context on either side."),
    Action("alike.every", "Select all", ("Ctrl+A",), group=_ALIKE, help="A label's key then chooses for all of them."),
    Action("alike.leave_out", "Leave out, or take in again", ("X",), group=_ALIKE),
    Action("alike.rule", "Rule the chosen ones", ("Return", "Enter"), group=_ALIKE,
           help="Each by an Edit of its own in your set of its item."),
    Action("alike.settle", "Settle the items that are wholly ruled", ("Ctrl+Return", "Ctrl+Enter"), group=_ALIKE),
    Action("alike.undo", "Undo the last batch", ("Ctrl+Z",), group=_ALIKE),
    Action("alike.fetch", "Fetch what is not here yet", ("F",), when="fetch", group=_ALIKE),
    Action("alike.back", "Back to the item", ("Esc", "G"), group=_ALIKE),
)  # fmt: skip

ACTIONS = (OPEN, *GRID)


def choice_action(number: int, words: str, key: str) -> Action:
    """The action that chooses what is right for the selected clips."""
    return Action(f"alike.choice.{number}", f"Choose: {words}", (key,) if key else (), group=_ALIKE)
