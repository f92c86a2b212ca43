"""The timeline as one widget: its body, and the commands of the keyboard upon it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from annodesk.errors import EditError
from annodesk.ui.timeline import commands
from annodesk.ui.timeline.body import TimelineBody
from annodesk.ui.timeline.lanes import LaneSpec, Mark

if TYPE_CHECKING:
    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.model.edits import Draft
    from annodesk.ui.timeline.commands import Direction
    from annodesk.ui.timeline.gestures import Edge

__all__ = ["LaneSpec", "Mark", "TimelineView"]


class TimelineView(TimelineBody):
    """Shows lanes and gives drafts; it never changes a set itself.

    A gesture or a command that adds segments selects them once `set_annotations` brings them. Each command returns
    its draft, or None and says why by `refused`; the caller stages it.
    """

    @property
    def here_us(self) -> int:
        """Where the playhead puts an edge: at the start of the frame on show where edges keep to frames."""
        return self.state.frame_start(self.playhead_us)

    def split_at_playhead(self) -> Draft | None:
        """Cut at the playhead; the second part is selected."""
        return self._command(lambda a, lane: commands.split_at(a, lane.tier.name, self._chosen(lane), self.here_us))

    def merge_with(self, direction: Direction) -> Draft | None:
        """Join the selected segments with each other, or the one selected with its neighbour."""
        return self._command(
            lambda a, lane: commands.merge_neighbour(
                a, lane.tier.name, self._chosen(lane), direction, self.state.bounds
            )
        )

    def delete_selection(self) -> Draft | None:
        """Take the selected segments out."""
        return self._command(lambda a, lane: (commands.delete_selected(a, self._chosen(lane)), None))

    def duplicate_selection(self) -> Draft | None:
        """Repeat the selected segment right after itself."""
        return self._command(
            lambda a, lane: commands.duplicate_selected(a, lane.tier, self._chosen(lane), self.state.bounds)
        )

    def set_edge(self, edge: Edge) -> Draft | None:
        """Put an edge of the selected segment (or of the one at the playhead) at the playhead."""
        return self._edge_command(edge, lambda segment: self.here_us)

    def nudge_edge(self, edge: Edge, by_us: int) -> Draft | None:
        """Move an edge of the selected segment a little."""
        return self._edge_command(
            edge, lambda segment: self.state.nudged(segment.start_us if edge == "start" else segment.end_us, by_us)
        )

    def put_edge_at(self, segment: Segment, edge: Edge, to_us: int) -> Draft | None:
        """Move an edge of one segment of the active lane to a time."""
        return self._command(
            lambda a, lane: (commands.put_edge(a, lane.tier, segment, edge, to_us, self.state.bounds), segment.id)
        )

    def fill_gap(self) -> Draft | None:
        """Stretch what is selected to its neighbours, or draw over the gap at the playhead."""
        return self._command(
            lambda a, lane: commands.fill_gap(
                a, lane.tier, self._chosen(lane), self.playhead_us, self.state.bounds, self.lanes.draw_labels
            )
        )

    def shift_selection(self, by_us: int) -> Draft | None:
        """Move the selected segments by a time."""
        return self._command(
            lambda a, lane: (commands.shift_selected(a, lane.tier, self._chosen(lane), by_us, self.state.bounds), None)
        )

    def select_all(self) -> int:
        """Select every segment of the active lane; how many there are."""
        lane = self.state.lane(self.state.active_lane)
        found = self.state.segments_in(lane, self.state.bounds.start_us, self.state.bounds.end_us + 1) if lane else []
        if lane is not None:
            self.state.select(lane.id, [s.id for s in found])
        return len(found)

    def select_alike(self) -> int:
        """Select every segment of the active lane that has the labels of one selected; how many there are."""
        lane, annotations = self.state.lane(self.state.active_lane), self.state.annotations(self.state.active_lane)
        if lane is None or annotations is None:
            return 0
        try:
            found = commands.alike(annotations, lane.tier.name, self._chosen(lane))
        except EditError as error:
            self.refused.emit(str(error))
            return 0
        self.state.select(lane.id, found)
        return len(found)

    def draw_here(self) -> Draft | None:
        """A new segment over the selected time, or from the playhead to the next segment, at most 2 s."""
        return self._command(
            lambda a, lane: commands.draw_at(
                a,
                lane.tier,
                self.here_us,
                self.state.stretch,
                self.state.bounds,
                self.lanes.draw_labels,
                self.state.band,
            ),
            clears_stretch=True,
        )

    def extend_from_previous(self) -> Draft | None:
        """A new segment from the end of the one before to the playhead."""
        return self._command(
            lambda a, lane: commands.extend_previous(
                a, lane.tier, self.here_us, self.state.bounds, self.lanes.draw_labels
            )
        )

    def next_segment(self) -> Segment | None:
        """Select the segment after this one and bring it into view; None at the end."""
        return self._step("next")

    def previous_segment(self) -> Segment | None:
        """Select the segment before this one and bring it into view; None at the start."""
        return self._step("prev")

    def up_tier(self) -> None:
        """Make the lane above the active one."""
        self._step_lane(-1)

    def down_tier(self) -> None:
        """Make the lane below the active one."""
        self._step_lane(1)

    def _command(self, make: Any, *, clears_stretch: bool = False) -> Draft | None:
        lane = self.state.lane(self.state.active_lane)
        annotations = self.state.annotations(self.state.active_lane)
        if lane is None or annotations is None:
            return None
        if not lane.editable:
            self.refused.emit(lane.refusal)
            return None
        try:
            draft, chosen = make(annotations, lane)
        except EditError as error:
            self.refused.emit(str(error))
            return None
        if clears_stretch:
            self.state.set_stretch(None)
        if draft and chosen is not None:
            self._waiting_selection = (lane.id, frozenset({chosen}))
        return draft if draft else None

    def _edge_command(self, edge: Edge, to_us: Any) -> Draft | None:
        def make(annotations: AnnotationSet, lane: LaneSpec) -> tuple[Draft, str]:
            chosen = self._chosen(lane)
            segment = chosen[0] if len(chosen) == 1 else None
            if segment is None and not chosen:
                segment = commands.segment_at(annotations, lane.tier.name, self.playhead_us)
            if segment is None:
                raise EditError("Select one segment to move its edge.")
            return (
                commands.put_edge(
                    annotations,
                    lane.tier,
                    segment,
                    edge,
                    to_us(segment),
                    self.state.bounds,
                    pushes=self.state.pushes,
                ),
                segment.id,
            )

        return self._command(make)

    def _chosen(self, lane: LaneSpec) -> list[Segment]:
        return self.selected_segments() if lane.id == self.state.selected_lane else []

    def _step(self, direction: Direction) -> Segment | None:
        lane = self.state.lane(self.state.active_lane)
        annotations = self.state.annotations(self.state.active_lane)
        if lane is None or annotations is None:
            return None
        found = commands.step_segment(
            annotations, lane.tier.name, self._chosen(lane), self.playhead_us, direction, self.state.bounds
        )
        if found is not None:
            self.state.select(lane.id, [found.id])
            self.state.set_playhead(found.start_us)
            self.ensure_visible(found.start_us, found.end_us)
        return found

    def _step_lane(self, by: int) -> None:
        ids = self.state.homes()
        if not ids:
            return
        at = ids.index(self.state.active_lane) if self.state.active_lane in ids else 0
        chosen = ids[max(0, min(len(ids) - 1, at + by))]
        self.state.activate(chosen)
