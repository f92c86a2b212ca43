"""No accidents: wheels, held keys, keys meant for the thing before, half-composed words, gestures that are let go."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QInputMethodEvent, QKeyEvent, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QWidget

from annodesk.ui import advance
from annodesk.ui.keys.positions import code_of
from annodesk.ui.parts import settings

from .conftest import CTRL, Desk

pytestmark = pytest.mark.qt

Opener = Callable[..., Desk]
S = 1_000_000


@pytest.fixture
def at_own_pace() -> Iterator[None]:
    """As for somebody new: nothing was chosen and nothing done."""
    advance.choose(None)
    settings().remove("advance/done")
    yield
    settings().remove("advance/done")


def held(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """What a keyboard sends while a key is held: repeats without an end."""
    target = QApplication.focusWidget()
    assert target is not None
    for _ in range(3):
        override = QKeyEvent(QEvent.Type.ShortcutOverride, key, modifier, "", True)
        QApplication.sendEvent(target, override)
        QTest.simulateEvent(target, True, key, modifier, "", True)


def turn_wheel(widget: QWidget) -> None:
    """Turn the wheel over the middle of a widget."""
    where = QPointF(widget.rect().center())
    for delta in (-120, 240):
        turned = QWheelEvent(
            where, widget.mapToGlobal(where), QPoint(), QPoint(0, delta), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(widget, turned)


def draw(desk: Desk, *seconds: tuple[int, int]) -> list[str]:
    """Segments without a label; the first is selected."""
    view = desk.workspace.view
    ids = []
    for start, end in seconds:
        view.timeline.move_playhead(start * S)
        desk.press(Qt.Key.Key_N)
        view.timeline.move_playhead(end * S)
        desk.press(Qt.Key.Key_BracketRight)
        ids.append(view.selected_ids()[0])
    view.timeline.select("content", [ids[0]])
    view.timeline.move_playhead(seconds[0][0] * S)
    return ids


def labels(desk: Desk) -> list[str]:
    """Labels of the content tier in time order."""
    return [segment.label for segment in desk.annotations.segments("content")]


def test_no_answer_changes_by_the_wheel(desk: Desk) -> None:
    draw(desk, (1, 3))
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_Q)
    desk.settle()
    before = desk.annotations
    for widget in [desk.workspace.view, *desk.workspace.view.findChildren(QWidget)]:
        if widget.isVisible():
            turn_wheel(widget)
    assert desk.annotations == before


@pytest.mark.parametrize("key", [Qt.Key.Key_1, Qt.Key.Key_Q, Qt.Key.Key_Y, Qt.Key.Key_X, Qt.Key.Key_N, Qt.Key.Key_S])
def test_a_held_key_changes_nothing(desk: Desk, key: Qt.Key) -> None:
    draw(desk, (30, 33))
    before = desk.annotations
    held(desk, key)
    assert desk.annotations == before


def test_a_held_key_submits_nothing(desk: Desk) -> None:
    desk.label_everything()
    work = desk.workspace.view.work
    held(desk, Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.workspace.view.work is work
    assert work is not None


def test_after_the_last_open_label_the_view_goes_to_the_next_open_segment(desk: Desk) -> None:
    first, second, third = draw(desk, (1, 3), (5, 7), (9, 11))
    desk.workspace.view.timeline.select("content", [second])
    desk.workspace.view.timeline.move_playhead(5 * S)
    for chosen in (third, first):
        desk.press(Qt.Key.Key_1)
        assert desk.workspace.view.selected_ids() == [chosen]
    desk.press(Qt.Key.Key_1)
    assert labels(desk) == ["speech"] * 3


def test_the_key_that_went_on_is_deaf_for_a_moment(desk: Desk) -> None:
    draw(desk, (1, 3), (5, 7))
    desk.press(Qt.Key.Key_1)
    desk.hit(Qt.Key.Key_1)
    assert labels(desk) == ["speech", ""]
    desk.hit(Qt.Key.Key_2)  # another key is meant
    assert labels(desk) == ["speech", "music"]


def test_the_key_is_heard_again_after_that(desk: Desk) -> None:
    draw(desk, (1, 3), (5, 7))
    desk.press(Qt.Key.Key_1)
    desk.press(Qt.Key.Key_1)  # waits until it is heard
    assert labels(desk) == ["speech", "speech"]


def test_a_suggestion_is_not_answered_by_the_key_of_the_one_before(desk: Desk) -> None:
    desk.press(Qt.Key.Key_Y)
    desk.hit(Qt.Key.Key_Y)
    assert len(desk.annotations.segments("content")) == 1


def test_a_changed_label_leaves_the_view_where_it_is(desk: Desk) -> None:
    first, _ = draw(desk, (1, 3), (5, 7))
    desk.press(Qt.Key.Key_1)
    desk.workspace.view.timeline.select("content", [first])
    desk.press(Qt.Key.Key_2)
    assert desk.workspace.view.selected_ids() == [first]


@pytest.mark.usefixtures("at_own_pace")
def test_a_persons_first_items_are_done_at_their_own_pace(open_desk: Opener) -> None:
    desk = open_desk()
    advance.choose(None)
    first, _ = draw(desk, (1, 3), (5, 7))
    desk.press(Qt.Key.Key_1)
    assert desk.workspace.view.selected_ids() == [first]
    desk.press(Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    assert desk.window.status.said.text() == "Goes on by itself."
    assert advance.is_on("anybody")


@pytest.mark.usefixtures("at_own_pace")
def test_after_twenty_items_the_view_goes_on(desk: Desk) -> None:
    advance.choose(None)
    for count in range(advance.FIRST_ITEMS):
        assert not advance.is_on("ann"), count
        advance.note_done("ann")
    assert advance.is_on("ann")
    assert not advance.is_on("ben")


@pytest.mark.usefixtures("at_own_pace")
def test_after_submitting_a_newcomer_opens_the_next_task_themselves(open_desk: Opener) -> None:
    desk = open_desk()
    advance.choose(None)
    before = desk.workspace.title()
    desk.label_everything()
    desk.press(Qt.Key.Key_Return, CTRL)
    desk.settle()
    assert desk.workspace.view.work is None
    assert desk.workspace.empty.title.text() == "That one is done"
    desk.press(Qt.Key.Key_Return)
    desk.settle()
    assert {before, desk.workspace.title()} == {"episode-118", "episode-119"}


def test_it_never_submits_by_itself(desk: Desk) -> None:
    before = desk.workspace.title()
    desk.label_everything()
    desk.settle()
    assert desk.workspace.view.progress().missing == ()
    assert desk.workspace.title() == before
    assert desk.workspace.view.can_change


def test_a_key_that_changed_nothing_moves_no_selection_later(desk: Desk) -> None:
    advance.choose(False)
    first, second = draw(desk, (1, 3), (5, 7))
    desk.workspace.view.timeline.select("content", [second])
    desk.workspace.view.timeline.move_playhead(7 * S)
    desk.press(Qt.Key.Key_BracketRight)  # it ends there already
    desk.workspace.view.timeline.select("content", [first])
    desk.press(Qt.Key.Key_1)
    assert desk.workspace.view.selected_ids() == [first]


def test_escape_lets_go_of_a_gesture(desk: Desk) -> None:
    lanes = desk.workspace.view.timeline.lanes
    y = 12
    for x in (200, 320):
        QTest.mouseMove(lanes, QPoint(x, y))
        if x == 200:
            QTest.mousePress(lanes, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(x, y))
    assert lanes.is_busy
    desk.press(Qt.Key.Key_Escape)
    assert not lanes.is_busy
    QTest.mouseRelease(lanes, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, QPoint(320, y))
    assert len(desk.annotations) == 0


def test_keys_of_another_window_do_nothing_here(desk: Desk) -> None:
    draw(desk, (1, 3))
    other = QLineEdit()
    desk.qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    other.setFocus()
    desk.qtbot.waitUntil(other.hasFocus)
    QTest.keyClick(other, Qt.Key.Key_1)
    assert labels(desk) == [""]
    other.hide()


@pytest.mark.parametrize(("key", "modifier"), [(Qt.Key.Key_Return, CTRL), (Qt.Key.Key_Escape, Qt.KeyboardModifier(0))])
def test_a_half_composed_word_keeps_its_keys(desk: Desk, key: Qt.Key, modifier: Qt.KeyboardModifier) -> None:
    desk.label_everything()
    desk.press(Qt.Key.Key_M, CTRL | Qt.KeyboardModifier.ShiftModifier)
    field = desk.workspace.view.side.comments.field
    assert field.hasFocus()
    did: list[str] = []
    desk.workspace.keys.invoked.connect(did.append)
    QApplication.sendEvent(field, QInputMethodEvent("にほ", []))
    desk.press(key, modifier)
    composed = QInputMethodEvent()
    composed.setCommitString("日本")
    QApplication.sendEvent(field, composed)
    assert did == []
    assert field.hasFocus()
    assert field.text() == "日本"


def test_a_half_composed_word_keeps_keys_that_are_read_by_their_place(desk: Desk) -> None:
    desk.press(Qt.Key.Key_M, CTRL | Qt.KeyboardModifier.ShiftModifier)
    field = desk.workspace.view.side.comments.field
    QApplication.sendEvent(field, QInputMethodEvent("に", []))
    code = code_of("K")
    event = QKeyEvent(QEvent.Type.ShortcutOverride, 0x6E4, CTRL, code, code, 0, "", False, 1)
    QApplication.sendEvent(desk.window.windowHandle(), event)
    assert not desk.window._key_reader.eventFilter(desk.window.windowHandle(), event)
