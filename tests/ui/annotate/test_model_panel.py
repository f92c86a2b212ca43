"""What the model says beside a task: how suggestions are shown there, and what else it thought of the focused one."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.services.changes import Changes, Kind
from annodesk.ui.annotate.model_panel import AFTERWARDS, WITHOUT
from tests.ui.annotate.conftest import Desk
from tests.ui.made import PROJECT, put_model_sets

pytestmark = pytest.mark.qt


def test_suggestions_that_wait_are_counted_and_the_source_is_named(desk: Desk) -> None:
    view = desk.workspace.view
    assert view.side.model.isVisible()
    waiting = len(view.pending)
    assert view.side.model.words.text() == f"{waiting} suggestions wait"
    desk.press(Qt.Key.Key_Y)
    assert view.side.model.words.text() in (f"{waiting - 1} suggestions wait", "1 suggestion waits")


def test_a_threshold_is_said_where_only_the_surest_are_shown(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(show="above-threshold")
    assert desk.workspace.view.side.model.words.text().endswith("shown from 90 % on")


def test_before_a_comparison_it_is_said_when_it_comes(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(show="after-commit")
    assert desk.workspace.view.side.model.words.text() == AFTERWARDS
    assert desk.workspace.view.side.model.bars.isHidden()


def test_whoever_works_without_suggestions_is_told_why(open_desk: Callable[..., Desk]) -> None:
    text = PROJECT.replace("unaided_share = 0.0", "unaided_share = 1.0")
    assert text != PROJECT
    desk = open_desk(toml=text)
    assert desk.workspace.view.side.model.words.text() == WITHOUT


def test_where_the_project_shows_none_there_is_no_panel(open_desk: Callable[..., Desk]) -> None:
    assert open_desk(show="never").workspace.view.side.model.isHidden()


def label_meanwhile(desk: Desk) -> None:
    """The model labels what is open, beside the window."""
    context = desk.window.context
    assert context is not None
    put_model_sets(context.services, context.project_id, context.person_id)
    context.bus.changed.emit(Changes.of(Kind.PRELABELS))
    desk.settle()


def test_an_untouched_task_shows_what_the_model_said_meanwhile(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(with_model=False)
    assert not desk.workspace.view.pending
    label_meanwhile(desk)
    assert desk.workspace.view.pending
    assert desk.workspace.view.side.model.isVisible()


def test_nothing_comes_into_work_that_was_begun_without(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(with_model=False)
    desk.press(Qt.Key.Key_Q)
    desk.settle()
    assert len(desk.annotations) == 1
    label_meanwhile(desk)
    assert not desk.workspace.view.pending
