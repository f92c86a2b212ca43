"""Remapping: who loses a key, swaps, resets, and files of keys from outside."""

from __future__ import annotations

from pathlib import Path

import pytest

from annodesk.ui.keys import remap
from annodesk.ui.keys.choice import Choice, KeysFileError, from_table, read, write
from annodesk.ui.keys.presets import TITLES

pytestmark = pytest.mark.qt

SPLIT, BACK, OPEN, RULE = "annotate.split", "annotate.zoom_back", "window.open", "review.average"


def test_a_free_key_costs_nobody_anything() -> None:
    wanted = remap.wish(Choice(), SPLIT, "F15")
    assert wanted.losers == ()
    after = remap.fulfil(Choice(), wanted)
    assert remap.keys_now(after)[SPLIT] == ("F15", "S")
    assert after.keys.keys() == {SPLIT}


def test_a_taken_key_names_its_loser_within_the_scope_and_the_window() -> None:
    assert [a.id for a in remap.wish(Choice(), SPLIT, "B").losers] == [BACK]
    assert [a.id for a in remap.wish(Choice(), SPLIT, "Ctrl+O").losers] == [OPEN]
    assert RULE not in [a.id for a in remap.wish(Choice(), SPLIT, "M").losers]


def test_the_loser_has_the_key_no_longer() -> None:
    after = remap.fulfil(Choice(), remap.wish(Choice(), SPLIT, "B"))
    now = remap.keys_now(after)
    assert now[SPLIT][0] == "B"
    assert now[BACK] == ()


def test_a_swap_gives_the_loser_the_key_shown_until_now() -> None:
    after = remap.fulfil(Choice(), remap.wish(Choice(), SPLIT, "B"), swap=True)
    now = remap.keys_now(after)
    assert now[SPLIT] == ("B",)
    assert now[BACK] == ("S",)


def test_a_swap_back_leaves_the_preset_as_it_was() -> None:
    there = remap.fulfil(Choice(), remap.wish(Choice(), SPLIT, "B"), swap=True)
    back = remap.fulfil(there, remap.wish(there, SPLIT, "S"), swap=True)
    assert remap.keys_now(back)[BACK] == ("B",)
    assert back.keys == {}


def test_reset_of_one_and_of_all() -> None:
    changed = remap.fulfil(Choice("praat"), remap.wish(Choice("praat"), SPLIT, "F15"))
    changed = remap.drop(changed, BACK, "B")
    assert changed.keys.keys() == {SPLIT, BACK}
    assert remap.reset(changed, [SPLIT]).keys.keys() == {BACK}
    assert remap.reset_all(changed) == Choice("praat")


@pytest.mark.parametrize("preset", TITLES)
def test_what_a_person_chose_wins_over_every_preset(preset: str) -> None:
    choice = Choice(preset, {SPLIT: ("Tab",)})
    holders = [i for i, keys in remap.keys_now(choice).items() if "Tab" in keys and i.startswith("annotate.")]
    assert holders == [SPLIT]


def test_a_file_of_keys_comes_back_as_it_was(tmp_path: Path) -> None:
    choice = Choice("cvat", {SPLIT: ("Ctrl+Shift+\\", "F13"), "annotate.take": ('"',)}, "scroll", "fr")
    write(tmp_path / "mine.toml", choice)
    assert read(tmp_path / "mine.toml") == (choice, [])


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("keys = 3", "not a table"),
        ("format = 2", "another format"),
        ("[keys", "no file of keys"),
        ("x = [" + "[" * 5000, "no file of keys"),
        ("\x00", "no file of keys"),
        ("#" * 200_000, "too large"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_in_a_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    path = tmp_path / "odd.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(KeysFileError, match=sentence):
        read(path)


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "none.toml", tmp_path / "odd.toml", tmp_path):
        with pytest.raises(KeysFileError):
            read(path)


def test_parts_that_cannot_be_bound_are_left_out_and_told() -> None:
    given = {
        "preset": 7,
        "wheel": "spin",
        "keys": {"a.b": ["Esc", "Ctrl", "Ctrl+K, Ctrl+L", "", "nonsense", "Q"], "a.c": 5, "newer.action": "W"},
    }
    choice, told = from_table(given)
    assert choice == Choice("annodesk", {"a.b": ("Q",), "newer.action": ("W",)})
    assert len(told) == 8
