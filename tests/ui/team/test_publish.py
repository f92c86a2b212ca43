"""Publishing from the window: to a server that was tried first; what goes wrong in words; then the file syncs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from annodesk.services import joining
from annodesk.ui.jobs import Jobs
from annodesk.ui.team.publish import NOBODY, PublishDialog
from annodesk.ui.window import MainWindow
from tests.services.made import House, make_house
from tests.team import PASSWORD, Team

pytestmark = [pytest.mark.qt, pytest.mark.postgres]


@pytest.fixture
def house(tmp_path: Path) -> House:
    made = make_house(tmp_path, items=2, seconds=40)
    made.submit("Ada")
    made.submit("Ben")
    made.label("Ada", task=1)
    made.services.close()
    return made


@pytest.fixture
def opened(qtbot: QtBot, house: House) -> Iterator[MainWindow]:
    """The window on a file of one's own."""
    window = MainWindow(Jobs(), house.services.path, person="Ada")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    qtbot.waitUntil(lambda: window.context is not None and window.is_idle(), timeout=30_000)
    yield window
    window.close()


def ask(window: MainWindow, url: str) -> PublishDialog:
    window.team.met = joining.keep_password(joining.meet(joining.read_url(url, PASSWORD)))
    window.keys.trigger("window.publish")
    dialog = window.team.publishing
    assert dialog is not None
    return dialog


def test_a_published_file_syncs_and_its_work_is_the_managers(
    qtbot: QtBot, opened: MainWindow, house: House, url: Callable[[str], str], team: Team
) -> None:
    dialog = ask(opened, url("max"))
    assert dialog.person.currentText() == "Ada", "who works here is who publishes"
    assert [dialog.person.itemText(i) for i in range(dialog.person.count())][-1] == NOBODY
    dialog.go.click()
    assert dialog.is_busy
    assert not dialog.go.isEnabled()
    qtbot.waitUntil(lambda: opened.status.sync.words.text().startswith("Synced"), timeout=60_000)
    assert opened.team.publishing is None
    assert opened.context is not None
    assert opened.context.person_id == team.people["max"]
    assert opened.status.person.text() == "Working as Max"
    assert any("is published and syncs" in notice.sentence for notice in opened.notices.seen)
    assert list(house.folder.glob("*before-publishing*"))
    with team.administrator() as db:
        found = db.execute("select count(*) from annodesk.edit where author_id = %s", (team.people["max"],)).fetchone()
    assert found is not None
    assert found[0] > 0
    opened.keys.trigger("window.publish")
    assert "belongs to a team already" in opened.notices.seen[-1].sentence


def test_a_login_that_may_not_publish_is_told_so_and_the_file_stays_ones_own(
    qtbot: QtBot, opened: MainWindow, url: Callable[[str], str]
) -> None:
    dialog = ask(opened, url("ana"))
    dialog.go.click()
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=30_000)
    assert "may not do this" in dialog.sentence.text()
    assert "add-user" in dialog.hint.text()
    assert dialog.go.isEnabled()
    dialog.back.click()
    assert opened.team.publishing is None
    assert opened.status.sync.isHidden()


def test_without_a_team_the_database_is_asked_for_first(opened: MainWindow) -> None:
    opened.keys.trigger("window.publish")
    assert opened.team.publishing is None
    assert opened.team.dialog is not None
    opened.team.dialog.reject()
