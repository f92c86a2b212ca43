"""What commands do: each gives one draft or says why not."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from annodesk.ui.timeline.view import LaneSpec

from .conftest import CONTENT, SECOND, Desk, segment

pytestmark = pytest.mark.qt


def test_split_cuts_at_the_playhead_and_selects_the_second_part(desk: Desk) -> None:
    desk.view.move_playhead(14 * SECOND)
    desk.stage(desk.view.split_at_playhead())
    assert desk.times()[:2] == [(10, 14), (14, 20)]
    assert desk.view.selected_segments()[0].start_us == 14 * SECOND


def test_split_outside_any_segment_says_so(desk: Desk) -> None:
    desk.view.move_playhead(40 * SECOND)
    assert desk.view.split_at_playhead() is None
    assert desk.refusals == ["There is no segment to cut here. Put the playhead inside one."]


@pytest.mark.parametrize(("chosen", "direction", "left"), [("one", "next", (10, 30)), ("three", "prev", (20, 60))])
def test_merge_joins_with_the_neighbour(desk: Desk, chosen: str, direction: str, left: tuple[int, int]) -> None:
    desk.view.select("content", [chosen])
    desk.stage(desk.view.merge_with(direction))  # type: ignore[arg-type]
    assert left in desk.times()
    assert len(desk.times()) == 2
    assert len(desk.view.selected_segments()) == 1


def test_merge_joins_all_that_is_selected(desk: Desk) -> None:
    desk.view.select("content", ["one", "two", "three"])
    desk.stage(desk.view.merge_with("next"))
    assert desk.times() == [(10, 60)]


def test_merge_without_a_neighbour_says_so(desk: Desk) -> None:
    desk.view.select("content", ["three"])
    assert desk.view.merge_with("next") is None
    assert "no segment on that side" in desk.refusals[0]


def test_delete_takes_out_what_is_selected(desk: Desk) -> None:
    desk.view.select("content", ["one", "three"])
    desk.stage(desk.view.delete_selection())
    assert desk.times() == [(20, 30)]
    assert desk.view.selection == (None, frozenset())


def test_duplicate_needs_room_before_the_next_segment(desk: Desk) -> None:
    desk.view.select("content", ["one"])
    assert desk.view.duplicate_selection() is None
    desk.view.select("content", ["two"])
    desk.stage(desk.view.duplicate_selection())
    assert desk.times()[2] == (30, 40)


def test_an_edge_is_put_at_the_playhead_but_not_past_the_neighbour(desk: Desk) -> None:
    desk.view.select("content", ["three"])
    desk.view.move_playhead(45 * SECOND)
    desk.stage(desk.view.set_edge("start"))
    assert desk.times()[2] == (45, 60)
    desk.view.move_playhead(5 * SECOND)
    desk.stage(desk.view.set_edge("start"))
    assert desk.times()[2] == (30, 60)


def test_an_edge_put_past_the_other_edge_is_refused(desk: Desk) -> None:
    desk.view.select("content", ["three"])
    desk.view.move_playhead(70 * SECOND)
    assert desk.view.set_edge("start") is None
    assert "needs a length" in desk.refusals[0]


def test_without_a_selection_the_segment_under_the_playhead_is_meant(desk: Desk) -> None:
    desk.view.move_playhead(52 * SECOND)
    desk.stage(desk.view.set_edge("end"))
    assert desk.times()[2] == (50, 52)


def test_nudging_moves_an_edge_by_a_little(desk: Desk) -> None:
    desk.view.select("content", ["three"])
    desk.stage(desk.view.nudge_edge("start", -10_000))
    desk.stage(desk.view.nudge_edge("end", 20_000))
    assert desk.times()[2] == (49.99, 60.02)


def test_drawing_by_key_takes_the_selected_time_or_two_seconds_or_the_gap(desk: Desk) -> None:
    desk.view.move_playhead(49 * SECOND)
    desk.stage(desk.view.draw_here())
    assert desk.times()[2] == (49, 50)
    desk.view.move_playhead(70 * SECOND)
    desk.stage(desk.view.draw_here())
    assert desk.times()[-1] == (70, 72)
    assert desk.view.selected_segments()[0].start_us == 70 * SECOND


def test_drawing_inside_a_segment_is_refused_in_one_sentence(desk: Desk) -> None:
    desk.view.move_playhead(15 * SECOND)
    assert desk.view.draw_here() is None
    assert desk.refusals == ["There is no room for a segment here. Move the playhead to a gap."]


def test_extend_goes_from_the_end_of_the_one_before_to_the_playhead(desk: Desk) -> None:
    desk.view.move_playhead(36 * SECOND)
    desk.stage(desk.view.extend_from_previous())
    assert desk.times()[2] == (30, 36)


def test_next_and_previous_walk_over_all_segments(desk: Desk) -> None:
    ids = []
    while (found := desk.view.next_segment()) is not None:
        ids.append(found.id)
    assert ids == ["one", "two", "three"]
    assert desk.view.playhead_us == 50 * SECOND
    assert [desk.view.previous_segment().id for _ in range(2)] == ["two", "one"]  # type: ignore[union-attr]
    assert desk.view.previous_segment() is None


def test_walking_over_segments_that_start_together_misses_none(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(*[segment(i, 10, 10 + n, "speech", tier="crowd") for n, i in enumerate("abc", 1)])
    desk.view.active_lane = "crowd"
    assert [desk.view.next_segment().id for _ in range(3)] == ["a", "b", "c"]  # type: ignore[union-attr]


def test_a_lane_that_may_not_be_changed_refuses(desk: Desk) -> None:
    desk.view.set_lanes([LaneSpec("content", "content", CONTENT, "suggestion", False)])
    desk.view.select("content", ["one"])
    assert desk.view.delete_selection() is None
    assert desk.refusals == ["content cannot be changed here."]


def test_up_and_down_choose_the_lane_that_keys_act_on(desk: Desk) -> None:
    desk.view.down_tier()
    assert desk.view.active_lane == "events"
    desk.view.move_playhead(5 * SECOND)
    desk.stage(desk.view.draw_here())
    assert desk.times("events") == [(5, 5)]
    desk.view.up_tier()
    desk.view.up_tier()
    assert desk.view.active_lane == "content"


def test_escape_takes_away_the_selected_time_then_the_selection(desk: Desk, qtbot: QtBot) -> None:
    from annodesk.model.times import Interval

    desk.view.select("content", ["one"])
    desk.view.state.set_stretch(Interval(0, SECOND))
    qtbot.keyClick(desk.view, Qt.Key.Key_Escape)
    assert desk.view.stretch is None
    assert desk.view.selection[1] == {"one"}
    qtbot.keyClick(desk.view, Qt.Key.Key_Escape)
    assert desk.view.selection == (None, frozenset())


def test_zoom_back_returns_to_the_view_before(desk: Desk) -> None:
    desk.view.zoom_to(10 * SECOND, 20 * SECOND)
    desk.view.zoom_all()
    assert desk.view.visible_range == (0, 100 * SECOND)
    desk.view.zoom_back()
    start, end = desk.view.visible_range
    assert start == pytest.approx(9.2 * SECOND, rel=0.01)
    assert end == pytest.approx(20.8 * SECOND, rel=0.01)
    desk.view.zoom_back()
    assert desk.view.visible_range == (0, 100 * SECOND)


def test_the_playhead_turns_the_page_while_it_plays_but_not_once_it_is_out_of_sight(desk: Desk) -> None:
    desk.view.zoom_to(10 * SECOND, 20 * SECOND)
    desk.view.move_playhead(20 * SECOND)
    desk.view.follow_playhead(21 * SECOND)
    start, end = desk.view.visible_range
    assert start < 21 * SECOND < end
    desk.view.pan(3)
    away = desk.view.visible_range
    desk.view.follow_playhead(22 * SECOND)
    assert desk.view.visible_range == away


def test_times_beyond_an_hour_are_told_whole(desk: Desk, qtbot: QtBot) -> None:
    desk.view.set_duration(0, 36_000 * SECOND)
    with qtbot.waitSignal(desk.view.playhead_moved) as signal:
        desk.view.move_playhead(35_999_999_999)
    assert signal.args == [35_999_999_999]
