"""Kinds of dispute: what counts as the same one, and which side says what was chosen."""

from __future__ import annotations

import pytest

from annodesk.model.annotations import Answer, Element, Segment, Span, answer_id
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier
from annodesk.quality.disagreements import Disagreement, find_disagreements
from annodesk.quality.disputes import HALF_WAY, Choice, choices_of, dispute_of, side_that_says
from tests.quality.test_disagreements import CONTENT, MULTI, SCHEMA, a_set, answer, seg

VOICES = Tier("voices", overlap=True, labels=(Label("host"), Label("guest")))


def only(schema: LabelSchema, *sides: list[Element]) -> Disagreement:
    found = find_disagreements(schema, [a_set(*side, name=f"s{n}") for n, side in enumerate(sides)])
    assert len(found) == 1
    return found[0]


def span(start: int, end: int, label: str) -> Span:
    return Span(f"s{start}-{end}{label}", "text", "entity", start, end, (label,))


def test_the_pair_is_the_same_whoever_of_the_two_says_which() -> None:
    one = only(SCHEMA, [seg(0, 9, "advert")], [seg(0, 9, "speech")])
    other = only(SCHEMA, [seg(4, 8, "speech")], [seg(4, 8, "advert")])
    assert dispute_of(one) == dispute_of(other)
    assert dispute_of(one).pair == "advert / speech"  # type: ignore[union-attr]


def test_another_label_another_tier_or_another_kind_is_another_dispute() -> None:
    label = only(SCHEMA, [seg(0, 9, "advert")], [seg(0, 9, "speech")])
    others = [
        only(SCHEMA, [seg(0, 9, "advert")], [seg(0, 9, "music")]),
        only(SCHEMA, [seg(0, 9, "advert")], []),
        only(SCHEMA, [seg(0, 9, "advert"), seg(9, 20)], [seg(0, 12, "advert"), seg(12, 20)]),
        only(
            LabelSchema(tiers=(Tier("other", labels=CONTENT.labels),)),
            [seg(0, 9, "advert", tier="other")],
            [seg(0, 9, "speech", tier="other")],
        ),
    ]
    kinds = {dispute_of(one) for one in (label, *others)}
    assert len(kinds) == 5
    assert None not in kinds


def test_an_edge_in_doubt_is_about_the_labels_on_either_side_and_may_lie_half_way() -> None:
    found = only(SCHEMA, [seg(0, 10, "advert"), seg(10, 20)], [seg(0, 14, "advert"), seg(14, 20)])
    dispute = dispute_of(found)
    assert dispute is not None
    assert (found.kind, dispute.pair) == ("boundary", "advert / speech")
    assert dispute.offers == (Choice("advert"), Choice("speech"), HALF_WAY)
    assert side_that_says(found, Choice("advert")) == 1
    assert side_that_says(found, HALF_WAY) is None


def test_a_label_dispute_has_no_middle() -> None:
    dispute = dispute_of(only(SCHEMA, [seg(0, 9, "advert")], [seg(0, 9, "speech")]))
    assert dispute is not None
    assert HALF_WAY not in dispute.offers


def test_there_or_not_there_is_a_choice_between_the_label_and_nothing() -> None:
    found = only(SCHEMA, [seg(0, 9, "advert")], [])
    assert choices_of(found) == (Choice("advert"), Choice(how="nothing here"))
    assert side_that_says(found, Choice(how="nothing here")) == 1


def test_a_cut_one_side_makes_is_there_or_not() -> None:
    found = only(SCHEMA, [seg(0, 5), seg(5, 10)], [seg(0, 10)])
    assert choices_of(found) == (Choice("speech", "cut here"), Choice("speech", "not cut"))


def test_two_that_say_the_same_at_different_lengths_are_the_longer_and_the_shorter() -> None:
    schema = LabelSchema(tiers=(VOICES,))
    found = only(schema, [seg(0, 9, "host", tier="voices")], [seg(0, 6, "host", tier="voices")])
    assert choices_of(found) == (Choice("host", "longer"), Choice("host", "shorter"))
    words = only(
        LabelSchema(span_types=(SpanType("entity", (Label("artist"),)),)),
        [span(0, 9, "artist")],
        [span(0, 7, "artist")],
    )
    assert choices_of(words) == (Choice("artist", "longer"), Choice("artist", "shorter"))


def test_several_stretches_are_said_one_after_the_other() -> None:
    found = only(SCHEMA, [seg(0, 4, "advert"), seg(4, 9, "music")], [seg(0, 9, "speech")])
    assert choices_of(found) == (Choice("advert, then music"), Choice("speech"))


@pytest.mark.parametrize(
    ("value", "choice"),
    [
        (("medical", "drugs"), Choice("medical, drugs")),
        ((), Choice(how="none of these")),
        (None, Choice(how="no answer")),
        ("not sure", Choice("not sure")),
        (4, Choice("4")),
    ],
)
def test_an_answer_is_chosen_by_its_value(value: object, choice: Choice) -> None:
    sides: list[list[Element]] = [
        [answer("policy", ("violence",))],
        [answer("policy", value)] if value is not None else [],
    ]
    found = only(LabelSchema(questions=(MULTI,)), *sides)
    assert choices_of(found) == (Choice("violence"), choice)
    assert side_that_says(found, choice) == 1


def test_of_three_sides_the_first_that_says_it_is_taken() -> None:
    found = only(SCHEMA, [seg(0, 9, "speech")], [seg(0, 9, "advert")], [seg(0, 9, "advert")])
    assert side_that_says(found, Choice("advert")) == 1
    assert side_that_says(found, Choice("music")) is None


def test_texts_that_differ_alone_are_of_no_kind() -> None:
    tier = Tier("words", labels=(Label("line"),), free_text=True)
    sides = [[Segment(f"s{n}", "words", 0, 9_000_000, ("line",), text=text)] for n, text in enumerate(("one", "two"))]
    assert dispute_of(only(LabelSchema(tiers=(tier,)), *sides)) is None


def test_three_lengths_of_one_label_are_of_no_kind() -> None:
    sides = [[seg(0, end, "host", tier="voices")] for end in (9, 7, 5)]
    assert dispute_of(only(LabelSchema(tiers=(VOICES,)), *sides)) is None


def test_a_label_with_the_name_of_nothing_is_not_nothing() -> None:
    question = Question("what", QuestionKind.CHOICE, labels=(Label("no answer"), Label("yes")))
    found = only(LabelSchema(questions=(question,)), [Answer(answer_id("what"), "what", "no answer")], [])
    dispute = dispute_of(found)
    assert dispute is not None
    assert len(dispute.choices) == 2
