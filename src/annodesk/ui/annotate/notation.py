"""How times are written while an item is open: the person's unit, with what the item's recording and video allow."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal

from annodesk.model.timecode import TimeNotation, TimeUnit, frame_rate
from annodesk.ui.parts import settings

if TYPE_CHECKING:
    from annodesk.model.items import Item
    from annodesk.ui.player.video_times import FrameTimes

KEY = "annotate/time-unit"


class ItemNotation(QObject):
    """The notation of the open item; frames are counted once it is known where they lie."""

    changed = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        known = str(settings().value(KEY, TimeUnit.CLOCK.value))
        self.wanted = TimeUnit(known) if known in list(TimeUnit) else TimeUnit.CLOCK
        self.now = TimeNotation()
        self._times: FrameTimes | None = None

    def open_item(self, item: Item) -> None:
        """Write times of this item from now on."""
        sound = item.timeline_asset
        audio = sound.media.audio if sound is not None and sound.media is not None else ()
        rate_hz, self._times = audio[0].rate_hz if audio else 0, None
        self._set(TimeNotation(rate_hz=rate_hz, sound_offset_us=sound.offset_us if sound is not None else 0))

    def set_frames(self, times: FrameTimes | None) -> None:
        """Count these frames; None where the item has no video, or none that can be read."""
        if times is self._times:
            return
        self._times = times
        if times is None:
            self._set(replace(self.now, frames=None, fps=None))
            return
        index, starts = times.index, times.index.pts_us
        is_steady = index.count > 1 and not index.is_variable_rate
        fps = frame_rate(int(starts[0]), int(starts[-1]), index.count) if is_steady else None
        self._set(replace(self.now, frames=index, video_offset_us=times.offset_us, fps=fps))

    def turn(self) -> TimeUnit:
        """The next unit that means something here; remembered."""
        units = self.now.units()
        self.wanted = units[(units.index(self.now.unit) + 1) % len(units)]
        settings().setValue(KEY, self.wanted.value)
        self._set(self.now)
        return self.wanted

    def _set(self, notation: TimeNotation) -> None:
        self.now = notation.within(self.wanted)
        self.changed.emit()
