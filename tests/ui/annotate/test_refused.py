"""Where nothing can be written, the letters that follow do nothing, and the window says why."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication

from tests.ui.made import PROJECT

from .conftest import CTRL, SHIFT, Desk

pytestmark = pytest.mark.qt
Key = Qt.Key
Opener = Callable[..., Desk]
WORDS = PROJECT.replace('name = "content"', 'name = "content"\nfree_text = true')


def card(desk: Desk) -> str:
    """What the window says over the work; empty where it says nothing."""
    refused = desk.workspace.view.refused
    return refused.says.text() if refused.isVisible() else ""


def test_letters_after_a_refused_text_label_nothing(desk: Desk) -> None:
    desk.press(Key.Key_Y)
    desk.workspace.view.timeline.select("content", [desk.annotations.segments("content")[0].id])
    before = desk.annotations
    desk.press(Key.Key_F2)
    assert card(desk) == "content has no text."
    for key in (Key.Key_2, Key.Key_S, Key.Key_N, Key.Key_Space, Key.Key_X, Key.Key_M, Key.Key_Delete, Key.Key_0):
        desk.press(key)
    desk.press(Key.Key_Z, CTRL)
    assert desk.annotations is before
    assert not desk.workspace.view.transport.is_playing
    assert card(desk)
    assert "nowhere" in desk.workspace.view.refused.hint.text()
    desk.press(Key.Key_Escape)
    assert not card(desk)
    assert desk.workspace.view.timeline.hasFocus()
    desk.press(Key.Key_2)
    assert desk.annotations.segments("content")[0].label == "music"


def test_a_key_that_writes_nothing_goes_on_with_the_work(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    desk.press(Key.Key_Down)
    assert not card(desk)
    assert desk.workspace.view.timeline.active_lane == "events"
    desk.press(Key.Key_F2)
    assert card(desk) == "events has no text."
    desk.press(Key.Key_G, CTRL)
    assert desk.workspace.ways.goto.isVisible()
    assert not card(desk)


def test_return_closes_it_and_draws_no_boundary(desk: Desk) -> None:
    before = desk.annotations
    desk.press(Key.Key_F2)
    desk.press(Key.Key_Return)
    assert not card(desk)
    assert desk.annotations is before


def test_a_click_elsewhere_closes_it(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    assert card(desk)
    desk.qtbot.mouseClick(desk.workspace.view.timeline.waveform, Qt.MouseButton.LeftButton)
    desk.qtbot.waitUntil(lambda: not card(desk))


def test_every_reason_not_to_write_is_told_there(open_desk: Opener) -> None:
    desk = open_desk(toml=WORDS)
    view = desk.workspace.view
    desk.press(Key.Key_F2)
    assert card(desk) == "There is no segment to write in; N draws one."
    desk.press(Key.Key_Escape)
    desk.press(Key.Key_F2, SHIFT)
    assert card(desk) == "Select one segment to type its times."
    desk.press(Key.Key_Escape)
    desk.press(Key.Key_D, CTRL | SHIFT)
    assert card(desk) == "This tier has no attributes."
    desk.press(Key.Key_Escape)
    desk.press(Key.Key_Y)
    view.lock("Submitted, so it stays as it is.")
    desk.press(Key.Key_F2)
    assert card(desk) == "Submitted, so it stays as it is."


def test_a_segment_that_is_gone_takes_the_letters_meant_for_it(open_desk: Opener) -> None:
    desk = open_desk(toml=WORDS)
    desk.press(Key.Key_Y)
    desk.press(Key.Key_F2)
    desk.type("half a wo")
    assert desk.workspace.view.editor is not None
    desk.workspace.view.editor.undo()  # as when another machine took it back
    assert card(desk) == "The segment that was written is gone."
    before = desk.annotations
    desk.press(Key.Key_N)
    desk.press(Key.Key_2)
    assert desk.annotations is before


def test_it_is_a_field_of_text_to_every_key_map(desk: Desk) -> None:
    desk.press(Key.Key_F2)
    assert QApplication.focusWidget() is desk.workspace.view.refused.field
    assert desk.workspace.view.refused.field.accessibleName() == "content has no text."
