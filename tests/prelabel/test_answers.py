"""What a model's numbers say: one label, several, or none of them."""

from __future__ import annotations

import pytest

from annodesk.prelabel.answers import among, chosen, in_order, pieces
from annodesk.prelabel.asked import Asked, Form

ONE = Asked("events", Form.ONE, ("laugh", "jingle"), "events.", spare="none of these")
EACH = Asked("policy", Form.EACH, ("violence", "medical", "drugs"), "policy.")


def test_the_most_probable_label_is_given_with_its_probability() -> None:
    assert chosen(ONE, {"laugh": 0.2, "jingle": 0.5, "none of these": 0.3}) == (("jingle",), 0.5)


def test_none_of_these_marks_nothing() -> None:
    assert chosen(ONE, {"laugh": 0.2, "jingle": 0.1, "none of these": 0.7}) == ((), 0.7)


def test_of_several_labels_all_that_are_likelier_than_not_are_given_and_any_may_be_wrong() -> None:
    labels, probability = chosen(EACH, {"violence": 0.9, "medical": 0.6, "drugs": 0.1})
    assert labels == ("violence", "medical")
    assert probability == pytest.approx(0.9 * 0.6 * 0.9)


def test_the_order_of_labels_follows_the_seed_alone() -> None:
    names = [str(n) for n in range(20)]
    assert in_order(names, 0) == names
    assert in_order(names, 7) == in_order(names, 7) != names
    assert sorted(in_order(names, 7)) == sorted(names)


def test_a_question_about_some_labels_keeps_their_order_and_what_they_mean() -> None:
    asked = Asked("topic", Form.ONE, ("a", "b", "c"), "topic.", {"a": "first", "c": "third"})
    few = among(asked, ["c", "a"])
    assert (few.labels, few.described) == (("a", "c"), {"a": "first", "c": "third"})


@pytest.mark.parametrize("text", ["", "   \n ", "short", "one. " * 300, "x" * 1000, "a\n\nb\n" * 200])
def test_a_text_in_pieces_is_all_of_it_in_order(text: str) -> None:
    found = pieces(text, 100)
    assert all(end - start <= 100 for start, end in found)
    joined = "".join(text[start:end] for start, end in found)
    assert joined.split() == text.split() or not text.strip()
