"""What a dragged edge snaps to, and what that is called."""

from __future__ import annotations

from collections.abc import Container
from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from annodesk.ui.timeline.state import TimelineState

SNAP_PX = 7
_WORDS = {"cut": "shot cut", "onset": "onset", "ending": "end of sound", "crossing": "zero crossing"}


class Snapped(Struct, frozen=True):
    """A time, and the name of what is there; empty where nothing held it."""

    time_us: int
    what: str = ""


def snapped(state: TimelineState, time_us: int, ignoring: Container[str]) -> Snapped:
    """The nearest edge of any lane, playhead or snap point within a few pixels, else the nearest frame."""
    reach = state.scale.length_us(SNAP_PX)
    places = [(state.playhead_us, "playhead")]
    for kind in state.snap_points:
        places += [(at, _WORDS.get(kind, kind)) for at in state.snap_points_near(time_us, reach, kind)]
    for lane in state.lanes:
        for segment in state.segments_in(lane, time_us - reach, time_us + reach + 1):
            if segment.id not in ignoring:
                words = f"edge on {lane.tier.name}"
                places += [(segment.start_us, words), (segment.end_us, words)]
    near = [place for place in places if abs(place[0] - time_us) <= reach]
    if near:
        return Snapped(*min(near, key=lambda place: abs(place[0] - time_us)))
    frame = state.nearest_frame(time_us)
    return Snapped(frame, "frame" if state.has_frames else "")
