"""The place in a task is kept beside the window's thread, and an older one never comes after a newer."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from annodesk.ui import last_time
from annodesk.ui.annotate.places import Place, Places, place_in
from tests.ui.annotate.conftest import Desk

pytestmark = pytest.mark.qt


def test_a_place_is_kept_beside_the_windows_thread_and_never_over_a_newer_one(qtbot: QtBot) -> None:
    where = [Place(1, 0, 10.0)]
    asked: list[Callable[[], None]] = []
    places = Places(lambda: ("ann", "task", where[0]), asked.append)
    places.keep_soon()
    qtbot.waitUntil(lambda: bool(asked))
    assert place_in("ann", "task") is None, "the window's thread has written nothing"
    where[0] = Place(2, 0, 10.0)
    places.keep()
    asked[0]()
    assert place_in("ann", "task") == Place(2, 0, 10.0)
    assert last_time.tasks() == {"ann": "task"}
    where[0] = Place(3, 0, 10.0)
    places.keep_soon()
    qtbot.waitUntil(lambda: len(asked) == 2)
    asked[1]()
    assert place_in("ann", "task") == Place(3, 0, 10.0)


def test_nothing_is_kept_beside_a_window_that_has_gone(desk: Desk) -> None:
    places = desk.workspace.ways.places
    places.keep_soon()
    assert desk.window.context is not None
    desk.window.context.jobs.close()
    desk.qtbot.waitUntil(lambda: places.is_idle)
