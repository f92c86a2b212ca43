"""The panel of people against a real server: what one may do is there, what one may not is not, or said why."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.services import joining, server
from annodesk.store import remote
from annodesk.store.private_server import PrivateServer
from annodesk.ui.team.invite import InviteDialog
from annodesk.ui.team.people import PeoplePanel
from annodesk.ui.window import MainWindow
from tests.team import PASSWORD, PROJECT, Team, made_team

pytestmark = [pytest.mark.qt, pytest.mark.postgres]


@pytest.fixture
def team(network: PrivateServer) -> Iterator[Team]:
    with made_team(network, items=2) as made:
        yield made


@pytest.fixture
def open_panel(qtbot: QtBot, window: MainWindow, url: Callable[[str], str]) -> Iterator[Callable[[str], PeoplePanel]]:
    def open_it(name: str) -> PeoplePanel:
        window.team.met = joining.meet(joining.read_url(url(name), PASSWORD))
        window.team.project_name = lambda: PROJECT
        window.team.show_people()
        panel = window.team.panel
        assert panel is not None
        settle(qtbot, panel)
        return panel

    yield open_it
    window.team.close()


def settle(qtbot: QtBot, panel: PeoplePanel) -> None:
    qtbot.waitUntil(lambda: not panel.is_busy, timeout=20_000)


def rows(panel: PeoplePanel) -> dict[str, list[str]]:
    found = [[panel.table.item(r, c).text() for c in range(5)] for r in range(panel.table.rowCount())]
    return {row[0]: row[1:] for row in found}


def test_a_manager_sees_everybody_and_what_they_are(open_panel: Callable[[str], PeoplePanel]) -> None:
    panel = open_panel("max")
    assert set(rows(panel)) == {"Ada", "Ana", "Ann", "Ben", "Cleo", "Max (you)", "Moe"}
    assert rows(panel)["Ann"][0] == "analyst, annotator"
    assert panel.why.isHidden()
    assert panel.invites.isVisible()
    assert not panel.away.isVisible(), "a manager cannot leave"


def test_an_annotator_sees_themselves_alone_and_is_told_why(open_panel: Callable[[str], PeoplePanel]) -> None:
    panel = open_panel("ada")
    assert list(rows(panel)) == ["Ada (you)"]
    assert "managers and analysts" in panel.why.text()
    for part in (panel.login, panel.adds, panel.invites, panel.out, panel.quota, panel.skill):
        assert not part.isVisible()
    assert panel.away_set.isVisible()
    assert panel.away.isVisible()


def test_an_analyst_sees_everybody_and_changes_nobody(open_panel: Callable[[str], PeoplePanel]) -> None:
    panel = open_panel("ana")
    assert "Ben" in rows(panel)
    panel.choose(next(m.person_id for m in panel.view.members if m.name == "Ben"))  # type: ignore[union-attr]
    assert "changed by a manager" in panel.why.text()
    for part in (panel.quota, panel.skill, panel.away_set, panel.out, panel.adds):
        assert not part.isVisible()


def test_a_manager_sets_quota_skills_and_absence_and_open_tasks_go_back(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    held = team.claim("ben")
    assert held is not None
    panel = open_panel("max")
    panel.choose(team.people["ben"])
    panel.quota.setValue(40)
    panel.quota_set.click()
    settle(qtbot, panel)
    assert rows(panel)["Ben"][2] == "40"
    panel.skill.setText("pt")
    panel.level.setValue(3)
    qtbot.keyClick(panel.skill, Qt.Key.Key_Return)
    settle(qtbot, panel)
    assert rows(panel)["Ben"][1] == "pt 3"
    panel.days.setValue(5)
    panel.away_set.click()
    settle(qtbot, panel)
    assert rows(panel)["Ben"][3]
    assert rows(panel)["Ben"][2] == "40", "an absence leaves the quota"
    with team.administrator() as db:
        state = db.execute("select state from annodesk.claim where id = %s", (held[0],)).fetchone()
    assert state == ("expired",)
    assert panel.chosen().name == "Ben"  # type: ignore[union-attr]
    panel.quota.setValue(10)
    panel.quota_set.click()
    settle(qtbot, panel)
    assert rows(panel)["Ben"][3], "a quota leaves the absence"
    panel.back.click()
    settle(qtbot, panel)
    assert rows(panel)["Ben"][3] == ""
    panel.level.setValue(0)
    panel.skill.setText("pt")
    panel.skill_set.click()
    settle(qtbot, panel)
    assert rows(panel)["Ben"][1] == ""


def test_somebody_with_a_login_is_added_and_taken_out_again_asked_twice(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    panel = open_panel("max")
    panel.login.setText(team.login("olga"))
    panel.adds.click()
    settle(qtbot, panel)
    assert rows(panel)["Olga"][0] == "annotator"
    panel.choose(team.people["olga"])
    panel.out.click()
    assert "Really" in panel.sentence.text()
    assert "Olga" in rows(panel)
    panel.out.click()
    settle(qtbot, panel)
    assert "Olga" not in rows(panel)
    panel.choose(team.people["moe"])
    assert not panel.out.isEnabled(), "only the administrator removes a manager"


def test_what_the_server_refuses_is_said_in_its_words(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    panel = open_panel("max")
    panel.login.setText("nobody-of-that-name")
    panel.adds.click()
    settle(qtbot, panel)
    assert "There is no such login." in panel.sentence.text()
    assert rows(panel)
    with team.administrator() as db:
        db.execute("delete from annodesk.membership where person_id = %s and role = 'manager'", (team.people["max"],))
    panel.choose(team.people["ben"])
    panel.quota_set.click()
    settle(qtbot, panel)
    assert "You may not do this in this project." in panel.sentence.text()


def test_leaving_is_asked_twice_gives_tasks_back_and_keeps_the_work(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    held = team.claim("cleo")
    assert held is not None
    panel = open_panel("cleo")
    panel.away.click()
    assert "Really leave" in panel.sentence.text()
    panel.away.click()
    settle(qtbot, panel)
    assert "You have left project-one; 1 task went back." in panel.sentence.text()
    assert panel.table.rowCount() == 0
    with team.administrator() as db:
        found = db.execute("select count(*) from annodesk.annotation_set where id = %s", (held[2],)).fetchone()
    assert found == (1,)


def test_an_invitation_is_written_by_the_administrators_address(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team, tmp_path: Path
) -> None:
    panel = open_panel("max")
    panel.invites.click()
    dialog = panel.inviting
    assert isinstance(dialog, InviteDialog)
    assert not dialog.write.isEnabled()
    dialog.login.setText(team.login("zoe"))
    dialog.name.setText("Zoe")
    path = tmp_path / "zoe.annodesk-invitation"
    dialog.admin.setText(team.server.url(team.login("max"), team.database, tcp=True))
    dialog.password.setText(PASSWORD)
    dialog.invite(path)
    qtbot.waitUntil(lambda: bool(dialog.sentence.text()), timeout=20_000)
    assert "may not do this" in dialog.sentence.text(), "a manager makes no logins"
    assert not path.exists()
    dialog.admin.setText(team.server.url(database=team.database))
    dialog.password.clear()
    dialog.invite(path)
    qtbot.waitUntil(path.exists, timeout=20_000)
    settle(qtbot, panel)
    qtbot.waitUntil(lambda: "Zoe" in rows(panel), timeout=20_000)
    assert joining.read_invitation(path).login == team.login("zoe")
    server.remove_user(remote.read_address(team.server.url(database=team.database)), team.login("zoe"))


def test_a_server_that_is_gone_is_said_and_the_table_stays(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    panel = open_panel("max")
    before = rows(panel)
    with team.administrator() as db:
        db.execute(f"alter role {team.login('max')} nologin")
    panel.refresh()
    settle(qtbot, panel)
    assert "may not enter any more" in panel.sentence.text()
    assert rows(panel) == before


def test_without_a_team_the_database_is_asked_for_first(qtbot: QtBot, window: MainWindow) -> None:
    window.keys.trigger("window.team_people")
    assert window.team.panel is None
    assert window.team.dialog is not None
    window.team.dialog.reject()


def test_a_manager_gives_the_role_of_annotator_alone_and_takes_roles_away_asked_twice(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    held = team.claim("ann")
    assert held is not None
    panel = open_panel("max")
    panel.choose(team.people["ann"])
    take = panel.takes[Role.ANNOTATOR]
    assert take.isVisible()
    assert not panel.gives.isVisible()
    assert "administrator" in panel.by_admin.text()
    take.click()
    assert "Really" in panel.sentence.text()
    assert rows(panel)["Ann"][0] == "analyst, annotator"
    take.click()
    settle(qtbot, panel)
    assert rows(panel)["Ann"][0] == "analyst"
    assert not take.isVisible(), "the last role goes with the person"
    with team.administrator() as db:
        assert db.execute("select state from annodesk.claim where id = %s", (held[0],)).fetchone() == ("expired",)
    panel.gives.click()
    settle(qtbot, panel)
    assert rows(panel)["Ann"][0] == "analyst, annotator"
    panel.choose(team.people["moe"])
    assert not panel.takes[Role.ANALYST].isVisible()
    assert "manager" in panel.by_admin.text()


def test_a_login_that_may_not_label_is_said_and_the_administrator_lets_it(
    qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team
) -> None:
    panel = open_panel("max")
    panel.choose(team.people["ana"])
    panel.gives.click()
    settle(qtbot, panel)
    assert "may not label" in panel.sentence.text()
    assert "add-user" in panel.sentence.text()
    admin = remote.read_address(team.server.url(database=team.database))
    assert server.has_user(admin, team.login("ana"))
    assert not server.has_user(admin, team.login("nobody"))
    server.give_roles(admin, team.login("ana"), ["annotator"], PROJECT)
    panel.refresh()
    settle(qtbot, panel)
    assert rows(panel)["Ana"][0] == "analyst, annotator"


def test_a_limit_a_day_is_lifted_again(qtbot: QtBot, open_panel: Callable[[str], PeoplePanel], team: Team) -> None:
    panel = open_panel("max")
    panel.choose(team.people["ben"])
    assert panel.quota.text() == "any"
    for quota, shown in ((0, "0"), (-1, "")):
        panel.quota.setValue(quota)
        panel.quota_set.click()
        settle(qtbot, panel)
        assert rows(panel)["Ben"][2] == shown
