"""How sound is drawn is the person's choice: channels, heights, frequencies, colours; and it is remembered."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
import soundfile
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QColor, QImage, QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.jobs import Jobs
from annodesk.ui.parts import settings
from annodesk.ui.timeline.frequency import FrequencyAxis, hz_text
from annodesk.ui.timeline.look import KEPT, SoundLook, recalled
from annodesk.ui.timeline.sound_actions import look_menu, sound_actions, sound_handlers
from annodesk.ui.timeline.spectrogram import coloured
from annodesk.ui.timeline.view import TimelineView
from tests.ui.timeline.conftest import SECOND, drag
from tests.ui.timeline.test_waveform import wave_ink

pytestmark = pytest.mark.qt
RATE = 16000


@pytest.fixture
def stereo(tmp_path: Path) -> Path:
    """Ten seconds: a loud tone of 1 kHz on the left, one of a hundredth on the right."""
    tone = np.sin(2 * np.pi * 1000 * np.arange(10 * RATE) / RATE)
    soundfile.write(tmp_path / "stereo.wav", np.stack([tone * 0.9, tone * 0.009], 1), RATE)
    return tmp_path / "stereo.wav"


@pytest.fixture
def shown(qtbot: QtBot, view: TimelineView, stereo: Path) -> TimelineView:
    view.set_duration(0, 10 * SECOND)
    view.set_media(stereo)
    view.show_spectrogram(True)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    return view


def turn_wheel(widget: QWidget, where: QPointF, notches: int, keys: Qt.KeyboardModifier) -> None:
    """The wheel as the window system sends it."""
    event = QWheelEvent(
        where,
        widget.mapToGlobal(where),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        keys,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def heights(view: TimelineView) -> tuple[float, float]:
    """Pixels of ink a column in the upper and in the lower half of the waveform."""
    ink = wave_ink(view)
    half = len(ink) // 2
    return float(ink[:half].sum(axis=0).mean()), float(ink[half:].sum(axis=0).mean())


def test_each_channel_has_its_own_row_and_mixed_they_have_one(qtbot: QtBot, shown: TimelineView) -> None:
    upper, lower = heights(shown)
    assert upper == pytest.approx(lower, rel=0.05)
    shown.state.set_look(replace(shown.state.look, each_channel=True))
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    upper, lower = heights(shown)
    assert upper > 20 * lower > 0


def test_decibels_bring_out_what_is_quiet(qtbot: QtBot, shown: TimelineView) -> None:
    shown.state.set_look(replace(shown.state.look, each_channel=True, in_db=True))
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    upper, lower = heights(shown)  # -0.9 and -40.9 dB of a floor of -60
    assert lower / upper == pytest.approx(19.1 / 59.1, rel=0.15)


def test_the_wheel_over_the_edge_and_with_alt_draws_higher_and_moves_nothing_else(
    qtbot: QtBot, shown: TimelineView
) -> None:
    before, scale = sum(heights(shown)), shown.state.scale
    for where, keys in (
        (QPointF(3, 20), Qt.KeyboardModifier.NoModifier),
        (QPointF(300, 20), Qt.KeyboardModifier.AltModifier),
    ):
        turn_wheel(shown.waveform, where, -2, keys)
    assert shown.state.wave_zoom == pytest.approx(1.25**-4)
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    assert sum(heights(shown)) == pytest.approx(before * 1.25**-4, rel=0.05)
    assert shown.state.scale == scale


def test_the_height_fits_what_is_in_view_and_then_the_whole_again(qtbot: QtBot, shown: TimelineView) -> None:
    shown.waveform.louder(-3)
    shown.fit_wave()
    qtbot.waitUntil(lambda: shown.state.wave_zoom > 0.9, timeout=20_000)
    shown.fit_wave()
    qtbot.waitUntil(lambda: shown.state.wave_zoom == 1.0, timeout=20_000)


def test_another_recording_is_drawn_as_high_as_fits_it(shown: TimelineView, stereo: Path) -> None:
    shown.waveform.louder(4)
    shown.set_media(stereo)
    assert shown.state.wave_zoom == 1.0


def test_the_wheel_over_the_axis_zooms_frequencies_and_the_one_under_it_stays(shown: TimelineView) -> None:
    lane, scale = shown.spectrogram, shown.state.scale
    y = lane.axis.row_of(1000, lane.height())
    turn_wheel(lane, QPointF(3, y), 3, Qt.KeyboardModifier.NoModifier)
    assert lane.axis.high_hz < RATE / 2
    assert lane.axis.row_of(1000, lane.height()) == pytest.approx(y, abs=1)
    assert shown.state.scale == scale
    turn_wheel(lane, QPointF(3, y), -9, Qt.KeyboardModifier.NoModifier)
    assert (shown.state.look.low_hz, shown.state.look.high_hz) == (0, 0)


@pytest.mark.parametrize("scale", ["linear", "mel"])
def test_a_tone_stays_at_its_frequency_on_every_axis(qtbot: QtBot, shown: TimelineView, scale: str) -> None:
    look = SoundLook(scale=scale, low_hz=500, high_hz=2500, window=4096)  # type: ignore[arg-type]
    shown.state.set_look(look)
    qtbot.waitUntil(lambda: shown.is_settled, timeout=20_000)
    lane = shown.spectrogram
    image = lane.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    x = round(lane.x_of(5 * SECOND))
    rows = [QColor(image.pixelColor(x, y)).lightness() for y in range(4, lane.height() - 1)]
    assert int(np.argmax(rows)) + 4 == pytest.approx(lane.axis.row_of(1000, lane.height()), abs=2.5)


def test_the_crosshair_reads_time_frequency_and_level(shown: TimelineView) -> None:
    lane = shown.spectrogram
    where = QPointF(lane.x_of(5 * SECOND), lane.axis.row_of(1000, lane.height()))
    words = lane.reading(where)
    assert words.startswith("00:00:05.0")
    assert float(words.split()[1].replace(",", "")) == pytest.approx(1000, rel=0.03)
    level = float(words.split()[-2].replace("\N{MINUS SIGN}", "-"))
    assert -16 <= level <= 0
    quiet = lane.reading(QPointF(where.x(), lane.axis.row_of(5000, lane.height())))
    assert quiet.endswith("≤ \N{MINUS SIGN}90 dB")


def test_long_windows_tell_two_near_tones_apart_and_short_ones_two_near_clicks(tmp_path: Path) -> None:
    from annodesk.media.spectrogram import Spectrogram

    t = np.arange(4 * RATE) / RATE
    sound = 0.4 * (np.sin(2 * np.pi * 1000 * t) + np.sin(2 * np.pi * 1020 * t))
    soundfile.write(tmp_path / "near.wav", sound, RATE)
    source = Spectrogram(tmp_path / "near.wav")

    def dip(window: int) -> float:
        column = source.columns(1000, 1000.0, 1, window)[:, 0]
        hz = np.arange(len(column)) * RATE / window
        between = np.interp(1010, hz, column)
        return float(min(column[np.abs(hz - 1000) < 5].max(), column[np.abs(hz - 1020) < 5].max()) - between)

    assert dip(4096) > 10
    assert source.columns(0, 1000.0, 5, 256).shape == (129, 5)


def test_every_choice_is_kept_for_timelines_opened_later(qtbot: QtBot, view: TimelineView, jobs: Jobs) -> None:
    look = SoundLook(True, True, "linear", 2048, 0, 60, 100.0, 4000.0, "viridis", True, True, True, True)
    view.state.set_look(look)
    later = TimelineView(jobs)
    qtbot.addWidget(later)
    assert later.state.look == look


@pytest.mark.parametrize("kept", ["[1]", "nonsense", '{"window": 3}', '{"scale": "bark"}', '{"low_hz": "nan"}'])
def test_a_note_that_makes_no_sense_is_the_first_look(qapp: QApplication, kept: str) -> None:
    settings().setValue(KEPT, kept)
    assert recalled() == SoundLook()


def test_every_choice_of_the_menu_does_something_and_the_menu_leads_back(view: TimelineView) -> None:
    first, seen = view.state.look, set()
    menu = look_menu(view)
    parts = [menu, *(entry.menu() for entry in menu.actions() if entry.menu() is not None)]
    for part in parts:
        for entry in part.actions():
            if entry.isCheckable() and "Spectrogram" not in entry.text():
                view.state.set_look(first)
                entry.trigger()
                seen.add(view.state.look)
    assert len(seen) > 25
    view.state.set_look(SoundLook(in_db=True))
    again = look_menu(view)
    next(entry for entry in again.actions() if "at first" in entry.text()).trigger()
    assert view.state.look == SoundLook()


def test_every_action_of_sound_has_a_handler_and_the_turns_come_round(view: TimelineView) -> None:
    handlers = sound_handlers("annotate", view)
    assert set(handlers) == {action.id for action in sound_actions("annotate")}
    first = view.state.look
    for name, turns in (("scale", 2), ("colours", 3), ("channels", 2), ("decibels", 2), ("invert", 2), ("boxes", 2)):
        handlers[f"annotate.{name}"]()
        assert view.state.look != first
        for _ in range(turns - 1):
            handlers[f"annotate.{name}"]()
        assert view.state.look == first


def test_a_lane_dragged_taller_stays_so_in_timelines_opened_later(
    qtbot: QtBot, shown: TimelineView, jobs: Jobs
) -> None:
    before = shown.spectrogram.height()
    handle = shown.splitter.handle(1)
    middle = QPointF(handle.rect().center())
    drag(handle, middle, middle - QPointF(0, 40))
    taller = shown.spectrogram.height()
    assert taller > before + 20
    shown.splitter.fit()
    assert shown.spectrogram.height() == pytest.approx(taller, abs=3)
    later = TimelineView(jobs)
    qtbot.addWidget(later)
    later.set_lanes(shown.state.lanes)
    later.show_spectrogram(True)
    later.resize(shown.size())
    later.show()
    qtbot.waitUntil(lambda: abs(later.spectrogram.height() - taller) <= 4)


@pytest.mark.parametrize("colours", ["warm", "viridis", "grey"])
def test_louder_is_always_lighter_or_always_darker(colours: str) -> None:
    steps = np.arange(256, dtype=np.uint8)[None, :]
    for ground in ("#16181d", "#f6f7f9"):
        for inverted in (False, True):
            image = coloured(steps, QColor(ground), colours=colours, inverted=inverted)
            grey = [QColor(image.pixelColor(x, 0)) for x in range(0, 256, 15)]
            light = [0.3 * c.red() + 0.59 * c.green() + 0.11 * c.blue() for c in grey]
            assert light == sorted(light) or light == sorted(light, reverse=True)


@pytest.mark.parametrize("scale", ["linear", "mel"])
@pytest.mark.parametrize(("low", "high"), [(0, 4000), (0, 22050), (0, 192000), (1000, 1400), (20, 100)])
def test_the_axis_has_round_marks_that_do_not_touch(scale: str, low: float, high: float) -> None:
    axis = FrequencyAxis(low, high, scale)  # type: ignore[arg-type]
    for height in (60, 150, 600):
        marks = axis.ticks(height, 18)
        places = [axis.row_of(hz, height) for hz in marks]
        assert len(marks) >= (1 if height == 60 else 2)
        assert all(a - b >= 18 for a, b in itertools.pairwise(places))
        assert all(len(hz_text(hz)) <= 5 for hz in marks)
        assert axis.hz_at(places[0], height) == pytest.approx(marks[0], rel=1e-6)
