"""When the frames of a video are on show, on the item's timeline, and which frame a step leads to. No Qt."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from annodesk.media.frames import FrameIndex


class FrameTimes(Struct, frozen=True, dict=True):
    """The start of every frame of a video that begins ``offset_us`` into the item's time."""

    index: FrameIndex
    offset_us: int = 0

    @cached_property
    def starts_us(self) -> NDArray[np.int64]:
        """The start of every frame by its number, (n,); frames that share a timestamp share their start."""
        return self.index.pts_us + self.offset_us

    @cached_property
    def places_us(self) -> NDArray[np.int64]:
        """The times at which the picture changes, each once, and the end of the last frame."""
        return np.unique(np.append(self.starts_us, self.end_us))

    @property
    def start_us(self) -> int:
        """When the first frame is shown."""
        return int(self.starts_us[0])

    @property
    def end_us(self) -> int:
        """When the last frame ends."""
        return max(self.index.end_us + self.offset_us, int(self.starts_us[-1]))

    def number_at(self, time_us: int) -> int:
        """The frame on show: the last that has begun, else the first."""
        return max(0, int(np.searchsorted(self.starts_us, time_us, "right")) - 1)

    def start_at(self, time_us: int) -> int:
        """When the frame on show began."""
        return int(self.starts_us[self.number_at(time_us)])

    def covers(self, time_us: int) -> bool:
        """Whether the video is running then."""
        return self.start_us <= time_us < self.end_us

    def nearest_place(self, time_us: int) -> int:
        """The time nearest to this one at which the picture changes; itself where the video does not run."""
        if not self.start_us <= time_us <= self.end_us:
            return time_us
        at = int(np.searchsorted(self.places_us, time_us))
        around = self.places_us[max(0, at - 1) : at + 1]
        return int(around[int(np.abs(around - time_us).argmin())])

    def stepped(self, time_us: int, frames: int) -> int:
        """The start of the frame so many after (before, where negative) the one on show.

        Within a frame the first step back leads to its own start. From outside the video a step leads to its nearest
        frame, or nowhere.
        """
        shown = self.places_us[:-1] if self.places_us.size > 1 else self.places_us
        if frames >= 0:
            at = int(np.searchsorted(shown, time_us, "right")) - 1 + frames
        else:
            at = int(np.searchsorted(shown, time_us, "left")) + frames
        if (frames > 0 and time_us >= shown[-1]) or (frames < 0 and time_us <= shown[0]):
            return time_us
        return int(shown[max(0, min(shown.size - 1, at))])

    def edge_by(self, time_us: int, frames: int) -> int:
        """An edge put on the nearest change of the picture, and so many frames on; the video's end is one too."""
        near = self.nearest_place(time_us)
        if near == time_us and not self.start_us <= time_us <= self.end_us:
            return time_us
        at = int(np.searchsorted(self.places_us, near)) + frames
        return int(self.places_us[max(0, min(self.places_us.size - 1, at))])

    def frame_us(self) -> int:
        """The usual length of a frame."""
        between = np.diff(self.places_us)
        return int(np.median(between)) if between.size else 40_000
