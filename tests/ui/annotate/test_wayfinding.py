"""Finding one's way in a task by keys: search, times, bookmarks, comments, and going on where one was."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from PySide6.QtCore import QPointF, Qt

from annodesk.ui.annotate.table import COLUMNS
from annodesk.ui.parts import settings
from annodesk.ui.timeline.lanes import Flag
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.filmed import STEADY, make_filmed
from tests.ui.made import PROJECT, make_recording
from tests.ui.timeline.conftest import drag

pytestmark = pytest.mark.qt

S = 1_000_000
ALT = Qt.KeyboardModifier.AltModifier
Opener = Callable[..., Desk]


@pytest.fixture
def taken(desk: Desk) -> Desk:
    """All five suggestions taken one by one: music, speech, advert, speech, music."""
    for _ in range(5):
        desk.press(Qt.Key.Key_Y)
    desk.settle()
    assert len(desk.annotations.segments("content")) == 5
    return desk


def shown_labels(desk: Desk) -> list[str]:
    rows = desk.workspace.view.table.rows
    return [rows.index(row, COLUMNS.index("label")).data() for row in range(rows.rowCount())]


def go_to(desk: Desk, text: str) -> None:
    desk.press(Qt.Key.Key_G, CTRL)
    desk.type(text)
    desk.press(Qt.Key.Key_Return)


# The search


def test_what_is_found_is_listed_and_gone_through_by_keys(taken: Desk) -> None:
    view = taken.workspace.view
    taken.press(Qt.Key.Key_F, CTRL)
    taken.type("label:speech")
    assert shown_labels(taken) == ["speech", "speech"]
    assert view.find.says.text() == "2 found"
    taken.press(Qt.Key.Key_Return)
    assert view.selected_segments()[0].start_us == 9 * S
    assert view.find.says.text() == "1 of 2"
    taken.press(Qt.Key.Key_Tab)
    assert view.timeline.hasFocus()
    taken.press(Qt.Key.Key_F3)
    assert view.selected_segments()[0].start_us == 27 * S
    taken.press(Qt.Key.Key_F3, SHIFT)
    assert view.timeline.playhead_us == 9 * S


def test_everything_found_is_relabelled_as_one_step(taken: Desk) -> None:
    taken.press(Qt.Key.Key_F, CTRL)
    taken.type("label:music")
    taken.press(Qt.Key.Key_Return, ALT)
    taken.press(Qt.Key.Key_5)
    assert [s.label for s in taken.annotations.segments("content")] == ["noise", "speech", "advert", "speech", "noise"]
    taken.press(Qt.Key.Key_Z, CTRL)
    assert [s.label for s in taken.annotations.segments("content")] == ["music", "speech", "advert", "speech", "music"]


def test_escape_ends_the_search_and_everything_is_listed_again(taken: Desk) -> None:
    view = taken.workspace.view
    taken.press(Qt.Key.Key_F, CTRL)
    taken.type("p<0.8")
    assert shown_labels(taken) == ["advert"]
    taken.press(Qt.Key.Key_Escape)
    assert len(shown_labels(taken)) == 5
    assert view.find.isHidden()
    assert view.timeline.hasFocus()


def test_a_search_that_makes_no_sense_says_so_and_keeps_what_was_found(taken: Desk) -> None:
    taken.press(Qt.Key.Key_F, CTRL)
    taken.workspace.view.find.field.setText("label:speech")
    taken.workspace.view.find.field.setText("label:speech has:wings")
    assert "wings" in taken.workspace.view.find.says.text()
    assert shown_labels(taken) == ["speech", "speech"]


def test_labels_typed_into_the_search_label_nothing(taken: Desk) -> None:
    before = taken.annotations
    taken.press(Qt.Key.Key_F, CTRL)
    taken.type("1 2 3 y x")
    assert taken.annotations is before


def test_what_is_found_follows_the_set(taken: Desk) -> None:
    taken.press(Qt.Key.Key_F, CTRL)
    taken.type("no:label")
    assert shown_labels(taken) == []
    assert taken.workspace.view.find.says.text() == "nothing found"
    taken.press(Qt.Key.Key_Tab)
    go_to(taken, "3 s")
    taken.press(Qt.Key.Key_S)
    taken.workspace.view.find.field.setText("<=4s")
    assert shown_labels(taken) == ["music", "music"]


def test_the_table_scrolls_to_what_comes_into_view(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Y, SHIFT)
    for at in (1, 2, 3, 4, 5, 6, 7, 8):
        go_to(desk, f"{at} s")
        desk.press(Qt.Key.Key_S)
    view = desk.workspace.view
    view.timeline.select(None, ())
    view.table.scrollToTop()
    view.timeline.zoom_to(37 * S, 39 * S)
    rows = view.table.rows.segments
    assert view.table.rowAt(view.table.viewport().height() - 1) in (-1, len(rows) - 1)
    view.timeline.zoom_to(1 * S, 2 * S)
    assert view.table.rowAt(0) in (0, 1)


# Times


@pytest.mark.parametrize(("text", "at_us"), [("12.5 s", 12_500_000), ("0:07", 7 * S), ("8000 samples", S)])
def test_a_time_that_is_typed_is_gone_to(desk: Desk, text: str, at_us: int) -> None:
    go_to(desk, text)
    assert desk.workspace.view.timeline.playhead_us == at_us
    assert desk.workspace.view.timeline.hasFocus()


def test_a_relative_time_counts_from_the_playhead(desk: Desk) -> None:
    go_to(desk, "10 s")
    go_to(desk, "-2.5 s")
    assert desk.workspace.view.timeline.playhead_us == 7_500_000


@pytest.mark.parametrize("text", ["soon", "3 frames", "00:00:01:00", "99 s"])
def test_what_is_no_time_here_stays_in_the_field_with_a_sentence(desk: Desk, text: str) -> None:
    go_to(desk, "5 s")
    go_to(desk, text)
    field = desk.workspace.ways.goto
    assert field.isVisible()
    assert field.says.property("role") == "bad"
    desk.press(Qt.Key.Key_Escape)
    assert not field.isVisible()
    assert desk.workspace.view.timeline.playhead_us == 5 * S
    assert desk.workspace.view.timeline.hasFocus()


def test_times_are_written_in_the_unit_chosen_also_next_time(taken: Desk, open_desk: Opener) -> None:
    view = taken.workspace.view
    go_to(taken, "1.5 s")
    seen = []
    for _ in range(4):
        taken.press(Qt.Key.Key_G, CTRL | SHIFT)
        seen.append(view.bar.time.text())
    assert seen == ["1.500 s", "1500 ms", "12000", "00:00:01.500"]
    taken.press(Qt.Key.Key_G, CTRL | SHIFT)
    assert view.table.rows.index(1, COLUMNS.index("start")).data() == "9.000 s"
    try:
        again = open_desk(items=1)
        assert again.workspace.view.bar.time.text() == "0.000 s"
    finally:
        settings().remove("annotate/time-unit")


def test_the_times_of_a_segment_are_typed_from_the_keyboard(taken: Desk) -> None:
    view = taken.workspace.view
    view.timeline.select("content", [taken.annotations.segments("content")[4].id])
    taken.press(Qt.Key.Key_F2, SHIFT)
    taken.type("+1 s")
    taken.press(Qt.Key.Key_Tab)
    taken.type("38.5 s")
    taken.press(Qt.Key.Key_Return)
    taken.qtbot.waitUntil(view.timeline.hasFocus)
    last = taken.annotations.segments("content")[4]
    assert (last.start_us, last.end_us) == (37 * S, 38_500_000)
    taken.press(Qt.Key.Key_F2, SHIFT)
    taken.press(Qt.Key.Key_Tab)
    taken.press(Qt.Key.Key_Tab)
    taken.type("0,25")
    taken.press(Qt.Key.Key_Return)
    taken.qtbot.waitUntil(view.timeline.hasFocus)
    assert taken.annotations.segments("content")[4].end_us == 37_250_000


def test_a_typed_edge_is_stopped_by_its_neighbour_and_says_so(taken: Desk) -> None:
    view = taken.workspace.view
    said: list[str] = []
    view.said.connect(said.append)
    view.timeline.select("content", [taken.annotations.segments("content")[1].id])
    taken.press(Qt.Key.Key_F2, SHIFT)
    taken.type("1 s")
    taken.press(Qt.Key.Key_Return)
    taken.qtbot.waitUntil(view.timeline.hasFocus)
    assert "stopped at 00:00:09.000" in said[-1]
    assert taken.annotations.segments("content")[1].start_us == 9 * S
    taken.press(Qt.Key.Key_F2, SHIFT)
    taken.press(Qt.Key.Key_Tab)
    taken.type("8 s")
    taken.press(Qt.Key.Key_Return)
    taken.qtbot.waitUntil(view.timeline.hasFocus)
    assert "needs a length" in said[-1]


# Bookmarks and comments


def test_bookmarks_are_set_visited_and_taken_away_by_keys(desk: Desk) -> None:
    view = desk.workspace.view
    for text in ("5 s", "20 s"):
        go_to(desk, text)
        desk.press(Qt.Key.Key_F3, CTRL)
        desk.settle()
    assert [f.time_us for f in view.timeline.state.flags] == [5 * S, 20 * S]
    desk.press(Qt.Key.Key_Home)
    desk.press(Qt.Key.Key_F4)
    assert view.timeline.playhead_us == 5 * S
    desk.press(Qt.Key.Key_F4, SHIFT)
    assert view.timeline.playhead_us == 20 * S
    desk.press(Qt.Key.Key_F3, CTRL)
    desk.settle()
    assert [f.time_us for f in view.timeline.state.flags] == [5 * S]


def test_bookmarks_are_there_again_and_only_for_their_owner(desk: Desk, open_desk: Opener) -> None:
    go_to(desk, "5 s")
    desk.press(Qt.Key.Key_F3, CTRL)
    desk.settle()
    desk.close()
    again = open_desk(made=desk.made)
    assert again.workspace.view.timeline.state.flags == (Flag(5 * S, "bookmark"),)
    again.close()
    other = open_desk(made=desk.made, person="Ben")
    assert other.workspace.view.timeline.state.flags == ()


def test_a_comment_on_a_segment_moves_with_it_and_is_found(taken: Desk) -> None:
    view = taken.workspace.view
    view.timeline.select("content", [taken.annotations.segments("content")[4].id])
    taken.press(Qt.Key.Key_M, CTRL | SHIFT)
    taken.type("is this the outro?")
    taken.press(Qt.Key.Key_Return)
    taken.settle()
    assert [(f.time_us, f.kind) for f in view.timeline.state.flags] == [(36 * S, "comment")]
    taken.press(Qt.Key.Key_F, CTRL)
    taken.type("has:comment")
    assert [s.start_us for s in view.found] == [36 * S]


# Going on


def test_a_task_is_opened_again_exactly_where_it_was_left(taken: Desk, open_desk: Opener) -> None:
    taken.workspace.step_task(1)
    taken.settle()
    view = taken.workspace.view
    assert view.work is not None
    task, title = view.work.task.id, taken.workspace.title()
    taken.press(Qt.Key.Key_Y)
    go_to(taken, "12.345 s")
    taken.press(Qt.Key.Key_Down)
    for _ in range(6):
        taken.press(Qt.Key.Key_Equal, CTRL)
    view.timeline.select("content", [taken.annotations.segments("content")[0].id])
    view.timeline.active_lane = "events"
    scale = view.timeline.state.scale
    left = (view.timeline.playhead_us, view.timeline.selection, view.timeline.active_lane)
    taken.close()
    again = open_desk(made=taken.made)
    shown = again.workspace.view.timeline
    assert again.workspace.view.work is not None
    assert (again.workspace.view.work.task.id, again.workspace.title()) == (task, title)
    assert (shown.playhead_us, shown.selection, shown.active_lane) == left
    assert (shown.state.scale.start_us, shown.state.scale.us_per_px) == (scale.start_us, scale.us_per_px)


def test_a_long_task_begins_with_a_stretch_to_work_in_and_is_opened_again_where_it_was_left(
    open_desk: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.ui.made.make_recording", partial(make_recording, seconds=200))
    desk = open_desk()
    timeline = desk.workspace.view.timeline
    start, end = timeline.visible_range
    assert start == timeline.playhead_us == 0
    assert end == pytest.approx(30 * S, abs=0.1 * S)
    desk.press(Qt.Key.Key_Equal, CTRL)
    left = timeline.visible_range
    desk.close()
    again = open_desk(made=desk.made).workspace.view.timeline
    assert again.visible_range == left


def test_a_task_short_enough_to_be_worked_on_as_a_whole_begins_so(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    assert timeline.visible_range == (0, timeline.limits.end_us)


def test_a_place_that_makes_no_sense_is_left_alone(desk: Desk, open_desk: Opener) -> None:
    task = desk.workspace.view.work.task.id if desk.workspace.view.work is not None else ""
    desk.close()
    for nonsense in (
        "[]",
        "{",
        f'{{"{desk.made.ann_id}/{task}": {{"playhead_us": 1, "start_us": 2, "us_per_px": NaN}}}}',
    ):
        settings().setValue("annotate/places", nonsense)
        again = open_desk(made=desk.made)
        assert again.workspace.view.timeline.visible_range[0] == 0
        again.close()


# Context


def test_context_is_seen_and_heard_but_not_changed(open_desk: Opener) -> None:
    toml = PROJECT.replace("[workflow]", "[workflow]\ntask_seconds = 20\ncontext_seconds = 5")
    desk = open_desk(items=1, toml=toml, with_model=False)
    desk.workspace.step_task(1)
    desk.settle()
    view = desk.workspace.view
    assert view.work is not None
    assert (view.work.task.start_us, view.timeline.limits.start_us, view.timeline.limits.end_us) == (
        20 * S,
        15 * S,
        40 * S,
    )
    assert view.timeline.visible_range[0] == 20 * S
    said: list[str] = []
    view.said.connect(said.append)
    go_to(desk, "17 s")
    assert view.timeline.playhead_us == 17 * S
    desk.press(Qt.Key.Key_N)
    assert len(desk.annotations) == 0
    assert said[-1]
    lanes = view.timeline.lanes
    top, height = lanes.lane_tops()[0][1:]
    drag(lanes, QPointF(lanes.x_of(16 * S), top + height / 2), QPointF(lanes.x_of(19 * S), top + height / 2))
    assert len(desk.annotations) == 0


# Frames


@pytest.fixture
def filmed(open_desk: Opener, tmp_path: Path) -> Desk:
    """A video of ten seconds at 25 frames a second."""
    return open_desk(made=make_filmed(tmp_path / "film", {"talk.mp4": STEADY}))


@pytest.mark.parametrize(("text", "frame"), [("60 f", 60), ("00:00:02:10", 60), ("+5 f", 5), ("2.4 s", 60)])
def test_a_frame_that_is_typed_is_the_one_on_the_screen(filmed: Desk, text: str, frame: int) -> None:
    go_to(filmed, text)
    filmed.settle()
    assert filmed.workspace.view.timeline.playhead_us == frame * 40_000
    assert filmed.workspace.view.video.numbers() == [frame]


def test_times_of_a_film_are_read_as_frames_and_time_code(filmed: Desk) -> None:
    go_to(filmed, "2.4 s")
    seen = []
    try:
        for _ in range(5):
            filmed.press(Qt.Key.Key_G, CTRL | SHIFT)
            seen.append(filmed.workspace.view.bar.time.text())
    finally:
        settings().remove("annotate/time-unit")
    assert seen[-2:] == ["60 f", "00:00:02:10"]
