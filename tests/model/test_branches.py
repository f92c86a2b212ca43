"""Edits of one author from two machines: what folds together, what becomes alternatives, what is late or refused."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from annodesk.model import edits
from annodesk.model.annotations import BY_PERSON, AnnotationSet, Change, Segment
from annodesk.model.branches import Branches, Outcome, fold
from annodesk.model.edits import Draft, Edit, any_edit_from_json, head_of, heads_of
from annodesk.model.history import in_order, up_to
from tests.model.machines import SCHEMA, SET

EMPTY = AnnotationSet(SET)


def seg(element_id: str, start: int, end: int, tier: str = "content", label: str = "speech", **more: object) -> Segment:
    return Segment(element_id, tier, start, end, (label,), origin=BY_PERSON, **more)  # type: ignore[arg-type]


class Hand:
    """One machine: each call makes an Edit on what it has folded so far."""

    def __init__(self, device: str, known: Branches | None = None) -> None:
        self.device, self.number = device, 0
        self.branches = fold(SCHEMA, EMPTY, known.edits() if known is not None else ())

    @property
    def now(self) -> AnnotationSet:
        return self.branches.annotations

    def does(self, draft: Draft, **more: object) -> Edit:
        self.number += 1
        name = f"{self.device}{self.number}"
        edit = Edit(name, SET, draft.verb, draft.changes, self.device, self.number, self.branches.heads, **more)  # type: ignore[arg-type]
        self.branches.add(edit)
        return edit

    def meets(self, *others: Hand) -> None:
        """Learn all that the others know."""
        for other in others:
            self.branches.extend(other.branches.edits())


@pytest.fixture
def base() -> Hand:
    hand = Hand("0")
    hand.does(edits.add(seg("one", 0, 10), seg("two", 20, 30)))
    return hand


def two(base: Hand) -> tuple[Hand, Hand]:
    return Hand("a", base.branches), Hand("b", base.branches)


def test_edits_on_different_elements_fold_together(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_labels(a.now, ["one"], ["music"]))
    b.does(edits.set_labels(b.now, ["two"], ["advert"]))
    a.meets(b)
    b.meets(a)
    assert a.now.digest() == b.now.digest()
    assert [s.label for s in a.now.segments()] == ["music", "advert"]
    assert a.branches.heads == b.branches.heads == ("a1", "b1")
    assert not a.branches.unfinished
    assert a.does(edits.set_text(a.now, "one", "x")).parents == ("a1", "b1")
    assert a.branches.heads == ("a2",)


def test_edits_on_one_element_become_alternatives_and_the_set_shows_what_was_before(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_labels(a.now, ["one"], ["music"]))
    b.does(edits.set_labels(b.now, ["one"], ["advert"]))
    a.does(edits.set_text(a.now, "one", "on top"))
    a.does(edits.set_text(a.now, "two", "apart"))
    a.meets(b)
    b.meets(a)
    assert a.branches.alternatives() == b.branches.alternatives()
    (group,) = a.branches.alternatives()
    assert [[e.id for e in side.edits] for side in group.sides] == [["a1", "a2"], ["b1"]]
    assert [side.changes[0].after for side in group.sides] == [
        seg("one", 0, 10, label="music", text="on top"),
        seg("one", 0, 10, label="advert"),
    ]
    assert a.now.segment("one").label == "speech"
    assert a.now.segment("two").text == "apart"
    assert a.branches.unfinished == "Two computers changed the same thing; choose between them first."


def test_an_edit_that_names_both_as_parents_decides(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_labels(a.now, ["one"], ["music"]))
    b.does(edits.delete(b.now, ["one"]))
    a.meets(b)
    (group,) = a.branches.alternatives()
    edit = a.does(group.sides[1].draft, resolves=group.edit_ids)
    assert edit.parents == ("a1", "b1")
    assert "one" not in a.now
    assert not a.branches.unfinished
    assert a.branches.outcomes["a1"] is a.branches.outcomes["b1"] is Outcome.DECIDED
    b.meets(a)
    assert b.now.digest() == a.now.digest()
    a.does(edits.add(seg("one", 0, 5)))
    assert a.now.segment("one").end_us == 5, "what is decided does not come back"


def test_what_was_built_on_a_decided_side_elsewhere_is_asked_about_again(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_labels(a.now, ["one"], ["music"]))
    b.does(edits.set_labels(b.now, ["one"], ["advert"]))
    far = Hand("c", a.branches)
    far.does(edits.set_text(far.now, "one", "more"))
    a.meets(b)
    (group,) = a.branches.alternatives()
    a.does(group.sides[1].draft, resolves=group.edit_ids)
    a.meets(far)
    (again,) = a.branches.alternatives()
    assert [[e.id for e in side.edits] for side in again.sides] == [["a2"], ["c1"]]
    assert a.now.segment("one").label == "speech"


def test_two_decisions_touch(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_labels(a.now, ["one"], ["music"]))
    b.does(edits.set_labels(b.now, ["one"], ["advert"]))
    a.meets(b)
    b.meets(a)
    for hand, side in ((a, 0), (b, 1)):
        (group,) = hand.branches.alternatives()
        hand.does(group.sides[side].draft, resolves=group.edit_ids)
    a.meets(b)
    (again,) = a.branches.alternatives()
    assert [[e.id for e in side.edits] for side in again.sides] == [["a2"], ["b2"]]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (edits.add(seg("x", 10, 16)), edits.add(seg("y", 14, 20))),
        (Draft("move", (Change(seg("one", 0, 10), seg("one", 8, 18)),)), edits.add(seg("y", 12, 20))),
        (
            edits.delete(EMPTY.with_elements([seg("one", 0, 10)]), ["one"]),
            edits.add(seg("w", 2, 4, "words", parent="one")),
        ),
        (
            Draft("move edge", (Change(seg("one", 0, 10), seg("one", 0, 3)),)),
            edits.add(seg("w", 2, 4, "words", parent="one")),
        ),
        (
            edits.add(seg("n", 0, 10, "notes", parent="one")),
            edits.add(seg("m", 0, 10, "notes", parent="one")),
        ),
    ],
)
def test_edits_that_break_a_rule_together_touch(base: Hand, mine: Draft, theirs: Draft) -> None:
    a, b = two(base)
    a.does(mine)
    b.does(theirs)
    a.meets(b)
    b.meets(a)
    assert [len(group.sides) for group in a.branches.alternatives()] == [2]
    assert a.now.digest() == b.now.digest() == base.now.digest()


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (edits.add(seg("x", 10, 15)), edits.add(seg("y", 15, 20))),
        (edits.add(seg("x", 0, 20, "voices")), edits.add(seg("y", 0, 20, "voices"))),
        (edits.set_labels(EMPTY.with_elements([seg("one", 0, 10)]), ["one"], ["music"]),
         edits.add(seg("w", 2, 4, "words", parent="one"))),
        (edits.set_answer(EMPTY, "genre", "music"), edits.set_answer(EMPTY, "genre", "music", target="one")),
    ],
)  # fmt: skip
def test_edits_that_stand_together_do_not_touch(base: Hand, mine: Draft, theirs: Draft) -> None:
    a, b = two(base)
    a.does(mine)
    b.does(theirs)
    a.meets(b)
    assert a.branches.alternatives() == ()


def test_what_took_the_place_of_something_set_aside_is_set_aside_with_it(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.delete(a.now, ["one"]))
    a.does(edits.add(seg("new", 2, 8)))
    b.does(edits.set_text(b.now, "one", "kept"))
    a.meets(b)
    (group,) = a.branches.alternatives()
    assert [[e.id for e in side.edits] for side in group.sides] == [["a1", "a2"], ["b1"]]
    assert [s.id for s in a.now.segments()] == ["one", "two"]


def test_a_branch_that_comes_after_submit_is_late_work(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_labels(a.now, ["one"], ["music"]))
    b.does(edits.set_labels(b.now, ["one"], ["advert"]))
    head = a.now.head
    a.does(edits.set_text(a.now, "two", "after recall"), handed_in=1)
    b.does(edits.set_text(b.now, "two", "unaware"))
    a.meets(b)
    some = a.branches.edits()
    branches = fold(SCHEMA, EMPTY, some, submitted=[head or ""])
    assert branches.outcomes["b1"] is branches.outcomes["b2"] is Outcome.LATE
    assert (
        branches.annotations.digest() == fold(SCHEMA, EMPTY, [e for e in some if e.device != "b"]).annotations.digest()
    )
    assert branches.heads == ("a2",)
    assert not branches.unfinished


def test_an_edit_of_a_later_version_is_kept_and_locks_the_set(base: Hand) -> None:
    later = any_edit_from_json(
        {"id": "z", "set": SET, "device": "z", "device_seq": 1, "parents": ["01"], "format": 9, "new": {"deep": 1}}
    )
    base.branches.add(later)
    assert base.branches.locked == "A later version of annodesk has worked on this set. Update annodesk."
    assert base.branches.outcomes["z"] is Outcome.SEALED
    assert [s.id for s in base.now.segments()] == ["one", "two"]
    on_top = Edit("y", SET, "x", (), "z", 2, ("z",))
    base.branches.add(on_top)
    assert base.branches.outcomes["y"] is Outcome.SEALED
    assert base.branches.heads == ("01",)


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        ({"changes": (Change(seg("one", 0, 11), None),)}, "element one is not as it expects it"),
        ({"changes": (Change(seg("none", 0, 11), None),)}, "element none is not as it expects it"),
        ({"changes": (Change(None, seg("n", 0, 1)), Change(None, seg("n", 0, 1)))}, "contradicts itself"),
        ({"set_id": "other"}, "belongs to another set"),
    ],
)
def test_an_edit_that_does_not_apply_quarantines_the_set(base: Hand, wrong: dict[str, object], sentence: str) -> None:
    edit = replace(Edit("bad", SET, "add", (), "z", 1, base.branches.heads), **wrong)  # type: ignore[arg-type]
    before = base.now.digest()
    base.branches.add(edit)
    assert base.branches.outcomes["bad"] is Outcome.REFUSED
    assert sentence in base.branches.unfinished
    assert base.now.digest() == before


def test_an_edit_whose_parents_are_not_here_waits_for_them(base: Hand) -> None:
    a, b = two(base)
    first = a.does(edits.set_text(a.now, "one", "1"))
    second = a.does(edits.set_text(a.now, "one", "2"))
    b.branches.add(second)
    assert b.branches.waits_for == {first.id}
    assert b.branches.unfinished == "Some of this work is still on its way from another computer."
    assert b.now.segment("one").text == ""
    b.branches.add(first)
    assert not b.branches.waits_for
    assert b.now.digest() == a.now.digest()


def test_a_snapshot_is_gone_on_with_and_says_when_it_needs_what_was_before(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_text(a.now, "one", "1"))
    late = b.does(edits.set_text(b.now, "two", "far back"))
    snapshot = a.now
    after = a.does(edits.set_text(a.now, "two", "2"))
    onto = fold(SCHEMA, snapshot, [after])
    assert (onto.annotations.digest(), onto.annotations.head) == (a.now.digest(), a.now.head)
    onto.add(late)
    assert onto.waits_for
    assert onto.outcomes["b1"] is Outcome.WAITING


def test_undo_keeps_the_steps_that_a_pull_did_not_touch(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_text(a.now, "one", "1"))
    a.does(edits.set_text(a.now, "two", "2"))
    b.does(edits.add(seg("x", 10, 20)))
    a.meets(b)
    a.does(edits.set_text(a.now, "x", "mine now"))
    assert a.branches.steps(()) == [("01", None), ("a1", None), ("a2", None), ("b1", None), ("a3", None)]
    assert a.branches.steps({"b1"}) == [("01", None), ("a1", None), ("a2", None), ("a3", None)]
    b.does(edits.set_text(b.now, "two", "theirs"))
    a.meets(b)
    assert a.branches.steps({"b1", "b2"}) == [("a1", None), ("a3", None)]


def test_edits_stand_after_their_parents_and_then_by_device(base: Hand) -> None:
    a, b = two(base)
    a.does(edits.set_text(a.now, "one", "1"))
    b.does(edits.set_text(b.now, "two", "2"))
    b.does(edits.set_text(b.now, "two", "3"))
    a.meets(b)
    a.does(edits.set_text(a.now, "two", "4"))
    some = a.branches.edits()
    assert [e.id for e in in_order(reversed(some))] == ["01", "a1", "b1", "b2", "a2"]
    assert [e.id for e in up_to(some, "b2")] == ["01", "b1", "b2"]
    assert up_to(some, None) == []


def test_a_head_names_every_branch() -> None:
    assert heads_of(head_of(["b", "a"])) == ("a", "b")
    assert (head_of([]), heads_of(None)) == (None, ())
