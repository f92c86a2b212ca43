"""What is still to be answered of the model's suggestions, and what taking and rejecting do."""

from __future__ import annotations

from annodesk.model.annotations import (
    AnnotationSet,
    Answer,
    Origin,
    OriginKind,
    Segment,
    Suggestion,
    answer_id,
)
from annodesk.model.edits import Draft, delete
from annodesk.model.schema import Label, LabelSchema, Question, QuestionKind, Tier
from annodesk.ui.annotate.suggestions import (
    origin_words,
    pending,
    probability,
    reject,
    suggestion_words,
    take,
    take_all,
)

SCHEMA = LabelSchema(
    tiers=(Tier("content", labels=(Label("speech"), Label("music"))),),
    questions=(Question("policy", QuestionKind.CHOICE, (Label("yes"), Label("no"))),),
)
S = 1_000_000


def by_model(p: float) -> Origin:
    return Origin(OriginKind.MODEL, suggestion=Suggestion(p, "ab" * 32, "embedded", "1", 7))


def suggested(*spans: tuple[int, int, str, float]) -> AnnotationSet:
    segments = [
        Segment(f"s{n}", "content", a * S, b * S, (label,), origin=by_model(p))
        for n, (a, b, label, p) in enumerate(spans)
    ]
    return AnnotationSet("model", elements=segments)


MODEL = suggested((0, 9, "music", 0.99), (9, 20, "speech", 0.97), (20, 27, "music", 0.71))


def own(*elements: Segment | Answer) -> AnnotationSet:
    return AnnotationSet("mine", elements=elements)


def after(annotations: AnnotationSet, draft: Draft) -> AnnotationSet:
    return annotations.with_changes(draft.changes)


def test_all_suggestions_are_pending_on_an_empty_set() -> None:
    assert [s.id for s in pending(MODEL, own(), SCHEMA).segments()] == ["s0", "s1", "s2"]


def test_a_taken_suggestion_keeps_its_source_and_its_price() -> None:
    taken = after(own(), take(MODEL.segment("s1"), own(), SCHEMA)).segments()[0]
    assert (taken.labels, taken.start_us, taken.end_us) == (("speech",), 9 * S, 20 * S)
    assert taken.origin.kind is OriginKind.SUGGESTION
    assert taken.origin.source == "s1"
    assert taken.origin.suggestion is not None
    assert taken.origin.suggestion.probability == 0.97
    assert taken.id != "s1"


def test_a_taken_suggestion_is_not_shown_again_and_comes_back_when_it_is_deleted() -> None:
    mine = after(own(), take(MODEL.segment("s1"), own(), SCHEMA))
    assert pending(MODEL, mine, SCHEMA).find("s1") is None
    without = after(mine, delete(mine, [mine.segments()[0].id]))
    assert pending(MODEL, without, SCHEMA).find("s1") is not None


def test_a_rejected_suggestion_is_an_answer_about_it() -> None:
    mine = after(own(), reject(MODEL.segment("s0"), own()))
    answer = mine.answer("suggestion", "s0")
    assert answer is not None
    assert answer.value == "rejected"
    assert pending(MODEL, mine, SCHEMA).find("s0") is None


def test_what_the_person_has_labelled_already_is_not_suggested() -> None:
    mine = own(Segment("a", "content", 8 * S, 16 * S, ("music",)))
    assert [s.id for s in pending(MODEL, mine, SCHEMA).segments()] == ["s0", "s2"]


def test_a_suggestion_is_cropped_to_the_room_its_tier_has() -> None:
    mine = own(Segment("a", "content", 7 * S, 12 * S, ("music",)))
    taken = after(mine, take(MODEL.segment("s1"), mine, SCHEMA)).segments()[-1]
    assert (taken.start_us, taken.end_us) == (12 * S, 20 * S)


def test_a_suggestion_without_any_room_changes_nothing() -> None:
    mine = own(Segment("a", "content", 0, 30 * S, ("music",)))
    assert not take(MODEL.segment("s1"), mine, SCHEMA)


