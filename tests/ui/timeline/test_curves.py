"""The curves of pitch and loudness: on demand, where and as high as they are, never for more than can be seen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from annodesk.ui import theme
from annodesk.ui.timeline.curve_lane import CurveLane
from annodesk.ui.timeline.curve_source import draw_line, fold_line
from annodesk.ui.timeline.view import TimelineView
from tests.ui.timeline.conftest import SECOND

pytestmark = pytest.mark.qt
RATE = 16000


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """Ten seconds, silent but from 4 to 6, where 200 Hz with harmonics sound."""
    t = np.arange(10 * RATE) / RATE
    sound = sum(np.sin(2 * np.pi * 200 * k * t) / k for k in range(1, 8)) * 0.2
    soundfile.write(tmp_path / "voice.wav", np.where((t >= 4) & (t < 6), sound, 0), RATE)
    return tmp_path / "voice.wav"


@pytest.fixture
def shown(qtbot: QtBot, view: TimelineView, voice: Path) -> TimelineView:
    view.resize(view.width(), 700)
    view.set_duration(0, 10 * SECOND)
    view.set_media(voice)
    view.state.set_look(replace(view.state.look, pitch=True, loudness=True))
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    return view


def ink(lane: CurveLane, seconds: float) -> list[int]:
    """The rows that have the curve's colour at a time."""
    image = lane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    wanted = QColor(theme.current().ok if lane.kind.name == "pitch" else theme.current().warn)
    x = round(lane.x_of(seconds * SECOND))
    near = [QColor(image.pixelColor(x, y)) for y in range(lane.height())]
    return [
        y
        for y, c in enumerate(near)
        if abs(c.red() - wanted.red()) + abs(c.green() - wanted.green()) + abs(c.blue() - wanted.blue()) < 60
    ]


def test_the_pitch_is_drawn_at_its_time_and_height_and_told(shown: TimelineView) -> None:
    lane = shown.curves[0]
    assert np.mean(ink(lane, 5.0)) == pytest.approx(lane.height() * (1 - float(lane.kind.share_of(200.0))), abs=2)
    assert ink(lane, 8.0) == []
    assert lane.value_at(5 * SECOND) == pytest.approx(200, rel=0.01)
    assert lane.value_at(8 * SECOND) is None


def test_the_loudness_is_drawn_and_told(shown: TimelineView) -> None:
    lane = shown.curves[1]
    value = lane.value_at(5 * SECOND)
    assert value is not None
    assert -20 < value < -5
    assert np.mean(ink(lane, 5.0)) == pytest.approx(lane.height() * (1 - float(lane.kind.share_of(value))), abs=2)


def test_curves_are_shown_on_demand_and_give_their_room_back(qtbot: QtBot, shown: TimelineView) -> None:
    with_them = shown.waveform.height()
    assert all(lane.isVisible() for lane in shown.curves)
    shown.state.set_look(replace(shown.state.look, pitch=False, loudness=False))
    assert all(lane.isHidden() for lane in shown.curves)
    assert shown.waveform.height() > with_them
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)


def test_too_long_a_view_is_told_and_nothing_is_computed(qtbot: QtBot, shown: TimelineView) -> None:
    shown.set_duration(0, 600 * SECOND)
    lane = shown.curves[0]
    assert lane.is_too_long
    assert not shown.curves[1].is_too_long
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    assert lane.value_at(300 * SECOND) is None


def test_without_a_recording_a_curve_is_empty(qtbot: QtBot, shown: TimelineView) -> None:
    shown.set_media(None)
    qtbot.waitUntil(lambda: shown.is_settled)
    assert ink(shown.curves[0], 5.0) == []
    assert shown.curves[0].value_at(5 * SECOND) is None


@pytest.mark.parametrize("per_column", [0.1, 1.0, 7.3])
def test_a_line_keeps_its_gaps_and_loses_no_peak(per_column: float) -> None:
    values = np.full(1000, 0.5, np.float32)
    values[400] = 0.9
    values[600:700] = np.nan
    n = int(990 / per_column)
    lows, highs = fold_line(values, 3.0, per_column, n)
    assert np.nanmax(highs) == pytest.approx(0.9)
    assert np.nanmin(lows) == pytest.approx(0.5)
    gap = np.flatnonzero(np.isnan(lows)) * per_column + 3.0
    assert 598 <= gap[0] <= 600 + 2 * per_column
    assert 700 - 2 * per_column - 2 <= gap[-1] <= 700


def test_a_line_is_two_pixels_thick_and_a_gap_is_empty() -> None:
    covered = draw_line(np.array([0.5, np.nan], np.float32), np.array([0.5, np.nan], np.float32), 40)
    assert covered.sum(axis=0).tolist() == [2 * 255, 0]
    assert covered[19:21, 0].tolist() == [255, 255]
