"""Reference items in a team: the worker alone holds answers against them, and writes no more rows for it."""

from __future__ import annotations

import psycopg
import pytest

from tests.services.made import OTHER
from tests.services.team.crew import Crew
from tests.team import Row

TABLES = (
    "score", "escalation", "feed", "state_change", "settlement", "set_snapshot", "annotation_set", "task",
    "slot where stage <> 'closed'",
)  # fmt: skip
"""Not the places on references among ordinary work: whether the next one is drawn there is a matter of the lot."""


def rows(crew: Crew) -> dict[str, int]:
    return {table: crew.value(f"select count(*) from annodesk.{table}") for table in TABLES}


def label_two(crew: Crew, *, is_reference: bool, second: object = None) -> tuple[str, dict[str, int]]:
    """Ada and Ben label one item, of which Ada's answer is made the reference's; returns it, and rows written then."""
    first = crew.label("ada")
    crew.round()
    item = crew.value("select item_id from annodesk.task where id = %s", first[1])
    if is_reference:
        crew.admin(
            "insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round,"
            " project_version, made_at_us) values (%s, 'answer', %s, 'adjudicator', %s, 1, 1, 1)",
            *(crew.project_id, first[1], crew.people["ana"]),
        )
        crew.admin(
            "insert into annodesk.set_snapshot (project_id, set_id, number, body, digest, edits)"
            " select project_id, 'answer', 1, body, digest, 0 from annodesk.set_snapshot where set_id = %s",
            first[2],
        )
        crew.admin(
            "insert into annodesk.reference_item (project_id, item_id, is_hidden, set_id, confirmed_by, made_at_us)"
            " values (%s, %s, true, 'answer', %s, 1)",
            *(crew.project_id, item, crew.people["joe"]),
        )
    before = rows(crew)
    claim: Row = crew.label("ben") if second is None else crew.label("ben", second)  # type: ignore[arg-type]
    assert claim[1] == first[1]
    crew.round()
    after = rows(crew)
    return str(item), {table: after[table] - before[table] for table in TABLES}


def test_a_reference_that_is_met_writes_what_any_item_writes(crew: Crew) -> None:
    crew.forget_offers()
    _, ordinary = label_two(crew, is_reference=False)
    crew.forget_offers()
    item, reference = label_two(crew, is_reference=True)
    assert crew.value("select state from annodesk.item_state where item_id = %s", item) == "settled"
    assert reference == ordinary
    told = crew.admin("select value from annodesk.score where item_id = %s and scope = 'reference'", item)
    assert {row[0] for row in told} == {1.0}


def test_who_misses_a_reference_sends_it_to_review_and_learns_nothing(crew: Crew) -> None:
    crew.forget_offers()
    item, _ = label_two(crew, is_reference=True, second=OTHER)
    asked = "select culprit, evidence::text from annodesk.escalation where reason = 'reference miss'"
    assert crew.call("ana", asked) == crew.call("max", asked) == [("content", '{"part": "content"}')], "nobody is named"
    for table in ("escalation", "score", "reference_item"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            crew.call("ben", f"select item_id from annodesk.{table} where item_id = %s", item)
    kinds = {kind for kind, about in crew.feed("ben") if about == item}
    assert kinds <= {"claim", "edits"}


def test_the_longer_a_review_waits_the_sooner_it_is_given_out(crew: Crew) -> None:
    crew.forget_offers()
    waiting = []
    for second in (OTHER, OTHER):
        crew.forget_offers()
        first = crew.label("ada")
        crew.label("ben", second)
        crew.round()
        waiting.append(crew.value("select item_id from annodesk.task where id = %s", first[1]))

    def order() -> list[str]:
        return [
            str(row[0])
            for row in crew.admin(
                "select t.item_id from annodesk.slot s join annodesk.task t on t.id = s.task_id"
                " where s.stage = 'review' order by s.rank, s.task_id"
            )
        ]

    for oldest in waiting:
        crew.admin("update annodesk.escalation set made_at_us = annodesk.now_us()")
        crew.admin("update annodesk.escalation set made_at_us = 1 where item_id = %s", oldest)
        crew.round()
        assert order()[0] == oldest
    claim = crew.claim("ana", "review")
    assert claim is not None
    assert crew.value("select item_id from annodesk.task where id = %s", claim[1]) == waiting[-1]


def test_a_reference_that_too_many_miss_is_suspended_and_held_against_nobody(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("annodesk.workflow.references.MISSED_BY", 1)
    crew.forget_offers()
    item, _ = label_two(crew, is_reference=True, second=OTHER)
    assert crew.value("select suspended_at_us > 0 from annodesk.reference_item where item_id = %s", item)
    told = crew.admin("select value, set_b from annodesk.score where item_id = %s and scope = 'reference'", item)
    assert set(told) == {(None, None)}
    found = crew.admin(
        "select evidence from annodesk.escalation where item_id = %s and reason = 'reference miss'", item
    )
    assert [(row[0]["missed"], "person" in row[0]) for row in found] == [(1, False)]
    for name in ("ada", "ben"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            crew.call(name, "select suspended_at_us from annodesk.reference_item")
    crew.judge("ana")
    crew.round()
    crew.call("joe", "select annodesk.confirm_reference(%s, %s, true)", crew.project_id, item)
    assert crew.value("select suspended_at_us is null from annodesk.reference_item where item_id = %s", item)
