"""The timeline's body: overview, ruler, waveform and lanes over one stretch of time, and where one is in it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QFontMetrics, QKeyEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from annodesk.model.times import Interval, format_us
from annodesk.ui import theme
from annodesk.ui.parts import settings
from annodesk.ui.timeline.bands import BandHands
from annodesk.ui.timeline.curve_lane import CurveLane
from annodesk.ui.timeline.curve_source import LOUDNESS, PITCH
from annodesk.ui.timeline.gutter import LOCK_PX, GutteredLanes
from annodesk.ui.timeline.media_load import MediaLoad
from annodesk.ui.timeline.overview import Overview
from annodesk.ui.timeline.ruler import Ruler
from annodesk.ui.timeline.scrubbing import Scrubber
from annodesk.ui.timeline.segment_paint import words_of
from annodesk.ui.timeline.sight import TimelineSight
from annodesk.ui.timeline.sound_actions import look_menu
from annodesk.ui.timeline.sound_points import SoundPoints
from annodesk.ui.timeline.spectrogram import SpectrogramLane
from annodesk.ui.timeline.stack import LaneStack
from annodesk.ui.timeline.tiers import INDENT_PX
from annodesk.ui.timeline.wave_source import LOUDEST_SHARE, WaveSource
from annodesk.ui.timeline.waveform import LEAST_ZOOM, MOST_ZOOM, MediaState, WaveformLane

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from annodesk.model.annotations import AnnotationSet
    from annodesk.model.edits import Draft
    from annodesk.model.items import Asset
    from annodesk.ui.jobs import Jobs
    from annodesk.ui.timeline.lanes import LaneSpec, Mark

GUTTER_PX = (64, 150)
SPECTROGRAM = "timeline/spectrogram"
"""Where this workstation keeps whether the spectrogram is shown."""


class TimelineBody(TimelineSight):
    """Shows lanes, is looked around in, and gives the drafts of the mouse."""

    draft_made = Signal(object)
    selection_changed = Signal()
    playhead_moved = Signal(object)  # int microseconds; Qt's own int ends at 35 minutes
    view_changed = Signal()
    segment_activated = Signal(str, str)
    menu_asked = Signal(str, str, object, object)  # lane id, segment id or empty, time, place on the screen
    tier_menu_asked = Signal(str, object)  # lane id, place on the screen
    stretch_selected = Signal(object, object)
    mark_clicked = Signal(str)
    refused = Signal(str)
    painted = Signal()

    def __init__(self, jobs: Jobs, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        state = self.state
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("Timeline")
        self.setLayoutDirection(Qt.LayoutDirection.LeftToRight)
        self._waiting_selection: tuple[str, frozenset[str]] | None = None
        self._jobs, self._media = jobs, MediaLoad(jobs, self)
        self.sound_points = SoundPoints(state, jobs, self)
        self.bands = BandHands(self, self._media)
        self.overview = Overview(state, jobs, self)
        self.ruler = Ruler(state, self)
        self.waveform = WaveformLane(state, self._media.tiles, self)
        self.spectrogram = SpectrogramLane(state, self._media.spectrum_tiles, self)
        self.lanes = GutteredLanes(state)
        self._scroll = QScrollArea(self)
        self._scroll.setWidget(self.lanes)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.splitter = LaneStack(self)
        self.curves = [CurveLane(state, jobs, kind) for kind in (PITCH, LOUDNESS)]
        for name, lane in (
            ("waveform", self.waveform),
            ("spectrogram", self.spectrogram),
            *((curve.kind.name, curve) for curve in self.curves),
            ("tiers", self._scroll),
        ):
            self.splitter.add(name, lane)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        for part in (self.overview, self.ruler):
            layout.addWidget(part)
        layout.addWidget(self.splitter, 1)
        self.scrubber = Scrubber(state, self)
        self.scrubber.watch(self.waveform, self.spectrogram, *self.curves, self.lanes)
        self._connect()
        self.show_spectrogram(bool(settings().value(SPECTROGRAM, False, type=bool)))

    def _connect(self) -> None:
        state = self.state
        state.scale_changed.connect(self.view_changed)
        state.playhead_changed.connect(lambda _old, new: self.playhead_moved.emit(new))
        state.selection_changed.connect(self._tell_selection)
        state.lanes_changed.connect(self._fit_lanes)
        self.ruler.mark_clicked.connect(self.mark_clicked)
        self.lanes.draft_made.connect(self.give)
        self.lanes.segment_activated.connect(self.segment_activated)
        self.lanes.menu_asked.connect(self.menu_asked)
        self.lanes.refused.connect(self.refused)
        self.lanes.tier_menu_asked.connect(self.tier_menu_asked)
        for lane in (self.waveform, self.spectrogram, *self.curves):
            lane.stretch_selected.connect(self.stretch_selected)
            lane.painted.connect(self.painted)
            lane.look_asked.connect(self.open_look)
            self._media.tiles_ready.connect(lane.update)
        self._media.changed.connect(self._show_media)
        self.spectrogram.draft_made.connect(self.give)
        state.look_changed.connect(self._show_look)
        theme.notifier().theme_changed.connect(self._fit_lanes)
        self._show_look()

    def above_lanes(self) -> list[QWidget]:
        """The parts over the waveform that keep their height, such as the overview and the ruler."""
        rows = self.layout()
        parts = [rows.itemAt(place).widget() for place in range(rows.count())]
        return [part for part in parts if part is not None and part is not self.splitter]

    # What is shown

    def set_duration(self, start_us: int, end_us: int, context: Interval | None = None) -> None:
        """The stretch that is worked on; all of it comes into view, and none of it has been heard.

        ``context`` is the stretch around it that can be seen and heard, and not changed.
        """
        end_us = max(end_us, start_us + 1)
        low_us, high_us = (start_us, end_us) if context is None else (context.start_us, context.end_us)
        low_us, high_us = min(low_us, start_us), max(high_us, end_us)
        self.state.part = Interval(start_us, end_us) if (low_us, high_us) != (start_us, end_us) else None
        scale = replace(self.state.scale, low_us=low_us, high_us=high_us)
        self._back.clear()
        self.state.set_scale(scale.fitted(start_us, end_us))
        self.state.set_stretch(None)
        self.state.set_heard(())
        self.state.set_playhead(self.state.playhead_us)
        self.overview.refresh()

    def set_media(
        self, path: Path | None, *, offset_us: int = 0, problem: str = "", asset: Asset | None = None
    ) -> None:
        """Show this recording's waveform: from cached peaks, else as they are being made.

        ``problem`` is said instead of a picture; ``offset_us`` is where the file begins on the timeline; that it is
        another copy than ``asset`` was made with is said beside the picture.
        """
        self.state.set_wave_zoom(1.0)
        self._media.load(path, offset_us, problem, asset)
        self.sound_points.set_media(None if problem else path, offset_us)

    def show_spectrogram(self, is_shown: bool) -> None:
        """Show the spectrogram under the waveform, or give its room back."""
        self.spectrogram.setVisible(is_shown)
        self._fit_lanes()

    def toggle_spectrogram(self) -> None:
        """Show or hide the spectrogram, here and in timelines opened later."""
        self.show_spectrogram(not self.shows_spectrogram)
        settings().setValue(SPECTROGRAM, self.shows_spectrogram)

    @property
    def shows_spectrogram(self) -> bool:
        """Whether the spectrogram is shown."""
        return not self.spectrogram.isHidden()

    def _show_look(self) -> None:
        look = self.state.look
        self._media.show_look(look, self.state.wave_zoom)
        wanted = [look.pitch, look.loudness]
        if wanted != [not lane.isHidden() for lane in self.curves]:
            for lane, is_shown in zip(self.curves, wanted, strict=True):
                lane.setVisible(is_shown)
            self._fit_lanes()

    def open_look(self, where: QPoint | None = None) -> None:
        """The menu of how sound is drawn, at a place on the screen or in the waveform's corner."""
        corner = self.waveform.mapToGlobal(QPoint(self.state.gutter_px + theme.px(8), theme.px(8)))
        look_menu(self).popup(corner if where is None else where)

    def fit_wave(self) -> None:
        """Draw the waveform as high as what is in view lets it be; where it is so already, as the whole does."""
        source, state = self._media.source, self.state
        if source is None:
            return
        start, end = self.visible_range

        def done(loudest: float) -> None:
            if source is not self._media.source or loudest <= 0:
                return
            drawn = 1.0 if state.look.in_db else self._media.gain
            zoom = max(LEAST_ZOOM, min(MOST_ZOOM, LOUDEST_SHARE / loudest / drawn))
            is_so = abs(zoom - state.wave_zoom) < 0.02 * zoom
            state.set_wave_zoom(1.0 if is_so else zoom)

        self._jobs.compute(loudest_of, source, start, end, on_done=done, key="fit the waveform", what="look how loud")

    def set_lanes(self, lanes: Sequence[LaneSpec]) -> None:
        """Show these lanes, top to bottom."""
        self.state.set_lanes(lanes)

    def set_annotations(self, lane_id: str, annotations: AnnotationSet, only: Iterable[str] | None = None) -> None:
        """What a lane holds now; ``only`` limits it to some elements."""
        self.state.set_annotations(lane_id, annotations, only)
        waiting = self._waiting_selection
        if waiting is not None and waiting[0] == lane_id and all(i in annotations for i in waiting[1]):
            self._waiting_selection = None
            self.state.select(lane_id, waiting[1])

    def set_marks(self, marks: Sequence[Mark]) -> None:
        """Show these marks; those of kind ``heard`` are the green line of the overview."""
        self.state.set_marks(marks)

    def set_current_mark(self, key: str | None) -> None:
        """Bring one mark out."""
        self.state.set_current_mark(key)

    def set_snap_points(self, kind: str, times_us: Iterable[int] | NDArray[np.int64]) -> None:
        """Times of one kind (``cut``, ``frame``) that dragged edges snap to besides other edges and the playhead."""
        self.state.set_snap_points(kind, times_us)

    def set_draw_labels(self, labels: Sequence[str]) -> None:
        """Labels that newly drawn segments get, where their tier has them."""
        self.lanes.draw_labels = tuple(labels)

    def note_heard(self, start_us: int, end_us: int) -> None:
        """Add a stretch to the green line; connect the transport's ``heard`` to it."""
        self.state.note_heard(start_us, end_us)

    @property
    def heard(self) -> tuple[Interval, ...]:
        """What has been listened to, in order."""
        return self.state.heard

    @property
    def media_state(self) -> MediaState:
        """How far the waveform is."""
        return self.waveform.media_state

    @property
    def is_settled(self) -> bool:
        """Whether the waveform in view is drawn, or there is none to draw."""
        if self.media_state is MediaState.READY:
            whole = self.waveform.is_complete and (not self.shows_spectrogram or self.spectrogram.is_complete)
            return whole and all(lane.is_settled for lane in self.curves)
        return self.media_state in (MediaState.NONE, MediaState.FAILED)

    def follow_playhead(self, time_us: int) -> None:
        """Put the playhead somewhere and turn the page where it leaves the view; for playback."""
        was_shown = self.state.scale.shows(self.state.playhead_us, self.state.playhead_us)
        self.state.set_playhead(time_us)
        scale = self.state.scale
        if was_shown and not self.lanes.is_busy and not scale.start_us <= self.playhead_us < scale.end_us:
            self.state.set_scale(scale.panned(self.playhead_us - scale.start_us - scale.span_us // 12))

    def give(self, draft: Draft, lane_id: str, ids: Sequence[str]) -> None:
        """Hand over a draft whose elements are selected once they are there."""
        self._waiting_selection = (lane_id, frozenset(ids))
        self.draft_made.emit(draft)

    def _show_lane(self, lane_id: str | None) -> None:
        for lane, top, height in self.lanes.lane_tops():
            if lane.id == lane_id:
                self._scroll.ensureVisible(0, top + height // 2, 0, height // 2)

    def _tell_selection(self) -> None:
        self._show_lane(self.state.selected_lane or self.state.active_lane)
        chosen = self.selected_segments()
        lane = self.state.lane(self.state.selected_lane)
        if chosen and lane is not None:
            first, last = chosen[0], chosen[-1]
            words = words_of(first, lane) if len(chosen) == 1 else f"{len(chosen)} segments"
            where = f"{format_us(first.start_us)} to {format_us(last.end_us)}"
            self.setAccessibleDescription(f"{lane.title}: {words}, {where}")
        else:
            self.setAccessibleDescription("nothing selected")
        self.selection_changed.emit()

    def _show_media(self) -> None:
        media = self._media
        self.waveform.show_media_state(media.state, media.words, media.share)
        self.overview.set_source(media.source, media.gain)
        self.state.set_lost(media.lost)
        ready = media.source if media.state is MediaState.READY else None
        for lane in self.curves:
            lane.set_source(media.curves if ready is not None else None)
        self.spectrogram.show_rate(0 if ready is None else ready.rate_hz, media.gain)
        self.waveform.show_channels(1 if media.source is None else media.source.channels)

    def _fit_lanes(self) -> None:
        titles = [(lane.title, lane.depth) for lane in self.state.lanes if lane.title]
        metrics = QFontMetrics(theme.font("small"))
        widest = max((metrics.horizontalAdvance(t) + theme.px(INDENT_PX) * d for t, d in titles), default=0)
        widest += theme.px(20 + (LOCK_PX if self.lanes.arranges else 0))
        low, high = (theme.px(v) for v in GUTTER_PX)
        self.state.gutter_px = max(low, min(high, widest)) if titles else 0
        height = self.lanes.sizeHint().height()
        self.lanes.setMinimumHeight(height)
        self._scroll.setMinimumHeight(min(height, theme.px(44)))
        self._scroll.setMaximumHeight(height)
        self._fit_width()
        self.splitter.fit(height)
        self.overview.refresh()
        self._media.tiles.set_colour(QColor(theme.current().wave))
        self._media.spectrum_tiles.set_colour(QColor(theme.current().background))

    def _fit_width(self) -> None:
        width = max(1, self.width() - self.state.gutter_px)
        if width != self.state.scale.width_px:
            self.state.set_scale(self.state.scale.resized(width))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_width()
        QTimer.singleShot(0, self, self._fit_lanes)

    def abort(self) -> bool:
        """Drop the gesture under way, else the selected time, else the selection; False where there was nothing."""
        sound = (self.waveform, self.spectrogram, *self.curves)
        if self.scrubber.abort() or self.lanes.abort() or any(lane.abort() for lane in sound):
            return True
        if self.state.stretch is not None:
            self.state.set_stretch(None)
            return True
        if self.state.selected:
            self.state.select(None, ())
            return True
        return False

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.abort():
            event.accept()
        else:
            super().keyPressEvent(event)


def loudest_of(source: WaveSource, start_us: int, end_us: int) -> float:
    """The largest amplitude of a stretch, full scale 1.0; for the compute lane."""
    us_per_px = max(1, end_us - start_us) / 512
    lows, highs = source.columns(round(start_us / us_per_px), us_per_px, 512)
    return float(max(highs.max(initial=0), -lows.min(initial=0)))
