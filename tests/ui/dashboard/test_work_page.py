"""The desk's page of work over a real file: a manager keeps, pauses and takes over tasks, and agrees with members."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.ui.dashboard.given_cards import NO_TASKS, NONE_LIKE
from annodesk.ui.dashboard.work_page import WorkPage
from tests.services.made import House, make_house
from tests.ui.dashboard.conftest import Page

Open = Callable[..., Page]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Three recordings, of which Ada holds one; Max manages."""
    made = make_house(tmp_path, items=3)
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    made.open("Ada", 0)
    made.services.close()
    return made


def work_page(page: Page) -> WorkPage:
    page.desk.keys.trigger("desk.page.work")
    page.wait()
    return page.desk.work


def stands(page: WorkPage) -> list[str]:
    table = page.tasks.table
    return [table.item(row, 2).text() for row in range(table.rowCount())]


def press(page: Page, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    page.qtbot.keyClick(page.window.focusWidget() or page.window, key, modifiers)
    page.wait()


def test_a_task_is_kept_paused_and_given_back_by_keys_alone_and_each_step_is_undone(house: House, opened: Open) -> None:
    page = opened(house, "Max")
    work = work_page(page)
    assert stands(work)[1:] == ["2 places free", "2 places free"]
    press(page, Qt.Key.Key_Down)
    work.tasks.person.setCurrentIndex(work.tasks.person.findText("Ben"))
    press(page, Qt.Key.Key_F)
    assert stands(work)[1] == "kept for Ben; 2 places free"
    press(page, Qt.Key.Key_H)
    assert stands(work)[1] == "paused: given to nobody; kept for Ben; 2 places free"
    press(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert stands(work)[1] == "kept for Ben; 2 places free"
    press(page, Qt.Key.Key_A)
    assert stands(work)[1] == "2 places free"
    assert work.tasks.chosen is not None
    assert work.tasks.chosen.title == "episode-1", "what was chosen stays chosen"


def test_what_somebody_holds_is_taken_over_for_another_who_is_given_it_first(house: House, opened: Open) -> None:
    page = opened(house, "Max")
    work = work_page(page)
    assert "held by 1 person" in stands(work)[0]
    work.tasks.person.setCurrentIndex(work.tasks.person.findText("Ben"))
    press(page, Qt.Key.Key_T)
    assert stands(work)[0] == "kept for Ben; 2 places free"
    context = page.window.context
    assert context is not None
    offered = context.services.dashboard.queue(house.project_id, house.id_of("Ben"))
    assert (offered[0]["item"], offered[0]["reason"]) == ("episode-0", "A manager chose you for it")


def test_a_member_is_paused_and_their_hours_are_agreed_in_a_form(house: House, qtbot: QtBot, opened: Open) -> None:
    page = opened(house, "Max")
    work = work_page(page)
    press(page, Qt.Key.Key_E)
    press(page, Qt.Key.Key_W)
    assert work.members.table.item(0, 1).text() == "paused: given nothing new"
    press(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert work.members.table.item(0, 1).text() == "is given work at any time"
    press(page, Qt.Key.Key_M)
    form = work.members.form
    assert form.isVisible()
    form.quota.setValue(12)
    form.has_hours.setChecked(True)
    for box in form.days:
        box.setChecked(False)
    form._give()
    assert "Choose a day" in form.problem.text(), "hours on no day say nothing"
    form.days[5].setChecked(True)
    qtbot.keyClick(form.quota, Qt.Key.Key_Return)
    page.wait()
    words = work.members.table.item(0, 1).text()
    assert words.startswith("works Saturday, 9:00 to 17:00")
    assert words.endswith("at most 12 tasks a day")
    assert not form.isVisible()


def test_what_a_member_knows_is_written_in_the_form_and_taken_back_in_one_step(
    house: House, qtbot: QtBot, opened: Open
) -> None:
    page = opened(house, "Max")
    work = work_page(page)
    press(page, Qt.Key.Key_E)
    press(page, Qt.Key.Key_M)
    form = work.members.form
    assert form.skills.hasFocus()
    qtbot.keyClicks(form.skills, "medical:2, en")
    form.quota.setValue(7)
    qtbot.keyClick(form.skills, Qt.Key.Key_Return)
    page.wait()
    assert work.members.table.item(0, 2).text() == "en 1, medical 2"
    assert work.members.table.item(0, 1).text() == "at most 7 tasks a day"
    press(page, Qt.Key.Key_Down)
    press(page, Qt.Key.Key_M)
    qtbot.keyClicks(form.skills, "med")
    qtbot.keyClick(form.skills, Qt.Key.Key_Down)
    assert form.skills.text() == "medical"
    qtbot.keyClicks(form.skills, ", ")
    qtbot.keyClick(form.skills, Qt.Key.Key_Down)
    assert form.skills.text() == "medical, en"
    qtbot.keyClick(form.skills, Qt.Key.Key_Up)
    assert form.skills.text() == "medical, medical", "round and round"
    qtbot.keyClick(form.skills, Qt.Key.Key_Escape)
    page.wait()
    press(page, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert work.members.table.item(0, 2).text() == ""
    assert work.members.table.item(0, 1).text() == "is given work at any time"


def test_tasks_are_found_by_name_and_an_empty_list_says_why(house: House, qtbot: QtBot, opened: Open) -> None:
    page = opened(house, "Max")
    work = work_page(page)
    press(page, Qt.Key.Key_S)
    qtbot.keyClicks(work.tasks.search, "SODE-2")
    qtbot.waitUntil(lambda: work.tasks.table.rowCount() == 1, timeout=10_000)
    qtbot.keyClicks(work.tasks.search, "x")
    qtbot.waitUntil(lambda: work.tasks.empty.isVisible(), timeout=10_000)
    assert work.tasks.empty.text() == NONE_LIKE
    work.tasks.search.clear()
    work.tasks.which.setCurrentIndex(2)
    qtbot.waitUntil(lambda: work.tasks.empty.text().startswith("Every task goes"), timeout=10_000)
    assert NO_TASKS.startswith("Nothing is left")


def test_who_does_not_manage_is_told_whom_to_ask(house: House, opened: Open) -> None:
    page = opened(house, "Cleo")
    work = work_page(page)
    assert "by the project's manager" in work.state.text()
    assert not work.tasks.isVisible()
    assert not work.members.isVisible()
    assert [one for one in work.findChildren(QLabel) if one.isVisible()] == [work.state]
