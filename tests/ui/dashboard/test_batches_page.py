"""The page of batches over a real file: what a manager makes, changes, passes and reads there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from pytestqt.qtbot import QtBot

from annodesk.model.work import BatchState, Role
from annodesk.ui import theme
from annodesk.ui.dashboard.batches_page import NOBODY_MAY, BatchCard, BatchesPage
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.services.made import House, make_house
from tests.services.test_batches import add
from tests.services.test_pilots import GUIDELINES, OTHER

Open = Callable[..., BatchesPage]


@pytest.fixture
def made(tmp_path: Path) -> House:
    """A pilot that Ada and Ben have labelled otherwise, what waits for it, and the manager Max."""
    house = make_house(tmp_path)
    (house.folder / "guidelines.md").write_text(GUIDELINES, encoding="utf-8")
    house.services.projects.init(house.folder / "project.toml")
    house.people["Max"] = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    add(house, "pilot", "one", is_pilot=True)
    add(house, "rest", "two")
    house.submit("Ada", task=1)
    house.submit("Ben", OTHER, task=1)
    house.round()
    house.services.close()
    return house


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, made: House) -> Iterator[Open]:
    """Opens the page in somebody's name, in a window."""
    theme.apply(qapp, "dark", text_scale=1.0)
    windows: list[MainWindow] = []

    def open_page(person: str = "Max") -> BatchesPage:
        window = MainWindow(Jobs(), made.folder / "work.annodesk", person=person)
        windows.append(window)
        qtbot.addWidget(window)
        qtbot.waitUntil(lambda: window.context is not None and window.is_idle(), timeout=20_000)
        assert window.context is not None
        page = BatchesPage(window.context)
        qtbot.addWidget(page)
        page.resize(1040, 640)
        page.show()
        page.read()
        qtbot.waitUntil(lambda: bool(page.found), timeout=10_000)
        return page

    yield open_page
    for window in windows:
        window.close()
    theme.apply(qapp, "dark", text_scale=1.0)


def card(page: BatchesPage, name: str) -> BatchCard:
    batch = next(one.batch.id for one in page.found if one.batch.name == name)
    rows = page.cards.layout()
    assert rows is not None
    shown = [rows.itemAt(place).widget() for place in range(rows.count())]
    return next(one for one in shown if isinstance(one, BatchCard) and one.batch_id == batch)


def press(page: BatchesPage, name: str, words: str) -> None:
    found = [one for one in card(page, name).findChildren(QPushButton) if one.text() == words]
    found[0].click()


def sentences(page: BatchesPage) -> dict[str, str]:
    return {one.batch.name: one.sentence for one in page.found}


def test_each_batch_says_where_it_stands_and_a_pilot_is_passed_there(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    assert sentences(page) == {
        "batch 1": "0 of 1 settled.",
        "pilot": "Pilot: everybody has labelled it. Read its report, then pass it.",
        "rest": "It waits until the pilot pilot is passed.",
    }
    press(page, "pilot", "Pass the pilot")
    qtbot.waitUntil(lambda: sentences(page)["rest"] == "0 of 1 settled.", timeout=10_000)
    assert not any(one.text() == "Pass the pilot" for one in card(page, "pilot").findChildren(QPushButton))


def test_its_report_is_read_by_clause_of_the_guidelines(qtbot: QtBot, opened: Open) -> None:
    page = opened("Cleo")
    press(page, "pilot", "Read its report")
    qtbot.waitUntil(lambda: page.told.isVisible(), timeout=10_000)
    words = [one.text() for one in page.told.findChildren(QLabel)]
    assert "1 Adverts · 1 place" in words
    assert "content: “advert” and “music” at 1 place in 1 item, 15 s in all" in words


def test_a_new_batch_is_typed_and_a_name_that_is_taken_is_said_where_it_is_typed(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    page.new_batch.click()
    qtbot.keyClicks(page.form.name, "rest")
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "There is a batch rest already." in page.form.problem.text(), timeout=10_000)
    qtbot.keyClicks(page.form.name, " of June")
    page.form.overlap.setValue(3)
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: "rest of June" in sentences(page), timeout=10_000)
    assert next(one.batch.overlap for one in page.found if one.batch.name == "rest of June") == 3
    assert not page.form.isVisible()


