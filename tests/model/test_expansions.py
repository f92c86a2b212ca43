"""Short words that become longer ones, and how a project file and a person write them."""

from __future__ import annotations

import pytest

from annodesk.errors import ProjectError
from annodesk.model.expansions import as_lines, ends_word, expand, fault, parse_lines
from annodesk.model.project_file import parse_project
from annodesk.model.project_write import write_project

TABLE = {"btw": "by the way", "NASA": "National Aeronautics", "#mu": "[music]", "ό": "όταν"}
PROJECT = 'name = "p"\n[[tier]]\nname = "words"\nfree_text = true\n'


@pytest.mark.parametrize(
    ("before", "found"),
    [
        ("so btw", (3, "by the way")),
        ("Btw", (3, "By the way")),
        ("(btw", (3, "by the way")),
        ("xbtw", None),
        ("btwx", None),
        ("btw ", None),
        ("", None),
        ("nasa", None),
        ("x #mu", (3, "[music]")),
        ("λέω ό", (1, "όταν")),
    ],
)
def test_a_short_word_is_known_where_it_stands_by_itself(before: str, found: tuple[int, str] | None) -> None:
    assert expand(before, TABLE) == found


def test_a_space_or_mark_ends_a_word_and_a_letter_digit_or_apostrophe_does_not() -> None:
    assert [sign for sign in " .,;!?)-—'’_a1ß" if ends_word(sign)] == list(" .,;!?)-—")
    assert not ends_word("")
    assert not ends_word("\t")


def test_lines_are_read_as_they_are_written() -> None:
    table = {"btw": "by the way", "a1": "x = y\nsecond line"}
    assert parse_lines(as_lines(table)) == (table, "")


@pytest.mark.parametrize("line", ["btw", "b w = x", " = x", "btw =", "btw = x\nbtw = y", "b! = x"])
def test_a_line_that_is_none_is_told_with_its_number(line: str) -> None:
    _, wrong = parse_lines(line)
    assert wrong.startswith("Line ")


def test_a_project_file_brings_its_expansions_and_keeps_them() -> None:
    project = parse_project(PROJECT + '[expansions]\nbtw = "by the way"\n"#mu" = "[music]"\n')
    assert dict(project.expansions) == {"btw": "by the way", "#mu": "[music]"}
    assert parse_project(write_project(project)) == project


@pytest.mark.parametrize(
    ("table", "words"),
    [
        ('"b w" = "x"', "space"),
        ('btw = ""', "stands for"),
        ("btw = 3", "btw"),
        ('btw = "\\u0007"', "unprintable"),
        ('"b!" = "x"', "letter or digit"),
    ],
)
def test_a_wrong_expansion_is_told_with_line_and_key(table: str, words: str) -> None:
    with pytest.raises(ProjectError) as error:
        parse_project(f"{PROJECT}[expansions]\n{table}\n")
    assert words in str(error.value)
    assert "line 6" in str(error.value) or "line 5" in str(error.value)


def test_nothing_is_wrong_with_an_ordinary_expansion() -> None:
    assert fault("btw", "by the way") == ""
    assert fault("x" * 41, "y") != ""
    assert fault("x", "y" * 2001) != ""
