"""The model beside the people."""

from __future__ import annotations

from collections.abc import Callable

from annodesk.model.annotations import AnnotationSet, Answer, Origin, OriginKind, Segment, Suggestion, answer_id
from annodesk.model.schema import Label, LabelSchema, Question, Tier
from annodesk.quality.model_check import least_sure, model_conflicts

LABELS = (Label("speech"), Label("music"))
SCHEMA = LabelSchema(tiers=(Tier("content", labels=LABELS),), questions=(Question("genre", labels=LABELS),))


def at(probability: float) -> Callable[[str, str], float]:
    return lambda part, label: probability


def by_model(probability: float) -> Origin:
    return Origin(OriginKind.MODEL, None, Suggestion(probability, "sha", "model", "1", 0))


def model(probability: float, start: int = 0, end: int = 10) -> AnnotationSet:
    origin = by_model(probability)
    return AnnotationSet(
        "model",
        elements=[
            Segment("m", "content", start * 1_000_000, end * 1_000_000, ("music",), origin=origin),
            Answer(answer_id("genre"), "genre", "music", origin=origin),
        ],
    )


PEOPLE = AnnotationSet(
    "people",
    elements=[
        Segment("p", "content", 0, 10_000_000, ("speech",)),
        Answer(answer_id("genre"), "genre", "speech"),
    ],
)


def test_a_sure_model_that_says_something_else_is_a_conflict() -> None:
    found = model_conflicts(SCHEMA, PEOPLE, model(0.95), sure_from=at(0.9))
    assert [(c.part, c.place, c.people, c.model, c.probability) for c in found] == [
        ("content", "content at 00:00:00.000", "speech", "music", 0.95),
        ("genre", "genre", "speech", "music", 0.95),
    ]


def test_an_unsure_model_raises_no_doubt() -> None:
    assert model_conflicts(SCHEMA, PEOPLE, model(0.89), sure_from=at(0.9)) == ()


def test_what_only_the_model_marks_raises_no_doubt() -> None:
    found = model_conflicts(SCHEMA, PEOPLE, model(0.99, start=20, end=30), sure_from=at(0.9))
    assert [c.part for c in found] == ["genre"]


def test_each_label_has_its_own_certainty() -> None:
    def sure_from(part: str, label: str) -> float:
        return 0.99 if (part, label) == ("content", "music") else 0.9

    assert [c.part for c in model_conflicts(SCHEMA, PEOPLE, model(0.95), sure_from=sure_from)] == ["genre"]


def test_the_lowest_probability_of_each_label_is_told() -> None:
    said = [*model(0.6), Segment("n", "content", 20, 30, ("music",), origin=by_model(0.5))]
    said.append(Segment("o", "content", 30, 40, ("speech",), origin=by_model(0.9)))
    told = least_sure(SCHEMA, AnnotationSet("model", elements=said))
    assert told == (("content", "music", 0.5), ("content", "speech", 0.9), ("genre", "music", 0.6))
    assert least_sure(SCHEMA, PEOPLE) == ()
