"""Keys by their place on the board: letters are read where they lie and shown as they are printed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.actions import Action, KeyMap, shown_key
from annodesk.ui.keys import keyboard, positions
from annodesk.ui.keys.composing import Composing
from annodesk.ui.keys.layouts import BY_NAME, LAYOUTS, US
from annodesk.ui.keys.positions import code_of, lies_beside
from annodesk.ui.keys.reader import KeyReader

from .boards import event_of, press

pytestmark = pytest.mark.qt

CTRL, SHIFT, ALT = (getattr(Qt.KeyboardModifier, f"{name}Modifier") for name in ("Control", "Shift", "Alt"))
ACTIONS = (
    Action("take", "Take", ("Y",)),
    Action("cross", "Zero crossing", ("Z",)),
    Action("start", "Start here", ("[",)),
    Action("nudge", "Nudge", ("Alt+[",), repeats=True),
    Action("label", "speech", ("1",)),
    Action("bulk", "Take all", ("Shift+Y",)),
    Action("undo", "Undo", ("Ctrl+Z",)),
    Action("redo", "Redo", ("Ctrl+Y",)),
    Action("keys", "Keys", ("?",)),
    Action("larger", "Zoom in", ("Ctrl++",)),
    Action("palette", "Palette", ("Ctrl+K",), in_text=True),
    Action("pedal", "Pedal", ("F13",)),
)


class Board(QWidget):
    """A window with a field and keys, as the main window reads them."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.field, self.did = QLineEdit(), list[str]()
        QVBoxLayout(self).addWidget(self.field)
        self.keys = KeyMap(self)
        self.keys.bind(ACTIONS, {action.id: self._did_it(action.id) for action in ACTIONS})
        self.reader = KeyReader(lambda: [self.keys], Composing(self), self)

    def _did_it(self, name: str) -> object:
        return lambda: self.did.append(name)


@pytest.fixture
def board(qtbot: QtBot) -> Iterator[Board]:
    keyboard.current().forget()
    made = Board()
    qtbot.addWidget(made)
    made.show()
    made.windowHandle().installEventFilter(made.reader)
    made.activateWindow()
    qtbot.waitUntil(made.isActiveWindow)
    made.setFocus()
    yield made
    made.hide()
    keyboard.current().forget()


@pytest.mark.parametrize("layout", [one.name for one in LAYOUTS])
def test_editing_keys_lie_at_one_place_on_every_board(board: Board, layout: str) -> None:
    for position in ("Y", "Z", "[", "1"):
        press(board, position, layout)
    press(board, "Y", layout, SHIFT)
    press(board, "[", layout, ALT)
    assert board.did == ["take", "cross", "start", "label", "bulk", "nudge"]


def test_undo_follows_the_letter_as_everywhere_in_the_system(board: Board) -> None:
    press(board, "Y", "de", CTRL)
    press(board, "Z", "de", CTRL)
    press(board, "W", "fr", CTRL)
    assert board.did == ["undo", "redo", "undo"]


def test_undo_lies_where_it_does_on_a_us_board_where_there_are_no_latin_letters(board: Board) -> None:
    press(board, "Z", "ar", CTRL)
    assert board.did == ["undo"]


@pytest.mark.parametrize(("layout", "position"), [("us", "/"), ("de", "-"), ("fr", "M"), ("es", "-"), ("sv", "-")])
def test_a_question_mark_shows_the_keys_whatever_key_types_it(board: Board, layout: str, position: str) -> None:
    press(board, position, layout, SHIFT)
    assert board.did == ["keys"]


def test_ctrl_and_plus_zooms_in_where_plus_needs_no_shift(board: Board) -> None:
    press(board, "]", "de", CTRL)
    press(board, "=", "us", CTRL | SHIFT)
    assert board.did == ["larger", "larger"]


def test_a_french_digit_also_answers_with_shift(board: Board) -> None:
    press(board, "1", "fr", SHIFT)
    assert board.did == ["label"]


def test_what_alt_gr_types_is_read_as_the_sign_not_as_the_digit(board: Board) -> None:
    code = code_of("8")
    for kind in (QEvent.Type.ShortcutOverride, QEvent.Type.KeyPress):
        event = QKeyEvent(kind, Qt.Key.Key_BracketLeft.value, Qt.KeyboardModifier.NoModifier, code, 0x5B, 0x80, "[")
        assert keyboard.current().chords_of(event) == ["["]
    event = QKeyEvent(kind, Qt.Key.Key_At.value, Qt.KeyboardModifier.NoModifier, code_of("1"), 0x40, 0x80, "q")
    assert keyboard.current().chords_of(event) == []


