"""Code points and the view's UTF-16 units."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.ui.text.offsets import DisplayText

PIECES = ["a", "b", " ", "\n", "\r", "\t", "\r\n", "😀", "é", "e\u0301", "ש", "\u2029", "\ufdd0", "𝄞"]
ALPHABET = st.lists(st.sampled_from(PIECES), max_size=60).map("".join)


def utf16_length(text: str) -> int:
    return len(text.encode("utf-16-le", "surrogatepass")) // 2


def test_characters_beyond_the_basic_plane_take_two_places_in_the_view():
    shown = DisplayText("a😀b")
    assert [shown.to_view(n) for n in range(4)] == [0, 1, 3, 4]
    assert [shown.to_code_point(n) for n in (0, 1, 3, 4)] == [0, 1, 2, 3]


def test_a_windows_line_end_is_one_place_in_the_view_and_two_code_points():
    shown = DisplayText("ab\r\ncd")
    assert shown.display == "ab\ncd"
    assert [shown.to_view(n) for n in (2, 4, 5)] == [2, 3, 4]
    assert [shown.to_code_point(n) for n in (2, 3)] == [2, 4]


@given(ALPHABET, st.sampled_from([5, 1000]))
def test_every_code_point_is_found_again_from_where_it_is_shown(text: str, longest: int):
    shown = DisplayText(text, longest_paragraph=longest)
    for index, character in enumerate(text):
        at = shown.to_view(index)
        if character == "\n" and text[index - 1 : index] == "\r":
            assert shown.to_code_point(at) == index - 1
            continue
        assert shown.to_code_point(at) == index
        part = shown.display.encode("utf-16-le")[2 * at : 2 * shown.to_view(index + 1)].decode("utf-16-le")
        assert part.strip("\n") in (character, "\ufffd", "") or part.startswith(character)
    assert shown.to_view(len(text)) == utf16_length(shown.display)


@given(ALPHABET)
def test_offsets_agree_with_qts_own_document(text: str):
    from PySide6.QtGui import QTextDocument

    document = QTextDocument()
    shown = DisplayText(text, longest_paragraph=20)
    document.setPlainText(shown.display)
    assert document.characterCount() - 1 == shown.to_view(len(text))


def test_a_very_long_paragraph_is_broken_for_display_only(rng: random.Random):
    text = " ".join(rng.choice(["lorem", "ipsum", "😀"]) for _ in range(4_000))
    shown = DisplayText(text)
    assert max(len(line) for line in shown.display.split("\n")) <= 4_000
    assert shown.display.replace("\n", "") == text
    start = text.index("ipsum", 9_000)
    assert shown.display.encode("utf-16-le")[2 * shown.to_view(start) :].decode("utf-16-le").startswith("ipsum")


@pytest.mark.parametrize(("start", "end", "expected"), [(0, 5, (1, 4)), (1, 4, (1, 4)), (4, 5, (5, 5))])
def test_white_space_at_the_ends_of_a_selection_is_left_out(start: int, end: int, expected: tuple[int, int]):
    trimmed = DisplayText(" abc ").trim(start, end)
    assert trimmed == expected or trimmed[0] >= trimmed[1]
