"""Frames are found by their own timestamps, exactly, at constant and at variable rates."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from itertools import count
from pathlib import Path

import av
import numpy as np
import pytest
from msgspec.structs import replace

from annodesk.errors import Cancelled, MediaError
from annodesk.media.frames import FrameIndex, FrameReader, frame_at
from tests.media.videos import CLOCK, number_in, write_video

PTS = {
    "constant": [k * 3600 for k in range(120)],
    "variable": [k * 3600 + (k // 3) * 7200 + 1350 * (k % 2) for k in range(120)],
    "late": [45_000 + k * 3600 for k in range(60)],
}


@pytest.fixture(scope="module")
def barcodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Videos whose frames carry their number: H.264 with B-frames and a key frame every 50 frames."""
    folder = tmp_path_factory.mktemp("barcodes")
    return {name: write_video(folder / f"{name}.mp4", pts) for name, pts in PTS.items()}


@pytest.mark.parametrize("name", PTS)
def test_the_index_holds_every_frames_own_time(barcodes: dict[str, Path], name: str) -> None:
    index = FrameIndex.of(barcodes[name])
    assert index.pts_us.tolist() == [round(at * 1_000_000 / CLOCK) for at in PTS[name]]
    assert index.is_variable_rate == (name == "variable")
    assert len(index.keyframes_us) >= len(PTS[name]) // 50
    assert index.end_us > index.time_us(index.count - 1)


@pytest.mark.parametrize("name", PTS)
def test_a_frame_asked_by_number_or_time_is_that_frame(barcodes: dict[str, Path], name: str) -> None:
    index = FrameIndex.of(barcodes[name])
    wanted = [0, index.count - 1, 49, 50, 51, *np.random.default_rng(4).integers(0, index.count, 25)]
    with FrameReader(barcodes[name], index) as reader:
        for number in map(int, wanted):
            picture, time_us = reader.read(number)
            assert number_in(picture) == number
            assert time_us == index.time_us(number)
            assert index.number_at(time_us) == index.number_at(time_us + 1000) == number
    picture, time_us = frame_at(barcodes[name], time_us=index.time_us(30) + 10)
    assert (number_in(picture), time_us) == (30, index.time_us(30))


def test_stepping_forward_and_back_gives_every_frame(barcodes: dict[str, Path]) -> None:
    with FrameReader(barcodes["variable"]) as reader:
        for number in [*range(40, 60), *range(60, 45, -1)]:
            assert number_in(reader.read(number)[0]) == number


def test_a_time_before_the_first_frame_shows_the_first(barcodes: dict[str, Path]) -> None:
    assert FrameIndex.of(barcodes["late"]).number_at(0) == 0
    assert number_in(frame_at(barcodes["late"], time_us=0)[0]) == 0


def test_frames_that_share_a_timestamp_are_told_apart() -> None:
    index = FrameIndex(np.array([0, 10, 10, 20]), np.array([0]), Fraction(1, 1000), 0, 30)
    assert index.count == 4
    assert [index.number_at(at) for at in (0, 9_999, 10_000, 20_000)] == [0, 0, 2, 3]
    assert index.time_us(1) == index.time_us(2) == 10_000


def test_the_index_comes_from_the_cache_and_survives_its_damage(barcodes: dict[str, Path]) -> None:
    from annodesk.media import cache

    first = FrameIndex.of(barcodes["variable"])
    place = cache.derived(barcodes["variable"], "frames", 2)
    assert place.exists()
    for body in (b"", b"PK\x03\x04nonsense", place.read_bytes()[:300]):
        place.write_bytes(body)
        again = FrameIndex.of(barcodes["variable"])
        assert again.pts.tolist() == first.pts.tolist()
        assert (again.tick_s, again.end) == (first.tick_s, first.end)


