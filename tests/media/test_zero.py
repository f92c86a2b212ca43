"""Zero crossings are found to the sample."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile

from annodesk.media.zero import nearest_crossing

RATE = 44_100


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """A second of 100 Hz at the left, silence but for one step at the right."""
    left = 0.5 * np.sin(2 * np.pi * 100 * np.arange(RATE) / RATE + 0.3)
    right = np.where(np.arange(RATE) < 22_050, -0.1, 0.2)
    path = tmp_path / "tone.wav"
    soundfile.write(path, np.stack([left, right], axis=1), RATE, subtype="FLOAT")
    return path


def test_the_crossing_found_is_a_sample_at_which_the_sign_changes(tone: Path) -> None:
    wave = soundfile.read(tone)[0][:, 0]
    for time_us in (100_000, 123_456, 900_001):
        found = nearest_crossing(tone, time_us, channel=0)
        assert found is not None
        sample = round(found * RATE / 1_000_000)
        assert round(sample * 1_000_000 / RATE) == found
        assert min(wave[sample - 1] * wave[sample], wave[sample] * wave[sample + 1]) < 0
        crossings = np.flatnonzero(np.diff(np.signbit(wave)))
        assert abs(sample - time_us * RATE / 1e6) <= np.abs(crossings - time_us * RATE / 1e6).min() + 1


def test_a_channel_is_listened_to_alone(tone: Path) -> None:
    assert nearest_crossing(tone, 495_000, channel=1) == round(22_049 * 1_000_000 / RATE)
    assert nearest_crossing(tone, 300_000, channel=1) is None


def test_beyond_the_end_there_is_none(tone: Path) -> None:
    assert nearest_crossing(tone, 5_000_000) is None
