"""Films made for the benchmarks: 720p H.264, a key frame every 250, each frame with its number in its top rows."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

WIDTH, HEIGHT, GOP = 1280, 720, 250
_BITS, _CELL = 18, 16


def steady(count: int) -> list[int]:
    """25 frames a second, in milliseconds."""
    return [40 * k for k in range(count)]


def drifting(count: int) -> list[int]:
    """Intervals of 37 to 43 ms that drift off the grid by 18 ms either way."""
    return [40 * k + int(18 * np.sin(k / 7)) for k in range(count)]


def uneven(count: int) -> list[int]:
    """Intervals of 25, 55, 105 and 135 ms."""
    return [40 * k + 80 * (k // 3) + 15 * (k % 2) for k in range(count)]


def write_film(path: Path, pts_ms: Sequence[int], *, shot_frames: int = 0) -> Path:
    """A film whose frames are shown at these times; with ``shot_frames`` its picture changes that often."""
    rng = np.random.default_rng(4)
    scenes = [_scene(rng) for _ in range(8)]
    with av.open(str(path), "w") as container:
        options = {"preset": "veryfast", "bf": "3", "g": str(GOP), "sc_threshold": "0", "crf": "25"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 1000)
        for number, at in enumerate(pts_ms):
            scene = scenes[number // shot_frames % len(scenes) if shot_frames else 0]
            luma = np.roll(scene, 5 * number, axis=1)
            for bit in range(_BITS):
                luma[:_CELL, _CELL * bit : _CELL * bit + _CELL] = 235 if number >> bit & 1 else 16
            planes = np.concatenate([luma, np.roll(scene[: HEIGHT // 2], 2 * number, axis=0)])
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(planes), format="yuv420p")
            frame.pts, frame.time_base = at, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def repeat_film(path: Path, source: Path, times: int) -> Path:
    """The same packets so many times over, one after another."""
    with av.open(str(path), "w") as made:
        shift, copy = 0, None
        for _ in range(times):
            with av.open(str(source)) as given:
                stream = given.streams.video[0]
                copy = copy or made.add_stream_from_template(stream)
                length = int(stream.duration or 0)
                for packet in given.demux(stream):
                    if packet.pts is None or packet.dts is None:
                        continue
                    packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, copy
                    made.mux(packet)
                shift += length
    return path


def number_in(picture: NDArray[np.uint8]) -> int:
    """The number that the top rows of a frame at its full size tell."""
    middle = picture[4:12, :, :3].mean(axis=(0, 2))
    return sum(int(middle[_CELL * bit + 4 : _CELL * bit + 12].mean() > 125) << bit for bit in range(_BITS))


def _scene(rng: np.random.Generator) -> NDArray[np.uint8]:
    coarse = rng.integers(20, 230, (HEIGHT // 40, WIDTH // 40)).astype(np.float64)
    scene = np.kron(coarse, np.ones((40, 40))) + 2 * rng.standard_normal((HEIGHT, WIDTH))
    return np.clip(scene, 16, 235).astype(np.uint8)
