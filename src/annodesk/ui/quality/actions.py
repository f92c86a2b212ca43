"""The actions of the page about agreement as data."""

from __future__ import annotations

from annodesk.ui.actions import Action

_LOOK, _THRESHOLD = "Agreement", "Threshold"

ACTIONS = (
    Action("agreement.read", "Measure again", ("Ctrl+R",), group=_LOOK, in_text=True),
    Action("agreement.copy", "Copy the table as text", ("Ctrl+C",), when="figures", group=_LOOK,
           help="With a line for each part and label, for a spreadsheet or a message."),
    Action("agreement.save", "Save the table as CSV …", ("Ctrl+E",), when="figures", group=_LOOK),
    Action("agreement.confused", "To what is confused most", ("C",), when="confusions", group=_LOOK,
           help="Return opens the places of a pair that wait for review."),
    Action("agreement.matrices", "Who takes what for what …", ("M",), when="matrices", group=_LOOK,
           help="A matrix of each annotator on the part or label that is chosen; to an annotator their own."),
    Action("agreement.focus", "Back to the table", ("Esc",), group=_LOOK, in_text=True),
    Action("agreement.threshold", "To the threshold", ("T",), when="threshold", group=_THRESHOLD,
           help="Then the arrows move it by a hundredth, with Shift by five, pages by ten. Nothing changes until set."),
    Action("agreement.lower", "Threshold a little lower", ("[",), when="threshold", group=_THRESHOLD, repeats=True),
    Action("agreement.higher", "Threshold a little higher", ("]",), when="threshold", group=_THRESHOLD, repeats=True),
    Action("agreement.set", "Set this threshold for everybody", ("Ctrl+Return", "Ctrl+Enter"), when="may set",
           group=_THRESHOLD, help="Makes a version of the project; it holds for what is handed in from then on."),
    Action("agreement.follow", "Let it follow the project's threshold", ("Ctrl+Backspace",), when="may set",
           group=_THRESHOLD),
    Action("agreement.undo", "Set the threshold back", ("Ctrl+Z",), when="undo", group=_THRESHOLD,
           help="To what it was before it was set here."),
)  # fmt: skip
