"""Going from one name to the next by key."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from annodesk.ui.text.names import name_like
from tests.ui.text.conftest import TEXT, span_of

Key, SHIFT = Qt.Key, Qt.KeyboardModifier.ShiftModifier


def words(text: str) -> list[str]:
    return [text[start:end] for start, end in name_like(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Hello, I am in Leith today. It rains.", ["Leith"]),
        ("Leith is wet. I like Leith.", ["Leith", "Leith"]),
        ("Otis Fenn played. Order now!", ["Otis Fenn"]),
        ("she met Anna-Lena O’Neil, Bo and the BBC", ["Anna-Lena O’Neil", "Bo", "BBC"]),
        ("в Париже с Анной", ["Париже", "Анной"]),
        ("nothing here, 東京 neither", []),
        ("", []),
    ],
)
def test_runs_of_capitalised_words_look_like_names_and_the_first_word_of_a_sentence_does_not(
    text: str, names: list[str]
) -> None:
    assert words(text) == names


@pytest.mark.qt
def test_a_key_selects_the_next_name_and_a_label_marks_it_and_goes_on(desk, qtbot):
    made = desk()
    view = made.panel.view
    qtbot.keyClick(view, Key.Key_N)
    assert TEXT[slice(*view.selection)] == "Ada Lovelace"
    qtbot.keyClick(view, Key.Key_1)
    assert TEXT[slice(*view.selection)] == "Charles Babbage"
    qtbot.keyClick(view, Key.Key_N)
    assert TEXT[slice(*view.selection)] == "Royal Society"
    qtbot.keyClick(view, Key.Key_N, SHIFT)
    assert TEXT[slice(*view.selection)] == "Charles Babbage"
    qtbot.keyClick(view, Key.Key_1)
    assert made.words() == [("person", "Ada Lovelace"), ("person", "Charles Babbage")]
    assert TEXT[slice(*view.selection)] == "Royal Society"


@pytest.mark.qt
def test_what_is_marked_already_is_passed_over_and_after_the_last_it_says_so(desk, qtbot):
    made = desk(span_of("Ada Lovelace"))
    seen = []
    for _ in range(10):
        qtbot.keyClick(made.panel.view, Key.Key_N)
        if made.refusals:
            break
        seen.append(TEXT[slice(*made.panel.view.selection)])
    assert seen == ["Charles Babbage", "Royal Society", "London", "Ada Lovelace", "London"]
    assert "No more words" in made.refusals[0]


@pytest.mark.qt
def test_where_nothing_can_be_changed_the_key_does_nothing(desk, qtbot):
    made = desk(is_editable=False)
    qtbot.keyClick(made.panel.view, Key.Key_N)
    assert made.panel.view.selection == (0, 0)
