"""Play on arrival: what a person goes to is played at once, in every way of going there, by one setting."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.model.annotations import Segment
from annodesk.ui.annotate.table import COLUMNS
from tests.ui.annotate.conftest import CTRL, SHIFT, Desk
from tests.ui.made import PROJECT

pytestmark = pytest.mark.qt

S = 1_000_000
Opener = Callable[..., Desk]
WITH_TEXT = PROJECT.replace('name = "content"', 'name = "content"\nfree_text = true', 1)


@pytest.fixture(autouse=True)
def own_habits(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """What a test chooses is chosen for it alone."""
    monkeypatch.setenv("ANNODESK_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def wanting(open_desk: Opener) -> Desk:
    """A desk of a person who wants to hear what they go to, with two segments and nothing playing."""
    desk = open_desk(toml=WITH_TEXT)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_R, SHIFT)
    desk.workspace.view.timeline.move_playhead(0)
    assert not desk.workspace.view.transport.is_playing
    return desk


def segments(desk: Desk) -> list[Segment]:
    return sorted(desk.annotations.segments("content"), key=lambda s: s.start_us)


def is_played(desk: Desk, segment: Segment) -> bool:
    """Whether this segment plays, from its start to its end."""
    transport = desk.workspace.view.transport
    return transport.is_playing and (transport._start_us, transport._end_us) == (segment.start_us, segment.end_us)


def test_a_row_of_the_table(wanting: Desk) -> None:
    table = wanting.workspace.view.table
    index = table.rows.index(1, COLUMNS.index("label"))
    wanting.qtbot.mouseClick(table.viewport(), Qt.MouseButton.LeftButton, pos=table.visualRect(index).center())
    assert is_played(wanting, segments(wanting)[1])


def test_a_find(wanting: Desk) -> None:
    wanting.press(Qt.Key.Key_F, CTRL)
    wanting.type("speech")
    assert not wanting.workspace.view.transport.is_playing
    wanting.hit(Qt.Key.Key_Return)
    assert is_played(wanting, segments(wanting)[1])


def test_a_text_that_is_begun(wanting: Desk) -> None:
    wanting.press(Qt.Key.Key_F2)
    assert wanting.workspace.writing.is_on
    first = wanting.annotations.segment(wanting.workspace.writing.segment_id)
    assert is_played(wanting, first)


def test_a_task_that_is_opened_plays_what_is_selected_there_else_from_the_playhead(wanting: Desk) -> None:
    view = wanting.workspace.view
    view.timeline.select("content", [segments(wanting)[1].id])
    work = view.work
    assert work is not None
    wanting.workspace.step_task(1)
    wanting.qtbot.waitUntil(lambda: view.work is not work and view.transport.is_playing)
    wanting.press(Qt.Key.Key_Space)
    wanting.settle()
    wanting.workspace.open_task(work.task.id)
    wanting.qtbot.waitUntil(lambda: view.transport.is_playing)
    assert is_played(wanting, segments(wanting)[1])
    wanting.press(Qt.Key.Key_Space)


def test_the_task_that_opens_with_the_window_is_left_in_peace(open_desk: Opener, wanting: Desk) -> None:
    wanting.close()
    again = open_desk(made=wanting.made)
    assert again.workspace.playing.mixer.plays_on_arrival
    assert not again.workspace.view.transport.is_playing


def test_without_the_setting_none_of_them(open_desk: Opener) -> None:
    desk = open_desk(toml=WITH_TEXT)
    transport = desk.workspace.view.transport
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Y)
    desk.press(Qt.Key.Key_Tab, SHIFT)
    desk.press(Qt.Key.Key_F2)
    desk.hit(Qt.Key.Key_Escape)
    desk.workspace.step_task(1)
    desk.settle()
    assert not transport.is_playing
