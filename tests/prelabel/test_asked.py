"""Each part of a schema is asked about in its own form, and what belongs to people is left to them."""

from __future__ import annotations

from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, SpanType, Tier, TierKind, TierRule
from annodesk.prelabel.asked import NONE_OF_THESE, Asked, Form, Purpose, asked_of


def labels(*names: str) -> tuple[Label, ...]:
    return tuple(Label(name) for name in names)


def only(**parts: tuple[object, ...]) -> Asked | None:
    found = list(asked_of(LabelSchema(**parts)))  # type: ignore[arg-type]
    assert len(found) <= 1
    return found[0] if found else None


def test_a_tier_a_choice_and_a_rating_are_one_label_of_a_list() -> None:
    schema = LabelSchema(
        tiers=(Tier("content", labels=labels("speech", "music")),),
        questions=(
            Question("format", labels=labels("news", "talk")),
            Question("quality", QuestionKind.RATING, scale=(0, 3)),
        ),
    )
    assert [(one.part, one.form, one.offered) for one in asked_of(schema)] == [
        ("content", Form.ONE, ("speech", "music")),
        ("format", Form.ONE, ("news", "talk")),
        ("quality", Form.ONE, ("0", "1", "2", "3")),
    ]


def test_where_several_labels_may_stand_each_is_asked_about() -> None:
    tier = only(tiers=(Tier("sounds", labels=labels("dog", "rain"), many_labels=True),))
    question = only(questions=(Question("policy", QuestionKind.MULTI_LABEL, labels("violence", "medical")),))
    assert tier is not None
    assert question is not None
    assert (tier.form, question.form) == (Form.EACH, Form.EACH)
    assert question.purpose(of_text=True) is Purpose.EACH


def test_moments_and_a_single_label_may_turn_out_to_be_nothing() -> None:
    moments = only(tiers=(Tier("events", TierKind.POINT, labels=labels("laugh", "jingle")),))
    single = only(tiers=(Tier("adverts", labels=labels("advert")),))
    assert moments is not None
    assert single is not None
    assert moments.offered == ("laugh", "jingle", NONE_OF_THESE)
    assert single.offered == ("advert", NONE_OF_THESE)


def test_a_label_called_none_of_these_stays_a_label_of_its_own() -> None:
    asked = only(tiers=(Tier("events", TierKind.POINT, labels=labels("laugh", NONE_OF_THESE)),))
    assert asked is not None
    assert len(set(asked.offered)) == 3


def test_what_people_write_join_or_draw_under_others_is_not_asked() -> None:
    schema = LabelSchema(
        tiers=(
            Tier("words", free_text=True),
            Tier("turns", labels=labels("a", "b"), parent="words", rule=TierRule.INCLUDED_IN),
        ),
        questions=(Question("remarks", QuestionKind.TEXT),),
        span_types=(SpanType("unnamed"),),
    )
    assert list(asked_of(schema)) == []


def test_a_label_is_asked_about_with_what_the_project_says_of_it() -> None:
    asked = only(tiers=(Tier("content", labels=(Label("speech", description="Somebody talks."), Label("music"))),))
    assert asked is not None
    assert asked.described == {"speech": "Somebody talks."}
