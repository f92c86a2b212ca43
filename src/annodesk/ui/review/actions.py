"""The review workspace's actions as data."""

from __future__ import annotations

from annodesk.ui.actions import Action
from annodesk.ui.player.play_actions import play_actions
from annodesk.ui.player.video_actions import video_actions
from annodesk.ui.timeline.sound_actions import sound_actions

_GO, _RULE, _DRAW, _VIEW, _TASK = "Go", "Rule", "Draw your own", "View", "Review"

ACTIONS = (
    Action("review.next", "Next disagreement", ("J", "Media Next"), when="places", group=_GO, repeats=True),
    Action("review.previous", "Disagreement before", ("K", "Media Previous"), when="places", group=_GO, repeats=True),
    Action("review.next_open", "Next one still to rule", ("Shift+J",), when="places", group=_GO),
    Action("review.advance", "Go on by itself, on or off", ("Alt+R",), when="open", group=_GO,
           help="After a ruling the view goes to the next place still to rule. It never settles."),
    Action("review.batch", "Show the next review batch alone, or all that waits", ("Ctrl+Shift+J",), group=_GO,
           help="Such as the errors of a model that were opened together at the desk."),
    Action("review.hear", "Hear this place", ("Space", "Media Play", "Toggle Media Play/Pause", "Media Pause"),
           when="timeline", group=_GO,
           help="With a second on either side; again stops it."),
    Action("review.play", "Play or pause from the playhead", ("Ctrl+Space", "Ctrl+P"), when="timeline", group=_GO,
           in_text=True),
    Action("review.play_segment", "Play the selected segment", ("Shift+Space",), when="timeline", group=_GO),
    Action("review.play_around", "Play around the selected segment", ("Ctrl+Shift+Space",), when="timeline", group=_GO),
    Action("review.loop", "Loop the selected segment or the place", ("R", "Ctrl+L"), when="timeline", group=_GO),
    *play_actions("review", "timeline", _GO),
    Action("review.left", "Playhead a little back", ("Left",), when="timeline", group=_GO, repeats=True),
    Action("review.right", "Playhead a little on", ("Right",), when="timeline", group=_GO, repeats=True),
    Action("review.second_back", "A second back", ("Shift+Left",), when="timeline", group=_GO, repeats=True),
    Action("review.second_on", "A second on", ("Shift+Right",), when="timeline", group=_GO, repeats=True),
    Action("review.step_back", "A frame back", ("Ctrl+Left",), when="timeline", group=_GO, repeats=True,
           help="10 ms where there is no video."),
    Action("review.step_on", "A frame on", ("Ctrl+Right",), when="timeline", group=_GO, repeats=True,
           help="10 ms where there is no video."),
    Action("review.next_segment", "Next segment", ("Tab", "Alt+Right"), when="timeline", group=_GO, repeats=True),
    Action("review.previous_segment", "Segment before", ("Shift+Tab", "Alt+Left"), when="timeline", group=_GO,
           repeats=True),
    Action("review.up", "Lane above", ("Up",), when="timeline", group=_GO, repeats=True),
    Action("review.down", "Lane below", ("Down",), when="timeline", group=_GO, repeats=True),
    Action("review.average", "Average edge", ("M",), when="place", group=_RULE,
           help="Puts the boundary half way between the two."),
    Action("review.neither", "Neither: draw your own", ("N",), when="place", group=_RULE,
           help="Empties the place on your lane; draw there with the mouse or with Enter."),
    Action("review.several", "Several answers acceptable", ("S",), when="place", group=_RULE,
           help="The place is left without one answer; what each side said, and how many said it, is kept."),
    Action("review.undecided", "Cannot be decided", ("U",), when="place", group=_RULE,
           help="Nobody could know: the place is left without an answer, and says so wherever it goes."),
    Action("review.exclude", "Exclude this place …", ("X",), when="place", group=_RULE,
           help="With a reason: its number is enough."),
    Action("review.exclude_item", "Exclude the whole item, or take it in again …", ("Shift+X",), when="open",
           group=_RULE, help="With a reason; then nothing else of it needs a ruling."),
    Action("review.open_again", "Open this place again", ("Shift+U",), when="place", group=_RULE,
           help="Takes its ruling back, whatever was ruled since."),
    Action("review.text", "Write the segment's text", ("F2",), when="open", group=_RULE),
    Action("review.settle", "Settle", ("Ctrl+Return", "Ctrl+Enter"), when="open", group=_TASK, in_text=True),
    Action("review.undo", "Undo", ("Ctrl+Z",), when="open", group=_TASK, repeats=True),
    Action("review.redo", "Redo", ("Ctrl+Shift+Z", "Ctrl+Y"), when="open", group=_TASK, repeats=True),
    Action("review.note", "Leave a note", ("Ctrl+Shift+M",), when="open", group=_TASK),
    Action("review.tell", "Write to the annotators", ("Alt+W",), when="open", group=_TASK,
           help="Goes to those whose work is ruled otherwise here, as a digest between their tasks, without names."),
    Action("review.pin_words", "Pin the words to this place", ("Alt+P",), when="open", group=_TASK, in_text=True,
           help="To the selected segment of a side, the disputed place or the playhead; it goes with a return."),
    Action("review.return", "Return a side to its annotator …", ("Alt+B",), when="open", group=_TASK, in_text=True,
           help="With what is to be done and the pins; the item waits until it is handed in again."),
    Action("review.pin", "Pin this ruling to a clause …", ("P",), when="place", group=_TASK,
           help="A precedent with its clip, read by everybody beside the guidelines."),
    Action("review.unpin", "Take the precedent down", ("Alt+U",), when="precedents", group=_TASK),
    Action("review.precedent_hear", "Hear the precedent", ("Alt+H",), when="precedents", group=_GO,
           help="The clip of the ruling that is pinned to the clause shown; again stops it."),
    Action("review.precedent_next", "Next precedent", ("Alt+J",), when="precedents", group=_GO),
    Action("review.questions", "Answer open questions …", ("Alt+Q",), group=_TASK,
           help="What annotators ask from inside a task; it is parked until somebody answers."),
    Action("review.settled", "Settled items …", ("Alt+S",), group=_TASK,
           help="Open one again, or make an analyst's answer a reference."),
    Action("review.next_item", "Next item in the queue", ("Ctrl+PgDown",), group=_TASK),
    Action("review.previous_item", "Item before in the queue", ("Ctrl+PgUp",), group=_TASK),
    Action("review.draw", "Draw here", ("Return", "Enter", "Shift+N"), when="timeline", group=_DRAW,
           help="Over the selected time, the disputed place, or from the playhead."),
    Action("review.split", "Split at the playhead", ("Ctrl+J",), when="timeline", group=_DRAW),
    Action("review.merge_next", "Merge with the next", ("Ctrl+M",), when="timeline", group=_DRAW),
    Action("review.merge_previous", "Merge with the one before", ("Shift+M",), when="timeline", group=_DRAW),
    Action("review.start_here", "Start at the playhead", ("[", "Ctrl+,"), when="timeline", group=_DRAW),
    Action("review.end_here", "End at the playhead", ("]", "Ctrl+."), when="timeline", group=_DRAW),
    Action("review.delete", "Delete", ("Del",), when="timeline", group=_DRAW),
    Action("review.none", "Checked, there is none", ("0",), when="timeline", group=_DRAW),
    Action("review.fit", "Fit this disagreement", ("I",), when="timeline", group=_VIEW),
    Action("review.zoom_all", "Show all", ("Ctrl+0",), when="timeline", group=_VIEW),
    Action("review.zoom_back", "View before", ("Ctrl+Backspace",), when="timeline", group=_VIEW),
    Action("review.zoom_in", "Zoom in", ("Ctrl+=", "Ctrl++"), when="timeline", group=_VIEW, repeats=True),
    Action("review.zoom_out", "Zoom out", ("Ctrl+-",), when="timeline", group=_VIEW, repeats=True),
    Action("review.page_back", "A page back", ("PgUp",), when="timeline", group=_VIEW, repeats=True),
    Action("review.page_on", "A page on", ("PgDown",), when="timeline", group=_VIEW, repeats=True),
    Action("review.reveal", "See and hear sensitive content, or not", ("Alt+V",), when="sensitive", group=_VIEW,
           help="Such an item begins without a sound and blurred, and plays nothing by itself."),
    Action("review.fold_queue", "Fold the queue", ("F7",), group=_VIEW, in_text=True),
    Action("review.fold_side", "Fold labels and notes", ("F8",), group=_VIEW, in_text=True),
    *sound_actions("review"),
    Action("review.focus", "Back to the work", ("Esc",), when="open", group=_VIEW, in_text=True),
    *video_actions("review"),
)  # fmt: skip


_OWNED = frozenset(key for action in ACTIONS for key in action.keys) | {"G"}


def take_action(letter: str) -> Action:
    """The action that takes a lane's answer; its key is the letter, where no other action has that."""
    keys = (letter,) if letter not in _OWNED else ()
    return Action(f"review.take.{letter}", f"Take {letter}", keys, when="place", group=_RULE)


def label_action(name: str, key: str) -> Action:
    """The action that labels the selected segment of the ruling lane."""
    return Action(f"review.label.{name}", f"Label {name}", (key,) if key else (), when="timeline", group=_DRAW)


def answer_action(question: str, title: str, key: str) -> Action:
    """The action that answers a question in the analyst's own words."""
    keys = (key,) if key else ()
    return Action(f"review.answer.{question}.{title}", f"{question}: {title}", keys, when="open", group=_RULE)
