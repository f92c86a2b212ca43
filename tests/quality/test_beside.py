"""Whether a person says of a suggestion's place what it says, and what is kept of an item of that."""

from __future__ import annotations

import json

import pytest

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span, answer_id
from annodesk.model.ids import new_id
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.model.shown import How
from annodesk.quality.beside import (
    Compared,
    Met,
    TaskBeside,
    Worked,
    came_over,
    from_json,
    met_of,
    said_in,
    says_the_same,
    to_json,
)
from annodesk.quality.tally import OTHER

SCHEMA = LabelSchema(
    (
        Tier("content", labels=(Label("speech"), Label("music"))),
        Tier("events", TierKind.POINT, labels=(Label("laugh"),)),
    ),
    (
        Question("format", labels=(Label("news"), Label("talk")), not_sure=True),
        Question("policy", QuestionKind.MULTI_LABEL, (Label("violence"), Label("medical"))),
        Question("remark", QuestionKind.TEXT),
    ),
    (SpanType("entity", (Label("artist"),)),),
)
S = 1_000_000
MUSIC = Segment("m", "content", 10 * S, 20 * S, ("music",))


def said(*stretches: tuple[float, float, str], **answers: object) -> AnnotationSet:
    found: list[Segment | Answer] = [
        Segment(new_id(), "content", round(a * S), round(b * S), (label,)) for a, b, label in stretches
    ]
    found += [Answer(answer_id(question), question, value) for question, value in answers.items()]
    return AnnotationSet(new_id(), elements=found)


@pytest.mark.parametrize(
    ("stretches", "same"),
    [
        ([(10, 20, "music")], True),
        ([(0, 15, "music")], True),
        ([(0, 14.9, "music")], False),
        ([(10, 13, "music"), (15, 18, "music")], True),
        ([(10, 20, "speech")], False),
        ([], False),
    ],
)
def test_half_a_stretch_under_the_label_says_the_same_wherever_edges_lie(
    stretches: list[tuple[float, float, str]], same: bool
) -> None:
    assert says_the_same(SCHEMA, MUSIC, said(*stretches)) is same


def test_a_moment_says_the_same_within_50_ms() -> None:
    laugh = Segment("l", "events", 5 * S, 5 * S, ("laugh",))

    def at(time_us: int, label: str = "laugh") -> AnnotationSet:
        return AnnotationSet("x", elements=[Segment("a", "events", time_us, time_us, (label,))])

    assert says_the_same(SCHEMA, laugh, at(5 * S + 50_000)) is True
    assert says_the_same(SCHEMA, laugh, at(5 * S + 50_001)) is False
    assert says_the_same(SCHEMA, laugh, at(5 * S, "jingle")) is False


def test_answers_are_compared_by_their_value_and_texts_are_not() -> None:
    news = Answer(answer_id("format"), "format", "news")
    assert says_the_same(SCHEMA, news, said(format="news")) is True
    assert says_the_same(SCHEMA, news, said(format="talk")) is False
    assert says_the_same(SCHEMA, news, said(format="not sure")) is False
    assert says_the_same(SCHEMA, news, said()) is None
    several = Answer(answer_id("policy"), "policy", ("medical", "violence"))
    assert says_the_same(SCHEMA, several, said(policy=("violence", "medical"))) is True
    assert says_the_same(SCHEMA, Answer(answer_id("remark"), "remark", "x"), said(remark="x")) is None


def test_spans_are_compared_by_what_they_cover() -> None:
    artist = Span("n", "text", "entity", 10, 20, ("artist",))
    mine = AnnotationSet("x", elements=[Span("a", "text", "entity", 12, 30, ("artist",))])
    elsewhere = AnnotationSet("x", elements=[Span("a", "other text", "entity", 10, 20, ("artist",))])
    assert says_the_same(SCHEMA, artist, mine) is True
    assert says_the_same(SCHEMA, artist, elsewhere) is False


def test_a_part_that_the_project_does_not_have_any_more_is_not_compared() -> None:
    assert says_the_same(SCHEMA, Segment("x", "gone", 0, S, ("speech",)), said((0, 1, "speech"))) is None


def test_suggestions_are_counted_by_label_and_by_what_a_ruling_says_of_them() -> None:
    model = said((0, 10, "speech"), (10, 20, "music"), (20, 30, "music"))
    mine = said((0, 10, "speech"), (10, 20, "speech"), (20, 30, "music"))
    ruled = said((0, 10, "speech"), (10, 30, "music"))
    assert met_of(SCHEMA, model, mine, None) == (
        Met("content", "music", None, 1, 2),
        Met("content", "speech", None, 1, 1),
    )
    assert met_of(SCHEMA, model, mine, ruled) == (
        Met("content", "music", True, 1, 2),
        Met("content", "speech", True, 1, 1),
    )


def test_a_comparison_counts_what_is_said_as_the_model_says_only_since() -> None:
    model = said((0, 10, "speech"), (10, 20, "music"), (20, 30, "music"))
    before = said((0, 10, "speech"), (10, 30, "speech"))
    after = said((0, 10, "speech"), (10, 20, "music"), (20, 30, "speech"))
    assert came_over(SCHEMA, model, before, after, None, 7) == Compared(2, 1, 0, 0, 7)
    ruled = said((0, 30, "speech"))
    assert came_over(SCHEMA, model, before, after, ruled, 7) == Compared(2, 1, 0, 1, 7)


def test_no_words_but_the_projects_are_kept() -> None:
    found = said_in(SCHEMA, said((0, 10, "my own words"), (10, 12, "speech"), format="news"))
    assert found == {("content", OTHER): 10 * S, ("content", "speech"): 2 * S, ("format", "news"): 1}


WORKED = Worked(
    "after-commit",
    True,
    True,
    90 * S,
    (Met("content", "music", True, 1, 2), Met("content", "speech", None, 1, 1)),
    {("content", "speech"): 10 * S},
    {How.TAKEN: 2, How.REFUSED: 1},
    1,
    2,
    Compared(2, 1, 1, 0, 7),
)


def test_what_is_kept_of_an_item_comes_back_as_it_was() -> None:
    tasks = (TaskBeside(40 * S, (WORKED, Worked("before", False, False, 5))), TaskBeside(0, ()))
    assert from_json(json.loads(json.dumps(to_json(tasks)))) == tasks


@pytest.mark.parametrize(
    "body",
    [{"tasks": 5}, {"tasks": [5]}, {"tasks": [[1, [{}]]]}, {"tasks": [[-1, []]]}, {"tasks": [["x", []]]}],
)
def test_what_another_hand_has_written_is_refused(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"suggestions|literal"):
        from_json(body)
