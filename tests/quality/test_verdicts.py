"""What the model says on a task, and whether people who had not seen it say the same."""

from __future__ import annotations

import json
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Author,
    AuthorKind,
    Origin,
    OriginKind,
    Segment,
    Span,
    Suggestion,
    answer_id,
)
from annodesk.model.ids import new_id
from annodesk.model.refused import refusal
from annodesk.model.schema import Label, Question, QuestionKind, SpanType, Tier, TierKind
from annodesk.quality.verdicts import ItemSaid, PartSaid, Saying, from_json, task_said, to_json

TIER = Tier("content", labels=(Label("speech"), Label("music")))
MOMENTS = Tier("events", kind=TierKind.POINT, labels=(Label("laugh"),))
CHOICE = Question("format", labels=(Label("news"), Label("talk")), not_sure=True)
SEVERAL = Question("policy", QuestionKind.MULTI_LABEL, labels=(Label("violence"), Label("medical")))
RATING = Question("quality", QuestionKind.RATING)
SPAN = SpanType("entity", labels=(Label("artist"),))
S = 1_000_000
MODEL = "ab" * 32


def origin(p: float, **each: float) -> Origin:
    """Where the model's element comes from."""
    told = Suggestion(p, MODEL, "embedded", "1", 7, probabilities=tuple(each.items()))
    return Origin(OriginKind.MODEL, suggestion=told)


def of(*elements: Segment | Span | Answer, by_model: bool = False, version: int = 1) -> AnnotationSet:
    """A set of a person or the model."""
    author = Author(AuthorKind.MODEL, MODEL) if by_model else Author(AuthorKind.PERSON, "x")
    return AnnotationSet(new_id(), author=author, elements=elements, project_version=version)


def segment(start: float, end: float, label: str, p: float | None = None, tier: str = "content") -> Segment:
    """A segment in seconds; with a probability it is the model's."""
    more = {} if p is None else {"origin": origin(p)}
    return Segment(new_id(), tier, round(start * S), round(end * S), (label,), **more)  # type: ignore[arg-type]


def answer(question: str, value: object, p: float | None = None, **each: float) -> Answer:
    """An answer; with a probability it is the model's."""
    more = {} if p is None else {"origin": origin(p, **each)}
    return Answer(answer_id(question), question, value, **more)  # type: ignore[arg-type]


def said(part: Tier | Question | SpanType, model: AnnotationSet, *unaided: AnnotationSet) -> PartSaid:
    """What the model says on one part."""
    return task_said([part], model, unaided).parts[part.name]


def verdicts(found: PartSaid) -> dict[str, bool | None]:
    """Right or wrong by label."""
    return {one.label: one.right for one in found.sayings}


def test_a_stretch_is_right_where_a_person_gives_it_the_same_label() -> None:
    model = of(segment(0, 10, "speech", 0.9), segment(10, 40, "music", 0.8), by_model=True)
    person = of(segment(0, 9, "speech"), segment(9, 40, "speech"))
    found = said(TIER, model, person)
    assert verdicts(found) == {"speech": True, "music": False}
    assert (found.missed, found.least) == (0, 0.8)


def test_what_nobody_answered_unaided_has_no_verdict() -> None:
    found = said(TIER, of(segment(0, 10, "speech", 0.9), by_model=True))
    assert verdicts(found) == {"speech": None}
    assert found.missed is None


def test_where_people_are_even_the_model_is_not_held_to_be_right() -> None:
    model = of(answer("format", "news", 0.9), by_model=True)
    news, talk = of(answer("format", "news")), of(answer("format", "talk"))
    assert verdicts(said(CHOICE, model, news, talk)) == {"news": False}
    assert verdicts(said(CHOICE, model, news, talk, news)) == {"news": True}


def test_places_that_only_people_mark_are_missed() -> None:
    model = of(segment(0, 10, "speech", 0.9), by_model=True)
    person = of(segment(0, 10, "speech"), segment(20, 30, "music"), segment(31, 32, "speech"))
    assert said(TIER, model, person).missed == 2
    assert said(TIER, of(by_model=True), person).missed == 3
    assert said(TIER, of(by_model=True), of()).missed == 0


def test_a_place_the_model_cuts_in_two_is_not_missed() -> None:
    model = of(segment(0, 10, "speech", 0.9), segment(10, 20, "speech", 0.9), by_model=True)
    assert said(TIER, model, of(segment(0, 20, "music"))).missed == 0


def test_moments_agree_within_fifty_milliseconds() -> None:
    model = of(segment(1, 1, "laugh", 0.9, "events"), by_model=True)
    near = of(segment(1.04, 1.04, "laugh", tier="events"))
    far = of(segment(1.2, 1.2, "laugh", tier="events"))
    assert (verdicts(said(MOMENTS, model, near)), said(MOMENTS, model, near).missed) == ({"laugh": True}, 0)
    assert (verdicts(said(MOMENTS, model, far)), said(MOMENTS, model, far).missed) == ({"laugh": False}, 1)


def test_of_several_labels_each_is_right_or_wrong_given_or_left_out() -> None:
    model = of(answer("policy", ("medical",), 0.7, violence=0.1, medical=0.7), by_model=True)
    found = said(SEVERAL, model, of(answer("policy", ("medical", "violence"))))
    told = {(one.label, one.is_given): (pytest.approx(one.probability), one.right) for one in found.sayings}
    assert told == {("medical", True): (0.7, True), ("violence", False): (0.9, False)}


