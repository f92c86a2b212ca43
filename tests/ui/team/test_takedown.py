"""Taking an item down from the window: nothing goes by a slip of the hand, and what is open of it closes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.services import Services
from annodesk.services.takedown import TeamTakedowns
from annodesk.store import remote
from annodesk.store.private_server import PrivateServer
from annodesk.ui import theme
from annodesk.ui.jobs import Jobs
from annodesk.ui.team.takedown import TakedownDialog
from annodesk.ui.window import MainWindow
from tests.services.made import House, make_house
from tests.sync.computers import give_project_its_file, with_password
from tests.team import PASSWORD, PROJECT, Team, made_team

pytestmark = [pytest.mark.qt]
Opened = Callable[..., MainWindow]


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication) -> Iterator[Opened]:
    """The window with a file, as a person of it."""
    made: list[MainWindow] = []

    def make(path: Path, person: str | None = None) -> MainWindow:
        theme.apply(qapp, "dark", text_scale=1.0)
        window = MainWindow(Jobs(), path, person=person)
        made.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 720)
        window.show()
        window.activateWindow()
        qtbot.waitUntil(lambda: window.context is not None and window.is_idle(), timeout=20_000)
        return window

    yield make
    for window in made:
        window.close()


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = make_house(tmp_path, items=2)
    made.label("Ada")
    made.services.close()
    return made


def asked(qtbot: QtBot, window: MainWindow) -> TakedownDialog:
    window.keys.trigger("window.takedown")
    dialog = window.team.takedowns
    assert dialog is not None
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=20_000)
    return dialog


def open_first(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.workspace is not None and window.workspace.view.work is not None, timeout=20_000)
    qtbot.waitUntil(window.workspace.is_idle, timeout=20_000)  # type: ignore[union-attr]


def test_it_goes_only_where_the_key_is_written_twice(qtbot: QtBot, house: House, opened: Opened) -> None:
    window = opened(house.services.path, "Ada")
    open_first(qtbot, window)
    dialog = asked(qtbot, window)
    assert dialog.item.text() == "episode-0", "the open item is named"
    assert dialog.nothing.isVisible()
    assert not dialog.go.isEnabled()
    qtbot.keyClicks(dialog.again, "episode-1")
    assert not dialog.go.isEnabled()
    qtbot.keyClick(dialog.again, Qt.Key.Key_Return)
    assert dialog.found == ()
    dialog.again.setText("episode-0")
    assert dialog.go.isEnabled()


def test_what_is_open_of_it_closes_and_the_list_tells_of_it(qtbot: QtBot, house: House, opened: Opened) -> None:
    window = opened(house.services.path, "Ada")
    open_first(qtbot, window)
    dialog = asked(qtbot, window)
    qtbot.keyClicks(dialog.again, "episode-0")
    qtbot.keyClick(dialog.again, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(dialog.found), timeout=20_000)
    (standing,) = dialog.found
    assert (standing.key, standing.is_done) == ("episode-0", True)
    assert dialog.table.item(0, 2).text() == "gone everywhere"  # type: ignore[union-attr]
    workspace = window.workspace
    assert workspace is not None
    qtbot.waitUntil(lambda: workspace.is_idle() and window.is_idle(), timeout=20_000)
    assert workspace.view.work is None or workspace.view.work.item.key != "episode-0"
    assert [card.title for card in workspace.list.cards] == ["episode-1"]


def test_an_item_that_is_not_there_is_said_in_the_dialog(qtbot: QtBot, house: House, opened: Opened) -> None:
    dialog = asked(qtbot, opened(house.services.path, "Ada"))
    for field in (dialog.item, dialog.again):
        field.setText("nothing")
    dialog.take_down()
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=20_000)
    assert "no item" in dialog.sentence.text()
    assert dialog.item.isEnabled()


# In a team


@pytest.fixture
def team(network: PrivateServer) -> Iterator[Team]:
    with made_team(network, items=2) as made:
        give_project_its_file(made)
        yield made


def file_of(team: Team, folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    path = folder / f"{name}.annodesk"
    with Services.open(path, create=True) as services:
        services.sync.join(with_password(team.server.url(team.login(name), team.database, tcp=True)), PROJECT)
        services.sync.round()
    return path


@pytest.mark.postgres
def test_a_manager_sees_who_has_not_confirmed_and_gives_one_up(
    qtbot: QtBot, team: Team, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file_of(team, tmp_path, "ada", monkeypatch)
    window = opened(file_of(team, tmp_path, "moe", monkeypatch))
    dialog = asked(qtbot, window)
    for field in (dialog.item, dialog.again):
        field.setText(f"{PROJECT}-1")
    dialog.take_down()

    qtbot.waitUntil(lambda: not dialog.is_busy and bool(dialog.found), timeout=20_000)
    # The manager's own workstation follows by itself.
    for _ in range(50):
        if dialog.waited_for() == ["Ada"]:
            break
        dialog.refresh()
        qtbot.waitUntil(lambda: not dialog.is_busy, timeout=20_000)
        qtbot.wait(100)
    assert dialog.waited_for() == ["Ada"]
    assert not dialog.gone.isEnabled()
    dialog.table.setCurrentCell(1, 0)
    dialog.give_up()
    assert "gone for good" in dialog.sentence.text()
    assert dialog.waited_for() == ["Ada"], "asked twice"
    dialog.give_up()
    qtbot.waitUntil(lambda: not dialog.is_busy and not dialog.waited_for(), timeout=20_000)
    assert dialog.found[0].is_done


@pytest.mark.postgres
def test_who_is_no_manager_is_told_so(
    qtbot: QtBot, team: Team, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog = asked(qtbot, opened(file_of(team, tmp_path, "ana", monkeypatch)))
    assert "may not do this" in dialog.sentence.text()


@pytest.mark.postgres
def test_the_task_under_the_hands_closes_when_it_is_taken_down_elsewhere(
    qtbot: QtBot, team: Team, opened: Opened, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    claim = team.claim("ada")
    assert claim is not None
    window = opened(file_of(team, tmp_path, "ada", monkeypatch))
    window.show_workspace("annotate")
    open_first(qtbot, window)
    work = window.workspace.view.work  # type: ignore[union-attr]
    address = remote.read_address(team.server.url(team.login("moe"), team.database)).with_password(PASSWORD)
    TeamTakedowns(address, PROJECT).take_down(work.item.id)
    window.bus.sync_asked.emit()

    def is_closed() -> bool:
        shown = window.workspace.view.work  # type: ignore[union-attr]
        return shown is None or shown.item.id != work.item.id

    qtbot.waitUntil(is_closed, timeout=30_000)
