"""Where one shot of a video ends and the next begins: hard cuts, and fades through darkness.

A cut is a frame that differs from the one before it far more than its neighbours differ from each other (mean
difference of hue, saturation and value). A fade is a stretch of darkness with a picture before and after it.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Literal

import numpy as np
from msgspec import Struct
from msgspec.structs import asdict
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media import cache
from annodesk.media.frame_index import FrameIndex
from annodesk.media.frames import FrameReader
from annodesk.progress import CancelToken, Progress, silent

Float64 = NDArray[np.float64]
Kind = Literal["cut", "fade"]

_CACHE_KIND, _VERSION = "shots", 1

# Frames are compared at this width, whatever the video's: finer detail only adds noise.
_WIDTH_PX = 256
_SKETCH = (8, 6)
# A difference (0 to 255) that is a cut where it also stands out by this factor from two frames on either side.
_CLEAR, _CLEAR_FACTOR = 30.0, 4.0
# A smaller one has to stand out more.
_SOFT, _SOFT_FACTOR = 16.0, 8.0
_NEIGHBOURS = 2
# Two cuts nearer to each other, or to an end of the video, are one unrest: a flash, or a picture between.
_SHORTEST_SHOT = 15
# Before and after a flash the picture is the same: their sketches differ by less (mean of 0 to 255).
_FLASH = 12.0
# A frame is dark where its mean brightness (0 to 255) is less; lit is brighter than that by so much.
_DARK = 8.0
_LIT = 16.0
# Where in the darkness the new shot begins: nearer to the picture that comes than to the one that went.
_FADE_SHARE = 0.625
_SHORTEST_FADE = 2


class Shot(Struct, frozen=True):
    """The first frame of a new shot; for a fade also the dark stretch ``[dark_from, dark_to)``, in frames."""

    frame: int
    time_us: int
    kind: Kind
    dark_from: int | None = None
    dark_to: int | None = None


def known(path: Path | str) -> list[Shot] | None:
    """The shots of a video that was looked through before; None where it was not."""
    try:
        kept = json.loads(cache.derived(path, _CACHE_KIND, _VERSION).read_text())
        return [Shot(**one) for one in kept]
    except (OSError, ValueError, TypeError):
        return None


def find(
    path: Path | str,
    index: FrameIndex | None = None,
    *,
    progress: Progress = silent,
    cancel: CancelToken | None = None,
) -> list[Shot]:
    """The shots of a video in order, from the cache or by looking through all of it once.

    The video is read as a stream; a few numbers and a sketch of 144 bytes are kept of each frame. One that cannot be
    decoded to its end gives the shots up to there.
    """
    before = known(path)
    if before is not None:
        return before
    token = cancel or CancelToken()
    token.check()
    found = index or FrameIndex.of(path, progress, token)
    measured = _measure(path, found, progress, token)
    shots = sorted([*_cuts(measured, found), *_fades(measured, found)], key=lambda shot: (shot.frame, shot.kind))
    with contextlib.suppress(OSError), cache.writing(cache.derived(path, _CACHE_KIND, _VERSION)) as temporary:
        temporary.write_text(json.dumps([asdict(shot) for shot in shots]))
    return shots


class _Measured(Struct, frozen=True):
    """Of every frame: mean difference from the one before (n,), mean brightness (n,), a tiny picture (n, k)."""

    change: Float64
    brightness: Float64
    sketches: NDArray[np.uint8]


def _measure(path: Path | str, index: FrameIndex, progress: Progress, cancel: CancelToken) -> _Measured:
    import cv2

    change = np.zeros(index.count)
    brightness = np.zeros(index.count)
    sketches = np.zeros((index.count, _SKETCH[0] * _SKETCH[1] * 3), np.uint8)
    before: NDArray[np.uint8] | None = None
    done = 0
    with FrameReader(path, index) as reader:
        try:
            for number, small in reader.follow(_WIDTH_PX):
                hsv = np.asarray(cv2.cvtColor(small, cv2.COLOR_BGR2HSV), np.uint8)
                if before is not None:
                    change[number] = np.mean(cv2.mean(cv2.absdiff(hsv, before))[:3])
                brightness[number] = np.mean(cv2.mean(small)[:3])
                sketches[number] = cv2.resize(small, _SKETCH, interpolation=cv2.INTER_AREA).reshape(-1)
                before, done = hsv, number + 1
                if not number % 25:
                    cancel.check()
                    progress(number / index.count, "Looking for shots")
        except MediaError:
            if not done:
                raise
    return _Measured(change[:done], brightness[:done], sketches[:done])


def _cuts(measured: _Measured, index: FrameIndex) -> list[Shot]:
    change, n = measured.change, measured.change.size
    padded = np.pad(change, _NEIGHBOURS)
    around = np.delete(np.lib.stride_tricks.sliding_window_view(padded, 2 * _NEIGHBOURS + 1), _NEIGHBOURS, axis=1)
    # The median, so that a second cut close by, as a flash has, does not hide the first.
    factor = change / np.maximum(np.median(around, axis=1), 1.0)
    is_cut = ((change >= _CLEAR) & (factor >= _CLEAR_FACTOR)) | ((change >= _SOFT) & (factor >= _SOFT_FACTOR))
    places = [int(k) for k in np.flatnonzero(is_cut)]
    frames = []
    for burst in _bursts(places):
        if burst[0] < _SHORTEST_SHOT or n - burst[-1] < _SHORTEST_SHOT or _is_flash(measured, burst):
            continue
        frames.append(max(burst, key=lambda k: float(change[k])))
    return [Shot(frame, index.time_us(frame), "cut") for frame in frames]


def _bursts(places: list[int]) -> list[list[int]]:
    """Changes that follow each other within one shortest shot, together."""
    bursts: list[list[int]] = []
    for place in places:
        if bursts and place - bursts[-1][-1] < _SHORTEST_SHOT:
            bursts[-1].append(place)
        else:
            bursts.append([place])
    return bursts


def _is_flash(measured: _Measured, burst: list[int]) -> bool:
    if len(burst) < 2:
        return False
    first, last = (measured.sketches[k].astype(np.int16) for k in (burst[0] - 1, burst[-1]))
    return float(np.abs(first - last).mean()) < _FLASH


def _fades(measured: _Measured, index: FrameIndex) -> list[Shot]:
    is_dark = measured.brightness < _DARK
    turns = [0, *(np.flatnonzero(np.diff(is_dark)) + 1).tolist(), is_dark.size]
    shots = []
    for k in range(1, len(turns) - 2):
        low, high = turns[k], turns[k + 1]
        if not is_dark[low] or high - low < _SHORTEST_FADE:
            continue
        lit = measured.brightness[turns[k - 1] : low].max(), measured.brightness[high : turns[k + 2]].max()
        if min(lit) >= _LIT:
            frame = round(low + _FADE_SHARE * (high - low))
            shots.append(Shot(frame, index.time_us(frame), "fade", low, high))
    return shots
