"""Drawing while it plays: one key where a segment begins, the key again where it ends; and a boundary on any tier."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from annodesk.model.times import Interval
from annodesk.ui.actions import shown_key
from annodesk.ui.annotate.segment_actions import TIERS

if TYPE_CHECKING:
    from annodesk.ui.annotate.hands import TaskHands


class Recording(QObject):
    """Nothing is in the set before the segment ends; it is one Edit."""

    def __init__(self, hands: TaskHands) -> None:
        super().__init__(hands.view)
        self._hands, self.view = hands, hands.view
        self._start_us: int | None = None
        self.view.transport.position_changed.connect(self._grow)

    def handlers(self) -> dict[str, Callable[[], object]]:
        """By action id."""
        on_tiers = {f"annotate.on_tier_{number}": partial(self.draw_on, number) for number in range(1, TIERS + 1)}
        return {"annotate.record": self.toggle, **on_tiers}

    def toggle(self) -> None:
        """Begin at what is heard now, playing on where it is still; or end, and draw."""
        view, timeline = self.view, self.view.timeline
        if self._start_us is not None and timeline.stretch is not None:
            self._start_us = None
            self._hands.stage(timeline.draw_here)
            return
        if view.editor is None or not view.can_change:
            view.said.emit(view.editor.locked if view.editor is not None else "")
            return
        timeline.select(None, ())
        timeline.clear_stretch()
        self._start_us = timeline.here_us
        timeline.state.set_stretch(Interval(self._start_us, self._start_us + 1))
        if not view.transport.is_playing:
            view.transport.play(timeline.playhead_us, timeline.state.bounds.end_us)
        view.said.emit(f"Drawing from here; {shown_key('annotate.record')} ends it, {shown_key('Esc')} lets go.")

    def _grow(self, time_us: int) -> None:
        start_us, timeline = self._start_us, self.view.timeline
        if start_us is None:
            return
        if timeline.stretch is None or timeline.stretch.start_us != start_us or time_us < start_us:
            self._start_us = None  # drawn by a label's key, let go of, or played from elsewhere
            return
        timeline.state.set_stretch(Interval(start_us, max(start_us + 1, time_us)))

    def draw_on(self, number: int) -> bool:
        """Draw over the selected time on a tier, or set a boundary there at the playhead."""
        timeline = self.view.timeline
        lanes = timeline.state.homes()
        if number > len(lanes):
            self.view.said.emit(f"There is no tier {number} in view.")
            return False
        timeline.active_lane = lanes[number - 1]
        if timeline.stretch is not None:
            return self._hands.stage(timeline.draw_here)
        return self._hands.set_boundary()
