"""The main window without a file, and a team on a real server that people enter by the network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.services import joining, server
from annodesk.services.joining import Invited
from annodesk.store import remote
from annodesk.store.private_server import PrivateServer
from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.postgres import running_server
from tests.sync.computers import give_project_its_file
from tests.team import PASSWORD, PROJECT, Team, made_team


@pytest.fixture(scope="module")
def network() -> Iterator[PrivateServer]:
    """A server that people enter by the network."""
    with running_server(port=0) as made:
        yield made


@pytest.fixture(scope="module")
def team(network: PrivateServer) -> Iterator[Team]:
    with made_team(network, items=2) as made:
        give_project_its_file(made)
        yield made


@pytest.fixture(autouse=True)
def alone(no_keyring: None) -> None:
    """No password leaves this process."""


@pytest.fixture
def window(qtbot: QtBot, qapp: QApplication) -> Iterator[MainWindow]:
    theme.apply(qapp, "dark", text_scale=1.0)
    made = MainWindow(Jobs())
    qtbot.addWidget(made)
    made.resize(1280, 720)
    made.show()
    made.activateWindow()
    yield made
    made.close()


@pytest.fixture
def url(team: Team) -> Callable[[str], str]:
    """The address by which somebody of the team enters."""
    return lambda name: team.server.url(team.login(name), team.database, tcp=True)


@pytest.fixture
def invited(team: Team, tmp_path: Path) -> Iterator[Invited]:
    """Zoe, invited to the project."""
    admin = remote.read_address(team.server.url(database=team.database))
    login = team.login("zoe")
    yield joining.invite(admin, login, tmp_path / "zoe.annodesk-invitation", project=PROJECT, name="Zoe")
    server.remove_user(admin, login)


__all__ = ["PASSWORD", "PROJECT"]
