"""A file nobody works in yet: somebody says who they are, and finds tasks."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.newcomer import NewcomerDialog
from annodesk.ui.window import MainWindow
from tests.ui.made import make_recording

pytestmark = pytest.mark.qt
PROJECT = 'name = "alone"\n[[tier]]\nname = "content"\nlabels = ["speech", "music"]\n'


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication, tmp_path: Path) -> Iterator[MainWindow]:
    """A window on a project with one recording and no people."""
    (tmp_path / "project.toml").write_text(PROJECT)
    with Services.open(tmp_path / "alone.annodesk", create=True) as services:
        project = services.projects.init(tmp_path / "project.toml")
        services.items.add(project.id, [make_recording(tmp_path / "one.wav")])
    theme.apply(qapp, "dark", text_scale=1.0)
    window = MainWindow(Jobs(), tmp_path / "alone.annodesk")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitUntil(lambda: window.workspace is not None and window.is_idle(), timeout=20_000)
    yield window
    window.close()


def ask(qtbot: QtBot, window: MainWindow) -> NewcomerDialog:
    """The dialog, opened by the empty state's button."""
    qtbot.mouseClick(window.workspace.empty.button, Qt.MouseButton.LeftButton)
    found = window.findChild(NewcomerDialog)
    assert found is not None
    return found


def test_whoever_says_their_name_first_may_do_everything_and_gets_a_task(qtbot: QtBot, window: MainWindow) -> None:
    assert window.workspace.empty.title.text() == "Nobody works in this project yet"
    dialog = ask(qtbot, window)
    qtbot.keyClicks(dialog.name, "Noa")
    qtbot.keyClick(dialog.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.is_idle() and "one" in window.workspace.title(), timeout=20_000)
    assert window.status.person.text() == "Working as Noa"
    assert [m.roles for m in window.who.people()] == [frozenset(Role)]


def test_a_person_needs_a_name_and_something_to_do(qtbot: QtBot, window: MainWindow) -> None:
    dialog = ask(qtbot, window)
    assert not dialog.add.isEnabled()
    qtbot.keyClicks(dialog.name, "Noa")
    assert dialog.add.isEnabled()
    for box in dialog.roles.values():
        box.setChecked(False)
    assert not dialog.add.isEnabled()
    dialog.reject()


def test_a_second_person_can_be_added_from_the_menu_of_people(qtbot: QtBot, window: MainWindow) -> None:
    dialog = ask(qtbot, window)
    qtbot.keyClicks(dialog.name, "Noa")
    dialog.add.click()
    qtbot.waitUntil(lambda: window.status.person.text() == "Working as Noa" and window.is_idle(), timeout=20_000)
    qtbot.waitUntil(lambda: window.findChild(NewcomerDialog) is None)
    menu = window.status.people_menu()
    menu.actions()[-1].trigger()
    second = window.findChild(NewcomerDialog)
    assert second is not None
    assert second.chosen() == (Role.ANNOTATOR,)
    qtbot.keyClicks(second.name, "Kim")
    second.add.click()
    qtbot.waitUntil(lambda: window.status.person.text() == "Working as Kim" and window.is_idle(), timeout=20_000)
    assert [m.person.name for m in window.who.people()] == ["Kim", "Noa"]
