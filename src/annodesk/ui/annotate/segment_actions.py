"""What keys and palette do to segments and tiers besides drawing and cutting: bulk, clipboard, snapping, tiers."""

from __future__ import annotations

from annodesk.ui.actions import Action

_DRAW, _MANY, _TIERS = "Segments", "Many segments", "Tiers"

TIERS = 8
"""Tiers that have an action of their own by their number."""

SEGMENT_ACTIONS = (
    Action("annotate.record", "Draw while it plays: begin, end", ("Shift+N",), when="media", group=_DRAW,
           help="The selected time grows with what is heard. The key again draws it, a label's key draws and labels, "
           "Esc lets go."),
    *(Action(f"annotate.on_tier_{number}", f"Draw, or a boundary, on tier {number}", when="timeline", group=_DRAW,
             help="Counted from the top, without those hidden; over the selected time, else at the playhead.")
      for number in range(1, TIERS + 1)),
    Action("annotate.zero", "Edge to the nearest zero crossing", ("Z",), when="media", group=_DRAW,
           help="The edge of the selected segment that lies nearer to the playhead, to the sample."),
    Action("annotate.attributes", "Write the segment's attributes", ("Ctrl+Shift+D",), when="timeline", group=_DRAW,
           help="Where the tier has any; Tab goes to the next, Esc back."),
    Action("annotate.fill_gap", "Fill the gap", ("Shift+G",), when="timeline", group=_DRAW,
           help="Stretches what is selected to its neighbours; with nothing selected, draws over the gap."),
    Action("annotate.earlier", "Move the selected earlier", (",",), when="timeline", group=_DRAW, repeats=True,
           help="By 10 ms, or by a frame where there is a video."),
    Action("annotate.later", "Move the selected later", (".",), when="timeline", group=_DRAW, repeats=True,
           help="By 10 ms, or by a frame where there is a video."),
    Action("annotate.snap", "Snap edges, on or off", ("Shift+S",), when="timeline", group=_DRAW,
           help="Alt while dragging turns it about, Ctrl keeps it off."),
    Action("annotate.snap_sound", "Snap edges to the sound too, on or off", ("Ctrl+Shift+F10",), when="timeline",
           group=_DRAW,
           help="To onsets and ends in views up to two minutes, to zero crossings in views up to half a second."),
    Action("annotate.push", "Edges push their neighbours, on or off", ("Shift+P",), when="timeline", group=_DRAW,
           help="Or hold Shift while dragging an edge. A neighbour is never pushed away as a whole."),
    Action("annotate.select_all", "Select all on the tier", ("Ctrl+A", "Shift+A"), when="timeline", group=_MANY),
    Action("annotate.select_alike", "Select all with this label", ("Ctrl+Shift+A", "Shift+L"), when="timeline",
           group=_MANY,
           help="A label key, Delete, or a step earlier or later then does it to all of them."),
    Action("annotate.copy", "Copy segments", ("Ctrl+C", "Ctrl+Ins"), when="timeline", group=_MANY,
           help="Other programs paste them as a table."),
    Action("annotate.cut", "Cut segments", ("Ctrl+X", "Shift+Del"), when="timeline", group=_MANY),
    Action("annotate.paste", "Paste at the playhead", ("Ctrl+V", "Shift+Ins"), when="timeline", group=_MANY,
           help="On the active tier, in this item or another."),
    Action("annotate.paste_same", "Paste at the times they had", ("Ctrl+Shift+V",), when="timeline", group=_MANY),
    Action("annotate.tier_lock", "Lock the tier, or open it", ("Shift+K",), when="timeline", group=_TIERS,
           help="Nothing on a locked tier changes, undo included."),
    Action("annotate.tier_hide", "Hide the tier", ("Shift+H",), when="timeline", group=_TIERS),
    Action("annotate.tiers_show", "Show all tiers", ("Shift+U",), when="timeline", group=_TIERS),
    Action("annotate.tier_raise", "Move the tier up", ("Shift+Home",), when="timeline", group=_TIERS),
    Action("annotate.tier_sink", "Move the tier down", ("Shift+End",), when="timeline", group=_TIERS),
    Action("annotate.tier_taller", "Make the tier higher", ("Ctrl+Home",), when="timeline", group=_TIERS,
           repeats=True),
    Action("annotate.tier_flatter", "Make the tier lower", ("Ctrl+End",), when="timeline", group=_TIERS,
           repeats=True),
)  # fmt: skip
