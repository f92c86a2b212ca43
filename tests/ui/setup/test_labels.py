"""Groups of labels are written on the project page, set for everybody, and set back."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.model.project_edit import groups_of
from annodesk.ui.setup.labels_page import FAULT
from tests.services.made import House
from tests.ui.setup.conftest import Page

pytestmark = pytest.mark.qt
Open = Callable[..., Page]
CTRL = Qt.KeyboardModifier.ControlModifier


def test_a_group_is_written_completed_set_and_set_back_by_keys(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Qt.Key.Key_8)
    page.press(Qt.Key.Key_Return)
    section = page.workspace.labels
    (part, first), (_, second), *_ = section.edits
    assert section.edits[part, first].hasFocus()
    page.qtbot.keyClicks(section.edits[part, first], "medical")
    page.press(Qt.Key.Key_Tab)
    page.press(Qt.Key.Key_Down)
    assert section.edits[part, second].text() == "medical"
    assert "medical (2 labels)" in page.workspace.pending.text()
    assert groups_of(page.project().project) == {}
    page.press(Qt.Key.Key_Return, mod=CTRL)
    assert groups_of(page.project().project) == {part: {first: "medical", second: "medical"}}
    page.workspace.keys.trigger("setup.undo")
    page.wait()
    assert groups_of(page.project().project) == {}


def test_a_name_that_no_skill_can_have_is_told_and_not_taken(made: House, opened: Open) -> None:
    page = opened(made)
    page.press(Qt.Key.Key_8)
    section = page.workspace.labels
    first = next(iter(section.edits.values()))
    first.setFocus()
    page.qtbot.keyClicks(first, "law, tax")
    assert section.fault.text().replace("\u200b", "") == FAULT
    assert "law" in page.workspace.pending.text()
    assert "tax" not in page.workspace.pending.text()


def test_who_may_not_set_groups_reads_them(made: House, opened: Open) -> None:
    page = opened(made, "Cleo")
    page.press(Qt.Key.Key_8)
    assert all(edit.isReadOnly() for edit in page.workspace.labels.edits.values())
