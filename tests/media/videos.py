"""Videos made for tests: every frame carries its number as a barcode."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

BITS = 8
CLOCK = 90_000
CELL = 16


def picture(number: int) -> NDArray[np.uint8]:
    """The frame number as a barcode of 16-pixel cells in the top rows, over a gradient that moves."""
    made = np.tile(((np.arange(CELL * BITS) + 3 * number) % 200).astype(np.uint8)[None, :, None], (64, 1, 3))
    for bit in range(BITS):
        made[:CELL, CELL * bit : CELL * bit + CELL] = 235 if number >> bit & 1 else 16
    return made


def number_in(shown: NDArray[np.uint8]) -> int:
    """The number that the barcode of a frame tells."""
    cells = (shown[4:12, CELL * bit + 4 : CELL * bit + 12] for bit in range(BITS))
    return sum(int(cell[..., :3].mean() > 125) << bit for bit, cell in enumerate(cells))


def write_video(
    path: Path,
    pts: Sequence[int],
    codec: str = "libx264",
    options: dict[str, str] | None = None,
    *,
    clock: int = CLOCK,
    rate: Fraction | int = 25,
    container_options: dict[str, str] | None = None,
    format: str | None = None,
) -> Path:
    """A video whose frames are shown at these timestamps; H.264 has B-frames and a key frame every 50 frames."""
    given = options if options is not None else {"bf": "3", "g": "50", "sc_threshold": "0"}
    with av.open(str(path), "w", format=format, options=container_options or {}) as container:
        stream = container.add_stream(codec, rate=rate, options=given)
        stream.width, stream.height, stream.pix_fmt = CELL * BITS, 64, "yuv420p"
        stream.codec_context.time_base = Fraction(1, clock)
        for number, at in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(picture(number), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, clock)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path
