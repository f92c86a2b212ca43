"""From start-up to a settled item with keys alone: no mouse, no call into the window."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.services import Services
from annodesk.ui import advance
from annodesk.ui.jobs import Jobs
from annodesk.ui.window import MainWindow
from tests.ui.made import Made, make_file

pytestmark = pytest.mark.qt

Key, Mod = Qt.Key, Qt.KeyboardModifier
CTRL, SHIFT = Mod.ControlModifier, Mod.ShiftModifier


class Keyboard:
    """All that a hand can do here: press keys and look at the window."""

    def __init__(self, qtbot: QtBot, made: Made) -> None:
        self.qtbot = qtbot
        self.window = MainWindow(Jobs(), made.path)
        qtbot.addWidget(self.window)
        self.window.resize(1440, 900)
        self.window.show()
        self.window.activateWindow()
        self.wait()

    def wait(self) -> None:
        """Until the window has come to rest."""
        window = self.window
        self.qtbot.waitUntil(lambda: window.is_idle() and window.workspace is not None, timeout=20_000)
        self.qtbot.waitUntil(lambda: window.workspace.is_idle() and not window.workspace.keys.is_deaf, timeout=20_000)

    def press(self, *keys: Key, mod: Mod = Mod.NoModifier) -> None:
        """Press keys where the system would send them: to a menu that is open, else to the focus."""
        for key in keys:
            popup = QApplication.activePopupWidget()
            self.qtbot.keyClick(popup or QApplication.focusWidget() or self.window, key, mod)
            self.wait()

    def type(self, text: str) -> None:
        """Type a text."""
        self.qtbot.keyClicks(QApplication.focusWidget(), text)

    def do(self, words: str) -> None:
        """An action by its name, in the palette."""
        self.press(Key.Key_K, mod=CTRL)
        self.type(words)
        self.press(Key.Key_Return)

    def become(self, name: str) -> None:
        """Change who works here."""
        self.press(Key.Key_P, mod=CTRL | SHIFT)
        menu = QApplication.activePopupWidget()
        assert menu is not None
        for _ in menu.actions():
            if menu.activeAction() is not None and menu.activeAction().text().startswith(name):
                break
            self.press(Key.Key_Down)
        with self.qtbot.waitSignal(menu.destroyed):
            self.press(Key.Key_Return)
        self.window.activateWindow()  # as a window manager does; here nobody is one
        self.qtbot.waitUntil(self.window.isActiveWindow)
        self.window.workspace.take_focus()
        assert self.window.context.person_name == name


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """One recording for two annotators."""
    return make_file(tmp_path / "file", items=1, overlap=2, with_text=False, show="never")


@pytest.fixture
def hands(qtbot: QtBot, made: Made) -> Iterator[Keyboard]:
    """The window just started."""
    advance.choose(True)
    started = Keyboard(qtbot, made)
    yield started
    advance.choose(None)
    started.window.close()


def say(hands: Keyboard, *labels: Key) -> None:
    """Segments of 10 s by Ctrl+G and E, a label each, and the required answer."""
    for place, key in enumerate(labels, start=1):
        hands.press(Key.Key_G, mod=CTRL)
        hands.type(f"{place * 10} s")
        hands.press(Key.Key_Return, Key.Key_E, key)
    hands.press(Key.Key_W)


def hand_in(hands: Keyboard) -> None:
    """Submit, also where not all was listened to."""
    hands.press(Key.Key_Return, mod=CTRL)
    dialog = hands.window.workspace.listening.dialog
    assert dialog is not None
    assert dialog.isVisible()
    hands.press(Key.Key_Return, mod=CTRL)


@pytest.mark.qt_log_ignore("grabbing the keyboard", extend=True)  # of the menu, where there is no display
def test_from_start_up_to_settled(hands: Keyboard, made: Made) -> None:
    hands.become("Ann")
    hands.press(Key.Key_Space)
    assert hands.window.workspace.view.transport.is_playing
    hands.press(Key.Key_Space)
    say(hands, Key.Key_1, Key.Key_2, Key.Key_1)
    hands.press(Key.Key_M, mod=CTRL | SHIFT)
    hands.type("who is this?")
    hands.press(Key.Key_Return)
    hand_in(hands)
    assert hands.window.workspace.view.work is None
    hands.become("Ben")
    say(hands, Key.Key_1, Key.Key_3, Key.Key_1)
    hand_in(hands)
    assert hands.window.workspace.view.work is None
    hands.become("Cleo")
    hands.press(Key.Key_F6)
    hands.press(Key.Key_Return)
    room = hands.window.workspace
    assert room.work is not None
    while room.places.open_ones:
        hands.press(Key.Key_J, mod=SHIFT)
        hands.press(Key.Key_A)
    hands.press(Key.Key_Return, mod=CTRL)
    assert room.work is None
    services = Services.open(made.path, read_only=True)
    try:
        figures = services.dashboard.status(made.project_id)[0]
    finally:
        services.close()
    assert (figures["items"], figures["settled"], figures["escalated"]) == (1, 1, 0)


def test_every_action_is_found_in_the_palette_by_name(hands: Keyboard) -> None:
    hands.do("switch between dark")
    from annodesk.ui import theme

    assert not theme.current().is_dark
    hands.do("switch between dark")
    assert theme.current().is_dark
