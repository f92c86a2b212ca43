"""What is said of a file is what is in it, and a file that is none is refused in one sentence."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.errors import Cancelled, MediaError
from annodesk.media.decode import open_audio
from annodesk.media.probe import content_hash, probe, quick_print
from annodesk.progress import CancelToken

CODECS = {
    "wav-8": "pcm_u8",
    "wav-16": "pcm_s16le",
    "wav-24": "pcm_s24le",
    "wav-32": "pcm_s32le",
    "wav-float": "pcm_f32le",
    "rf64": "pcm_s16le",
    "flac": "flac",
    "mp3": "mp3",
    "vorbis": "vorbis",
    "opus": "opus",
    "m4a": "aac",
    "mka": "flac",
    "webm": "opus",
    "mkv-aac": "aac",
}


@pytest.mark.parametrize("name", CODECS)
def test_every_audio_format_is_told(recordings: dict[str, Path], name: str) -> None:
    info = probe(recordings[name])
    assert not info.video
    (audio,) = info.audio
    assert audio.codec == CODECS[name]
    assert audio.channels == 2
    assert audio.rate_hz == (48000 if name in ("opus", "webm") else 44100)
    assert info.duration_us == pytest.approx(14_000_000 * 44100 / audio.rate_hz, abs=50_000)
    with open_audio(recordings[name]) as source:
        assert source.samples == audio.samples


def test_every_recording_of_the_shared_data_is_told(shared: Path) -> None:
    found = [path for path in (shared / "data/audio").rglob("*") if path.suffix in (".wav", ".mp3", ".ogg")]
    for path in found:
        info = probe(path)
        assert len(info.audio) == 1, path
        assert info.audio[0].samples == pytest.approx(soundfile.info(path).frames, abs=400), path


@pytest.mark.parametrize(
    ("name", "codec", "size", "frames", "start_us", "duration_us", "sounds"),
    [
        ("testvideo.mp4", "h264", (1280, 720), 720, 0, 24_024_000, 0),
        ("counter.mp4", "h264", (1920, 1080), 30, 0, 3_000_000, 0),
        ("cvat_test.mp4", "mpeg4", (240, 180), 30, 0, 2_000_000, 0),
        ("-video-with-dash-.mp4", "h264", (1, 1), 5, 0, 5_000_000, 0),
        ("transparent.webm", "vp9", (200, 200), 150, 0, 5_000_000, 1),
        ("big_buck_bunny_0_30.webm", "vp8", (1280, 720), 720, 3000, 30_021_995, 1),
    ],
)
def test_every_video_of_the_shared_data_is_told(
    shared: Path,
    name: str,
    codec: str,
    size: tuple[int, int],
    frames: int,
    start_us: int,
    duration_us: int,
    sounds: int,
) -> None:
    info = probe(shared / "data/video" / name)
    (video,) = info.video
    assert (video.codec, (video.width, video.height), video.frames) == (codec, size, frames)
    assert (video.start_us, video.variable_rate) == (start_us, False)
    assert info.duration_us == duration_us
    assert len(info.audio) == sounds


def test_a_valid_recording_without_samples_lasts_no_time(shared: Path) -> None:
    info = probe(shared / "data/audio/edge/empty_2c.wav")
    assert (info.duration_us, info.audio[0].samples) == (0, 0)


@pytest.mark.parametrize("share", [0.001, 0.02, 0.3, 0.9, 0.999])
@pytest.mark.parametrize("name", ["wav-16", "rf64", "flac", "mp3", "vorbis", "opus", "m4a", "webm"])
def test_a_cut_off_recording_is_told_or_refused(
    recordings: dict[str, Path], tmp_path: Path, name: str, share: float
) -> None:
    whole = recordings[name].read_bytes()
    path = tmp_path / recordings[name].name
    path.write_bytes(whole[: int(len(whole) * share)])
    said = _said_of(path)
    assert said == "whole" or path.name in said


@pytest.mark.parametrize("seed", range(12))
def test_a_file_of_noise_after_a_good_beginning_is_told_or_refused(
    recordings: dict[str, Path], tmp_path: Path, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    name = ["wav-16", "flac", "mp3", "vorbis", "m4a", "webm"][seed % 6]
    body = bytearray(recordings[name].read_bytes())
    start = int(rng.integers(20, len(body) // 2))
    body[start : start + 4000] = rng.bytes(4000)
    path = tmp_path / recordings[name].name
    path.write_bytes(body)
    said = _said_of(path)
    assert said == "whole" or path.name in said


@pytest.mark.parametrize("what", ["missing", "folder", "empty", "letter.wav", "letter.mp4", "table.csv", "noise.mp3"])
def test_what_is_no_media_is_refused_in_one_sentence(tmp_path: Path, what: str) -> None:
    path = tmp_path / what
    if what == "folder":
        path.mkdir()
    elif what == "empty":
        path.touch()
    elif what.startswith("letter"):
        path.write_text("Dear all,\nthis was never a recording.\n" * 200)
    elif what == "table.csv":
        path.write_text("item,annotator,label\n1,a,music\n" * 100)
    elif what == "noise.mp3":
        path.write_bytes(np.random.default_rng(3).bytes(50_000))
    with pytest.raises(MediaError) as refusal:
        probe(path)
    assert what in refusal.value.sentence
    assert "\n" not in str(refusal.value)
    assert refusal.value.hint


def test_a_picture_is_not_a_video(tmp_path: Path) -> None:
    import av

    path = tmp_path / "picture.png"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), format="rgb24")))
        container.mux(stream.encode(None))
    with pytest.raises(MediaError, match="neither a recording nor a video"):
        probe(path)


def test_the_content_hash_is_the_sha256_of_the_file(recordings: dict[str, Path]) -> None:
    shares: list[float] = []
    found = content_hash(recordings["wav-16"], lambda share, words: shares.append(share))
    assert found == hashlib.sha256(recordings["wav-16"].read_bytes()).hexdigest()
    assert shares[-1] == 1.0


def test_hashing_stops_when_asked(recordings: dict[str, Path]) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        content_hash(recordings["wav-16"], cancel=token)


def test_two_recordings_of_one_size_have_different_quick_prints(recordings: dict[str, Path], tmp_path: Path) -> None:
    body = bytearray(recordings["wav-16"].read_bytes())
    body[-1] ^= 1
    (tmp_path / "other.wav").write_bytes(body)
    assert quick_print(recordings["wav-16"]) != quick_print(tmp_path / "other.wav")


def _said_of(path: Path) -> str:
    """ "whole" where the file gives as many samples as it promises, else what the refusal says."""
    try:
        info = probe(path)
        with open_audio(path) as source:
            delivered = sum(block.shape[1] for block in source.blocks())
            source.read(max(0, delivered - 100), 100)
    except MediaError as refusal:
        return refusal.sentence
    return "whole" if delivered == source.samples == info.audio[0].samples else f"{delivered} samples"
