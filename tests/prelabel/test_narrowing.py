"""Of hundreds of labels the nearest are kept, and how often the right one is among them is counted and told."""

from __future__ import annotations

import random

import numpy as np
import pytest

from annodesk.errors import ModelError
from annodesk.prelabel.engine import Engine
from annodesk.prelabel.narrowing import KEPT_LABELS, LEAST_TO_KNOW, narrow_features, narrow_texts
from annodesk.prelabel.prompts import load_prompt
from annodesk.prelabel.run import classify_texts, prefix_before_labels
from annodesk.prelabel.scores import NARROW_ABOVE

COLOURS = ("red", "green", "blue", "white")
PLACES = (
    "door window river forest engine violin whistle market harbour bakery library castle garden tunnel bridge station"
)
THINGS = [
    f"{colour}_{thing}" for colour in COLOURS for thing in [*PLACES.split(), "theatre", "stadium", "museum", "inn"]
]


def test_a_label_whose_words_stand_in_the_text_is_kept() -> None:
    narrowing = narrow_texts(THINGS)
    (kept,) = narrowing.choose(["We heard a violin that was painted blue."])
    assert len(kept) == KEPT_LABELS
    assert "blue_violin" in kept
    assert list(kept) == [label for label in THINGS if label in kept], "in the order of the list"


def test_a_description_and_an_example_bring_a_label_near() -> None:
    labels = [f"code {k}" for k in range(60)]
    narrowing = narrow_texts(
        labels, descriptions={"code 41": "rain on a tin roof"}, examples=[("a dog barks at the postman", "code 7")]
    )
    first, second = narrowing.choose(["the tin roof in the rain", "a barking dog"])
    assert "code 41" in first
    assert "code 7" in second


def test_choosing_does_not_depend_on_what_is_chosen_for_beside_it() -> None:
    narrowing = narrow_texts(THINGS)
    texts = ["a river", "the old museum", "", "¡no sé!", "white bakery in the market"]
    assert [narrowing.choose([text])[0] for text in texts] == narrowing.choose(texts)


def test_how_often_the_right_label_is_kept_is_counted_without_the_example_itself() -> None:
    examples = [(f"I went to the {label.replace('_', ' ')} at noon", label) for label in THINGS]
    told = narrow_texts(THINGS, examples=examples).first_stage()
    assert (told.labels, told.kept, told.examples) == (len(THINGS), KEPT_LABELS, len(examples))
    assert told.recall is not None
    assert told.recall > 0.9
    assert f"{told.found} of {told.examples}" in told.sentence
    rng = random.Random(0)
    unknown = narrow_texts(
        [f"q{k}z" for k in range(80)], examples=[(f"{rng.random()}", f"q{k}z") for k in range(80)]
    ).first_stage()
    assert unknown.recall is not None
    assert unknown.recall < 0.7, "an example must not find itself"


def test_below_twenty_examples_it_says_that_it_is_not_known() -> None:
    told = narrow_texts(THINGS, examples=[("a river", "red_river")] * (LEAST_TO_KNOW - 1)).first_stage()
    assert told.recall is None
    assert "not known below 20 examples" in told.sentence


def test_stretches_are_compared_by_their_features_whatever_their_scale() -> None:
    rng = random.Random(1)
    labels = [f"sound {k}" for k in range(50)]
    places = {label: (rng.random(), 1000 * rng.random()) for label in labels}
    near = lambda label: [*(value * (1 + rng.gauss(0, 0.01)) for value in places[label]), 5.0]  # noqa: E731
    narrowing = narrow_features(labels, [(near(label), label) for label in labels for _ in range(3)], kept=5)
    kept = narrowing.choose([near(label) for label in labels])
    assert sum(label in own for label, own in zip(labels, kept, strict=True)) >= 48
    told = narrowing.first_stage()
    assert told.recall is not None
    assert told.recall >= 0.95


