"""What the review workspace says, and how it goes through the places of an item."""

from __future__ import annotations

import pytest

from annodesk.model.annotations import AnnotationSet, Answer, Segment, answer_id
from annodesk.model.edits import add, set_answer
from annodesk.model.schema import Label, LabelSchema, Question, Tier
from annodesk.model.times import Interval
from annodesk.quality.disagreements import find_disagreements
from annodesk.ui.review.cards import side_lines
from annodesk.ui.review.places import Places, to_hear, touches, where_ruled, with_context
from annodesk.ui.review.wording import age_text, missing_text, reason_line, said_html, short_time, side_phrase

S = 1_000_000
LABELS = tuple(Label(name) for name in ("speech", "music", "advert"))
SCHEMA = LabelSchema(
    tiers=(Tier("content", labels=LABELS),), questions=(Question("policy", labels=(Label("violence"), Label("none"))),)
)


def side(*pieces: tuple[float, float, str], policy: str = "none") -> AnnotationSet:
    """One person's set; times in seconds."""
    segments = [
        Segment(f"{start}", "content", round(start * S), round(end * S), (label,)) for start, end, label in pieces
    ]
    return AnnotationSet("s", elements=[*segments, Answer(answer_id("policy"), "policy", policy)])


A = side((0, 273, "speech"), (273, 300, "advert"))
B = side((0, 279.8, "speech"), (279.8, 300, "advert"), policy="violence")
PLACES = find_disagreements(SCHEMA, [A, B])
BOUNDS = Interval(0, 300 * S)


def words(number: int) -> list[str]:
    sets = [A, B]
    return ["".join(w for w, _ in side_phrase(PLACES[number], s, sets[s.set_index])) for s in PLACES[number].answers]


def test_each_side_is_quoted_with_the_edge_that_lies_in_the_place():
    assert words(0) == ["says advert from 04:33.0", "says speech until 04:39.8"]


def test_answers_to_a_question_are_quoted_whole():
    assert words(1) == ["answers none", "answers violence"]


def test_a_side_that_has_nothing_there_says_so():
    one, other = side((0, 10, "speech"), (20, 30, "music")), side((0, 10, "speech"))
    (place,) = find_disagreements(SCHEMA, [one, other])
    assert side_phrase(place, place.answers[1], other)[1] == ("nothing here", "")
    assert side_lines(SCHEMA, place, other)[0].words == "nothing here"


def test_words_of_others_are_never_read_as_markup():
    loud = Tier("content", labels=LABELS, free_text=True)
    schema = LabelSchema(tiers=(loud,))
    one = AnnotationSet("a", elements=[Segment("1", "content", 0, 9 * S, ("speech",), text="<b>x</b><img src='y'>")])
    other = AnnotationSet("b", elements=[Segment("1", "content", 0, 9 * S, ("music",))])
    (place,) = find_disagreements(schema, [one, other])
    shown = said_html(place, [("A", one), ("B", other)], [("music", "#ff0000")])
    assert "<img" not in shown
    assert "&lt;img" in shown
    assert '<b style="color:#ff0000">music</b>' in shown


@pytest.mark.parametrize(
    ("age_us", "text"),
    [(0, "now"), (720 * S, "12 min"), (3 * 3600 * S, "3 h"), (181_440 * S, "2.1 d"), (20 * 86_400 * S, "20 d")],
)
def test_the_age_of_a_card_is_short(age_us: int, text: str):
    assert age_text(age_us) == text


def test_times_are_short_and_rounded_to_tenths():
    assert [short_time(t) for t in (0, 279_800_000, 59_960_000, 3_600 * S)] == [
        "00:00.0",
        "04:39.8",
        "01:00.0",
        "1:00:00.0",
    ]


def test_a_card_names_the_culprit_and_its_value_or_else_the_reason():
    assert reason_line("low agreement", "content", 0.52) == "content · 0.52"
    assert reason_line("audit", "", None) == "audit"
    assert reason_line("model against humans", "policy", 0.1) == "policy · model against humans · 0.10"


def test_what_is_still_open_is_counted_and_the_first_is_named():
    assert missing_text(PLACES) == "2 still to rule, first content 04:33.0 – 04:39.8"
    assert missing_text(PLACES[1:]) == "still to rule: policy"
    assert missing_text(()) == ""


def test_going_through_places_wraps_and_finds_the_next_open_one():
    places = Places(PLACES)
    assert [places.at, places.step(1).at, places.step(2).at, places.step(-1).at] == [0, 1, 0, 1]
    ruled = places.with_ruled({PLACES[0].key})
    assert ruled.next_open().at == 1
    assert ruled.with_ruled({d.key for d in PLACES}).next_open().open_ones == ()


def test_undoing_a_ruling_elsewhere_goes_back_to_that_place():
    places = Places(PLACES, frozenset({PLACES[0].key}), at=1)
    assert places.with_ruled(frozenset()).at == 0


def test_a_place_is_shown_and_heard_with_a_second_on_either_side():
    assert with_context(PLACES[0], BOUNDS) == Interval(round(271.3 * S), round(281.5 * S)), "a quarter of a long one"
    assert to_hear(PLACES[0], BOUNDS) == Interval(round(272 * S), round(280.8 * S))
    assert with_context(PLACES[1], BOUNDS) is None


def test_the_model_is_seen_only_inside_places_that_are_ruled():
    model = side((0, 275, "speech"), (275, 300, "music"), policy="violence")
    assert list(where_ruled(model, Places(PLACES))) == []
    seen = where_ruled(model, Places(PLACES, frozenset({PLACES[0].key})))
    assert [(s.label, s.start_us, s.end_us) for s in seen.segments()] == [
        ("speech", 273 * S, 275 * S),
        ("music", 275 * S, round(279.8 * S)),
    ]
    assert seen.answer("policy") is None


def test_a_gesture_belongs_to_a_place_when_it_changes_something_there():
    inside = add(Segment("n", "content", 274 * S, 276 * S, ("music",)))
    outside = add(Segment("n", "content", 10 * S, 20 * S, ("music",)))
    assert touches(inside, PLACES[0])
    assert not touches(outside, PLACES[0])
    assert not touches(set_answer(A, "policy", "violence"), PLACES[0])
