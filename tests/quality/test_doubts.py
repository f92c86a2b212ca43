"""Places where nobody disagrees and the model gives a reason to look: found by where they are, without its answer."""

from __future__ import annotations

from annodesk.model.annotations import AnnotationSet, Answer, Origin, OriginKind, Segment, Span, Suggestion, answer_id
from annodesk.model.schema import Label, LabelSchema, Question, SpanType, Tier
from annodesk.model.work import Escalation, Reason
from annodesk.quality.disagreements import find_disagreements
from annodesk.quality.doubts import doubts

S = 1_000_000
LABELS = (Label("speech"), Label("music"))
SCHEMA = LabelSchema(
    tiers=(Tier("content", labels=LABELS),),
    questions=(Question("genre", labels=LABELS),),
    span_types=(SpanType("entity", labels=LABELS),),
)


def people(name: str, label: str = "speech", genre: str = "speech") -> AnnotationSet:
    return AnnotationSet(
        name,
        elements=[
            Segment(f"{name}1", "content", 0, 30 * S, (label,)),
            Answer(answer_id("genre"), "genre", genre),
            Span(f"{name}2", "t", "entity", 0, 5, (label,)),
        ],
    )


def model(probability: float) -> AnnotationSet:
    origin = Origin(OriginKind.MODEL, None, Suggestion(probability, "sha", "model", "1", 0))
    return AnnotationSet(
        "model",
        elements=[
            Segment("m1", "content", 0, 10 * S, ("speech",), origin=origin),
            Segment("m2", "content", 10 * S, 20 * S, ("music",), origin=origin),
            Segment("m3", "content", 20 * S, 30 * S, ("speech",), origin=origin),
            Answer(answer_id("genre"), "genre", "music", origin=origin),
            Span("m4", "t", "entity", 0, 5, ("music",), origin=origin),
        ],
    )


def why(reason: Reason, value: float | None = None, threshold: float | None = None) -> list[Escalation]:
    return [Escalation("e", "i", reason, "content", value, threshold)]


def test_what_the_model_is_sure_of_is_looked_at_where_people_say_otherwise() -> None:
    sides = [people("a"), people("b")]
    found = doubts(SCHEMA, sides, model(0.95), (), why(Reason.MODEL_AGAINST_HUMANS, 0.95))
    assert {one.key for one in found} == {f"content@{10 * S}-{20 * S}", "genre", "entity@t:0-5"}
    assert all(one.kind == "doubt" for one in found)
    said = {label for one in found for side in one.answers for label in side.labels or (side.value,)}
    assert said == {"speech"}, "the model's own answer is not among what is told"
    assert all(len(one.answers) == 2 for one in found)


def test_without_a_reason_of_the_models_nothing_is_told_of_it() -> None:
    sides = [people("a")]
    for reason in (Reason.AUDIT, Reason.FLAGGED, Reason.LOW_AGREEMENT):
        assert doubts(SCHEMA, sides, model(0.95), (), why(reason)) == ()
    assert doubts(SCHEMA, sides, None, (), why(Reason.MODEL_AGAINST_HUMANS, 0.95)) == ()


def test_where_people_differ_anyway_there_is_no_second_place() -> None:
    sides = [people("a"), people("b", genre="music")]
    disputed = find_disagreements(SCHEMA, sides)
    found = doubts(SCHEMA, sides, model(0.95), disputed, why(Reason.MODEL_AGAINST_HUMANS, 0.95))
    assert "genre" not in {one.part for one in found}


def test_a_single_answer_is_looked_at_where_the_model_is_not_sure() -> None:
    found = doubts(SCHEMA, [people("a")], model(0.5), (), why(Reason.LOW_CONFIDENCE, 0.5, 0.6))
    assert len(found) == 5
    assert all(len(one.answers) == 1 for one in found)
    assert doubts(SCHEMA, [people("a")], model(0.7), (), why(Reason.LOW_CONFIDENCE, 0.5, 0.6)) == ()


def test_no_side_at_all_has_no_doubt() -> None:
    assert doubts(SCHEMA, [], model(0.95), (), why(Reason.MODEL_AGAINST_HUMANS, 0.9)) == ()
