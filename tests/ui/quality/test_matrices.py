"""Who takes what for what, opened from the page about agreement by its key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from annodesk.services import confusion
from annodesk.ui.quality.matrices import MatricesDialog
from tests.services.made import House
from tests.ui.quality.conftest import ITEMS, Page
from tests.ui.quality.test_page import choose

pytestmark = pytest.mark.qt
Key = Qt.Key
Open = Callable[..., Page]


def matrices(page: Page, qtbot: QtBot) -> MatricesDialog:
    qtbot.keyClick(page.workspace.table, Key.Key_M)
    page.wait()
    (dialog,) = page.workspace.findChildren(MatricesDialog)
    qtbot.addWidget(dialog)
    return dialog


def cells(dialog: MatricesDialog) -> dict[tuple[str, str], str]:
    model, show = dialog.matrix, Qt.ItemDataRole.DisplayRole
    return {
        (model.names[row], model.names[column]): str(model.data(model.index(row, column + 1), show))
        for row in range(model.rowCount())
        for column in range(model.columnCount() - 1)
    }


def test_an_analyst_looks_through_the_annotators_by_keys(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "content")
    dialog = matrices(page, qtbot)
    assert [dialog.people.item(row).text() for row in range(dialog.people.count())] == ["Ada", "Ben"]
    assert dialog.people.hasFocus()
    first = cells(dialog)
    assert first["speech", "speech"] == "100 %"
    qtbot.keyClick(dialog.people, Key.Key_Down)
    assert cells(dialog) != first
    assert f"in {ITEMS} items" in dialog.sentence.text()
    qtbot.keyClick(dialog, Key.Key_Escape)
    qtbot.waitUntil(lambda: not page.workspace.findChildren(MatricesDialog))


def test_one_label_is_held_against_all_else(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "content", "advert")
    assert set(matrices(page, qtbot).matrix.names) == {"advert", "all else"}


def test_an_annotator_is_shown_their_own_alone(
    qtbot: QtBot, labelled: House, opened: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(confusion, "LEAST_OWN", 5)
    page = opened(labelled, "Ada")
    choose(page, qtbot, "content")
    dialog = matrices(page, qtbot)
    assert dialog.people.isHidden()
    assert [dialog.people.item(row).text() for row in range(dialog.people.count())] == ["You"]
    assert "Ben" not in dialog.sentence.text()
    assert cells(dialog)


def test_a_manager_is_not_offered_it(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Max")
    choose(page, qtbot, "content")
    assert page.workspace.side.matrices.isHidden()
    qtbot.keyClick(page.workspace.table, Key.Key_M)
    assert page.workspace.findChildren(MatricesDialog) == []


def test_what_is_not_defined_says_why(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "format")
    dialog = matrices(page, qtbot)
    assert dialog.sentence.text() == "Not defined. No item has ratings by two people."
    assert not dialog.table.isVisible()


def test_leaving_while_it_counts_drops_the_answer(qtbot: QtBot, labelled: House, opened: Open) -> None:
    page = opened(labelled, "Cleo")
    choose(page, qtbot, "content")
    qtbot.keyClick(page.workspace.table, Key.Key_M)
    (dialog,) = page.workspace.findChildren(MatricesDialog)
    qtbot.keyClick(dialog, Key.Key_Escape)
    page.wait()
    qtbot.waitUntil(lambda: not page.workspace.findChildren(MatricesDialog))
