"""Pushing neighbours, rubber bands, snapping with its guide, gaps, and tiers whose times are not their own."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QEvent, Qt

from annodesk.model.annotations import AnnotationSet, Segment
from annodesk.model.schema import LabelSchema, Tier, TierRule
from annodesk.services.editing import EditingSession
from annodesk.ui.timeline.lane_rows import MOST_ROWS, stacked
from annodesk.ui.timeline.view import LaneSpec, TimelineView
from tests.ui.timeline.conftest import END_US, SECOND, Desk, segment, send

pytestmark = pytest.mark.qt
SHIFT, CTRL, ALT = (
    Qt.KeyboardModifier.ShiftModifier,
    Qt.KeyboardModifier.ControlModifier,
    Qt.KeyboardModifier.AltModifier,
)


def test_shift_on_a_free_edge_pushes_the_neighbour_and_stops_before_it_is_gone(desk: Desk) -> None:
    desk.drag(30, 55, keys=SHIFT)
    assert desk.times()[1:] == [pytest.approx((20, 55), abs=0.11), pytest.approx((55, 60), abs=0.11)]
    assert len(desk.drafts) == 1
    desk.drag(desk.times()[1][1], 90)
    assert len(desk.times()) == 3
    desk.view.state.set_pushes(True)
    desk.drag(desk.times()[1][1], 90)
    assert desk.times()[2] == (59.98, 60)
    assert desk.refusals[-1] == "“advert” keeps 20 ms: delete it to go further."
    assert desk.times()[2][0] < desk.times()[2][1]


def test_in_push_mode_a_step_by_key_pushes_too(desk: Desk) -> None:
    desk.click(25)
    desk.view.state.set_pushes(True)
    desk.view.move_playhead(15 * SECOND)
    desk.stage(desk.view.set_edge("start"))
    assert desk.times()[:2] == [(10, 15), (15, 30)]
    desk.session.undo()
    assert len(desk.drafts) == 1


def test_ctrl_and_a_drag_from_an_empty_place_select_what_the_band_meets(desk: Desk) -> None:
    desk.drag(5, 25, keys=CTRL)
    assert desk.view.selection == ("content", {"one", "two"})
    desk.drag(70, 55, keys=CTRL)
    assert desk.view.selection == ("content", {"one", "two", "three"})
    assert not desk.drafts


def test_escape_in_a_rubber_band_gives_the_selection_before_back(desk: Desk) -> None:
    desk.click(55)
    desk.drag(5, 25, keys=CTRL, release=False)
    assert desk.view.selection[1] == {"one", "two", "three"}
    desk.view.abort()
    assert desk.view.selection[1] == {"three"}
    send(desk.view.lanes, QEvent.Type.MouseButtonRelease, desk.point(25), CTRL, held=False)
    assert desk.view.selection[1] == {"three"}


def test_a_guide_says_what_the_edge_has_snapped_to_and_goes_with_the_gesture(desk: Desk) -> None:
    desk.view.snap = True
    desk.view.set_snap_points("cut", [70 * SECOND])
    desk.drag(60, 70.2, release=False)
    assert desk.view.state.guide == (70 * SECOND, "shot cut")
    send(desk.view.lanes, QEvent.Type.MouseMove, desk.point(75), Qt.KeyboardModifier.NoModifier, held=True)
    assert desk.view.state.guide is None
    desk.view.abort()
    desk.drag(60, 70.2)
    assert desk.times()[-1][1] == 70
    assert desk.view.state.guide is None


def test_a_neighbour_and_the_playhead_are_named_too(desk: Desk) -> None:
    desk.view.snap = True
    desk.view.move_playhead(40 * SECOND)
    desk.drag(50, 40.2, release=False)
    assert desk.view.state.guide == (40 * SECOND, "playhead")
    send(desk.view.lanes, QEvent.Type.MouseMove, desk.point(30.2), Qt.KeyboardModifier.NoModifier, held=True)
    assert desk.view.state.guide == (30 * SECOND, "edge on content")
    desk.view.abort()


@pytest.mark.parametrize(("snaps", "keys", "expected"), [(True, ALT, False), (False, ALT, True), (True, CTRL, False)])
def test_alt_turns_snapping_about_and_ctrl_keeps_it_off(
    desk: Desk, snaps: bool, keys: Qt.KeyboardModifier, expected: bool
) -> None:
    desk.view.snap = snaps
    desk.view.set_snap_points("cut", [70 * SECOND])
    desk.drag(60, 70.3, keys=keys)
    assert (desk.times()[-1][1] == 70) is expected


def test_a_gap_is_filled_from_both_sides_as_one_step(desk: Desk) -> None:
    desk.click(55)
    desk.stage(desk.view.fill_gap())
    assert desk.times()[-1] == (30, 100)
    assert len(desk.drafts) == 1


def test_with_nothing_selected_the_gap_at_the_playhead_is_drawn_over(desk: Desk) -> None:
    desk.view.move_playhead(40 * SECOND)
    desk.stage(desk.view.fill_gap())
    assert (30, 50) in desk.times()


def test_gaps_between_selected_segments_are_closed(desk: Desk) -> None:
    desk.view.select_all()
    desk.stage(desk.view.fill_gap())
    assert desk.times() == [(10, 20), (20, 50), (50, 60)]


def test_what_is_selected_moves_by_a_step_until_there_is_no_room(desk: Desk) -> None:
    desk.view.select("content", ["one", "two"])
    desk.stage(desk.view.shift_selection(-SECOND))
    assert desk.times()[:2] == [(9, 19), (19, 29)]
    desk.view.select("content", ["one"])
    assert desk.view.shift_selection(SECOND) is None
    assert desk.refusals == ["There is no room to move on that side."]


def test_all_with_the_label_of_one_are_selected(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(segment("a", 1, 2, "speech"), segment("b", 3, 4, "music"), segment("c", 5, 6, "speech"))
    desk.click(1.5)
    assert desk.view.select_alike() == 2
    assert desk.view.selection[1] == {"a", "c"}


TURN, WORD = Tier("turn"), Tier("word", parent="turn", rule=TierRule.TIME_SUBDIVISION)
NOD = Tier("nod", parent="turn", rule=TierRule.INCLUDED_IN)
GLOSS = Tier("gloss", parent="word", rule=TierRule.SYMBOLIC_ASSOCIATION)


@pytest.fixture
def family(view: TimelineView) -> Desk:
    """A turn of two words, the first with a gloss, and a nod within it."""
    tiers = (TURN, WORD, NOD, GLOSS)
    elements = [
        Segment("t", "turn", 10 * SECOND, 50 * SECOND),
        Segment("w1", "word", 10 * SECOND, 30 * SECOND, parent="t"),
        Segment("w2", "word", 30 * SECOND, 50 * SECOND, parent="t"),
        Segment("n", "nod", 35 * SECOND, 45 * SECOND, parent="t"),
        Segment("g", "gloss", 10 * SECOND, 30 * SECOND, parent="w1"),
    ]
    view.set_lanes([LaneSpec(t.name, t.name, t, "person", True) for t in tiers])
    annotations = AnnotationSet("set", elements=elements)
    numbers = iter(range(1, 1000))
    session = EditingSession(
        LabelSchema(tiers=tiers),
        annotations,
        [],
        device="here",
        device_seq=lambda: next(numbers),
        within=None,
        clock=lambda: END_US,
    )
    for tier in tiers:
        view.set_annotations(tier.name, annotations)
    return Desk(view, session)


def test_the_edge_between_two_that_divide_moves_both(family: Desk) -> None:
    family.drag(30, 20, "word")
    assert family.times("word") == [pytest.approx((10, 20), abs=0.11), pytest.approx((20, 50), abs=0.11)]
    assert family.times("gloss") == [family.times("word")[0]]
    assert family.session.undo().edit is not None
    assert [s.id for s in family.session.annotations.segments("word")] == ["w1", "w2"]
    assert family.session.annotations.segment("g").end_us == 30 * SECOND


def test_a_child_stays_within_its_parent(family: Desk) -> None:
    family.drag(40, 90, "nod")
    assert family.times("nod") == [(40, 50)]
    family.drag(50, 90, "nod")
    assert family.times("nod") == [(40, 50)]


def test_a_whole_family_moves_in_one_step(family: Desk) -> None:
    family.drag(20, 30, "turn")
    moved = family.times("turn")[0][0] - 10
    assert moved == pytest.approx(10, abs=0.11)
    assert family.times("word")[1][0] == family.times("turn")[0][0] + 20
    assert len(family.drafts) == 1


def test_what_takes_its_times_from_elsewhere_says_so(family: Desk) -> None:
    family.drag(20, 30, "gloss")
    assert family.refusals == ["gloss takes its times from word: move them there."]


def test_drawing_without_a_parent_there_says_so(family: Desk) -> None:
    family.drag(60, 70, "nod")
    assert family.refusals == ["nod stands within turn: draw there first."]
    assert len(family.times("nod")) == 1


def test_a_stroke_beside_a_word_gives_its_gloss_the_word_s_times(family: Desk) -> None:
    family.drag(35, 38, "gloss")
    assert family.times("gloss") == [(10, 30), (30, 50)]


def test_a_locked_lane_refuses_the_mouse_and_the_keys_with_a_sentence(desk: Desk) -> None:
    lane = desk.view.state.lanes[0]
    desk.view.set_lanes([LaneSpec(lane.id, lane.title, lane.tier, "person", False, locked=True)])
    desk.drag(55, 65)
    desk.click(55)
    assert desk.view.delete_selection() is None
    assert desk.refusals == ["content is locked: the lock beside its name opens it."] * 2
    assert not desk.drafts


def test_overlapping_segments_are_drawn_and_grabbed_in_rows_of_their_own(make_desk: Callable[..., Desk]) -> None:
    desk = make_desk(
        segment("a", 10, 40, tier="crowd"), segment("b", 20, 60, tier="crowd"), segment("c", 45, 50, tier="crowd")
    )
    lanes = desk.view.lanes
    boxes = [lanes.segment_rect("crowd", desk.session.annotations.segment(i)) for i in "abc"]
    assert not boxes[0].intersects(boxes[1])
    assert boxes[0].top() == boxes[2].top()
    for element_id, box in zip("abc", boxes, strict=True):
        found = lanes.hit(box.center().x(), box.center().y())
        assert found is not None
        assert found.segment is not None
        assert found.segment.id == element_id
    edge = lanes.hit(boxes[0].right(), boxes[0].center().y())
    assert edge is not None
    assert (edge.segment and edge.segment.id, edge.edge) == ("a", "end")


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(1, 40)), max_size=30))
def test_no_two_of_a_row_overlap_until_the_last_row_is_shared(given_places: list[tuple[int, int]]) -> None:
    places = sorted((start, start + length, f"{n}") for n, (start, length) in enumerate(given_places))
    rows, count = stacked(places)
    assert count <= MOST_ROWS
    for row in range(count if count < MOST_ROWS else MOST_ROWS - 1):
        inside = [p for p in places if rows[p[2]] == row]
        assert all(one[1] <= other[0] for one, other in pairwise(inside))
