"""A new model is called not worse only where the items tell so at the stated confidence."""

from __future__ import annotations

import math
from statistics import NormalDist

import numpy as np
import pytest

from annodesk.model.annotations import AnnotationSet, Answer, answer_id
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind
from annodesk.quality.agreement import CountableSet, TaskSets
from annodesk.quality.paired import ENOUGH, Sums, add_up, agreement_of_both, compare

SCHEMA = LabelSchema(
    questions=(
        Question("sound", QuestionKind.CHOICE, (Label("dog"), Label("rain"))),
        Question("mood", QuestionKind.CHOICE, (Label("calm"), Label("loud"))),
    )
)


def of_pairs(both: int, only_old: int, only_new: int, neither: int) -> Sums:
    pairs = [(1.0, 1.0)] * both + [(1.0, 0.0)] * only_old + [(0.0, 1.0)] * only_new + [(0.0, 0.0)] * neither
    return add_up(pairs)


@pytest.mark.parametrize("counts", [(50, 5, 15, 10), (20, 0, 0, 0), (3, 17, 2, 9), (0, 30, 0, 0)])
@pytest.mark.parametrize("confidence", [0.9, 0.975])
def test_the_interval_is_agresti_and_mins(counts: tuple[int, int, int, int], confidence: float) -> None:
    b, c = counts[1] + 0.5, counts[2] + 0.5
    n = sum(counts) + 2
    middle, z = (c - b) / n, NormalDist().inv_cdf(confidence)
    half = z * math.sqrt(((b + c) - (c - b) ** 2 / n) / n**2)
    found = compare(of_pairs(*counts), confidence=confidence, margin=0.05)
    assert found.at_least == pytest.approx(max(-1, middle - half))
    assert found.at_most == pytest.approx(min(1, middle + half))


def test_of_few_items_nothing_is_said() -> None:
    found = compare(of_pairs(ENOUGH - 1, 0, 0, 0), confidence=0.95, margin=0.05)
    assert (found.difference, found.is_not_worse, found.more) == (None, False, 1)


def test_twenty_items_that_came_out_alike_are_no_certainty() -> None:
    few = compare(of_pairs(20, 0, 0, 0), confidence=0.95, margin=0.05)
    assert (few.difference, few.is_not_worse, few.is_worse) == (0.0, False, False)
    assert few.more is not None
    many = compare(of_pairs(20 + few.more, 0, 0, 0), confidence=0.95, margin=0.05)
    assert many.is_not_worse


def test_a_worse_one_is_called_worse_and_no_more_items_are_asked_for() -> None:
    found = compare(of_pairs(40, 40, 0, 20), confidence=0.95, margin=0.05)
    assert (found.is_worse, found.is_not_worse, found.more) == (True, False, None)


def test_a_better_one_is_not_worse_without_any_margin() -> None:
    assert compare(of_pairs(40, 1, 30, 9), confidence=0.99, margin=0.0).is_not_worse


@pytest.mark.parametrize("margin", [0.02, 0.05])
def test_a_model_worse_by_the_margin_is_promoted_no_more_often_than_stated(margin: float) -> None:
    rng, rounds, promoted = np.random.default_rng(5), 2_000, 0
    for _ in range(rounds):
        draws = rng.multinomial(120, [0.7 - margin, 0.1 + margin, 0.1, 0.1])
        promoted += compare(of_pairs(*draws.tolist()), confidence=0.95, margin=margin).is_not_worse
    assert promoted / rounds < 0.065


def answers(author: str, **said: str) -> CountableSet:
    made = AnnotationSet(author, elements=[Answer(answer_id(name), name, value) for name, value in said.items()])
    return CountableSet(author, None, made, aided=False)


def people(*sets: CountableSet) -> list[TaskSets]:
    return [TaskSets("t", 10, sets)]


def test_both_are_held_against_the_same_answers() -> None:
    found = agreement_of_both(
        SCHEMA,
        people(answers("ada", sound="dog", mood="calm"), answers("ben", sound="rain", mood="calm")),
        {"t": answers("old", sound="dog")},
        {"t": answers("new", sound="dog", mood="calm")},
    )
    assert found == (0.25, 0.75)


def test_what_neither_says_anything_of_does_not_count() -> None:
    found = agreement_of_both(
        SCHEMA, people(answers("ada", sound="dog", mood="calm")), {"t": answers("old", sound="dog")},
        {"t": answers("new", sound="rain")},
    )  # fmt: skip
    assert found == (1.0, 0.0)


def test_an_answer_given_in_sight_of_suggestions_says_nothing() -> None:
    aided = CountableSet("ada", None, answers("ada", sound="dog").annotations, aided=True)
    assert agreement_of_both(SCHEMA, people(aided), {"t": answers("o", sound="dog")}, {"t": answers("n")}) is None
