"""The actions of the manager's desk as data."""

from __future__ import annotations

from annodesk.ui.actions import Action

_LOOK, _CLIPS, _PAGES = "Desk", "Clips", "Pages of the desk"

PAGES: tuple[tuple[str, str], ...] = (
    ("today", "Today"),
    ("figures", "Figures"),
    ("batches", "Batches"),
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
    Action("desk.next_clip", "Next clip", ("J",), when="clips", group=_CLIPS, repeats=True),
    Action("desk.previous_clip", "Clip before", ("K",), when="clips", group=_CLIPS, repeats=True),
    Action("desk.hear", "Hear the clip, or stop", ("Space",), when="clips", group=_CLIPS),
    Action("desk.discuss", "Discuss the clip …", ("D",), when="clips", group=_CLIPS,
           help="A comment beside the answer; in a team the place and both answers go to the clipboard."),
    Action("desk.send_to_review", "Send the clip to review …", ("R",), when="clips", group=_CLIPS,
           help="The item is opened again: somebody labels it who has not seen it, else an analyst judges it anew."),
    Action("desk.pin", "Pin the clip to the guidelines …", ("G",), when="clips", group=_CLIPS),
    Action("desk.back", "Back to the number", ("Esc",), when="clips", group=_CLIPS),
)  # fmt: skip
