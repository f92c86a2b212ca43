"""Videos on the review desk: the picture stands beside the lanes and follows the playhead."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.annotations import Segment
from annodesk.model.edits import add, combine, set_answer
from annodesk.model.ids import new_id
from annodesk.services import Services
from annodesk.ui.jobs import Jobs
from annodesk.ui.parts import settings
from annodesk.ui.review.workspace import ReviewWorkspace
from annodesk.ui.window import MainWindow
from tests.ui.filmed import STEADY, make_filmed, read_barcode


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """The review workspace with a flagged video open."""
    settings().clear()
    made = make_filmed(tmp_path / "file", {"talk.mp4": STEADY})
    with Services.open(made.path) as services:
        task_id = services.tasks.cards(made.project_id, made.ann_id)[0].task_id
        work = services.tasks.open(made.project_id, made.ann_id, task_id)
        end = work.task.end_us
        said = combine(
            "say",
            add(Segment(new_id(), "content", 0, end, ("speech",))),
            set_answer(work.session.annotations, "policy", ("violence",)),
        )
        services.annotate.record(work.session.stage(said))
        services.tasks.flag(work.set_id, "hard to say")
        services.tasks.submit(work.session.annotations)
        services.coordinator.round(made.project_id)
    shown = MainWindow(Jobs(), made.path, person="Cleo")
    qtbot.addWidget(shown)
    shown.resize(1440, 900)
    shown.show()
    shown.activateWindow()
    qtbot.waitUntil(lambda: shown.is_idle(), timeout=20_000)
    shown.show_workspace("review")
    settle(qtbot, shown)
    if workspace(shown).work is None:
        assert workspace(shown).open_first()
    settle(qtbot, shown)
    yield shown
    shown.close()
    settings().clear()


def workspace(window: MainWindow) -> ReviewWorkspace:
    found = window.workspace
    assert isinstance(found, ReviewWorkspace)
    return found


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.is_idle() and workspace(window).is_idle(), timeout=20_000)


def on_screen(window: MainWindow) -> int:
    screen = workspace(window).video.panel.screens[0]
    return read_barcode(screen.grab(screen.picture_rect().toRect()).toImage())


def test_the_picture_follows_the_playhead_and_keys_step_by_frames(window: MainWindow, qtbot: QtBot) -> None:
    desk = workspace(window)
    desk.timeline.setFocus()
    desk.timeline.move_playhead(4_015_000)
    settle(qtbot, window)
    assert on_screen(window) == 100
    qtbot.keyClick(desk.timeline, Qt.Key.Key_Right, Qt.KeyboardModifier.ControlModifier)
    settle(qtbot, window)
    assert desk.timeline.playhead_us == 4_040_000
    assert on_screen(window) == 101


def test_the_picture_stands_beside_lanes_that_stay_whole(window: MainWindow, qtbot: QtBot) -> None:
    desk = workspace(window)
    picture, lanes = desk.video.home, desk.timeline
    assert picture.isVisible()
    assert picture.geometry().right() < lanes.geometry().left()
    assert lanes.width() > picture.width()


def test_another_workspace_and_back_shows_the_same_frame(window: MainWindow, qtbot: QtBot) -> None:
    workspace(window).timeline.move_playhead(2_000_000)
    window.show_workspace("annotate")
    qtbot.waitUntil(lambda: window.is_idle() and window.workspace.is_idle(), timeout=20_000)  # type: ignore[union-attr]
    window.show_workspace("review")
    settle(qtbot, window)
    assert on_screen(window) == 50
