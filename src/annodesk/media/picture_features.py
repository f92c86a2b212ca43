"""Describes stretches of a video in plain numbers that a person, a rule or a language model can read.

A few moments of each stretch are looked at, each with a second picture shortly after it for what moves.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media.frames import FrameReader
from annodesk.progress import CancelToken

if TYPE_CHECKING:
    from annodesk.media.frame_index import FrameIndex
    from annodesk.media.shots import Shot

Picture = NDArray[np.uint8]

MOST_MOMENTS = 6
_MOMENT_US = 2_000_000
_GAP_US = 160_000
"""Between the two pictures of a moment: several frames at any usual rate."""
_WIDTH_PX = 160
_DARK = 0.06
_MOVED = 18
"""A pixel that changes by more (0 to 255) moves or is moved over; less is grain."""
_EDGE_LOW, _EDGE_HIGH = 60, 160
_GREY_BELOW, _BLACK_BELOW, _WHITE_ABOVE = 40, 40, 215
_HUES = ((8, "red"), (22, "orange"), (34, "yellow"), (80, "green"), (96, "cyan"), (128, "blue"), (150, "purple"))
"""Up to which hue (0 to 180) a colour has its name; what comes after is pink, then red again."""
_PINK_UP_TO = 170


class PictureDescription(Struct, frozen=True):
    """What a stretch of video looks like. Shares, brightness, contrast and saturation lie between 0 and 1."""

    pictures: int
    """How many pictures were looked at; 0 where there was none to see, and then all else is 0."""
    brightness: float = 0.0
    contrast: float = 0.0
    """Spread of brightness within a picture: 1 for half black, half white."""
    saturation: float = 0.0
    detail: float = 0.0
    """Pixels on an edge."""
    motion: float = 0.0
    """Mean change of a pixel within 160 ms."""
    moving_share: float = 0.0
    """Pixels that change by more than grain does."""
    cut_rate_hz: float = 0.0
    """Cuts and fades a second."""
    dark_share: float = 0.0
    """Pictures that are all but black."""
    black_share: float = 0.0
    grey_share: float = 0.0
    white_share: float = 0.0
    red_share: float = 0.0
    orange_share: float = 0.0
    yellow_share: float = 0.0
    green_share: float = 0.0
    cyan_share: float = 0.0
    blue_share: float = 0.0
    purple_share: float = 0.0
    pink_share: float = 0.0


def describe_pictures(
    path: Path | str,
    stretches: Sequence[tuple[int, int]],
    shots: Sequence[Shot] = (),
    index: FrameIndex | None = None,
    *,
    cancel: CancelToken | None = None,
) -> list[PictureDescription]:
    """The numbers of stretches ``(start_us, end_us)`` of a video, in the order given.

    Stretches in order of time cost one pass over the video at most. A moment that cannot be decoded is passed over.
    """
    token = cancel or CancelToken()
    found: list[PictureDescription] = []
    with FrameReader(path, index) as reader:
        for start_us, end_us in stretches:
            seen: list[tuple[Picture, Picture]] = []
            for at_us in _moments(start_us, end_us):
                token.check()
                pair = _pair(reader, at_us, min(at_us + _GAP_US, max(at_us, end_us - 1)))
                if pair is not None:
                    seen.append(pair)
            n_cuts = sum(start_us < shot.time_us < end_us for shot in shots)
            found.append(_describe(seen, n_cuts / max(0.1, (end_us - start_us) / 1_000_000)))
    return found


def _moments(start_us: int, end_us: int) -> list[int]:
    """Some times spread over a stretch, each in the middle of a part as long as the others."""
    count = min(MOST_MOMENTS, max(1, round((end_us - start_us) / _MOMENT_US)))
    part = (end_us - start_us) / count
    return [max(start_us, round(start_us + (k + 0.5) * part - _GAP_US / 2)) for k in range(count)]


def _pair(reader: FrameReader, at_us: int, later_us: int) -> tuple[Picture, Picture] | None:
    if not reader.index.count:
        return None
    first = reader.index.number_at(at_us)
    last = max(first, reader.index.number_at(later_us))
    if last == first and first + 1 < reader.index.count:
        last = first + 1
    try:
        pictures = [picture for _, picture in itertools.islice(reader.follow(_WIDTH_PX, first), last - first + 1)]
    except MediaError:
        return None
    return (pictures[0], pictures[-1]) if pictures else None


def _describe(seen: Sequence[tuple[Picture, Picture]], cut_rate_hz: float) -> PictureDescription:
    import cv2

    if not seen:
        return PictureDescription(0)
    rows = []
    colours = np.zeros(len(_COLOURS))
    for first, second in seen:
        grey = np.asarray(cv2.cvtColor(first, cv2.COLOR_BGR2GRAY), np.uint8)
        later = np.asarray(cv2.cvtColor(second, cv2.COLOR_BGR2GRAY), np.uint8)
        hsv = np.asarray(cv2.cvtColor(first, cv2.COLOR_BGR2HSV), np.uint8)
        soft = [cv2.GaussianBlur(one, (5, 5), 0).astype(np.int16) for one in (grey, later)]
        change = np.abs(soft[1] - soft[0])
        edges = np.asarray(cv2.Canny(grey, _EDGE_LOW, _EDGE_HIGH), np.uint8)
        brightness = float(grey.mean()) / 255
        rows.append(
            [
                brightness,
                float(grey.std()) / 127.5,
                float(hsv[..., 1].mean()) / 255,
                float((edges > 0).mean()),
                float(change.mean()) / 255,
                float((change > _MOVED).mean()),
                float(brightness < _DARK),
            ]
        )
        colours += _colour_shares(hsv)
    means = np.asarray(rows).mean(axis=0).clip(0.0, 1.0)
    shares = colours / len(seen)
    brightness, contrast, saturation, detail, motion, moving, dark = (float(value) for value in means)
    named = {f"{name}_share": float(share) for name, share in zip(_COLOURS, shares, strict=True)}
    return PictureDescription(
        len(seen), brightness, contrast, saturation, detail, motion, moving, cut_rate_hz, dark, **named
    )


_COLOURS = ("black", "grey", "white", "red", "orange", "yellow", "green", "cyan", "blue", "purple", "pink")


def _colour_shares(hsv: Picture) -> NDArray[np.float64]:
    """Share of pixels of each named colour, in the order of their names."""
    hue, saturation, value = (hsv[..., k].ravel() for k in range(3))
    edges = np.array([0, *(up_to for up_to, _ in _HUES), _PINK_UP_TO])
    place = np.searchsorted(edges, hue, side="right") - 1  # 0 red ... 6 purple, 7 pink, 8 red again
    place = np.where(place > 7, 0, place) + 3
    place = np.where(saturation < _GREY_BELOW, np.where(value > _WHITE_ABOVE, 2, 1), place)
    place = np.where(value < _BLACK_BELOW, 0, place)
    counts = np.bincount(place, minlength=len(_COLOURS))[: len(_COLOURS)]
    return np.asarray(counts / max(1, place.size), np.float64)
