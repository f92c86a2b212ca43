"""TOML is read as both of its readers read it, and what is wrong with a value is told by its place and in words."""

from __future__ import annotations

import subprocess
import sys
from typing import Annotated, Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import Meta, Struct

from annodesk import toml

_READS = """
import sys
from annodesk import toml
assert toml.read('a = 1') == {'a': 1}
assert 'tomlkit' not in sys.modules
assert toml.read('a = { b = 1,\\n  c = 2, }') == {'a': {'b': 1, 'c': 2}}
"""


class Part(Struct, forbid_unknown_fields=True):
    name: Annotated[str, Meta(min_length=1, max_length=5, pattern=r"\A[^\n]*\Z")]
    kind: Literal["interval", "point"] = "interval"
    pair: tuple[int, Annotated[int, Meta(le=9)]] = (1, 5)
    share: Annotated[float, Meta(ge=0, lt=1)] | None = None
    colour: Annotated[str, Meta(pattern=r"\A#\d\Z", title="a colour such as #4")] = "#1"
    of: list[Part | str] = []


class Whole(Struct, forbid_unknown_fields=True):
    name: str = ""
    part: Annotated[list[Part], Meta(max_length=2)] = []
    words: dict[str, dict[str, str]] = {}
    told: dict[Literal["one", "two"], Annotated[str, Meta(min_length=1)]] = {}
    open: bool = True
    main: Part = msgspec.field(default_factory=lambda: Part("main"))


WRONG: dict[str, tuple[dict[str, Any], toml.Place, str]] = {
    "a type": ({"name": 3}, ("name",), "must be text, not 3."),
    "a type of several": ({"part": [{"name": "a", "of": ["b", 3]}]}, ("part", 0, "of", 1), "text or a table, not 3."),
    "a list": ({"part": 3}, ("part",), "must be a list, not 3."),
    "a table": ({"main": [1]}, ("main",), "must be a table."),
    "neither true nor false": ({"open": "yes"}, ("open",), "must be true or false, not 'yes'."),
    "missing": ({"part": [{"name": "a"}, {}]}, ("part", 1, "name"), "is missing."),
    "unknown": ({"nam": 1}, ("nam",), "is not a known key."),
    "unknown within": ({"main": {"name": "a", "b": 1}}, ("main", "b"), "is not a known key."),
    "a number too large": ({"main": {"name": "a", "pair": [1, 10]}}, ("main", "pair", 1), "must be at most 9, not 10."),
    "a number too small": ({"main": {"name": "a", "share": -1}}, ("main", "share"), "must be at least 0, not -1."),
    "a number not below": ({"main": {"name": "a", "share": 1.0}}, ("main", "share"), "must be less than 1, not 1.0."),
    "no number": ({"main": {"name": "a", "share": float("nan")}}, ("main", "share"), "must be at least 0, not nan."),
    "beyond numbers": ({"main": {"name": "a", "share": 10**400}}, ("main", "share"), "is out of range, not 1000"),
    "too short": ({"main": {"name": ""}}, ("main", "name"), "must have at least 1 character, not ''."),
    "too long": ({"main": {"name": "x" * 6}}, ("main", "name"), "must have at most 5 characters, not 'xxxxxx'."),
    "a line break": ({"main": {"name": "a\n"}}, ("main", "name"), "holds a character that may not stand there"),
    "three of two": ({"main": {"name": "a", "pair": [1, 2, 3]}}, ("main", "pair"), "must have exactly 2 items."),
    "too many": ({"part": [{"name": "a"}] * 3}, ("part",), "must have at most 2 items."),
    "none of the choices": ({"main": {"name": "a", "kind": "b"}}, ("main", "kind"), "'interval' or 'point', not 'b'."),
    "none of its title": ({"main": {"name": "a", "colour": "b"}}, ("main", "colour"), "a colour such as #4, not 'b'."),
    "a value by a key": ({"words": {"a": {"b": "c"}, "d": {"e": 5}}}, ("words", "d", "e"), "must be text, not 5."),
    "a key of choices": ({"told": {"one": "a", "six": "b"}}, ("told", "six"), "is not a known key."),
    "nothing said": ({"told": {"one": "a", "two": ""}}, ("told", "two"), "at least 1 character, not ''."),
}


@pytest.mark.parametrize(("values", "place", "what"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_told_by_its_place_and_in_words(values: dict[str, Any], place: toml.Place, what: str) -> None:
    with pytest.raises(toml.WrongValue) as caught:
        toml.check(values, Whole)
    assert caught.value.place == place
    assert what in caught.value.what


def test_a_key_that_is_not_known_is_told_with_those_that_are() -> None:
    for values, known in (
        ({"nam": 1}, ("main", "name", "open", "part", "told", "words")),
        ({"told": {"six": "a"}}, ("one", "two")),
    ):
        with pytest.raises(toml.WrongValue) as caught:
            toml.check(values, Whole)
        assert tuple(caught.value.known) == known


@given(st.text(min_size=1))
def test_no_key_leads_elsewhere_or_breaks_the_sentence(key: str) -> None:
    for values, place in (({key: 1}, (key,)), ({"main": {"name": "a", key: 1}}, ("main", key))):
        if key in (*Whole.__struct_fields__, *Part.__struct_fields__):
            continue
        with pytest.raises(toml.WrongValue) as caught:
            toml.check(values, Whole)
        assert caught.value.place == place
        assert str(caught.value).isprintable()


@pytest.mark.parametrize("key", ["x` - at `$.part[7].name", "x` - at `$.words[...]", "` - at `key` in `$.told", "$"])
def test_a_key_that_looks_like_a_place_is_a_key(key: str) -> None:
    with pytest.raises(toml.WrongValue, match="is not a known key") as caught:
        toml.check({key: 1}, Whole)
    assert caught.value.place == (key,)


def test_what_is_right_is_had_as_it_is_and_in_quotes_where_that_is_allowed() -> None:
    whole = toml.check({"main": {"name": "a", "share": 0, "of": ["b", {"name": "c"}], "pair": [7, 8]}}, Whole)
    assert (whole.main.share, whole.main.of, whole.main.pair) == (0.0, ["b", Part("c")], (7, 8))
    quoted = {"main": {"name": "a", "pair": ["7", "8"]}}
    assert toml.check(quoted, Whole, strict=False).main.pair == (7, 8)
    with pytest.raises(toml.WrongValue):
        toml.check(quoted, Whole)


def test_a_text_is_read_without_what_writes_it_and_by_that_where_it_is_newer() -> None:
    subprocess.run([sys.executable, "-c", _READS], check=True, timeout=60)


@pytest.mark.parametrize(
    ("text", "line"), [("a = 1\nb = ", 2), ("[a", 1), ("a = 1\na = 2", None), ("[" * 5000, None), ("a = 1\rb = 2", 2)]
)
def test_what_is_no_toml_is_told_with_its_line(text: str, line: int | None) -> None:
    with pytest.raises(toml.NotToml) as caught:
        toml.read(text)
    assert line in (None, caught.value.line)
    assert "\n" not in str(caught.value)


def test_a_key_of_very_many_parts_is_answered_soon() -> None:
    with pytest.raises(toml.NotToml):
        toml.read(".".join("a" * 1_000_000) + " = 1")


def test_places_are_written_as_people_count() -> None:
    assert toml.dotted(("tier", 0, "labels", 1, "name")) == "tier[1].labels[2].name"
    assert "\n" not in toml.dotted(("a\nb",))
