"""The heat strip: every place where it is, as hot as it is, and the way there by mouse and keys."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from annodesk.ui import theme
from tests.ui.review.conftest import make_desk
from tests.ui.review.room import LEFT

pytestmark = pytest.mark.qt
Key = Qt.Key


def test_places_lie_over_the_whole_recording_and_questions_beside_it(room) -> None:
    here = room()
    space = here.open()
    heat = space.desk.heat
    overview = space.desk.view.overview
    for place in heat.places[:2]:
        x = overview.mapTo(space, overview.rect().topLeft()).x() + overview._x(place.start)
        drawn = heat.mapTo(space, heat.rect().topLeft()).x() + heat.place_rect(place).left()
        assert abs(x - drawn) < 3, "each over its place in the overview"
    beside = [heat.place_rect(place) for place in heat.places[2:]]
    assert [place.start for place in heat.places[2:]] == [None, None]
    assert beside[0].right() <= beside[1].left()
    assert beside[1].right() < space.desk.view.state.gutter_px


def test_a_click_on_the_strip_goes_there(room, qtbot) -> None:
    here = room()
    space = here.open()
    heat = space.desk.heat
    for number in (2, 1, 3, 0):
        place = heat.places[number]
        qtbot.mouseClick(heat, LEFT, pos=heat.place_rect(place).center().toPoint())
        here.wait()
        assert space.places.current.key == place.key


def test_with_the_focus_on_it_arrows_go_through_the_places(room, qtbot) -> None:
    here = room()
    space = here.open()
    heat = space.desk.heat
    seen = []
    for key in (Key.Key_Right, Key.Key_End, Key.Key_Left, Key.Key_Home):
        heat.setFocus()
        qtbot.keyClick(heat, key)
        here.wait()
        seen.append(space.places.at)
    assert seen == [1, 3, 2, 0]


@pytest.mark.parametrize("choice", ["dark", "light"])
def test_what_is_ruled_is_told_apart(room, qapp, choice: str) -> None:
    theme.apply(qapp, choice)
    try:
        here = room()
        space = here.open()
        heat = space.desk.heat
        here.press(Key.Key_J)
        first = heat.place_rect(heat.places[0]).center()
        before = heat.grab().toImage().pixelColor(round(first.x()), heat.height() - 3)
        here.press(Key.Key_K, Key.Key_A, Key.Key_J)
        after = heat.grab().toImage().pixelColor(round(first.x()), heat.height() - 3)
        assert before.red() > before.green()
        assert after.green() > after.red()
        assert "1 of 4 ruled" in heat.accessibleDescription()
        assert [place.is_ruled for place in heat.places] == [True, False, False, False]
    finally:
        theme.apply(qapp, "dark")


def test_of_a_text_alone_the_strip_is_the_text(room, tmp_path: Path, repo: Path) -> None:
    other = make_desk(tmp_path / "text", repo, with_sound=False)
    try:
        here = room(other=other)
        space = here.open()
        heat = space.desk.heat
        assert heat.isVisible()
        assert [place.start is not None for place in heat.places] == [True, False]
        assert space.desk.compare.isVisible()
        here.press(Key.Key_J)
        assert space.places.current.is_question
        assert space.desk.compare.isVisible(), "the text is there to be read while a question is ruled"
        assert [title for title, panel in space.desk.compare.panels.items() if panel.isVisible()] == ["Your ruling"]
    finally:
        here.close()
        other.services.close()
