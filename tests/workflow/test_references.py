"""When it is the reference that is looked at, and not those who missed it."""

from __future__ import annotations

import pytest

from annodesk.model.work import Reason
from annodesk.workflow.escalation import Escalate, ItemFacts, ReferenceMiss, Thresholds, decide
from annodesk.workflow.references import is_in_doubt


@pytest.mark.parametrize(
    ("missed", "answered", "expected"),
    [(0, 0, False), (1, 1, False), (2, 4, False), (2, 5, True), (2, 6, False), (3, 3, True), (3, 100, True)],
)
def test_three_people_or_two_fifths_of_five_put_it_in_doubt(missed: int, answered: int, expected: bool) -> None:
    assert is_in_doubt(missed, answered) is expected


def decided(*values: float) -> Escalate:
    said = tuple(ReferenceMiss(f"p{n}", "content", None, value) for n, value in enumerate(values))
    found = decide(ItemFacts("item", 1, 0, references=said), Thresholds(0.7), seed="s", audit_share=0)
    assert isinstance(found, Escalate)
    return found


def test_two_who_miss_it_are_told_each_and_not_named() -> None:
    found = decided(0.1, 0.2, 0.9, 0.9).escalations
    assert [(one.reason, one.value, one.evidence) for one in found] == [
        (Reason.REFERENCE_MISS, 0.1, {"part": "content"}),
        (Reason.REFERENCE_MISS, 0.2, {"part": "content"}),
    ]


def test_a_third_sends_the_item_to_review_and_names_nobody() -> None:
    (one,) = decided(0.1, 0.2, 0.3, 0.9, 0.9, 0.9, 0.9, 0.9, 0.9).escalations
    assert one.reason is Reason.REFERENCE_MISS
    assert one.evidence == {
        "why": "3 of 9 people missed it, so its answer itself is in doubt",
        "missed": 3,
        "answered": 9,
        "parts": {"content": 3},
    }
    assert one.value is None
