"""Segments bounded in frequency as boxes on the spectrogram: painted, found under the pointer, dragged by edges."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPen

from annodesk.model.annotations import Change, Segment
from annodesk.model.edits import Draft
from annodesk.ui import theme
from annodesk.ui.timeline.gestures import LEAST_US, edge_room
from annodesk.ui.timeline.segment_paint import colour_for, is_point, look_of

if TYPE_CHECKING:
    from annodesk.ui.timeline.frequency import FrequencyAxis
    from annodesk.ui.timeline.lanes import LaneSpec
    from annodesk.ui.timeline.part import TimelinePart
    from annodesk.ui.timeline.state import TimelineState

EDGE_REACH_PX = 5
"""Each side of an edge that still grabs it."""
MOST_BOXES = 400
"""So many are drawn; where there are more in view they could not be told apart."""
MOST_IN_VIEW = 500
"""Where a lane has more segments in view they are too narrow for boxes, and are not looked through."""
LEAST_HZ = 1.0


class BoxHit(Struct, frozen=True):
    """What of a box lies under the pointer: its edges (``left``, ``right``, ``low``, ``high``), none for its inside."""

    lane: LaneSpec
    segment: Segment
    edges: frozenset[str] = frozenset()


class BandGesture:
    """Drags edges of one box; the segment it gives is checked by nobody else."""

    def __init__(self, hit: BoxHit, state: TimelineState, began: QPointF, part: TimelinePart, top_hz: float) -> None:
        annotations = state.annotations(hit.lane.id)
        assert annotations is not None
        self.lane_id, self.began, self._part, self._top_hz = hit.lane.id, began, part, top_hz
        self._before = self.segment = hit.segment
        self._edges = hit.edges
        free = hit.lane.tier.overlap
        self._rooms = {
            side: edge_room(annotations, hit.segment, edge, state.bounds, may_overlap=free)
            for side, edge in (("left", "start"), ("right", "end"))
            if side in hit.edges
        }

    def move_to(self, where: QPointF, axis: FrequencyAxis) -> None:
        """The pointer is here."""
        made, time_us = self._before, self._part.time_at(where.x())
        hz = axis.hz_at(where.y(), self._part.height())
        if "left" in self._edges:
            low, high = self._rooms["left"]
            made = replace(made, start_us=max(low, min(high, time_us, made.end_us - LEAST_US)))
        if "right" in self._edges:
            low, high = self._rooms["right"]
            made = replace(made, end_us=min(high, max(low, time_us, made.start_us + LEAST_US)))
        if "low" in self._edges:
            made = replace(made, low_hz=round(min(hz, (made.high_hz or self._top_hz) - LEAST_HZ), 1))
        if "high" in self._edges:
            made = replace(made, high_hz=round(max(hz, (made.low_hz or 0.0) + LEAST_HZ), 1))
        self.segment = made

    def draft(self) -> Draft:
        """What it has come to; empty where nothing changed."""
        if self.segment == self._before:
            return Draft("change band", ())
        verb = "change band" if self._edges & {"low", "high"} else "move edge"
        return Draft(verb, (Change(self._before, self.segment),))


class BandBoxes:
    """The boxes of all lanes, over one spectrogram."""

    def __init__(self, part: TimelinePart, state: TimelineState) -> None:
        self._part, self._state = part, state

    def rect(
        self, start_us: int, end_us: int, low_hz: float | None, high_hz: float | None, axis: FrequencyAxis
    ) -> QRectF:
        """Where a box is drawn; a side without a limit lies beyond the lane."""
        part, height = self._part, self._part.height()
        left, right = part.x_of(start_us), part.x_of(end_us)
        top = -8 if high_hz is None else round(axis.row_of(high_hz, height))
        bottom = height + 8 if low_hz is None else round(axis.row_of(low_hz, height))
        return QRectF(round(left) + 0.5, top + 0.5, max(1, round(right - left) - 1), max(1, bottom - top - 1))

    def paint(self, painter: QPainter, axis: FrequencyAxis) -> None:
        """All boxes in view, the selected ones last."""
        painter.setFont(theme.font("small"))
        metrics = painter.fontMetrics()
        for lane, segment, is_selected, is_preview in self._shown():
            box = self.rect(segment.start_us, segment.end_us, segment.low_hz, segment.high_hz, axis)
            if box.bottom() < 0 or box.top() > self._part.height():
                continue
            colours = theme.current()
            colour = QColor(colours.accent) if is_selected else QColor(colour_for(segment, lane.tier))
            look = look_of(segment, lane, is_selected=is_selected, is_preview=is_preview)
            self.frame(painter, box, colour, is_dashed=look.is_dashed, width=2.0 if is_selected else 1.4)
            self._paint_words(painter, box, look.short or look.text, colour, metrics)

    def frame(self, painter: QPainter, box: QRectF, colour: QColor, *, is_dashed: bool, width: float) -> None:
        """A frame that stands out from any colour map: a dark line under a coloured one."""
        under = QPen(QColor(0, 0, 0, 120), width + 2)
        over = QPen(colour, width)
        for pen in (under, over):
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
        if is_dashed:
            over.setDashPattern([4, 3])
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        for pen in (under, over):  # the picture within stays as it is: it is what is being judged
            painter.setPen(pen)
            painter.drawRect(box)
        painter.restore()

    def _paint_words(self, painter: QPainter, box: QRectF, words: str, colour: QColor, metrics: QFontMetrics) -> None:
        left = max(box.left(), self._part.time_rect().left())
        room = min(box.right(), self._part.width()) - left - theme.px(8)
        if not words or room < theme.px(24) or box.height() < metrics.height() + 2:
            return
        fitting = metrics.elidedText(words, Qt.TextElideMode.ElideRight, int(room))
        top = max(box.top(), 1.0)
        tag = QRectF(left, top, metrics.horizontalAdvance(fitting) + theme.px(8), metrics.height())
        painter.fillRect(tag, colour)
        painter.setPen(max((QColor("#000000"), QColor("#ffffff")), key=lambda ink: theme.contrast(ink, colour)))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), fitting)

    def _shown(self) -> Iterator[tuple[LaneSpec, Segment, bool, bool]]:
        """Lane, segment, whether it is selected and whether it is being dragged."""
        state, late, left = self._state, [], MOST_BOXES
        being = {s.id: s for s in state.preview}
        for lane in state.lanes:
            if is_point(lane.tier) or _count_in_view(state, lane) > MOST_IN_VIEW:
                continue
            for given in state.segments_in(lane, state.scale.start_us, state.scale.end_us):
                preview = being.get(given.id) if state.preview_lane == lane.id else None
                segment = preview or given
                if segment.low_hz is None and segment.high_hz is None:
                    continue
                is_selected = state.selected_lane == lane.id and segment.id in state.selected
                if is_selected or preview is not None:
                    late.append((lane, segment, is_selected, preview is not None))
                elif left > 0:
                    left -= 1
                    yield lane, segment, False, False
        yield from late

    def hit(self, where: QPointF, axis: FrequencyAxis) -> BoxHit | None:
        """The box under a point; edges before insides, what is drawn last before what lies under it."""
        reach = theme.px(EDGE_REACH_PX)
        inside: BoxHit | None = None
        on_edge: BoxHit | None = None
        for lane, segment, _, _ in self._shown():
            box = self.rect(segment.start_us, segment.end_us, segment.low_hz, segment.high_hz, axis)
            if not box.adjusted(-reach, -reach, reach, reach).contains(where):
                continue
            sides = {"left": box.left(), "right": box.right(), "high": box.top(), "low": box.bottom()}
            within_x, within_y = min(reach, box.width() / 3), min(reach, box.height() / 3)
            edges = set()
            for side, at in sides.items():
                is_time = side in ("left", "right")
                off = (where.x() if is_time else where.y()) - at
                inward = off if side in ("left", "high") else -off
                if -reach <= inward <= (within_x if is_time else within_y):
                    edges.add(side)
            if edges and lane.editable:
                on_edge = BoxHit(lane, segment, frozenset(edges))
            elif box.contains(where):
                inside = BoxHit(lane, segment)
        return on_edge or inside

    def grab(self, where: QPointF, axis: FrequencyAxis) -> BandGesture | None:
        """What a drag that begins here does to a box; None where it begins on no edge."""
        hit = self.hit(where, axis)
        if hit is None or not hit.edges:
            return None
        self._state.select(hit.lane.id, [hit.segment.id])
        return BandGesture(hit, self._state, where, self._part, axis.high_hz)

    def select_at(self, where: QPointF, axis: FrequencyAxis) -> None:
        """Select the box that was clicked."""
        hit = self.hit(where, axis)
        if hit is not None:
            self._state.select(hit.lane.id, [hit.segment.id])

    def show_cursor(self, where: QPointF, axis: FrequencyAxis | None) -> None:
        """The pointer's shape over an edge."""
        hit = self.hit(where, axis) if axis is not None and where.x() >= self._state.gutter_px else None
        edges = hit.edges if hit is not None else frozenset()
        if edges & {"left", "right"} and edges & {"low", "high"}:
            falls = edges in ({"left", "high"}, {"right", "low"})
            self._part.setCursor(Qt.CursorShape.SizeFDiagCursor if falls else Qt.CursorShape.SizeBDiagCursor)
        elif edges & {"left", "right"}:
            self._part.setCursor(Qt.CursorShape.SizeHorCursor)
        elif edges:
            self._part.setCursor(Qt.CursorShape.SizeVerCursor)
        else:
            self._part.unsetCursor()


def _count_in_view(state: TimelineState, lane: LaneSpec) -> int:
    annotations = state.annotations(lane.id)
    if annotations is None:
        return 0
    places = annotations.places(lane.tier.name)
    first, last = (bisect_left(places, (at, -1, "")) for at in (state.scale.start_us, state.scale.end_us))
    return last - first
