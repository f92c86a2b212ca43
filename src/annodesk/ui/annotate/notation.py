"""How times are written while an item is open: the person's unit, with what the item's recording and video allow."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from annodesk.model.items import Asset, AssetType, Item
from annodesk.model.timecode import TimeNotation, TimeUnit, frame_rate
from annodesk.ui.parts import settings

if TYPE_CHECKING:
    from annodesk.media.frames import FrameIndex
    from annodesk.ui.jobs import Jobs

KEY = "annotate/time-unit"


class ItemNotation(QObject):
    """The notation of the open item; frames are there once the video's index has been read."""

    changed = Signal()

    def __init__(self, jobs: Jobs, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._jobs = jobs
        known = str(settings().value(KEY, TimeUnit.CLOCK.value))
        self.wanted = TimeUnit(known) if known in list(TimeUnit) else TimeUnit.CLOCK
        self.now = TimeNotation()

    def open_item(self, item: Item, video_path: Path | None = None) -> None:
        """Write times of this item from now on; ``video_path`` is its video's file, where it can be read."""
        sound, video = item.timeline_asset, video_asset(item)
        audio = sound.media.audio if sound is not None and sound.media is not None else ()
        rate_hz = audio[0].rate_hz if audio else 0
        self._set(TimeNotation(rate_hz=rate_hz, sound_offset_us=sound.offset_us if sound is not None else 0))
        if video is None or video_path is None:
            return
        from annodesk.media.frames import FrameIndex

        self._jobs.compute(
            FrameIndex.of,
            video_path,
            on_done=lambda index: self._on_index(index, video.offset_us),
            on_error=lambda _error: None,  # the picture says what is wrong with the video
            key="frame numbers",
            what="read where frames lie",
        )

    def turn(self) -> TimeUnit:
        """The next unit that means something here; remembered."""
        units = self.now.units()
        self.wanted = units[(units.index(self.now.unit) + 1) % len(units)]
        settings().setValue(KEY, self.wanted.value)
        self._set(self.now)
        return self.wanted

    def _on_index(self, index: FrameIndex, offset_us: int) -> None:
        times = index.pts_us
        steady = index.count > 1 and not index.is_variable_rate
        fps = frame_rate(int(times[0]), int(times[-1]), index.count) if steady else None
        self._set(replace(self.now, frames=index, video_offset_us=offset_us, fps=fps))

    def _set(self, notation: TimeNotation) -> None:
        self.now = notation.within(self.wanted)
        self.changed.emit()


def video_asset(item: Item) -> Asset | None:
    """The video whose frames are counted: the item's first."""
    return next((asset for asset in item.assets if asset.type is AssetType.VIDEO), None)
