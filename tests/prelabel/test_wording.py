"""What is known of an item, in words that fit on a line."""

from __future__ import annotations

from annodesk.prelabel.asked import Asked, Form
from annodesk.prelabel.wording import cut_middle, describe_picture, labels_described, metadata_words, said_in

SEEN = {"pictures": 4, "brightness": 0.52, "contrast": 0.3, "blue_share": 0.41, "grey_share": 0.3, "motion": 0.02}


def test_a_picture_is_told_with_its_main_colours() -> None:
    assert describe_picture(SEEN).startswith("bright 50%, contrast 30%, colourful 0%, colours blue 40% grey 30%")


def test_a_black_picture_is_called_that_and_none_is_nothing() -> None:
    assert describe_picture({"pictures": 2, "brightness": 0.001}) == "black"
    assert describe_picture({}) == ""


def test_speakers_are_named_where_they_change() -> None:
    assert said_in([("Ana", "Hello."), ("Ana", "It rains."), ("Ben", "Still?")]) == "Ana: Hello. It rains. Ben: Still?"


def test_a_long_talk_keeps_its_beginning_and_end() -> None:
    said = said_in([("", f"line {n}") for n in range(100_000)], 200)
    assert said.startswith("line 0 line 1")
    assert said.endswith("line 99999")
    assert len(said) <= 200


def test_what_is_cut_in_the_middle_is_no_longer_than_allowed() -> None:
    for most in (10, 50, 500):
        assert len(cut_middle("word " * 500, most)) <= most


def test_metadata_is_one_line_whatever_it_holds() -> None:
    told = metadata_words({"show": "Small\nRooms", "language": "en", "empty": " ", "list": [1, 2]})
    assert told == "show: Small Rooms; language: en"


def test_labels_stand_on_lines_with_what_they_mean() -> None:
    asked = Asked("content", Form.ONE, ("a", "b"), "content.", {"b": "the\nsecond"}, spare="none of these")
    assert labels_described(asked) == "- a\n- b: the second\n- none of these: nothing of the kind"
