"""Speed, scrubbing, the band and the sound panel, by keys and mouse in the annotate workspace."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from annodesk import settings
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt

S = 1_000_000
Opener = Callable[..., Desk]


@pytest.fixture(autouse=True)
def own_habits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test chooses is chosen for it alone."""
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))


def mouse_moved(widget: QWidget, to: QPoint) -> None:
    """The pointer moves with the left button and the keys held."""
    left, at = Qt.MouseButton.LeftButton, QPointF(to)
    event = QMouseEvent(
        QEvent.Type.MouseMove, at, QPointF(widget.mapToGlobal(to)), Qt.MouseButton.NoButton, left, CTRL | SHIFT
    )
    QApplication.sendEvent(widget, event)


def test_keys_change_the_speed_and_bar_and_status_line_show_it(desk: Desk) -> None:
    transport, bar = desk.workspace.view.transport, desk.workspace.view.bar
    desk.press(Qt.Key.Key_Minus)
    desk.press(Qt.Key.Key_Minus)
    assert transport.rate == 0.5
    assert bar.sound_button.text() == "0.5×"
    assert desk.window.status.speed.text() == "0.5×"
    desk.press(Qt.Key.Key_QuoteLeft)
    assert transport.rate == 1.0
    desk.press(Qt.Key.Key_Equal)
    assert bar.sound_button.text() == "1.25×"


def test_the_speed_stays_from_task_to_task(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Minus)
    desk.workspace.step_task(1)
    desk.settle()
    assert desk.workspace.view.transport.rate == 0.75


def test_without_a_device_the_bar_says_so_before_anything_is_played(desk: Desk) -> None:
    desk.workspace.view.transport.look_for_device()
    bar = desk.workspace.view.bar
    assert bar.sound.whole() == "No audio device: plays in silence"
    assert "No audio device" in bar.sound_button.accessibleName()


def test_around_is_as_long_as_the_settings_say(open_desk: Opener) -> None:
    settings.change(play_around_ms=2000)
    desk = open_desk()
    view = desk.workspace.view
    view.timeline.state.set_stretch(replace(view.timeline.state.bounds, start_us=10 * S, end_us=11 * S))
    desk.press(Qt.Key.Key_Space, CTRL | SHIFT)
    assert view.transport.position_us == 8 * S


def test_how_far_playing_steps_back_after_a_pause_is_as_the_settings_say(open_desk: Opener) -> None:
    settings.change(resume_back_ms=3000)
    desk = open_desk()
    view = desk.workspace.view
    view.timeline.move_playhead(10 * S)
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_Space)
    at = view.transport.position_us
    desk.press(Qt.Key.Key_Space)
    assert view.transport.position_us == at - 3 * S


def test_keys_scrub_and_stop_what_plays(desk: Desk) -> None:
    view = desk.workspace.view
    view.timeline.move_playhead(10 * S)
    desk.press(Qt.Key.Key_Space)
    desk.press(Qt.Key.Key_6, CTRL | SHIFT)
    assert not view.transport.is_playing
    assert view.transport.is_scrubbing
    at = view.timeline.playhead_us
    assert at > 10 * S
    desk.press(Qt.Key.Key_5, CTRL | SHIFT)
    assert view.timeline.playhead_us < at
    desk.qtbot.waitUntil(lambda: not view.transport.is_scrubbing)
    assert not view.transport.is_playing


def test_dragging_on_the_ruler_scrubs_and_what_played_plays_on_where_the_hand_lets_go(desk: Desk) -> None:
    view = desk.workspace.view
    ruler = view.timeline.ruler
    desk.press(Qt.Key.Key_Space)
    y = ruler.height() - 4
    QTest.mousePress(ruler, Qt.MouseButton.LeftButton, pos=QPoint(300, y))
    QTest.mouseMove(ruler, QPoint(360, y))
    QTest.mouseMove(ruler, QPoint(400, y))
    assert view.transport.is_scrubbing
    assert not view.transport.is_playing
    assert view.timeline.playhead_us == ruler.time_at(400)
    QTest.mouseRelease(ruler, Qt.MouseButton.LeftButton, pos=QPoint(400, y))
    assert view.transport.is_playing
    assert view.transport.position_us == ruler.time_at(400)


@pytest.mark.parametrize("name", ["waveform", "spectrogram", "lanes"])
def test_with_ctrl_and_shift_a_drag_on_any_lane_scrubs_and_changes_nothing_else(desk: Desk, name: str) -> None:
    view = desk.workspace.view
    timeline = view.timeline
    timeline.show_spectrogram(True)
    desk.settle()
    lane = getattr(timeline, name)
    desk.press(Qt.Key.Key_Space)
    before = timeline.selection
    QTest.mousePress(lane, Qt.MouseButton.LeftButton, CTRL | SHIFT, QPoint(300, 20))
    mouse_moved(lane, QPoint(400, 20))
    assert view.transport.is_scrubbing
    assert not view.transport.is_playing
    assert timeline.playhead_us == lane.time_at(400)
    QTest.mouseRelease(lane, Qt.MouseButton.LeftButton, CTRL | SHIFT, QPoint(400, 20))
    assert view.transport.is_playing
    assert view.transport.position_us == lane.time_at(400)
    assert timeline.stretch is None
    assert timeline.state.band is None
    assert timeline.selection == before
    assert len(view.annotations) == 0


