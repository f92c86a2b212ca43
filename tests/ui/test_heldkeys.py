"""Held keys: a repeat that Qt takes for a new press does nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit
from pytestqt.qtbot import QtBot

from annodesk.ui.heldkeys import HeldKeys
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow

pytestmark = pytest.mark.qt

Y_CODE = 29


def send(window: QLineEdit, kind: QEvent.Type, at_ms: int, code: int = Y_CODE) -> QKeyEvent:
    """An event as the system gives it to a window."""
    event = QKeyEvent(kind, Qt.Key.Key_Y.value, Qt.KeyboardModifier.NoModifier, code, 0, 0, "y", False, 1)
    event.setTimestamp(at_ms)
    QApplication.sendEvent(window.windowHandle(), event)
    return event


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[QLineEdit]:
    made = QLineEdit()
    qtbot.addWidget(made)
    made.show()
    made.windowHandle().installEventFilter(HeldKeys(made))
    made.activateWindow()
    made.setFocus()
    qtbot.waitUntil(made.hasFocus)
    yield made
    made.hide()


def test_a_release_and_a_press_at_one_time_are_a_held_key(field: QLineEdit) -> None:
    send(field, QEvent.Type.KeyPress, 1000)
    for at_ms in (1660, 1700):
        send(field, QEvent.Type.KeyRelease, at_ms)
        send(field, QEvent.Type.KeyPress, at_ms)
    assert field.text() == "y"


def test_a_hand_that_presses_again_is_heard(field: QLineEdit) -> None:
    send(field, QEvent.Type.KeyPress, 1000)
    send(field, QEvent.Type.KeyRelease, 1050)
    send(field, QEvent.Type.KeyPress, 1070)
    assert field.text() == "yy"


def test_keys_that_no_keyboard_made_are_never_dropped(field: QLineEdit) -> None:
    for _ in range(2):
        send(field, QEvent.Type.KeyPress, 1000, code=0)
        send(field, QEvent.Type.KeyRelease, 1000, code=0)
    assert field.text() == "yy"


def test_no_shortcut_of_the_window_sees_a_held_key(qtbot: QtBot) -> None:
    window = MainWindow(Jobs.inline())
    qtbot.addWidget(window)
    window.show()
    assert not send(window, QEvent.Type.ShortcutOverride, 1000).isAccepted()
    send(window, QEvent.Type.KeyRelease, 1660)
    assert send(window, QEvent.Type.ShortcutOverride, 1660).isAccepted()
    window.close()
