"""After the commit in a team: Done tells the server what was answered alone, and brings what the model says."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from annodesk.errors import StoreError
from annodesk.model.annotations import Segment
from annodesk.model.edits import add, set_answer
from annodesk.model.ids import new_id
from annodesk.services import joining
from annodesk.ui.annotate.taskview import TaskView
from annodesk.ui.annotate.workspace import AnnotateWorkspace
from annodesk.ui.jobs import Jobs
from annodesk.ui.team.following import join_project
from annodesk.ui.window import MainWindow
from tests.sync.computers import LENGTH_US, admin, show_suggestions, suggest
from tests.sync.test_show_modes import WHOLE
from tests.team import PASSWORD, PROJECT, Team

pytestmark = [pytest.mark.qt, pytest.mark.postgres]


@pytest.fixture(scope="module")
def comparing(team: Team) -> Team:
    show_suggestions(team, "after-commit")
    suggest(team, WHOLE)
    return team


@pytest.fixture
def open_as(qtbot: QtBot, comparing: Team, url: Callable[[str], str]) -> Iterator[Callable[[str], MainWindow]]:
    """Opens a person's window on their first task, which they label whole."""
    made: list[MainWindow] = []

    def open_it(name: str) -> MainWindow:
        met = joining.keep_password(joining.meet(joining.read_url(url(name), PASSWORD)))
        project = next(one for one in met.projects if one.name == PROJECT)
        window = MainWindow(Jobs(), join_project(met, project))
        made.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 720)
        window.show()
        qtbot.waitUntil(lambda: isinstance(window.workspace, AnnotateWorkspace), timeout=30_000)
        view = view_of(window)
        qtbot.waitUntil(lambda: view.work is not None and window.is_idle(), timeout=60_000)
        assert len(view.pending) == 0, "nothing is shown before"
        view.stage(add(Segment(new_id(), "content", 0, LENGTH_US, ("speech",))))
        view.stage(set_answer(view.annotations, "policy", ("none",)))
        qtbot.waitUntil(view.is_idle, timeout=10_000)
        return window

    yield open_it
    for window in made:
        window.close()


def view_of(window: MainWindow) -> TaskView:
    assert isinstance(window.workspace, AnnotateWorkspace)
    return window.workspace.view


def told(window: MainWindow) -> list[str]:
    return [notice.sentence for notice in window.notices.seen]


def test_done_brings_what_the_model_says_and_submit_hands_in(
    qtbot: QtBot, comparing: Team, open_as: Callable[[str], MainWindow]
) -> None:
    window = open_as("ada")
    view = view_of(window)
    assert view.side.submit.text() == "Done"
    window.workspace.keys.trigger("annotate.submit")
    qtbot.waitUntil(lambda: view.suggestions is not None, timeout=30_000)
    assert "Fetching what the model says …" in told(window)
    assert view.side.submit.text() == "Submit"
    assert [s.label for s in view.suggestions.segments("content")] == ["music"]
    (seen,) = admin(
        comparing, "select independent_head, suggestions_from_us >= independent_until_us from annodesk.view"
    )
    assert seen == (view.annotations.head, True)
    window.workspace.keys.trigger("annotate.submit")
    qtbot.waitUntil(lambda: any(one.startswith("Submitted") for one in told(window)), timeout=10_000)


def test_offline_it_says_so_and_the_task_is_handed_in_without(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], monkeypatch: pytest.MonkeyPatch
) -> None:
    window = open_as("ben")
    view = view_of(window)
    assert window.context is not None

    def out_of_reach(**_: object) -> None:
        raise StoreError("The server does not answer.")

    monkeypatch.setattr(window.context.services.sync, "catch_up", out_of_reach)
    window.workspace.keys.trigger("annotate.submit")
    qtbot.waitUntil(lambda: "What the model says is not available offline." in told(window), timeout=10_000)
    assert view.suggestions is None
    window.workspace.keys.trigger("annotate.submit")
    qtbot.waitUntil(lambda: any(one.startswith("Submitted") for one in told(window)), timeout=10_000)
