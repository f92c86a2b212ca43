"""Gestures, Edits, their inverses, and undo."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annodesk.errors import EditError
from annodesk.model import edits
from annodesk.model.annotations import AnnotationSet, Answer, Change, Element, Relation, Segment, Span, answer_id
from annodesk.model.edits import Draft, Edit, UndoState, apply, edit_from_json, undo_state
from tests.model.strategies import ANSWERS, ELEMENTS, SETS


def an_edit(draft: Draft, **values: object) -> Edit:
    return Edit("edit", "set", draft.verb, draft.changes, "device", 1, **values)  # type: ignore[arg-type]


def restored(annotations: AnnotationSet, draft: Draft) -> AnnotationSet:
    """The set after an Edit and its inverse."""
    edit = an_edit(draft)
    return apply(apply(annotations, edit), an_edit(edit.inverse()))


A = Segment("a", "content", 0, 10, ("speech",), text="one", attributes={"x": 1}, parent=None)
B = Segment("b", "content", 10, 20, ("music",), text="two")
C = Segment("c", "content", 30, 40)
CHILD = Segment("child", "topic", 12, 15, parent="b")
ABOUT_B = Answer(answer_id("mood", "b"), "mood", "calm", "b")
LINK = Relation("link", "follows", "a", "b")
NOTE = Answer(answer_id("why", "link"), "why", "near", "link")
SPAN = Span("span", "text", "entity", 0, 5, ("artist",))
FULL = AnnotationSet("set", elements=[A, B, C, CHILD, ABOUT_B, LINK, NOTE, SPAN])

GESTURES = [
    edits.add(Segment("new", "content", 50, 60)),
    edits.delete(FULL, ["b"]),
    edits.delete(FULL, ["a", "b", "a", "span"]),
    edits.set_labels(FULL, ["a", "span"], ["music"]),
    edits.set_text(FULL, "a", "other"),
    edits.move(FULL, ["a", "b"], 5),
    edits.move(FULL, ["b", "c"], -100),
    edits.move_edge(FULL, "a", "start", 3),
    edits.move_edge(FULL, "a", "end", 8),
    edits.move_boundary(FULL, "a", "b", 7),
    edits.split(FULL, "b", 13, new="second"),
    edits.merge(FULL, ["b", "a"]),
    edits.duplicate(FULL, "a", new="copy"),
    edits.set_answer(FULL, "genre", "news"),
    edits.set_answer(FULL, "mood", None, target="b"),
    edits.set_span(FULL, Span("span", "text", "entity", 1, 5)),
    edits.set_span(FULL, Span("span2", "text", "entity", 1, 5)),
    edits.combine("both", edits.set_text(FULL, "a", "x"), edits.set_answer(FULL, "genre", "news")),
]


@pytest.mark.parametrize("draft", GESTURES, ids=lambda d: d.verb)
def test_the_inverse_of_every_gesture_restores_the_set(draft: Draft) -> None:
    assert draft
    assert apply(FULL, an_edit(draft)).digest() != FULL.digest()
    assert restored(FULL, draft).digest() == FULL.digest()


@given(SETS, SETS)
def test_any_edit_and_its_inverse_leave_the_set_as_it_was(before: AnnotationSet, after: AnnotationSet) -> None:
    ids = dict.fromkeys([e.id for e in before] + [e.id for e in after])
    draft = Draft("change", tuple(Change(before.get(i), after.get(i)) for i in ids))
    assert apply(before, an_edit(draft)).digest() == after.digest()
    assert restored(before, draft).digest() == before.digest()


@given(st.lists(ELEMENTS, min_size=1, max_size=3, unique_by=lambda e: e.id), ANSWERS)
def test_every_edit_survives_json(elements: list[Element], answer: Answer) -> None:
    draft = Draft("change", (*(Change(None, e) for e in elements), Change(answer, None)))
    edit = an_edit(
        draft,
        parents=("p1", "p2"),
        undoes="u",
        elapsed_us=5,
        made_at_us=7,
        server_offset_us=-3,
        note={"key": "V"},
        resolves=("r",),
    )
    assert edit_from_json(json.loads(json.dumps(edit.to_json()))) == edit


def test_an_edit_of_an_unknown_format_is_refused() -> None:
    body = an_edit(GESTURES[0]).to_json() | {"format": 99}
    with pytest.raises(EditError, match=r"This Edit has format 99; this version knows format 1\. Update annodesk\."):
        edit_from_json(body)


def test_an_edit_without_its_fields_is_refused() -> None:
    with pytest.raises(EditError, match="cannot be understood"):
        edit_from_json({"format": 1, "id": "e"})


def test_an_edit_of_another_set_is_refused() -> None:
    with pytest.raises(EditError, match="belongs to another set"):
        apply(AnnotationSet("other"), an_edit(GESTURES[0]))


def test_deleting_takes_what_hangs_on_it_along() -> None:
    after = FULL.with_changes(edits.delete(FULL, ["b"]).changes)
    assert {e.id for e in after} == {"a", "c", "span"}


def test_deleting_ends_where_parents_run_in_a_circle() -> None:
    circle = AnnotationSet("set", elements=[Segment("x", "t", 0, 1, parent="y"), Segment("y", "t", 0, 1, parent="x")])
    assert len(circle.with_changes(edits.delete(circle, ["x"]).changes)) == 0


def test_merging_keeps_everything_that_hung_on_the_parts() -> None:
    after = FULL.with_changes(edits.merge(FULL, ["b", "a"]).changes)
    whole = after.segment("a")
    assert (whole.start_us, whole.end_us, whole.labels, whole.text) == (0, 20, ("speech",), "one two")
    assert after.segment("child").parent == "a"
    assert after.answer("mood", "a") is not None
    link = after["link"]
    assert isinstance(link, Relation)
    assert (link.source, link.target) == ("a", "a")
    assert "b" not in after


def test_merging_takes_all_labels_of_the_first_that_has_any() -> None:
    several = AnnotationSet(
        "set",
        elements=[Segment("1", "t", 0, 1), Segment("2", "t", 1, 2, ("x", "y")), Segment("3", "t", 2, 3, ("z",))],
    )
    after = several.with_changes(edits.merge(several, ["1", "2", "3"]).changes)
    assert after.segment("1").labels == ("x", "y")


def test_the_first_keeps_its_own_answer_when_merged() -> None:
    own = Answer(answer_id("mood", "a"), "mood", "loud", "a")
    annotations = AnnotationSet("set", elements=[A, B, ABOUT_B, own])
    after = annotations.with_changes(edits.merge(annotations, ["a", "b"]).changes)
    assert after.answers() == [own]


def test_moving_stops_at_the_start_of_the_item() -> None:
    after = FULL.with_changes(edits.move(FULL, ["b", "c"], -100).changes)
    assert [after.segment(i).start_us for i in "bc"] == [0, 20]


def test_naming_an_element_twice_changes_it_once() -> None:
    assert len(edits.move(FULL, ["a", "a"], 5).changes) == 1
    assert len(edits.set_labels(FULL, ["a", "a"], ["music"]).changes) == 1


@pytest.mark.parametrize(
    "draft",
    [
        edits.move(FULL, [], 5),
        edits.move(FULL, ["a"], -5),
        edits.set_labels(FULL, ["a"], ["speech"]),
        edits.move_edge(FULL, "a", "end", 10),
        edits.set_answer(FULL, "genre", None),
        edits.set_span(FULL, SPAN),
    ],
)
def test_a_gesture_that_changes_nothing_is_no_edit(draft: Draft) -> None:
    assert not draft


@pytest.mark.parametrize(
    ("gesture", "sentence"),
    [
        (lambda: edits.move_edge(FULL, "a", "start", 10), "A segment needs a length"),
        (lambda: edits.move_boundary(FULL, "a", "b", 20), "A segment needs a length"),
        (lambda: edits.split(FULL, "a", 10), "The cut is not inside the segment"),
        (lambda: edits.merge(FULL, ["a", "a"]), "Merging needs two segments"),
        (lambda: edits.merge(FULL, ["a", "child"]), "Only segments of one tier"),
        (lambda: edits.set_text(FULL, "none", ""), "There is no element none"),
        (lambda: edits.split(FULL, "span", 1), "Element span is not a segment"),
        (
            lambda: edits.combine("x", edits.set_text(FULL, "a", "1"), edits.set_text(FULL, "a", "2")),
            "One gesture may not change an element twice",
        ),
    ],
)
def test_a_gesture_that_cannot_be_is_refused_in_one_sentence(gesture, sentence: str) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(EditError, match=sentence):
        gesture()


def test_a_split_keeps_labels_on_both_parts() -> None:
    after = FULL.with_changes(edits.split(FULL, "a", 4, new="second").changes)
    parts = [after.segment("a"), after.segment("second")]
    assert [(s.start_us, s.end_us, s.labels) for s in parts] == [(0, 4, ("speech",)), (4, 10, ("speech",))]


@given(st.lists(st.sampled_from(["edit", "undo", "redo"]), max_size=30))
def test_undo_is_what_two_plain_stacks_would_give(steps: list[str]) -> None:
    journal: list[tuple[str, str | None]] = []
    undo: list[str] = []
    redo: list[str] = []
    for n, step in enumerate(steps):
        new = f"e{n}"
        if step == "edit":
            journal.append((new, None))
            undo.append(new)
            redo.clear()
        elif step == "undo" and undo:
            journal.append((new, undo.pop()))
            redo.append(new)
        elif step == "redo" and redo:
            journal.append((new, redo.pop()))
            undo.append(new)
    assert undo_state(journal) == UndoState(tuple(undo), tuple(redo))
