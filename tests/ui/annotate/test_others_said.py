"""Others' answers beside one's own on a settled task; before that, and where a project hides them, nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annodesk.ui.annotate.others_said import OTHERS
from annodesk.ui.annotate.workspace import AnnotateWorkspace
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.services.made import House, make_house

pytestmark = pytest.mark.qt


def opened(qtbot: QtBot, house: House) -> tuple[MainWindow, AnnotateWorkspace]:
    """The window as Ada, with her own finished task open."""
    task = house.tasks()[0]
    house.services.close()
    window = MainWindow(Jobs(), house.services.path, person="Ada")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitUntil(lambda: window.context is not None and window.is_idle(), timeout=20_000)
    window.open_task("annotate", task)
    workspace = window.workspace
    assert isinstance(workspace, AnnotateWorkspace)
    qtbot.waitUntil(lambda: workspace.view.work is not None and workspace.is_idle(), timeout=20_000)
    return window, workspace


def lanes(workspace: AnnotateWorkspace) -> list[str]:
    return [lane.title for lane in workspace.view.timeline.state.lanes if lane.id.startswith(OTHERS)]


@pytest.mark.parametrize(("see_others", "settles", "shown"), [
    ("settled", True, ["A", "what stands"]), ("settled", False, []), ("never", True, [])
])  # fmt: skip
def test_they_are_shown_once_it_is_settled_and_allowed(
    qtbot: QtBot, tmp_path: Path, see_others: str, settles: bool, shown: list[str]
) -> None:
    house = make_house(tmp_path, workflow=f'see_others = "{see_others}"')
    house.submit("Ada", quality=4)
    house.submit("Ben", quality=4)
    if settles:
        house.round()
    window, workspace = opened(qtbot, house)
    assert lanes(workspace) == shown
    side = workspace.view.side.others
    assert side.isVisible() is bool(shown)
    assert side.words.text() == ("policy: A none, what stands none\nquality: A 4, what stands 4" if shown else "")
    window.close()
