"""A file's strings in a schema's words."""

from __future__ import annotations

from annodesk.formats import Document, TierInfo, tiers_of, to_labels
from annodesk.model.annotations import Answer, OriginKind, Relation, Segment, Span
from annodesk.model.schema import Label, LabelSchema, Question, SpanType, Tier, TierKind, TierRule

SCHEMA = LabelSchema(
    (
        Tier("content", labels=(Label("speech"), Label("music"))),
        Tier("words", TierKind.POINT, free_text=True, parent="content", rule=TierRule.INCLUDED_IN),
    ),
    (Question("policy", labels=(Label("none"),)),),
    (SpanType("entity"),),
)


def labelled(text: str, labels: tuple[str, ...] = ()) -> tuple[tuple[str, ...], str]:
    document = Document((Segment("a", "Content", 0, 1, labels, text),))
    (segment,) = to_labels(document, SCHEMA).document.segments
    assert segment.tier == "content"
    assert segment.origin.kind is OriginKind.IMPORT
    return segment.labels, segment.text


def test_a_text_that_is_a_label_of_its_tier_becomes_that_label_whatever_its_case() -> None:
    assert labelled("Speech ") == (("speech",), "")
    assert labelled("speech|MUSIC") == (("speech", "music"), "")
    assert labelled("", ("SPEECH", "noise")) == (("speech", "noise"), "")


def test_any_other_text_stays_text() -> None:
    assert labelled("a speech") == ((), "a speech")
    assert labelled("speech|noise") == ((), "speech|noise")
    assert labelled("speech|speech") == ((), "speech|speech")


def test_what_the_schema_has_not_is_left_out_and_reported() -> None:
    document = Document(
        (
            Segment("a", "gestures", 0, 1),
            Segment("b", "words", 0, 0, parent="a"),
            Span("c", "text", "colour", 0, 1),
            Answer("d", "mood", "good"),
            Answer("e", "policy", "none"),
            Answer("f", "content", "checked, none"),
            Relation("g", "next", "a", "b"),
        ),
        (TierInfo("gestures"), TierInfo("words", parent="gestures")),
    )
    result = to_labels(document, SCHEMA, file="x.eaf")
    assert [e.id for e in result.document.elements] == ["b", "e", "f"]
    assert result.document.segments[0].parent is None
    assert result.document.tiers == (TierInfo("words"),)
    known = "the project has: content, words, policy, entity"
    assert [s.reason for s in result.skipped] == [
        f"1 element on the tier 'gestures'; {known}",
        f"1 element of the span type 'colour'; {known}",
        f"1 element that answers the question 'mood'; {known}",
        f"1 element of the relation 'next'; {known}",
    ]
    assert {s.file for s in result.skipped} == {"x.eaf"}


def test_a_tier_without_a_name_goes_to_the_only_tier_or_to_the_one_chosen() -> None:
    document = Document((Segment("a", "", 0, 1, text="music"),))
    assert to_labels(document, SCHEMA).document.segments == []
    assert to_labels(document, SCHEMA, tier="content").document.segments[0].labels == ("music",)
    alone = LabelSchema(SCHEMA.tiers[:1])
    assert to_labels(document, alone).document.segments[0].tier == "content"


def test_a_schemas_tiers_are_a_files_tiers() -> None:
    assert tiers_of(SCHEMA) == (
        TierInfo("content"),
        TierInfo("words", TierKind.POINT, "content", TierRule.INCLUDED_IN),
    )
