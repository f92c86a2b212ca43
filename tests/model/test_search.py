"""What a search finds among segments."""

from __future__ import annotations

import pytest

from annodesk.model.annotations import AnnotationSet, Origin, OriginKind, Segment, Suggestion
from annodesk.model.search import Found, SearchError, parse_search
from annodesk.model.work import Comment

SURE = Origin(OriginKind.SUGGESTION, suggestion=Suggestion(0.62, "0" * 64, "m", "1", 0))
ALL = AnnotationSet("set").with_elements(
    (
        Segment("a", "content", 0, 1_000_000, ("speech",), "Der Bär schläft"),
        Segment("b", "content", 1_000_000, 4_000_000, ("music",), origin=SURE),
        Segment("c", "content", 4_000_000, 4_400_000),
        Segment("d", "speaker", 500_000, 2_500_000, ("Anna",), attributes={"mood": "calm"}),
        Segment("e", "beats", 4_100_000, 4_100_000, ("hit",)),
    )
)
COMMENTS = (
    Comment("1", "set", "x", "is this an advert?", time_us=1_500_000),
    Comment("2", "set", "x", "check the door", element_id="c"),
    Comment("3", "set", "x", "on the beat", time_us=4_100_000),
    Comment("4", "set", "x", "all of it"),
)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("", "adbce"),
        ("speech", "a"),
        ("SPEECH", "a"),
        ("bar", "a"),
        ("label:m", "b"),
        ('text:"bar schlaft"', "a"),
        ("tier:content", "abc"),
        ("calm", "d"),
        ("comment:advert", "db"),
        ("comment:door", "c"),
        ("comment:beat", "ce"),
        ("door", "c"),
        ("has:comment tier:content", "bc"),
        ("no:label", "c"),
        ("has:text", "a"),
        (">2s", "b"),
        (">=2s", "db"),
        ("<500ms", "ce"),
        ("=0,4", "c"),
        (">0.04min", "b"),
        ("p<0.8", "b"),
        ("p>80%", ""),
        ("has:suggestion", "b"),
        ("tier:content -speech", "bc"),
        ("-no:label <2s", "ae"),
        ("nothing of the kind", ""),
    ],
)
def test_a_search_finds_what_passes_all_its_terms(text: str, ids: str) -> None:
    found = parse_search(text).find(ALL, ["content", "speaker", "beats"], COMMENTS)
    assert "".join(s.id for s in found) == "".join(sorted(ids, key="adbce".index))


@pytest.mark.parametrize("text", [">x", "p<", "has:wings", "no:", "<"])
def test_a_term_that_makes_no_sense_is_named(text: str) -> None:
    with pytest.raises(SearchError) as refused:
        parse_search(text)
    assert text in refused.value.sentence
    assert refused.value.hint


def test_an_open_quotation_mark_and_a_lone_minus_are_words_like_others() -> None:
    assert [s.id for s in parse_search('"Der B').find(ALL, ["content"])] == ["a"]
    assert parse_search("-").find(ALL, ["content"]) == []


def test_attributes_are_found_by_their_name() -> None:
    segment = Segment("s", "word", 0, 1, ("a",), attributes={"Speaker": "Ann", "pitch": 440.5})

    def finds(words: str) -> bool:
        return parse_search(words).matches(Found(segment))

    assert finds("speaker:an")
    assert finds("pitch>440 pitch<=440,5")
    assert finds("-role:")
    assert not finds("speaker:ben")
    assert not finds("pitch>441")
    assert not finds("speaker>1")
    assert parse_search("10:30").matches(Found(Segment("t", "word", 0, 1, text="at 10:30 sharp")))
