"""Where the lanes of segments and each segment in them lie, and what lies under a point."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QSizePolicy, QWidget

from annodesk.ui import theme
from annodesk.ui.timeline import segment_paint
from annodesk.ui.timeline.part import TimelinePart

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.model.annotations import AnnotationSet, Segment
    from annodesk.ui.timeline.gestures import Edge
    from annodesk.ui.timeline.lanes import LaneSpec
    from annodesk.ui.timeline.state import TimelineState

EDGE_REACH_PX = 6
"""Each side of an edge that still grabs it: 12 pixels in all."""

LANE_PAD_PX = 4
MOST_ROWS = 4
FEW_PLACES = 1_000
"""Rows that overlapping segments are stacked in; what finds no free one shares the last."""


class Hit(Struct, frozen=True):
    """What lies under a point of the lanes; ``joint`` is the neighbour that shares the edge."""

    lane: LaneSpec
    segment: Segment | None = None
    edge: Edge | None = None
    joint: Segment | None = None


class LaneColumns(Struct, frozen=True):
    """A lane's segments in order, column by column.

    ``starts_us`` and ``ends_us`` are int64 (n,); ``labels`` int64 (n,), places of their first labels in ``names``.
    """

    starts_us: NDArray[np.int64]
    ends_us: NDArray[np.int64]
    labels: NDArray[np.int64]
    names: tuple[str, ...]

    @classmethod
    def of(cls, annotations: AnnotationSet, places: Sequence[tuple[int, int, str]]) -> LaneColumns:
        """Those at some places of a tier."""
        names: dict[str, int] = {}
        labels = [names.setdefault(one, len(names)) for one in annotations.first_labels(one for _, _, one in places)]
        return cls(
            np.fromiter((start for start, _, _ in places), np.int64, len(places)),
            np.fromiter((end for _, end, _ in places), np.int64, len(places)),
            np.array(labels, np.int64),
            tuple(names),
        )

    def part(self, first: int, last: int) -> LaneColumns:
        """Those of some places in order."""
        some = slice(first, last)
        return LaneColumns(self.starts_us[some], self.ends_us[some], self.labels[some], self.names)


class LaneRows(TimelinePart):
    """Lanes one below the other; overlapping segments of a lane in rows of their own."""

    wheel_zooms = False

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(state, "Tiers", parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._stacked: dict[str, tuple[AnnotationSet, Mapping[str, int], int]] = {}
        self._in_columns: dict[str, tuple[AnnotationSet, LaneColumns]] = {}
        self._line_px = 0
        state.lanes_changed.connect(self.updateGeometry)
        theme.notifier().theme_changed.connect(self._measure_anew)

    def lane_height(self, lane: LaneSpec) -> int:
        """Height of a lane at the present size of text."""
        if self._line_px == 0:
            self._line_px = QFontMetrics(theme.font("small")).height()
        return max(theme.px(lane.height), self._line_px + theme.px(14))

    def _measure_anew(self) -> None:
        self._line_px = 0
        self.updateGeometry()

    def lane_tops(self) -> list[tuple[LaneSpec, int, int]]:
        """Each lane with its top and height."""
        found, top = [], 0
        for lane in self._state.lanes:
            height = self.lane_height(lane)
            found.append((lane, top, height))
            top += height
        return found

    def sizeHint(self) -> QSize:
        height = sum(self.lane_height(lane) for lane in self._state.lanes)
        return QSize(400, height or theme.px(44))

    def minimumSizeHint(self) -> QSize:
        return QSize(100, self.sizeHint().height())

    def lane_at(self, y_px: float) -> LaneSpec | None:
        """The lane at a height."""
        return next((lane for lane, top, height in self.lane_tops() if top <= y_px < top + height), None)

    def segment_rect(self, lane_id: str, segment: Segment) -> QRectF:
        """Where a segment is drawn."""
        for lane, top, height in self.lane_tops():
            if lane.id == lane_id:
                return self._box(segment.start_us, segment.end_us, *self._row(lane, segment.id, top, height))
        return QRectF()

    def _row(self, lane: LaneSpec, element_id: str, top: int, height: int) -> tuple[int, int]:
        """Top and height of the row a segment is drawn in, where segments of the lane overlap."""
        rows, count = self._rows(lane)
        return self._place(rows.get(element_id, 0), count, top, height)

    @staticmethod
    def _place(row: int, count: int, top: int, height: int) -> tuple[int, int]:
        """Top and height of one of so many rows of a lane."""
        return (top, height) if count < 2 else (top + height // count * row, height // count)

    def _rows(self, lane: LaneSpec) -> tuple[Mapping[str, int], int]:
        """The row of each segment of a lane, and how many rows there are; worked out once for each state of the set."""
        annotations = self._state.annotations(lane.id)
        if not lane.tier.overlap or annotations is None or segment_paint.is_point(lane.tier):
            return {}, 1
        known = self._stacked.get(lane.id)
        if known is None or known[0] is not annotations:
            known = self._stacked[lane.id] = (annotations, *stacked(annotations.places(lane.tier.name)))
        return known[1], known[2]

    def _columns(self, lane: LaneSpec, annotations: AnnotationSet, first: int, last: int) -> LaneColumns:
        """The lane's segments at these places, column by column.

        Of many all are worked out, once for each state of the set; of few only they, or each gesture would cost as
        much as the whole lane.
        """
        places = annotations.places(lane.tier.name)
        known = self._in_columns.get(lane.id)
        if known is None or known[0] is not annotations:
            if last - first <= FEW_PLACES:
                return LaneColumns.of(annotations, places[first:last])
            known = self._in_columns[lane.id] = (annotations, LaneColumns.of(annotations, places))
        return known[1].part(first, last)

    def hit(self, x_px: float, y_px: float) -> Hit | None:
        """The lane, segment and edge under a point; edges win over bodies, the nearest edge over others."""
        lane = self.lane_at(y_px)
        if lane is None:
            return None
        state = self._state
        reach_px = theme.px(EDGE_REACH_PX)
        time_us, reach_us = self.time_at(x_px), state.scale.length_us(reach_px) + 1
        near = state.segments_in(lane, time_us - reach_us, time_us + reach_us + 1)
        rows, count = self._rows(lane)
        if count > 1:
            top, height = next((t, h) for one, t, h in self.lane_tops() if one.id == lane.id)
            row = min(count - 1, int((y_px - top) / (height // count)))
            near = [s for s in near if rows.get(s.id, 0) == row]
        inside = [s for s in near if s.start_us <= time_us < max(s.end_us, s.start_us + 1)]
        if segment_paint.is_point(lane.tier):
            close = min(near, key=lambda s: abs(s.start_us - time_us), default=None)
            return Hit(lane, close)
        best: tuple[float, Segment, Edge] | None = None
        for segment in near:
            left, right = self.x_of(segment.start_us), self.x_of(segment.end_us)
            within = min(reach_px, (right - left) / 4)  # a narrow segment keeps a middle to be moved by
            for edge, x, inward in (("start", left, x_px - left), ("end", right, right - x_px)):
                if (0 <= inward <= within) or (-reach_px <= inward < 0 and not inside):
                    distance = abs(x_px - x) - (0.5 if segment.id in state.selected else 0)
                    if best is None or distance < best[0]:
                        best = (distance, segment, edge)  # type: ignore[assignment]
        if best is not None:
            _, segment, edge = best
            return Hit(lane, segment, edge, self._joint(near, segment, edge, reach_us))
        return Hit(lane, inside[-1] if inside else None)

    def _joint(self, near: list[Segment], segment: Segment, edge: Edge, reach_us: int) -> Segment | None:
        for other in near:
            gap = other.start_us - segment.end_us if edge == "end" else segment.start_us - other.end_us
            if other.id != segment.id and abs(gap) <= reach_us:
                return other
        return None

    def _box(self, start_us: int, end_us: int, top: int, height: int) -> QRectF:
        left, right = self._sides(self.x_of(start_us), self.x_of(end_us))
        top, height = self._inside(top, height)
        return QRectF(left, top, right - left, height)

    @staticmethod
    def _sides(start_px: float, end_px: float) -> tuple[float, float]:
        """From where to where what begins and ends there is drawn: half a pixel within, at least a pixel wide."""
        left = start_px + 0.5
        return left, left + max(1.0, end_px - start_px - 1)

    @staticmethod
    def _inside(top: int, height: int) -> tuple[int, int]:
        """Top and height of what is drawn in a row."""
        pad = theme.px(LANE_PAD_PX) if height > theme.px(24) else 1
        return top + pad, height - 2 * pad


def stacked(places: Iterable[tuple[int, int, str]]) -> tuple[dict[str, int], int]:
    """Rows for stretches in order of time such that those of one row do not overlap, and how many rows there are."""
    rows: dict[str, int] = {}
    ends: list[int] = []
    for start, end, element_id in places:
        for row, taken_until in enumerate(ends):
            if taken_until <= start:
                ends[row] = end
                break
        else:
            row = len(ends)
            if row < MOST_ROWS:
                ends.append(end)
            else:
                row = MOST_ROWS - 1
                ends[row] = max(ends[row], end)
        rows[element_id] = row
    return rows, max(1, len(ends))
