"""Integrated loudness: what the standard says of its own test tones, and what FFmpeg's meter says of recordings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.media import loudness
from annodesk.media.loudness import levelling_gain_db, measure

RATE_HZ = 48000


def tone(seconds: float, level_db: float, hz: float = 997.0) -> np.ndarray:
    return 10 ** (level_db / 20) * np.sin(2 * np.pi * hz * np.arange(round(seconds * RATE_HZ)) / RATE_HZ)


def written(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, samples, rate_hz, subtype="PCM_24")
    return path


def by_ffmpeg(path: Path) -> float:
    import av

    found = float("nan")
    with av.open(str(path)) as container:
        graph = av.filter.Graph()
        stream = container.streams.audio[0]
        graph.link_nodes(
            graph.add_abuffer(template=stream), graph.add("ebur128", "metadata=1"), graph.add("abuffersink")
        ).configure()
        for frame in container.decode(stream):
            graph.push(frame)
            while True:
                try:
                    found = float(graph.pull().metadata.get("lavfi.r128.I", found))
                except BlockingIOError:
                    break
    return found


def test_a_full_scale_tone_on_one_channel_has_minus_3_lufs(tmp_path: Path) -> None:
    path = written(tmp_path / "tone.wav", np.stack([tone(5, 0), np.zeros(5 * RATE_HZ)], axis=1))
    assert measure(path) == pytest.approx(-3.01, abs=0.02)


def test_quiet_stretches_do_not_count(tmp_path: Path) -> None:
    """EBU Tech 3341, case 3: 10 s at -36, 60 s at -23 and 10 s at -36 dB on both sides are -23 LUFS."""
    mono = np.concatenate([tone(10, -36, 1000), tone(60, -23, 1000), tone(10, -36, 1000)])
    assert measure(written(tmp_path / "case3.wav", np.stack([mono, mono], axis=1))) == pytest.approx(-23, abs=0.1)


@pytest.mark.parametrize("name", ["bobby_16bit_16khz_2ch.wav", "doccano_speech_1.mp3", "jfk.wav", "mary.wav"])
def test_recordings_are_as_loud_as_ffmpeg_says(shared: Path, name: str) -> None:
    path = shared / "data" / "audio" / "speech" / name
    assert measure(path) == pytest.approx(by_ffmpeg(path), abs=0.05)


@pytest.mark.parametrize("rate_hz", [50, 2000, 8000, 44100, 192_000, 384_000])
def test_every_rate_can_be_measured(tmp_path: Path, rate_hz: int) -> None:
    noise = np.random.default_rng(1).standard_normal(rate_hz * 2) * 0.1
    found = measure(written(tmp_path / "noise.wav", noise, rate_hz))
    assert found is not None
    assert -40 < found < -10


@pytest.mark.parametrize("samples", [0, 1, 48000])
def test_silence_has_no_loudness_and_is_left_as_it_is(tmp_path: Path, samples: int) -> None:
    found = measure(written(tmp_path / "silence.wav", np.zeros(samples)))
    assert found is None
    assert levelling_gain_db(found) == 0.0


def test_less_than_a_block_is_measured_as_it_is(tmp_path: Path) -> None:
    assert measure(written(tmp_path / "short.wav", tone(0.2, -20))) == pytest.approx(-23, abs=1)


def test_what_was_measured_once_is_taken_from_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path / "tone.wav", tone(1, -20))
    first = measure(path)
    monkeypatch.delattr(loudness, "open_audio")
    assert measure(path) == first


def test_levelling_brings_to_the_target_and_no_further_than_20_db() -> None:
    assert levelling_gain_db(-30.0) == 7.0
    assert levelling_gain_db(-10.0) == -13.0
    assert levelling_gain_db(-60.0) == 20.0