def test_a_number_that_is_none_counts_as_the_middle_and_labels_without_example_come_last() -> None:
    labels = ["a", "b", "c", "d"]
    nan = float("nan")
    narrowing = narrow_features(labels, [([0.0, nan, 1.0], "d"), ([1.0, nan, float("inf")], "c")], kept=2)
    assert narrowing.choose([[nan, nan, nan], [0.0, 1.0, 1.0]]) == [("c", "d"), ("c", "d")]
    with pytest.raises(ModelError, match="no settled example"):
        narrow_features(labels, [])


def test_labels_of_signs_alone_are_compared_as_signs() -> None:
    assert narrow_texts(["!", "?", "%"], kept=1).choose(["what ?", "100 %"]) == [("?",), ("%",)]


def test_of_two_thousand_labels_the_model_is_asked_about_the_nearest(engine: Engine) -> None:
    labels = [f"{label} {k}" for k in range(25) for label in THINGS]
    assert len(labels) == 2000
    texts = ["the red door 17 is shut", "the blue harbour 3"]
    answers = classify_texts(engine, load_prompt("text-1"), texts, labels)
    for answer in answers:
        assert len(answer.probabilities) == KEPT_LABELS
        assert sum(answer.probabilities.values()) == pytest.approx(1.0)
        assert answer.label in answer.probabilities
    assert "red_door 17" in answers[0].probabilities
    assert classify_texts(engine, load_prompt("text-1"), texts[1:], labels) == answers[1:]


def test_examples_beside_many_labels_take_no_more_than_there_is_room_for(engine: Engine) -> None:
    examples = [(f"all about the {label} " * 6, label) for label in THINGS for _ in range(5)]
    assert len(THINGS) > NARROW_ABOVE
    (answer,) = classify_texts(engine, load_prompt("text-1"), ["a green tunnel"], THINGS, examples=examples)
    assert "green_tunnel" in answer.probabilities


def test_what_stands_before_the_labels_is_shared_by_all_items() -> None:
    prompt = load_prompt("text-1")
    prefix = prefix_before_labels(prompt)
    assert prefix.endswith("\n")
    assert prompt.prefix(["a", "b"]).startswith(prefix)
    assert "Labels" not in prefix


def test_an_item_is_told_nothing_by_its_own_answer_or_that_of_its_kin() -> None:
    texts = [("zebra at noon", "q50z"), ("a strange thing", "gone"), ("zebra at noon", "q51z"), ("zebra", "q52z")]
    numbers = [([1.0, 1.0], "q50z"), ([9.0, 9.0], "gone"), ([1.0, 1.0], "q51z"), ([1.1, 1.0], "q52z")]
    labels = [f"q{k}z" for k in range(60)]
    kin = np.array([[True, False, True, False], [False] * 4])
    for narrowing, asked in (
        (narrow_texts(labels, examples=texts, kept=2), ["zebra at noon", "zebra at noon"]),
        (narrow_features(labels, numbers, kept=2), [[1.0, 1.0], [1.0, 1.0]]),
    ):
        first, second = narrowing.choose(asked, kin)
        assert first == ("q0z", "q52z")
        assert second == ("q50z", "q51z")


def test_examples_of_one_family_do_not_find_each_other() -> None:
    labels = [f"q{k}z" for k in range(60)]
    texts = [(chr(0x4E00 + k) * 3, labels[k]) for k in range(30, 60)] * 2
    numbers = [([float(n == k) for n in range(30, 60)], labels[k]) for k in range(30, 60)] * 2
    family = [*range(30)] * 2
    for apart, together in (
        (narrow_texts(labels, examples=texts, kept=1), narrow_texts(labels, examples=texts, families=family, kept=1)),
        (narrow_features(labels, numbers, kept=1), narrow_features(labels, numbers, families=family, kept=1)),
    ):
        assert apart.first_stage().found == 60
        assert together.first_stage().found == 0


def test_a_stretch_that_cannot_be_heard_counts_as_the_middle() -> None:
    narrowing = narrow_features(["a", "b", "c"], [([0.0, 0.0], "a"), ([1.0, 1.0], "b"), ([5.0, 5.0], "c")], kept=1)
    assert narrowing.choose([(), [5.0, 5.0]]) == [("b",), ("c",)]
    assert narrowing.choose([()]) == [("b",)]
