"""Decoding by the graphics card: taken only where it gives the very frames that the processor gives."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from annodesk.errors import Cancelled, MediaError
from annodesk.media.frame_decode import FrameDecoder
from annodesk.media.picture import to_shown

if TYPE_CHECKING:
    from annodesk.media.frame_index import FrameIndex

Opening = Callable[[Path], FrameDecoder]
"""Opens a video so that a graphics card decodes it; MediaError where it does not."""

# The ways in which cards are asked, the system's own first.
_KINDS = {
    "darwin": ("videotoolbox",),
    "win32": ("d3d11va", "cuda", "qsv", "dxva2"),
    "linux": ("cuda", "vaapi", "qsv", "vdpau"),
}
# So many frames are compared at the beginning, in the middle and at the end.
_COMPARED_FRAMES = 4
_WITHIN = (320, 180)
# Cards and the processor may round colours differently, in levels of 255: on the whole, and at the worst hundredth.
_MEAN_LEVELS, _WORST_LEVELS = 1.5, 16.0

NO_CARD = "No graphics card here decodes this video: the processor does."
DIFFERS = "The graphics card shows other pictures of this video than the processor, which decodes it."
FAILED = "The graphics card failed on this video: the processor decodes it."


def ways_here() -> tuple[Opening, ...]:
    """How a graphics card may be asked on this system, the likeliest first."""
    from av.codec.hwaccel import hwdevices_available

    known = set(hwdevices_available())
    return tuple(_opening(kind) for kind in _KINDS.get(sys.platform, ()) if kind in known)


def _opening(kind: str) -> Opening:
    def open_it(path: Path) -> FrameDecoder:
        from av.codec.hwaccel import HWAccel

        try:
            return FrameDecoder(path, card=HWAccel(kind, allow_software_fallback=False))
        except (RuntimeError, ValueError, OSError) as error:  # the decoder's errors are MediaErrors by now
            raise MediaError(f"{path} is not decoded by {kind}: {error}.") from error

    return open_it


def checked_decoder(
    path: Path, index: FrameIndex, ways: tuple[Opening, ...], goes_on: Callable[[], bool]
) -> tuple[FrameDecoder | None, str]:
    """A decoder on the graphics card that was compared with the processor's; None with why there is none.

    Where frames can only be counted none is taken: a card that leaves one out would shift all after it.
    """
    if index.is_counted:
        return None, NO_CARD
    sentence = NO_CARD
    for way in ways:
        try:
            decoder = way(path)
        except MediaError:
            continue
        try:
            if _is_true(decoder, path, index, goes_on):
                return decoder, ""
            sentence = DIFFERS
        except MediaError:
            sentence = FAILED
        except BaseException:
            decoder.close()
            raise
        decoder.close()
    return None, sentence


def _is_true(decoder: FrameDecoder, path: Path, index: FrameIndex, goes_on: Callable[[], bool]) -> bool:
    """Whether both give the same frames, by their times and by their looks; the decoder begins anew afterwards."""
    keys = index.keyframes.size
    with FrameDecoder(path) as known:
        for key in dict.fromkeys((0, keys // 2, keys - 1)):
            for one in (known, decoder):
                if not one.start_at(int(index.keyframes[key]), int(index.key_dts[key])):
                    one.start()
            for expected, found in _pairs(known, decoder):
                if not goes_on():
                    raise Cancelled
                if expected is None or found is None or expected[0] != found[0]:
                    return False
                if not _looks_alike(expected[1], found[1]):
                    return False
    decoder.start()
    return True


_Seen = tuple[int | None, np.ndarray]


def _pairs(known: FrameDecoder, decoder: FrameDecoder) -> Iterator[tuple[_Seen | None, _Seen | None]]:
    """The next frames of both: their timestamp and their picture; None where there is none."""
    expected = list(islice(known, _COMPARED_FRAMES))
    found = list(islice(decoder, _COMPARED_FRAMES))
    for place in range(max(len(expected), len(found))):
        seen = [
            (frames[place].pts, to_shown(frames[place], one.stream.sample_aspect_ratio, _WITHIN))
            if place < len(frames)
            else None
            for frames, one in ((expected, known), (found, decoder))
        ]
        yield seen[0], seen[1]


def _looks_alike(one: np.ndarray, other: np.ndarray) -> bool:
    if one.shape != other.shape:
        return False
    levels = np.abs(one.astype(np.int16) - other)
    return float(levels.mean()) <= _MEAN_LEVELS and float(np.percentile(levels, 99)) <= _WORST_LEVELS
