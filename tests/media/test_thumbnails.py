"""Small pictures for the film strip: of the right frames, made once, kept on disk."""

from __future__ import annotations

from itertools import count
from pathlib import Path

import numpy as np
import pytest

from annodesk.media import cache
from annodesk.media.frames import FrameIndex
from annodesk.media.thumbnails import Thumbnails, is_coarse, numbers_for
from tests.media.videos import number_in, write_video

_own = count(1)


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video of its own for every test: what one keeps, another does not find."""
    own = 900 * next(_own)
    return write_video(tmp_path / "strip.mp4", [own + k * 3600 for k in range(120)])


def test_far_apart_key_frames_do_and_near_each_other_exact_frames(video: Path) -> None:
    index = FrameIndex.of(video)
    assert is_coarse(index, 2_000_000)
    assert not is_coarse(index, 1_500_000)
    times_us = [index.time_us(number) + 7 for number in (0, 3, 60, 119)]
    assert numbers_for(index, times_us, exact=True) == [0, 3, 60, 119]
    assert numbers_for(index, times_us, exact=False) == [0, 0, 50, 100]


def test_each_picture_is_of_its_frame_key_frames_first(video: Path) -> None:
    made = list(Thumbnails(video, height=64).make([60, 50, 0, 61, 60]))
    assert [one.number for one in made] == [0, 50, 60, 61]
    assert [number_in(one.picture[..., 2::-1]) for one in made] == [0, 50, 60, 61]
    assert {one.picture.shape for one in made} == {(64, 128, 4)}
    assert [one.time_us for one in made] == [FrameIndex.of(video).time_us(n) for n in (0, 50, 60, 61)]


def test_small_pictures_keep_their_proportions(video: Path) -> None:
    assert next(Thumbnails(video, height=32).make([3])).picture.shape == (32, 64, 4)


def test_what_was_made_is_found_again_without_the_video(video: Path) -> None:
    made = {one.number: one for one in Thumbnails(video, height=64).make([0, 7, 50])}
    again = Thumbnails(video, height=64)
    with video.open("r+b") as file:
        file.truncate(10)  # nothing can be decoded any more
    for number, one in made.items():
        known = again.known(number)
        assert known is not None
        assert number_in(known.picture) == number
        assert np.abs(known.picture.astype(int) - one.picture).mean() < 12
    assert again.known(8) is None
    assert Thumbnails.known(again, 51) is None


def test_a_damaged_store_of_pictures_is_read_up_to_the_damage(video: Path) -> None:
    list(Thumbnails(video, height=64).make([0, 50, 100]))
    place = cache.derived(video, "strip64-", 1)
    place.write_bytes(place.read_bytes()[:-20])
    again = Thumbnails(video, height=64)
    assert [again.known(number) is not None for number in (0, 50, 100)] == [True, True, False]
    place.write_bytes(b"\xff" * 500)
    assert [one.number for one in Thumbnails(video, height=64).make([50])] == [50]


def test_making_stops_when_asked_and_keeps_what_it_made(video: Path) -> None:
    calls = count()
    made = list(Thumbnails(video, height=64).make(range(0, 120, 10), goes_on=lambda: next(calls) < 4))
    assert len(made) == 4
    again = Thumbnails(video, height=64)
    assert all(again.known(one.number) is not None for one in made)


def test_a_transparent_video_keeps_its_transparency(shared: Path) -> None:
    path = shared / "data/video/transparent.webm"
    for _ in range(2):
        (one,) = Thumbnails(path, height=40).make([0])
        assert one.picture[..., 3].min() == 0
