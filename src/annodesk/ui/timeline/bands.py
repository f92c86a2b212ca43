"""The band of frequencies that is selected: read, typed, and shown alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Qt

from annodesk.model.edits import change
from annodesk.ui.timeline.band_dialog import BandDialog

if TYPE_CHECKING:
    from annodesk.ui.timeline.body import TimelineBody
    from annodesk.ui.timeline.frequency import Band
    from annodesk.ui.timeline.media_load import MediaLoad

UNKNOWN_TOP_HZ = 24_000.0


class BandHands(QObject):
    """Of the selected segments, else of the selected time."""

    def __init__(self, timeline: TimelineBody, media: MediaLoad) -> None:
        super().__init__(timeline)
        self._timeline, self._media = timeline, media

    @property
    def hz(self) -> tuple[float, float] | None:
        """Lowest and highest frequency of the selected segment, or of the selected time; None for all of them."""
        chosen = self._timeline.selected_segments()
        if len(chosen) == 1 and (chosen[0].low_hz is not None or chosen[0].high_hz is not None):
            top = self._top_hz()
            return chosen[0].low_hz or 0.0, top if chosen[0].high_hz is None else chosen[0].high_hz
        return self._timeline.state.band if self._timeline.state.stretch is not None else None

    def fit(self) -> None:
        """Show the selected band of frequencies alone, or all of them again."""
        look, band = self._timeline.state.look, self.hz
        if look.low_hz or look.high_hz or band is None:
            self._timeline.state.set_look(replace(look, low_hz=0.0, high_hz=0.0))
        else:
            margin = 0.15 * (band[1] - band[0])
            self._timeline.state.set_look(replace(look, low_hz=max(0.0, band[0] - margin), high_hz=band[1] + margin))

    def ask(self) -> None:
        """Ask for the band of the selected segments, or of the selected time."""
        chosen, lane = self._timeline.selected_segments(), self._timeline.state.lane(self._timeline.state.selected_lane)
        if chosen and lane is not None and not lane.editable:
            self._timeline.refused.emit(f"{lane.title or lane.tier.name} cannot be changed here.")
            return
        if not chosen and self._timeline.state.stretch is None:
            self._timeline.refused.emit("Select a segment, or a time, to bound it in frequency.")
            return
        before = (chosen[0].low_hz, chosen[0].high_hz) if chosen else self._timeline.state.band or (None, None)
        self.dialog = BandDialog(before, self._timeline)
        self.dialog.given.connect(self._take_band)
        self.dialog.finished.connect(lambda _: self._timeline.setFocus(Qt.FocusReason.OtherFocusReason))
        self.dialog.open()

    def _take_band(self, band: Band) -> None:
        chosen, lane_id = self._timeline.selected_segments(), self._timeline.state.selected_lane
        annotations = self._timeline.state.annotations(lane_id)
        if chosen and lane_id is not None and annotations is not None:
            ids = [segment.id for segment in chosen]
            draft = change(annotations, "change band", ids, low_hz=band[0], high_hz=band[1])
            if draft:
                self._timeline.give(draft, lane_id, ids)
        else:
            top = self._top_hz()
            low, high = band[0] or 0.0, band[1] or top
            self._timeline.state.set_band(None if band == (None, None) or low >= high else (low, high))

    def _top_hz(self) -> float:
        return self._media.source.rate_hz / 2 if self._media.source is not None else UNKNOWN_TOP_HZ
