"""What is owed on the page of planning: each entry has its button, and items are queued again by a label."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton

from annodesk.model.work import ItemState, Role
from annodesk.store import items
from tests.services.made import OTHER, House, make_house
from tests.services.test_guideline_changes import rewrite
from tests.ui.dashboard.conftest import Page

Open = Callable[..., Page]


@pytest.fixture
def house(tmp_path: Path) -> House:
    """Two settled items, one with adverts, before the guidelines came to say what an advert is."""
    made = make_house(tmp_path, items=2)
    made.people["Max"] = made.services.people.add(made.project_id, "Max", Role.MANAGER)
    for name in ("Ada", "Ben"):
        made.submit(name, task=0)
        made.submit(name, OTHER, task=1)
    made.round()
    rewrite(made, "A jingle is an advert.")
    made.services.close()
    return made


def test_items_with_the_changed_label_are_counted_and_then_queued_again(house: House, opened: Open) -> None:
    page = opened(house, "Max")
    page.desk.keys.trigger("desk.page.plan")
    page.wait()
    owes = page.desk.plan.owes
    (again,) = [one for one in owes.rows.findChildren(QPushButton) if one.isVisible()]
    assert again.text() == "Queue again …"
    again.click()
    form = owes.form
    page.qtbot.waitUntil(lambda: form.queues.isEnabled(), timeout=10_000)
    assert (form.part.currentText(), form.label_.currentText()) == ("content", "advert"), "what has changed is chosen"
    assert form.words.text() == "1 settled item with advert was answered before the change: episode-1."
    assert form.queues.text() == "Queue 1 again"
    page.qtbot.keyClick(form.why, Qt.Key.Key_Return)
    assert "why" in form.words.text(), "a reason is asked for"
    page.qtbot.keyClicks(form.why, "jingles are adverts")
    page.qtbot.keyClick(form.why, Qt.Key.Key_Return)
    page.qtbot.waitUntil(lambda: not form.isVisible(), timeout=10_000)
    page.wait()
    assert page.window.notices.seen[-1].sentence == "1 item is open again."
    context = page.window.context
    assert context is not None
    with context.services.file.read() as db:
        now = {
            item.key: items.item_states(db, house.project_id)[item.id]
            for item in items.list_items(db, house.project_id)
        }
    assert now["episode-0"] is ItemState.SETTLED
    assert now["episode-1"] is not ItemState.SETTLED


def test_a_label_that_nothing_has_is_said_to_have_nothing_and_escape_leaves(house: House, opened: Open) -> None:
    page = opened(house, "Max")
    page.desk.keys.trigger("desk.page.plan")
    page.wait()
    owes = page.desk.plan.owes
    owes.ask_again()
    page.wait()
    owes.form.part.setCurrentIndex(owes.form.part.findText("events"))
    owes.form.label_.setCurrentIndex(owes.form.label_.findText("laugh"))
    page.qtbot.waitUntil(lambda: "has laugh" in owes.form.words.text(), timeout=10_000)
    assert not owes.form.queues.isEnabled()
    page.qtbot.keyClick(owes.form, Qt.Key.Key_Escape)
    assert not owes.form.isVisible()
