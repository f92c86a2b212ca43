"""Looking at the edges of a tap pass one by one: the next in doubt, heard, and put to another change."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from annodesk.ui.annotate.tappass import TapPass
    from annodesk.ui.annotate.tappass_state import EdgeKey

LISTEN_US = 600_000
_LOOK_US = 2_000_000
_COARSE_US_PER_PX = 20_000
"""Farther away two changes near a tap cannot be told apart."""


class EdgeVisits:
    """What the keys of the review do to the edge that is looked at."""

    def __init__(self, taps: TapPass) -> None:
        self._taps = taps

    def visit(self, step: int) -> None:
        """Go to the next edge to be asked about, and play across it."""
        if self._taps.mode != "review":
            return
        found = self._taps.state.step(step, self._taps.view.timeline.playhead_us)
        if found is None:
            self._taps.state.focus = None
            self._taps.view.said.emit("No other edge is in doubt; Enter takes them all.")
            self._taps.show()
            return
        self._look_at(found)

    def choose(self, step: int) -> None:
        """Put the edge that is looked at to the change before or after."""
        if self._taps.mode == "review" and self._has_focus() and self._taps.state.choose(step):
            self._chosen()

    def choose_raw(self) -> None:
        """Put the edge that is looked at where it was tapped, less the lag."""
        if self._taps.mode == "review" and self._has_focus():
            self._taps.state.choose_raw()
            self._chosen()

    def listen(self) -> None:
        """Play across the edge that is looked at once more."""
        if self._taps.mode == "review" and self._has_focus():
            assert self._taps.state.focus is not None
            self._taps.view.transport.play_across(self._taps.state.time_of(self._taps.state.focus), LISTEN_US)

    def _has_focus(self) -> bool:
        if self._taps.state.focus is None:
            self.visit(1)
        return self._taps.state.focus is not None

    def _chosen(self) -> None:
        assert self._taps.state.focus is not None
        self._look_at(self._taps.state.focus)
        self._taps.refining.soon(0)

    def _look_at(self, edge: EdgeKey) -> None:
        self._taps.state.focus = edge
        timeline, at_us = self._taps.view.timeline, self._taps.state.time_of(edge)
        timeline.active_lane = edge[0]
        timeline.move_playhead(at_us)
        start_us, end_us = max(timeline.state.bounds.start_us, at_us - _LOOK_US), at_us + _LOOK_US
        if timeline.state.scale.us_per_px > _COARSE_US_PER_PX:
            timeline.zoom_to(start_us, end_us)
        timeline.ensure_visible(start_us, end_us)
        self._taps.show()
        self.listen()
