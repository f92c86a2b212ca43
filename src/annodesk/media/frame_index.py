"""Where every frame of a video lies in time: its timestamps, and the key frames from which it can be decoded.

Read from the packets, which is quick, and checked against what the decoder really gives; where the two differ (no
timestamps, or untrue ones) the video is decoded once and its frames are counted.
"""

from __future__ import annotations

import bisect
import contextlib
import zipfile
from fractions import Fraction
from functools import cached_property
from pathlib import Path

import numpy as np
from msgspec import Struct, field
from msgspec.structs import force_setattr
from numpy.typing import NDArray

from annodesk.media import cache
from annodesk.media.containers import require_file
from annodesk.progress import CancelToken, Progress, silent

Int64 = NDArray[np.int64]

_KIND, _VERSION = "frames", 2


class FrameIndex(Struct, frozen=True, eq=False, dict=True):
    """Every frame of a video in the order it is shown.

    Parameters
    ----------
    pts : (n,) sorted timestamps in ticks of ``tick_s``, counted from ``origin``; two frames may share one
    keyframes : (k,) sorted timestamps of the key frames; one may lie before the first frame, where an edit hides it
    end : where the last frame ends
    key_dts : (k,) at which timestamps the key frames are to be decoded
    key_numbers : (k,) the number of each key frame, or of the first frame shown after it
    is_counted : whether frames are told by counting from a key frame, since their timestamps are missing or untrue
    breaks_off : whether the file ends before its video does
    """

    pts: Int64
    keyframes: Int64
    tick_s: Fraction
    origin: int
    end: int
    key_dts: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    key_numbers: Int64 = field(default_factory=lambda: np.zeros(0, np.int64))
    is_counted: bool = False
    breaks_off: bool = False

    def __post_init__(self) -> None:
        if self.key_dts.size != self.keyframes.size:
            force_setattr(self, "key_dts", self.keyframes)
        if self.key_numbers.size != self.keyframes.size:
            force_setattr(self, "key_numbers", np.searchsorted(self.pts, self.keyframes).astype(np.int64))

    @property
    def count(self) -> int:
        """How many frames there are."""
        return int(self.pts.size)

    @cached_property
    def pts_us(self) -> Int64:
        """The time of every frame, (n,)."""
        return self._to_us(self.pts)

    @cached_property
    def keyframes_us(self) -> Int64:
        """The time of every frame that can be decoded by itself, (k,)."""
        return self._to_us(self.keyframes)

    @property
    def end_us(self) -> int:
        """The time at which the last frame ends."""
        return int(self._to_us(np.array([self.end]))[0])

    @cached_property
    def is_variable_rate(self) -> bool:
        """Whether frames follow each other at unequal intervals, beyond what rounded timestamps explain."""
        if self.count < 3:
            return False
        between = np.diff(self.pts)
        return bool((between.max() - between.min()) * self.tick_s > 2 * self.tick_s + Fraction(1, 1000))

    def time_us(self, number: int) -> int:
        """The time of a frame."""
        return int(self.pts_us[number])

    def number_at(self, time_us: int) -> int:
        """The frame on show at a time: the last that has begun, or the first of all."""
        return max(0, int(np.searchsorted(self.pts_us, time_us, side="right")) - 1)

    def key_of(self, number: int) -> int:
        """Which of the key frames a frame is decoded from; the first where none comes before it."""
        return max(0, bisect.bisect_right(self.key_numbers, number) - 1)

    @classmethod
    def of(cls, path: Path | str, progress: Progress = silent, cancel: CancelToken | None = None) -> FrameIndex:
        """The index of the file's first video stream, from the cache or by reading its packets once."""
        place = cache.derived(path, _KIND, _VERSION)
        known = _load(place)
        if known is None:
            from annodesk.media.frame_scan import scan

            known = scan(require_file(path), progress, cancel or CancelToken())
            with contextlib.suppress(OSError), cache.writing(place) as temporary, temporary.open("wb") as file:
                flags = int(known.is_counted) + 2 * int(known.breaks_off)
                numbers = (known.tick_s.numerator, known.tick_s.denominator, known.origin, known.end, flags)
                keys = np.stack([known.keyframes, known.key_dts, known.key_numbers])
                np.savez(file, pts=known.pts, keys=keys, numbers=np.array(numbers, np.int64))
        return known

    def _to_us(self, pts: Int64) -> Int64:
        """Microseconds, rounded half up; whole seconds apart, so that no product overflows."""
        seconds, rest = np.divmod((pts - self.origin) * self.tick_s.numerator, self.tick_s.denominator)
        parts = (rest * 1_000_000 + self.tick_s.denominator // 2) // self.tick_s.denominator
        return np.asarray(seconds * 1_000_000 + parts, np.int64)


def _load(place: Path) -> FrameIndex | None:
    """The index kept there; None where there is none or it makes no sense."""
    try:
        with place.open("rb") as file, np.load(file, allow_pickle=False) as kept:
            numerator, denominator, origin, end, flags = (int(number) for number in kept["numbers"])
            pts, keys = kept["pts"], kept["keys"]
            tick_s = Fraction(numerator, denominator)
    except (OSError, ValueError, TypeError, KeyError, EOFError, MemoryError, ZeroDivisionError, zipfile.BadZipFile):
        return None
    if keys.ndim != 2 or len(keys) != 3 or tick_s <= 0:
        return None
    for times in (pts, keys[0], keys[2]):
        if times.dtype != np.int64 or times.ndim != 1 or not times.size or bool((np.diff(times) < 0).any()):
            return None
    if keys[2][0] < 0 or keys[2][-1] > pts.size:
        return None
    return FrameIndex(
        pts, keys[0], tick_s, origin, end, keys[1], keys[2], is_counted=bool(flags & 1), breaks_off=bool(flags & 2)
    )
