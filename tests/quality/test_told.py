"""Where a ruling differs from one person's work, and what they hear when it is ruled a second time."""

from __future__ import annotations

from annodesk.model.annotations import AnnotationSet, Answer, Segment, Span, answer_id
from annodesk.model.ids import new_id
from annodesk.model.schema import Label, LabelSchema, Question, SpanType, Tier
from annodesk.quality.disagreements import find_disagreements
from annodesk.quality.told import (
    CHANGED,
    MOST_TOLD,
    NO_ANSWER,
    STAYS,
    YOURS,
    Earlier,
    Otherwise,
    Place,
    place_of,
    ruled_otherwise,
    told_again,
)

S = 1_000_000
SCHEMA = LabelSchema(
    tiers=(Tier("content", labels=(Label("speech"), Label("music"), Label("advert"))),),
    questions=(Question("policy", labels=(Label("none"), Label("violence"))),),
    span_types=(SpanType("entity", labels=(Label("artist"), Label("track"))),),
)


def made(
    *pieces: tuple[float, float, str], policy: str = "none", spans: tuple[tuple[int, int], ...] = ()
) -> AnnotationSet:
    drawn = [Segment(new_id(), "content", round(a * S), round(b * S), (label,)) for a, b, label in pieces]
    marks = [Span(new_id(), "text", "entity", a, b, ("artist",)) for a, b in spans]
    return AnnotationSet(new_id(), elements=[*drawn, *marks, Answer(answer_id("policy"), "policy", policy)])


def test_a_person_is_told_where_the_ruling_says_otherwise_and_nowhere_else() -> None:
    own = made((0, 10, "speech"), (10, 20, "music"), (20, 30, "speech"))
    ruling = made((0, 10, "speech"), (10, 20, "advert"), (20, 30, "speech"), policy="violence")
    found = ruled_otherwise(SCHEMA, own, ruling)
    assert [(one.place.part, one.place.start_us, one.place.end_us) for one in found] == [
        ("content", 10 * S, 20 * S),
        ("policy", None, None),
    ]
    assert found[0].said == {"stretches": [{"start": 10 * S, "end": 20 * S, "labels": ["music"]}]}
    assert found[0].ruled["stretches"][0]["labels"] == ["advert"]
    assert (found[1].said, found[1].ruled) == ({"value": "none"}, {"value": "violence"})


def test_what_one_left_out_and_what_was_ruled_away_are_told_of() -> None:
    own, ruling = made(spans=((4, 9),)), made((3, 5, "music"))
    segment, span = ruled_otherwise(SCHEMA, own, ruling)
    assert (segment.said, segment.ruled["stretches"][0]["labels"]) == ({}, ["music"])
    assert (span.place.asset, span.place.start, span.place.end, span.ruled) == ("text", 4, 9, {})


def test_nobody_is_told_who_said_the_same() -> None:
    own = made((0, 10, "speech"))
    assert ruled_otherwise(SCHEMA, own, made((0, 10, "speech"))) == []
    assert ruled_otherwise(SCHEMA, AnnotationSet("a"), AnnotationSet("b")) == []


def test_words_go_to_the_place_they_were_written_at_and_else_those_for_all() -> None:
    one = made((0, 10, "speech"), (10, 15, "speech"), (15, 20, "music"))
    two = made((0, 10, "music"), (10, 15, "speech"), (15, 20, "advert"))
    disputed = find_disagreements(SCHEMA, [one, two])
    words = {disputed[0].key: "Talk over music is speech."}
    found = ruled_otherwise(SCHEMA, two, one, disputed, words=words, for_all="Mind clause 3.")
    assert [one.words for one in found] == ["Talk over music is speech.", "Mind clause 3."]


def test_where_no_single_answer_was_ruled_nobody_was_wrong() -> None:
    one, two = made((0, 10, "speech")), made((0, 10, "music"))
    disputed = find_disagreements(SCHEMA, [one, two])
    assert ruled_otherwise(SCHEMA, two, one, disputed, left_out=[place_of(disputed[0])]) == []


def test_of_hundreds_of_places_the_gravest_are_told_in_order() -> None:
    own = made(*((n, n + 1, "speech") for n in range(200)))
    ruling = made(*((n, n + 1, "music" if n % 2 else "speech") for n in range(200)))
    found = ruled_otherwise(SCHEMA, own, ruling)
    assert len(found) == MOST_TOLD
    assert [one.place.start_us for one in found] == sorted(one.place.start_us or 0 for one in found)


HERE = Place("content", "label", 10 * S, 20 * S)
SAID, FIRST = {"stretches": [{"labels": ["music"]}]}, {"stretches": [{"labels": ["advert"]}]}


def test_who_disputed_hears_what_came_of_it_and_others_only_what_changed() -> None:
    asked, other = Earlier(HERE, SAID, FIRST, True), Earlier(HERE, SAID, FIRST, False)
    same = [Otherwise(HERE, SAID, FIRST)]
    assert [one.outcome for one in told_again([asked], same)] == [STAYS]
    assert told_again([other], same) == []
    third = [Otherwise(HERE, SAID, {"stretches": [{"labels": ["speech"]}]})]
    assert [one.outcome for one in told_again([other], third)] == [CHANGED]
    for before in (asked, other):
        (now,) = told_again([before], [])
        assert (now.outcome, now.ruled) == (YOURS, SAID)
    assert told_again([Earlier(HERE, SAID, SAID, is_theirs=True)], []) == [], "and that once"


def test_where_no_single_answer_is_ruled_in_the_end_those_who_were_told_hear_so() -> None:
    before = Earlier(HERE, SAID, FIRST, True)
    for how in ({"left_out": [HERE]}, {"is_left_out_whole": True}):
        assert [one.outcome for one in told_again([before], [], **how)] == [NO_ANSWER]  # type: ignore[arg-type]
    assert told_again([], [], is_left_out_whole=True) == []


def test_where_rulings_labels_are_not_shown_only_who_asked_hears_that_it_stays() -> None:
    hidden = [Otherwise(HERE, SAID, FIRST)]
    assert [one.outcome for one in told_again([Earlier(HERE, SAID, None, True)], hidden)] == [STAYS]
    assert told_again([Earlier(HERE, SAID, None, False)], hidden) == []


def test_a_second_ruling_that_opens_a_new_difference_tells_of_it() -> None:
    elsewhere = Otherwise(Place("content", "label", 30 * S, 40 * S), SAID, FIRST)
    assert told_again([Earlier(HERE, SAID, FIRST, False)], [Otherwise(HERE, SAID, FIRST), elsewhere]) == [elsewhere]


def test_places_meet_where_they_share_time_text_or_question() -> None:
    assert HERE.meets(Place("content", "boundary", 19 * S, 25 * S))
    assert not HERE.meets(Place("content", "label", 20 * S, 25 * S))
    assert HERE.meets(Place("content", "boundary", 20 * S, 20 * S)), "an edge belongs to what it bounds"
    assert not HERE.meets(Place("events", "label", 10 * S, 20 * S))
    assert Place("policy", "answer").meets(Place("policy", "answer"))
    assert not Place("entity", "span", asset="a", start=1, end=4).meets(
        Place("entity", "span", asset="b", start=1, end=4)
    )
