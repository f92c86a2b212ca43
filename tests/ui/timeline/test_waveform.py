"""The picture of the sound: cached, being built, failed, and true at every zoom."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from annodesk.media import peaks
from annodesk.ui import theme
from annodesk.ui.timeline import sound_lane, tiles, wave_source
from annodesk.ui.timeline.view import Mark, TimelineView
from annodesk.ui.timeline.wave_source import WaveSource, draw_columns, fold_fine
from annodesk.ui.timeline.waveform import MediaState

from .conftest import SECOND, drag

pytestmark = pytest.mark.qt
RATE = 8000


def picture(widget: QWidget) -> np.ndarray:
    """What is on the screen: uint8, (height, width, 3)."""
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB888)
    flat = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.bytesPerLine())
    return flat[:, : image.width() * 3].reshape(image.height(), image.width(), 3)


def wave_ink(view: TimelineView) -> np.ndarray:
    """How much of each pixel of the waveform has its colour, 0 to 1, over the part that shows time."""
    ground, wave = (QColor(c).blue() for c in (theme.current().background, theme.current().wave))
    ink = (picture(view.waveform)[..., 2].astype(float) - ground) / (wave - ground)
    return np.where(ink > 0.25, np.clip(ink, 0, 1), 0)[:, view.state.gutter_px :]


def wave_heights(view: TimelineView) -> np.ndarray:
    """How many pixels of each column the waveform covers."""
    return wave_ink(view).sum(axis=0)


def open_and_wait(qtbot: QtBot, view: TimelineView, path: Path) -> None:
    view.set_media(path)
    qtbot.waitUntil(lambda: view.media_state is MediaState.READY and view.is_settled)


def test_the_waveform_is_where_the_sound_is(qtbot: QtBot, view: TimelineView, recording: Path) -> None:
    open_and_wait(qtbot, view, recording)
    heights = wave_heights(view)
    scale = view.state.scale
    assert heights[round(scale.to_x(45 * SECOND))] > 30
    assert heights[round(scale.to_x(35 * SECOND))] <= 2


def test_peaks_are_built_where_there_are_none_and_found_again(
    qtbot: QtBot, view: TimelineView, recording: Path
) -> None:
    assert peaks.open_or_none(recording) is None
    seen: list[MediaState] = []
    view._media.changed.connect(lambda: seen.append(view._media.state))
    open_and_wait(qtbot, view, recording)
    assert MediaState.BUILDING in seen
    assert peaks.open_or_none(recording) is not None
    seen.clear()
    open_and_wait(qtbot, view, recording)
    assert MediaState.BUILDING not in seen


def test_deep_zoom_shows_the_samples_themselves(qtbot: QtBot, view: TimelineView, recording: Path) -> None:
    open_and_wait(qtbot, view, recording)
    view.zoom_to(41 * SECOND, 41 * SECOND + 5_000)
    qtbot.waitUntil(lambda: view.is_settled)
    ink = wave_ink(view)
    rows = (ink * np.arange(len(ink))[:, None]).sum(axis=0) / np.maximum(ink.sum(axis=0), 1e-9)
    crossings = np.count_nonzero(np.diff(rows > view.waveform.height() / 2))
    assert crossings == 5  # 440 Hz: two waves and a half in 5.8 ms


def test_what_stands_in_for_a_zoom_is_put_together_while_the_hand_rests(
    qtbot: QtBot, view: TimelineView, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    copied: list[QImage] = []
    monkeypatch.setattr(sound_lane, "pixels_of", lambda image: copied.append(image) or tiles.pixels_of(image))
    open_and_wait(qtbot, view, recording)
    qtbot.waitUntil(lambda: bool(copied))
    copied.clear()
    view.state.set_scale(view.state.scale.zoomed(1.25, 70 * SECOND))
    view.grab()
    assert not copied


def test_a_click_stands_at_its_own_time_at_every_zoom(qtbot: QtBot, view: TimelineView, recording: Path) -> None:
    open_and_wait(qtbot, view, recording)
    at = 70 * SECOND
    for width_us in (15 * SECOND, SECOND, 20_000):
        view.zoom_to(at - width_us // 3, at + width_us // 2)
        qtbot.waitUntil(lambda: view.is_settled)
        ink = wave_ink(view) > 0
        tops = np.where(ink.any(axis=0), ink.argmax(axis=0), len(ink))
        assert tops.argmin() == pytest.approx(view.state.scale.to_x(at), abs=2)


def test_a_file_that_begins_later_on_the_timeline_is_drawn_there(
    qtbot: QtBot, view: TimelineView, recording: Path
) -> None:
    view.set_media(recording, offset_us=5 * SECOND)
    qtbot.waitUntil(lambda: view.media_state is MediaState.READY and view.is_settled)
    view.zoom_to(44 * SECOND, 46 * SECOND)
    qtbot.waitUntil(lambda: view.is_settled)
    loud = np.flatnonzero(wave_heights(view) > 20)
    assert loud[0] == pytest.approx(view.state.scale.to_x(45 * SECOND), abs=3)


def test_a_broken_recording_is_told_in_one_sentence(qtbot: QtBot, view: TimelineView, tmp_path: Path) -> None:
    path = tmp_path / "broken.wav"
    path.write_bytes(b"no sound")
    view.set_media(path)
    qtbot.waitUntil(lambda: view.media_state is MediaState.FAILED)
    assert "broken.wav" in view.waveform.accessibleDescription()
    assert view.is_settled


def test_a_missing_recording_is_told_as_the_caller_says_it(view: TimelineView) -> None:
    view.set_media(None, problem="talk.wav is not on this machine. Map its folder.")
    assert view.media_state is MediaState.FAILED
    assert view.waveform.accessibleDescription() == "talk.wav is not on this machine. Map its folder."
    view.set_media(None)
    assert view.media_state is MediaState.NONE


def test_the_overview_of_a_missing_recording_shows_no_other(qtbot: QtBot, view: TimelineView, recording: Path) -> None:
    open_and_wait(qtbot, view, recording)
    view.set_duration(0, 50 * SECOND)  # has the overview drawn again, for the recording that is left now
    view.set_media(None, problem="talk.wav is not on this machine.")
    qtbot.waitUntil(lambda: not view.overview.is_drawing)
    ground = QColor(theme.current().background).blue()
    shown = picture(view.overview)[8:24, view.state.gutter_px + 4 :, 2]
    assert (shown == ground).all()


def test_another_recording_replaces_the_one_still_being_read(
    qtbot: QtBot, view: TimelineView, recording: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.wav"
    other.write_bytes(recording.read_bytes())
    view.set_media(recording)
    view.set_media(other)
    qtbot.waitUntil(lambda: view.media_state is MediaState.READY and view.is_settled)
    assert view._media.source is not None
    assert view._media.source.path == other


def test_quiet_recordings_are_drawn_larger_but_never_beyond_the_lane(recording: Path) -> None:
    source = WaveSource(recording, peaks.build(recording))
    assert source.gain() == pytest.approx(0.94 / 0.9, rel=0.01)
    covered = draw_columns(np.full(3, -0.5, np.float32), np.full(3, 0.5, np.float32), 100, gain=8)
    assert covered[0].max() == 0
    assert covered[50].min() == 255


def test_silence_is_a_line_one_pixel_high() -> None:
    covered = draw_columns(np.zeros(5, np.float32), np.zeros(5, np.float32), 40)
    assert covered.sum(axis=0).tolist() == [254] * 5 or covered.sum(axis=0).tolist() == [255] * 5


def test_columns_and_samples_agree_where_one_takes_over_from_the_other(recording: Path) -> None:
    source = WaveSource(recording, peaks.build(recording))
    coarse_us, fine_us = peaks.BASE * 1e6 / RATE, (peaks.BASE - 0.001) * 1e6 / RATE
    coarse = source.columns(round(42 * SECOND / coarse_us), coarse_us, 50)
    fine = source.columns(round(42 * SECOND / fine_us), fine_us, 50)
    np.testing.assert_allclose(coarse[1], fine[1], atol=0.02)
    np.testing.assert_allclose(coarse[0], fine[0], atol=0.02)


@pytest.mark.parametrize("per_column", [0.1, 0.5, 1.0, 3.7, 100.0])
def test_no_sample_is_lost_at_any_deep_zoom(per_column: float) -> None:
    values = np.zeros(1000, np.float32)
    values[500] = 1.0
    n = int(900 / per_column)
    lows, highs = fold_fine(values, 20.0, per_column, n)
    assert highs.max() == 1.0
    assert lows.min() == 0.0
    assert abs(int(highs.argmax()) - (500 - 20) / per_column) <= 1 + 1 / per_column


def test_every_theme_draws_its_own_colours(qtbot: QtBot, view: TimelineView, recording: Path) -> None:
    from PySide6.QtWidgets import QApplication

    app = QApplication.instance()
    assert isinstance(app, QApplication)
    open_and_wait(qtbot, view, recording)
    try:
        for name in ("light", "dark"):
            theme.apply(app, name)
            qtbot.waitUntil(lambda: view.is_settled and wave_heights(view).max() > 30)
            ground = QColor(theme.current().background).getRgb()[:3]
            assert tuple(picture(view.waveform)[2, -5]) == ground
    finally:
        theme.apply(app, "dark")


def test_a_mark_is_asked_for_by_a_click_on_it(qtbot: QtBot, view: TimelineView) -> None:
    view.set_marks([Mark(10 * SECOND, 20 * SECOND, "disagreement", "first"), Mark(0, 5 * SECOND, "ruled", "second")])
    where = QPointF(view.ruler.x_of(15 * SECOND), 5)
    with qtbot.waitSignal(view.mark_clicked) as signal:
        drag(view.ruler, where, where)
    assert signal.args == ["first"]
    assert view.playhead_us == 0


def test_what_was_heard_is_one_green_line(view: TimelineView) -> None:
    view.note_heard(0, 10 * SECOND)
    view.note_heard(10 * SECOND, 30 * SECOND)
    view.note_heard(50 * SECOND, 60 * SECOND)
    assert [(h.start_us // SECOND, h.end_us // SECOND) for h in view.heard] == [(0, 30), (50, 60)]
    strip = picture(view.overview)
    green = np.array(QColor(theme.current().ok).getRgb()[:3])
    is_green = (np.abs(strip.astype(int) - green).sum(axis=2) < 10).any(axis=0)[view.state.gutter_px :]
    assert 0.37 < is_green.mean() < 0.43


def test_a_recording_that_breaks_off_is_shown_up_to_there_and_said_so(
    qtbot: QtBot, view: TimelineView, recording: Path, tmp_path: Path
) -> None:
    cut = tmp_path / "cut.wav"
    cut.write_bytes(recording.read_bytes()[: recording.stat().st_size // 2])
    view.set_media(cut)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    assert view.media_state is MediaState.READY
    assert view.waveform.accessibleDescription().startswith("The file breaks off at 00:0")


def test_a_zoom_that_goes_on_is_drawn_anew_only_where_it_rests(
    qtbot: QtBot, view: TimelineView, recording: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    open_and_wait(qtbot, view, recording)
    lane = view.waveform
    monkeypatch.setattr("annodesk.ui.timeline.sound_lane.ZOOM_LOOK_MS", 1 << 40)
    lane._rest.setInterval(1 << 30)
    asked: list[object] = []
    monkeypatch.setattr(lane._tiles, "ask", lambda level, numbers: asked.append(level))
    for _ in range(10):
        view.state.set_scale(view.state.scale.zoomed(1.1, 45 * SECOND))
        lane.grab()
    assert not asked
    monkeypatch.undo()
    lane._rest.start(0)
    qtbot.waitUntil(lambda: view.is_settled)
    assert lane._last_level == lane._level()


@pytest.mark.parametrize(("start_s", "end_s"), [(35, 60), (20, 80), (0, 100)])
def test_while_a_zoom_is_drawn_the_one_before_is_shown_at_its_own_times(
    qtbot: QtBot, view: TimelineView, recording: Path, start_s: int, end_s: int
) -> None:
    open_and_wait(qtbot, view, recording)
    view.zoom_to(30 * SECOND, 70 * SECOND)
    qtbot.waitUntil(lambda: view.is_settled)
    view.waveform._tiles._is_asking = True  # nothing new is drawn
    view.zoom_to(start_s * SECOND, end_s * SECOND)
    # Clicks are narrower than nine columns.
    loud = np.flatnonzero(np.convolve(wave_heights(view) > 20, np.ones(9), "same") == 9)
    assert loud[0] == pytest.approx(view.state.scale.to_x(40 * SECOND), abs=8)
    assert loud[-1] == pytest.approx(view.state.scale.to_x(50 * SECOND), abs=8)


@pytest.mark.parametrize(("processors", "threads"), [(None, 1), (1, 1), (2, 1), (4, 2), (64, 2)])
def test_peaks_leave_a_processor_to_the_window(
    processors: int | None, threads: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wave_source.os, "cpu_count", lambda: processors)
    assert wave_source.peaks_threads() == threads
