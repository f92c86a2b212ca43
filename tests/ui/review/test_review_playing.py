"""Speed, loops and scrubbing while an item is reviewed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from annodesk.store import tables as t
from tests.ui.review.conftest import Desk
from tests.ui.review.room import Room

pytestmark = pytest.mark.qt
Key, Mod = Qt.Key, Qt.KeyboardModifier


@pytest.fixture
def room(qtbot, desk: Desk) -> Iterator[Room]:
    made = Room(qtbot, desk)
    yield made
    made.close()


def test_the_place_is_looped_by_key_and_the_speed_is_shown_beside_it(room: Room, qtbot) -> None:
    space = room.open()
    speeds: list[str] = []
    room.bus.speed_said.connect(speeds.append)
    room.press(Key.Key_Minus, Key.Key_R)
    place = space.hearing.place
    assert place is not None
    assert space.transport.is_looping
    assert place.start_us <= space.transport.position_us < place.end_us
    assert speeds == ["0.75×"]
    assert space.desk.place_bar.sound_button.text() == "0.75×"
    room.press(Key.Key_R)
    assert not space.transport.is_playing


def test_a_click_on_the_ruler_while_it_plays_plays_on_from_there(room: Room, qtbot) -> None:
    space = room.open()
    room.press(Key.Key_Space)
    ruler = space.timeline.ruler
    QTest.mouseClick(ruler, Qt.MouseButton.LeftButton, pos=QPoint(ruler.width() // 2, ruler.height() - 4))
    assert space.transport.is_playing
    assert space.transport.position_us == ruler.time_at(ruler.width() // 2)


def test_the_sound_panel_opens_from_the_bar_and_escape_goes_back_to_the_work(room: Room, qtbot) -> None:
    space = room.open()
    panel = space.playing.panel
    qtbot.mouseClick(space.desk.place_bar.sound_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(panel.isActiveWindow)
    qtbot.keyClick(panel, Key.Key_Escape)
    qtbot.waitUntil(space.isActiveWindow)
    assert space.timeline.hasFocus()


def test_playing_on_goes_to_the_end_of_the_item_and_scrubbing_by_key_pauses(room: Room, qtbot) -> None:
    space = room.open()
    room.press(Key.Key_Space, mod=Mod.ControlModifier)
    assert space.transport.is_playing
    room.press(Key.Key_6, mod=Mod.ControlModifier | Mod.ShiftModifier)
    assert not space.transport.is_playing


def test_on_arrival_places_and_segments_are_played_by_the_setting_of_all_workspaces(room: Room, qtbot) -> None:
    space = room.open()
    assert not space.transport.is_playing
    room.press(Key.Key_R, mod=Mod.ShiftModifier)
    try:
        assert space.playing.mixer.plays_on_arrival
        room.press(Key.Key_J)
        place = space.hearing.place
        assert place is not None
        assert space.transport.is_playing
        assert place.start_us <= space.transport.position_us < place.end_us
        room.press(Key.Key_Space)
        room.press(Key.Key_Tab)
        chosen = space.timeline.selected_segments()[0]
        assert space.transport.is_playing
        assert chosen.start_us <= space.transport.position_us < chosen.end_us
    finally:
        room.press(Key.Key_R, mod=Mod.ShiftModifier)
    assert not space.playing.mixer.plays_on_arrival


def test_sensitive_content_begins_muted_blurred_and_silent_and_is_revealed_by_key(desk: Desk, qtbot) -> None:
    with desk.services.file.write() as db:
        db.execute(t.item.update().values(metadata={"sensitive": "violence"}))
    made = Room(qtbot, desk)
    space = made.open()
    if not space.playing.mixer.plays_on_arrival:
        space.playing.turn_arrival()
    space.go_to(space.places)
    assert not space.transport.is_playing, "nothing plays by itself"
    assert space.transport.strip().is_muted
    assert all(panel.view.is_blurred for panel in space.desk.compare.panels.values())
    assert "This one holds violence." in [one.sentence for one in made.notices.seen]
    made.press(Key.Key_V, mod=Mod.AltModifier)
    assert not space.transport.strip().is_muted
    assert not any(panel.view.is_blurred for panel in space.desk.compare.panels.values())
    made.close()


def test_other_content_is_neither_muted_nor_blurred(room: Room) -> None:
    space = room.open()
    assert not space.transport.strip().is_muted
    assert not space.playing.is_quiet
    assert not space.keys.is_enabled("review.reveal")
