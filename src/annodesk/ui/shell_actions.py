"""The window's own actions, which work in every workspace."""

from __future__ import annotations

from annodesk.ui.actions import Action

GROUP = "Window"
ACTIONS = (
    Action("window.palette", "Command palette", ("Ctrl+K",), group=GROUP, in_text=True, help="Do anything by name."),
    Action("window.keys", "Show all keys", ("F1", "?"), group=GROUP),
    Action("window.saved", "Is everything saved?", ("Ctrl+S",), group=GROUP, in_text=True,
           help="Everything is saved as it happens; this says when the last change reached the disk."),
    Action("window.annotate", "Go to annotate", ("F5",), when="open", group=GROUP, in_text=True),
    Action("window.review", "Go to review", ("F6",), when="open", group=GROUP, in_text=True),
    Action("window.open", "Open a project file …", ("Ctrl+O",), group=GROUP),
    Action("window.person", "Change who is working here …", ("Ctrl+Shift+P",), when="open", group=GROUP),
    Action("window.newcomer", "Add a person …", when="open", group=GROUP),
    Action("window.theme", "Switch between dark and light", ("Ctrl+Shift+L",), group=GROUP),
    Action("window.larger", "Larger text", ("Ctrl+Shift+=", "Ctrl+Shift++"), group=GROUP, repeats=True),
    Action("window.smaller", "Smaller text", ("Ctrl+Shift+-", "Ctrl+Shift+_"), group=GROUP, repeats=True),
    Action("window.full", "Full screen", ("F11",), group=GROUP),
    Action("window.quit", "Quit", ("Ctrl+Q",), group=GROUP, in_text=True),
)  # fmt: skip
