"""The list of tasks: names that can be read, and an order that stands still under the keys."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt

from tests.ui.annotate.conftest import CTRL, Desk
from tests.ui.made import PROJECT


def test_the_key_for_the_next_task_goes_through_all_of_them(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(items=4)
    seen = [desk.workspace.title()]
    for _ in range(3):
        desk.press(Qt.Key.Key_PageDown, CTRL)
        desk.settle()
        seen.append(desk.workspace.title())
    assert sorted(seen) == ["episode-118", "episode-119", "episode-120", "episode-121"]
    desk.press(Qt.Key.Key_PageUp, CTRL)
    desk.settle()
    assert desk.workspace.title() == seen[2]


def test_a_part_of_a_long_recording_stands_on_a_line_of_its_own(open_desk: Callable[..., Desk]) -> None:
    in_parts = PROJECT.replace("[workflow]", "[workflow]\ntask_seconds = 20")
    desk = open_desk(toml=in_parts, items=1, with_text=False, with_model=False)
    rows = desk.workspace.list.tasks_view
    lines = {tuple(rows.item(row).data(Qt.ItemDataRole.UserRole)[:2]) for row in range(rows.count())}
    assert lines == {
        ("episode-118", "00:00:00 to 00:00:20"),
        ("episode-118", "00:00:20 to 00:00:40"),
    }
    assert desk.workspace.title() == "episode-118, 00:00:00 to 00:00:20"


def test_the_open_task_is_brought_into_view(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(items=30, with_text=False, with_model=False)
    rows = desk.workspace.list.tasks_view
    desk.workspace.open_task(desk.workspace.list.cards[-1].task_id)
    desk.settle()
    assert rows.visualItemRect(rows.item(29)).bottom() <= rows.viewport().height()
    assert rows.verticalScrollBar().value() > 0
