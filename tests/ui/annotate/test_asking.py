"""Asking from inside a task by the keys: it is parked, the next one opens, and the answer comes back to its moment."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt

from annodesk.model.work import SlotState
from annodesk.services import Services
from annodesk.ui.annotate.asking import AskDialog
from tests.ui.annotate.conftest import Desk
from tests.ui.made import Made

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


def dialog_of(desk: Desk) -> AskDialog:
    desk.press(Key.Key_Q, Mod.AltModifier)
    return desk.workspace.asking.dialog


def ask(desk: Desk, words: str = "Is a thank-you an advert?", at_us: int = 12 * S) -> None:
    """Ask about a moment, by keys."""
    desk.workspace.view.timeline.move_playhead(at_us)
    dialog = dialog_of(desk)
    desk.qtbot.keyClicks(dialog.field, words)
    desk.qtbot.keyClick(dialog.field, Key.Key_Return)
    desk.settle()


def services(desk: Desk) -> Services:
    found = desk.window.context.services
    assert found is not None
    return found


def answer(desk: Desk, words: str = "No: only what sells something.") -> None:
    made: Made = desk.made
    (one,) = services(desk).asking.open_questions(made.project_id, made.analyst_id)
    services(desk).asking.answer(one.id, made.analyst_id, words)


def card_states(desk: Desk) -> list[SlotState | None]:
    return [card.state for card in desk.workspace.list.cards]


def test_asking_parks_the_task_and_the_next_one_opens(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(items=2)
    first = desk.workspace.title()
    ask(desk)
    assert desk.workspace.view.work is not None
    assert desk.workspace.title() != first
    assert card_states(desk)[-1] is SlotState.PARKED
    assert "waits for an answer" in desk.workspace.list.cards[-1].subtitle
    assert any("Asked, and parked" in notice.sentence for notice in desk.window.notices.seen)


def test_the_place_in_the_dialog_is_the_moment_or_the_selected_segment(desk: Desk) -> None:
    desk.workspace.view.timeline.move_playhead(12 * S)
    assert desk.workspace.asking.place() == (12 * S, None, "the moment at 00:00:12.0")
    desk.workspace.view.timeline.state.set_stretch(None)
    desk.press(Key.Key_N)
    desk.press(Key.Key_1)
    time_us, element_id, words = desk.workspace.asking.place()
    (made,) = desk.annotations.segments("content")
    assert (element_id, time_us) == (made.id, 12 * S)
    assert words.startswith("speech, ")
    dialog = dialog_of(desk)
    assert not dialog.send.isEnabled(), "words are needed"
    desk.qtbot.keyClick(dialog, Key.Key_Escape)
    assert desk.workspace.view.can_change


def test_the_answer_is_shown_at_its_moment_and_the_task_comes_first(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(items=2)
    first = desk.workspace.view.work
    assert first is not None
    ask(desk)
    answer(desk)
    desk.workspace.refresh()
    desk.settle()
    top = desk.workspace.list.cards[0]
    assert (top.task_id, top.comes_first) == (first.task.id, True)
    assert "your question is answered" in top.subtitle
    desk.workspace.open_task(top.task_id)
    desk.settle()
    view = desk.workspace.view
    assert view.timeline.playhead_us == 12 * S
    assert view.can_change
    assert "No: only what sells something." in desk.window.notices.seen[-1].sentence
    assert not view.side.asked.isHidden()
    assert [one.answer for one in view.side.asked.shown] == ["No: only what sells something."]
    assert view.side.asked.withdraw.isHidden()


def test_a_parked_task_is_shown_and_withdrawn_by_a_key(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(items=2)
    first = desk.workspace.view.work
    assert first is not None
    ask(desk)
    desk.workspace.open_task(first.task.id)
    desk.settle()
    view = desk.workspace.view
    assert not view.can_change
    assert not view.side.asked.withdraw.isHidden()
    desk.press(Key.Key_W, Mod.AltModifier)
    desk.settle()
    assert view.work is not None
    assert view.work.task.id == first.task.id
    assert view.can_change
    assert view.side.asked.withdraw.isHidden()


def test_where_all_one_s_tasks_wait_nothing_is_opened_by_itself(open_desk: Callable[..., Desk]) -> None:
    desk = open_desk(items=1)
    ask(desk)
    assert desk.workspace.view.work is None
    assert card_states(desk) == [SlotState.PARKED]
    assert "No tasks for you now" in desk.workspace.empty.title.text()


def test_asking_by_mouse_and_key_is_one_action_that_the_palette_shows(desk: Desk) -> None:
    titles = {action.id: action.title for action in desk.workspace.actions()}
    assert titles["annotate.ask"] == "Ask a question …"
    assert desk.workspace.keys.keys_of("annotate.ask") == ["Alt+Q"]
