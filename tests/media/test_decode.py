"""Samples come out whole and in their exact place, whatever the format."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media.decode import open_audio, read_mono, stream_mono

FORMATS = ["wav-8", "wav-16", "wav-24", "wav-32", "wav-float", "rf64", "flac", "mp3", "vorbis", "opus"]
FORMATS += ["m4a", "mka", "webm", "mkv-aac"]
LOSSLESS = {"wav-16", "wav-24", "wav-32", "wav-float", "rf64", "flac", "mka"}


@pytest.mark.parametrize("name", FORMATS)
def test_blocks_deliver_every_sample_once(recordings: dict[str, Path], name: str) -> None:
    with open_audio(recordings[name]) as source:
        blocks = list(source.blocks(frames=50_000))
        assert {block.shape[1] for block in blocks[:-1]} == {50_000}
        assert sum(block.shape[1] for block in blocks) == source.samples
        assert all(block.dtype == np.int16 and block.shape[0] == source.channels == 2 for block in blocks)


@pytest.mark.parametrize("name", FORMATS)
def test_the_sound_is_where_it_was_recorded(
    recordings: dict[str, Path], known_sound: NDArray[np.float32], name: str
) -> None:
    with open_audio(recordings[name]) as source:
        heard = np.concatenate(list(source.blocks()), axis=1)[:, : known_sound.shape[1]] / np.float32(32768)
    written = known_sound[:, : heard.shape[1]]
    if name in LOSSLESS:
        np.testing.assert_allclose(heard, written, atol=2 / 32768)
    elif name == "wav-8":
        np.testing.assert_allclose(heard, written, atol=1 / 100)
    else:
        assert abs(_lag(heard[0], written[0])) <= (64 if name in ("webm", "mkv-aac") else 1)


@pytest.mark.parametrize("name", FORMATS)
def test_a_read_anywhere_equals_the_same_place_in_one_long_read(recordings: dict[str, Path], name: str) -> None:
    with open_audio(recordings[name]) as source:
        whole = source.read(0, source.samples)
        starts = [*np.random.default_rng(2).integers(0, source.samples - 400, 30), source.samples - 400, 0]
        for start in starts:
            np.testing.assert_allclose(source.read(int(start), 400), whole[:, start : start + 400], atol=2e-3)


@pytest.mark.parametrize("name", FORMATS)
def test_blocks_from_the_middle_continue_the_recording(recordings: dict[str, Path], name: str) -> None:
    with open_audio(recordings[name]) as source:
        whole = np.concatenate(list(source.blocks()), axis=1)
        tail = np.concatenate(list(source.blocks(start=300_000, frames=70_000)), axis=1)
    assert tail.shape[1] == whole.shape[1] - 300_000
    assert np.abs(tail.astype(int) - whole[:, 300_000:]).max() <= 64


def test_outside_the_recording_is_silence(recordings: dict[str, Path]) -> None:
    with open_audio(recordings["wav-16"]) as source:
        before = source.read(-100, 200)
        after = source.read(source.samples - 50, 100)
        assert before.shape == (2, 200)
        assert not before[:, :100].any()
        assert before[:, 100:].any()
        assert not after[:, 50:].any()
        assert not source.read(source.samples + 10, 5).any()


def test_a_float_recording_louder_than_full_scale_clips(tmp_path: Path) -> None:
    import soundfile

    soundfile.write(tmp_path / "loud.wav", np.array([0.5, 2.0, -3.0, np.nan]), 8000, "FLOAT")
    with open_audio(tmp_path / "loud.wav") as source:
        assert next(source.blocks()).tolist() == [[16384, 32767, -32768, 0]]


def test_every_vorbis_recording_of_the_shared_data_reads_exactly_anywhere(shared: Path) -> None:
    import soundfile

    for path in sorted((shared / "data/audio/esc10").glob("*/*.ogg"))[::8]:
        truth = soundfile.read(path, dtype="float32", always_2d=True)[0].T
        with open_audio(path) as source:
            for start in np.random.default_rng(3).integers(0, truth.shape[1] - 300, 12):
                np.testing.assert_allclose(source.read(int(start), 300), truth[:, start : start + 300], atol=1e-5)


def test_sound_that_starts_late_in_a_video_begins_with_silence(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    _write_late_audio(path, late_samples=24_000)
    with open_audio(path) as source:
        whole = source.read(0, source.samples)
        assert np.abs(whole[:, :22_000]).max() < 1e-3
        assert np.abs(whole[:, 26_000:40_000]).max() > 0.3
        np.testing.assert_allclose(source.read(60_000, 500), whole[:, 60_000:60_500], atol=2e-3)


def test_mono_reading_averages_channels_and_resamples(recordings: dict[str, Path]) -> None:
    mono = read_mono(recordings["wav-16"], 1_000_000, 3_000_000, 22050)
    assert mono.dtype == np.float32
    assert mono.shape == (44100,)
    with open_audio(recordings["wav-16"]) as source:
        half = source.read(44100, 88200).mean(axis=0)
    assert _lag(mono[:20000].repeat(2), half[:40000]) in (-1, 0, 1)


def test_streamed_mono_is_as_long_as_the_recording(recordings: dict[str, Path]) -> None:
    with open_audio(recordings["flac"]) as source:
        total = sum(piece.size for piece in stream_mono(source, 16000, frames=1 << 15))
        assert abs(total - round(source.samples * 16000 / source.rate_hz)) <= 1


@pytest.mark.parametrize("what", ["missing", "folder", "empty", "text", "silent video"])
def test_what_has_no_sound_is_refused_in_one_sentence(tmp_path: Path, shared: Path, what: str) -> None:
    path = tmp_path / "a.wav"
    if what == "folder":
        path.mkdir()
    elif what == "empty":
        path.touch()
    elif what == "text":
        path.write_text("This is a letter, not a recording.\n" * 50)
    elif what == "silent video":
        path = shared / "data/video/testvideo.mp4"
    with pytest.raises(MediaError) as refusal:
        open_audio(path)
    assert str(path) in refusal.value.sentence
    assert refusal.value.sentence.count("\n") == 0
    assert refusal.value.hint


def _lag(a: NDArray[np.float32], b: NDArray[np.float32]) -> int:
    """Samples by which ``a`` is later than ``b``."""
    n = 1 << 18
    correlation = np.fft.irfft(np.fft.rfft(a[:n], 2 * n) * np.conj(np.fft.rfft(b[:n], 2 * n)))
    best = int(correlation.argmax())
    return best if best < n else best - 2 * n


def _write_late_audio(path: Path, late_samples: int) -> None:
    import av

    rate_hz = 48_000
    tone = np.sin(2 * np.pi * 440 * np.arange(2 * rate_hz) / rate_hz).astype(np.float32)[None] * 0.8
    with av.open(str(path), "w") as container:
        video = container.add_stream("mpeg4", rate=10)
        video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
        audio = container.add_stream("aac", rate=rate_hz, layout="mono")
        for k in range(25):
            picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), k * 10, np.uint8), format="rgb24")
            container.mux(video.encode(picture))
        for start in range(0, tone.shape[1], 1024):
            frame = av.AudioFrame.from_ndarray(tone[:, start : start + 1024].copy(), format="fltp", layout="mono")
            frame.rate, frame.pts = rate_hz, start + late_samples
            container.mux(audio.encode(frame))
        container.mux(video.encode(None))
        container.mux(audio.encode(None))


def test_a_flac_that_breaks_off_is_read_up_to_the_break_also_after_a_look_behind_it(
    recordings: dict[str, Path], tmp_path: Path
) -> None:
    whole, cut = recordings["flac"], tmp_path / "cut.flac"
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    with open_audio(whole) as source, open_audio(cut) as broken:
        n, near = broken.rate_hz // 10, source.samples // 5
        assert not broken.read(source.samples - n, n).any()
        np.testing.assert_array_equal(broken.read(near, n), source.read(near, n))
        half, across = source.read(0, source.samples), broken.read(0, source.samples)
        kept = source.samples // 3
        np.testing.assert_array_equal(across[:, :kept], half[:, :kept])
        assert not across[:, -kept:].any()
        cut.unlink()
        with pytest.raises(MediaError):
            broken.read(source.samples - n, n)