def test_who_is_not_sure_judges_nothing() -> None:
    model = of(answer("format", "news", 0.9), by_model=True)
    assert verdicts(said(CHOICE, model, of(answer("format", "not sure")))) == {"news": None}


def test_a_question_left_out_is_missed_where_people_answer_it() -> None:
    assert said(RATING, of(by_model=True), of(answer("quality", 3))).missed == 1
    assert said(RATING, of(by_model=True), of()).missed == 0
    closed = said(RATING, of(answer("quality", 3, 0.8), by_model=True), of(answer("quality", 3)))
    assert closed.is_closed
    assert verdicts(closed) == {"3": True}


def test_who_was_not_asked_about_a_part_does_not_judge_it() -> None:
    model = of(segment(0, 10, "speech", 0.9), by_model=True)
    asked = {1: {"format"}, 2: {"content", "format"}}
    found = task_said([TIER], model, [of(version=1)], asked=asked).parts["content"]
    assert (verdicts(found), found.missed) == ({"speech": None}, None)
    assert verdicts(task_said([TIER], model, [of(version=2)], asked=asked).parts["content"]) == {"speech": False}


def test_an_element_without_a_probability_is_the_least_sure_there_is() -> None:
    assert said(TIER, of(segment(0, 10, "speech"), by_model=True)).least == 0.0


def test_a_source_names_the_model_and_its_prompt() -> None:
    assert said(TIER, of(segment(0, 10, "speech", 0.9), by_model=True)).source == "abababababab 1"


def test_labels_of_no_project_are_nobodys_words() -> None:
    found = task_said([TIER], of(segment(0, 10, "my own words", 0.9), by_model=True), ())
    assert "my own words" not in json.dumps(to_json(ItemSaid((found,))))


def test_verdicts_are_kept_and_read_as_they_were() -> None:
    model = of(segment(0, 10, "speech", 0.9), answer("format", "news", 0.4), by_model=True)
    item = ItemSaid(
        (task_said([TIER, CHOICE], model, [of(segment(0, 10, "speech"))]), task_said([TIER], None, ())), False, 5
    )
    assert from_json(json.loads(json.dumps(to_json(item)))) == item
    assert not item.is_whole


def test_of_a_part_that_could_not_be_asked_about_nothing_is_judged_and_the_item_is_not_whole() -> None:
    model = of(segment(0, 10, "speech", 0.9), refusal("policy"), by_model=True)
    found = task_said([TIER, SEVERAL], model, [of(segment(0, 10, "speech"), answer("policy", ()))])
    assert set(found.parts) == {"content"}
    item = ItemSaid((found,))
    assert not item.is_whole
    assert from_json(json.loads(json.dumps(to_json(item)))) == item


@pytest.mark.parametrize(
    "damage",
    [
        {"model": None},
        {"model": [{"content": {"by": "x", "missed": None, "closed": False, "said": [["a", 2, True, True]]}}]},
        {"model": [{"content": {"by": "x", "missed": None, "closed": False, "said": [["a", 0.5, "yes", True]]}}]},
        {"model": [{"content": {"said": []}}]},
        {"drawn_us": "yesterday"},
    ],
)
def test_what_is_no_verdict_is_refused(damage: dict[str, object]) -> None:
    whole = to_json(ItemSaid((task_said([TIER], of(segment(0, 1, "speech", 0.5), by_model=True), ()),)))
    assert from_json(whole).tasks[0].parts["content"].sayings == (Saying("speech", 0.5),)
    with pytest.raises(ValueError, match="no verdicts"):
        from_json({**whole, **damage})


def test_of_hundreds_of_labels_those_left_out_are_judged_together() -> None:
    names = [f"label {n:03}" for n in range(300)]
    question = Question("topic", QuestionKind.MULTI_LABEL, labels=tuple(map(Label, names)))
    model = of(answer("topic", (names[0],), 0.8, **dict.fromkeys(names[1:], 0.05), **{names[0]: 0.8}), by_model=True)
    right, wrong = of(answer("topic", (names[0],))), of(answer("topic", (names[0], names[9])))
    found = said(question, model, right).sayings
    assert [(one.is_given, one.right) for one in found] == [(True, True), (False, True)]
    assert [(one.is_given, one.right) for one in said(question, model, wrong).sayings] == [(True, True), (False, False)]
    assert found[1].probability == pytest.approx(0.95)


def test_a_probability_that_is_none_is_no_reason_to_let_anything_stand() -> None:
    assert said(CHOICE, of(answer("format", "news", float("nan")), by_model=True)).least == 0.0
    assert said(CHOICE, of(answer("format", "news", 1.5), by_model=True)).least == 0.0


def test_twenty_thousand_segments_are_judged_at_once() -> None:
    stretches = [segment(n, n + 1, "speech", 0.9) for n in range(20_000)]
    model, person = of(*stretches, by_model=True), of(*(segment(n, n + 1, "speech") for n in range(0, 40_000, 2)))
    began = time.process_time()
    assert said(TIER, model, person).missed == 10_000
    assert time.process_time() - began < 5


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)), max_size=8), st.integers(0, 60), st.integers(1, 20))
def test_a_place_is_missed_where_less_than_half_of_it_is_marked(
    marks: list[tuple[int, int]], start: int, length: int
) -> None:
    model = of(*(segment(a, a + n, "speech", 0.9) for a, n in marks if n), by_model=True)
    covered = {second for a, n in marks for second in range(a, a + n)} & set(range(start, start + length))
    found = said(TIER, model, of(segment(start, start + length, "music"))).missed
    assert found == (2 * len(covered) < length)
