"""The connect dialog at the address of something else: a sentence and a next step, and the window lives on."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import psycopg
import pytest
from pytestqt.qtbot import QtBot

from annodesk.store import shared
from annodesk.ui.team.connect import ConnectDialog
from annodesk.ui.window import MainWindow
from tests.strangers import STRANGERS, listening
from tests.team import PASSWORD, Team, new_database
from tests.ui.team.test_connect import said

pytestmark = [pytest.mark.qt, pytest.mark.postgres]


@pytest.fixture
def dialog(window: MainWindow) -> Iterator[ConnectDialog]:
    window.team.connect_to()
    made = window.team.dialog
    assert made is not None
    yield made
    if window.team.dialog is not None:
        made.reject()


@pytest.mark.parametrize("who", STRANGERS)
def test_a_stranger_at_the_address_is_told(qtbot: QtBot, dialog: ConnectDialog, window: MainWindow, who: str) -> None:
    serve, words = STRANGERS[who]
    with listening(serve) as port:
        found = said(qtbot, dialog, f"postgresql://ada@127.0.0.1:{port}/annodesk?connect_timeout=2")
    assert words in found
    assert "\n" not in found
    assert dialog.isVisible()
    assert window.team.met is None


def test_databases_that_do_not_fit_are_told(
    qtbot: QtBot, dialog: ConnectDialog, team: Team, url: Callable[[str], str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ada = url("ada")
    with new_database(team.server) as (name, _):
        assert "not one of annodesk's" in said(qtbot, dialog, ada.replace(team.database, name))
        with psycopg.connect(team.server.url(database=name), autocommit=True) as db:
            db.execute(f'revoke connect on database "{name}" from public')
        assert "may not enter this database" in said(qtbot, dialog, ada.replace(team.database, name))
    with psycopg.connect(team.server.url(database=team.database), autocommit=True) as db:
        db.execute("update annodesk.alembic_version set version_num = '9999'")
        try:
            assert "newer annodesk" in said(qtbot, dialog, ada)
            assert "Update annodesk" in dialog.hint.text()
        finally:
            db.execute("update annodesk.alembic_version set version_num = '0001'")
    monkeypatch.setattr(shared, "SHARED_HEAD", "0002")
    assert "older annodesk" in said(qtbot, dialog, ada)
    assert "annodesk server upgrade" in dialog.hint.text()


def test_a_login_without_rights_or_with_another_password_is_told(
    qtbot: QtBot, dialog: ConnectDialog, team: Team, url: Callable[[str], str]
) -> None:
    login = f"{team.prefix}stray"
    with team.administrator() as db:
        db.execute(f"create role {login} login password '{PASSWORD}'")
        db.execute(f'grant connect on database "{team.database}" to {login}')
        try:
            assert "no rights" in said(qtbot, dialog, url("stray"))
            assert "knows no such login" in said(qtbot, dialog, url("stray"), "another")
        finally:
            db.execute(f"drop owned by {login}")
            db.execute(f"drop role {login}")
