"""What settled places and the model say together: what helps gets weight, and little knowledge makes modest claims."""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import pytest

from annodesk.prelabel import voices
from annodesk.prelabel.combine import ENOUGH, NOT_ENOUGH, Combination, fit
from annodesk.prelabel.examples import Place, Shot
from annodesk.prelabel.voices import LABEL_NAMES, MODEL, SOUND_KINDS, TEXT_KINDS, VOICES

LABELS = ("bark", "rain", "bells")


@pytest.fixture(autouse=True)
def few_trees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Enough to be heard."""
    monkeypatch.setattr(voices, "_TREES", 12)


def sounds(n: int, seed: int = 1, *, apart: float = 2.0, width: int = 12) -> list[Shot]:
    """Places of three kinds in turn, some way apart."""
    rng = np.random.default_rng(seed)
    middles = np.random.default_rng(0).normal(0, apart, (3, width))
    made = []
    for number in range(n):
        kind = number % 3
        row = middles[kind] + rng.normal(0, 1, width)
        place = Place(frozenset({f"item:{seed}-{number}"}), tuple(row))
        made.append(Shot(place, (LABELS[kind],), (LABELS[kind],)))
    return made


def hits(found: list[dict[str, float]], shots: list[Shot]) -> float:
    return sum(max(one, key=one.__getitem__) == s.labels[0] for one, s in zip(found, shots, strict=True)) / len(shots)


def guessing(shots: list[Shot], seed: int = 3) -> dict[int, Mapping[str, float]]:
    """A model that is sure of anything at random."""
    rng = np.random.default_rng(seed)
    return {n: dict(zip(LABELS, rng.dirichlet((0.2, 0.2, 0.2)).tolist(), strict=True)) for n in range(len(shots))}


def knowing(shots: list[Shot]) -> dict[int, Mapping[str, float]]:
    """A model that is right and modest."""
    return {n: {label: 0.6 if label == s.labels[0] else 0.2 for label in LABELS} for n, s in enumerate(shots)}


def test_below_twenty_independent_answers_it_does_not_know_what_helps_and_claims_little() -> None:
    shots, others = sounds(30), sounds(30, seed=2)
    shots = [Shot(s.place, s.labels, s.independent if n < ENOUGH - 1 else None) for n, s in enumerate(shots)]
    combination = Combination(shots, LABELS)
    combination.learn(guessing(shots))
    assert not combination.is_enough
    assert NOT_ENOUGH in combination.sentence
    assert str(ENOUGH - 1) in combination.sentence
    found = combination.weigh([s.place for s in others], list(guessing(others, 9).values()))
    assert hits(found, others) > 0.8
    assert max(max(one.values()) for one in found) < 0.95


def test_where_hardly_anything_is_settled_it_says_what_the_model_says() -> None:
    shots = sounds(5)
    combination = Combination(shots, LABELS)
    combination.learn(guessing(shots))
    said = {"bark": 0.1, "rain": 0.7, "bells": 0.2}
    assert combination.weigh([shots[0].place], [said]) == [said]


def test_few_answers_of_several_labels_claim_little_too() -> None:
    shots = [Shot(s.place, s.labels, s.labels) for s in sounds(12)]
    combination = Combination(shots, LABELS, is_each=True)
    combination.learn()
    (found,) = combination.weigh([sounds(1, seed=2)[0].place], [{"bark": 0.5, "rain": 0.5, "bells": 0.5}])
    assert max(found, key=found.__getitem__) == "bark"
    assert 0.5 < found["bark"] < 0.95


def test_from_twenty_on_it_tells_places_by_what_is_settled() -> None:
    shots, others = sounds(ENOUGH + 10), sounds(60, seed=2)
    combination = Combination(shots, LABELS)
    combination.learn()
    assert combination.is_enough
    found = combination.weigh([shot.place for shot in others], None)
    assert hits(found, others) > 0.9
    assert all(math.isclose(sum(one.values()), 1.0, abs_tol=1e-9) for one in found)


def test_a_model_that_guesses_gets_no_weight_and_does_no_harm() -> None:
    shots, others = sounds(60), sounds(60, seed=2)
    combination = Combination(shots, LABELS)
    combination.learn(guessing(shots))
    assert combination.judged is not None
    by_name = {one.voice: one for one in combination.judged.helps}
    assert by_name[MODEL].weight < 0.1 < by_name[SOUND_KINDS].weight + 1
    assert by_name[MODEL].lost_without < 0.05
    guesses = list(guessing(others, seed=9).values())
    assert hits(combination.weigh([shot.place for shot in others], guesses), others) > 0.9


def test_a_model_that_knows_gets_weight_where_the_sounds_tell_nothing() -> None:
    shots, others = sounds(60, apart=0.0), sounds(60, seed=2, apart=0.0)
    combination = Combination(shots, LABELS)
    combination.learn(knowing(shots))
    assert combination.judged is not None
    heaviest = max(combination.judged.helps, key=lambda one: one.weight)
    assert heaviest.voice == MODEL
    assert heaviest.lost_without > 0.5
    assert MODEL in combination.sentence
    assert hits(combination.weigh([s.place for s in others], list(knowing(others).values())), others) > 0.9


def test_where_nothing_tells_anything_it_claims_nothing() -> None:
    shots, others = sounds(90, apart=0.0), sounds(60, seed=2, apart=0.0)
    combination = Combination(shots, LABELS)
    combination.learn(guessing(shots))
    found = combination.weigh([s.place for s in others], list(guessing(others, 8).values()))
    assert np.mean([max(one.values()) for one in found]) < 0.5


def test_what_it_claims_is_about_as_often_right() -> None:
    shots, others = sounds(90, apart=0.7), sounds(600, seed=2, apart=0.7)
    combination = Combination(shots, LABELS)
    combination.learn()
    found = combination.weigh([s.place for s in others], None)
    claimed = np.mean([max(one.values()) for one in found])
    assert abs(claimed - hits(found, others)) < 0.08


def test_a_place_is_never_told_of_by_its_own_item() -> None:
    shots = sounds(60)
    wrong = Shot(shots[0].place, ("rain",), ("rain",))  # it is a bark
    combination = Combination([wrong, *shots[1:]], LABELS)
    combination.learn()
    (found,) = combination.weigh([wrong.place], None)
    assert max(found, key=found.__getitem__) == "bark"
    assert 0 not in combination.examples(wrong.place)


def test_answers_that_were_copied_over_one_item_do_not_vouch_for_each_other() -> None:
    rng = np.random.default_rng(5)
    made = []
    for item in range(12):  # one label a item, and nothing but the item tells it
        row = rng.normal(0, 1, 8)
        for _ in range(4):
            place = Place(frozenset({f"item:{item}"}), tuple(row + rng.normal(0, 0.01, 8)))
            made.append(Shot(place, (LABELS[item % 3],), (LABELS[item % 3],)))
    combination = Combination(made, LABELS)
    combination.learn()
    assert combination.judged is not None
    right = (combination.judged.combined.argmax(axis=1) == combination.judged.right).mean()
    assert right < 0.7


def test_the_same_is_learnt_each_time() -> None:
    one, two = Combination(sounds(40), LABELS), Combination(sounds(40), LABELS)
    one.learn()
    two.learn()
    places = [shot.place for shot in sounds(20, seed=2)]
    assert one.weigh(places, None) == two.weigh(places, None)


def test_an_answer_does_not_depend_on_what_else_is_asked() -> None:
    combination = Combination(sounds(40), LABELS)
    combination.learn()
    places = [shot.place for shot in sounds(9, seed=2)]
    together, alone = combination.weigh(places, None), [combination.weigh([p], None)[0] for p in places]
    for a, b in zip(together, alone, strict=True):
        assert a == pytest.approx(b)


def test_a_label_nobody_has_used_yet_stays_possible() -> None:
    shots = sounds(60)
    combination = Combination(shots, (*LABELS, "thunder"))
    combination.learn()
    (found,) = combination.weigh([shots[0].place], None)
    assert 0 < found["thunder"] < 0.1


def test_answers_with_labels_that_are_gone_are_left_out() -> None:
    shots = [*sounds(40), Shot(Place(frozenset({"item:old"}), (0.0,) * 12), ("gone",), ("gone",))]
    combination = Combination(shots, LABELS)
    combination.learn()
    assert combination.independent == 40


def texts() -> list[Shot]:
    things = ("card", "rate", "pin")
    ways = ("where is my {}", "I lost my {}", "what is the {} please", "a new {} for me", "tell me about the {}")
    more = ("today", "again", "in Rome")
    made = []
    for thing in things:
        for way in ways:
            for word in more:
                said = f"{way.format(thing)} {word}"
                made.append(Shot(Place(frozenset({f"item:{said}"}), None, said), (thing,), (thing,)))
    return made


def test_texts_are_told_by_their_words_and_the_words_of_labels() -> None:
    shots = texts()
    combination = Combination(shots, ("card", "rate", "pin"))
    combination.learn()
    assert combination.judged is not None
    names = {one.voice for one in combination.judged.helps}
    assert {TEXT_KINDS, LABEL_NAMES} <= names < set(VOICES)
    (found,) = combination.weigh([Place(frozenset({"new"}), None, "my pin does not work")], None)
    assert max(found, key=found.__getitem__) == "pin"


def test_words_about_a_label_tell_what_its_name_does_not() -> None:
    shots = texts()
    about = {"card": "plastic from the bank", "rate": "exchange of money", "pin": "secret digits"}
    combination = Combination(shots, ("card", "rate", "pin"), about)
    combination.learn()
    (found,) = combination.weigh([Place(frozenset({"new"}), None, "secret digits")], None)
    assert max(found, key=found.__getitem__) == "pin"


def test_of_several_labels_each_is_said_yes_or_no() -> None:
    rng = np.random.default_rng(4)
    made, asked = [], []
    for number in range(120):
        fits = [bool(rng.random() < 0.5), bool(rng.random() < 0.3)]
        row = rng.normal(0, 1, 10)
        row[0] += 4 * fits[0]
        row[1] += 4 * fits[1]
        labels = tuple(name for name, yes in zip(("loud", "voices"), fits, strict=True) if yes)
        shot = Shot(Place(frozenset({f"item:{number}"}), tuple(row)), labels, labels)
        (made if number < 80 else asked).append(shot)
    combination = Combination(made, ("loud", "voices"), is_each=True)
    combination.learn()
    assert combination.is_enough
    found = combination.weigh([shot.place for shot in asked], None)
    right = [(one[name] > 0.5) == (name in s.labels) for one, s in zip(found, asked, strict=True) for name in one]
    assert np.mean(right) > 0.85


def test_the_model_s_yes_and_no_are_weighed_too() -> None:
    shots = [
        Shot(s.place, s.labels[:1] if n % 2 else (), s.labels[:1] if n % 2 else ())
        for n, s in enumerate(sounds(60, apart=0))
    ]
    said = {n: {label: 0.8 if label in s.labels else 0.3 for label in LABELS} for n, s in enumerate(shots)}
    combination = Combination(shots, LABELS, is_each=True)
    combination.learn(said)
    assert combination.judged is not None
    assert max(combination.judged.helps, key=lambda one: one.weight).voice == MODEL
    (found,) = combination.weigh([Place(frozenset({"new"}), (0.0,) * 12)], [{"bark": 0.8, "rain": 0.3, "bells": 0.3}])
    assert found["bark"] > 0.5 > max(found["rain"], found["bells"])


def test_weights_are_those_at_which_the_answers_are_most_likely() -> None:
    rng = np.random.default_rng(7)
    said = rng.normal(0, 1, (4000, 2, 3))
    sums = 2.0 * said[:, 0] + 0.0 * said[:, 1]
    shares = np.exp(sums) / np.exp(sums).sum(axis=1, keepdims=True)
    right = np.asarray([rng.choice(3, p=row) for row in shares])
    found = fit(("helps", "does not"), said, right)
    strength = np.asarray(found.values) / np.asarray(found.scales)
    assert strength == pytest.approx([2.0, 0.0], abs=0.12)


def test_no_places_are_no_answers_and_no_fault() -> None:
    combination = Combination([], LABELS)
    combination.learn({})
    assert combination.examples(Place(frozenset())) == []
    assert combination.weigh([], []) == []
    assert not combination.is_enough


def test_two_thousand_labels_are_weighed_too() -> None:
    labels = [f"label {n}" for n in range(2_000)]
    shots = [
        Shot(Place(frozenset({f"item:{n}"}), None, f"words about label {n}, and more {n % 7}"), (label,), (label,))
        for n, label in enumerate(labels[:60])
    ]
    combination = Combination(shots, labels)
    combination.learn()
    (found,) = combination.weigh([Place(frozenset({"new"}), None, "is this about label 3")], None)
    assert len(found) == 2_000
    assert max(found, key=found.__getitem__) == "label 3"
