"""Stretches of sound as rows of numbers: alike near, gain of no account, measured once."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from annodesk.errors import Cancelled, MediaError
from annodesk.media import cache, timbre
from annodesk.media.features import RATE_HZ
from annodesk.progress import CancelToken

Sound = NDArray[np.float32]
SECOND_US = 1_000_000


def noise(seed: int, seconds: float = 2.0, gain: float = 0.1) -> Sound:
    return np.random.default_rng(seed).normal(0, gain, round(seconds * RATE_HZ)).astype(np.float32)


def ticking(seed: int, rate_hz: float = 2.0, seconds: float = 2.0) -> Sound:
    sound = noise(seed, seconds, 1e-4)
    for at in np.arange(0, seconds, 1 / rate_hz):
        first = round(at * RATE_HZ)
        click = noise(seed + 1, 0.01, 0.5)[: sound.size - first]
        sound[first : first + click.size] += click
    return sound


def tone(hz: float, seconds: float = 2.0) -> Sound:
    at = np.arange(round(seconds * RATE_HZ)) / RATE_HZ
    return (0.2 * np.sin(2 * np.pi * hz * at) + 0.1 * np.sin(4 * np.pi * hz * at)).astype(np.float32)


def apart(a: Sound, b: Sound) -> float:
    rows = np.asarray([timbre.timbre(one) for one in (a, b, noise(9), ticking(9), tone(300))])
    spread = np.maximum(rows.std(axis=0), 1e-6)
    return float(np.sqrt(np.mean(((rows[0] - rows[1]) / spread) ** 2)))


def test_two_noises_are_nearer_to_each_other_than_to_ticking_or_a_tone() -> None:
    same = apart(noise(1), noise(2))
    assert same < 0.5 * apart(noise(1), ticking(1))
    assert same < 0.5 * apart(noise(1), tone(440))


def test_the_pace_of_ticking_tells_two_clocks_apart() -> None:
    assert apart(ticking(1, 2.0), ticking(5, 2.0)) < 0.7 * apart(ticking(1, 2.0), ticking(5, 8.0))


def test_a_recording_made_louder_stays_where_it_was() -> None:
    assert apart(noise(1), 4 * noise(1)) < 0.2


@pytest.mark.parametrize("sound", [np.zeros(0), np.zeros(50_000), np.full(30_000, np.nan), np.ones(3)])
def test_every_sound_has_as_many_numbers_and_all_of_them_finite(sound: NDArray[np.float64]) -> None:
    row = timbre.timbre(sound.astype(np.float32))
    assert row.shape == timbre.timbre(noise(1)).shape
    assert np.isfinite(row).all()


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "two.wav"
    soundfile.write(path, np.concatenate([noise(1), ticking(1)]), RATE_HZ)
    return path


def test_stretches_of_a_recording_are_measured_once(recording: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [(0, 2 * SECOND_US), (2 * SECOND_US, 4 * SECOND_US)]
    first = timbre.timbres(recording, [both[0], both[1], both[0]])
    assert (first[0] == first[2]).all()

    def refuse(*_: object) -> None:
        raise AssertionError("it is measured again")

    monkeypatch.setattr(timbre, "read_mono", refuse)
    assert (timbre.timbres(recording, both) == first[:2]).all()


def test_what_is_kept_and_cannot_be_read_is_measured_again(recording: Path) -> None:
    first = timbre.timbres(recording, [(0, SECOND_US)])
    cache.derived(recording, "timbre", timbre.VERSION).write_bytes(b"PK\x03\x04 nothing")
    assert (timbre.timbres(recording, [(0, SECOND_US)]) == first).all()


def test_no_stretches_are_no_rows(recording: Path) -> None:
    assert timbre.timbres(recording, []).size == 0


def test_what_is_no_recording_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "words.wav"
    path.write_text("no sound at all")
    with pytest.raises(MediaError):
        timbre.timbres(path, [(0, SECOND_US)])


def test_it_stops_when_asked(recording: Path) -> None:
    cancel = CancelToken()
    cancel.cancel()
    with pytest.raises(Cancelled):
        timbre.timbres(recording, [(7, SECOND_US)], cancel=cancel)
