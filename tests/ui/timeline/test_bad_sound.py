"""Whatever is wrong with a recording is said in one sentence, and the rest of the timeline goes on working."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from annodesk.ui.timeline.view import TimelineView
from annodesk.ui.timeline.waveform import MediaState

from .conftest import Desk

pytestmark = pytest.mark.qt


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANNODESK_CACHE", str(tmp_path / "cache"))


def a_wav(path: Path, samples: int = 1000) -> bytearray:
    """A good file's bytes."""
    soundfile.write(path, np.full(samples, 0.5), 8000, "PCM_16", format="WAV")
    return bytearray(path.read_bytes())


def header_only(path: Path) -> None:
    path.write_bytes(a_wav(path)[:44])


def half_a_header(path: Path) -> None:
    path.write_bytes(a_wav(path)[:20])


def unknown_encoding(path: Path) -> None:
    body = a_wav(path)
    body[20:22] = b"\x99\x99"
    path.write_bytes(body)


def a_letter(path: Path) -> None:
    path.write_text("Dear all,\nthis was never a recording.\n" * 50)


def nothing(path: Path) -> None:
    path.touch()


def a_folder(path: Path) -> None:
    path.mkdir()


def not_there(path: Path) -> None:
    path.unlink(missing_ok=True)


def no_sample(path: Path) -> None:
    a_wav(path, 0)


def one_sample(path: Path) -> None:
    a_wav(path, 1)


def truncated(path: Path) -> None:
    body = a_wav(path, 8000)
    path.write_bytes(body[: len(body) // 2])


def as_an_mp3(path: Path) -> None:
    a_wav(path, 8000)


@pytest.mark.parametrize(
    ("make", "state", "words"),
    [
        (half_a_header, MediaState.FAILED, "cannot be decoded"),
        (unknown_encoding, MediaState.FAILED, "an encoding that cannot be read here"),
        (a_letter, MediaState.FAILED, "cannot be decoded"),
        (nothing, MediaState.FAILED, "is empty"),
        (a_folder, MediaState.FAILED, "is a folder"),
        (not_there, MediaState.FAILED, "is not there"),
        (header_only, MediaState.READY, ""),
        (no_sample, MediaState.READY, ""),
        (one_sample, MediaState.READY, ""),
        (truncated, MediaState.READY, "breaks off at 00:00"),
        (as_an_mp3, MediaState.READY, ""),
    ],
)
@pytest.mark.parametrize("name", ["a.mp3", "-two\nlines \U0001f426.wav"])
def test_a_bad_recording_is_told_in_one_line_and_segments_can_be_drawn_all_the_same(
    qtbot: QtBot,
    view: TimelineView,
    desk: Desk,
    tmp_path: Path,
    make: Callable[[Path], None],
    state: MediaState,
    words: str,
    name: str,
) -> None:
    path = tmp_path / name
    make(path)
    view.set_media(path)
    qtbot.waitUntil(lambda: view.media_state is state and view.is_settled)
    said = view.waveform.accessibleDescription()
    assert words in said
    assert bool(said) == bool(words) or make is header_only
    view.grab()
    desk.drag(70, 80)
    assert (70, 80) in [(round(start), round(end)) for start, end in desk.times()]


@pytest.mark.parametrize("name", ["empty_2c.wav", "silence_10s.mp3", "stereo.wav", "veryshort.wav"])
def test_every_odd_recording_of_the_shared_data_is_drawn_at_any_zoom(
    qtbot: QtBot, view: TimelineView, shared: Path, name: str
) -> None:
    view.set_media(shared / "data/audio/edge" / name)
    qtbot.waitUntil(lambda: view.media_state is MediaState.READY and view.is_settled)
    for _ in range(12):
        view.zoom_in()
        qtbot.waitUntil(lambda: view.is_settled)
        view.grab()


def test_what_is_lost_behind_a_break_is_hatched_in_every_picture_and_never_drawn_as_silence(
    qtbot: QtBot, view: TimelineView, tmp_path: Path
) -> None:
    whole, cut = tmp_path / "whole.flac", tmp_path / "cut.flac"
    noise = np.random.default_rng(5).uniform(-0.5, 0.5, 80 * 8000)
    for path in (whole, cut):
        soundfile.write(path, noise, 8000, format="FLAC")
    cut.write_bytes(cut.read_bytes()[: cut.stat().st_size // 2])
    view.show_spectrogram(True)
    parts = (view.waveform, view.spectrogram, view.overview)

    def behind_us() -> list[list[int]]:
        """The colours of each picture from 60 to 64 s, where the broken file has nothing."""
        found = []
        for part in parts:
            image = part.grab().toImage()
            left = view.state.gutter_px + round(view.state.scale.to_x(60_000_000))
            found.append([image.pixel(x, y) for x in range(left, left + 40) for y in range(part.height() // 2)])
        return found

    def opened(path: Path) -> None:
        view.set_media(path)
        qtbot.waitUntil(lambda: view.media_state is MediaState.READY)
        qtbot.waitUntil(lambda: bool(view.grab()) and view.is_settled and not view.overview.is_drawing)

    opened(cut)
    lost = view.state.lost
    assert lost is not None
    assert 30_000_000 < lost.start_us < 50_000_000
    assert lost.end_us == 80_000_000
    for colours in behind_us():
        assert 2 <= len(set(colours)) <= 12  # the ground and the hatching over it, no picture of sound
        ground = max(set(colours), key=colours.count)
        assert 0.05 < 1 - colours.count(ground) / len(colours) < 0.5
    view.state.set_lost(None)
    silent = behind_us()[0]
    assert len(set(silent[: len(silent) // 2])) == 1  # what the hatching is to be told from
    opened(whole)
    assert view.state.lost is None
