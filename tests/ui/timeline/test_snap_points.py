"""Edges snap to what the timeline is told to be worth it, such as shot cuts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from annodesk.ui.timeline.view import TimelineView
from tests.ui.timeline.conftest import SECOND, Desk, segment


def test_a_dragged_edge_snaps_to_a_cut_near_it(make_desk: Callable[..., Desk], view: TimelineView) -> None:
    desk = make_desk(segment("one", 10, 20, "speech"))
    view.snap = True
    view.set_snap_points("cut", [33_217_000, 71_000_000])
    desk.drag(20, 33)
    assert desk.times() == [(10.0, 33.217)]


def test_without_the_cuts_the_edge_stays_where_it_was_dropped(
    make_desk: Callable[..., Desk], view: TimelineView
) -> None:
    desk = make_desk(segment("one", 10, 20, "speech"))
    view.snap = True
    view.set_snap_points("cut", [33_217_000])
    view.set_snap_points("cut", ())
    desk.drag(20, 33)
    assert abs(desk.times()[0][1] - 33) < 0.11
    assert desk.times()[0][1] != 33.217


def test_snap_points_are_sorted_and_within_reach(view: TimelineView) -> None:
    view.set_snap_points("cut", [5 * SECOND, 1 * SECOND, 5 * SECOND])
    view.set_snap_points("frame", np.arange(0, 3 * SECOND, 40_000))
    assert view.state.snap_points["cut"].tolist() == [SECOND, 5 * SECOND]
    assert view.state.snap_points_near(990_000, 20_000) == [1_000_000]
    assert view.state.snap_points_near(4 * SECOND, 20_000) == []


def test_an_edge_dropped_anywhere_lies_on_a_frame(make_desk: Callable[..., Desk], view: TimelineView) -> None:
    desk = make_desk(segment("one", 10, 20, "speech"))
    view.snap = True
    view.set_snap_points("frame", np.arange(0, 100 * SECOND + 1, 41_700))
    desk.drag(20, 33.02)
    assert round(desk.times()[0][1] * SECOND) % 41_700 == 0


def test_a_cut_is_preferred_to_the_frame_beside_it(make_desk: Callable[..., Desk], view: TimelineView) -> None:
    desk = make_desk(segment("one", 10, 20, "speech"))
    view.snap = True
    view.set_snap_points("frame", np.arange(0, 100 * SECOND + 1, 40_000))
    view.set_snap_points("cut", [33_200_000])
    desk.drag(20, 33)
    assert desk.times()[0][1] == 33.2


def test_cuts_are_thin_marks_on_the_ruler(view: TimelineView) -> None:
    before = view.ruler.grab().toImage()
    view.set_snap_points("cut", [50 * SECOND])
    after = view.ruler.grab().toImage()
    x, y = round(view.ruler.x_of(50 * SECOND)), view.ruler.height() - 4
    assert before.pixelColor(x, y) != after.pixelColor(x, y)
    assert before.pixelColor(x + 12, y) == after.pixelColor(x + 12, y)
