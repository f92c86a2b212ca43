"""One key that takes what is suggested for all of a task and hands it in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.model.annotations import OriginKind
from annodesk.services import Services
from tests.ui.annotate.conftest import SHIFT, Desk

pytestmark = pytest.mark.qt
Opener = Callable[..., Desk]
UNSURE = "advert"


def task_id(desk: Desk) -> str:
    work = desk.workspace.view.work
    assert work is not None
    return work.task.id


def test_what_was_heard_is_taken_in_bulk_handed_in_and_the_next_task_is_there(desk: Desk) -> None:
    first, set_id = task_id(desk), desk.annotations.id
    desk.hear_everything()
    desk.press(Qt.Key.Key_Return, SHIFT)
    desk.qtbot.waitUntil(lambda: desk.workspace.view.work is not None and task_id(desk) != first)
    desk.settle()
    with Services.open(desk.made.path, read_only=True) as services:
        done = services.annotate.reload(set_id)[0]
        assert services.tasks.my_work(desk.made.project_id, desk.made.ann_id)[0].set_id == set_id
    assert len(done.segments("content")) == 5
    assert {one.origin.kind for one in (*done.segments("content"), *done.answers())} == {OriginKind.BULK}


def test_an_unsure_one_that_was_not_heard_is_gone_to_first(desk: Desk) -> None:
    view, first = desk.workspace.view, task_id(desk)
    desk.press(Qt.Key.Key_Return, SHIFT)
    desk.settle()
    chosen = view.focused_suggestion()
    assert chosen is not None
    assert chosen.label == UNSURE  # type: ignore[union-attr]
    assert view.chosen_suggestion == chosen.id
    assert not desk.annotations.segments("content"), "nothing is taken yet"
    desk.press(Qt.Key.Key_X)
    desk.hear_everything()
    desk.press(Qt.Key.Key_Return, SHIFT)
    desk.qtbot.waitUntil(lambda: desk.workspace.view.work is not None and task_id(desk) != first)


def test_of_what_is_missing_all_the_same_it_says_so_and_stays(open_desk: Opener) -> None:
    desk = open_desk(show="never")
    first = task_id(desk)
    desk.hear_everything()
    desk.press(Qt.Key.Key_Return, SHIFT)
    desk.settle()
    assert task_id(desk) == first
    assert desk.workspace.view.side.questions.blocks["policy"].is_missing


def test_it_works_from_the_text_too(desk: Desk) -> None:
    first = task_id(desk)
    desk.hear_everything()
    desk.workspace.view.text.setFocus()
    desk.press(Qt.Key.Key_Return, SHIFT)
    desk.qtbot.waitUntil(lambda: desk.workspace.view.work is not None and task_id(desk) != first)
