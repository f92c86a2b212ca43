"""Clips drawn small."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile

from annodesk.media.clips import wave_of

RATE = 8000


def recording(folder: Path, seconds: float = 4.0) -> Path:
    sound = np.zeros(round(seconds * RATE), np.float32)
    sound[RATE : 2 * RATE] = 0.5 * np.sign(np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE))
    soundfile.write(folder / "clip.wav", sound, RATE)
    return folder / "clip.wav"


def test_a_clip_is_loud_where_the_recording_is(tmp_path: Path) -> None:
    wave = wave_of(recording(tmp_path), 0, 4_000_000, 40)
    assert wave.shape == (40, 2)
    assert np.abs(wave[:9]).max() == 0
    assert wave[12:18, 1].min() > 0.45
    assert wave[12:18, 0].max() < -0.45


def test_what_lies_outside_the_recording_is_silent(tmp_path: Path) -> None:
    wave = wave_of(recording(tmp_path), -4_000_000, 12_000_000, 16)
    assert np.abs(wave[:4]).max() == 0
    assert np.abs(wave[8:]).max() == 0


def test_a_long_clip_is_read_by_glimpses_and_a_short_one_fills_all_columns(tmp_path: Path) -> None:
    path = recording(tmp_path, seconds=60)
    assert wave_of(path, 0, 60_000_000, 60)[1, 1] > 0.4
    assert (wave_of(path, 1_000_000, 1_001_000, 100)[:, 1] > 0.4).any()


def test_an_empty_clip_is_nothing(tmp_path: Path) -> None:
    assert not wave_of(recording(tmp_path), 5, 5, 10).any()
