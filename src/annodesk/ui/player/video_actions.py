"""What can be done with an item's videos, as data, alike in every workspace that shows them."""

from __future__ import annotations

from annodesk.ui.actions import Action

_GROUP = "Video"


def video_actions(workspace: str) -> tuple[Action, ...]:
    """A workspace's actions; ``video`` holds where there is one, ``videos`` several, ``cuts`` where they are known."""

    def action(name: str, title: str, *keys: str, when: str = "video", help: str = "", repeats: bool = False) -> Action:
        return Action(f"{workspace}.{name}", title, keys, when=when, group=_GROUP, help=help, repeats=repeats)

    return (
        action("video_fold", "Fold the picture", "Shift+F9"),
        action("video_window", "Picture in its own window, or back", "Ctrl+F9",
               help="For a second screen; keys work there too, and closing it puts the picture back."),
        action("video_alone", "One video alone, the next, or all", "Shift+F11",
               help="D and F step by the frames of the one that is framed."),
        action("videos", "When each video begins …", "Ctrl+Shift+F9", when="videos",
               help="By typing, or by a frame with Up and Down; Ctrl+Z in that window takes a move back."),
        action("video_card", "Decode video with the graphics card, or with the processor",
               help="Kept for this workstation. A card is taken where its first, middle and last pictures are those "
                    "of the processor; where it fails or shows others, the processor goes on and says so."),
        action("video_read", "Go on without a video whose frames are being found, or find them"),
        action("filmstrip", "Show or hide the film strip", "Shift+F12"),
        action("frames", "Edges keep to frames, or go between them"),
        action("shuttle_on", "Faster and faster on", "Shift+V",
               help="Without sound, each press twice as fast; Space stops."),
        action("shuttle_back", "Faster and faster back", "Shift+C",
               help="Without sound, each press twice as fast; Space stops."),
        action("find_cuts", "Find shot cuts and fades, or stop", "Ctrl+Shift+F11",
               help="Looks through the whole video in the background; edges then snap to them."),
        action("next_cut", "Next shot cut", "Shift+PgDown", when="cuts", repeats=True),
        action("prev_cut", "Shot cut before", "Shift+PgUp", when="cuts", repeats=True),
    )  # fmt: skip
