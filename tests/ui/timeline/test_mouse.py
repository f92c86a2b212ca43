"""What the mouse does on the lanes."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.keys import bindings
from annodesk.ui.keys.choice import Choice
from annodesk.ui.timeline.view import LaneSpec

from .conftest import CONTENT, END_US, SECOND, Desk, drag, segment, send

pytestmark = pytest.mark.qt
SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier


def wheel(
    widget: QWidget, where: QPointF, notches: int, keys: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier
) -> None:
    """Turn the wheel, away from the person for positive notches."""
    event = QWheelEvent(
        where, widget.mapToGlobal(where), QPoint(), QPoint(0, 120 * notches), Qt.MouseButton.NoButton, keys,
        Qt.ScrollPhase.NoScrollPhase, False,
    )  # fmt: skip
    QApplication.sendEvent(widget, event)


def test_a_drag_on_an_empty_place_draws_one_segment_and_selects_it(desk: Desk) -> None:
    desk.drag(70, 80)
    assert desk.times()[-1] == pytest.approx((70, 80), abs=0.11)
    assert len(desk.drafts) == 1
    assert desk.view.selection == ("content", frozenset({desk.drafts[0].changes[0].element_id}))


def test_a_drag_backwards_draws_too(desk: Desk) -> None:
    desk.drag(80, 70)
    assert desk.times()[-1] == pytest.approx((70, 80), abs=0.11)


def test_drawing_stops_at_the_neighbours(desk: Desk) -> None:
    desk.drag(40, 70)
    desk.drag(35, 5)
    assert desk.times()[2:4] == [pytest.approx((30, 35), abs=0.11), pytest.approx((40, 50), abs=0.11)]
    assert not desk.refusals


def test_segments_may_overlap_where_the_tier_lets_them(desk: Desk) -> None:
    desk.drag(10, 30, "crowd")
    desk.drag(20.5, 20.5 + 15, "crowd", keys=Qt.KeyboardModifier.NoModifier)
    assert len(desk.times("crowd")) == 1  # the second drag began inside the first, so it moved it
    assert desk.times("crowd")[0] == pytest.approx((25, 45), abs=0.11)


def test_new_segments_get_the_labels_chosen_for_drawing(desk: Desk) -> None:
    desk.view.set_draw_labels(["music", "unknown"])
    desk.drag(70, 80)
    assert desk.session.annotations.segments("content")[-1].labels == ("music",)


def test_dragging_a_body_moves_it_until_the_neighbour(desk: Desk) -> None:
    desk.drag(55, 45)
    assert desk.times()[-1] == pytest.approx((40, 50), abs=0.11)
    desk.drag(45, 5)
    assert desk.times()[-1] == pytest.approx((30, 40), abs=0.11)


def test_several_selected_segments_move_together(desk: Desk) -> None:
    desk.click(15)
    desk.click(25, keys=CTRL)
    desk.drag(25, 35)
    assert desk.times()[:2] == [pytest.approx((20, 30), abs=0.11), pytest.approx((30, 40), abs=0.11)]
    assert len(desk.drafts) == 1


@pytest.mark.parametrize("off_s", [-0.4, 0.0, 0.4])
def test_an_edge_is_grabbed_from_either_side(desk: Desk, off_s: float) -> None:
    desk.drag(60 + off_s, 65 + off_s)
    assert desk.times()[-1] == pytest.approx((50, 65), abs=0.51)
    assert desk.drafts[0].verb == "move edge"


def test_an_edge_stops_at_the_neighbour_and_never_passes_the_other_edge(desk: Desk) -> None:
    desk.drag(50, 5)
    assert desk.times()[-1] == pytest.approx((30, 60), abs=0.01)
    desk.drag(30.2, 90)
    start, end = desk.times()[-1]
    assert end == 60
    assert 0 < end - start < 0.01


def test_shift_drags_the_joint_boundary_of_two_neighbours(desk: Desk) -> None:
    desk.drag(20.2, 25.2, keys=SHIFT)
    assert desk.times()[:2] == [pytest.approx((10, 25), abs=0.51), pytest.approx((25, 30), abs=0.51)]
    assert desk.times()[0][1] == desk.times()[1][0]
    assert len(desk.drafts) == 1


@pytest.mark.parametrize(("to_s", "joint_s", "named"), [(0.5, 10.02, "speech"), (45, 29.98, "music")])
def test_a_joint_boundary_leaves_the_neighbour_a_length_and_says_so(
    desk: Desk, to_s: float, joint_s: float, named: str
) -> None:
    desk.drag(20.2, to_s, keys=SHIFT)
    assert desk.times()[:2] == [(10, joint_s), (joint_s, 30)]
    assert desk.refusals[-1] == f"\u201c{named}\u201d keeps 20 ms: delete it to go further."


def test_a_drag_shows_a_preview_and_changes_nothing_before_it_ends(desk: Desk) -> None:
    desk.drag(55, 65, release=False)
    assert [s.start_us / SECOND for s in desk.view.state.preview] == [pytest.approx(60, abs=0.11)]
    assert desk.times()[-1] == (50, 60)
    assert not desk.drafts


def test_escape_drops_the_gesture(desk: Desk, qtbot: QtBot) -> None:
    desk.drag(55, 65, release=False)
    qtbot.keyClick(desk.view, Qt.Key.Key_Escape)
    assert desk.view.state.preview == ()
    send(desk.view.lanes, QEvent.Type.MouseButtonRelease, desk.point(65), Qt.KeyboardModifier.NoModifier, held=False)
    assert not desk.drafts
    assert desk.times()[-1] == (50, 60)


def test_a_drag_that_comes_back_makes_no_draft(desk: Desk) -> None:
    desk.drag(55, 65, release=False)
    where = desk.point(55)
    send(desk.view.lanes, QEvent.Type.MouseMove, where, Qt.KeyboardModifier.NoModifier, held=True)
    send(desk.view.lanes, QEvent.Type.MouseButtonRelease, where, Qt.KeyboardModifier.NoModifier, held=False)
    assert not desk.drafts


def test_clicks_select_one_toggle_and_range(desk: Desk) -> None:
    desk.click(15)
    assert desk.view.selection[1] == {"one"}
    desk.click(55, keys=SHIFT)
    assert desk.view.selection[1] == {"one", "two", "three"}
    desk.click(25, keys=CTRL)
    assert desk.view.selection[1] == {"one", "three"}
    desk.click(15)
    assert desk.view.selection[1] == {"one"}


def test_a_click_on_an_empty_place_puts_the_playhead_there_and_selects_nothing(desk: Desk) -> None:
    desk.click(15)
    desk.click(75)
    assert desk.view.playhead_us == pytest.approx(75 * SECOND, abs=SECOND // 9)
    assert desk.view.selection == (None, frozenset())


def test_a_double_click_asks_to_play_the_segment(desk: Desk, qtbot: QtBot) -> None:
    with qtbot.waitSignal(desk.view.segment_activated) as signal:
        qtbot.mouseDClick(desk.view.lanes, Qt.MouseButton.LeftButton, pos=desk.point(55).toPoint())
    assert signal.args == ["content", "three"]


def test_a_read_only_lane_is_selected_but_never_changed(desk: Desk) -> None:
    desk.view.set_lanes([LaneSpec("content", "content", CONTENT, "other", False)])
    desk.drag(55, 65)
    desk.drag(70, 80)
    assert not desk.drafts
    assert desk.view.selection[1] == {"three"}


def test_a_point_is_drawn_where_the_button_is_let_go(desk: Desk) -> None:
    desk.drag(30, 33, "events")
    assert desk.times("events") == [pytest.approx((33, 33), abs=0.11)]
    desk.drag(33, 44, "events")
    assert desk.times("events") == [pytest.approx((44, 44), abs=0.11)]


def test_dragged_edges_snap_to_edges_of_other_lanes_and_to_the_playhead(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(segment("a", 10, 20, "speech"), segment("b", 25, 40.3, "music", tier="crowd"))
    desk.view.snap = True
    desk.drag(20, 40)
    assert desk.times()[0] == (10, 40.3)
    desk.view.move_playhead(55_555_555)
    desk.drag(40.3, 55.3)
    assert desk.times()[0] == (10, 55.555555)


def test_control_suspends_snapping(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(segment("a", 10, 20, "speech"), segment("b", 25, 40.3, "music", tier="crowd"))
    desk.view.snap = True
    desk.drag(20, 40, keys=CTRL)
    assert desk.times()[0] == pytest.approx((10, 40), abs=0.11)
    assert desk.times()[0][1] != 40.3


def test_a_drag_on_the_waveform_selects_time(desk: Desk, qtbot: QtBot) -> None:
    wave = desk.view.waveform
    with qtbot.waitSignal(desk.view.stretch_selected) as signal:
        drag(wave, QPointF(wave.x_of(40 * SECOND), 20), QPointF(wave.x_of(45 * SECOND), 20))
    assert signal.args == pytest.approx([40 * SECOND, 45 * SECOND], abs=SECOND // 9)
    assert desk.view.playhead_us == signal.args[0]
    drag(wave, QPointF(wave.x_of(48 * SECOND), 20), QPointF(wave.x_of(48 * SECOND), 20), SHIFT)
    assert desk.view.stretch is not None
    assert desk.view.stretch.end_us == pytest.approx(48 * SECOND, abs=SECOND // 9)
    drag(wave, QPointF(wave.x_of(80 * SECOND), 20), QPointF(wave.x_of(80 * SECOND), 20))
    assert desk.view.stretch is None


def test_the_wheel_zooms_over_the_waveform_and_pans_with_shift(desk: Desk) -> None:
    wave = desk.view.waveform
    where = QPointF(wave.x_of(30 * SECOND), 20)
    for _ in range(5):
        wheel(wave, where, 1)
    assert wave.x_of(30 * SECOND) == pytest.approx(where.x(), abs=1)
    start, end = desk.view.visible_range
    assert end - start < END_US / 3
    wheel(wave, where, -1, SHIFT)
    assert desk.view.visible_range[0] > start


def test_the_wheel_scrolls_and_zooms_with_control_in_presets_that_do_so(desk: Desk) -> None:
    wave = desk.view.waveform
    where = QPoint(wave.width() // 2, wave.height() // 2)
    bindings.current().use(Choice("praat"))
    try:
        wheel(wave, where, 1, CTRL)
        before = desk.view.state.scale
        wheel(wave, where, -1)
        after = desk.view.state.scale
    finally:
        bindings.current().use(Choice())
    assert after.start_us > before.start_us
    assert after.span_us == before.span_us


def test_control_and_the_wheel_zoom_over_the_lanes(desk: Desk) -> None:
    wheel(desk.view.lanes, desk.point(50), 1, CTRL)
    start, end = desk.view.visible_range
    assert end - start < END_US


def test_the_wheel_alone_changes_nothing_over_the_lanes(desk: Desk) -> None:
    wheel(desk.view.lanes, desk.point(55), 1)
    assert desk.view.visible_range == (0, END_US)
    assert not desk.drafts


def test_the_ruler_moves_the_playhead_while_dragged(desk: Desk) -> None:
    ruler = desk.view.ruler
    drag(ruler, QPointF(ruler.x_of(10 * SECOND), 10), QPointF(ruler.x_of(30 * SECOND), 10))
    assert desk.view.playhead_us == pytest.approx(30 * SECOND, abs=SECOND // 9)


def test_a_press_in_the_overview_brings_that_place_into_view(desk: Desk) -> None:
    desk.view.zoom_to(0, 10 * SECOND)
    overview = desk.view.overview
    middle = overview.width() / 2 + desk.view.state.gutter_px / 2
    drag(overview, QPointF(middle, 10), QPointF(middle, 10))
    start, end = desk.view.visible_range
    assert (start + end) / 2 == pytest.approx(END_US / 2, rel=0.02)


def test_the_hover_guide_goes_when_the_view_moves_under_the_pointer(desk: Desk) -> None:
    lanes = desk.view.lanes
    where = QPointF(lanes.x_of(30 * SECOND), 10)
    send(lanes, QEvent.Type.MouseMove, where, Qt.KeyboardModifier.NoModifier, held=False)
    assert desk.view.state.hover_us == pytest.approx(30 * SECOND, abs=200_000)
    desk.view.zoom_to(60 * SECOND, 70 * SECOND)
    assert desk.view.state.hover_us is None