def test_a_held_key_answers_once_and_steps_on(board: Board) -> None:
    press(board, "Y", "de")
    press(board, "Y", "de", repeats=True)
    press(board, "[", "de", ALT)
    press(board, "[", "de", ALT, repeats=True)
    assert board.did == ["take", "nudge", "nudge"]


def test_text_is_typed_by_the_letter(board: Board) -> None:
    board.field.setFocus()
    for position in ("Y", "Z", "1"):
        press(board, position, "fr")
    assert board.field.text() == "yw&"
    assert board.did == []


def test_keys_are_shown_as_they_are_printed(board: Board) -> None:
    told = []
    board.keys.changed.connect(lambda: told.append(board.keys.keys_of("start")))
    press(board, "Y", "de")
    assert [shown_key(key) for key in ("Y", "Z", "[", "Shift+Y", "Ctrl+Z", "1", "F2")] == [
        "Z", "Y", "Ü", "Shift+Z", "Ctrl+Z", "1", "F2",
    ]  # fmt: skip
    assert told[-1] == ["Ü"]


def test_a_sign_that_two_boards_share_decides_for_neither(board: Board) -> None:
    press(board, "Q", "sv")
    assert keyboard.current().layout == US
    press(board, ";", "sv")
    assert keyboard.current().layout.title in ("German", "Swedish")
    press(board, "[", "sv")
    assert keyboard.current().layout.title == "Swedish"


def test_another_layout_is_noticed_while_working(board: Board) -> None:
    for position in ("Y", "Z", "[", ";"):
        press(board, position, "de")
    assert shown_key("'") == "Ä"
    for position in ("Y", "Z", "[", ";"):
        press(board, position, "us")
    assert shown_key("'") == "'"


def test_a_board_nobody_knows_shows_the_letters_it_has_typed(board: Board) -> None:
    dvorak = {"S": "o", "D": "e", "F": "u", "G": "i"}
    for position, sign in dvorak.items():
        event = QKeyEvent(QEvent.Type.KeyPress, ord(sign.upper()), Qt.KeyboardModifier.NoModifier, code_of(position),
                          0, 0, sign)  # fmt: skip
        keyboard.current().chords_of(event)
    assert [shown_key(key) for key in ("S", "D", "[")] == ["O", "E", "["]


def test_a_chosen_layout_is_shown_whatever_is_typed(board: Board) -> None:
    keyboard.current().choose("fr")
    press(board, "Y", "de")
    assert shown_key("Y") == "Y"
    assert shown_key("1") == "&"


def test_a_pedal_that_sends_f13_is_heard(board: Board) -> None:
    event = event_of(QEvent.Type.KeyPress, "F13", US)
    assert keyboard.current().chords_of(event)[0] == "F13"


def test_what_no_keyboard_made_is_left_to_qt(board: Board, qtbot: QtBot) -> None:
    qtbot.keyClick(board, Qt.Key.Key_Y)
    assert board.did == ["take"]


def test_keys_do_nothing_in_a_window_without_focus(board: Board, qtbot: QtBot) -> None:
    other = QLineEdit()
    qtbot.addWidget(other)
    other.show()
    other.activateWindow()
    qtbot.waitUntil(other.isActiveWindow)
    press_blind = event_of(QEvent.Type.KeyPress, "Y", BY_NAME["de"])
    assert not board.reader.eventFilter(board.windowHandle(), press_blind)
    assert board.did == []
    other.hide()


@pytest.mark.parametrize("table", [positions.EVDEV, positions.WINDOWS, positions.MACOS], ids=["evdev", "win", "mac"])
def test_every_position_has_one_code_on_every_system(table: dict[int, str]) -> None:
    assert sorted(name for name in table.values() if len(name) == 1) == sorted("".join(positions.ROWS))


def test_well_known_codes_are_where_the_systems_put_them() -> None:
    assert [positions.EVDEV[code] for code in (10, 29, 34, 52, 49, 51, 191)] == ["1", "Y", "[", "Z", "`", "\\", "F13"]
    assert [positions.WINDOWS[code] for code in (0x02, 0x15, 0x1A, 0x2C, 0x29, 0x2B, 0x64)] == [
        "1", "Y", "[", "Z", "`", "\\", "F13",
    ]  # fmt: skip
    assert [positions.MACOS[code] for code in (18, 16, 33, 6, 50, 42, 105)] == ["1", "Y", "[", "Z", "`", "\\", "F13"]


def test_neighbours_on_the_board() -> None:
    assert lies_beside("Y", "U")
    assert lies_beside("Y", "G")
    assert not lies_beside("Y", "X")
    assert lies_beside("Z", "X")
