"""What a damaged or hostile header claims is not believed: neither the disk nor the memory is given away to it."""

from __future__ import annotations

import os
import sys
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from annodesk import paths
from annodesk.errors import MediaError
from annodesk.media import cache, peaks
from annodesk.media.decode import block_frames, open_audio, read_mono
from annodesk.media.frames import FrameIndex
from annodesk.media.probe import probe

RATE_HZ = 8000
FRAME = 1024


@pytest.fixture
def boastful_flac(tmp_path: Path) -> Path:
    """Half a second of FLAC whose header states the most samples it can: 99 days."""
    path = tmp_path / "boastful.flac"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 4096), RATE_HZ)
    body = bytearray(path.read_bytes())
    body[18:26] = (int.from_bytes(body[18:26], "big") | (1 << 36) - 1).to_bytes(8, "big")
    path.write_bytes(body)
    return path


def with_hole(path: Path, hole_frames: int) -> Path:
    """A Matroska file with a frame at the start, one after it, and one after a hole."""
    with av.open(str(path), "w", format="matroska") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE_HZ, layout="mono")
        for pts in (0, FRAME, hole_frames):
            frame = av.AudioFrame.from_ndarray(np.full((1, FRAME), 8000, np.int16), format="s16", layout="mono")
            frame.rate, frame.pts, frame.time_base = RATE_HZ, pts, Fraction(1, RATE_HZ)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def test_a_header_that_claims_months_in_a_few_bytes_is_refused_in_one_sentence(boastful_flac: Path) -> None:
    with pytest.raises(MediaError, match="claims to last 2,386 hours, which it cannot hold"):
        probe(boastful_flac)
    with pytest.raises(MediaError, match="which it cannot hold"):
        open_audio(boastful_flac)


@pytest.mark.parametrize("power", [36, 42, 50])
def test_timestamps_that_jump_by_months_are_refused_in_one_sentence(tmp_path: Path, power: int) -> None:
    path = with_hole(tmp_path / "jump.mkv", 1 << power)
    with pytest.raises(MediaError, match="which it cannot hold"):
        probe(path)
    with pytest.raises(MediaError, match="which it cannot hold"):
        peaks.build(path)


def test_a_recording_with_hours_left_out_is_read_in_pieces_of_silence(tmp_path: Path) -> None:
    path = with_hole(tmp_path / "hole.mkv", 3 * 3600 * RATE_HZ)
    with open_audio(path) as source:
        lengths = [block.shape[1] for block in source.blocks()]
    assert sum(lengths) == 3 * 3600 * RATE_HZ + FRAME
    drawn = peaks.build(path)
    low, high = drawn.columns(0, drawn.samples / 4, 4)
    assert high.tolist() == [8000, 0, 0, 8000]
    assert low.max() <= 0


def test_an_ordinary_file_of_pure_silence_is_believed(tmp_path: Path) -> None:
    path = tmp_path / "silence.flac"
    soundfile.write(path, np.zeros(2 * 3600 * RATE_HZ, np.int16), RATE_HZ)
    assert probe(path).duration_us == 2 * 3600 * 1_000_000


def test_a_file_of_a_thousand_channels_is_read_in_short_blocks(tmp_path: Path) -> None:
    path = tmp_path / "many.wav"
    soundfile.write(path, np.full((20_000, 1000), 0.5, np.float32), RATE_HZ, "PCM_16")
    with open_audio(path) as source:
        assert block_frames(source, 1 << 19) * source.channels <= 1 << 22
    assert peaks.build(path).samples == 20_000
    assert read_mono(path, 0, 2_500_000, RATE_HZ) == pytest.approx(np.full(20_000, 0.5), abs=1e-3)


def test_a_file_that_ends_before_it_begins_is_refused_in_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "negative.opus"
    soundfile.write(path, np.random.default_rng(1).normal(0, 0.1, 4096), RATE_HZ, format="OGG", subtype="OPUS")
    body = bytearray(path.read_bytes())
    last = body.rfind(b"OggS")
    body[last + 6 : last + 14] = (-(1 << 40)).to_bytes(8, "little", signed=True)
    body[last + 22 : last + 26] = bytes(4)
    body[last + 22 : last + 26] = ogg_checksum(body[last:]).to_bytes(4, "little")
    path.write_bytes(body)
    with pytest.raises(MediaError, match="cannot be decoded"):
        open_audio(path)


@pytest.mark.parametrize(
    "pts", [np.zeros((3, 3), np.int64), np.zeros(0, np.int64), np.array(["a"]), np.array([0.5]), np.array([5, 1])]
)
def test_a_kept_index_of_frames_that_makes_no_sense_is_made_anew(tmp_path: Path, pts: np.ndarray) -> None:
    path = tmp_path / "clip.mp4"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=25)
        stream.width, stream.height = 32, 32
        for _ in range(5):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        container.mux(stream.encode(None))
    assert FrameIndex.of(path).count == 5
    with cache.derived(path, "frames", 1).open("wb") as file:
        np.savez(file, pts=pts, keyframes=pts, numbers=np.array([1, 25, 0, 5], np.int64))
    assert FrameIndex.of(path).count == 5


def test_a_kept_note_never_leads_out_of_the_cache(tmp_path: Path) -> None:
    path = tmp_path / "clip.wav"
    soundfile.write(path, np.zeros(100), RATE_HZ)
    inside = cache.derived(path, "peaks", 1)
    (note,) = [n for n in (paths.cache_dir() / "media" / "prints").iterdir() if str(path) in n.read_text()]
    note.write_text(note.read_text().replace(cache.quick_print(path), "../../escape"))
    assert cache.derived(path, "peaks", 1) == inside


@pytest.mark.skipif(sys.platform == "win32", reason="there are no named pipes in folders")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.wav")
    with pytest.raises(MediaError, match="not an ordinary file"):
        probe(tmp_path / "pipe.wav")


def test_a_name_no_file_can_have_is_refused_in_one_sentence() -> None:
    with pytest.raises(MediaError, match="not one a file can have"):
        open_audio("a\0b.wav")


def ogg_checksum(page: bytes) -> int:
    """The CRC of an Ogg page whose own field is zero."""
    crc = 0
    for byte in page:
        crc ^= byte << 24
        for _ in range(8):
            crc = (crc << 1 ^ (0x04C11DB7 if crc & 0x80000000 else 0)) & 0xFFFFFFFF
    return crc
