"""How recordings are heard, as the person left it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication

from annodesk.media.listen import MUTED, Strip
from annodesk.model.items import Asset, AssetType, AudioInfo, Location, MediaInfo
from annodesk.services.sounds import ItemSound
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


def beside(folder: Path, name: str, *, offset_us: int = 0, channels: int = 1) -> ItemSound:
    _, path = recording(folder, name=name, channels=channels)
    return ItemSound(name, path.name, offset_us, path, channels=channels, duration_us=10_000_000)


def show_several(mixer: Mixer, folder: Path, *sounds: ItemSound, silent_main: bool = False) -> None:
    asset, path = recording(folder)
    if silent_main:
        asset = replace(asset, media=MediaInfo(10_000_000))
    mixer.transport.set_source(path, duration_us=10_000_000)
    mixer.open(asset, path, sounds)


def test_at_first_the_main_recording_is_heard_and_the_others_are_not(mixer: Mixer, tmp_path: Path) -> None:
    show_several(mixer, tmp_path, beside(tmp_path, "mic"))
    assert mixer.heard() == [0]
    assert mixer.words() == ""


def test_where_the_main_one_has_no_sound_the_next_that_can_be_heard_is(mixer: Mixer, tmp_path: Path) -> None:
    gone = ItemSound("gone", "gone.wav", 0, None, "gone.wav is not there.")
    show_several(mixer, tmp_path, gone, beside(tmp_path, "mic"), silent_main=True)
    assert mixer.heard() == [2]
    assert mixer.words() == "mic.wav alone"
    assert not mixer.is_quiet


def test_one_key_goes_from_recording_to_recording_and_to_all_of_them(mixer: Mixer, tmp_path: Path) -> None:
    gone = ItemSound("gone", "gone.wav", 0, None, "gone.wav is not there.")
    show_several(mixer, tmp_path, beside(tmp_path, "mic"), gone, beside(tmp_path, "desk"))
    assert mixer.next_recording() == "Heard is mic.wav alone."
    assert mixer.next_recording() == "Heard is desk.wav alone."
    assert mixer.next_recording() == "Heard is 3 of 4 recordings together."
    assert mixer.heard() == [0, 1, 3]
    assert mixer.next_recording() == "Heard is one.wav alone."
    assert mixer.heard() == [0]


def test_an_item_with_one_recording_has_no_next(mixer: Mixer, tmp_path: Path) -> None:
    show_several(mixer, tmp_path)
    assert mixer.next_recording() == "This item has one recording that can be heard."
    assert mixer.heard() == [0]


def test_the_mix_of_several_is_there_again_and_what_is_as_it_was_at_first_is_not_kept(
    mixer: Mixer, tmp_path: Path
) -> None:
    mic = beside(tmp_path, "mic", channels=2)
    show_several(mixer, tmp_path, mic)
    mixer.set_strip(Strip(-6.0), number=1)
    mixer.set_strip(Strip(is_solo=True), 1, 1)
    show(mixer, *recording(tmp_path, name="other"))
    show_several(mixer, tmp_path, mic)
    assert mixer.transport.strip(number=1) == Strip(-6.0)
    assert mixer.transport.strip(1, 1) == Strip(is_solo=True)
    assert mixer.words() == "2 of 2 recordings together"
    mixer.set_strip(Strip(), 1, 1)
    mixer.set_strip(MUTED, number=1)
    assert settings().value(STRIPS) == "{}"


def test_a_recording_that_is_alone_is_named_and_all_muted_is_said(mixer: Mixer, tmp_path: Path) -> None:
    show_several(mixer, tmp_path, beside(tmp_path, "mic"))
    mixer.set_strip(Strip(is_solo=True), number=1)
    assert mixer.words() == "mic.wav alone"
    mixer.set_strip(MUTED, number=1)
    mixer.turn_mute()
    assert mixer.words() == "muted"
    assert mixer.is_quiet


def test_a_recording_that_is_moved_is_played_from_there(mixer: Mixer, tmp_path: Path) -> None:
    show_several(mixer, tmp_path, beside(tmp_path, "mic", offset_us=1_000_000))
    mixer.next_recording()
    mixer.transport.play(10_500_000)
    assert mixer.transport.is_playing  # the main one ends at 10 s, this one at 11
    mixer.place({"mic": 0, "another": 5})
    mixer.transport.play(10_500_000)
    assert not mixer.transport.is_playing
