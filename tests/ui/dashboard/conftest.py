"""The manager's desk of a project that two people labelled, who differ now and then, in a window of its own."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.ui import theme
from annodesk.ui.dashboard.workspace import DeskWorkspace
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.services.made import ALIKE, House, make_house
from tests.services.test_digest import settle

ITEMS = 12
MIXED = ((0, 10, "speech"), (10, 22, "advert"), (22, 40, "speech"))


def fill(house: House) -> None:
    """Ada and Ben label everything; on every third item they differ, and Cleo settles half of those as Ada has it."""
    for place in range(ITEMS):
        differs = place % 3 == 0
        house.submit("Ada", ALIKE, task=place)
        house.submit("Ben", MIXED if differs else ALIKE, task=place)
        house.round()
        house.clock.hours(20)
    for _ in range(2):
        settle(house)
    house.round()


@pytest.fixture(scope="package")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> House:
    """A house of two annotators, an analyst and a manager."""
    house = make_house(tmp_path_factory.mktemp("house"), items=ITEMS)
    house.people["Max"] = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    fill(house)
    house.services.close()
    return house


@pytest.fixture
def labelled(made_once: House, tmp_path: Path) -> House:
    """The same in files of its own, closed for the window."""
    folder = shutil.copytree(made_once.folder, tmp_path / "house")
    return replace(made_once, folder=folder)


class Page:
    """The desk in its window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    @property
    def desk(self) -> DeskWorkspace:
        made = self.window.workspace
        assert isinstance(made, DeskWorkspace)
        return made

    def wait(self) -> None:
        """Until nothing is read or written any more."""
        self.qtbot.waitUntil(self.window.is_idle, timeout=30_000)


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Page]]:
    """Opens the desk of a house in somebody's name."""
    theme.apply(qapp, "dark", text_scale=1.0)
    made: list[MainWindow] = []

    def open_page(house: House, person: str, *, size: tuple[int, int] = (1280, 720)) -> Page:
        window = MainWindow(Jobs(), house.folder / "work.annodesk", person=person)
        made.append(window)
        qtbot.addWidget(window)
        window.resize(*size)
        window.show()
        window.activateWindow()
        page = Page(qtbot, window)
        qtbot.waitUntil(lambda: window.context is not None, timeout=20_000)
        page.wait()
        window.keys.trigger("window.desk")
        page.wait()
        return page

    yield open_page
    for window in made:
        window.close()
