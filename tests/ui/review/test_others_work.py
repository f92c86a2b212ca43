"""Others' work from the review desk: a side goes back with words, a settled item is opened again or confirmed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.model.work import Role, SlotState
from annodesk.services.decisions import take
from annodesk.ui.review.settled import SettledDialog
from tests.ui.review.conftest import Desk
from tests.ui.review.room import Room

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier


def settle(desk: Desk) -> str:
    """Let the analyst follow side A everywhere; returns the item's id."""
    work = desk.services.review.open(desk.project_id, desk.analyst, desk.review_task())
    for one in work.disagreements:
        edit = work.session.stage(take(work, one, "A"))
        assert edit is not None
        desk.services.annotate.record(edit)
    desk.services.review.settle(work.session.annotations)
    return work.item.id


def listed(here: Room) -> SettledDialog:
    here.space.keys.trigger("review.settled")
    dialog = here.space.others.list
    assert dialog is not None
    here.qtbot.waitUntil(lambda: not dialog.is_busy, timeout=20_000)
    return dialog


def test_a_side_goes_back_by_keys_alone_and_its_author_reads_why(room: Callable[..., Room], desk: Desk) -> None:
    here = room()
    space = here.open()
    here.qtbot.keyClick(space.desk.view, Key.Key_B, Mod.AltModifier)
    dialog = space.others.dialog
    assert dialog is not None
    here.qtbot.keyClick(dialog, Key.Key_2)
    assert not dialog.send.isEnabled(), "words are needed"
    here.qtbot.keyClicks(dialog.note, "The end is missing.")
    here.qtbot.keyClick(dialog.note, Key.Key_Return)
    here.wait()
    assert space.work is None
    assert "Returned" in space.waiting.page.title.text()
    cards = [c for who in desk.annotators for c in desk.services.tasks.cards(desk.project_id, who)]
    assert [(card.state, card.reason) for card in cards] == [(SlotState.RETURNED, "The end is missing.")]


def test_a_settled_item_is_opened_again_with_a_reason(room: Callable[..., Room], desk: Desk) -> None:
    item = settle(desk)
    here = room()
    dialog = listed(here)
    chosen = dialog.chosen()
    assert chosen is not None
    assert chosen.item_id == item
    assert "an analyst settled it" in dialog.list.item(0).text()
    assert not dialog.opens.isEnabled(), "a reason is needed"
    here.qtbot.keyClicks(dialog.why, "The second stretch is wrong.")
    here.qtbot.keyClick(dialog.why, Key.Key_Return)
    here.qtbot.waitUntil(lambda: not dialog.is_busy and dialog.list.count() == 0, timeout=20_000)
    assert dialog.empty.isVisible()
    here.qtbot.keyClick(dialog, Key.Key_Escape)
    here.wait()
    assert desk.services.review.cards(desk.project_id, desk.analyst), "all have labelled it: it is judged again"


def test_what_one_settled_is_confirmed_by_another(room: Callable[..., Room], desk: Desk) -> None:
    settle(desk)
    dialog = listed(room())
    dialog.confirms.click()
    here = room(desk.services.people.add(desk.project_id, "Joe", Role.ANALYST).id)
    here.qtbot.waitUntil(lambda: "somebody else" in dialog.sentence.text(), timeout=20_000)
    other = listed(here)
    other.confirms.click()
    here.qtbot.waitUntil(lambda: not other.is_busy and "reference" in other.list.item(0).text(), timeout=20_000)
    assert not other.confirms.isEnabled()
    other.search.setText("no such name")
    assert other.list.item(0).isHidden()
    for one in (dialog, other):
        one.reject()
