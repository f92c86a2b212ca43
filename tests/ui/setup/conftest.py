"""The project page in a window of its own, over a project whose items two people have labelled."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.store.projects import ProjectVersion
from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.setup.workspace import SetupWorkspace
from annodesk.ui.window import MainWindow
from tests.services.made import House, make_house

ITEMS = 4


@pytest.fixture(scope="package")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> House:
    """Four short items, two annotators, an analyst and a manager; the model has labelled two of the items."""
    house = make_house(tmp_path_factory.mktemp("house"), items=ITEMS, seconds=10, show="above-threshold")
    house.people["Max"] = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    for task in range(2):
        house.model_says([(0, 5, "speech", 0.97), (5, 10, "music", 0.62)], task=task)
        house.submit("Ada", ((0, 5, "speech"), (5, 10, "advert")), task=task)
    house.services.close()
    return house


@pytest.fixture
def made(made_once: House, tmp_path: Path) -> House:
    """The same in files of its own, closed for the window."""
    folder = shutil.copytree(made_once.folder, tmp_path / "house")
    return replace(made_once, folder=folder)


class Page:
    """The project page in its window, worked by keys."""

    def __init__(self, qtbot: QtBot, window: MainWindow, house: House) -> None:
        self.qtbot, self.window, self.house = qtbot, window, house

    @property
    def workspace(self) -> SetupWorkspace:
        found = self.window.workspace
        assert isinstance(found, SetupWorkspace)
        return found

    def wait(self) -> None:
        """Until nothing is read or written any more."""
        self.qtbot.waitUntil(self.window.is_idle, timeout=150_000)

    def press(self, *keys: Qt.Key, mod: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """Press keys where the focus is."""
        for key in keys:
            self.qtbot.keyClick(QApplication.focusWidget() or self.window, key, mod)
        self.wait()

    def project(self) -> ProjectVersion:
        """The project as the file has it now."""
        services = self.workspace.context.services
        assert isinstance(services, Services)
        return services.projects.get(self.house.project_id)


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Page]]:
    """Opens the page of a house in somebody's name."""
    theme.apply(qapp, "dark", text_scale=1.0)
    windows: list[MainWindow] = []

    def open_page(house: House, person: str = "Max", *, size: tuple[int, int] = (1280, 720)) -> Page:
        window = MainWindow(Jobs(), house.folder / "work.annodesk", person=person)
        windows.append(window)
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        window.activateWindow()
        page = Page(qtbot, window, house)
        qtbot.waitUntil(lambda: window.context is not None, timeout=20_000)
        page.wait()
        window.keys.trigger("window.setup")
        page.wait()
        return page

    yield open_page
    for window in windows:
        window.close()
    theme.apply(qapp, "dark", text_scale=1.0)
