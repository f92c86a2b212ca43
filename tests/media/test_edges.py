"""Where a recording begins, ends or changes to sound different, to some milliseconds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.errors import Cancelled, MediaError
from annodesk.media.edges import find_changes
from annodesk.progress import CancelToken

RATE_HZ = 16_000
ALL = (0, 1 << 50)


def write(path: Path, samples: np.ndarray, rate_hz: int = RATE_HZ) -> Path:
    soundfile.write(path, samples.astype(np.float32), rate_hz)
    return path


def tone(seconds: float, hz: float, level: float = 0.3, rate_hz: int = RATE_HZ) -> np.ndarray:
    return level * np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz)


def noise(seconds: float, level: float = 0.001, rate_hz: int = RATE_HZ) -> np.ndarray:
    return np.random.default_rng(1).normal(0, level, round(seconds * rate_hz))


def strongest(path: Path, start_s: float, end_s: float) -> tuple[float, float]:
    """Time in seconds and rise of the clearest change in a stretch."""
    found = find_changes(path, [(round(start_s * 1e6), round(end_s * 1e6))])
    best = max(found, key=lambda change: change.gain)
    return best.time_us / 1e6, best.rise_db


def test_a_beginning_rises_and_an_end_falls_to_ten_milliseconds(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.concatenate([noise(1), tone(1.5, 440), noise(1)]))
    start, rise = strongest(path, 0.5, 1.5)
    assert abs(start - 1.0) < 0.01
    assert rise > 20
    end, fall = strongest(path, 2.0, 3.0)
    assert abs(end - 2.5) < 0.01
    assert fall < -20


def test_another_sound_of_the_same_loudness_is_a_change(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.concatenate([tone(2, 300), tone(2, 2500)]))
    at, rise = strongest(path, 1.0, 3.0)
    assert abs(at - 2.0) < 0.01
    assert abs(rise) < 3


def test_what_is_above_hearing_is_a_change_too(tmp_path: Path) -> None:
    rate_hz = 192_000
    call = tone(0.05, 60_000, rate_hz=rate_hz)
    sound = np.concatenate([noise(1, rate_hz=rate_hz), call, noise(1, rate_hz=rate_hz)])
    found = find_changes(write(tmp_path / "bat.wav", sound, rate_hz), [ALL])
    first, last = sorted(change.time_us / 1e6 for change in sorted(found, key=lambda change: -change.gain)[:2])
    assert abs(first - 1.0) < 0.015
    assert abs(last - 1.05) < 0.015


def test_only_the_stretches_asked_for_are_looked_at(tmp_path: Path) -> None:
    path = write(tmp_path / "a.wav", np.concatenate([noise(1), tone(1, 440), noise(2)]))
    assert all(2_500_000 <= c.time_us < 3_000_000 for c in find_changes(path, [(2_500_000, 3_000_000)]))
    whole = find_changes(path, [ALL])
    parts = find_changes(path, [(0, 900_000), (900_000, 1_300_000), (1_200_000, 5_000_000)])
    assert [c.time_us for c in parts] == [c.time_us for c in whole]


@pytest.mark.parametrize("samples", [0, 1, 5, 400])
def test_a_recording_of_next_to_nothing_has_no_changes(tmp_path: Path, samples: int) -> None:
    assert find_changes(write(tmp_path / "a.wav", np.zeros(samples)), [ALL]) == []


def test_digital_silence_has_no_changes(tmp_path: Path) -> None:
    assert find_changes(write(tmp_path / "a.wav", np.zeros(3 * RATE_HZ)), [ALL]) == []


def test_it_stops_when_asked(tmp_path: Path) -> None:
    token = CancelToken()
    token.cancel()
    with pytest.raises(Cancelled):
        find_changes(write(tmp_path / "a.wav", noise(1)), [ALL], cancel=token)


def test_a_file_that_is_no_recording_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_text("no sound")
    with pytest.raises(MediaError):
        find_changes(tmp_path / "a.wav", [ALL])
