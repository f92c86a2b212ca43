"""Videos that are damaged, odd or gone: one sentence, or what can be shown of them."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from annodesk.errors import MediaError
from annodesk.media import shots
from annodesk.media.frames import FrameIndex, FrameReader, frame_at
from annodesk.media.probe import probe
from annodesk.media.thumbnails import Thumbnails
from tests.media.videos import CLOCK, number_in, picture, write_video

STEADY = [k * 3600 for k in range(60)]
NAMES = ["-y.mp4", "two\nlines.mp4", "🎬 né.mp4", "file:x.mp4", "%03d.mp4", "a'b\"c;$(x).mp4"]
LOOKS: dict[str, Callable[[Path], object]] = {
    "index": FrameIndex.of,
    "frame": lambda path: frame_at(path, number=0),
    "shots": shots.find,
    "small pictures": lambda path: list(Thumbnails(path).make([0])),
    "probe": probe,
}


def _with_sound(path: Path, seconds: float) -> Path:
    """A video of 2.4 s beside sound of another length."""
    rate_hz = 16_000
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"g": "20"})
        stream.width, stream.height, stream.pix_fmt = 128, 64, "yuv420p"
        sound = container.add_stream("aac", rate=rate_hz, layout="mono")
        for number in range(60):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(number), format="rgb24")))
        container.mux(stream.encode(None))
        wave = np.full((1, round(seconds * rate_hz)), 0.1, np.float32)
        for start in range(0, wave.shape[1], 1024):
            piece = av.AudioFrame.from_ndarray(wave[:, start : start + 1024], format="fltp", layout="mono")
            piece.sample_rate, piece.pts = rate_hz, start
            container.mux(sound.encode(piece))
        container.mux(sound.encode(None))
    return path


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("kind", ["empty", "text", "half a header", "without its end", "folder", "missing", "sound"])
def test_what_is_no_video_ends_in_one_sentence(
    tmp_path: Path, recordings: dict[str, Path], kind: str, look: str
) -> None:
    path = tmp_path / "odd.mp4"
    whole = write_video(tmp_path / "whole.mp4", STEADY).read_bytes()
    if kind == "folder":
        path.mkdir()
    elif kind == "sound":
        shutil.copyfile(recordings["m4a"], path)
    elif kind != "missing":
        bodies = {
            "empty": b"",
            "text": b"no film at all\n" * 50,
            "half a header": b"\x00\x00\x00\x20ftypisom",
            "without its end": whole[: len(whole) // 2],
        }
        path.write_bytes(bodies[kind])
    if kind == "sound" and look == "probe":
        assert probe(path).video == ()
        return
    with pytest.raises(MediaError) as told:
        LOOKS[look](path)
    sentence = str(told.value).splitlines()[0]
    assert str(path) in sentence
    assert sentence.endswith(".")
    assert told.value.hint


@pytest.mark.skipif(os.name == "nt", reason="no such names there")
@pytest.mark.parametrize("name", NAMES)
def test_names_are_only_names(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    write_video(tmp_path / "plain.mp4", STEADY).rename(tmp_path / name)
    monkeypatch.chdir(tmp_path)
    for path in (tmp_path / name, Path(name)):
        assert number_in(frame_at(path, number=41)[0]) == 41


def test_a_wrong_ending_does_not_matter(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", STEADY).rename(tmp_path / "film.wav")
    assert number_in(frame_at(path, number=33)[0]) == 33


@pytest.mark.parametrize("seconds", [0.5, 5.0])
def test_sound_of_another_length_leaves_the_frames_alone(tmp_path: Path, seconds: float) -> None:
    path = _with_sound(tmp_path / "film.mp4", seconds)
    index = FrameIndex.of(path)
    assert (index.count, index.end_us, index.breaks_off) == (60, 2_400_000, False)
    info = probe(path)
    assert abs(info.duration_us - max(2_400_000, seconds * 1_000_000)) < 130_000
    assert number_in(frame_at(path, number=59)[0]) == 59
    assert number_in(frame_at(path, time_us=4_900_000)[0]) == 59


def test_a_matroska_film_with_longer_sound_does_not_break_off(tmp_path: Path) -> None:
    assert not FrameIndex.of(_with_sound(tmp_path / "film.mkv", 5.0)).breaks_off


def test_a_codec_that_is_not_there_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", STEADY)
    path.write_bytes(path.read_bytes().replace(b"avc1", b"zzz9").replace(b"avcC", b"zzzC"))
    for look in LOOKS.values():
        with pytest.raises(MediaError, match="of a kind that cannot be decoded here"):
            look(path)


def test_a_film_of_one_pixel_has_frames_shots_and_small_pictures(shared: Path) -> None:
    path = shared / "data/video/-video-with-dash-.mp4"
    assert FrameIndex.of(path).count == 5
    assert shots.find(path) == []
    assert [one.picture.shape for one in Thumbnails(path).make([0, 4])] == [(1, 1, 4)] * 2


def test_damage_in_the_middle_leaves_the_rest(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.ts", [k * 3600 for k in range(180)])
    body = bytearray(path.read_bytes())
    middle = len(body) // 2
    body[middle : middle + 400] = bytes(400)
    path.write_bytes(body)
    with FrameReader(path) as reader:
        assert [number_in(reader.read(number)[0]) for number in (0, 30)] == [0, 30]
        last = reader.index.count - 1
        assert number_in(reader.read(last)[0]) == 179
        assert reader.index.time_us(last) == pytest.approx(179 * 40_000, abs=1)


@pytest.mark.skipif(os.name == "nt", reason="an open file cannot be taken away there")
def test_a_file_that_vanishes_while_it_is_open_is_read_on_or_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", STEADY)
    with FrameReader(path) as reader:
        assert number_in(reader.read(5)[0]) == 5
        path.unlink()
        assert number_in(reader.read(50)[0]) == 50
    with pytest.raises(MediaError, match="is not there"):
        frame_at(path, number=0)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    path = write_video(tmp_path / "film.mp4", STEADY)
    path.chmod(0)
    with pytest.raises(MediaError, match="cannot be read"):
        FrameIndex.of(path)


def test_a_single_frame_is_a_film(tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.mp4", [7 * CLOCK])
    index = FrameIndex.of(path)
    assert (index.count, index.number_at(0), index.number_at(10**9)) == (1, 0, 0)
    assert index.end_us > index.time_us(0)
    assert number_in(frame_at(path, number=0)[0]) == 0
    assert shots.find(path) == []
