"""Which settled places are shown as examples: the most alike, not all of one label, never kin."""

from __future__ import annotations

import numpy as np

from annodesk.prelabel.examples import Place, Shot, families, key_of_words, kinship, nearest
from annodesk.prelabel.spaces import Space, words_in


def text(words: str, *keys: str) -> Place:
    return Place(frozenset(keys), None, words)


def shots(*said: tuple[str, str]) -> list[Shot]:
    return [Shot(text(words, f"item:{n}"), (label,)) for n, (words, label) in enumerate(said)]


def test_places_of_one_item_and_of_copies_of_its_files_are_kin() -> None:
    one, two, copy = text("a", "item:1", "file:x"), text("b", "item:2"), text("c", "item:3", "file:x")
    assert kinship([one], [one, two, copy]).tolist() == [[True, False, True]]


def test_texts_that_differ_in_case_and_marks_alone_are_kin() -> None:
    assert key_of_words("Where is my card?") == key_of_words("where is MY card")
    assert key_of_words("Where is my card?") != key_of_words("Where is his card?")
    assert key_of_words("?!") == ""


def test_a_recording_that_was_stored_anew_is_kin_to_the_first() -> None:
    rows = np.random.default_rng(1).normal(0, 1, (12, 30))
    settled = [Place(frozenset({f"item:{n}"}), tuple(row), at_us=(0, 5_000_000)) for n, row in enumerate(rows)]
    again = Place(frozenset({"item:new"}), tuple(rows[3] + 0.001), at_us=(0, 5_010_000))
    elsewhere = Place(frozenset({"item:new"}), tuple(rows[3] + 0.001), at_us=(0, 9_000_000))
    assert np.flatnonzero(kinship([again], settled)[0]).tolist() == [3]
    assert not kinship([elsewhere], settled).any()


def test_families_reach_over_chains_of_kin() -> None:
    chain = [text("a", "1", "2"), text("b", "9"), text("c", "2", "3"), text("d", "3")]
    found = families(chain)
    assert found[0] == found[2] == found[3] != found[1]


def test_the_most_alike_come_last_and_kin_never() -> None:
    known = shots(("where is my card", "card"), ("my card is lost", "card"), ("what is the rate", "rate"))
    space = Space([shot.place for shot in known], {"card": "", "rate": ""})
    found = nearest(space.likeness(text("where is my new card", "item:9")), known)
    assert found[-1] == 0
    assert sorted(found) == [0, 1, 2]
    assert 0 not in nearest(space.likeness(text("where is my new card", "item:0")), known)


def test_not_all_examples_are_of_one_label_however_like_they_are() -> None:
    known = shots(*[(f"my card {word}", "card") for word in ("one", "two", "three", "four", "five")], ("rate", "rate"))
    likeness = np.asarray([0.9, 0.8, 0.7, 0.6, 0.5, 0.1])
    assert nearest(likeness, known, most=4) == [5, 1, 0]


def test_two_that_say_the_same_are_shown_once() -> None:
    known = shots(("My card!", "card"), ("my card", "card"), ("my rate", "rate"))
    assert nearest(np.asarray([0.9, 0.9, 0.1]), known) == [2, 0]


def test_a_space_without_words_or_sounds_finds_nothing_alike_and_no_fault() -> None:
    space = Space([text("", "item:1"), text("?!", "item:2")], {"a": "", "b": ""})
    assert space.likeness(text("words", "item:3")).tolist() == [0.0, 0.0]


def test_names_of_labels_are_read_as_words() -> None:
    assert words_in("card_arrival") == "card arrival"
    assert words_in("cardArrival") == "card Arrival"
    assert words_in("Dog bark") == "Dog bark"
    assert words_in("音楽") == "音楽"
