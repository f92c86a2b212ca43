"""What of a task was played: kept, shown, and asked about before the task is handed in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication

from annodesk.model.times import Interval
from tests.ui.annotate.conftest import CTRL, Desk

pytestmark = pytest.mark.qt

S = 1_000_000
Opener = Callable[..., Desk]


def finish(desk: Desk, *heard: tuple[int, int]) -> None:
    """Answer all that is required, having played these seconds."""
    view = desk.workspace.view
    view.timeline.state.set_stretch(view.timeline.state.bounds)
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_Q)
    for start, end in heard:
        view.transport.heard.emit(start * S, end * S)


def test_what_was_played_is_shown_again_after_a_restart(open_desk: Opener) -> None:
    desk = open_desk()
    desk.press(Qt.Key.Key_Space)
    view = desk.workspace.view
    desk.qtbot.waitUntil(lambda: view.transport.position_us > 300_000)
    desk.press(Qt.Key.Key_Space)
    (played,) = view.timeline.heard
    assert played.start_us == 0
    assert played.end_us == view.transport.position_us
    desk.close()
    again = open_desk(made=desk.made)
    assert again.workspace.view.timeline.heard == (played,)


def test_submitting_says_how_much_was_not_played_and_goes_to_the_first_of_it(desk: Desk) -> None:
    finish(desk, (0, 10), (15, 30))
    desk.press(Qt.Key.Key_Return, CTRL)
    dialog, view = desk.workspace.listening.dialog, desk.workspace.view
    assert dialog is not None
    assert dialog.sentence == "15 s of 40 s have not been played, in 2 places, the first from 00:00:10."
    assert view.timeline.playhead_us == 10 * S
    desk.qtbot.keyClick(dialog, Qt.Key.Key_Return)
    assert view.transport.is_playing
    assert view.can_change


def test_submit_anyway_hands_it_in(desk: Desk) -> None:
    first = desk.workspace.title()
    finish(desk)
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.qtbot.keyClick(desk.workspace.listening.dialog, Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.window.notices.seen[-1].sentence == f"Submitted: {first}"


def test_a_held_key_does_not_submit_what_was_not_played(desk: Desk) -> None:
    finish(desk)
    desk.press(Qt.Key.Key_Return, CTRL)
    dialog = desk.workspace.listening.dialog
    assert dialog is not None
    held = QKeyEvent(QEvent.Type.KeyPress, Qt.Key.Key_Return, CTRL, "\r", True)
    QApplication.sendEvent(dialog, held)
    assert dialog.isVisible()


def test_escape_goes_back_to_work_and_the_next_time_it_is_asked_again(desk: Desk) -> None:
    finish(desk)
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.qtbot.keyClick(desk.workspace.listening.dialog, Qt.Key.Key_Escape)
    view = desk.workspace.view
    assert desk.workspace.listening.dialog is None
    assert view.can_change
    desk.qtbot.waitUntil(desk.window.isActiveWindow)
    assert view.timeline.hasFocus()
    desk.press(Qt.Key.Key_Return, CTRL)
    assert desk.workspace.listening.dialog is not None


def test_what_was_played_whole_is_handed_in_without_a_question(desk: Desk) -> None:
    finish(desk, (0, 20), (20, 40))
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.window.notices.seen[-1].sentence.startswith("Submitted")


def test_what_lies_around_the_task_does_not_count(desk: Desk) -> None:
    desk.workspace.view.transport.heard.emit(-5 * S, 2 * S)
    desk.workspace.view.transport.heard.emit(41 * S, 50 * S)
    assert desk.workspace.view.timeline.heard == (Interval(0, 2 * S),)
