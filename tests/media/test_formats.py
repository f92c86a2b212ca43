"""Recordings of every kind that people bring: rates, channels, depths, sizes, and headers that say little."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from annodesk.errors import MediaError
from annodesk.media import peaks
from annodesk.media.container_audio import _last_tick, packet_samples
from annodesk.media.containers import open_container, origin_pts, time_base
from annodesk.media.decode import open_audio
from annodesk.media.listen import Hearing, hear, heard_samples
from annodesk.media.probe import probe
from annodesk.media.recordings import Recordings

Samples = NDArray[np.float64]


def tones(rate_hz: int, channels: int, seconds: float = 1.5) -> Samples:
    """A tone of its own on each channel, growing louder, (n, channels)."""
    time_s = np.arange(round(rate_hz * seconds)) / rate_hz
    return np.stack([0.6 * time_s / seconds * np.sin(2 * np.pi * (300 + 37 * c) * time_s) for c in range(channels)], 1)


def assert_whole(path: Path, expected: Samples, rate_hz: int, tolerance: float) -> None:
    """The file's length, its samples wherever they are read, and its peaks are those expected."""
    count, channels = expected.shape
    (audio,) = probe(path).audio
    assert (audio.rate_hz, audio.channels, audio.samples) == (rate_hz, channels, count)
    with open_audio(path) as source:
        assert not source.is_cut_off
        for start in (0, count // 3, count // 3 - 1000, count // 2, count - 300):
            np.testing.assert_allclose(source.read(start, 300), expected[start : start + 300].T, atol=tolerance)
    built = peaks.build(path)
    assert built.is_complete
    assert not built.breaks_off
    for channel in {0, channels - 1}:
        _, maxs = built.columns(0, 2048, count // 2048, channel)
        true = expected[: count // 2048 * 2048, channel].reshape(-1, 2048).max(axis=1)
        np.testing.assert_allclose(maxs / 32768, true, atol=tolerance + 1e-4)


@pytest.mark.parametrize("channels", [1, 2, 5, 16])
@pytest.mark.parametrize("rate_hz", [8000, 44100, 384_000])
@pytest.mark.parametrize("kind", ["WAV", "FLAC"])
def test_any_rate_and_number_of_channels(tmp_path: Path, kind: str, rate_hz: int, channels: int) -> None:
    if kind == "FLAC" and channels > 8:
        pytest.skip("FLAC holds at most eight channels")
    path, expected = tmp_path / f"a.{kind.lower()}", tones(rate_hz, channels)
    soundfile.write(path, expected, rate_hz, "PCM_24", format=kind)
    assert_whole(path, expected, rate_hz, 1e-6)


@pytest.mark.parametrize("kind", ["WAV", "RF64", "W64", "AIFF", "CAF"])
@pytest.mark.parametrize("depth", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_any_depth_in_any_plain_file(tmp_path: Path, kind: str, depth: str) -> None:
    if (kind, depth) == ("CAF", "PCM_U8"):
        depth = "PCM_S8"
    path, expected = tmp_path / f"a.{kind.lower()}", tones(44100, 2)
    soundfile.write(path, expected, 44100, depth, format=kind)
    assert_whole(path, expected, 44100, {"8": 1 / 64, "6": 1 / 16384}.get(depth[-1], 1e-6))


@pytest.mark.parametrize("claimed", [0xFFFFFFFF, 0], ids=["through a pipe", "by a recorder stopped by force"])
def test_a_wav_whose_header_was_never_finished_is_whole(tmp_path: Path, claimed: int) -> None:
    path, expected = tmp_path / "a.wav", tones(44100, 2)
    soundfile.write(path, expected, 44100, "PCM_16")
    body = bytearray(path.read_bytes())
    for at in (4, 40):
        body[at : at + 4] = claimed.to_bytes(4, "little")
    path.write_bytes(body)
    assert_whole(path, expected, 44100, 1 / 16384)


def _encode_mp3(path: Path, samples: Samples, options: dict[str, str]) -> None:
    with av.open(str(path), "w", format="mp3", options=options) as container:
        stream = container.add_stream("mp3", rate=44100, layout="stereo", options={"global_quality": "472"})
        stream.codec_context.qscale = True
        for start in range(0, len(samples) - 1151, 1152):
            part = np.ascontiguousarray(samples[start : start + 1152].T, np.float32)
            frame = av.AudioFrame.from_ndarray(part, format="fltp", layout="stereo")
            frame.rate, frame.pts = 44100, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def test_an_mp3_of_changing_rate_that_does_not_state_its_length_is_whole(tmp_path: Path) -> None:
    noise = np.random.default_rng(1).uniform(-0.5, 0.5, (20 * 44100, 2))
    noise[: 5 * 44100] *= 0.0  # the guess by the first frame alone is far off
    _encode_mp3(tmp_path / "a.mp3", noise, {"write_xing": "0"})
    assert probe(tmp_path / "a.mp3").duration_us == pytest.approx(20_000_000, abs=100_000)
    built = peaks.build(tmp_path / "a.mp3")
    _, maxs = built.columns(0, 44100, 20)
    assert (maxs[:4] < 1000).all()
    assert (maxs[6:] > 10_000).all()


def test_short_steps_back_in_an_mp3_give_the_samples_of_one_long_read(tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    path = tmp_path / "a.mp3"
    soundfile.write(path, rng.uniform(-0.5, 0.5, (12 * 44100, 2)), 44100, format="MP3")
    with open_audio(path) as source:
        whole = source.read(0, source.samples)
        at = source.samples // 2
        for _ in range(150):
            at = int(np.clip(at + rng.integers(-5000, 2500), 0, source.samples - 400))
            np.testing.assert_allclose(source.read(at, 300), whole[:, at : at + 300], atol=2e-3)


def _enlarged(path: Path, kind: str, data_bytes: int) -> int:
    """Make a small file of this kind a huge one, mostly hole; returns where its samples begin."""
    body = bytearray(path.read_bytes())
    if kind == "RF64":
        sizes = body.index(b"ds64") + 8
        begins = body.index(b"data", sizes) + 8
        fields = (begins + data_bytes - 8, data_bytes, data_bytes // 4)
        for k, value in enumerate(fields):
            body[sizes + 8 * k : sizes + 8 * k + 8] = value.to_bytes(8, "little")
    else:
        name = body.index(b"data\xf3\xac\xd3\x11")
        begins = name + 24
        body[16:24] = (begins + data_bytes).to_bytes(8, "little")
        body[name + 16 : name + 24] = (data_bytes + 24).to_bytes(8, "little")
    path.write_bytes(body[:begins])
    os.truncate(path, begins + data_bytes)
    return begins


on_linux = pytest.mark.skipif(sys.platform != "linux", reason="elsewhere a file of holes may take room")


def _of_holes(path: Path, kind: str, count: int) -> Path:
    """So many samples of silence, and a hundred of 12,000 at the end."""
    soundfile.write(path, np.zeros((1000, 2), np.int16), 44100, "PCM_16", format=kind)
    begins = _enlarged(path, kind, count * 4)
    with path.open("r+b") as file:
        file.seek(begins + (count - 100) * 4)
        file.write(np.full((100, 2), 12_000, np.int16).tobytes())
    assert path.stat().st_size > 1 << 32
    return path


@on_linux
@pytest.mark.parametrize("kind", ["RF64", "W64"])
def test_a_file_of_more_than_four_gigabytes_is_read_to_its_end(tmp_path: Path, kind: str) -> None:
    count = (1 << 30) + 12_345
    path = _of_holes(tmp_path / "a", kind, count)
    assert probe(path).audio[0].samples == count
    with open_audio(path) as source:
        assert not source.is_cut_off
        np.testing.assert_allclose(source.read(count - 150, 150)[0], [0] * 50 + [12_000 / 32768] * 100, atol=1e-6)


@on_linux
@pytest.mark.slow
def test_peaks_of_more_than_four_gigabytes_reach_to_the_end(tmp_path: Path) -> None:
    count = (1 << 30) + 12_345
    built = peaks.build(_of_holes(tmp_path / "a.rf64", "RF64", count))
    assert built.is_complete
    _, maxs = built.columns(0, count / 50, 50)
    assert maxs.tolist() == [0] * 49 + [12_000]


@pytest.mark.parametrize(("rate_hz", "channels"), [(384_000, 2), (384_000, 16), (8000, 1)])
def test_what_is_heard_of_any_rate_is_the_sound_at_the_device_s(tmp_path: Path, rate_hz: int, channels: int) -> None:
    path = tmp_path / "a.wav"
    tone = 0.4 * np.sin(2 * np.pi * 1000 * np.arange(rate_hz) / rate_hz)
    soundfile.write(path, np.tile(tone[:, None], channels), rate_hz, "PCM_24")
    with open_audio(path) as source:
        first, last = rate_hz // 4, rate_hz * 3 // 4
        heard = np.concatenate(list(hear(Recordings(source), first, last, Hearing(), 48_000)), axis=1)
    assert heard.shape[1] == heard_samples(last - first, rate_hz, Hearing(), 48_000) == 24_000
    spectrum = np.abs(np.fft.rfft(heard[0] * np.hanning(heard.shape[1])))
    assert spectrum.argmax() * 48_000 / heard.shape[1] == pytest.approx(1000, abs=2)
    assert np.abs(heard[0, 1000:-1000]).max() == pytest.approx(0.4, abs=0.02)


@pytest.mark.parametrize("name", ["m4a", "mka", "webm", "mkv-aac"])
def test_the_length_read_from_the_last_packets_is_that_of_all(recordings: dict[str, Path], name: str) -> None:
    with open_container(recordings[name]) as container:
        stream = container.streams.audio[0]
        rate_hz = int(stream.rate or 0)
        quick = packet_samples(container, stream, rate_hz)
    with open_container(recordings[name]) as container:
        stream = container.streams.audio[0]
        ticks = _last_tick(container, stream) - origin_pts(container, stream)
        assert quick == round(ticks * time_base(stream) * rate_hz) > 12 * rate_hz


def test_an_m4a_whose_index_promises_more_than_there_is_ends_at_the_break(
    recordings: dict[str, Path], tmp_path: Path
) -> None:
    path = tmp_path / "cut.m4a"
    with (
        av.open(str(recordings["m4a"])) as given,
        av.open(str(path), "w", format="mp4", options={"movflags": "faststart"}) as made,
    ):
        stream = made.add_stream_from_template(given.streams.audio[0])
        for packet in given.demux(given.streams.audio[0]):
            if packet.dts is not None:
                packet.stream = stream
                made.mux(packet)
    whole = peaks.build(path).samples
    body = path.read_bytes()
    path.write_bytes(body[: len(body) * 6 // 10])
    built = peaks.build(path)
    assert 0.5 * whole < built.known_samples < 0.65 * whole


@pytest.mark.parametrize(
    "name",
    ["-dash.wav", "two\nlines.wav", "\U0001f426 bird \u0645.wav", "a:b?.wav" if os.name != "nt" else "b.wav", " .wav"],
)
@pytest.mark.parametrize("make", [str, Path])
def test_odd_names_are_names_like_any_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, make: Callable[[str], str | Path]
) -> None:
    if os.name == "nt" and "\n" in name:
        pytest.skip("no such names there")
    monkeypatch.chdir(tmp_path)
    soundfile.write(str(tmp_path / name), tones(8000, 1), 8000, "PCM_16", format="WAV")
    assert probe(make(name)).audio[0].samples == 12_000
    assert peaks.build(make(name)).is_complete
    (tmp_path / name).rename(tmp_path / f"{name}.m4a")
    assert probe(make(f"{name}.m4a")).audio[0].samples == 12_000


def test_the_wrong_extension_does_not_matter(recordings: dict[str, Path], tmp_path: Path) -> None:
    for name, extension in (("flac", "mp3"), ("m4a", "wav"), ("mp3", "ogg"), ("wav-16", "mp4"), ("webm", "flac")):
        path = tmp_path / f"{name}.{extension}"
        path.write_bytes(recordings[name].read_bytes())
        assert peaks.build(path).samples == peaks.build(recordings[name]).samples


@pytest.mark.parametrize("kind", ["wav", "mkv"])
def test_an_encoding_without_a_decoder_is_refused_in_one_sentence(tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"a.{kind}"
    if kind == "wav":
        soundfile.write(path, np.zeros(1000), 8000, "PCM_16")
        body = bytearray(path.read_bytes())
        body[20:22] = b"\x99\x99"
    else:
        with av.open(str(path), "w", format="matroska") as container:
            stream = container.add_stream("pcm_s16le", rate=8000, layout="mono")
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.int16), format="s16", layout="mono")
            frame.rate = 8000
            container.mux([*stream.encode(frame), *stream.encode(None)])
        body = bytearray(path.read_bytes().replace(b"A_PCM/INT/LIT", b"A_XYZ/INT/LIT"))
    path.write_bytes(body)
    for read in (probe, peaks.build, open_audio):
        with pytest.raises(MediaError, match="encoding that cannot be read here"):
            read(path)


@pytest.mark.parametrize(("at", "what"), [(22, "channels"), (24, "rate")])
def test_a_header_without_channels_or_rate_is_refused_in_one_sentence(tmp_path: Path, at: int, what: str) -> None:
    path = tmp_path / f"no {what}.wav"
    soundfile.write(path, np.zeros(1000), 8000, "PCM_16")
    body = bytearray(path.read_bytes())
    body[at : at + (2 if what == "channels" else 4)] = bytes(2 if what == "channels" else 4)
    path.write_bytes(body)
    for read in (probe, peaks.build, open_audio):
        with pytest.raises(MediaError) as refusal:
            read(path)
        assert path.name in refusal.value.sentence
