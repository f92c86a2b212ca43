"""What was said on a part of an item, without who said it."""

from __future__ import annotations

import json
from collections.abc import Sequence

import pytest

from annodesk.model.annotations import AnnotationSet, Answer, Author, AuthorKind, Segment, Span, answer_id
from annodesk.model.ids import new_id
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.agreement import CountableSet, TaskSets, score_item, scored_parts
from annodesk.quality.tally import OTHER, UNLABELLED, Tally, from_json, tally_item, to_json

TIER = Tier("content", labels=(Label("speech"), Label("music"), Label("advert")))
MOMENTS = Tier("events", kind=TierKind.POINT, labels=(Label("laugh"),))
CHOICE = Question("format", labels=(Label("news"), Label("talk")), not_sure=True)
SEVERAL = Question("policy", QuestionKind.MULTI_LABEL, labels=(Label("violence"), Label("medical")))
RATING = Question("quality", QuestionKind.RATING)
SPAN = SpanType("entity", labels=(Label("artist"), Label("track")))
SCHEMA = LabelSchema((TIER, MOMENTS), (CHOICE, SEVERAL, RATING), (SPAN,))
S = 1_000_000

Stretch = tuple[float, float, str]


def said(*stretches: Stretch, **answers: object) -> AnnotationSet:
    """One author's set: segments in seconds, answers by question."""
    elements: list[Segment | Answer | Span] = [
        Segment(new_id(), "content", round(a * S), round(b * S), (label,) if label else ()) for a, b, label in stretches
    ]
    for question, value in answers.items():
        if question == "spans":
            elements += value  # type: ignore[operator]
        else:
            elements.append(Answer(answer_id(question), question, value))
    return AnnotationSet(new_id(), author=Author(AuthorKind.PERSON, "x"), elements=elements)


def tallied(
    sides: Sequence[AnnotationSet],
    *,
    aided: Sequence[bool] = (),
    model: AnnotationSet | None = None,
    seconds: float = 40,
    versions: dict[int, LabelSchema] | None = None,
) -> dict[str, Tally]:
    """The tallies of one item with one task, by part."""
    flags = list(aided) or [False] * len(sides)
    sets = tuple(CountableSet(a.id, None, a, is_aided) for a, is_aided in zip(sides, flags, strict=True))
    tasks = [TaskSets("t", round(seconds * S), sets)]
    models = {"t": CountableSet(model.id, None, model, aided=False)} if model else {}
    found = tally_item(scored_parts(SCHEMA), tasks, models, score_item(SCHEMA, tasks), versions=versions)
    return {one.part: one for one in found}


def lengths(tally: Tally) -> dict[tuple[str, ...], float]:
    """Seconds of each combination of what the sides say."""
    (task,) = tally.tasks
    return {tuple("+".join(sorted(s)) for s in unit.said if s is not None): unit.weight / S for unit in task.units}


def test_every_second_of_a_task_is_counted_once() -> None:
    tally = tallied([said((0, 10, "speech"), (10, 20, "music")), said((0, 12, "speech"), (12, 20, "music"))])["content"]
    assert lengths(tally) == {
        ("speech", "speech"): 10,
        ("music", "speech"): 2,
        ("music", "music"): 8,
        ("", ""): 20,
    }


def test_what_is_no_label_of_the_project_is_named_by_nobodys_words() -> None:
    tally = tallied([said((0, 40, "my own words")), said((0, 40, ""))])["content"]
    assert lengths(tally) == {(OTHER, UNLABELLED): 40}
    assert "my own words" not in json.dumps(to_json(tally))


def test_places_are_counted_where_two_independent_people_differ_for_longer_than_an_edge() -> None:
    one = said((0, 10, "speech"), (10, 20, "advert"), (20, 30, "speech"), (30, 40, "advert"))
    other = said((0, 10.2, "speech"), (10.2, 20, "speech"), (20, 30, "speech"), (30, 40, "speech"))
    assert tallied([one, other])["content"].tasks[0].places == {("advert", "speech"): 2}
    assert tallied([one, other], aided=[True, True])["content"].tasks[0].places == {}


def test_a_place_that_several_pairs_differ_at_is_one() -> None:
    sides = [said((0, 40, "advert")), said((0, 40, "speech")), said((0, 40, "speech"))]
    assert tallied(sides)["content"].tasks[0].places == {("advert", "speech"): 1}
    answers = [said(format="news"), said(format="talk"), said(format="talk")]
    assert tallied(answers)["format"].tasks[0].places == {("news", "talk"): 1}


