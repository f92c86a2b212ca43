"""Outcomes as the values of answers: given back as they were, and refused where a stranger wrote nonsense."""

from __future__ import annotations

import json

import pytest

from annodesk.errors import ValidationError
from annodesk.model.annotations import AnnotationSet, Answer, answer_id, element_from_json, element_to_json
from annodesk.model.outcomes import (
    WHOLE,
    Alternative,
    Outcome,
    OutcomeKind,
    Piece,
    excludes_item,
    outcome_of,
    outcomes_in,
    ruling_word,
)
from annodesk.model.rules import submit_problems
from annodesk.model.schema import Label, LabelSchema, Question, Tier

SEVERAL = Outcome(
    OutcomeKind.SEVERAL,
    "content",
    1_000_000,
    2_000_000,
    alternatives=(Alternative(2, (Piece(1_000_000, 2_000_000, ("advert",), "x"),)), Alternative(1)),
)
ANSWERED = Outcome(
    OutcomeKind.SEVERAL, "policy", alternatives=(Alternative(2, value=("a", "b")), Alternative(1, value=3))
)
WORDS = Outcome(OutcomeKind.UNDECIDED, "entity", asset="t", start=3, end=9)
OUT = Outcome(OutcomeKind.EXCLUDED, reason="cannot be heard")


def ruled(outcome: Outcome, target: str) -> Answer:
    return Answer(answer_id("ruling", target), "ruling", outcome.to_value(), target)


@pytest.mark.parametrize("outcome", [SEVERAL, ANSWERED, WORDS, OUT])
def test_an_outcome_is_given_back_by_the_answer_that_holds_it(outcome: Outcome) -> None:
    element = ruled(outcome, "place")
    read = element_from_json(json.loads(json.dumps(element_to_json(element))))
    assert read == element
    assert isinstance(read, Answer)
    assert outcome_of(read.value) == outcome
    assert ruling_word(read.value) == outcome.kind.value


@pytest.mark.parametrize(
    "value",
    [
        "several",
        {},
        {"outcome": "maybe"},
        {"outcome": "several", "start_us": "soon"},
        {"outcome": "several", "start_us": 2**60},
        {"outcome": "several", "alternatives": [{"votes": True}]},
        {"outcome": "several", "alternatives": [{"votes": 1, "pieces": [[1, 2]]}]},
        {"outcome": "several", "alternatives": 7},
        {"outcome": "excluded", "reason": ["x"]},
        {"outcome": ["several"]},
    ],
)
def test_what_is_no_outcome_rules_nothing(value: object) -> None:
    assert outcome_of(value) is None
    assert ruling_word(value) == ""


def test_only_a_ruling_may_be_a_record() -> None:
    with pytest.raises(ValidationError, match="not an answer"):
        element_from_json({"kind": "answer", "id": "a", "question": "policy", "value": {"outcome": "several"}})


def test_a_part_that_was_ruled_to_have_no_one_answer_may_stay_empty() -> None:
    labels = (Label("speech"),)
    schema = LabelSchema(tiers=(Tier("content", labels=labels),), questions=(Question("policy", labels=labels),))
    bare = AnnotationSet("own")
    assert {p.part for p in submit_problems(schema, bare)} == {"content", "policy"}
    one = bare.with_elements([ruled(ANSWERED, "policy")])
    assert {p.part for p in submit_problems(schema, one)} == {"content"}
    out = bare.with_elements([ruled(OUT, WHOLE)])
    assert submit_problems(schema, out) == []
    assert excludes_item(out)
    assert list(outcomes_in(out)) == [WHOLE]
