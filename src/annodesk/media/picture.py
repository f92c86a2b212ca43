"""A decoded frame as a person sees it: upright, in its right proportions, at the size wanted, with its transparency."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.codeccontext import VideoCodecContext
    from av.video.frame import VideoFrame
    from av.video.stream import VideoStream

Shown = NDArray[np.uint8]
"""Blue, green, red and opacity of every pixel, (height, width, 4)."""

# FFmpeg's own decoders of these leave the transparency out.
_TRANSPARENT = {"vp8": "libvpx", "vp9": "libvpx-vp9"}


def shown_size(
    width: int, height: int, aspect: Fraction | None, turned_deg: float, within: tuple[int, int] | None = None
) -> tuple[int, int]:
    """Width and height as seen, in pixels: pixels made square, turned, and shrunk where it does not fit within."""
    wide = Fraction(width) * (aspect if aspect else 1)
    size = (wide, Fraction(height)) if round(turned_deg / 90) % 2 == 0 else (Fraction(height), wide)
    share = Fraction(1)
    if within is not None:
        share = min(share, *(Fraction(max(1, most)) / one for most, one in zip(within, size, strict=True)))
    return max(1, round(size[0] * share)), max(1, round(size[1] * share))


def to_shown(frame: VideoFrame, aspect: Fraction | None, within: tuple[int, int] | None = None) -> Shown:
    """The frame as it is meant to be seen, no larger than ``within`` (width, height).

    ``aspect`` is the shape of one stored pixel, width to height; None where the file does not say.
    """
    quarters = round(frame.rotation / 90) % 4
    width, height = shown_size(frame.width, frame.height, aspect, 90.0 * quarters, within)
    if quarters % 2:
        width, height = height, width
    # The scaler refuses odd chroma at a single pixel; enlarged it takes it.
    wide, high = max(16, width), max(16, height)
    # On several threads it leaves four grey pixels at the left of each one's first row, at some sizes.
    pixels = np.asarray(frame.to_ndarray(format="bgra", width=wide, height=high, threads=1), np.uint8)
    if pixels.shape[:2] != (height, width):
        pixels = pixels[:: max(1, 16 // height), :: max(1, 16 // width)][:height, :width]
    return np.ascontiguousarray(np.rot90(pixels, quarters))


def to_png(shown: Shown) -> bytes:
    """The frame as the bytes of a PNG file; without opacity where all of it is opaque."""
    import cv2

    is_opaque = int(shown[..., 3].min()) == 255
    return cv2.imencode(".png", shown[..., :3] if is_opaque else shown)[1].tobytes()


def has_transparency(frame: VideoFrame) -> bool:
    """Whether there may be something to see through the frame."""
    return any(component.is_alpha for component in frame.format.components)


def transparent_decoder(stream: VideoStream) -> VideoCodecContext | None:
    """A decoder that keeps the transparency which the stream says it has; None where the usual one does."""
    import av

    name = _TRANSPARENT.get(stream.codec_context.name.removeprefix("lib").removesuffix("-vp9"), "")
    if stream.metadata.get("alpha_mode") != "1" or name not in av.codecs_available:
        return None
    decoder = cast("VideoCodecContext", av.CodecContext.create(name, "r"))
    decoder.extradata = stream.codec_context.extradata
    return decoder
