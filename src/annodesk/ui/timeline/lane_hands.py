"""Hands on the lanes: turns presses, drags and clicks into selection and gestures, and gestures into drafts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, Qt, QTimer, Signal
from PySide6.QtWidgets import QApplication, QWidget

from annodesk.errors import EditError
from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.families import SYMBOLIC
from annodesk.model.schema import TierKind, TierRule
from annodesk.ui.timeline.gestures import (
    BoundaryGesture,
    DrawGesture,
    EdgeGesture,
    Gesture,
    MoveGesture,
    PushGesture,
    drawing_room,
    own_bounds,
    refusal,
)
from annodesk.ui.timeline.snapping import Snapped, snapped
from annodesk.ui.timeline.tiers import TierLanes

if TYPE_CHECKING:
    from PySide6.QtGui import QContextMenuEvent, QMouseEvent

    from annodesk.model.edits import Draft
    from annodesk.ui.timeline.lane_rows import Hit
    from annodesk.ui.timeline.state import TimelineState

SCROLL_MS = 40
MOST_FOLLOWED = 100
"""With more segments under the hand their children follow when it is let go: all in every frame take too long."""


class HandledLanes(TierLanes):
    """The lanes with a mouse on them; one drag is one draft at most."""

    draft_made = Signal(object, str, object)  # Draft, lane id, ids to select once it is applied
    segment_activated = Signal(str, str)
    menu_asked = Signal(str, str, object, object)  # lane id, segment id or empty, time, place on the screen
    refused = Signal(str)

    def __init__(self, state: TimelineState, parent: QWidget | None = None) -> None:
        super().__init__(state, parent)
        self.draw_labels: tuple[str, ...] = ()
        self.completes: Callable[[Draft], Draft] = lambda draft: draft
        """What a gesture would do to dependent tiers besides."""
        self._press: QPointF | None = None
        self._pressed: Hit | None = None
        self._gesture: Gesture | None = None
        self._is_drag = False
        self._kept: frozenset[str] | None = None  # selected before a rubber band was drawn
        self._held = ""
        self._last_x = 0.0
        self._scroll = QTimer(self)
        self._scroll.setInterval(SCROLL_MS)
        self._scroll.timeout.connect(self._scroll_on)

    @property
    def is_busy(self) -> bool:
        """Whether a gesture is under way."""
        return self._gesture is not None or self._kept is not None

    def abort(self) -> bool:
        """Drop the gesture under way; False where there is none."""
        was_busy, lane = self.is_busy, self._pressed.lane.id if self._pressed is not None else None
        if self._kept is not None:
            self._state.select(lane, self._kept)
        self._end_gesture()
        return was_busy

    def mousePressEvent(self, event: QMouseEvent) -> None:
        super().mousePressEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        where = event.position()
        lane = self.lane_at(where.y())
        if where.x() < self._state.gutter_px:
            if lane is not None:
                self._state.activate(lane.id)
            return
        hit = self.hit(where.x(), where.y())
        if hit is None:
            return
        self._press, self._pressed = where, hit
        if hit.segment is None or (hit.edge is not None and event.modifiers()):
            return
        self._select_pressed(hit, event.modifiers())

    def _select_pressed(self, hit: Hit, keys: Qt.KeyboardModifier) -> None:
        state, segment = self._state, hit.segment
        assert segment is not None
        same_lane = state.selected_lane == hit.lane.id
        if keys & Qt.KeyboardModifier.ControlModifier:
            kept = state.selected if same_lane else frozenset()
            state.select(hit.lane.id, kept ^ {segment.id})
        elif keys & Qt.KeyboardModifier.ShiftModifier and same_lane:
            annotations = state.annotations(hit.lane.id)
            assert annotations is not None
            chosen = [annotations.segment(i) for i in state.selected] + [segment]
            start, end = min(s.start_us for s in chosen), max(s.end_us for s in chosen)
            state.select(hit.lane.id, [s.id for s in state.segments_in(hit.lane, start, end + 1)])
        elif not (same_lane and segment.id in state.selected):
            state.select(hit.lane.id, [segment.id])

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        super().mouseMoveEvent(event)
        where = event.position()
        if self._press is None:
            self._show_cursor(self.hit(where.x(), where.y()) if where.x() >= self._state.gutter_px else None)
            return
        if not self._is_drag and (where - self._press).manhattanLength() >= QApplication.startDragDistance() / 2:
            self._is_drag = True
            self._begin(event.modifiers())
        if self._kept is not None:
            self._band_to(where.x())
        elif self._gesture is not None:
            self._drag_to(where.x(), snap=self._snaps(event.modifiers()))
            outside = where.x() < self._state.gutter_px or where.x() >= self.width()
            if outside and not self._scroll.isActive():
                self._scroll.start()
            elif not outside:
                self._scroll.stop()

    def _snaps(self, keys: Qt.KeyboardModifier) -> bool:
        """Whether edges snap now: Alt turns it about, Ctrl keeps it off."""
        if keys & Qt.KeyboardModifier.ControlModifier:
            return False
        return self._state.snap != bool(keys & Qt.KeyboardModifier.AltModifier)

    def _band_to(self, x_px: float) -> None:
        """Select what the rubber band meets, besides what was selected."""
        hit, press = self._pressed, self._press
        if hit is None or press is None or self._kept is None:
            return
        start, end = sorted((self.time_at(press.x()), self.time_at(x_px)))
        found = {s.id for s in self._state.segments_in(hit.lane, start, end + 1)}
        self._state.select(hit.lane.id, self._kept | found)
        self.set_band(hit.lane.id, start, end)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() is not Qt.MouseButton.LeftButton:
            return
        hit, gesture, press, was_drag = self._pressed, self._gesture, self._press, self._is_drag
        if gesture is not None and hit is not None:
            draft, held = gesture.draft(), gesture.held
            self._end_gesture(keep_preview=True)
            if draft:
                self.draft_made.emit(draft, hit.lane.id, tuple(gesture.selects))
            if held:
                self.refused.emit(held)
            self._state.set_preview(None, ())
            return
        self._end_gesture()
        if hit is None or press is None or was_drag:
            return
        if hit.segment is None:
            self._state.activate(hit.lane.id)
            self._state.select(hit.lane.id, ())
            self._state.set_playhead(self.time_at(press.x()))
        elif not event.modifiers():
            self._state.select(hit.lane.id, [hit.segment.id])

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        hit = self.hit(event.position().x(), event.position().y())
        if event.button() is Qt.MouseButton.LeftButton and hit is not None and hit.segment is not None:
            self._state.select(hit.lane.id, [hit.segment.id])
            self.segment_activated.emit(hit.lane.id, hit.segment.id)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Select what is under the pointer, unless it is selected already, and ask for its menu."""
        where = event.pos()
        hit = self.hit(where.x(), where.y()) if where.x() >= self._state.gutter_px and not self.is_busy else None
        if hit is None:
            event.ignore()
            return
        self._press = self._pressed = None
        if hit.segment is None:
            self._state.activate(hit.lane.id)
            self._state.select(None, ())
        elif self._state.selected_lane != hit.lane.id or hit.segment.id not in self._state.selected:
            self._state.select(hit.lane.id, [hit.segment.id])
        chosen = hit.segment.id if hit.segment is not None else ""
        self.menu_asked.emit(hit.lane.id, chosen, self.time_at(where.x()), event.globalPos())
        event.accept()

    def _begin(self, keys: Qt.KeyboardModifier) -> None:
        hit, press, state = self._pressed, self._press, self._state
        annotations = state.annotations(hit.lane.id) if hit is not None else None
        if hit is None or press is None or annotations is None:
            return
        if hit.segment is None and keys & Qt.KeyboardModifier.ControlModifier:
            self._kept = state.selected if state.selected_lane == hit.lane.id else frozenset()
            return
        if not hit.lane.editable:
            self.refused.emit(hit.lane.refusal)
            return
        at_us, tier = self.time_at(press.x()), hit.lane.tier
        if hit.segment is None:
            state.activate(hit.lane.id)
            begin = self._snapped(at_us, frozenset()).time_us if self._snaps(keys) else at_us
            if drawing_room(annotations, tier, begin, state.bounds) is None:
                self.refused.emit(refusal(annotations, tier, begin, state.bounds))
            self._gesture = DrawGesture(annotations, tier, begin, state.bounds, self.draw_labels)
        elif tier.rule in SYMBOLIC:
            self.refused.emit(f"{tier.name} takes its times from {tier.parent}: move them there.")
        elif hit.edge is not None:
            self._gesture = self._edge_gesture(annotations, hit, keys)
        else:
            ids = state.selected if hit.segment.id in state.selected else frozenset({hit.segment.id})
            self._gesture = MoveGesture(annotations, tier, tuple(ids), at_us, state.bounds)

    def _edge_gesture(self, annotations: AnnotationSet, hit: Hit, keys: Qt.KeyboardModifier) -> Gesture:
        """Shift keeps neighbours in step: a joint boundary moves as one, a free edge pushes what it runs into."""
        tier, segment, edge = hit.lane.tier, hit.segment, hit.edge
        assert segment is not None
        assert edge is not None
        with_shift = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        divides = (
            tier.rule is TierRule.TIME_SUBDIVISION and hit.joint is not None and hit.joint.parent == segment.parent
        )
        if hit.joint is not None and (with_shift or divides):
            left, right = (segment, hit.joint) if edge == "end" else (hit.joint, segment)
            return BoundaryGesture(annotations, left, right)
        bounds = own_bounds(annotations, tier, segment, self._state.bounds)
        free = tier.overlap or tier.kind is TierKind.POINT
        if (with_shift or self._state.pushes) and not free:
            return PushGesture(annotations, segment, edge, bounds)
        return EdgeGesture(annotations, segment, edge, bounds, may_overlap=free)

    def _drag_to(self, x_px: float, *, snap: bool) -> None:
        gesture, hit = self._gesture, self._pressed
        assert gesture is not None
        assert hit is not None
        self._last_x = x_px
        time_us = self.time_at(x_px)
        held: list[tuple[int, Snapped]] = []
        if snap:
            for edge in gesture.snap_edges(time_us):
                place = self._snapped(edge, gesture.touched_ids)
                if place.what:
                    held.append((place.time_us - edge, place))
        if held:
            by_us, place = min(held, key=lambda one: (one[1].what == "frame", abs(one[0])))
            gesture.move_to(time_us + by_us)
            reached = {edge for s in gesture.preview for edge in (s.start_us, s.end_us)}
            shows = place.time_us in reached and place.what != "frame"  # every edge lies on some frame: no news
            self._state.set_guide((place.time_us, place.what) if shows else None)
        else:
            gesture.move_to(time_us)
            self._state.set_guide(None)
        if gesture.held != self._held:
            self._held = gesture.held
            self.refused.emit(self._held)
        self._state.set_preview(hit.lane.id, gesture.preview, self._following(gesture))

    def _following(self, gesture: Gesture) -> list[Segment]:
        """What the children of the segments under the hand would do; none where that cannot be, or is too much."""
        if len(gesture.touched_ids) > MOST_FOLLOWED:
            return []
        own = {segment.id for segment in gesture.preview}
        try:
            whole = self.completes(gesture.draft())
        except EditError:
            return []  # said when it is let go
        return [c.after for c in whole.changes if isinstance(c.after, Segment) and c.after.id not in own]

    def _snapped(self, time_us: int, ignoring: frozenset[str]) -> Snapped:
        """What holds an edge at this time; what moves along does not."""
        return snapped(self._state, time_us, ignoring)

    def _scroll_on(self) -> None:
        if self._gesture is None:
            self._scroll.stop()
            return
        beyond = self._last_x - self.width() if self._last_x >= self.width() else self._last_x - self._state.gutter_px
        scale = self._state.scale
        self._state.set_scale(scale.panned(scale.length_us(max(-60.0, min(60.0, beyond)))))
        self._drag_to(self._last_x, snap=False)

    def _end_gesture(self, *, keep_preview: bool = False) -> None:
        self._scroll.stop()
        self._press = self._pressed = self._gesture = None
        self._is_drag = False
        self._kept = None
        self._held = ""
        self.set_band(None)
        self._state.set_guide(None)
        if not keep_preview:
            self._state.set_preview(None, ())

    def _show_cursor(self, hit: Hit | None) -> None:
        if hit is None or not hit.lane.editable or self._pan_from is not None:
            self.unsetCursor()
        elif hit.edge is not None:
            self.setCursor(Qt.CursorShape.SizeHorCursor)
        elif hit.segment is not None:
            self.setCursor(Qt.CursorShape.ArrowCursor)
        else:
            self.setCursor(Qt.CursorShape.CrossCursor)
