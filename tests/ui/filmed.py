"""Project files with videos, for the tests of windows: barcodes tell which frame is on the screen."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from annodesk.model.work import Role
from annodesk.services import Services
from tests.ui.made import GUIDELINES, PROJECT, Made

BITS, CELL, HEIGHT = 12, 32, 216
CLOCK = 90_000
STEADY = [k * 3600 for k in range(250)]
UNEVEN = [k * 3600 + (k // 3) * 7200 + 1350 * (k % 2) for k in range(100)]


def barcode(number: int) -> NDArray[np.uint8]:
    """The frame number as cells in the top rows, over a gradient that moves: rgb (height, width, 3)."""
    width = CELL * BITS
    picture = np.empty((HEIGHT, width, 3), np.uint8)
    picture[..., 0] = (np.arange(width) + 5 * number) % 200
    picture[..., 1] = (np.arange(HEIGHT) % 180)[:, None]
    picture[..., 2] = 90
    for bit in range(BITS):
        picture[: HEIGHT // 2, CELL * bit : CELL * (bit + 1)] = 235 if number >> bit & 1 else 16
    return picture


def make_video(
    path: Path, pts: Sequence[int] = STEADY, *, sound_hz: float | None = 440.0, first: int = 0, gop: int = 50
) -> Path:
    """A video whose frames carry their number, counted from ``first``, with a tone beside it; encoded once a run."""
    path.write_bytes(_encoded(path.suffix, tuple(pts), sound_hz, first, gop))
    return path


@cache
def _encoded(suffix: str, pts: tuple[int, ...], sound_hz: float | None, first: int, gop: int) -> bytes:
    rate, written = 16_000, io.BytesIO()
    with av.open(written, "w", format=suffix[1:]) as container:
        stream = container.add_stream("libx264", rate=25, options={"bf": "2", "g": str(gop), "sc_threshold": "0"})
        stream.width, stream.height, stream.pix_fmt = CELL * BITS, HEIGHT, "yuv420p"
        stream.codec_context.time_base = Fraction(1, CLOCK)
        sound = container.add_stream("aac", rate=rate) if sound_hz is not None else None
        for number, at in enumerate(pts):
            frame = av.VideoFrame.from_ndarray(barcode(first + number), format="rgb24")
            frame.pts, frame.time_base = at, Fraction(1, CLOCK)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None and sound_hz is not None:
            samples = round((pts[-1] + 3600) / CLOCK * rate)
            wave = (0.3 * np.sin(2 * np.pi * sound_hz * np.arange(samples) / rate)).astype(np.float32)
            for start in range(0, samples, 1024):
                piece = av.AudioFrame.from_ndarray(wave[None, start : start + 1024], format="fltp", layout="mono")
                piece.sample_rate, piece.pts = rate, start
                container.mux(sound.encode(piece))
            container.mux(sound.encode(None))
    return written.getvalue()


def read_barcode(image: QImage) -> int:
    """The number on a picture of any size."""
    width, height = image.width(), image.height()
    return sum(
        (image.pixelColor(int((bit + 0.5) * width / BITS), height // 4).lightness() > 125) << bit for bit in range(BITS)
    )


def make_filmed(folder: Path, media: Mapping[str, Sequence[int]] | Path, *, toml: str = PROJECT) -> Made:
    """An .annodesk file whose items are barcode videos by name, or the files of a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "project.toml").write_text(toml.replace("{show}", "never").replace("{overlap}", "1"), encoding="utf-8")
    (folder / "guidelines.md").write_text(GUIDELINES, encoding="utf-8")
    if isinstance(media, Path):
        home = media
    else:
        home = folder / "media"
        home.mkdir()
        for name, pts in media.items():
            make_video(home / name, pts)
    path = folder / "work.annodesk"
    services = Services.open(path, create=True)
    try:
        project = services.projects.init(folder / "project.toml")
        ann = services.people.add(project.id, "Ann", Role.ANNOTATOR)
        ben = services.people.add(project.id, "Ben", Role.ANNOTATOR)
        analyst = services.people.add(project.id, "Cleo", Role.ANALYST)
        services.items.add(project.id, sorted(home.iterdir()))
        services.coordinator.round(project.id)
    finally:
        services.close()
    return Made(path, project.id, ann.id, ben.id, analyst.id)
