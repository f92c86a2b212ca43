"""The way into a team: tried in the background, each failure a sentence with a next step, an invitation in one go."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk import credentials
from annodesk.services.joining import Invited, Met
from annodesk.store.private_server import PrivateServer
from annodesk.ui.team.connect import ConnectDialog
from annodesk.ui.window import MainWindow
from tests.team import PASSWORD, PROJECT, Team, made_team

pytestmark = [pytest.mark.qt, pytest.mark.postgres]
OWN = "a word of my own"


@pytest.fixture
def dialog(window: MainWindow) -> Iterator[ConnectDialog]:
    window.team.connect_to()
    made = window.team.dialog
    assert made is not None
    yield made
    if window.team.dialog is not None:
        made.reject()


def settle(qtbot: QtBot, dialog: ConnectDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=20_000)


def said(qtbot: QtBot, dialog: ConnectDialog, url: str, password: str = PASSWORD) -> str:
    """What a test of this address says."""
    dialog.address.setText(url)
    dialog.password.setText(password)
    dialog.tests.click()
    settle(qtbot, dialog)
    assert dialog.hint.text(), "there is a next step"
    return dialog.sentence.text()


@contextmanager
def somebody_else() -> Iterator[int]:
    """A port at which something listens that is not a server, and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen()
        yield listening.getsockname()[1]


def test_a_test_says_who_one_is_and_changes_nothing(
    qtbot: QtBot, dialog: ConnectDialog, window: MainWindow, url: Callable[[str], str]
) -> None:
    assert "you are Ada" in said(qtbot, dialog, url("ada"))
    assert f"{PROJECT} (annotator)" in dialog.hint.text()
    assert window.team.met is None
    assert dialog.isVisible()


def test_each_failure_is_a_sentence_with_a_next_step(
    qtbot: QtBot, dialog: ConnectDialog, team: Team, url: Callable[[str], str]
) -> None:
    ada = url("ada")
    assert "knows no such login" in said(qtbot, dialog, ada, "wrong")
    assert QApplication.focusWidget() is dialog.password
    assert "It begins with postgresql://" in said(qtbot, dialog, "db.example.org") + dialog.hint.text()
    assert "no such database" in said(qtbot, dialog, ada.replace(team.database, "nowhere"))
    assert "no such host" in said(qtbot, dialog, "postgresql://ada@no-such-host.invalid/x")
    assert "no safe connection" in said(qtbot, dialog, f"{ada}?sslmode=require")
    assert "cannot be understood" in said(qtbot, dialog, "postgresql://ada@host/x?nonsense=1")


def test_connecting_closes_the_window_and_keeps_the_password_in_memory(
    qtbot: QtBot, dialog: ConnectDialog, window: MainWindow, url: Callable[[str], str]
) -> None:
    met: list[Met] = []
    window.team.connected.connect(met.append)
    dialog.address.setText(url("ana"))
    dialog.password.setText(PASSWORD)
    qtbot.keyClick(dialog.password, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: bool(met), timeout=20_000)
    assert window.team.dialog is None
    assert met[0].name == "Ana"
    assert credentials.find(met[0].address.place, met[0].address.login) == PASSWORD
    assert any("no keyring" in notice.hint for notice in window.notices.seen)
    window.team.connect_to()
    again = window.team.dialog
    assert again is not None
    assert PASSWORD not in again.address.text()
    again.password.clear()
    again.tests.click()
    settle(qtbot, again)
    assert "you are Ana" in again.sentence.text(), "this computer knows the password"


def test_the_window_lives_while_the_server_does_not_answer_and_stop_stops(
    qtbot: QtBot, dialog: ConnectDialog, window: MainWindow
) -> None:
    with somebody_else() as port:
        dialog.address.setText(f"postgresql://ada@127.0.0.1:{port}/x?connect_timeout=2")
        dialog.tests.click()
        assert dialog.is_busy
        assert not dialog.progress.isHidden()
        assert not dialog.enter.isEnabled()
        window.toggle_theme()
        dialog.back.click()
        assert not dialog.is_busy
        assert dialog.isVisible()
        assert dialog.back.text() == "Not now"
        qtbot.waitUntil(lambda: window.jobs.is_idle, timeout=20_000)
        assert dialog.sentence.isHidden(), "the answer that comes later is dropped"


