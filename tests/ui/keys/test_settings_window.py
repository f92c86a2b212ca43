"""The key window, by keys and mouse: what is changed there is live in menus, caps and hands at once, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from annodesk.ui.jobs import Jobs
from annodesk.ui.keys import bindings, keyboard, remap
from annodesk.ui.keys.choice import Choice
from annodesk.ui.keys.settings_window import KeyWindow
from annodesk.ui.parts import KeyCap, settings
from annodesk.ui.window import BOARD, MainWindow
from tests.ui.made import make_file

from .boards import press

pytestmark = pytest.mark.qt

CTRL = Qt.KeyboardModifier.ControlModifier
SPLIT, BACK = "annotate.split", "annotate.zoom_back"


@pytest.fixture
def main(qtbot: QtBot, tmp_path: Path) -> Iterator[MainWindow]:
    """The window with a task open."""
    made = make_file(tmp_path / "file", items=1)
    window = MainWindow(Jobs(), made.path, person="Ann")
    qtbot.addWidget(window)
    window.resize(1280, 720)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(lambda: window.is_idle() and window.workspace is not None and window.workspace.is_idle())
    yield window
    bindings.current().save(Choice())
    keyboard.current().forget()
    settings().remove(BOARD)
    window.close()


@pytest.fixture
def keys(qtbot: QtBot, main: MainWindow) -> Iterator[KeyWindow]:
    """The key window over it, opened by its key."""
    qtbot.keyClick(main, Qt.Key.Key_F1, CTRL)
    found = main.findChild(KeyWindow)
    assert isinstance(found, KeyWindow)
    qtbot.waitUntil(found.isActiveWindow)
    yield found
    found.close()


def hit(qtbot: QtBot, key: Qt.Key, modifiers: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
    """Press a key where the focus is."""
    target = QApplication.focusWidget()
    assert target is not None
    qtbot.keyClick(target, key, modifiers)


def find(qtbot: QtBot, keys: KeyWindow, words: str) -> None:
    """Type into the field."""
    keys.find.clear()
    qtbot.keyClicks(keys.find, words)


def test_a_key_is_changed_without_the_mouse(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    find(qtbot, keys, "annotate split at")
    hit(qtbot, Qt.Key.Key_Return)
    hit(qtbot, Qt.Key.Key_F15)
    assert main.workspace.keys.keys_of(SPLIT)[0] == "F15"
    assert bindings.current().choice.keys == {SPLIT: ("F15", "S")}


def test_the_new_key_works_at_once_and_the_cap_shows_it(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    keys.choose("annotate.play_segment")
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_F15)
    assert main.workspace.view.bar.segment.shown_key == "F15"
    did: list[str] = []
    main.workspace.keys.invoked.connect(did.append)
    keys.close()
    main.activateWindow()
    qtbot.waitUntil(main.isActiveWindow)
    hit(qtbot, Qt.Key.Key_F15)
    assert did == ["annotate.play_segment"]


def test_a_taken_key_says_who_loses_it_and_swaps(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_B)
    assert keys.foot.sentence() == "B is the key of “View before” (Annotate), which would lose it."
    assert keys.foot.swap.text() == "Swap: View before gets S"
    assert main.workspace.keys.keys_of(SPLIT)[0] == "S"  # nothing is changed before it is answered
    hit(qtbot, Qt.Key.Key_Space)
    assert main.workspace.keys.keys_of(SPLIT)[0] == "B"
    assert main.workspace.keys.keys_of(BACK) == ["S"]


def test_a_taken_key_is_taken_or_left(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    for button, then in ((keys.foot.leave, ["B"]), (keys.foot.take, [])):
        keys.foot.ask()
        hit(qtbot, Qt.Key.Key_B)
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert main.workspace.keys.keys_of(BACK) == then


def test_a_key_of_the_open_projects_labels_is_told(qtbot: QtBot, keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_2)
    assert "gives “music”; its own keys go first." in keys.foot.sentence()


def test_a_key_that_systems_keep_is_told(qtbot: QtBot, keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_J, Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.ShiftModifier)
    assert "Alt+Shift switches" in keys.foot.sentence()


def test_escape_leaves_the_key_as_it_is(qtbot: QtBot, keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_Escape)
    assert keys.isVisible()
    assert keys.foot.catcher.isHidden()
    assert bindings.current().choice == Choice()


@pytest.mark.parametrize("key", [Qt.Key.Key_Tab, Qt.Key.Key_F13, Qt.Key.Key_MediaNext, Qt.Key.Key_F24])
def test_tab_pedals_and_media_keys_can_be_bound(qtbot: QtBot, keys: KeyWindow, key: Qt.Key) -> None:
    keys.choose("annotate.none")
    keys.foot.ask()
    hit(qtbot, key)
    if keys.foot.take.isVisible():
        keys.foot.take.click()
    name = {Qt.Key.Key_Tab: "Tab", Qt.Key.Key_MediaNext: "Media Next"}.get(key, key.name.removeprefix("Key_"))
    assert remap.keys_now(bindings.current().choice)["annotate.none"][0] == name


def test_a_key_is_caught_by_its_place(keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    keys.foot.ask()
    press(keys, "'", "de")
    assert bindings.current().choice.keys[SPLIT][0] == "'"
    assert "Ä" in keys._items[SPLIT].text(1)


def test_a_window_for_the_second_screen_reads_keys_by_their_place_too(qtbot: QtBot, main: MainWindow) -> None:
    tool = QWidget(main, Qt.WindowType.Tool)
    qtbot.addWidget(tool)
    tool.show()
    tool.activateWindow()
    qtbot.waitUntil(tool.isActiveWindow)
    did: list[str] = []
    main.workspace.keys.invoked.connect(did.append)
    press(tool, "1", "fr")
    press(tool, "1", "fr", repeats=True)
    tool.close()
    assert did == ["annotate.label.speech"]


def test_a_key_of_a_mode_is_changed_like_any_other(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    keys.choose("writing.loop")
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_F15)
    assert bindings.current().choice.keys == {"writing.loop": ("F15", "Ctrl+L")}
    assert main.workspace.keys.keys_of("writing.loop")[0] == "F15"
    assert main.workspace.writing.field.owns_chord("F15")
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_Tab)
    assert keys.foot.sentence() == "Tab is the key of “Store, and write the next” (Annotate), which would lose it."


def test_the_same_key_may_do_one_thing_in_a_mode_and_another_outside(keys: KeyWindow) -> None:
    for outside, inside, chord in ((SPLIT, "tap.next", "S"), ("annotate.zoom_in", "writing.back", "Ctrl+=")):
        told = [one.id for one in remap.wish(Choice(), inside, chord).losers]
        assert outside not in told
    assert [one.id for one in remap.wish(Choice(), "tap.next", "Space").losers] == ["tap.listen"]
    assert [one.id for one in remap.wish(Choice(), "tap.next", "Ctrl+K").losers] == ["window.palette"]


def test_a_letter_cannot_be_taken_from_the_text_that_is_written(qtbot: QtBot, keys: KeyWindow) -> None:
    keys.choose("writing.back")
    for key, name in ((Qt.Key.Key_B, "B"), (Qt.Key.Key_Backspace, "Backspace"), (Qt.Key.Key_Space, "Space")):
        keys.foot.ask()
        hit(qtbot, key)
        assert keys.foot.sentence() == f"{name} writes in a text. Press one with Ctrl or Alt, or a function key."
    assert bindings.current().choice == Choice()


def test_a_label_that_is_tapped_goes_before_a_key_of_the_pass_and_that_is_told(qtbot: QtBot, keys: KeyWindow) -> None:
    keys.choose("tap.back")
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_2)
    assert "gives “music”; its own keys go first." in keys.foot.sentence()


def test_one_key_is_taken_away_and_one_action_reset(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    keys.choose(SPLIT)
    keys.list.setFocus()
    hit(qtbot, Qt.Key.Key_Delete)
    assert main.workspace.keys.keys_of(SPLIT) == []
    qtbot.mouseClick(keys.foot.reset, Qt.MouseButton.LeftButton)
    assert main.workspace.keys.keys_of(SPLIT)[0] == "S"


def test_a_preset_is_live_and_comes_back_at_the_next_start(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    keys.preset.setCurrentIndex(keys.preset.findData("praat"))
    assert main.workspace.keys.keys_of("annotate.play")[0] == "Tab"
    assert main.workspace.view.bar.play.shown_key == "Tab"
    person = bindings.current().person_id
    bindings.current().use(Choice())
    bindings.current().load(person)
    assert bindings.current().choice.preset == "praat"


def test_everybody_has_their_own_keys(qtbot: QtBot, main: MainWindow, keys: KeyWindow) -> None:
    ann = bindings.current().person_id
    keys.preset.setCurrentIndex(keys.preset.findData("praat"))
    ben = next(member.person.id for member in main.who.people() if member.person.name == "Ben")
    main.who.choose(ben)
    assert bindings.current().choice.preset == "praat"  # somebody new has those of whoever chose last
    keys.preset.setCurrentIndex(keys.preset.findData("elan"))
    main.who.choose(ann)
    assert bindings.current().choice.preset == "praat"


def test_the_wheel_changes_no_choice(keys: KeyWindow) -> None:
    for box in (keys.preset, keys.wheel, keys.board):
        before = box.currentIndex()
        where = QPointF(box.rect().center())
        turned = QWheelEvent(
            where, box.mapToGlobal(where), QPoint(), QPoint(0, -120), Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier, Qt.ScrollPhase.NoScrollPhase, False,
        )  # fmt: skip
        QApplication.sendEvent(box, turned)
        assert box.currentIndex() == before


def test_the_overlay_and_the_palette_show_the_letters_of_the_keyboard(main: MainWindow) -> None:
    keyboard.current().choose("de")
    main.over.toggle_keys()
    take = next(w for w in main.over.keys.findChildren(QWidget) if w.property("action_title") == "Take the suggestion")
    grid = take.parentWidget()
    caps = [
        cap for cap in grid.findChildren(KeyCap) if abs(cap.geometry().center().y() - take.geometry().center().y()) < 4
    ]
    main.over.keys.close_overlay()
    assert "Z" in [cap.text() for cap in caps]
    main.over.toggle_palette()
    main.over.palette.field.setText("take the suggestion")
    row = main.over.palette.list.itemWidget(main.over.palette.list.item(0))
    assert [cap.text() for cap in row.findChildren(KeyCap)] == ["Z"]
    main.over.palette.close_palette()


def test_actions_are_found_by_words_and_by_keys(qtbot: QtBot, keys: KeyWindow) -> None:
    find(qtbot, keys, "merge next")
    assert keys.shown_titles() == ["Merge with the next", "Merge with the next"]
    find(qtbot, keys, "ctrl+d")
    assert "Duplicate" in keys.shown_titles()
    find(qtbot, keys, "nothing has this")
    assert keys.shown_titles() == []
    assert keys.nothing.isVisible()


def test_keys_go_to_another_workstation_as_a_file(qtbot: QtBot, keys: KeyWindow, tmp_path: Path) -> None:
    keys.choose(SPLIT)
    keys.foot.ask()
    hit(qtbot, Qt.Key.Key_F15)
    keys.write_file(tmp_path / "mine.toml")
    keys.reset_all()
    assert bindings.current().choice == Choice()
    keys.read_file(tmp_path / "mine.toml")
    assert bindings.current().choice.keys[SPLIT][0] == "F15"


def test_a_file_from_outside_ends_in_a_sentence(keys: KeyWindow, tmp_path: Path) -> None:
    path = tmp_path / "<b>odd<i>.toml"
    path.write_text('preset = "vim"\n[keys]\n"annotate.split" = ["Esc"]\n"other.action" = ["Q"]\n', encoding="utf-8")
    keys.read_file(path)
    assert "1 of its actions is not known here." in keys.sentence()
    assert "'Esc' is no key that can be bound" in keys.sentence()
    assert bindings.current().choice.preset == "annodesk"
    keys.read_file(tmp_path / "none.toml")
    assert keys.sentence().startswith("none.toml cannot be read")
