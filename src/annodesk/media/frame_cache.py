"""Decoded frames kept for a while around the one on show, within so many bytes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct

if TYPE_CHECKING:
    from av.video.frame import VideoFrame

    from annodesk.media.picture import Shown

DEFAULT_BYTES = 192 << 20
# A frame after the one on show counts as so many times further away: who steps back goes on stepping back.
_BEHIND_FIRST = 4


class Kept(Struct, frozen=True):
    """A frame as it was decoded, or as it is shown within some size where that takes far less room."""

    frame: VideoFrame | None
    shown: Shown | None
    within: tuple[int, int] | None
    n_bytes: int


class FrameCache:
    """Frames by number; those furthest from ``at``, the one on show, are let go first."""

    def __init__(self, most_bytes: int = DEFAULT_BYTES) -> None:
        self.most_bytes = most_bytes
        self.at = 0
        self._kept: dict[int, Kept] = {}
        self._bytes = 0

    @property
    def n_bytes(self) -> int:
        """How many bytes the frames take."""
        return self._bytes

    def get(self, number: int, within: tuple[int, int] | None) -> Kept | None:
        """The frame of this number, where it is kept and can be shown within this size."""
        kept = self._kept.get(number)
        return kept if kept is not None and (kept.frame is not None or kept.within == within) else None

    def put(self, number: int, kept: Kept) -> None:
        """Keep a frame; the furthest ones may go for it, or itself."""
        old = self._kept.pop(number, None)
        self._bytes += kept.n_bytes - (old.n_bytes if old is not None else 0)
        self._kept[number] = kept
        while self._bytes > self.most_bytes and len(self._kept) > 1:
            furthest = max(self._kept, key=self._distance)
            self._bytes -= self._kept.pop(furthest).n_bytes

    def clear(self) -> None:
        """Let all frames go."""
        self._kept.clear()
        self._bytes = 0

    def _distance(self, number: int) -> int:
        return (number - self.at) * _BEHIND_FIRST if number > self.at else self.at - number
