"""Where one is on the timeline: playhead, selection, what is in view, and the ways to look elsewhere."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QWidget

from annodesk.model.times import Interval
from annodesk.ui.timeline.state import TimelineState

if TYPE_CHECKING:
    from annodesk.model.annotations import Segment

ZOOM_STEP = 1.6
BACK_STEPS = 30


class TimelineSight(QWidget):
    """Moves the state that the parts of the timeline draw."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.state = TimelineState(self)
        self._back: list[tuple[int, int]] = []

    @property
    def playhead_us(self) -> int:
        """Where the playhead is."""
        return self.state.playhead_us

    @property
    def visible_range(self) -> tuple[int, int]:
        """Start and end of the part in view."""
        return self.state.scale.start_us, self.state.scale.end_us

    @property
    def limits(self) -> Interval:
        """All that can be brought into view: the part worked on, and the context around it."""
        return Interval(self.state.scale.low_us, self.state.scale.high_us)

    @property
    def selection(self) -> tuple[str | None, frozenset[str]]:
        """The lane and the ids selected on it."""
        return self.state.selected_lane, self.state.selected

    @property
    def stretch(self) -> Interval | None:
        """The time selected on the waveform."""
        return self.state.stretch

    @property
    def active_lane(self) -> str | None:
        """The lane that keys act on."""
        return self.state.active_lane

    @active_lane.setter
    def active_lane(self, lane_id: str | None) -> None:
        self.state.activate(lane_id)

    @property
    def snap(self) -> bool:
        """Whether drags snap to edges and to the playhead."""
        return self.state.snap

    @snap.setter
    def snap(self, on: bool) -> None:
        self.state.set_snap(on)

    def selected_segments(self) -> list[Segment]:
        """The selected segments, in order of time."""
        annotations = self.state.annotations(self.state.selected_lane)
        if annotations is None:
            return []
        found = [annotations.segment(i) for i in self.state.selected]
        return sorted(found, key=lambda s: (s.start_us, s.end_us, s.id))

    def select(self, lane_id: str | None, ids: Iterable[str]) -> None:
        """Select elements of a lane; those that do not exist are left out."""
        annotations = self.state.annotations(lane_id)
        self.state.select(lane_id, [i for i in ids if annotations is not None and i in annotations])

    def point_at(self, lane_id: str | None, element_id: str = "") -> None:
        """Bring out the suggestion that the next key answers; None for none."""
        self.state.set_pointed(lane_id, element_id)

    def clear_stretch(self) -> None:
        """Select no time."""
        self.state.set_stretch(None)

    def move_playhead(self, time_us: int) -> None:
        """Put the playhead somewhere."""
        self.state.set_playhead(time_us)

    def ensure_visible(self, start_us: int, end_us: int | None = None) -> None:
        """Pan, and zoom out where it must be, so that a stretch is in view."""
        scale, end = self.state.scale, start_us if end_us is None else end_us
        if scale.shows(start_us, end):
            return
        if end - start_us >= scale.span_us:
            self._remember()
            self.state.set_scale(scale.fitted(start_us, end, margin=0.1))
        else:
            self.state.set_scale(scale.panned((start_us + end) // 2 - (scale.start_us + scale.end_us) // 2))

    def zoom_in(self) -> None:
        """Closer, around the playhead where it is in view, else the middle."""
        self._zoom(ZOOM_STEP)

    def zoom_out(self) -> None:
        """Further away."""
        self._zoom(1 / ZOOM_STEP)

    def _zoom(self, factor: float) -> None:
        scale = self.state.scale
        inside = scale.start_us <= self.playhead_us <= scale.end_us
        self._remember()
        self.state.set_scale(scale.zoomed(factor, self.playhead_us if inside else (scale.start_us + scale.end_us) // 2))

    def zoom_to(self, start_us: int, end_us: int) -> None:
        """A stretch fills the view, with a little around it."""
        self._remember()
        self.state.set_scale(self.state.scale.fitted(start_us, end_us, margin=0.08))

    def zoom_to_selection(self) -> None:
        """The selected segments, or the selected time, fill the view."""
        chosen = self.selected_segments()
        if chosen:
            self.zoom_to(min(s.start_us for s in chosen), max(s.end_us for s in chosen))
        elif self.state.stretch is not None:
            self.zoom_to(self.state.stretch.start_us, self.state.stretch.end_us)

    def zoom_all(self) -> None:
        """Everything in view."""
        self._remember()
        self.state.set_scale(self.state.scale.fitted(self.state.bounds.start_us, self.state.bounds.end_us))

    def zoom_back(self) -> None:
        """The view before the last zoom."""
        if self._back:
            self.state.set_scale(self.state.scale.fitted(*self._back.pop()))

    def pan(self, share: float) -> None:
        """Later by a share of the view, earlier for a negative one."""
        self.state.set_scale(self.state.scale.panned(round(self.state.scale.span_us * share)))

    def step_playhead(self, pixels: float) -> None:
        """Move the playhead by so many pixels of the present zoom."""
        self.state.set_playhead(
            self.playhead_us + max(1, abs(self.state.scale.length_us(pixels))) * (1 if pixels > 0 else -1)
        )
        self.ensure_visible(self.playhead_us)

    def _remember(self) -> None:
        if not self._back or self._back[-1] != self.visible_range:
            self._back = [*self._back[-BACK_STEPS:], self.visible_range]
