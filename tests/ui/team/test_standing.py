"""How the project stands: of a whole team for a manager, of the file for anybody else; it follows what sync brings."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from pytestqt.qtbot import QtBot

from annodesk.services.worker import Worker
from annodesk.store import remote
from annodesk.ui.team.standing import NOT_YOURS, StandingWindow
from annodesk.ui.window import MainWindow
from tests.sync.computers import admin, with_password
from tests.team import PROJECT, Team
from tests.ui.team.test_in_a_team import open_as

pytestmark = [pytest.mark.qt, pytest.mark.postgres]
__all__ = ["open_as"]


def stand(qtbot: QtBot, window: MainWindow) -> StandingWindow:
    window.keys.trigger("window.standing")
    made = window.team.standing
    assert made is not None
    qtbot.waitUntil(lambda: bool(made.shown), timeout=20_000)
    return made


def test_a_manager_sees_the_whole_team_and_it_follows(
    qtbot: QtBot,
    open_as: Callable[[str], MainWindow],
    team: Team,
) -> None:
    worker = Worker(remote.read_address(with_password(team.server.url(team.login("work"), team.database))))
    worker.once()
    window = open_as("moe")
    standing = stand(qtbot, window)
    assert standing.shown[0][:2] == ("Settled", "0 of 2")
    assert "whole team" in standing.when.text()
    admin(team, "update annodesk.item_state set state = 'settled' where item_id = %s", f"{PROJECT}-1")
    admin(team, "insert into annodesk.recount (project_id, item_id) values (%s, %s)", PROJECT, f"{PROJECT}-1")
    admin(team, "update annodesk.duty set done_at_us = 0")
    worker.once()
    window.bus.sync_asked.emit()
    qtbot.waitUntil(lambda: standing.shown[0][:2] == ("Settled", "1 of 2"), timeout=30_000)
    window.load(None)
    window._close_file()
    assert window.team.standing is None, "it goes with its file"
    admin(team, "update annodesk.item_state set state = 'open'")


def test_an_annotator_is_told_that_it_is_their_computer_alone(
    qtbot: QtBot,
    open_as: Callable[[str], MainWindow],
) -> None:
    standing = stand(qtbot, open_as("ada"))
    assert standing.when.text() == NOT_YOURS
