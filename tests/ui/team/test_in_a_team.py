"""The window in a team's file: the login says who works here; what sync brings of project and people is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.services import joining
from annodesk.store import logins
from annodesk.ui.jobs import Jobs
from annodesk.ui.team.following import join_project
from annodesk.ui.window import MainWindow
from tests.team import PASSWORD, PROJECT, Team

pytestmark = [pytest.mark.qt, pytest.mark.postgres]


@pytest.fixture
def open_as(qtbot: QtBot, url: Callable[[str], str]) -> Iterator[Callable[[str], MainWindow]]:
    """Opens the window on a person's own file of the team's project."""
    made: list[MainWindow] = []

    def open_it(name: str) -> MainWindow:
        met = joining.keep_password(joining.meet(joining.read_url(url(name), PASSWORD)))
        project = next(one for one in met.projects if one.name == PROJECT)
        window = MainWindow(Jobs(), join_project(met, project))
        made.append(window)
        qtbot.addWidget(window)
        window.resize(1280, 720)
        window.show()
        qtbot.waitUntil(lambda: window.context is not None and window.is_idle(), timeout=30_000)
        qtbot.waitUntil(lambda: window.status.sync.words.text().startswith("Synced"), timeout=30_000)
        return window

    yield open_it
    for window in made:
        window.close()


def test_who_works_here_is_the_login_and_nobody_else(open_as: Callable[[str], MainWindow], team: Team) -> None:
    window = open_as("moe")
    assert len(window.who.people()) > 1, "a manager knows the others"
    assert window.status.person.text() == "Working as Moe"
    window.keys.trigger("window.person")
    assert "you are Moe" in window.notices.seen[-1].sentence
    window.who.choose(team.people["ada"])
    assert window.context is not None
    assert window.context.person_id == team.people["moe"]
    window.keys.trigger("window.newcomer")
    assert "Nobody is added" in window.notices.seen[-1].sentence
    assert not [d for d in window.findChildren(type(window)) if d.isModal()]
    assert "your login" in window.status.person.toolTip()


def test_a_new_version_and_new_people_are_shown_as_they_come(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    window = open_as("moe")
    before = {member.person.name for member in window.who.people()}
    assert "Olga" not in before
    with team.connect("max") as db:
        db.execute("select annodesk.add_member(%s, %s)", (PROJECT, team.login("olga")))
        db.execute(
            "select annodesk.add_version(p => project_id, file => replace(file, 'advert', 'jingle'),"
            " guidelines => guidelines, pictures => '{}', model_name => model_name,"
            " model_sha256 => model_sha256, see_others => 'never',"
            " show => 'never', lease_hours => 24, pack_days => 7) from annodesk.project_version where project_id = %s"
            " order by version desc limit 1",
            (PROJECT,),
        )
    window.bus.sync_asked.emit()
    qtbot.waitUntil(lambda: "Olga" in {member.person.name for member in window.who.people()}, timeout=30_000)
    qtbot.waitUntil(lambda: any("is at version 2 now" in n.sentence for n in window.notices.seen), timeout=30_000)


def test_an_analyst_of_today_reviews_without_opening_the_file_again(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    window = open_as("cleo")
    window.show_workspace("review")
    qtbot.waitUntil(lambda: "does not review" in window.workspace.waiting.page.title.text(), timeout=10_000)
    assert "administrator" in window.workspace.waiting.page.sentence.text()
    assert window.workspace.waiting.page.button.isHidden()
    with team.admin.begin() as db:
        logins.give_role(db, team.login("cleo"), PROJECT, Role.ANALYST)
    window.bus.sync_asked.emit()
    qtbot.waitUntil(lambda: "queue is empty" in window.workspace.waiting.page.title.text(), timeout=30_000)


def test_people_of_the_team_are_shown_without_asking_for_a_database(
    qtbot: QtBot, open_as: Callable[[str], MainWindow]
) -> None:
    window = open_as("moe")
    window.keys.trigger("window.team_people")
    assert window.team.dialog is None
    qtbot.waitUntil(lambda: window.team.panel is not None and not window.team.panel.is_busy, timeout=30_000)
    assert window.team.panel is not None
    assert window.team.panel.table.rowCount() > 1
