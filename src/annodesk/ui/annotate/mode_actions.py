"""What can be done during a tap pass and while a text is written; what works there listens for the keys itself."""

from __future__ import annotations

from annodesk.ui.actions import Action

TAP, WRITING = "Tap pass", "Writing"


def _tap(name: str, title: str, *keys: str, when: str = "taps", help: str = "") -> Action:
    return Action(f"tap.{name}", title, keys, when=when, group=TAP, help=help, listens=True)


def _writing(name: str, title: str, *keys: str, help: str = "") -> Action:
    return Action(f"writing.{name}", title, keys, when="writing", group=WRITING, help=help, listens=True)


TAP_ACTIONS = (
    _tap(
        "accept", "End the listening; then take all taps", "Return", "Enter", when="tapping", help="One step to undo."
    ),
    _tap("next", "Next edge in doubt, and hear it", "Tab", help="The edge that was looked at stays where it is."),
    _tap("prev", "Edge in doubt before", "Shift+Tab", "Shift+Backtab"),
    _tap("earlier", "Edge to the change before", "Left"),
    _tap("later", "Edge to the change after", "Right"),
    _tap("raw", "Edge to the tap itself, less your lag", "Down"),
    _tap("listen", "Hear the edge again", "Space"),
    _tap("back", "Take the last tap or choice back", "Backspace", "Ctrl+Z", when="tapping"),
    _tap("discard", "Throw the taps away", "Del", help="Taking back brings them back."),
    _tap("leave", "Leave the taps for later", "Esc", when="tapping", help="They wait, also when annodesk is closed."),
)
WRITING_ACTIONS = (
    _writing("next", "Store, and write the next", "Tab"),
    _writing("prev", "Store, and write the one before", "Shift+Tab", "Shift+Backtab"),
    _writing("done", "Store, and back to the timeline", "Return", "Enter"),
    _writing("line", "New line in the text", "Shift+Return", "Shift+Enter"),
    _writing("restore", "Leave the text as it was", "Esc"),
    _writing("play", "Pause, or play on while writing", "Ctrl+Space", "Ctrl+P", help="From a little before."),
    _writing("whole", "The whole segment again", "Ctrl+Shift+Space"),
    _writing("loop", "Loop the segment while writing", "Ctrl+L"),
    _writing("back", "Back 2 s while writing", "Ctrl+B"),
    _writing("slower", "Slower while writing", "Ctrl+-"),
    _writing("faster", "Faster while writing", "Ctrl+="),
    _writing("rate", "As recorded while writing", "Ctrl+0"),
)
MODE_ACTIONS = (*TAP_ACTIONS, *WRITING_ACTIONS)
