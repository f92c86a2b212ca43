"""The actions of the manager's desk as data."""

from __future__ import annotations

from annodesk.ui.actions import Action

_LOOK, _CLIPS, _PAGES, _WORK = "Desk", "Clips", "Pages of the desk", "Who is given what"

PAGES: tuple[tuple[str, str], ...] = (
    ("today", "Today"),
    ("figures", "Figures"),
    ("batches", "Batches"),
    ("work", "Work"),
    ("plan", "Plan"),
    ("models", "Models"),
    ("references", "References"),
    ("you", "You"),
)
"""The desk's pages by name, with what stands on their tabs."""


def _page_actions() -> tuple[Action, ...]:
    return tuple(
        Action(
            f"desk.page.{name}", f"Desk: {title}", (f"Alt+{place}",), when=f"page {name}", group=_PAGES, in_text=True
        )
        for place, (name, title) in enumerate(PAGES, start=1)
    )


ACTIONS = (
    Action("desk.read", "Read the desk again", ("Ctrl+R",), group=_LOOK, in_text=True),
    *_page_actions(),
    Action("desk.confusion", "To what is heard as what", ("C",), when="confusion", group=_LOOK,
           help="Arrows go from cell to cell; Return plays its clips."),
    Action("desk.unit", "Confusion in time or in counts", ("U",), when="confusion", group=_LOOK),
    Action("desk.part", "Confusion of the next part", ("P",), when="parts", group=_LOOK),
    Action("desk.search", "Search the tasks by name", ("S",), when="work", group=_WORK),
    Action("desk.members", "To the members", ("E",), when="work", group=_WORK),
    Action("desk.keep", "Keep the task for the person who is chosen", ("F",), when="keep", group=_WORK,
           help="Nobody else is given its free places; it comes first in their list."),
    Action("desk.take", "Take the task from who holds it, for the person who is chosen", ("T",), when="take",
           group=_WORK, help="What was done on it is kept."),
    Action("desk.anybody", "Let the task go to anybody again", ("A",), when="anybody", group=_WORK),
    Action("desk.pause_task", "Pause the task, or have it given out again", ("H",), when="task", group=_WORK),
    Action("desk.pause_member", "Pause the member, or give them work again", ("W",), when="member", group=_WORK),
    Action("desk.terms", "Skills, tasks a day, absence and hours of the member …", ("M",), when="member", group=_WORK),
    Action("desk.undo", "Undo what was said last", ("Ctrl+Z",), when="undo", group=_WORK),
    Action("desk.next_clip", "Next clip", ("J",), when="clips", group=_CLIPS, repeats=True),
    Action("desk.previous_clip", "Clip before", ("K",), when="clips", group=_CLIPS, repeats=True),
    Action("desk.hear", "Hear the clip, or stop", ("Space",), when="clips", group=_CLIPS),
    Action("desk.discuss", "Discuss the clip …", ("D",), when="clips", group=_CLIPS,
           help="A question to the analysts and managers, or words beside the answer to whoever gave it."),
    Action("desk.send_to_review", "Send the clip to review …", ("R",), when="clips", group=_CLIPS,
           help="The item is opened again: somebody labels it who has not seen it, else an analyst judges it anew."),
    Action("desk.pin", "Pin the clip to the guidelines …", ("G",), when="clips", group=_CLIPS),
    Action("desk.back", "Back to the number", ("Esc",), when="clips", group=_CLIPS),
)  # fmt: skip
