"""The window's own actions, which work in every workspace."""

from __future__ import annotations

from pathlib import Path

from annodesk.ui.actions import Action
from annodesk.ui.plain import LONGEST_NAME, shown

GROUP = "Window"
LAST_FILE = "window.last."
"""Prefix of the actions that open a file of last time; the rest is its place."""
ACTIONS = (
    Action("window.palette", "Command palette", ("Ctrl+K",), group=GROUP, in_text=True, help="Do anything by name."),
    Action("window.keys", "Show all keys", ("F1", "?"), group=GROUP),
    Action("window.change_keys", "Change keys and the wheel …", ("Ctrl+F1",), group=GROUP, in_text=True,
           help="Presets of ELAN, Praat, Audacity and CVAT, your own keys, pedals and media keys."),
    Action("window.help", "Five minutes with annodesk", ("Shift+F1",), group=GROUP, in_text=True),
    Action("window.first_steps", "First steps: keys, sound, practice", when="open", group=GROUP,
           help="Your keys, whether you hear anything, and three clips to practise on that nobody else ever sees."),
    Action("window.skip_step", "Skip this step", ("Ctrl+Shift+F",), when="first steps", group=GROUP,
           help="Of the first steps."),
    Action("window.skip_steps", "Skip the rest of the first steps", when="first steps", group=GROUP),
    Action("window.saved", "Is everything saved?", ("Ctrl+S",), group=GROUP, in_text=True,
           help="Everything is saved as it happens; this says when the last change reached the disk."),
    Action("window.annotate", "Go to annotate", ("F5",), when="open", group=GROUP, in_text=True),
    Action("window.review", "Go to review", ("F6",), when="open", group=GROUP, in_text=True),
    Action("window.desk", "The manager's desk", ("Ctrl+F6",), when="open", group=GROUP, in_text=True,
           help="What needs a person today over all projects, how far they are, and the clips behind every number."),
    Action("window.agreement", "How people agree", ("Shift+F6",), when="open", group=GROUP, in_text=True,
           help="Agreement on each part and label with what it rests on, what is confused most, and what a threshold "
           "would have sent to review; of one's own answers for whoever labels."),
    Action("window.setup", "Pre-labels of this project", ("Shift+F5",), when="open", group=GROUP, in_text=True,
           help="Which model suggests, what it is told, when people see it, what that costs and brings; and the way to "
           "let it label what waits."),
    Action("window.open", "Open a project file …", ("Ctrl+O",), group=GROUP),
    Action("window.person", "Change who is working here …", ("Ctrl+Shift+P",), when="open", group=GROUP),
    Action("window.newcomer", "Add a person …", when="open", group=GROUP),
    Action("window.team", "Work with a team …", group=GROUP,
           help="Open an invitation, or write the address of your team's database."),
    Action("window.publish", "Publish this project to a shared database …", when="open", group=GROUP,
           help="Its whole history goes along; afterwards this file belongs to the team and syncs."),
    Action("window.team_people", "People of the team …", group=GROUP,
           help="Who belongs to the project: roles, skills, tasks a day, absence; invite somebody, or leave."),
    Action("window.offline", "Take tasks offline …", ("Ctrl+Shift+O",), when="open", group=GROUP,
           help="So many tasks of your team for so many days, with their recordings."),
    Action("window.bring_back", "Bring back what was taken offline", ("Ctrl+Shift+I",), when="open", group=GROUP,
           help="What is not begun goes back to the team; what is begun stays yours."),
    Action("window.standing", "How the project stands", when="open", group=GROUP,
           help="What is settled and what waits, how far people agree; of a whole team for its managers and analysts."),
    Action("window.takedown", "Take an item down …", when="open", group=GROUP,
           help="Delete its content here and on every workstation for good; labels stay. Says who has not confirmed."),
    Action("window.sync_log", "Sync log", group=GROUP, help="What was sent and fetched, and what is waiting."),
    Action("window.media_folder", "Where the recordings are …", when="open", group=GROUP,
           help="Name the folder in which this computer has the project's recordings."),
    Action("window.theme", "Switch between dark and light", ("Ctrl+Shift+L",), group=GROUP),
    Action("window.larger", "Larger text", ("Ctrl+Shift+.",), group=GROUP, repeats=True),
    Action("window.smaller", "Smaller text", ("Ctrl+Shift+,",), group=GROUP, repeats=True),
    Action("window.full", "Full screen", ("F11",), group=GROUP),
    Action("window.quit", "Quit", ("Ctrl+Q",), group=GROUP, in_text=True),
)  # fmt: skip


def last_file_action(number: int, path: Path) -> Action:
    """The action that opens a file of last time."""
    name = f"Open {shown(path.name, LONGEST_NAME)} in {shown(path.parent.name, LONGEST_NAME) or path.anchor}"
    return Action(f"{LAST_FILE}{number}", name, group="Files of last time", help=str(path))