def test_every_threshold_of_a_batch_is_set_in_its_form(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    press(page, "rest", "Change …")
    typed = {"escalate_below": 60, "unsure_below": 55, "model_sure_from": 95, "reference_below": 80}
    assert set(page.form.thresholds) == set(typed)
    for name, value in typed.items():
        assert page.form.thresholds[name].text() == "as the project"
        page.form.thresholds[name].setValue(value)
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.form.isVisible(), timeout=10_000)
    services = page.context.services
    found = services.batches.named(page.context.project_id, "rest")
    assert found is not None
    assert {name: getattr(found, name) for name in typed} == {name: value / 100 for name, value in typed.items()}
    qtbot.waitUntil(lambda: any(one.batch.reference_below == 0.8 for one in page.found), timeout=10_000)
    press(page, "rest", "Change …")
    page.form.thresholds["unsure_below"].setValue(-1)
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not page.form.isVisible(), timeout=10_000)
    found = services.batches.named(page.context.project_id, "rest")
    assert found is not None
    assert (found.unsure_below, found.reference_below) == (None, 0.8)


def test_a_batch_says_by_keys_alone_what_whoever_labels_it_knows(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    press(page, "rest", "Change …")
    form = page.form
    qtbot.keyClicks(form.needs, "medical:9")
    qtbot.keyClick(form.needs, Qt.Key.Key_Return)
    assert form.problem.text() == "Behind the colon stands a level from 1 to 5, such as medical:2."
    qtbot.keyClick(form.needs, Qt.Key.Key_Backspace)
    qtbot.keyClicks(form.needs, "2, legal")
    qtbot.keyClick(form.needs, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(one.batch.needs for one in page.found), timeout=10_000)
    cards = [one.text() for one in page.cards.findChildren(QLabel)]
    assert any("needs medical:2, legal" in words for words in cards)
    press(page, "rest", "Change …")
    assert form.needs.text() == "medical:2, legal"
    form.needs.clear()
    qtbot.keyClick(form.needs, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: not any(one.batch.needs for one in page.found), timeout=10_000)


def test_a_batch_asks_by_keys_alone_for_what_the_model_is_unsure_of(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    press(page, "rest", "Change …")
    form = page.form
    assert not form.unsure.isChecked()
    assert not form.share.isEnabled()
    form.unsure.setFocus()
    qtbot.keyClick(form.unsure, Qt.Key.Key_Space)
    assert form.share.value() == 20
    qtbot.keyClick(form.share, Qt.Key.Key_Up)
    qtbot.keyClick(form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: any(one.batch.unsure_first == 0.21 for one in page.found), timeout=10_000)
    cards = [one.text() for one in page.cards.findChildren(QLabel)]
    assert any("unsure first, 21% by chance" in words for words in cards)
    press(page, "rest", "Change …")
    qtbot.keyClick(form.unsure, Qt.Key.Key_Space)
    qtbot.keyClick(form.name, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: all(one.batch.unsure_first is None for one in page.found), timeout=10_000)


def test_for_somebody_else_or_another_project_nothing_of_the_former_is_shown(opened: Open) -> None:
    page = opened()
    page.change(page.found[0])
    page.start_afresh()
    assert page.found == ()
    rows = page.cards.layout()
    assert rows is not None
    assert rows.count() == 0
    assert not page.form.isVisible()
    assert not page.new_batch.isVisible()


def test_a_batch_is_paused_and_opened_and_escape_leaves_the_form(qtbot: QtBot, opened: Open) -> None:
    page = opened()

    def state() -> BatchState:
        return next(one.batch.state for one in page.found if one.batch.name == "batch 1")

    press(page, "batch 1", "Pause")
    qtbot.waitUntil(lambda: state() is BatchState.PAUSED, timeout=10_000)
    press(page, "batch 1", "Open")
    qtbot.waitUntil(lambda: state() is BatchState.OPEN, timeout=10_000)
    press(page, "batch 1", "Change …")
    assert page.form.isVisible()
    qtbot.keyClick(page.form, Qt.Key.Key_Escape)
    assert not page.form.isVisible()


def test_an_analyst_beside_a_manager_reads_and_changes_nothing(opened: Open) -> None:
    page = opened("Cleo")
    assert page.state.text() == NOBODY_MAY
    assert not page.new_batch.isVisible()
    assert {one.text() for one in card(page, "pilot").findChildren(QPushButton)} == {"Read its report"}


def test_return_in_the_name_makes_one_batch_and_no_complaint_that_it_is_there_already(
    qtbot: QtBot, opened: Open
) -> None:
    page = opened()
    page.new_batch.click()
    given: list[str] = []
    page.form.given.connect(lambda batch_id, is_pilot, said: given.append(batch_id))
    qtbot.keyClicks(page.form.name, "July")
    qtbot.keyClick(page.form.name, Qt.Key.Key_Return)
    assert given == [""]
    qtbot.waitUntil(lambda: "July" in sentences(page), timeout=10_000)
