"""To the annotators: words that go with a ruling, pins that go with a return; by keys, undone like all else."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.model.pins import pins_in
from annodesk.model.schema import TOLD
from tests.ui.review.conftest import Desk
from tests.ui.review.room import Room

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier
S = 1_000_000


@pytest.fixture
def here(qtbot: QtBot, desk: Desk) -> Iterator[Room]:
    room = Room(qtbot, desk)
    room.open()
    yield room
    room.close()


def write(room: Room, words: str) -> None:
    room.press(Key.Key_W, mod=Mod.AltModifier)
    assert room.space.telling.panel.field.hasFocus()
    room.qtbot.keyClicks(QApplication.focusWidget(), words)


def told(room: Room) -> dict[str, str]:
    return {one.target: one.value for one in room.stored().answers() if one.question == TOLD}


def test_words_stay_with_the_place_they_were_written_at(here: Room) -> None:
    first = here.space.places.current.key
    write(here, "Talk over music is speech.")
    here.press(Key.Key_Return)
    assert here.space.desk.view.hasFocus()
    assert told(here) == {first: "Talk over music is speech."}
    here.press(Key.Key_J)
    assert here.space.telling.panel.field.toPlainText() == ""
    here.press(Key.Key_K)
    assert here.space.telling.panel.field.toPlainText() == "Talk over music is speech."
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert told(here) == {}
    assert here.space.telling.panel.field.toPlainText() == ""


def test_words_half_written_are_kept_when_the_item_is_left_or_settled(here: Room) -> None:
    first = here.space.places.current.key
    write(here, "Half")
    here.space.go_to(here.space.places.step(1))
    here.wait()
    assert told(here) == {first: "Half"}


def test_what_is_written_reaches_who_was_ruled_otherwise(here: Room, desk: Desk) -> None:
    write(here, "Adverts sell something.")
    here.press(Key.Key_Return)
    for _ in here.space.places.disagreements:
        here.press(Key.Key_A)
        here.press(Key.Key_J, mod=Mod.ShiftModifier)
    here.press(Key.Key_Return, mod=Mod.ControlModifier)
    here.wait()
    told_to = [desk.services.digest.unseen(desk.project_id, person) for person in desk.annotators]
    assert sorted(bool(one) for one in told_to) == [False, True]
    assert "Adverts sell something." in {one.words for found in told_to for one in found}


def test_a_pin_goes_to_the_playhead_the_segment_or_the_question_and_is_undone(here: Room) -> None:
    view = here.space.desk.view
    view.move_playhead(20 * S)
    write(here, "Begins later.")
    here.press(Key.Key_P, mod=Mod.AltModifier)
    here.wait()
    assert [(pin.time_us, pin.text) for pin in pins_in(here.stored())] == [(20 * S, "Begins later.")]
    assert here.space.telling.panel.field.toPlainText() == ""
    assert [row.accessibleName() for row in here.space.telling.panel.rows] == ["00:20.0: Begins later."]
    here.press(Key.Key_Z, mod=Mod.ControlModifier)
    assert pins_in(here.stored()) == ()
    while not here.space.places.current.is_question:
        here.press(Key.Key_J)
    write(here, "Nobody is hurt.")
    here.press(Key.Key_P, mod=Mod.AltModifier)
    here.wait()
    assert [pin.element_id for pin in pins_in(here.stored())] == ["answer:policy:item"]


def test_without_words_the_key_asks_for_them(here: Room) -> None:
    here.press(Key.Key_P, mod=Mod.AltModifier)
    assert here.space.telling.panel.field.hasFocus()
    assert pins_in(here.stored()) == ()


def test_pins_go_with_the_return_and_words_are_not_needed_then(here: Room, desk: Desk) -> None:
    here.space.desk.view.move_playhead(20 * S)
    write(here, "Begins later.")
    here.press(Key.Key_P, mod=Mod.AltModifier)
    here.wait()
    here.press(Key.Key_B, mod=Mod.AltModifier)
    dialog = here.space.others.dialog
    assert dialog is not None
    here.qtbot.keyClick(dialog, Key.Key_1)
    here.qtbot.keyClick(dialog.note, Key.Key_Return)
    here.wait()
    cards = [desk.services.tasks.cards(desk.project_id, person) for person in desk.annotators]
    (card,) = [one for found in cards for one in found if one.state is not None and one.state.value == "returned"]
    with desk.services.file.read() as db:
        pinned = db.exec_driver_sql("select set_id, text, time_us, author_id from comment").fetchall()
    assert [tuple(row) for row in pinned] == [(card.set_id, "Begins later.", 20 * S, "analyst")]


def test_a_pin_is_taken_away_by_its_cross(here: Room) -> None:
    write(here, "Begins later.")
    here.press(Key.Key_P, mod=Mod.AltModifier)
    here.wait()
    here.space.telling.panel.rows[0].dropped.emit()
    here.wait()
    assert pins_in(here.stored()) == ()
    assert not here.space.telling.panel.rows


def test_a_playhead_that_only_plays_towards_a_place_pins_the_place(here: Room) -> None:
    current = here.space.places.current
    here.space.transport.pause()
    here.space.desk.view.move_playhead(current.start_us - S // 2)
    write(here, "Begins later.")
    here.press(Key.Key_P, mod=Mod.AltModifier)
    here.wait()
    assert [pin.time_us for pin in pins_in(here.stored())] == [current.start_us]