def test_an_invitation_is_opened_and_a_password_chosen(
    qtbot: QtBot, dialog: ConnectDialog, window: MainWindow, invited: Invited
) -> None:
    dialog.open_invitation(invited.path)
    words = dialog.explanation.text()
    assert "Zoe, you are invited to project-one" in words
    assert invited.invitation.password not in words
    assert dialog.address.isHidden()
    assert not dialog.enter.isEnabled()
    dialog.tests.click()
    settle(qtbot, dialog)
    assert "PostgreSQL" in dialog.sentence.text()
    dialog.password.setText(OWN)
    dialog.again.setText("another")
    dialog.enter.click()
    assert "differ" in dialog.sentence.text()
    dialog.again.setText(OWN)
    qtbot.keyClick(dialog.again, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: window.team.met is not None, timeout=20_000)
    assert window.team.met is not None
    assert window.team.met.person_id == invited.person_id
    qtbot.waitUntil(lambda: window.context is not None, timeout=30_000)
    assert window.context is not None
    assert window.context.person_name == "Zoe"
    assert window.strip.project.text() == PROJECT
    assert window.strip.item.whole() == "First steps · 1 of 6", "who has just come is shown around"
    qtbot.waitUntil(lambda: window.status.sync.words.text().startswith("Synced"), timeout=30_000)
    window.team.show_log()
    assert window.team.log is not None
    assert window.team.log.state.text().startswith("Synced")
    window.bus.saved.emit(1)
    assert window.status.sync.words.whole == "1 edit waiting", "what is saved here is not sent yet"
    qtbot.waitUntil(lambda: window.status.sync.words.text().startswith("Synced"), timeout=30_000)


def test_a_used_invitation_says_so_and_the_address_is_a_press_away(
    qtbot: QtBot, dialog: ConnectDialog, team: Team, invited: Invited
) -> None:
    with team.administrator() as db:
        db.execute(f"alter role {team.login('zoe')} password 'another one'")
    dialog.open_invitation(invited.path)
    dialog.tests.click()
    settle(qtbot, dialog)
    assert "used already" in dialog.sentence.text()
    assert dialog.hint.text() == "Ask for a new one."
    dialog.other.click()
    assert not dialog.address.isHidden()
    assert dialog.again.isHidden()


def test_a_file_that_is_no_invitation_is_refused_in_words(dialog: ConnectDialog, tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"\x00\xff")
    dialog.open_invitation(tmp_path / "x")
    assert "not an invitation" in dialog.sentence.text()
    dialog.open_invitation(tmp_path / "not-there")
    assert "cannot be read" in dialog.sentence.text()


def test_it_is_opened_by_the_palette_and_closed_by_escape(qtbot: QtBot, window: MainWindow) -> None:
    window.keys.trigger("window.team")
    dialog = window.team.dialog
    assert dialog is not None
    qtbot.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.team.dialog is None


@pytest.fixture
def own_team(network: PrivateServer) -> Iterator[Team]:
    """A database that a test may spoil."""
    with made_team(network, items=1) as made:
        yield made


def test_a_database_of_another_version_and_one_without_rights_are_told_apart(
    qtbot: QtBot, dialog: ConnectDialog, own_team: Team
) -> None:
    ada = own_team.server.url(own_team.login("ada"), own_team.database, tcp=True)
    with own_team.administrator() as db:
        db.execute("update annodesk.alembic_version set version_num = '9999'")
        assert "newer annodesk" in said(qtbot, dialog, ada)
        assert "Update" in dialog.hint.text()
        db.execute("update annodesk.alembic_version set version_num = '0001'")
        db.execute(f"revoke annodesk_annotator from {own_team.login('ada')}")
        db.execute(f"grant connect on database {own_team.database} to {own_team.login('ada')}")
        assert "no rights" in said(qtbot, dialog, ada)
        assert "administrator" in dialog.hint.text()
        db.execute(f"revoke connect on database {own_team.database} from {own_team.login('ada')}")
        assert "may not enter" in said(qtbot, dialog, ada)
        db.execute(f"alter role {own_team.login('ada')} nologin")
        assert "may not enter any more" in said(qtbot, dialog, ada)


def test_a_database_that_is_not_ours_and_what_is_no_postgresql_are_told_apart(
    qtbot: QtBot, dialog: ConnectDialog, own_team: Team
) -> None:
    ada = own_team.server.url(own_team.login("ada"), "postgres", tcp=True)
    assert "not one of annodesk's" in said(qtbot, dialog, ada)
    with strange_server() as port:
        assert "not a PostgreSQL" in said(qtbot, dialog, f"postgresql://ada@127.0.0.1:{port}/x")


@contextmanager
def strange_server() -> Iterator[int]:
    """A port at which something answers that is no PostgreSQL."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def answer() -> None:
            with contextlib.suppress(OSError):
                while True:
                    asked, _ = listening.accept()
                    with asked:
                        asked.recv(64)
                        asked.sendall(b"HTTP/1.0 400 Bad Request\r\n\r\n")

        thread = threading.Thread(target=answer, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        listening.shutdown(socket.SHUT_RDWR)
    thread.join()
