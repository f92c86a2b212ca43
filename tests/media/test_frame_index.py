"""The index of a video's frames tells the truth about every kind of file: what is shown is what is counted."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from annodesk.errors import Cancelled, MediaError
from annodesk.media.frames import FrameIndex, FrameReader
from annodesk.progress import CancelToken
from tests.media.videos import number_in, write_video

N = 130
STEADY = [k * 3600 for k in range(N)]


def _mp4(folder: Path) -> Path:
    return write_video(folder / "plain.mp4", STEADY)


def _copied(source: Path, target: Path, *, keep: Callable[[int], bool] = lambda number: True) -> Path:
    """The packets of a video in another container, without those that are not to be kept."""
    with av.open(str(source)) as given, av.open(str(target), "w") as made:
        stream = given.streams.video[0]
        copy = made.add_stream_from_template(stream)
        for number, packet in enumerate(given.demux(stream)):
            if packet.dts is not None and keep(number):
                packet.stream = copy
                made.mux(packet)
    return target


def _odd_rate(folder: Path) -> Path:
    pts = [k * 1001 for k in range(N)]
    return write_video(folder / "odd.mp4", pts, clock=30_000, rate=Fraction(30_000, 1001))


def _without_key(folder: Path) -> Path:
    """A transport stream picked up in the middle: its first frames have no key frame."""
    return _copied(_mp4(folder), folder / "joined.ts", keep=lambda number: number >= 20)


def _edit_list(folder: Path) -> Path:
    """The first twenty frames are in the file and hidden: time starts at the twenty-first, no key frame."""
    return write_video(folder / "edit.mp4", [at - 20 * 3600 for at in STEADY])


KINDS: dict[str, Callable[[Path], Path]] = {
    "mp4": _mp4,
    "fast start": lambda folder: write_video(folder / "fast.mp4", STEADY, container_options={"movflags": "faststart"}),
    "fragments": lambda folder: write_video(
        folder / "fragments.mp4", STEADY, container_options={"movflags": "frag_keyframe+empty_moov"}
    ),
    "matroska": lambda folder: write_video(folder / "plain.mkv", STEADY),
    "transport stream": lambda folder: write_video(folder / "plain.ts", STEADY),
    "flash": lambda folder: write_video(folder / "plain.flv", STEADY),
    "open groups": lambda folder: write_video(
        folder / "open.mp4", STEADY, options={"x264-params": "open-gop=1:keyint=50:bframes=3:scenecut=0"}
    ),
    "intra refresh": lambda folder: write_video(
        folder / "refresh.mkv", STEADY, options={"x264-params": "intra-refresh=1:keyint=50:bframes=0"}
    ),
    "H.265": lambda folder: write_video(
        folder / "h265.mp4", STEADY, "libx265", {"x265-params": "log-level=none:keyint=50"}
    ),
    "VP9": lambda folder: write_video(folder / "vp9.webm", STEADY, "libvpx-vp9", {"g": "50"}),
    "VP8 with hidden frames": lambda folder: write_video(
        folder / "vp8.webm", STEADY, "libvpx", {"g": "50", "auto-alt-ref": "1", "lag-in-frames": "16"}
    ),
    "AVI with B-frames": lambda folder: write_video(
        folder / "divx.avi", range(N), "mpeg4", {"bf": "2", "g": "50", "b": "2000k"}, clock=25
    ),
    "AVI with H.264": lambda folder: write_video(folder / "h264.avi", range(N), clock=25),
    "MPEG-2": lambda folder: write_video(
        folder / "dvd.mpg", range(N), "mpeg2video", {"bf": "2", "g": "50", "b": "2000k"}, clock=25
    ),
    "without timestamps": lambda folder: write_video(folder / "raw.h264", STEADY),
    "odd rate": _odd_rate,
    "equal timestamps": lambda folder: write_video(folder / "equal.mkv", [k // 2 * 7200 for k in range(N)]),
}


@pytest.mark.parametrize("kind", KINDS)
def test_every_frame_of_every_kind_of_file_is_found_from_anywhere(tmp_path: Path, kind: str) -> None:
    path = KINDS[kind](tmp_path)
    index = FrameIndex.of(path)
    assert index.count == N
    assert not index.breaks_off
    wanted = [*np.random.default_rng(3).integers(0, N, 40), 0, N - 1, 49, 50, 51, 100, 99, *range(75, 45, -1)]
    with FrameReader(path, index) as reader:
        assert [number_in(reader.read(int(number))[0]) for number in wanted] == wanted


@pytest.mark.parametrize("kind", KINDS)
def test_a_stored_time_leads_back_to_the_frame_it_came_from(tmp_path: Path, kind: str) -> None:
    index = FrameIndex.of(KINDS[kind](tmp_path))
    for number in range(index.count):
        time_us = index.time_us(number)
        again = index.number_at(time_us)
        assert index.time_us(again) == time_us
        assert again == number or index.time_us(number) == index.time_us(number + 1)
        if number and index.time_us(number - 1) < time_us:
            assert index.time_us(index.number_at(time_us - 1)) < time_us
    assert index.number_at(-1_000_000) == 0
    assert index.number_at(index.end_us + 1_000_000) == index.count - 1
    assert index.end_us > index.time_us(index.count - 1)


def test_a_rate_that_no_whole_number_holds_does_not_drift(tmp_path: Path) -> None:
    index = FrameIndex.of(_odd_rate(tmp_path))
    assert index.pts_us.tolist() == [round(Fraction(k * 1001 * 1_000_000, 30_000)) for k in range(N)]
    assert not index.is_variable_rate


def test_ten_hours_in_nanoseconds_do_not_overflow() -> None:
    second = 1_000_000_000
    index = FrameIndex(np.array([0, 36_000 * second]), np.array([0]), Fraction(1, second), 0, 36_001 * second)
    assert index.time_us(1) == 36_000_000_000
    assert index.end_us == 36_001_000_000


def test_frames_before_the_first_key_frame_are_not_counted(tmp_path: Path) -> None:
    index = FrameIndex.of(_without_key(tmp_path))
    assert index.count < N - 20
    with FrameReader(tmp_path / "joined.ts", index) as reader:
        shown = [number_in(reader.read(number)[0]) for number in (0, 1, index.count - 1, 5)]
    assert shown == [50, 51, N - 1, 55]


def test_frames_hidden_by_an_edit_list_are_not_counted_but_decoded_from(tmp_path: Path) -> None:
    path = _edit_list(tmp_path)
    index = FrameIndex.of(path)
    shift = N - index.count
    assert shift == 20
    assert index.time_us(0) == 0
    with FrameReader(path, index) as reader:
        assert [number_in(reader.read(number)[0]) - shift for number in (40, 3, 0, 109, 29, 30)] == [
            40,
            3,
            0,
            109,
            29,
            30,
        ]


@pytest.mark.parametrize("kind", ["matroska", "fast start", "transport stream"])
def test_a_video_that_breaks_off_has_the_frames_up_to_the_break(tmp_path: Path, kind: str) -> None:
    whole = KINDS[kind](tmp_path)
    part = tmp_path / f"part{whole.suffix}"
    part.write_bytes(whole.read_bytes()[: whole.stat().st_size * 2 // 3])
    index = FrameIndex.of(part)
    assert 40 < index.count < N
    assert index.breaks_off or kind == "transport stream"  # which has no header to tell how long it should be
    with FrameReader(part, index) as reader:
        assert number_in(reader.read(0)[0]) == 0
        assert reader.read(index.count - 1)[0].shape == (64, 128, 3)


def test_indexing_can_be_stopped_and_tells_how_far_it_is(tmp_path: Path) -> None:
    path = write_video(tmp_path / "one.h264", STEADY[:110])
    told: list[float] = []
    FrameIndex.of(path, lambda share, words: told.append(share))
    assert told == sorted(told)
    assert told[-1] > 0.5
    other = write_video(tmp_path / "other.h264", STEADY[:60])
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        FrameIndex.of(other, cancel=token)


def test_a_video_without_a_decodable_frame_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = _copied(_mp4(tmp_path), tmp_path / "headless.mkv", keep=lambda number: 20 <= number < 45)
    with pytest.raises(MediaError, match="has no pictures that can be decoded"):
        FrameIndex.of(path)
