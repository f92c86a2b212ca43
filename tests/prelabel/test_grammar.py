"""What may be written where spans are marked: pieces of the text, whatever script it is in."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.prelabel.grammar import Copying, Marked, first_of, words

BYTES = {bytes([k]): k for k in range(256)}


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        (" \t\n", []),
        ("Nina Simone, Lisbon.", ["Nina", "Simone", ",", "Lisbon", "."]),
        ("naïve café cafe\u0301", ["naïve", "café", "cafe\u0301"]),
        ("東京で会う", ["東", "京", "で", "会", "う"]),
        ("กินข้าว", ["กิ", "น", "ข้", "า", "ว"]),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("a👩\u200d🚀b", ["a", "👩\u200d🚀", "b"]),
        ("one\u0000two\u202ethree", ["one", "two", "three"]),
        ("x\u2028y", ["x", "y"]),
    ],
)
def test_a_text_falls_into_words_and_signs(text: str, found: list[str]) -> None:
    assert [text[start:end] for start, end in words(text)] == found


def write(copying: Copying, line: str, first_word: int = 0) -> list[Marked]:
    """What a model has marked that writes this line byte by byte; nothing where it may not."""
    places = copying.beginnings(first_word)
    for byte in line.encode():
        step = copying.allowed(places, BYTES).get(byte)
        if step is None:
            return []
        if step.spans:
            return list(step.spans)
        places = step.places
    return []


def test_only_pieces_of_the_text_can_be_written_and_they_are_found_in_the_original() -> None:
    original = "She sang  in\nLisbon, and in Lisbon again."
    copying = Copying(original)
    assert copying.text == "She sang in Lisbon, and in Lisbon again."
    (marked,) = write(copying, " sang in Lisbon,\n")
    start, end = copying.span(marked)
    assert original[start:end] == "sang  in\nLisbon,"
    assert copying.quoted(marked) == "sang in Lisbon,"
    assert write(copying, " sang at\n") == []
    assert write(copying, " Lis\n") == [], "a piece of a word is not a span"
    assert write(copying, "\n") == []
    assert write(copying, " sang \n") == []


def test_words_that_stand_there_twice_are_taken_where_they_stand_first_behind_the_last_span() -> None:
    copying = Copying("no yes no yes no")
    found = write(copying, " yes\n")
    assert (len(found), first_of(found)) == (2, Marked(1, 1))
    assert first_of(write(copying, " yes\n", first_word=2)) == Marked(3, 3)
    assert write(copying, " yes\n", first_word=4) == []


def test_a_token_may_be_several_words_or_end_the_line_with_them() -> None:
    copying = Copying("in Lisbon.")
    allowed = copying.allowed(copying.beginnings(0), {b" in Lisbon": 1, b" Lisbon.\n": 2, b" Porto": 3, b"\n": 4})
    assert sorted(allowed) == [1, 2]
    assert allowed[2].spans == (Marked(1, 2),)


@given(st.text(max_size=60), st.integers(0, 2**32))
def test_whatever_is_written_under_the_grammar_is_a_piece_of_the_text(original: str, seed: int) -> None:
    copying = Copying(original)
    rng = random.Random(seed)
    places = copying.beginnings(0)
    written = b""
    while steps := copying.allowed(places, BYTES):
        byte = rng.choice(sorted(steps))
        written += bytes([byte])
        if steps[byte].spans:
            marked = first_of(steps[byte].spans)
            start, end = copying.span(marked)
            assert 0 <= start < end <= len(original)
            assert written == b" " + copying.quoted(marked).encode() + b"\n"
            assert Copying(original[start:end]).text == copying.quoted(marked)
            return
        places = steps[byte].places
    assert not copying.words


def test_every_place_of_a_long_text_may_begin_a_span() -> None:
    copying = Copying("word of a long text " * 500)
    ((token, step),) = copying.allowed(copying.beginnings(0), BYTES).items()
    assert (bytes([token]), len(step.places)) == (b" ", len(copying.words))
