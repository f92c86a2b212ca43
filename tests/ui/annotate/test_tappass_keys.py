"""When a key of a tap pass went down and up, however late or in pairs its events come."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.actions import Action, KeyMap
from annodesk.ui.annotate.tappass_keys import EventClock, TapKeys

pytestmark = pytest.mark.qt
SCAN = 10


class Taker:
    """Takes the key 1 and keeps what it was told."""

    def __init__(self) -> None:
        self.told: list[str] = []

    def takes(self, chord: str, owner: str) -> bool:
        return owner == "label"

    def press(self, chord: str, owner: str, key: int, delay_s: float) -> None:
        self.told.append("down")

    def release(self, key: int, delay_s: float) -> None:
        self.told.append("up")

    def let_all_go(self) -> None:
        self.told.append("away")


class Scene(QWidget):
    """A window with a field, a key that labels and the filter."""

    def __init__(self) -> None:
        super().__init__()
        self.field, self.rest = QLineEdit(), QWidget()
        self.rest.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        column = QVBoxLayout(self)
        column.addWidget(self.field)
        column.addWidget(self.rest)
        self.labelled: list[str] = []
        self.keys = KeyMap(self)
        self.keys.bind([Action("label", "Label", ("1",))], {"label": lambda: self.labelled.append("shortcut")})
        self.taker = Taker()
        self.filter = TapKeys(lambda: self, self.keys, self.taker, self)
        self.filter.turn(True)

    def send(self, kind: QEvent.Type, at_ms: int) -> None:
        event = QKeyEvent(kind, Qt.Key.Key_1, Qt.KeyboardModifier.NoModifier, SCAN, 0, 0, "1")
        event.setTimestamp(at_ms)
        target = QApplication.focusWidget()
        assert target is not None
        QApplication.sendEvent(target, event)


@pytest.fixture
def scene(qtbot: QtBot) -> Iterator[Scene]:
    made = Scene()
    qtbot.addWidget(made)
    made.show()
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.rest.setFocus()
    yield made
    made.filter.turn(False)
    made.hide()


def test_an_event_that_was_long_on_its_way_is_told_by_how_long() -> None:
    now = [100.0]
    clock = EventClock(lambda: now[0])
    assert clock.delay_s(50_000) == 0
    now[0] = 101.3
    assert clock.delay_s(51_000) == pytest.approx(0.3)
    now[0] = 102.0
    assert clock.delay_s(52_000) == pytest.approx(0.0)
    assert clock.delay_s(0) == 0


def test_another_clock_of_the_system_is_no_delay() -> None:
    now = [100.0]
    clock = EventClock(lambda: now[0])
    clock.delay_s(50_000)
    now[0] = 200.0
    assert clock.delay_s(51_000) == 0


def test_a_key_is_the_passs_alone(qtbot: QtBot, scene: Scene) -> None:
    qtbot.keyClick(scene.rest, Qt.Key.Key_1)
    assert scene.taker.told == ["down", "up"]
    assert scene.labelled == []


def test_the_pairs_that_a_held_key_repeats_are_one_press(qtbot: QtBot, scene: Scene) -> None:
    scene.send(QEvent.Type.KeyPress, 1000)
    for at_ms in (1300, 1333, 1366):
        scene.send(QEvent.Type.KeyRelease, at_ms)
        scene.send(QEvent.Type.KeyPress, at_ms)
    scene.send(QEvent.Type.KeyRelease, 1400)
    qtbot.waitUntil(lambda: scene.taker.told == ["down", "up"])


def test_keys_typed_into_a_field_are_text(qtbot: QtBot, scene: Scene) -> None:
    scene.field.setFocus()
    qtbot.keyClick(scene.field, Qt.Key.Key_1)
    assert scene.field.text() == "1"
    assert scene.taker.told == []


def test_leaving_the_window_lets_go(scene: Scene) -> None:
    scene.send(QEvent.Type.KeyPress, 1000)
    QApplication.sendEvent(scene, QEvent(QEvent.Type.WindowDeactivate))
    assert scene.taker.told == ["down", "away"]
