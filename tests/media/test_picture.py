"""Frames are shown upright, in their proportions, as small as is wanted, and with what can be seen through them."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from annodesk.media.frames import FrameReader, frame_at
from annodesk.media.picture import has_transparency, shown_size, to_shown, transparent_decoder


def test_pixels_that_are_not_square_are_widened_or_narrowed() -> None:
    assert shown_size(720, 576, Fraction(64, 45), 0) == (1024, 576)
    assert shown_size(720, 480, Fraction(8, 9), 0) == (640, 480)


def test_a_picture_that_is_turned_has_its_sides_changed() -> None:
    assert shown_size(1280, 720, None, 90) == (720, 1280)
    assert shown_size(1280, 720, None, -180) == (1280, 720)


@pytest.mark.parametrize(
    ("within", "expected"), [((640, 640), (640, 360)), ((4000, 4000), (1280, 720)), ((0, 0), (1, 1))]
)
def test_a_picture_is_shrunk_to_fit_and_never_enlarged(within: tuple[int, int], expected: tuple[int, int]) -> None:
    assert shown_size(1280, 720, None, 0, within) == expected


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_frame_that_a_phone_turned_is_upright(quarters: int) -> None:
    stored = np.zeros((64, 96, 3), np.uint8)
    stored[:16, :16] = 255
    frame = av.VideoFrame.from_ndarray(stored, format="rgb24")

    class Turned:
        width, height, rotation = frame.width, frame.height, 90 * quarters
        to_ndarray = staticmethod(frame.to_ndarray)

    shown = to_shown(Turned(), None)  # type: ignore[arg-type]
    corner = {0: (0, 0), 1: (-1, 0), 2: (-1, -1), 3: (0, -1)}[quarters]
    assert shown[corner][0] > 200
    assert shown.shape[:2] == ((64, 96) if quarters % 2 == 0 else (96, 64))


def test_what_is_shown_of_a_frame_is_what_is_exported_of_it(shared: Path) -> None:
    path = shared / "data/video/counter.mp4"
    with FrameReader(path) as reader:
        shown = reader.show(17)
    exported, _ = frame_at(path, number=17)
    assert np.abs(shown[..., 2::-1].astype(int) - exported).max() <= 2


def test_a_transparent_video_can_be_seen_through(shared: Path) -> None:
    with FrameReader(shared / "data/video/transparent.webm") as reader:
        first, later = reader.show(40), reader.show(90)
        again = reader.show(40)
    for shown in (first, later):
        assert shown[..., 3].min() == 0
        assert shown[..., 3].max() == 255
    assert np.array_equal(again, first)


def test_a_video_without_transparency_keeps_its_decoder(shared: Path) -> None:
    with av.open(str(shared / "data/video/big_buck_bunny_0_30.webm")) as container:
        stream = container.streams.video[0]
        assert transparent_decoder(stream) is None
        assert not has_transparency(next(container.decode(stream)))


def test_a_video_of_one_pixel_is_shown(shared: Path) -> None:
    with FrameReader(shared / "data/video/-video-with-dash-.mp4") as reader:
        assert reader.show(0).shape == (1, 1, 4)


def test_a_black_frame_is_black_at_every_size(shared: Path) -> None:
    with FrameReader(shared / "data/video/testvideo.mp4") as reader:
        for height in range(90, 120):
            shown = reader.show(0, (height * 2, height))
            assert shown[..., :3].max() < 60, shown.shape