def test_taking_all_takes_those_at_or_above_the_threshold_as_one_gesture_taken_in_bulk() -> None:
    draft = take_all(pending(MODEL, own(), SCHEMA), own(), SCHEMA, 0.97)
    taken = [change.after for change in draft.changes]
    assert [t.labels for t in taken if isinstance(t, Segment)] == [("music",), ("speech",)]
    assert {t.origin.kind for t in taken if isinstance(t, Segment)} == {OriginKind.BULK}


def test_of_two_suggestions_in_each_others_way_the_surer_is_taken() -> None:
    model = suggested((0, 10, "music", 0.92), (1, 9, "speech", 0.99))
    draft = take_all(pending(model, own(), SCHEMA), own(), SCHEMA, 0.9)
    labels = [c.after.labels for c in draft.changes if isinstance(c.after, Segment)]
    assert ("speech",) in labels
    after(own(), draft)
    lengths = [c.after.end_us - c.after.start_us for c in draft.changes if isinstance(c.after, Segment)]
    assert max(lengths) == 8 * S


def test_an_answer_is_suggested_until_the_person_has_answered() -> None:
    answer = Answer(answer_id("policy"), "policy", "yes", origin=by_model(0.9))
    model = AnnotationSet("model", elements=[answer])
    assert len(pending(model, own(), SCHEMA)) == 1
    mine = after(own(), take(answer, own(), SCHEMA))
    assert mine.answer("policy") is not None
    assert len(pending(model, mine, SCHEMA)) == 0


def test_the_focus_is_on_the_first_suggestion_after_the_playhead() -> None:
    waiting = pending(MODEL, own(), SCHEMA)
    assert waiting.focused(None, 10 * S) == MODEL.segment("s1")
    assert waiting.focused("s2", 10 * S) == MODEL.segment("s2")
    assert waiting.focused(None, 90 * S) == MODEL.segment("s0")


def test_nothing_is_pending_while_the_model_is_hidden() -> None:
    assert len(pending(None, own(), SCHEMA)) == 0


def test_the_table_says_how_a_segment_came_to_be() -> None:
    taken = after(own(), take(MODEL.segment("s1"), own(), SCHEMA)).segments()[0]
    assert origin_words(taken, MODEL) == "taken, 97 %"
    from msgspec.structs import replace

    assert origin_words(replace(taken, end_us=19 * S), MODEL) == "you, moved from suggestion"
    assert origin_words(replace(taken, labels=("music",)), MODEL) == "you, renamed from suggestion"
    assert origin_words(Segment("x", "content", 0, S), MODEL) == "you"


def test_the_next_key_line_says_what_is_suggested_and_for_how_long() -> None:
    assert suggestion_words(MODEL.segment("s1"), 12 * S) == ("model suggests", "speech", "97 % for the next 8.0 s")
    assert suggestion_words(MODEL.segment("s1"), 0) == ("model suggests", "speech", "97 % for 11.0 s")


def test_a_suggestion_tells_how_sure_the_model_is() -> None:
    assert probability(MODEL.segment("s0")) == 0.99


def test_the_table_claims_certainty_only_where_it_is_exact() -> None:
    model = suggested((0, 9, "music", 0.9999))
    taken = after(own(), take(model.segment("s0"), own(), SCHEMA)).segments()[0]
    assert origin_words(taken, model) == "taken, 99 %"


def test_suggestions_between_many_of_ones_own_are_pending_where_half_of_them_is_free() -> None:
    model = suggested(*((n, n + 1, "music", 0.9) for n in range(0, 40, 2)))
    mine = own(
        *(Segment(f"o{n}", "content", n * S + (n % 3) * S // 3, (n + 1) * S, ("speech",)) for n in range(0, 40, 4))
    )
    waiting = [s.start_us // S for s in pending(model, mine, SCHEMA).segments()]
    assert waiting == [n for n in range(0, 40, 2) if n % 4 or n % 3 == 2]
