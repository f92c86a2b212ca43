"""The strip above the timeline keeps its buttons where there is room for them."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from annodesk.ui import theme
from annodesk.ui.annotate.transport_bar import TransportBar
from tests.ui.annotate.conftest import Desk

SILENT = "No audio device: plays in silence"


@pytest.fixture
def bar(qapp: QApplication, qtbot: QtBot) -> TransportBar:
    theme.apply(qapp, "dark", text_scale=1.0)
    made = TransportBar()
    qtbot.addWidget(made)
    made.resize(862, 34)
    made.show()
    return made


def buttons(bar: TransportBar) -> list[bool]:
    return [part.isVisible() for part in (bar.play, bar.segment, bar.loop, bar.arrival, bar.tap, bar.snap)]


def test_the_buttons_stay_whatever_is_said_and_selected(bar: TransportBar) -> None:
    for length_us, words in ((3_000_000, SILENT), (None, SILENT), (3_000_000, ""), (None, SILENT)):
        bar.show_selected(length_us)
        bar.show_sound(words, is_quiet=bool(words))
        assert all(buttons(bar))


def test_where_there_is_little_room_the_last_buttons_go_first(bar: TransportBar) -> None:
    bar.show_sound(SILENT, is_quiet=True)
    bar.resize(500, 34)
    seen = buttons(bar)
    assert seen[0]
    assert seen == sorted(seen, reverse=True)
    assert not all(seen)
    bar.resize(862, 34)
    assert all(buttons(bar))


def test_a_selection_of_more_than_an_hour_says_its_hours(bar: TransportBar) -> None:
    bar.show_selected(3_723_000_000)
    assert bar.selected.text() == "sel 01:02:03.000"
    bar.show_selected(378_000)
    assert bar.selected.text() == "sel 00:00.378"


def test_each_button_has_the_room_that_its_words_and_key_need(desk: Desk) -> None:
    bar = desk.workspace.view.bar
    for width in (1440, 1180, 1700, 1440):
        desk.window.resize(width, 900)
        parts = (bar.play, bar.segment, bar.loop, bar.arrival, bar.tap, bar.hearing, bar.snap)
        assert all(part.width() == part.sizeHint().width() for part in parts if part.isVisible()), width
