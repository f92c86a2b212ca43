"""The actions of the project page as data."""

from __future__ import annotations

from annodesk.ui.actions import Action

_PAGE, _RUN, _SET, _MODEL, _TOLD = "Project page", "Pre-label", "Settings", "Model", "What it is told"

ACTIONS = (
    Action("setup.start", "Pre-label", ("1",), group=_PAGE),
    Action("setup.model", "The model", ("2",), group=_PAGE),
    Action("setup.told", "What the model is told", ("3",), group=_PAGE),
    Action("setup.show", "When people see suggestions", ("4",), group=_PAGE),
    Action("setup.alone", "What stands without a person", ("5",), group=_PAGE),
    Action("setup.examples", "What helps the model", ("6",), group=_PAGE),
    Action("setup.effects", "What suggestions do to people", ("7",), group=_PAGE),
    Action("setup.labels", "Groups of labels", ("8",), group=_PAGE,
           help="Enter goes to the first label; Down and Up there complete groups that are named already."),
    Action("setup.scroll_down", "Read on in the section", ("Ctrl+Down",), group=_PAGE, repeats=True),
    Action("setup.scroll_up", "Read back in the section", ("Ctrl+Up",), group=_PAGE, repeats=True),
    Action("setup.focus", "Back to the list of sections", ("Esc",), group=_PAGE, in_text=True),
    Action("setup.read", "Read this section again", ("Ctrl+R",), group=_PAGE, in_text=True),
    Action("setup.run", "Let the model label what waits", ("R",), when="run", group=_RUN,
           help="Beside the window: go on working meanwhile. What it has done is kept wherever it is stopped."),
    Action("setup.anew", "Let the model label everything anew", ("Shift+R",), when="anew", group=_RUN,
           help="Such as with another model or prompt; what it said before is kept."),
    Action("setup.stop", "Stop the model", ("S",), when="running", group=_RUN),
    Action("setup.set", "Set the changes for everybody", ("Ctrl+Return", "Ctrl+Enter"), when="changes", group=_SET,
           in_text=True, help="Makes a version of the project; it holds for whatever is opened from then on."),
    Action("setup.put_back", "Let go of the changes", ("Ctrl+Backspace",), when="changes", group=_SET),
    Action("setup.undo", "Set back what was set last", ("Ctrl+Z",), when="undo", group=_SET,
           help="To what stood before it was set here."),
    Action("setup.threshold", "To the threshold", ("T",), when="threshold", group=_SET,
           help="Then the arrows move it by a hundredth, with Shift by five, pages by ten. Nothing changes until set."),
    Action("setup.part", "The price of another part", ("O",), when="alone", group=_SET),
    Action("setup.lower", "Threshold a little lower", ("[",), when="threshold", group=_SET, repeats=True),
    Action("setup.higher", "Threshold a little higher", ("]",), when="threshold", group=_SET, repeats=True),
    Action("setup.model_file", "Choose a model file …", ("M",), when="model", group=_MODEL,
           help="Any GGUF file; it is checked before it is taken."),
    Action("setup.model_name", "Fetch a model by its name", ("N",), when="model", group=_MODEL,
           help="From Hugging Face, where there is a network: owner/model:kind."),
    Action("setup.trial", "Try it on your own settled items", ("Ctrl+T",), when="other model", group=_MODEL,
           help="Thirty seconds beside the model in use; nothing is written."),
    Action("setup.canary", "Run it beside the old model on a share of items", ("B",), when="other model", group=_MODEL,
           help="Unseen by people and without a vote, until it is known to be no worse."),
    Action("setup.promote", "Let the model beside take over", ("Ctrl+B",), when="promote", group=_MODEL,
           help="Once it is known to be no worse; like every change here it is set by Ctrl+Enter."),
    Action("setup.end_canary", "End the comparison with the model beside", ("Shift+B",), when="canary", group=_MODEL),
    Action("setup.prompt", "To the words of the prompt", ("P",), when="prompt", group=_TOLD),
    Action("setup.shipped", "Back to the prompt as it is shipped", ("Ctrl+Shift+Backspace",), when="prompt",
           group=_TOLD, in_text=True),
    Action("setup.next_item", "Show it on the next item", ("Alt+Down",), when="prompt", group=_TOLD, in_text=True,
           repeats=True),
    Action("setup.prev_item", "Show it on the item before", ("Alt+Up",), when="prompt", group=_TOLD, in_text=True,
           repeats=True),
    Action("setup.ask", "Ask the model about this item", ("Ctrl+J",), when="prompt", group=_TOLD, in_text=True,
           help="With the words as they stand here; nothing is written. Managers and analysts ask, of items "
           "that they may not label any more."),
)  # fmt: skip
