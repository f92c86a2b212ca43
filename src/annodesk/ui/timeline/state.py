"""What every part of the timeline looks at: scale, playhead, selection, lanes, annotations and marks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from annodesk.model.times import Interval, joined
from annodesk.ui.timeline.look import SoundLook, recalled, remember
from annodesk.ui.timeline.scale import TimeScale

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.ui.timeline.lanes import Flag, LaneSpec, Mark

FRAME = "frame"
"""The kind of snap points that lie so close that every edge is near one: they give way to all others."""


class TimelineState(QObject):
    """The timeline's one state; the lanes paint it, gestures and commands change it through its methods."""

    scale_changed = Signal()
    playhead_changed = Signal(object, object)  # old, new; object because Qt's int ends at 35 minutes of microseconds
    hover_changed = Signal()
    selection_changed = Signal()
    stretch_changed = Signal()
    lanes_changed = Signal()
    content_changed = Signal(str)
    marks_changed = Signal()
    preview_changed = Signal()
    look_changed = Signal()
    pointed_changed = Signal()
    snap_points_changed = Signal(str)
    guide_changed = Signal()
    snap_changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.scale = TimeScale()
        self.gutter_px = 0
        self.playhead_us = 0
        self.hover_us: int | None = None
        self.lanes: tuple[LaneSpec, ...] = ()
        self.active_lane: str | None = None
        self.selected_lane: str | None = None
        self.selected: frozenset[str] = frozenset()
        self.pointed: tuple[str, str] | None = None
        self.stretch: Interval | None = None
        self.part: Interval | None = None
        self.flags: tuple[Flag, ...] = ()
        self.band: tuple[float, float] | None = None
        self.look = recalled()
        self.wave_zoom = 1.0
        self.marks: tuple[Mark, ...] = ()
        self.current_mark: str | None = None
        self.heard: tuple[Interval, ...] = ()
        self.lost: Interval | None = None
        """What the recording should hold behind the place where its file breaks off."""
        self.preview: tuple[Segment, ...] = ()
        self.preview_lane: str | None = None
        self.followers: tuple[Segment, ...] = ()
        """What the gesture under way does on other tiers, to the children of what it moves."""
        self.snap = True
        self.snaps_to_sound = False
        """Whether edges snap to onsets, ends of sound and zero crossings too."""
        self.pushes = False
        """Whether an edge that runs into a neighbour pushes the neighbour's edge."""
        self.guide: tuple[int, str] | None = None
        self._sets: dict[str, AnnotationSet] = {}
        self._only: dict[str, frozenset[str] | None] = {}
        self._snap_points: dict[str, NDArray[np.int64]] = {}

    @property
    def bounds(self) -> Interval:
        """What may be worked on; what is shown before and after it is context, to be seen and heard only."""
        return self.part if self.part is not None else Interval(self.scale.low_us, self.scale.high_us)

    def set_scale(self, scale: TimeScale) -> None:
        """Show another part."""
        if scale != self.scale:
            self.scale = scale
            self.set_hover(None)  # another time is under the pointer now; whoever knows which says so
            self.scale_changed.emit()

    def set_playhead(self, time_us: int) -> None:
        """Put the playhead somewhere inside the limits."""
        old, new = self.playhead_us, max(self.scale.low_us, min(self.scale.high_us, time_us))
        if new != old:
            self.playhead_us = new
            self.playhead_changed.emit(old, new)

    @property
    def snap_points(self) -> Mapping[str, NDArray[np.int64]]:
        """Times that edges may snap to, by kind (such as ``cut``), each sorted."""
        return MappingProxyType(self._snap_points)

    def set_snap_points(self, kind: str, times_us: Iterable[int] | NDArray[np.int64]) -> None:
        """The times of one kind; none takes the kind away."""
        given = np.asarray(times_us if isinstance(times_us, np.ndarray) else list(times_us), np.int64)
        if given.size:
            self._snap_points[kind] = np.unique(given)
        elif self._snap_points.pop(kind, None) is None:
            return
        self.snap_points_changed.emit(kind)

    def set_guide(self, guide: tuple[int, str] | None) -> None:
        """The time that a dragged edge has snapped to, and what is there."""
        if guide != self.guide:
            self.guide = guide
            self.guide_changed.emit()

    def set_snap(self, on: bool) -> None:
        """Let dragged edges snap, or not."""
        if on != self.snap:
            self.snap = on
            self.snap_changed.emit()

    def set_snaps_to_sound(self, on: bool) -> None:
        """Let edges snap to changes of the sound too, or not."""
        if on != self.snaps_to_sound:
            self.snaps_to_sound = on
            self.snap_changed.emit()

    def set_pushes(self, on: bool) -> None:
        """Let edges push their neighbours', or stop at them."""
        if on != self.pushes:
            self.pushes = on
            self.snap_changed.emit()

    @property
    def has_frames(self) -> bool:
        """Whether there is a video whose frames are known."""
        return FRAME in self._snap_points

    def snap_points_near(self, time_us: int, reach_us: int, only: str = "") -> list[int]:
        """The nearest time of each kind (of one) but frames on either side, where it is within reach."""
        found = []
        for kind, times in self._snap_points.items():
            if kind == FRAME or (only and kind != only):
                continue
            at = int(np.searchsorted(times, time_us))
            found += [int(t) for t in times[max(0, at - 1) : at + 1] if abs(int(t) - time_us) <= reach_us]
        return found

    def nearest_frame(self, time_us: int) -> int:
        """The nearest time at which the picture changes; the time itself where there is no video, or it is over."""
        times = self._snap_points.get(FRAME)
        if times is None or not times[0] <= time_us <= times[-1]:
            return time_us
        at = int(np.searchsorted(times, time_us))
        return min((int(t) for t in times[max(0, at - 1) : at + 1]), key=lambda t: abs(t - time_us))

    def frame_start(self, time_us: int) -> int:
        """When the picture on show at a time began; the time itself where edges keep to no frames."""
        times = self._snap_points.get(FRAME)
        if times is None or not self.snap or not times[0] <= time_us <= times[-1]:
            return time_us
        return int(times[int(np.searchsorted(times, time_us, "right")) - 1])

    def nudged(self, time_us: int, by_us: int) -> int:
        """A time a little earlier or later: by a frame where edges keep to frames, else by so much."""
        times = self._snap_points.get(FRAME)
        if times is None or not self.snap or not times[0] <= time_us <= times[-1]:
            return time_us + by_us
        at = int(np.searchsorted(times, self.nearest_frame(time_us))) + (1 if by_us > 0 else -1)
        return int(times[max(0, min(times.size - 1, at))])

    def set_lost(self, lost: Interval | None) -> None:
        """Where the file says there is sound, and it cannot be read."""
        if lost != self.lost:
            self.lost = lost
            self.marks_changed.emit()

    def set_hover(self, time_us: int | None) -> None:
        """Where the pointer is, None when it has left."""
        if time_us != self.hover_us:
            self.hover_us = time_us
            self.hover_changed.emit()

    def set_lanes(self, lanes: Sequence[LaneSpec]) -> None:
        """Show these lanes; what is known of lanes that stay is kept."""
        self.lanes = tuple(lanes)
        ids = {lane.id for lane in lanes}
        self._sets = {k: v for k, v in self._sets.items() if k in ids}
        self._only = {k: v for k, v in self._only.items() if k in ids}
        if self.active_lane not in ids:
            editable = [lane.id for lane in lanes if lane.editable]
            self.active_lane = (editable or [lane.id for lane in lanes] or [None])[0]
        if self.selected_lane not in ids:
            self.select(None, ())
        self.lanes_changed.emit()

    def lane(self, lane_id: str | None) -> LaneSpec | None:
        """The lane of that id."""
        return next((lane for lane in self.lanes if lane.id == lane_id), None)

    def set_annotations(self, lane_id: str, annotations: AnnotationSet, only: Iterable[str] | None) -> None:
        """What a lane holds now; ``only`` limits it to some elements."""
        self._sets[lane_id] = annotations
        self._only[lane_id] = None if only is None else frozenset(only)
        if lane_id == self.selected_lane and any(i not in annotations for i in self.selected):
            self.select(lane_id, [i for i in self.selected if i in annotations])
        self.content_changed.emit(lane_id)

    def annotations(self, lane_id: str | None) -> AnnotationSet | None:
        """The set behind a lane, None while there is none."""
        return self._sets.get(lane_id) if lane_id is not None else None

    def shown_ids(self, lane_id: str) -> frozenset[str] | None:
        """The elements a lane is limited to, None for all of its set."""
        return self._only.get(lane_id)

    def segments_in(self, lane: LaneSpec, start_us: int, end_us: int) -> list[Segment]:
        """What a lane shows of a stretch, in order."""
        annotations = self._sets.get(lane.id)
        if annotations is None:
            return []
        found, only = annotations.segments_in(lane.tier.name, start_us, end_us), self._only.get(lane.id)
        return found if only is None else [s for s in found if s.id in only]

    def select(self, lane_id: str | None, ids: Iterable[str]) -> None:
        """Select elements of one lane; it, or the lane its suggestions are for, becomes the active one."""
        chosen, home = frozenset(ids), self._home(lane_id)
        changed = chosen != self.selected or (bool(chosen) and lane_id != self.selected_lane)
        self.selected, self.selected_lane = chosen, lane_id if chosen else None
        if chosen and home is not None and home != self.active_lane:
            self.active_lane, changed = home, True
        if changed:
            self.selection_changed.emit()

    def activate(self, lane_id: str | None) -> None:
        """Make a lane the one that keys act on; of suggestions, the lane they are for."""
        home = self._home(lane_id)
        if home != self.active_lane:
            self.active_lane = home
            self.selection_changed.emit()

    def homes(self) -> list[str]:
        """The lanes that can be active, top to bottom."""
        return [lane.id for lane in self.lanes if self._home(lane.id) == lane.id]

    def _home(self, lane_id: str | None) -> str | None:
        """The lane on which keys act while something of this one is selected: suggestions have no keys of their own."""
        lane = self.lane(lane_id)
        if lane is None or lane.style != "suggestion":
            return lane_id
        own = [one.id for one in self.lanes if one.tier.name == lane.tier.name and one.style in ("person", "ruling")]
        return own[0] if own else lane_id

    def set_pointed(self, lane_id: str | None, element_id: str = "") -> None:
        """The suggestion that the next key answers, brought out and legible however narrow it is."""
        pointed = (lane_id, element_id) if lane_id is not None else None
        if pointed != self.pointed:
            self.pointed = pointed
            self.pointed_changed.emit()

    def set_stretch(self, stretch: Interval | None) -> None:
        """The time selected on the waveform; without any there is no band either."""
        if stretch != self.stretch:
            self.stretch = stretch
            self.band = self.band if stretch is not None else None
            self.stretch_changed.emit()

    def set_band(self, band_hz: tuple[float, float] | None) -> None:
        """The frequencies selected within the time selected, low and high; None for all."""
        if self.stretch is None:
            band_hz = None
        if band_hz != self.band:
            self.band = band_hz
            self.stretch_changed.emit()

    def set_look(self, look: SoundLook) -> None:
        """Draw the lanes of sound so, here and in timelines opened later."""
        if look != self.look:
            self.look = look
            remember(look)
            self.look_changed.emit()

    def set_wave_zoom(self, zoom: float) -> None:
        """Draw the waveform so many times as high as fits the whole recording."""
        if zoom != self.wave_zoom:
            self.wave_zoom = zoom
            self.look_changed.emit()

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show these marks; those of kind heard go to the overview."""
        self.marks = tuple(m for m in marks if m.kind != "heard")
        given = [Interval(m.start_us, m.end_us) for m in marks if m.kind == "heard"]
        if given:
            self.heard = joined(given)
        self.marks_changed.emit()

    def set_flags(self, flags: Iterable[Flag]) -> None:
        """Show these comments and bookmarks."""
        self.flags = tuple(flags)
        self.marks_changed.emit()

    def set_current_mark(self, key: str | None) -> None:
        """The mark that is being looked at."""
        if key != self.current_mark:
            self.current_mark = key
            self.marks_changed.emit()

    def note_heard(self, start_us: int, end_us: int) -> None:
        """Add a stretch to what has been listened to."""
        if end_us > start_us:
            self.heard = joined([*self.heard, Interval(start_us, end_us)])
            self.marks_changed.emit()

    def set_heard(self, heard: Iterable[Interval]) -> None:
        """What has been listened to until now."""
        self.heard = joined(heard)
        self.marks_changed.emit()

    def set_preview(self, lane_id: str | None, segments: Sequence[Segment], followers: Sequence[Segment] = ()) -> None:
        """Segments as the gesture under way would leave them."""
        if (lane_id, tuple(segments), tuple(followers)) != (self.preview_lane, self.preview, self.followers):
            self.preview_lane, self.preview, self.followers = lane_id, tuple(segments), tuple(followers)
            self.preview_changed.emit()
