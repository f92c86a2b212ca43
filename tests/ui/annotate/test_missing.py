"""A recording that was not there when its task was opened is shown as soon as it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from tests.ui.annotate.conftest import CTRL, Desk
from tests.ui.annotate.test_video import on_screen
from tests.ui.filmed import STEADY, make_filmed
from tests.ui.made import make_file

pytestmark = pytest.mark.qt


def test_a_recording_that_comes_back_is_shown_and_work_stands(open_desk: Callable[..., Desk], tmp_path: Path) -> None:
    away = tmp_path / "away"
    made = make_file(away, with_text=False, with_model=False, items=1)
    media = away / "media"
    media.rename(away / "elsewhere")
    desk = open_desk(made=made)
    work, missing = desk.workspace.view.work, desk.workspace.missing
    assert work is not None
    assert work.media_problem
    desk.press(Qt.Key.Key_N)
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_F, CTRL)
    (away / "elsewhere").rename(media)
    missing.look()
    desk.settle()
    assert missing.is_waiting, "nobody who writes is disturbed"
    desk.press(Qt.Key.Key_Escape)
    desk.press(Qt.Key.Key_Escape)
    missing.look()
    desk.qtbot.waitUntil(lambda: not missing.is_waiting)
    desk.settle()
    work = desk.workspace.view.work
    assert work is not None
    assert not work.media_problem
    assert desk.workspace.view.timeline.waveform.isVisible()
    assert [segment.label for segment in desk.annotations.segments("content")] == ["speech"]
    desk.press(Qt.Key.Key_Z, CTRL)
    assert [segment.label for segment in desk.annotations.segments("content")] == [""]


def test_a_second_video_that_was_not_there_when_the_task_was_opened_is_shown_once_it_is(
    open_desk: Callable[..., Desk], tmp_path: Path
) -> None:
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY[:100], "talk.left.mp4": STEADY[:100]})
    path, away = tmp_path / "file/media/talk.left.mp4", tmp_path / "away.mp4"
    path.rename(away)
    desk = open_desk(made=made)
    view, missing = desk.workspace.view, desk.workspace.missing
    assert missing.is_waiting
    assert [one.path is None for one in view.video.videos] == [False, True]
    missing.look()
    desk.settle()
    assert missing.is_waiting
    away.rename(path)
    missing.look()
    desk.qtbot.waitUntil(lambda: not missing.is_waiting)
    desk.settle()
    assert on_screen(desk, 1) == 0
