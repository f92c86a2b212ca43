"""What a set's Edits tell besides what they changed."""

from __future__ import annotations

import pytest

from annodesk.store.traces import Trace, past_of, standing


def trace(edit_id: str, parents: str = "", undoes: str | None = None) -> Trace:
    return Trace(edit_id, tuple(parents.split()), undoes, 5, 1)


@pytest.mark.parametrize(
    ("undone", "stands"),
    [
        ([], "a b"),
        (["b"], "a"),
        (["b", "u0"], "a b"),
        (["b", "u0", "u1"], "a"),
        (["b", "a"], ""),
        (["b", "a", "u1"], "a"),
    ],
)
def test_what_was_taken_back_does_not_stand_until_it_is_done_again(undone: list[str], stands: str) -> None:
    turns = [trace(f"u{n}", undoes=one) for n, one in enumerate(undone)]
    assert [one.id for one in standing([trace("a"), trace("b"), *turns])] == stands.split()


def test_a_thousand_times_undone_and_done_again_is_told_at_once() -> None:
    turns = [trace(f"u{n}", undoes="a" if not n else f"u{n - 1}") for n in range(20_001)]
    assert standing([trace("a"), *turns]) == []


def test_edits_that_undo_each_other_in_a_ring_hold_nobody_up() -> None:
    ring = [trace("a", undoes="b"), trace("b", undoes="c"), trace("c", undoes="a"), trace("d", undoes="d"), trace("e")]
    assert [one.id for one in standing(ring)] == ["e"]


def test_what_a_head_was_made_of_leaves_out_other_branches_and_what_came_later() -> None:
    found = [trace("a"), trace("b", "a"), trace("c", "a"), trace("d", "b c"), trace("e", "d")]
    assert [one.id for one in past_of(found, "b")] == ["a", "b"]
    assert [one.id for one in past_of(found, "d")] == ["a", "b", "c", "d"]
    assert [one.id for one in past_of(found, "b c")] == ["a", "b", "c"]
    assert past_of(found, None) == []
