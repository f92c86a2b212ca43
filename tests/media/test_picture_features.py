"""What a stretch of video looks like is told in numbers that somebody who watches it would agree with."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from msgspec.structs import asdict
from numpy.typing import NDArray

from annodesk.errors import Cancelled
from annodesk.media.picture_features import PictureDescription, describe_pictures
from annodesk.media.shots import Shot
from annodesk.progress import CancelToken

Image = NDArray[np.uint8]
SECOND_US = 1_000_000


def plain(red: int, green: int, blue: int) -> Image:
    return np.full((90, 160, 3), (red, green, blue), np.uint8)


def write(path: Path, pictures: Sequence[Image]) -> Path:
    """A video of 25 pictures a second."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "25", "crf": "12"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        stream.codec_context.time_base = Fraction(1, 25)
        for number, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, 25)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def described(path: Path, pictures: Sequence[Image], *shots: Shot) -> PictureDescription:
    (found,) = describe_pictures(write(path, pictures), [(0, len(pictures) * 40_000)], shots)
    return found


@pytest.mark.parametrize(
    ("colour", "name"),
    [
        ((220, 20, 20), "red"),
        ((20, 200, 20), "green"),
        ((20, 40, 220), "blue"),
        ((230, 220, 20), "yellow"),
        ((128, 128, 128), "grey"),
        ((250, 250, 250), "white"),
        ((0, 0, 0), "black"),
    ],
)
def test_a_plain_picture_has_its_colour_and_does_not_move(
    tmp_path: Path, colour: tuple[int, int, int], name: str
) -> None:
    found = asdict(described(tmp_path / "a.mp4", [plain(*colour)] * 50))
    assert found[f"{name}_share"] > 0.9
    assert found["moving_share"] == pytest.approx(0, abs=0.01)
    assert found["detail"] == pytest.approx(0, abs=0.01)


def test_a_block_that_crosses_the_picture_moves(tmp_path: Path) -> None:
    pictures = []
    for k in range(75):
        picture = plain(40, 40, 40)
        picture[20:70, 2 * k : 2 * k + 20] = 220
        pictures.append(picture)
    moving = described(tmp_path / "a.mp4", pictures)
    still = described(tmp_path / "b.mp4", [pictures[30]] * 75)
    assert moving.moving_share > 0.03 > still.moving_share
    assert moving.contrast > 0.3


def test_cuts_inside_a_stretch_are_counted_by_the_second(tmp_path: Path) -> None:
    cuts = [Shot(25, SECOND_US, "cut"), Shot(50, 2 * SECOND_US, "cut"), Shot(100, 4 * SECOND_US, "cut")]
    found = described(tmp_path / "a.mp4", [plain(90, 90, 90)] * 100, *cuts)
    assert found.cut_rate_hz == pytest.approx(0.5)


def test_stretches_are_described_one_by_one_in_the_order_given(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [plain(0, 0, 0)] * 50 + [plain(250, 250, 250)] * 50)
    bright, dark = describe_pictures(path, [(2 * SECOND_US, 4 * SECOND_US), (0, 2 * SECOND_US)])
    assert bright.brightness > 0.9 > 0.1 > dark.brightness
    assert (bright.dark_share, dark.dark_share) == (0, 1)


def test_every_number_is_finite_also_of_a_stretch_without_length_or_behind_the_end(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [plain(90, 120, 30)] * 10)
    for one in describe_pictures(path, [(0, 0), (100_000, 100_001), (90 * SECOND_US, 91 * SECOND_US)]):
        assert all(math.isfinite(value) for value in asdict(one).values())


def test_describing_stops_when_asked(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [plain(90, 120, 30)] * 10)
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        describe_pictures(path, [(0, 400_000)], cancel=cancel)
