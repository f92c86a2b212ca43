"""The page of references over a real file: what analysts, managers and annotators see there, and taking one out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from annodesk.model.work import Role
from annodesk.ui import theme
from annodesk.ui.dashboard.reference_page import IntervalBar, ReferencePage
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.services.made import ALIKE, OTHER, House, make_house
from tests.services.references_made import plant_reference

Open = Callable[..., ReferencePage]


@pytest.fixture
def made(tmp_path: Path) -> House:
    """Twelve references that Ada met and Ben missed, but for three; Max manages."""
    house = make_house(tmp_path, items=12)
    house.people["Max"] = house.services.people.add(house.project_id, "Max", Role.MANAGER)
    for n in range(12):
        plant_reference(house, n, is_hidden=n != 11)
        house.submit("Ada", task=n)
        house.submit("Ben", ALIKE if n < 3 else OTHER, task=n)
    house.services.close()
    return house


@pytest.fixture
def opened(qtbot: QtBot, qapp: QApplication, made: House) -> Iterator[Open]:
    """Opens the page in somebody's name, in a window."""
    theme.apply(qapp, "dark", text_scale=1.0)
    windows: list[MainWindow] = []

    def open_page(person: str = "Cleo") -> ReferencePage:
        window = MainWindow(Jobs(), made.folder / "work.annodesk", person=person)
        windows.append(window)
        qtbot.addWidget(window)
        qtbot.waitUntil(lambda: window.context is not None and window.is_idle(), timeout=20_000)
        assert window.context is not None
        page = ReferencePage(window.context)
        qtbot.addWidget(page)
        page.resize(1040, 640)
        page.show()
        page.read()
        qtbot.waitUntil(lambda: page.found is not None, timeout=20_000)
        # What is put into a layout that is seen already is shown by the event loop, a moment later.
        qtbot.waitUntil(lambda: not page.people.isVisibleTo(page) or is_seen(page.people_rows), timeout=20_000)
        return page

    yield open_page
    for window in windows:
        window.close()
    theme.apply(qapp, "dark", text_scale=1.0)


def is_seen(rows: QWidget) -> bool:
    """Whether every row in it is shown."""
    return all(row.isVisible() for row in rows.findChildren(QWidget, options=Qt.FindChildOption.FindDirectChildrenOnly))


def words(page: ReferencePage) -> list[str]:
    return [one.text() for one in page.findChildren(QLabel) if one.isVisibleTo(page)]


def test_an_analyst_sees_everybodys_figures_with_their_interval(opened: Open) -> None:
    page = opened()
    assert [one.one.right for one in page.findChildren(IntervalBar)] == [11, 3]
    (said,) = [text for text in words(page) if text.startswith("3 of 11 answers (")]
    assert "That is under 80%" in said
    assert page.items.note.accessibleName() == "11 hidden, 1 open"


def test_a_manager_sees_the_items_and_nobodys_figures(opened: Open) -> None:
    page = opened("Max")
    assert page.findChildren(IntervalBar) == []
    assert not page.people.isVisibleTo(page)
    assert page.items.isVisibleTo(page)
    assert not any("missed it" in text for text in words(page))


def test_an_annotator_sees_their_own_alone(opened: Open) -> None:
    page = opened("Ben")
    assert not page.items.isVisibleTo(page)
    assert "You" in words(page)
    assert not any("Ada" in text for text in words(page))


def test_one_is_retired_by_its_button(qtbot: QtBot, opened: Open) -> None:
    page = opened()
    out = [one for one in page.findChildren(QPushButton) if one.text() == "Retire"]
    assert len(out) == 12
    out[0].click()
    qtbot.waitUntil(lambda: page.found is not None and len(page.found.items) == 11, timeout=20_000)


def test_what_an_analyst_was_shown_is_gone_once_somebody_else_works_here(opened: Open) -> None:
    page = opened()
    page.start_afresh()
    assert page.found is None
    assert not page.people.isVisibleTo(page)
    assert not any("Ben" in text for text in words(page))
