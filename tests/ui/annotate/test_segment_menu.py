"""The menu under the right button on the lanes, and what a suggestion out of sight does to Y and X."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QContextMenuEvent
from PySide6.QtWidgets import QApplication, QMenu

from tests.ui.annotate.conftest import CTRL, Desk

pytestmark = [
    pytest.mark.qt,
    pytest.mark.qt_log_ignore("This plugin does not support", extend=True),  # popups on the offscreen platform
]
S = 1_000_000


def labels(desk: Desk) -> list[tuple[float, float, str]]:
    return [(s.start_us / S, s.end_us / S, s.label) for s in desk.annotations.segments("content")]


def right_click(desk: Desk, lane_id: str, at_s: float) -> QMenu:
    """Press the right button on a lane; the menu that opened."""
    lanes = desk.workspace.view.timeline.lanes
    top, height = next((top, height) for lane, top, height in lanes.lane_tops() if lane.id == lane_id)
    where = QPoint(round(lanes.x_of(round(at_s * S))), top + height // 2)
    event = QContextMenuEvent(QContextMenuEvent.Reason.Mouse, where, lanes.mapToGlobal(where))
    QApplication.sendEvent(lanes, event)
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(desk: Desk, menu: QMenu, words: str) -> None:
    """Press an entry."""
    entry = next(action for action in menu.actions() if action.text().split("\t")[0] == words)
    assert entry.isEnabled()
    desk.qtbot.mouseClick(menu, Qt.MouseButton.LeftButton, pos=menu.actionGeometry(entry).center())
    desk.window.activateWindow()
    desk.settle()


@pytest.fixture
def drawn(desk: Desk) -> Desk:
    """A desk with speech from 0 to 9 and music from 9 to 20 seconds."""
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    assert labels(desk) == [(0, 9, "music"), (9, 20, "speech")]
    return desk


def test_a_segment_is_copied_and_pasted_where_the_right_button_was_pressed(drawn: Desk) -> None:
    choose(drawn, right_click(drawn, "content", 5), "Copy")
    choose(drawn, right_click(drawn, "content", 25), "Paste here")
    assert labels(drawn)[-1] == (pytest.approx(25, abs=0.2), pytest.approx(34, abs=0.2), "music")


def test_a_segment_is_split_where_the_right_button_was_pressed(drawn: Desk) -> None:
    choose(drawn, right_click(drawn, "content", 15), "Split here")
    found = labels(drawn)
    assert [label for _, _, label in found] == ["music", "speech", "speech"]
    assert found[1][1] == found[2][0] == pytest.approx(15, abs=0.2)
    assert drawn.workspace.view.timeline.hasFocus()


def test_segments_are_merged_by_the_mouse_alone(drawn: Desk) -> None:
    choose(drawn, right_click(drawn, "content", 4), "Merge with the next")
    assert labels(drawn) == [(0, 20, "music")]


def test_a_segment_is_relabelled_and_deleted_by_the_mouse_alone(drawn: Desk) -> None:
    choose(drawn, right_click(drawn, "content", 15), "advert")
    assert labels(drawn)[1] == (9, 20, "advert")
    choose(drawn, right_click(drawn, "content", 15), "Delete")
    assert labels(drawn) == [(0, 9, "music")]


def test_a_suggestion_is_taken_or_rejected_by_the_mouse_alone(desk: Desk) -> None:
    choose(desk, right_click(desk, "model:content", 4), "Take")
    assert labels(desk) == [(0, 9, "music")]
    choose(desk, right_click(desk, "model:content", 15), "Reject")
    assert labels(desk) == [(0, 9, "music")]
    assert len(desk.workspace.view.pending.segments()) == 3


def test_an_empty_place_offers_to_draw_there(desk: Desk) -> None:
    choose(desk, right_click(desk, "content", 30), "Draw here")
    start, end, _ = labels(desk)[0]
    assert start == pytest.approx(30, abs=0.2)
    assert end - start == pytest.approx(2, abs=0.01)


def test_nothing_is_offered_that_a_submitted_task_would_refuse(drawn: Desk) -> None:
    drawn.workspace.view.lock("It is submitted.")
    menu = right_click(drawn, "content", 4)
    assert [action.text() for action in menu.actions() if not action.isSeparator()] == ["Play"]
    menu.close()


def test_a_suggestion_out_of_sight_is_shown_before_it_can_be_taken(desk: Desk) -> None:
    timeline = desk.workspace.view.timeline
    timeline.zoom_to(28 * S, 32 * S)
    desk.press(Qt.Key.Key_Y)
    assert labels(desk) == []
    assert timeline.visible_range[0] <= 0 < timeline.visible_range[1]
    desk.press(Qt.Key.Key_Y)
    assert labels(desk) == [(0, 9, "music")]
    desk.press(Qt.Key.Key_Z, CTRL)
    assert labels(desk) == []
