"""When an item stands without a person, and when people get it all the same."""

from __future__ import annotations

import pytest

from annodesk.workflow.machine import Verdict, judge_alone, machine_audit_share


def judged(*labels: tuple[str, float], share: float = 0.0, item: str = "i") -> Verdict:
    return judge_alone(labels, above=0.9, may={"speech", "music"}, audit_share=share, seed="p", item_id=item)


def test_everything_must_be_sure_enough_and_allowed() -> None:
    assert judged(("speech", 0.95), ("music", 0.9)) is Verdict.STANDS
    assert judged(("speech", 0.95), ("music", 0.89)) is Verdict.PEOPLE
    assert judged(("speech", 0.95), ("advert", 0.99)) is Verdict.PEOPLE


def test_where_the_model_says_nothing_nothing_stands() -> None:
    assert judged() is Verdict.PEOPLE


def test_a_share_goes_to_people_always_the_same_items() -> None:
    drawn = [judged(("speech", 0.95), share=0.2, item=str(n)) for n in range(2_000)]
    assert drawn.count(Verdict.AUDIT) == pytest.approx(400, abs=60)
    assert drawn == [judged(("speech", 0.95), share=0.2, item=str(n)) for n in range(2_000)]


def test_some_are_audited_whatever_a_project_says() -> None:
    assert machine_audit_share(0.0) > 0
    assert machine_audit_share(0.05) == 0.05