def test_an_edge_a_fifth_of_a_second_apart_is_no_place() -> None:
    tally = tallied([said((0, 10, "speech"), (10, 40, "music")), said((0, 10.2, "speech"), (10.2, 40, "music"))])
    assert tally["content"].tasks[0].places == {}


def test_not_sure_and_not_answered_are_no_ratings() -> None:
    tally = tallied([said(format="news"), said(format="not sure"), said()])["format"]
    (task,) = tally.tasks
    assert [unit.said for unit in task.units] == [(frozenset({"news"}), None, None)]
    assert task.unsure == 1


def test_several_labels_are_one_saying() -> None:
    tally = tallied([said(policy=("violence", "medical")), said(policy=("medical",))])["policy"]
    assert tally.tasks[0].units[0].said == (frozenset({"violence", "medical"}), frozenset({"medical"}))
    assert tally.tasks[0].places == {("medical", "medical + violence"): 1}


def test_who_was_not_asked_about_a_part_has_not_said_that_there_is_nothing() -> None:
    before = AnnotationSet(new_id(), author=Author(AuthorKind.PERSON, "x"), project_version=1)
    now = [said((0, 40, "speech")), said((0, 40, "speech"))]
    later = [replace_version(one, 2) for one in now]
    tally = tallied([before, *later], versions={1: LabelSchema((), (CHOICE,)), 2: SCHEMA})["content"]
    assert lengths(tally) == {("speech", "speech"): 40}


def replace_version(made: AnnotationSet, version: int) -> AnnotationSet:
    """The same set, made under another version of the project."""
    return AnnotationSet(made.id, author=made.author, project_version=version, elements=list(made))


def test_the_model_stands_beside_people_and_not_among_them() -> None:
    tally = tallied([said((0, 40, "speech")), said((0, 40, "speech"))], model=said((0, 40, "advert")))["content"]
    (task,) = tally.tasks
    assert task.has_model
    assert len(task.aided) == 2
    assert task.places == {}
    assert lengths(tally) == {("speech", "speech", "advert"): 40}


def test_spans_are_counted_in_characters_of_their_text() -> None:
    one = said(spans=[Span(new_id(), "text", "entity", 5, 10, ("artist",))])
    other = said(spans=[Span(new_id(), "text", "entity", 5, 8, ("artist",))])
    (task,) = tallied([one, other])["entity"].tasks
    found = {tuple("+".join(s or ()) for s in unit.said): unit.weight for unit in task.units}
    assert found == {("", ""): 5, ("artist", "artist"): 3, ("artist", ""): 2}


@pytest.mark.parametrize("part", [part.name for part in scored_parts(SCHEMA)])
def test_a_tally_comes_back_as_it_was_kept(part: str) -> None:
    sides = [said((0, 10, "speech"), format="news", policy=(), quality=3), said((3, 40, "music"), quality=4)]
    tally = tallied(sides, model=said((0, 5, "advert")))[part]
    assert from_json(part, json.loads(json.dumps(to_json(tally)))) == tally


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"score": None, "labels": []},
        {"score": "x", "labels": {}},
        {"score": "nan", "labels": {}},
        {"score": 1.5, "labels": {}},
        {"score": 1, "labels": {"speech": float("inf")}},
        {"score": 1, "labels": {}, "said": [["a"]], "tasks": [{"aided": [False], "model": False}]},
        {"score": 1, "labels": {}, "said": [["a"]],
         "tasks": [{"aided": [False], "model": False, "unsure": 0, "places": [], "units": [[[5], 1]]}]},
        {"score": 1, "labels": {}, "said": [["a"]],
         "tasks": [{"aided": [False], "model": False, "unsure": 0, "places": [], "units": [[[0, 0], 1]]}]},
        {"score": 1, "labels": {}, "said": [["a"]],
         "tasks": [{"aided": [False], "model": False, "unsure": 0, "places": [], "units": [[[0], 0]]}]},
    ],
)  # fmt: skip
def test_what_another_hand_has_written_is_refused_as_no_tally(body: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"tally|float"):
        from_json("content", body)


def test_zero_length_and_overlapping_segments_are_counted_for_what_they_are() -> None:
    one = said((5, 5, "speech"), (0, 10, "speech"), (5, 15, "music"))
    tally = tallied([one, said((0, 15, "speech"))], seconds=15)["content"]
    assert lengths(tally) == {("speech", "speech"): 5, ("music+speech", "speech"): 5, ("music", "speech"): 5}