def test_escape_lets_go_of_the_playhead_and_it_is_where_it_was(desk: Desk) -> None:
    view = desk.workspace.view
    view.timeline.move_playhead(3 * S)
    lane = view.timeline.waveform
    QTest.mousePress(lane, Qt.MouseButton.LeftButton, CTRL | SHIFT, QPoint(300, 20))
    mouse_moved(lane, QPoint(500, 20))
    assert view.timeline.playhead_us == lane.time_at(500)
    desk.press(Qt.Key.Key_Escape)
    assert view.timeline.playhead_us == 3 * S
    mouse_moved(lane, QPoint(600, 20))
    assert view.timeline.playhead_us == 3 * S
    QTest.mouseRelease(lane, Qt.MouseButton.LeftButton, CTRL | SHIFT, QPoint(600, 20))
    assert not view.transport.is_playing


def test_a_click_on_the_ruler_plays_on_from_there_and_is_no_scrubbing(desk: Desk) -> None:
    view = desk.workspace.view
    desk.press(Qt.Key.Key_Space)
    QTest.mouseClick(view.timeline.ruler, Qt.MouseButton.LeftButton, pos=QPoint(300, view.timeline.ruler.height() - 4))
    assert view.transport.is_playing
    assert not view.transport.is_scrubbing
    assert view.transport.position_us == view.timeline.ruler.time_at(300)


def test_the_band_of_the_selected_segment_is_heard_alone_and_all_of_it_again(desk: Desk) -> None:
    view = desk.workspace.view
    desk.press(Qt.Key.Key_H, CTRL | SHIFT)
    assert desk.window.status.said.text().startswith("No frequencies are selected")
    desk.press(Qt.Key.Key_N)
    (segment,) = view.annotations.segments()
    view.timeline.state.set_annotations(
        "content", view.annotations.with_elements([replace(segment, low_hz=300.0, high_hz=3400.0)]), None
    )
    view.timeline.select("content", [segment.id])
    desk.press(Qt.Key.Key_H, CTRL | SHIFT)
    assert view.transport.hearing.band_hz == (300.0, 3400.0)
    assert "only 300 Hz to 3400 Hz" in view.bar.sound.whole()
    desk.press(Qt.Key.Key_H, CTRL | SHIFT)
    assert view.transport.hearing.band_hz is None


def test_the_sound_panel_opens_by_key_and_gives_the_keys_back(desk: Desk) -> None:
    view, panel = desk.workspace.view, desk.workspace.playing.panel
    desk.press(Qt.Key.Key_S, CTRL | SHIFT)
    desk.qtbot.waitUntil(panel.isActiveWindow)
    assert panel.devices.hasFocus()
    desk.press(Qt.Key.Key_Tab)
    desk.press(Qt.Key.Key_Space)
    assert view.transport.rate == 0.75
    assert not view.transport.is_playing
    desk.press(Qt.Key.Key_Escape)
    assert not panel.isVisible()
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    assert view.timeline.hasFocus()


def test_the_panel_closes_where_somebody_goes_back_to_the_window(desk: Desk) -> None:
    panel = desk.workspace.playing.panel
    desk.press(Qt.Key.Key_S, CTRL | SHIFT)
    desk.qtbot.waitUntil(panel.isActiveWindow)
    desk.window.activateWindow()
    desk.qtbot.waitUntil(lambda: not panel.isVisible())


def test_the_mix_of_a_recording_is_there_again_after_a_restart(open_desk: Opener) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_4, CTRL | SHIFT)
    assert desk.workspace.view.bar.sound.whole().startswith("muted") or "muted" in desk.workspace.playing.mixer.words()
    desk.close()
    again = open_desk(made=desk.made)
    assert again.workspace.view.transport.strip().is_muted
    again.workspace.step_task(1)
    again.settle()
    assert not again.workspace.view.transport.strip().is_muted


def test_playing_on_arrival_plays_what_tab_goes_to_at_the_speed_in_use(desk: Desk) -> None:
    view = desk.workspace.view
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Minus)
    desk.press(Qt.Key.Key_R, SHIFT)
    desk.press(Qt.Key.Key_Tab, SHIFT)
    chosen = view.selected_segments()[0]
    assert view.transport.is_playing
    assert view.transport.rate == 0.75
    assert view.transport.position_us == chosen.start_us


def test_the_arrows_of_the_panel_change_the_gain_and_the_wheel_does_not(desk: Desk) -> None:
    panel, transport = desk.workspace.playing.panel, desk.workspace.view.transport
    panel.open()
    desk.qtbot.waitUntil(panel.isActiveWindow)
    gain = panel.rows[0].gain
    gain.setFocus()
    desk.qtbot.keyClick(gain, Qt.Key.Key_Left)
    assert transport.strip().gain_db == -1.0
    middle = gain.rect().center()
    QTest.wheelEvent(panel.windowHandle(), gain.mapTo(panel, middle), QPoint(0, 120))
    QApplication.processEvents()
    assert transport.strip().gain_db == -1.0
