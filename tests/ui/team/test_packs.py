"""Taking tasks offline from the window, leases that end while it is open, and what goes back when it closes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Iterator
from functools import partial

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from annodesk.media.files import media_folder
from annodesk.services import joining
from annodesk.store.private_server import PrivateServer
from annodesk.ui.jobs import Jobs
from annodesk.ui.team.following import join_project
from annodesk.ui.team.packs import PackDialog
from annodesk.ui.window import MainWindow
from tests.media.web import Site, serving
from tests.sync.computers import admin, give_project_its_file
from tests.sync.test_leases import expire
from tests.team import PASSWORD, PROJECT, Team, made_team

pytestmark = [pytest.mark.qt, pytest.mark.postgres]

BODY = os.urandom(200_000)
SHA256 = hashlib.sha256(BODY).hexdigest()
SOON = 30_000


@pytest.fixture
def team(network: PrivateServer) -> Iterator[Team]:
    with made_team(network, items=5) as made:
        give_project_its_file(made)
        yield made


@pytest.fixture
def site(team: Team, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with serving(Site(body=BODY)) as running:
        for n in range(5):
            admin(
                team,
                "insert into annodesk.asset (project_id, id, item_id, type, role, position, offset_us, root, path, url)"
                " values (%s, %s, %s, 'text', '', 0, 0, '', '', %s)",
                *(PROJECT, f"a{n}", f"{PROJECT}-{n}", running.url.replace("one.wav", f"{team.prefix}{n}.txt")),
            )
        yield running


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
        window.activateWindow()
        qtbot.waitUntil(lambda: bool(opened(window)), timeout=SOON)
        settle(qtbot, window)
        return window

    yield open_it
    for window in made:
        window.close()


def opened(window: MainWindow) -> str:
    """The task that is open."""
    workspace = window.workspace
    return workspace.view.work.task.id if workspace is not None and workspace.view.work is not None else ""


def is_open(window: MainWindow, task_id: str) -> bool:
    return opened(window) == task_id


def listed(window: MainWindow) -> list[str]:
    assert window.workspace is not None
    return [card.task_id for card in window.workspace.list.cards]


def settle(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.waitUntil(lambda: window.is_idle() and len(listed(window)) >= 2, timeout=SOON)


def states(team: Team) -> dict[str, str]:
    return dict(admin(team, "select task_id, state from annodesk.claim"))


def begin(qtbot: QtBot, window: MainWindow) -> str:
    """Put a segment on the open task, by the keys."""
    work = window.workspace
    assert work is not None
    work.take_focus()
    QTest.keyClick(work.view.timeline, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: len(work.view.annotations) == 1, timeout=SOON)
    qtbot.waitUntil(window.is_idle, timeout=SOON)
    return opened(window)


def dialog_of(qtbot: QtBot, window: MainWindow) -> PackDialog:
    QTest.keyClick(window, Qt.Key.Key_O, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    dialog = window.team.holding.dialog
    assert dialog is not None
    qtbot.waitUntil(dialog.go.isEnabled, timeout=SOON)
    return dialog


def done(qtbot: QtBot, dialog: PackDialog) -> None:
    qtbot.waitUntil(lambda: not dialog.is_busy, timeout=SOON)


def test_tasks_are_taken_offline_by_the_keys_and_brought_back(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team, site: Site
) -> None:
    window = open_as("ada")
    begun = begin(qtbot, window)
    dialog = dialog_of(qtbot, window)
    assert "you hold 2 tasks" in dialog.stands.text()
    assert dialog.days.maximum() == 7
    dialog.count.setValue(4)
    QTest.keyClick(dialog.count, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: dialog.is_busy, timeout=SOON)
    assert dialog.close_button.text() == "Stop"
    done(qtbot, dialog)
    assert dialog.sentence.text().startswith("4 tasks are ready until ")
    qtbot.waitUntil(lambda: "4 tasks offline until" in dialog.stands.text(), timeout=SOON)
    assert "1 of them begun" in dialog.stands.text()
    qtbot.waitUntil(lambda: len(listed(window)) == 4, timeout=SOON)
    assert admin(team, "select count(*) from annodesk.claim where pack_until_us is not null") == [(4,)]
    assert len([f for f in media_folder().folder.iterdir() if f.is_file()]) >= 4
    dialog.back.click()
    done(qtbot, dialog)
    assert dialog.sentence.text() == "3 tasks went back to the team."
    assert "1 task you have begun" in dialog.hint.text()
    assert states(team)[begun] == "leased"
    qtbot.waitUntil(lambda: not dialog.back.isEnabled(), timeout=SOON)


def test_stopped_it_says_what_is_ready(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team, site: Site
) -> None:
    window = open_as("ada")
    qtbot.waitUntil(lambda: not window.context.services.packs.is_lacking(), timeout=SOON)  # type: ignore[union-attr]
    site.stall_at = 50_000
    dialog = dialog_of(qtbot, window)
    dialog.count.setValue(4)
    dialog.take()
    qtbot.waitUntil(lambda: len(site.asked) == 3, timeout=SOON)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert dialog.isVisible(), "what comes of it is still to be told"
    dialog.close_button.click()
    done(qtbot, dialog)
    site.going_on.set()
    assert dialog.sentence.text().startswith("Stopped: 2 tasks are ready until ")
    assert sorted(states(team).values()) == ["expired", "expired", "leased", "leased"]
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert window.team.holding.dialog is None


def test_what_cannot_be_had_is_told_in_sentences(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team, site: Site
) -> None:
    window = open_as("ada")
    admin(team, "update annodesk.asset set url = 'ftp://example.org/x' where id in ('a2', 'a3')")
    dialog = dialog_of(qtbot, window)
    dialog.count.setValue(5)
    dialog.take()
    done(qtbot, dialog)
    assert dialog.sentence.text().startswith("3 tasks are ready")
    assert dialog.hint.text().count("Media are not fetched from ftp") == 2


def test_a_project_that_forbids_it_says_so_and_offers_nothing(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    admin(
        team,
        "update annodesk.project_version set file = replace(file, '[workflow]', '[workflow]' || chr(10)"
        " || 'offline_media = false') where project_id = %s",
        PROJECT,
    )
    window = open_as("ada")
    window.keys.trigger("window.offline")
    dialog = window.team.holding.dialog
    assert dialog is not None
    qtbot.waitUntil(lambda: dialog.stands.text() == "The work of this project is not taken offline.", timeout=SOON)
    assert not dialog.go.isEnabled()
    assert not dialog.back.isEnabled()


def test_alone_there_is_nothing_to_take(window: MainWindow) -> None:
    window.team.holding.take_offline()
    assert window.team.holding.dialog is None
    assert window.notices.seen[-1].sentence == "Only a team's work is taken offline."


def test_a_lease_that_ends_while_the_window_is_open_is_told_and_nothing_is_lost(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    window = open_as("ada")
    task = begin(qtbot, window)
    expire(team)
    window.bus.sync_asked.emit()
    qtbot.waitUntil(lambda: any("Your time for" in one.sentence for one in window.notices.seen), timeout=SOON)
    told = next(one for one in window.notices.seen if "Your time for" in one.sentence and one.hint)
    assert "What you did is kept" in told.hint
    work = window.workspace
    assert work is not None
    assert (opened(window), len(work.view.annotations), work.view.can_change) == (task, 1, True)
    QTest.keyClick(work.view.timeline, Qt.Key.Key_N)
    qtbot.waitUntil(lambda: window.is_idle(), timeout=SOON)
    assert task in listed(window)


def test_leases_are_renewed_by_whoever_presses_a_key(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    window = open_as("ada")
    services = window.context.services  # type: ignore[union-attr]
    services.sync._attended_s = float("-inf")
    run = "update annodesk.claim set lease_until_us = annodesk.now_us() + 3600000000"
    admin(team, run)
    window.bus.sync_asked.emit()
    left = "select min(lease_until_us - annodesk.now_us()) / 3600000000 from annodesk.claim"
    QTest.keyClick(window.windowHandle(), Qt.Key.Key_Shift)
    window.bus.sync_asked.emit()
    qtbot.waitUntil(lambda: admin(team, left)[0][0] >= 23, timeout=SOON)


def test_closing_gives_back_what_was_not_begun(qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team) -> None:
    window = open_as("ada")
    begun = begin(qtbot, window)
    window.close()
    assert window.jobs.is_closed
    found = states(team)
    assert found.pop(begun) == "leased"
    assert set(found.values()) == {"expired"}


def test_the_next_task_lies_ready_and_after_the_last_another_is_asked_for(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    window = open_as("ada")
    first = begin(qtbot, window)
    (ready,) = set(listed(window)) - {first}
    QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened(window) == ready, timeout=SOON)
    second = begin(qtbot, window)
    assert len(listed(window)) == 2
    QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened(window) not in (first, second), timeout=SOON)
    assert len(listed(window)) == 3


def test_after_the_last_task_of_the_queue_the_window_says_that_there_is_none(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team
) -> None:
    window = open_as("ada")
    admin(team, "update annodesk.batch set state = 'closed'")
    workspace = window.workspace
    assert workspace is not None
    said: list[str] = []
    window.bus.status_said.connect(said.append)
    while next_one := workspace.list.neighbour(1) or workspace.list.untouched():
        workspace.step_task(1)
        qtbot.waitUntil(partial(is_open, window, next_one), timeout=SOON)
        qtbot.waitUntil(window.is_idle, timeout=SOON)
    last = opened(window)
    workspace.step_task(1)
    qtbot.waitUntil(lambda: any("nothing for you to do" in one for one in said), timeout=SOON)
    assert opened(window) == last
    assert not workspace.another.is_asking


def test_a_task_is_given_back_by_a_key(qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team) -> None:
    window = open_as("ada")
    task = begin(qtbot, window)
    QTest.keyClick(window, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier)
    qtbot.waitUntil(lambda: states(team)[task] == "expired", timeout=SOON)
    qtbot.waitUntil(lambda: task not in listed(window), timeout=SOON)
    assert any(one.sentence.startswith("Given back: ") for one in window.notices.seen)
    assert admin(team, "select count(*) from annodesk.edit") == [(1,)]


def test_media_of_the_open_task_come_by_themselves(
    qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team, site: Site
) -> None:
    window = open_as("ada")
    services = window.context.services  # type: ignore[union-attr]
    qtbot.waitUntil(lambda: not services.packs.is_lacking(), timeout=SOON)
    assert len(site.asked) >= 2, "and those of the next"
    workspace = window.workspace
    assert workspace is not None
    qtbot.waitUntil(lambda: workspace.view.work is not None and not workspace.view.work.text.is_missing, timeout=SOON)
    assert not workspace.missing.is_waiting


def test_a_whole_pack_that_ends_is_one_notice(qtbot: QtBot, open_as: Callable[[str], MainWindow], team: Team) -> None:
    window = open_as("ada")
    begin(qtbot, window)
    (ready,) = set(listed(window)) - {opened(window)}
    QTest.keyClick(window, Qt.Key.Key_PageDown, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: opened(window) == ready, timeout=SOON)
    begin(qtbot, window)
    expire(team)
    window.bus.sync_asked.emit()
    over = "Your time for 2 tasks is over; they went back to the queue."
    qtbot.waitUntil(lambda: any(one.sentence == over for one in window.notices.seen), timeout=SOON)
    assert len([one for one in window.notices.seen if "Your time" in one.sentence]) == 1
