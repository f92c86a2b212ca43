"""Edges snap to what is heard: where sound begins and ends, and where its wave crosses zero."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from pytestqt.qtbot import QtBot

from annodesk.ui.timeline.snapping import snapped
from annodesk.ui.timeline.view import TimelineView

pytestmark = pytest.mark.qt
RATE_HZ, S = 16_000, 1_000_000


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Ten seconds: a tone of 100 Hz from 2 s to 4 s, next to nothing around it."""
    rng, t = np.random.default_rng(1), np.arange(10 * RATE_HZ) / RATE_HZ
    sound = rng.normal(0, 1e-4, t.size) + 0.5 * np.sin(2 * np.pi * 100 * t) * ((t >= 2) & (t < 4))
    soundfile.write(tmp_path / "tone.wav", sound, RATE_HZ)
    return tmp_path / "tone.wav"


def show(view: TimelineView, qtbot: QtBot, path: Path, start_us: int, end_us: int) -> None:
    view.set_duration(0, 12 * S)
    view.set_media(path, offset_us=S)
    view.state.set_snaps_to_sound(True)
    view.zoom_to(start_us, end_us)
    qtbot.waitUntil(lambda: view.sound_points.is_idle, timeout=20_000)


def test_an_edge_near_a_beginning_or_an_end_of_sound_snaps_to_it(view: TimelineView, qtbot: QtBot, tone: Path) -> None:
    show(view, qtbot, tone, 0, 12 * S)
    for near_us, at_us, what in ((2_950_000, 3 * S, "onset"), (5_040_000, 5 * S, "end of sound")):
        found = snapped(view.state, near_us, ())
        assert found.what == what
        assert found.time_us == pytest.approx(at_us, abs=10_000)
    assert snapped(view.state, 8 * S, ()).what == ""


def test_close_up_an_edge_snaps_to_the_zero_crossings_of_the_wave(view: TimelineView, qtbot: QtBot, tone: Path) -> None:
    show(view, qtbot, tone, 3_900_000, 4_000_000)
    found = snapped(view.state, 3_950_400, ())
    assert found.what == "zero crossing"
    assert found.time_us == pytest.approx(3_950_000, abs=63)


def test_nothing_of_the_sound_holds_an_edge_where_that_is_not_wanted(
    view: TimelineView, qtbot: QtBot, tone: Path
) -> None:
    show(view, qtbot, tone, 0, 12 * S)
    view.state.set_snaps_to_sound(False)
    qtbot.waitUntil(lambda: view.sound_points.is_idle)
    assert snapped(view.state, 2_950_000, ()).what == ""


def test_what_another_recording_held_is_forgotten(view: TimelineView, qtbot: QtBot, tone: Path) -> None:
    show(view, qtbot, tone, 0, 12 * S)
    view.set_media(None)
    assert view.state.snap_points == {}
