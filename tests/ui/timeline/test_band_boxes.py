"""Bands on the spectrogram: a drag selects one, a segment keeps it, its box is dragged by edges."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PySide6.QtCore import QPointF, Qt
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import Segment
from annodesk.ui.timeline.frequency import parse_band
from annodesk.ui.timeline.view import TimelineView
from tests.ui.timeline.conftest import SECOND, Desk, drag, segment

pytestmark = pytest.mark.qt
CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def noisy(qtbot: QtBot, view: TimelineView, tmp_path: Path) -> TimelineView:
    """A timeline with 100 s of noise at 16 kHz and its spectrogram."""
    noise = np.random.default_rng(1).standard_normal(100 * 16000) * 0.1
    soundfile.write(tmp_path / "noise.wav", noise, 16000)
    view.set_media(tmp_path / "noise.wav")
    view.show_spectrogram(True)
    view.resize(view.width(), 620)
    qtbot.waitUntil(lambda: view.is_settled, timeout=20_000)
    return view


def place(view: TimelineView, seconds: float, hz: float) -> QPointF:
    lane = view.spectrogram
    return QPointF(lane.x_of(seconds * SECOND), lane.axis.row_of(hz, lane.height()))


def banded(element_id: str, start_s: float, end_s: float, low: float | None, high: float | None) -> Segment:
    from msgspec.structs import replace

    return replace(segment(element_id, start_s, end_s, "speech", tier="crowd"), low_hz=low, high_hz=high)


def test_a_drag_with_ctrl_selects_a_time_and_a_band_which_the_segment_drawn_keeps(
    noisy: TimelineView, make_desk: Callable[..., Desk]
) -> None:
    desk = make_desk()
    drag(noisy.spectrogram, place(noisy, 40, 1000), place(noisy, 60, 4000), CTRL)
    assert noisy.stretch is not None
    assert noisy.bands.hz == (pytest.approx(1000, rel=0.05), pytest.approx(4000, rel=0.05))
    noisy.active_lane = "crowd"
    desk.stage(noisy.draw_here())
    (made,) = desk.session.annotations.segments("crowd")
    assert (made.low_hz, made.high_hz) == (pytest.approx(1000, rel=0.05), pytest.approx(4000, rel=0.05))
    assert (made.start_us / SECOND, made.end_us / SECOND) == (pytest.approx(40, abs=0.2), pytest.approx(60, abs=0.2))
    assert noisy.bands.hz == (made.low_hz, made.high_hz)  # it is selected


def test_a_plain_drag_selects_time_alone_unless_boxes_are_wanted(noisy: TimelineView) -> None:
    from msgspec.structs import replace

    drag(noisy.spectrogram, place(noisy, 40, 1000), place(noisy, 60, 4000))
    assert noisy.stretch is not None
    assert noisy.bands.hz is None
    noisy.state.set_look(replace(noisy.state.look, boxes=True))
    drag(noisy.spectrogram, place(noisy, 40, 1000), place(noisy, 60, 4000))
    assert noisy.bands.hz is not None
    drag(noisy.waveform, QPointF(300, 20), QPointF(500, 20))
    assert noisy.bands.hz is None


def test_escape_drops_the_box_being_dragged(noisy: TimelineView, make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(banded("one", 20, 40, 500, 3000))
    drag(noisy.spectrogram, place(noisy, 50, 1000), place(noisy, 60, 4000), CTRL, release=False)
    assert noisy.abort()
    assert (noisy.stretch, noisy.bands.hz) == (None, None)
    drag(noisy.spectrogram, place(noisy, 30, 3000), place(noisy, 30, 5000), release=False)
    assert noisy.state.preview
    assert noisy.abort()
    drag(noisy.spectrogram, place(noisy, 80, 3000), place(noisy, 80, 3000))
    assert not noisy.state.preview
    assert desk.drafts == []


@pytest.mark.parametrize(
    ("grabbed", "to", "changed"),
    [
        ((30, 3000), (30, 6000), {"high_hz": 6000}),
        ((30, 500), (30, 1200), {"low_hz": 1200}),
        ((20, 1200), (10, 1200), {"start_us": 10 * SECOND}),
        ((40, 1200), (50, 1200), {"end_us": 50 * SECOND}),
        ((40, 3000), (50, 6000), {"end_us": 50 * SECOND, "high_hz": 6000}),
        ((30, 3000), (30, 100), {"high_hz": 501}),
    ],
)
def test_edges_of_a_box_are_dragged_and_nothing_else_moves(
    noisy: TimelineView,
    make_desk: Callable[..., Desk],
    grabbed: tuple[float, float],
    to: tuple[float, float],
    changed: dict[str, float],
) -> None:
    desk = make_desk(banded("one", 20, 40, 500, 3000))
    drag(noisy.spectrogram, place(noisy, *grabbed), place(noisy, *to))
    after = desk.session.annotations.segment("one")
    before = {"start_us": 20 * SECOND, "end_us": 40 * SECOND, "low_hz": 500.0, "high_hz": 3000.0}
    for name, was in before.items():
        wanted = changed.get(name)
        found = getattr(after, name)
        assert found == was if wanted is None else found == pytest.approx(wanted, rel=0.04)
    assert len(desk.drafts) == 1
    assert noisy.selection == ("crowd", frozenset({"one"}))
    desk.session.undo()
    assert desk.session.annotations.segment("one").high_hz == 3000


def test_a_click_in_a_box_selects_its_segment(noisy: TimelineView, make_desk: Callable[..., Desk]) -> None:
    make_desk(banded("one", 20, 40, 500, 3000), banded("two", 60, 80, None, 1000))
    where = place(noisy, 30, 1200)
    drag(noisy.spectrogram, where, where)
    assert noisy.selection == ("crowd", frozenset({"one"}))
    where = place(noisy, 70, 300)
    drag(noisy.spectrogram, where, where)
    assert noisy.selection == ("crowd", frozenset({"two"}))
    assert noisy.bands.hz == (0.0, 1000)


def test_the_edge_of_a_box_stops_at_the_neighbour_where_nothing_may_overlap(
    noisy: TimelineView, make_desk: Callable[..., Desk]
) -> None:
    from msgspec.structs import replace

    one = replace(segment("one", 20, 40, "speech"), low_hz=500.0, high_hz=3000.0)
    desk = make_desk(one, segment("two", 45, 60, "music"))
    drag(noisy.spectrogram, place(noisy, 40, 1200), place(noisy, 55, 1200))
    assert desk.session.annotations.segment("one").end_us == 45 * SECOND


def test_the_selected_band_can_fill_the_lane_and_give_it_back(noisy: TimelineView) -> None:
    drag(noisy.spectrogram, place(noisy, 40, 1000), place(noisy, 60, 4000), CTRL)
    noisy.bands.fit()
    axis = noisy.spectrogram.axis
    assert axis.low_hz < 1000 * 1.05
    assert 4000 * 0.95 < axis.high_hz < 5000
    noisy.bands.fit()
    assert (noisy.spectrogram.axis.low_hz, noisy.spectrogram.axis.high_hz) == (0, 8000)


def test_a_band_is_typed_for_the_selected_segment_and_a_fault_is_said(
    qtbot: QtBot, noisy: TimelineView, make_desk: Callable[..., Desk]
) -> None:
    desk = make_desk(banded("one", 20, 40, None, None))
    noisy.bands.ask()
    assert desk.refusals
    noisy.select("crowd", ["one"])
    noisy.bands.ask()
    field = noisy.bands.dialog.field
    qtbot.keyClicks(field, "3k-1k")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    assert "below" in noisy.bands.dialog.fault.text()
    field.clear()
    qtbot.keyClicks(field, "1.2k - 3400 Hz")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    found = desk.session.annotations.segment("one")
    assert (found.low_hz, found.high_hz) == (1200, 3400)
    noisy.bands.ask()
    assert noisy.bands.dialog.field.text() == "1.2k-3.4k"
    noisy.bands.dialog.field.clear()
    qtbot.keyClick(noisy.bands.dialog.field, Qt.Key.Key_Return)
    assert desk.session.annotations.segment("one").low_hz is None


@pytest.mark.parametrize(
    ("text", "band"),
    [
        ("", (None, None)),
        ("500-", (500, None)),
        ("- 8k", (None, 8000)),
        ("1,5 kHz to 2000", (1500, 2000)),
        ("20\N{EN DASH}40 hz", (20, 40)),
    ],
)
def test_a_band_is_read_as_people_write_it(text: str, band: tuple[float | None, float | None]) -> None:
    assert parse_band(text) == band


@pytest.mark.parametrize("text", ["1000", "a-b", "1-2-3", "5-5", "-5k-3k"])
def test_what_is_no_band_is_told_in_a_sentence(text: str) -> None:
    with pytest.raises(ValueError, match=r"\.$"):
        parse_band(text)
