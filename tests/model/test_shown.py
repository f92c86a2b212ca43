"""What an Edit's note says of the suggestions it answered, and what became of each."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annodesk.model.annotations import AnnotationSet, Answer, Origin, OriginKind, Segment, Span, answer_id
from annodesk.model.edits import set_answer
from annodesk.model.schema import SUGGESTION
from annodesk.model.shown import (
    How,
    Played,
    Shown,
    ShownNote,
    as_it_stands,
    from_note,
    how_taken,
    suggestions_in,
    to_note,
)

S = 1_000_000
MODEL = AnnotationSet(
    "model",
    elements=[
        Segment("s0", "content", 0, 9 * S, ("music",)),
        Segment("s1", "content", 9 * S, 20 * S, ("speech",)),
        Answer(answer_id("policy"), "policy", "yes"),
        Span("n0", "text", "entity", 3, 9, ("artist",)),
    ],
)


def taken(suggestion: str, kind: OriginKind = OriginKind.SUGGESTION, **changed: object) -> Segment:
    return replace(MODEL.segment(suggestion), id=f"my-{suggestion}", origin=Origin(kind, suggestion), **changed)  # type: ignore[arg-type]


def test_a_note_comes_back_as_it_was_written() -> None:
    note = ShownNote(
        "model",
        "before",
        (Shown("s0", How.TAKEN, 2 * S, Played.ALL), Shown("s1", How.REFUSED, None, Played.NONE), Shown("n0", How.OWN)),
    )
    assert from_note(to_note(note)) == note


def test_a_gesture_that_answers_nothing_is_noted_with_nothing() -> None:
    assert to_note(ShownNote("model", "before", ())) == {}
    assert from_note({"taps": 3}) is None


@pytest.mark.parametrize(
    "body",
    [
        5,
        {},
        {"of": "m", "mode": "before", "answered": [["s0", "eaten", 1, None]]},
        {"of": "m", "mode": "before", "answered": [["s0", "taken", "long", None]]},
        {"of": "m", "mode": "before", "answered": [["s0"]]},
        {"of": "m", "mode": "before", "answered": [["s0", "taken", 1e400, None]]},
    ],
)
def test_what_another_hand_has_noted_says_nothing(body: object) -> None:
    assert from_note({"suggestions": body}) is None


@pytest.mark.parametrize(
    ("mine", "how"),
    [
        (taken("s0"), How.TAKEN),
        (taken("s0", end_us=8 * S), How.MOVED),
        (taken("s0", labels=("advert",)), How.RENAMED),
        (taken("s0", labels=("advert",), end_us=8 * S), How.RENAMED),
        (taken("s0", OriginKind.BULK), How.BULK),
        (taken("s0", OriginKind.BULK, end_us=8 * S), How.MOVED),
    ],
)
def test_what_was_made_of_a_suggestion_tells_how_it_was_taken(mine: Segment, how: How) -> None:
    assert how_taken(MODEL.segment("s0"), mine) is how


def test_a_set_tells_what_became_of_each_suggestion() -> None:
    said = AnnotationSet("mine", elements=[taken("s0")])
    said = said.with_changes(set_answer(said, SUGGESTION, "rejected", target="s1").changes)
    noted = [Shown(answer_id("policy"), How.OWN), Shown("s0", How.OWN)]
    assert as_it_stands(MODEL, said, noted) == {
        "s0": How.TAKEN,
        "s1": How.REFUSED,
        answer_id("policy"): How.OWN,
        "n0": How.LEFT,
    }


def test_an_answer_taken_and_then_changed_is_renamed() -> None:
    suggested = MODEL.answer("policy")
    assert suggested is not None
    mine = replace(suggested, origin=Origin(OriginKind.SUGGESTION, suggested.id))
    assert as_it_stands(MODEL, AnnotationSet("mine", elements=[mine]))[suggested.id] is How.TAKEN
    other = replace(mine, value="no")
    assert as_it_stands(MODEL, AnnotationSet("mine", elements=[other]))[suggested.id] is How.RENAMED


def test_only_what_can_be_answered_is_a_suggestion() -> None:
    assert len(suggestions_in(MODEL)) == 4
