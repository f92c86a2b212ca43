"""A project whose items were labelled by two people who differ now and then, opened in a window of its own."""

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
from annodesk.ui.jobs import Jobs
from annodesk.ui.quality.workspace import AgreementWorkspace
from annodesk.ui.window import MainWindow
from tests.services.made import ALIKE, House, make_house

ITEMS = 24
MIXED = ((0, 10, "speech"), (10, 22, "advert"), (22, 40, "speech"))
FORMATS = ("news", "talk")


def fill(house: House, *, items: int = ITEMS) -> None:
    """Ada and Ben label everything; on every third item they differ, on every fifth about the question too."""
    for place in range(items):
        differs = place % 3 == 0
        house.submit("Ada", ALIKE, task=place, policy=("none",), quality=3 + place % 2)
        policy = ("violence",) if place % 5 == 0 else ("none",)
        house.submit("Ben", MIXED if differs else ALIKE, task=place, policy=policy, quality=3 + place % 3)
    house.round()


@pytest.fixture(scope="package")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> House:
    """24 items that two people have labelled, an analyst and a manager."""
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
    """The page about agreement in its window."""

    def __init__(self, qtbot: QtBot, window: MainWindow) -> None:
        self.qtbot, self.window = qtbot, window

    @property
    def workspace(self) -> AgreementWorkspace:
        made = self.window.workspace
        assert isinstance(made, AgreementWorkspace)
        return made

    def wait(self) -> None:
        """Until nothing is read or written any more."""
        self.qtbot.waitUntil(self.window.is_idle, timeout=20_000)


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication) -> Iterator[Callable[..., Page]]:
    """Opens the page of a house in somebody's name."""
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
        window.keys.trigger("window.agreement")
        page.wait()
        return page

    yield open_page
    for window in made:
        window.close()
