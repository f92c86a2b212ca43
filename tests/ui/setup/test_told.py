"""Prompts on the project page: what is written is shown on a real item as the model reads it, and set by a key."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QTextCursor
from PySide6.QtWidgets import QApplication

from annodesk.prelabel.prompts import shipped_prompts
from tests.services.made import House
from tests.ui.setup.conftest import Page

pytestmark = pytest.mark.qt

Key, Mod = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT, ALT = Mod.ControlModifier, Mod.ShiftModifier, Mod.AltModifier
Open = Callable[..., Page]
SHIPPED = shipped_prompts()["segment-1"]


def to_prompt(page: Page) -> None:
    """Go to the section, and into the words."""
    page.press(Key.Key_3, Key.Key_P)
    assert page.workspace.told.edit.hasFocus()


def write(page: Page, text: str, *, at_end: bool = False) -> None:
    """Type at the beginning or the end of the words, and wait until the preview has followed."""
    edit = page.workspace.told.edit
    edit.moveCursor(QTextCursor.MoveOperation.End if at_end else QTextCursor.MoveOperation.Start)
    page.qtbot.keyClicks(edit, text)
    page.qtbot.waitUntil(lambda: not page.workspace.told._soon.isActive(), timeout=10_000)
    page.wait()


def test_the_prompt_in_use_is_shown_on_an_item_of_the_project(made: House, opened: Open) -> None:
    page = opened(made)
    to_prompt(page)
    told = page.workspace.told
    assert told.edit.toPlainText() == SHIPPED
    read = told.preview.toPlainText()
    assert "Labels: " in read
    assert "speech" in read
    assert "Sound: 1" in read  # a stretch of ten seconds, or of a part of them
    assert read.endswith("Label:")
    assert told.reads.aside.text() == "content · episode-0"


def test_what_is_typed_is_in_the_preview_and_a_draft(made: House, opened: Open) -> None:
    page = opened(made)
    to_prompt(page)
    write(page, "You listen to the radio. ")
    assert page.workspace.told.preview.toPlainText().startswith("You listen to the radio. A stretch")
    assert page.workspace.pending.text() == "1 change is not set yet: what the model is told."
    page.press(Key.Key_Return, mod=CTRL)
    own = dict(page.project().project.prelabel.prompts)
    assert own == {"segment": f"You listen to the radio. {SHIPPED}"}
    assert page.workspace.told.state.text() == "your own words"


def test_a_prompt_that_is_not_complete_says_what_it_lacks_and_is_no_draft(made: House, opened: Open) -> None:
    page = opened(made)
    to_prompt(page)
    write(page, "{picture} ")
    told = page.workspace.told
    assert "{picture} above its line of %%" in told.fault.text()
    assert page.workspace.pending.isHidden()
    assert page.workspace.sections.states["told"].tone == "warn"


def test_the_words_as_shipped_come_back_by_a_key_and_are_no_change(made: House, opened: Open) -> None:
    page = opened(made)
    to_prompt(page)
    write(page, "Well. ")
    assert not page.workspace.pending.isHidden()
    page.press(Key.Key_Backspace, mod=CTRL | SHIFT)
    page.qtbot.waitUntil(lambda: page.workspace.pending.isHidden(), timeout=10_000)
    assert page.workspace.told.edit.toPlainText() == SHIPPED


def test_what_was_set_is_set_back_and_seen_so(made: House, opened: Open) -> None:
    page = opened(made)
    to_prompt(page)
    write(page, "Well. ")
    page.press(Key.Key_Return, mod=CTRL)
    page.press(Key.Key_Escape)
    page.press(Key.Key_Z, mod=CTRL)
    page.qtbot.waitUntil(lambda: page.workspace.told.edit.toPlainText() == SHIPPED, timeout=10_000)
    page.wait()
    assert page.project().project.prelabel.prompts == ()
    assert page.workspace.pending.text().startswith("Set a moment ago") or page.workspace.pending.isHidden()


def test_a_key_shows_it_on_the_next_item(made: House, opened: Open) -> None:
    page = opened(made)
    to_prompt(page)
    page.press(Key.Key_Down, mod=ALT)
    assert page.workspace.told.reads.aside.text() == "content · episode-1"
    page.press(Key.Key_Up, mod=ALT)
    assert page.workspace.told.reads.aside.text() == "content · episode-0"


def test_the_model_is_asked_with_the_words_as_they_stand(made: House, opened: Open) -> None:
    page = opened(made)
    if not page.workspace.start.can_run:
        pytest.skip("the language-model engine is not installed")
    to_prompt(page)
    page.press(Key.Key_J, mod=CTRL)
    told = page.workspace.told
    assert told.answer.text().startswith("content: ")
    assert "speech" in told.bars.accessibleDescription()


def test_who_may_not_set_it_reads_it_and_cannot_write(made: House, opened: Open) -> None:
    page = opened(made, "Ada")
    page.press(Key.Key_3)
    told = page.workspace.told
    assert told.edit.isReadOnly()
    assert told.preview.toPlainText()
    assert QApplication.focusWidget() is not told.edit


def test_who_labels_is_told_why_the_model_is_not_asked(made: House, opened: Open) -> None:
    page = opened(made, "Ada")
    page.press(Key.Key_3)
    page.press(Key.Key_J, mod=CTRL)
    told = page.workspace.told
    assert told.answer.text().startswith("Managers and analysts ask the model. ")
    assert not told.bars.accessibleDescription()
