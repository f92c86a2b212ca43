"""media frame and media shots: exact frames as pictures, shots as numbers, one sentence for what cannot be."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from annodesk.media.frames import FrameIndex
from tests.cli.conftest import Command
from tests.media.videos import number_in, write_video

PTS = [k * 3600 + (k // 5) * 1800 for k in range(90)]


@pytest.fixture
def video(tmp_path: Path) -> Path:
    """A video at a variable rate whose frames carry their number; its name is what names may be."""
    return write_video(tmp_path / "-two\nlines 🎬.mp4", PTS)


def _picture(path: Path) -> np.ndarray:
    return np.asarray(cv2.imread(str(path), cv2.IMREAD_UNCHANGED))


def test_a_frame_by_number_and_the_frame_at_its_time_are_the_same_picture(
    video: Path, tmp_path: Path, command: Command
) -> None:
    time_us = FrameIndex.of(video).time_us(62)
    by_number = command("media", "frame", video, "--frame", 62, "-o", tmp_path / "a.png", "--json")
    by_time = command("media", "frame", video, "--at-us", time_us, "-o", tmp_path / "b.png", "--json")
    just_before = command("media", "frame", video, "--at-us", time_us - 1, "-o", tmp_path / "c.png", "--json")
    assert by_number.json == by_time.json == {"frame": 62, "pts_us": time_us}
    assert just_before.json["frame"] == 61
    assert number_in(_picture(tmp_path / "a.png")) == 62
    assert np.array_equal(_picture(tmp_path / "a.png"), _picture(tmp_path / "b.png"))
    assert number_in(_picture(tmp_path / "c.png")) == 61


def test_each_second_of_the_counter_shows_its_number(shared: Path, tmp_path: Path, command: Command) -> None:
    path = shared / "data/video/counter.mp4"
    for number in (0, 9, 10, 29):
        done = command("media", "frame", path, "--at-us", number * 100_000, "-o", tmp_path / "n.png", "--json")
        assert done.json == {"frame": number, "pts_us": number * 100_000}


def test_a_transparent_frame_keeps_its_transparency(shared: Path, tmp_path: Path, command: Command) -> None:
    path = shared / "data/video/transparent.webm"
    assert command("media", "frame", path, "--frame", 3, "-o", tmp_path / "clear.png").code == 0
    assert _picture(tmp_path / "clear.png")[..., 3].min() == 0


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("--frame", 90), 1, "has no frame 90; its frames are 0 to 89"),
        (("--frame", -1), 2, "range"),
        ((), 2, "Give either --frame or --at-us"),
        (("--frame", 1, "--at-us", 1), 2, "Give either --frame or --at-us"),
    ],
)
def test_a_frame_that_is_not_there_or_not_said_ends_in_one_sentence(
    video: Path, tmp_path: Path, command: Command, arguments: tuple[object, ...], code: int, sentence: str
) -> None:
    done = command("media", "frame", video, *arguments, "-o", tmp_path / "no.png")
    assert done.code == code
    assert sentence in done.err
    assert "Traceback" not in done.err
    assert not (tmp_path / "no.png").exists()


def test_shots_have_the_keys_that_others_read(shared: Path, command: Command) -> None:
    found = command("media", "shots", shared / "data/video/testvideo.mp4", "--json").json["cuts"]
    assert [one["frame"] for one in found if one["kind"] == "cut"] == [30, 180, 394]
    assert [one["frame"] for one in found if one["kind"] == "fade"] == [201, 382]
    index = FrameIndex.of(shared / "data/video/testvideo.mp4")
    assert all(one["time_us"] == index.time_us(one["frame"]) for one in found)


def test_a_video_of_one_shot_says_so(video: Path, command: Command) -> None:
    assert command("media", "shots", video).out == "One shot.\n"


def test_probing_tells_frames_rate_and_start_of_every_shared_video(shared: Path, command: Command) -> None:
    told = {}
    for path in sorted((shared / "data/video").glob("*.[mw][pe]*")):
        (video,) = command("media", "probe", path, "--json").json["video"]
        told[path.name] = (video["frames"], video["width"], video["height"], video["start_us"], video["variable_rate"])
    assert told == {
        "-video-with-dash-.mp4": (told["-video-with-dash-.mp4"][0], 1, 1, 0, False),
        "big_buck_bunny_0_30.webm": (720, 1280, 720, 3000, False),
        "counter.mp4": (30, 1920, 1080, 0, False),
        "cvat_test.mp4": (30, 240, 180, 0, False),
        "testvideo.mp4": (720, 1280, 720, 0, False),
        "transparent.webm": (150, *told["transparent.webm"][1:3], 0, False),
    }
