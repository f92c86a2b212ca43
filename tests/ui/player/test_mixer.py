"""How recordings are heard, as the person left it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtWidgets import QApplication

from annodesk.media.listen import Strip
from annodesk.model.items import Asset, AssetType, AudioInfo, Location, MediaInfo
from annodesk.ui.jobs import Jobs
from annodesk.ui.parts import settings
from annodesk.ui.player.mixer import STRIPS, Mixer
from annodesk.ui.player.transport import Transport

pytestmark = pytest.mark.qt


@pytest.fixture(autouse=True)
def own_habits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test chooses is chosen for it alone."""
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))


def recording(folder: Path, *, channels: int = 2, loud: float = 0.05, name: str = "one") -> tuple[Asset, Path]:
    path = folder / f"{name}.wav"
    tone = loud * np.sin(np.arange(80_000) * 0.5)
    soundfile.write(path, np.stack([tone] * channels, axis=1), 8000)
    info = MediaInfo(10_000_000, (AudioInfo("pcm", 8000, channels, 80_000),))
    return Asset(name, AssetType.AUDIO, Location(path=f"{name}.wav"), media=info), path


@pytest.fixture
def mixer(qapp: QApplication) -> Iterator[Mixer]:
    transport = Transport(silent=True)
    yield Mixer(transport, Jobs.inline())
    transport.close()


def show(mixer: Mixer, asset: Asset, path: Path) -> None:
    mixer.transport.set_source(path, duration_us=10_000_000)
    mixer.open(asset, path)


def test_a_recording_is_mixed_as_it_was_last_time_and_another_as_it_is(mixer: Mixer, tmp_path: Path) -> None:
    one, other = recording(tmp_path, name="one"), recording(tmp_path, name="other")
    show(mixer, *one)
    mixer.set_strip(Strip(-6.0, is_solo=True), 1)
    mixer.set_strip(Strip(3.0))
    show(mixer, *other)
    assert mixer.transport.strip(1) == mixer.transport.strip() == Strip()
    show(mixer, *one)
    assert mixer.transport.strip(1) == Strip(-6.0, is_solo=True)
    assert mixer.transport.strip() == Strip(3.0)
    assert mixer.words() == "right alone"


def test_a_mix_that_was_undone_is_not_kept(mixer: Mixer, tmp_path: Path) -> None:
    show(mixer, *recording(tmp_path))
    mixer.turn_mute()
    mixer.turn_mute()
    assert settings().value(STRIPS) == "{}"


def test_a_note_that_makes_no_sense_is_no_mix(mixer: Mixer, tmp_path: Path) -> None:
    settings().setValue(STRIPS, '{"one": [[1]]}')
    show(mixer, *recording(tmp_path))
    assert mixer.transport.strip() == Strip()


def test_levelling_brings_a_quiet_recording_up_and_another_workspace_follows(mixer: Mixer, tmp_path: Path) -> None:
    show(mixer, *recording(tmp_path))
    other = Mixer(Transport(silent=True), Jobs.inline())
    show(other, *recording(tmp_path, loud=0.5, name="loud"))
    mixer.set_levels(True)
    assert mixer.transport.hearing.levelling_db > 0
    assert mixer.measured == f"{mixer.transport.hearing.levelling_db:+.1f} dB"
    assert other.transport.hearing.levelling_db < 0
    mixer.set_levels(False)
    assert mixer.transport.hearing.levelling_db == other.transport.hearing.levelling_db == 0
    other.transport.close()


def test_a_recording_whose_loudness_cannot_be_measured_is_played_as_it_is(mixer: Mixer, tmp_path: Path) -> None:
    asset, path = recording(tmp_path)
    path.write_bytes(b"RIFF")
    show(mixer, asset, path)
    mixer.set_levels(True)
    assert mixer.transport.hearing.levelling_db == 0
    assert mixer.measured == "its loudness could not be measured"
    mixer.set_levels(False)


def test_the_device_that_was_chosen_is_remembered_by_name(mixer: Mixer) -> None:
    mixer.set_device("usb-1", "USB headset")
    again = Mixer(Transport(silent=True), Jobs.inline())
    assert (again.device_id, again.device_name) == ("usb-1", "USB headset")
    again.set_device("")
    assert (mixer.device_id, mixer.device_name) == ("", "")
    again.transport.close()
