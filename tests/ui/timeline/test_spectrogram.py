"""The spectrogram lane: the right frequencies at the right place, under the same hands as the waveform."""

from __future__ import annotations

from pathlib import Path
from threading import Event

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from annodesk.media import cache, spectrogram
from annodesk.progress import CancelToken
from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.timeline.sound_lane import SoundLane
from annodesk.ui.timeline.spectrogram import axis_of, coloured
from annodesk.ui.timeline.tiles import pixels_of
from annodesk.ui.timeline.view import LaneSpec, TimelineView
from tests.ui.timeline.conftest import CONTENT, SECOND, drag

pytestmark = pytest.mark.qt
RATE = 16000


@pytest.fixture
def tone(tmp_path: Path) -> Path:
    """Ten seconds, of which the middle ones from 4 to 6 hold 1 kHz."""
    t = np.arange(10 * RATE) / RATE
    sound = np.where((t >= 4) & (t < 6), np.sin(2 * np.pi * 1000 * t), 0) * 0.9
    soundfile.write(tmp_path / "tone.wav", sound, RATE)
    return tmp_path / "tone.wav"


@pytest.fixture
def shown(qtbot: QtBot, view: TimelineView, tone: Path) -> TimelineView:
    view.set_lanes([LaneSpec("content", "content", CONTENT, "person", True, 40)])
    view.set_duration(0, 10 * SECOND)
    view.set_media(tone)
    view.show_spectrogram(True)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    return view


def brightness(view: TimelineView, seconds: float, hz: float, rate_hz: int = RATE) -> int:
    """How far from the ground the lane is at a time and frequency."""
    lane = view.spectrogram
    image = lane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    row = axis_of(view.state.look, rate_hz).row_of(hz, lane.height())
    at = image.pixelColor(round(lane.x_of(seconds * SECOND)), round(row))
    ground = QColor(theme.current().background)
    return abs(at.red() - ground.red()) + abs(at.green() - ground.green()) + abs(at.blue() - ground.blue())


def test_a_tone_is_seen_at_its_time_and_frequency(shown: TimelineView) -> None:
    assert brightness(shown, 5.0, 1000) > 200
    for seconds, hz in ((2.0, 1000), (8.0, 1000), (5.0, 5000), (5.0, 150)):
        assert brightness(shown, seconds, hz) < 60


def columns_of(lane: SoundLane) -> NDArray[np.uint32]:
    """The pixels of the lane's time, uint32 (width, height)."""
    image = lane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return pixels_of(image)[:, lane.time_rect().left() :].T.copy()


@pytest.mark.parametrize("factor", [2.0, 1.25, 0.8])
def test_the_zoom_before_stands_in_to_the_pixel_on_either_side(
    qtbot: QtBot, shown: TimelineView, factor: float
) -> None:
    shown.zoom_to(2 * SECOND, 8 * SECOND)
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    old = shown.state.scale
    for lane in (shown.spectrogram, shown.waveform):
        shown.state.set_scale(old)
        qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
        before = columns_of(lane)
        shown.state.set_scale(old.zoomed(factor, 5 * SECOND))
        now, scale = columns_of(lane), shown.state.scale
        assert not lane.is_complete
        compared = 0
        for x in range(len(now)):
            place = int(old.to_x(scale.start_us + (x + 0.5) * scale.us_per_px))
            if 1 <= place < len(before) - 1:
                assert any((now[x] == before[near]).all() for near in (place, place - 1, place + 1)), (lane, x)
                compared += 1
        assert compared > 0.7 * len(now)


def test_a_closer_look_does_not_wait_for_the_overview_of_a_long_recording(
    qtbot: QtBot, view: TimelineView, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rate, seconds = 1000, 6000
    t = np.arange(seconds * rate) / rate
    soundfile.write(tmp_path / "long.wav", np.where(t > seconds / 2, np.sin(2 * np.pi * 250 * t), 0) * 0.9, rate)
    make, is_asked, goes_on = spectrogram.build_overview, Event(), Event()

    def make_later(path: Path, *, cancel: CancelToken) -> tuple[NDArray[np.uint8], int]:
        is_asked.set()
        assert goes_on.wait(20)
        return make(path, cancel=cancel)

    monkeypatch.setattr(spectrogram, "build_overview", make_later)
    view.set_duration(0, seconds * SECOND)
    view.set_media(tmp_path / "long.wav")
    view.show_spectrogram(True)
    qtbot.waitUntil(lambda: is_asked.is_set() and view.is_settled, timeout=20_000)
    assert brightness(view, 4500, 250, rate) > 200  # what stands in for it
    view.zoom_to(4000 * SECOND, 4001 * SECOND)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    assert brightness(view, 4000.5, 250, rate) > 200
    assert not goes_on.is_set()
    goes_on.set()
    view.zoom_to(0, seconds * SECOND)
    made = cache.derived(tmp_path / "long.wav", "spectrum", 1)
    qtbot.waitUntil(lambda: view.is_settled and made.exists(), timeout=20_000)
    assert brightness(view, 4500, 250, rate) > 200
    assert brightness(view, 1500, 250, rate) < 60


def test_the_tone_stays_where_it_is_at_any_zoom(qtbot: QtBot, shown: TimelineView) -> None:
    shown.zoom_to(round(3.9 * SECOND), round(4.2 * SECOND))
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    assert brightness(shown, 4.12, 1000) > 200
    assert brightness(shown, 3.92, 1000) < 60


def test_the_lane_gives_its_room_back(qtbot: QtBot, shown: TimelineView) -> None:
    with_it = shown.waveform.height()
    shown.show_spectrogram(False)
    assert not shown.shows_spectrogram
    assert shown.waveform.height() > with_it
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)


def test_whether_it_is_shown_is_kept_for_timelines_opened_later(qtbot: QtBot, view: TimelineView, jobs: Jobs) -> None:
    assert not view.shows_spectrogram
    for is_on in (True, False):
        view.toggle_spectrogram()
        later = TimelineView(jobs)
        qtbot.addWidget(later)
        assert (view.shows_spectrogram, later.shows_spectrogram) == (is_on, is_on)


def test_a_drag_on_the_spectrogram_selects_time(qtbot: QtBot, shown: TimelineView) -> None:
    lane = shown.spectrogram
    middle = lane.rect().center()
    begin, end = (type(middle.toPointF())(lane.x_of(s * SECOND), middle.y()) for s in (2, 5))
    with qtbot.waitSignal(shown.stretch_selected):
        drag(lane, begin, end)
    assert shown.stretch is not None
    assert shown.stretch.start_us == pytest.approx(2 * SECOND, abs=SECOND // 20)
    assert shown.stretch.end_us == pytest.approx(5 * SECOND, abs=SECOND // 20)
    assert shown.abort()
    assert shown.stretch is None


def test_without_a_recording_the_lane_is_empty(qtbot: QtBot, shown: TimelineView) -> None:
    shown.set_media(None)
    qtbot.waitUntil(lambda: shown.is_settled)
    assert brightness(shown, 5.0, 1000) == 0


def test_louder_is_further_from_the_ground_in_both_themes() -> None:
    steps = np.arange(256, dtype=np.uint8)[None, :]
    for ground in ("#16181d", "#f6f7f9"):
        image = coloured(steps, QColor(ground))
        light = [image.pixelColor(x, 0).lightness() for x in range(0, 256, 15)]
        assert light == sorted(light, reverse=ground == "#f6f7f9")
        assert image.pixelColor(0, 0) == QColor(ground)