@pytest.mark.parametrize("name", ["testvideo.mp4", "-video-with-dash-.mp4", "transparent.webm", "cvat_test.mp4"])
def test_frames_of_other_peoples_videos_equal_those_of_a_decode_from_the_start(shared: Path, name: str) -> None:
    path = shared / "data/video" / name
    wanted = sorted({0, 3, 77, 299} & set(range(FrameIndex.of(path).count)))
    expected = {}
    with av.open(f"file:{path}") as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number in wanted and frame.width > 1:
                expected[number] = frame.to_ndarray(format="rgb24")
            if number > wanted[-1]:
                break
    with FrameReader(path) as reader:
        for number in reversed(wanted):
            picture, _ = reader.read(number)
            if number in expected:
                np.testing.assert_array_equal(picture, expected[number])
            else:
                assert picture.shape == (1, 1, 3)


def test_a_frame_beyond_the_end_and_a_recording_without_pictures_are_refused(
    barcodes: dict[str, Path], recordings: dict[str, Path]
) -> None:
    with pytest.raises(MediaError, match="has no frame 999"):
        frame_at(barcodes["constant"], number=999)
    with pytest.raises(MediaError, match="has no pictures"):
        FrameIndex.of(recordings["m4a"])


def _prepare(reader: FrameReader, number: int, within: tuple[int, int] | None = None) -> int:
    """Prepare for stepping back from a frame until there is nothing more to do; how many calls it took."""
    for calls in range(20):
        if not reader.prepare_back(number, within, lambda: True):
            return calls
    raise AssertionError("there is always more to prepare")


def test_frames_prepared_for_stepping_back_are_at_hand_across_key_frames(barcodes: dict[str, Path]) -> None:
    with FrameReader(barcodes["constant"]) as reader:
        assert number_in(reader.read(110)[0]) == 110
        assert not reader.is_ready(60)
        assert _prepare(reader, 110) >= 2
        assert all(reader.is_ready(number) for number in range(110))
        assert [number_in(reader.read(number)[0]) for number in range(110, -1, -1)] == list(range(110, -1, -1))


def test_preparing_ends_where_frames_do_not_fit_or_never_come(barcodes: dict[str, Path]) -> None:
    path = barcodes["constant"]
    known = FrameIndex.of(path)
    with FrameReader(path, known, cache_bytes=200_000) as small:
        small.read(100)
        _prepare(small, 100)
        assert small.is_ready(99)
        assert not small.is_ready(10)
        assert number_in(small.read(10)[0]) == 10
    silent = np.sort(np.append(known.pts, known.pts[30] + 1))
    with FrameReader(path, replace(known, pts=silent, key_numbers=np.zeros(0, np.int64))) as reader:
        # The video says nothing new at frame 31: the one before it still stands.
        assert number_in(reader.read(31)[0]) == 30
        assert number_in(reader.read(32)[0]) == 31
        reader.read(45)
        _prepare(reader, 45)
        assert number_in(reader.read(31)[0]) == 30


def test_a_read_that_nobody_waits_for_ends_and_loses_nothing(barcodes: dict[str, Path]) -> None:
    calls = count()
    with FrameReader(barcodes["constant"]) as reader:
        with pytest.raises(Cancelled):
            reader.read(45, lambda: next(calls) < 10)
        assert number_in(reader.read(45)[0]) == 45
        assert number_in(reader.read(3)[0]) == 3


def test_several_threads_may_ask_one_reader(barcodes: dict[str, Path]) -> None:
    wanted = [int(number) for number in np.random.default_rng(6).integers(0, 120, 40)]
    with FrameReader(barcodes["variable"]) as reader, ThreadPoolExecutor(4) as pool:
        assert [number_in(picture) for picture, _ in pool.map(reader.read, wanted)] == wanted


def test_a_frame_kept_small_is_the_frame_shown_small(barcodes: dict[str, Path]) -> None:
    within = (16, 8)
    with FrameReader(barcodes["constant"]) as reader, FrameReader(barcodes["constant"]) as fresh:
        reader.show(49, within)
        for number in range(48, 30, -1):
            np.testing.assert_array_equal(reader.show(number, within), fresh.show(number, within))
        assert reader.show(40, (64, 64)).shape == (32, 64, 4)
