"""The lanes of segments: painted from sorted places, one column at a time where they are dense."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from itertools import zip_longest
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QColor, QPainter

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.ui import theme
from annodesk.ui.plain import shown
from annodesk.ui.timeline import segment_paint
from annodesk.ui.timeline.lane_rows import LANE_PAD_PX, LaneRows
from annodesk.ui.timeline.stamps import Sheet

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from PySide6.QtWidgets import QWidget

    from annodesk.ui.timeline.lanes import LaneSpec
    from annodesk.ui.timeline.state import TimelineState

INDENT_PX = 10
"""How far a dependent tier's title stands to the right of its parent's."""
WIDE_FROM_PX, DENSE_FROM_PX = segment_paint.TEXT_FROM_PX, 56
"""Where a lane has more than one segment in so many pixels (the second), those narrower than the first are bars."""
MOST_LOOKS = 4096
MOST_SELECTED = 300
"""Selected segments brought out one by one where thousands are in view."""


class TierLanes(LaneRows):
    """All lanes, one below the other, with their titles in the gutter."""

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        state.selection_changed.connect(self.update)
        state.pointed_changed.connect(self.update)
        state.preview_changed.connect(self._update_preview)
        state.content_changed.connect(self._update_lane)
        self.says_hints = True
        """Whether empty lanes say what to do with them."""
        self._drawn_preview = QRectF()
        self._looks: dict[tuple[str, str], tuple[Segment, LaneSpec, theme.Theme, segment_paint.SegmentLook]] = {}
        self._band: tuple[str, int, int] | None = None
        state.guide_changed.connect(self.update)

    def set_band(self, lane_id: str | None, start_us: int = 0, end_us: int = 0) -> None:
        """Draw a rubber band on a lane; None for none."""
        band = None if lane_id is None else (lane_id, start_us, end_us)
        if band != self._band:
            self._band = band
            self.update()

    def paint(self, clip: QRect) -> None:
        painter = QPainter(self)
        colours = theme.current()
        painter.fillRect(clip, QColor(colours.background))
        painter.setFont(theme.font("small"))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, True)
        painter.setClipRect(self.time_rect() & clip)
        for lane, top, height in self.lane_tops():
            if top + height < clip.top() or top > clip.bottom():
                continue
            if lane.id == self._state.active_lane and len(self._state.lanes) > 1:
                painter.fillRect(clip.left(), top, clip.width(), height, QColor(colours.panel))
            self._paint_marks(painter, lane, top, height, under=True)
            self._paint_lane(painter, lane, top, height, clip.left(), clip.right() + 1)
            self._paint_marks(painter, lane, top, height, under=False)
            painter.fillRect(clip.left(), top + height - 1, clip.width(), 1, QColor(colours.line))
        self._paint_band(painter)
        self._paint_pointed(painter)
        self._paint_stretch(painter)
        self._paint_guide_words(painter)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        self.paint_lines(painter)
        painter.setClipRect(clip)
        self.paint_gutter(painter)
        if self._state.gutter_px:
            kind = (tuple(self.lane_tops()), self._state.active_lane)
            self.paint_kept(painter, kind, self._draw_titles)

    def _paint_lane(self, painter: QPainter, lane: LaneSpec, top: int, height: int, x0: int, x1: int) -> None:
        state = self._state
        annotations = state.annotations(lane.id)
        preview = state.preview if state.preview_lane == lane.id else ()
        followers = self._followers(lane)
        replaced = {s.id for s in (*preview, *followers)}
        left, right = max(x0, state.gutter_px), min(x1, self.width())
        sheet = Sheet(QRect(left, top, max(1, right - left), height), self.devicePixelRatioF())
        is_point = segment_paint.is_point(lane.tier)
        if annotations is not None:
            start_us = state.scale.to_us(x0 - state.gutter_px - 4)
            end_us = state.scale.to_us(x1 - state.gutter_px + 4) + 1
            if is_point:
                start_us -= state.scale.length_us(theme.px(180))
            if self._is_dense(annotations, lane, start_us, end_us, x1 - x0):
                self._lay_dense(sheet, annotations, lane, top, height, start_us, end_us)
            else:
                shown_here = [s for s in state.segments_in(lane, start_us, end_us) if s.id not in replaced]
                if is_point:
                    self._paint_points(painter, lane, shown_here, top, height)
                else:
                    self._lay(sheet, lane, shown_here, top, height)
        is_empty = annotations is not None and not annotations.places(lane.tier.name)
        if self.says_hints and lane.editable and not preview and is_empty and not self.says_to_decide(lane):
            self._paint_hint(painter, lane, top, height)
        if is_point:
            self._paint_points(painter, lane, followers, top, height)
            self._paint_points(painter, lane, preview, top, height, is_preview=True)
        else:
            self._lay(sheet, lane, followers, top, height)
            self._lay(sheet, lane, preview, top, height, is_preview=True)
        sheet.set_down(painter)

    def _followers(self, lane: LaneSpec) -> list[Segment]:
        """What the gesture under way does to a lane that depends on the one under the hand."""
        return [s for s in self._state.followers if s.tier == lane.id]

    def says_to_decide(self, lane: LaneSpec) -> bool:
        """Whether a place in view already says on this lane that it is to be decided."""
        scale = self._state.scale
        return lane.style == "ruling" and any(
            mark.kind == "disagreement" and mark.lane in ("", lane.id) and scale.meets(mark.start_us, mark.end_us)
            for mark in self._state.marks
        )

    def _paint_hint(self, painter: QPainter, lane: LaneSpec, top: int, height: int) -> None:
        """What to do with an empty lane."""
        words = "Drag here to set a point" if segment_paint.is_point(lane.tier) else "Drag here to draw a segment"
        painter.setPen(QColor(theme.current().faint))
        room = QRectF(self.time_rect()).adjusted(theme.px(12), 0, 0, 0)
        room.setTop(top)
        room.setHeight(height)
        painter.drawText(room, int(Qt.AlignmentFlag.AlignVCenter), words)

    def _paint_points(
        self,
        painter: QPainter,
        lane: LaneSpec,
        points: Sequence[Segment],
        top: int,
        height: int,
        *,
        is_preview: bool = False,
    ) -> None:
        for point, following in zip_longest(points, points[1:]):
            box = self._box(point.start_us, point.end_us, *self._row(lane, point.id, top, height))
            look = self._look(point, lane, is_selected=self._is_selected(point, lane, is_preview))
            next_x = None if following is None or lane.tier.overlap else self.x_of(following.start_us)
            segment_paint.paint_point(painter, box.left(), box.top(), box.height(), look, next_x)

    def _lay(
        self,
        sheet: Sheet,
        lane: LaneSpec,
        segments: Sequence[Segment],
        top: int,
        height: int,
        *,
        is_preview: bool = False,
    ) -> None:
        """Lay segments on the lane's sheet, those of a row at once."""
        if not segments:
            return
        rows: dict[tuple[int, int], tuple[list[tuple[float, float]], list[segment_paint.SegmentLook]]] = {}
        of_row, count = self._rows(lane)
        places = [self._inside(*self._place(number, count, top, height)) for number in range(count)]
        x_of, is_dashed = self.x_of, lane.style == "suggestion"
        for segment in segments:
            is_selected = self._is_selected(segment, lane, is_preview)
            row_top, row_height = places[of_row.get(segment.id, 0)]
            left, right = self._sides(x_of(segment.start_us), x_of(segment.end_us))
            if right - left < segment_paint.DETAIL_FROM_PX:
                colour = segment_paint.colour_for(segment, lane.tier)
                box = QRectF(left, row_top, right - left, row_height)
                segment_paint.lay_bar(sheet, box, colour, is_dashed=is_dashed, is_selected=is_selected)
            else:
                boxes, looks = rows.setdefault((row_top, row_height), ([], []))
                boxes.append((left, right))
                looks.append(self._look(segment, lane, is_selected=is_selected, is_preview=is_preview))
        for (row_top, row_height), (boxes, looks) in rows.items():
            view = (self._state.gutter_px, self.width())
            segment_paint.lay_segments(sheet, boxes, looks, row_top, row_height, view)

    def _is_selected(self, segment: Segment, lane: LaneSpec, is_preview: bool) -> bool:
        return is_preview or (segment.id in self._state.selected and lane.id == self._state.selected_lane)

    def _look(
        self, segment: Segment, lane: LaneSpec, *, is_selected: bool, is_preview: bool = False
    ) -> segment_paint.SegmentLook:
        """How a segment looks, kept for those that nobody has under the hand: most of a picture is as it was."""
        if is_selected:
            return segment_paint.look_of(segment, lane, is_selected=True, is_preview=is_preview)
        key, colours = (lane.id, segment.id), theme.current()
        known = self._looks.get(key)
        if known is None or known[0] is not segment or known[1] is not lane or known[2] is not colours:
            if len(self._looks) >= MOST_LOOKS:
                self._looks.clear()
            look = segment_paint.look_of(segment, lane, is_selected=False)
            known = self._looks[key] = (segment, lane, colours, look)
        return known[3]

    def _is_dense(self, annotations: AnnotationSet, lane: LaneSpec, start_us: int, end_us: int, width: int) -> bool:
        places = annotations.places(lane.tier.name)
        first, last = bisect_left(places, (start_us, -1, "")), bisect_left(places, (end_us, -1, ""))
        return last - first > max(8, width // (DENSE_FROM_PX if _is_flat(lane) else 3))

    def _lay_dense(
        self,
        sheet: Sheet,
        annotations: AnnotationSet,
        lane: LaneSpec,
        top: int,
        height: int,
        start_us: int,
        end_us: int,
    ) -> None:
        """One bar per pixel column at most: the cost follows the width of the view, not the number of segments.

        The narrow ones are put into one row of pixels.
        """
        state, scale = self._state, self._state.scale
        places = annotations.places(lane.tier.name)
        detail_px = WIDE_FROM_PX if _is_flat(lane) else segment_paint.DETAIL_FROM_PX
        detail_us = scale.us_per_px * detail_px
        first = bisect_left(places, (round(start_us - 2 * detail_us), -1, ""))
        last = bisect_left(places, (end_us, -1, ""))
        lying = self._columns(lane, annotations, first, last)
        starts, ends, labels = lying.starts_us, lying.ends_us, lying.labels
        is_wide = ends - starts >= detail_us
        columns = ((starts - scale.start_us) / scale.us_per_px).astype(np.int64)
        narrow = np.flatnonzero(~is_wide)
        narrow = narrow[is_new(columns[narrow])]  # one to a column is enough
        inks = np.array([self._bar_inks(lane, name) for name in lying.names], np.uint32).reshape(-1, 2)
        widths = np.maximum(1, ((ends - starts)[narrow] / scale.us_per_px).astype(np.int64))
        row = bar_row(columns[narrow], widths, inks[labels[narrow]], max(1, self.width() - state.gutter_px))
        sheet.lay_columns(row, state.gutter_px, top + theme.px(LANE_PAD_PX), max(1, height - 2 * theme.px(LANE_PAD_PX)))
        wide = [annotations.segment(places[first + k][2]) for k in np.flatnonzero(is_wide)]
        self._lay(sheet, lane, wide, top, height)
        chosen = state.selected if lane.id == state.selected_lane else frozenset()
        self._lay(sheet, lane, self._few(lane, chosen)[:MOST_SELECTED], top, height)

    def _bar_inks(self, lane: LaneSpec, label: str) -> tuple[int, int]:
        """The colour of a bar's edge and that of its inside."""
        look = theme.label_colour(segment_paint.colour_of_label(label, lane.tier))
        return look.edge.rgba(), (look.faint if lane.style == "suggestion" else look.fill).rgba()

    def _few(self, lane: LaneSpec, ids: frozenset[str]) -> list[Segment]:
        annotations = self._state.annotations(lane.id)
        return [] if annotations is None else [annotations.segment(i) for i in ids if i in annotations]

    def _paint_marks(self, painter: QPainter, lane: LaneSpec, top: int, height: int, *, under: bool) -> None:
        state = self._state
        for mark in state.marks:
            if mark.end_us < state.scale.start_us or mark.start_us > state.scale.end_us:
                continue
            current = mark.key == state.current_mark
            box = self._box(mark.start_us, mark.end_us, top, height)
            if mark.kind != "disagreement":
                if under and mark.words and lane.style == "ruling" and mark.lane in ("", lane.id):
                    segment_paint.paint_outcome(painter, box, painter.fontMetrics(), mark.words)
                continue
            if lane.says_hidden:
                if under and current:
                    segment_paint.paint_hidden(painter, box, painter.fontMetrics())
            elif under and lane.style == "ruling" and mark.lane in ("", lane.id):
                segment_paint.paint_undecided(painter, box, painter.fontMetrics(), is_current=current)
            elif not under and lane.style == "other" and mark.lane in ("", lane.id):
                segment_paint.paint_dispute(painter, box, is_current=current)

    def _paint_pointed(self, painter: QPainter) -> None:
        """Frame the suggestion that the next key answers, and say beside it what has no room within."""
        state = self._state
        lane = state.lane(state.pointed[0]) if state.pointed is not None else None
        if lane is None or state.pointed is None:
            return
        for segment in self._few(lane, frozenset({state.pointed[1]})):
            box, metrics = self.segment_rect(lane.id, segment), painter.fontMetrics()
            is_selected = lane.id == state.selected_lane and segment.id in state.selected
            look = segment_paint.look_of(segment, lane, is_selected=is_selected)
            segment_paint.paint_pointed(painter, box, look, metrics, QRectF(self.time_rect()))

    def _paint_band(self, painter: QPainter) -> None:
        """The rubber band that selects what it meets."""
        for lane, top, height in self.lane_tops():
            if self._band is not None and self._band[0] == lane.id:
                box = self._box(self._band[1], self._band[2], top, height)
                accent = QColor(theme.current().accent)
                painter.setPen(accent)
                accent.setAlpha(40)
                painter.setBrush(accent)
                painter.drawRect(box)

    def _paint_guide_words(self, painter: QPainter) -> None:
        """What the edge under the hand has snapped to, beside the guide line."""
        guide = self._state.guide
        if guide is None:
            return
        colours, metrics, gap = theme.current(), painter.fontMetrics(), theme.px(4)
        words = shown(guide[1])
        width, x = metrics.horizontalAdvance(words) + 2 * gap, self.x_of(guide[0])
        left = x + gap if x + gap + width < self.width() else x - gap - width
        tag = QRectF(left, theme.px(2), width, metrics.height() + 2)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(tag, theme.RADIUS_MARK, theme.RADIUS_MARK)
        painter.setPen(QColor(colours.accent))
        painter.drawText(tag, int(Qt.AlignmentFlag.AlignCenter), words)

    def _paint_stretch(self, painter: QPainter) -> None:
        stretch = self._state.stretch
        if stretch is not None:
            shade = QColor(theme.current().accent)
            shade.setAlpha(26)
            left, right = self.x_of(stretch.start_us), self.x_of(stretch.end_us)
            painter.fillRect(QRectF(left, 0, right - left, self.height()), shade)

    def _draw_titles(self, painter: QPainter) -> None:
        state, colours = self._state, theme.current()
        painter.setFont(theme.font("small"))
        metrics, pad = painter.fontMetrics(), theme.px(10)
        for lane, top, height in self.lane_tops():
            active = lane.id == state.active_lane
            if active:
                painter.fillRect(0, top + 4, 3, height - 8, QColor(colours.accent))
            left = pad + min(lane.depth * theme.px(INDENT_PX), state.gutter_px // 3)
            room = state.gutter_px - left - theme.px(20 if lane.locked else 6)
            words = metrics.elidedText(shown(lane.title), Qt.TextElideMode.ElideRight, room)
            painter.setPen(QColor(colours.text if active else colours.dim))
            painter.drawText(QRectF(left, top, room, height), int(Qt.AlignmentFlag.AlignVCenter), words)
            if lane.depth:
                painter.fillRect(left - theme.px(6), top + 4, 1, height // 2 - 4, QColor(colours.faint))
                painter.fillRect(left - theme.px(6), top + height // 2, theme.px(4), 1, QColor(colours.faint))
            painter.fillRect(0, top + height - 1, state.gutter_px, 1, QColor(colours.line))

    def _update_preview(self) -> None:
        """Repaint where the preview was and where it is, and the segments it hides."""
        state = self._state
        new = QRectF()
        shown = [(state.preview_lane, segment) for segment in state.preview if state.preview_lane is not None]
        for lane_id, segment in (*shown, *((segment.tier, segment) for segment in state.followers)):
            annotations = state.annotations(lane_id)
            new |= self.segment_rect(lane_id, segment)
            before = annotations.get(segment.id) if annotations is not None else None
            if isinstance(before, Segment):
                new |= self.segment_rect(lane_id, before)
        beside = theme.px(170) if any(segment_paint.is_point(lane.tier) for lane in state.lanes) else 4
        self.update((self._drawn_preview | new).toAlignedRect().adjusted(-8, -4, beside, 4))
        self._drawn_preview = new

    def _update_lane(self, lane_id: str) -> None:
        for lane, top, height in self.lane_tops():
            if lane.id == lane_id:
                self.update(0, top, self.width(), height)


def _is_flat(lane: LaneSpec) -> bool:
    """Whether its segments lie in one row: those of others are told apart by their heights for as long as can be."""
    return not segment_paint.is_point(lane.tier) and not lane.tier.overlap


def is_new(values: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which values of (n,) differ from the one before; the first does."""
    found = np.ones(len(values), np.bool_)
    np.not_equal(values[1:], values[:-1], out=found[1:])
    return found


def bar_row(
    columns: NDArray[np.int64], widths: NDArray[np.int64], inks: NDArray[np.uint32], width: int
) -> NDArray[np.uint32]:
    """One row of pixels with bars in it, 0 where there is none; of two that overlap the later one is seen.

    Parameters
    ----------
    columns, widths : int64 (n,), where each bar begins, rising, and how wide it is
    inks : uint32 (n, 2), colour of its first column and of the others; bars of few pixels have the first alone
    width : pixels of the row
    """
    at = np.zeros(width + 1, np.int64)
    at[np.clip(columns, 0, width)] = np.arange(1, len(columns) + 1)
    at = np.maximum.accumulate(at[:-1])
    begins, lasts = (np.concatenate([[0], values]) for values in (columns, columns + widths))
    is_framed = np.concatenate([[False], widths > segment_paint.DETAIL_FROM_PX])
    pixels = np.arange(width)
    both = np.concatenate([np.zeros((1, 2), np.uint32), inks])
    is_inside = is_framed[at] & (pixels > begins[at])
    row = np.where(is_inside, both[at, 1], both[at, 0])
    return np.where(pixels < lasts[at] - is_framed[at], row, np.uint32(0)).astype(np.uint32)
