"""Offers that a worker keeps up on a real server: only what changed is read again, and nothing rests on them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from annodesk.services.worker import OFFERS_LEFT_AFTER_US, ROUTE_EVERY_US, Worker
from annodesk.store import todo
from annodesk.workflow.offer_book import OfferBook
from tests.services.team.crew import Crew

WAITING = "select count(*) from annodesk.moved"


def offered(crew: Crew, name: str) -> list[str]:
    """The tasks somebody is offered, the best first."""
    ask = "select task_id from annodesk.offer_rank where person_id = %s order by rank"
    return [str(row[0]) for row in crew.admin(ask, crew.people[name])]


@pytest.fixture
def put(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The tasks that were looked at, in that order."""
    seen: list[str] = []
    plain = OfferBook.put

    def noting(book: OfferBook, opening: Any) -> None:
        seen.append(opening.task.id)
        plain(book, opening)

    monkeypatch.setattr(OfferBook, "put", noting)
    return seen


def test_after_the_first_round_only_what_changed_is_looked_at(crew: Crew, put: list[str]) -> None:
    worker = Worker(crew.address("work"))
    worker.once()
    assert sorted(put) == sorted(offered(crew, "ada"))
    assert crew.value(WAITING) == 0
    before = {name: offered(crew, name) for name in ("ada", "ben", "dan")}
    put.clear()
    worker.once()
    assert put == []
    held = crew.claim("ada")
    assert held is not None
    assert held[1] == before["ada"][0]
    worker.once()
    assert put == [held[1]], "nothing else was read again"
    assert offered(crew, "ada") == before["ada"][1:]
    assert {*offered(crew, "ben")} == {*before["ben"]}, "the second place is still free"
    crew.call("ada", "select annodesk.give_back(%s, array[%s])", crew.project_id, held[0])
    crew.label("ben")
    crew.label("dan")
    worker.once()
    assert crew.value(WAITING) == 0
    whole = Worker(crew.address("work"))
    kept = {name: offered(crew, name) for name in before}
    whole.once()
    assert {name: offered(crew, name) for name in before} == kept, "all anew says the same"


def test_a_batch_that_is_paused_is_offered_to_nobody_and_none_of_its_tasks_is_read_again(
    crew: Crew, put: list[str]
) -> None:
    worker = Worker(crew.address("work"))
    worker.once()
    put.clear()
    first, name = crew.admin("select id, name from annodesk.batch")[0]
    for state, count in (("paused", 0), ("open", 3)):
        told = {"id": first, "name": name, "state": state, "priority": 0}
        crew.call("max", "select annodesk.set_batch(%s, %s::json)", crew.project_id, json.dumps(told))
        worker.once()
        assert [len(offered(crew, one)) for one in ("ada", "ben", "dan")] == [count] * 3
    assert put == []


def test_what_a_manager_keeps_for_somebody_is_offered_to_them_alone(crew: Crew) -> None:
    worker = Worker(crew.address("work"))
    worker.once()
    task = offered(crew, "ada")[-1]
    keep = "select annodesk.assign_task(%s, %s, %s, %s)"
    crew.call("max", keep, crew.project_id, task, crew.people["ada"], False)
    worker.once()
    assert offered(crew, "ada")[0] == task
    assert task not in offered(crew, "ben")
    crew.call("max", keep, crew.project_id, task, None, False)
    worker.once()
    assert task in offered(crew, "ben")


def test_offers_that_are_behind_give_nobody_what_is_gone(crew: Crew) -> None:
    crew.round()
    for name in ("ben", "dan"):
        for _ in range(3):
            crew.label(name)
    assert len(offered(crew, "ada")) == 3, "no worker has been there since"
    assert crew.claim("ada") is None
    crew.round()
    assert offered(crew, "ada") == []


def test_one_worker_keeps_the_offers_and_another_takes_them_over_once_it_is_gone(crew: Crew) -> None:
    asked, now_us = [], int(crew.value("select annodesk.now_us()"))
    for keeper, later_us in (("a", 0), ("b", 1), ("a", ROUTE_EVERY_US), ("b", OFFERS_LEFT_AFTER_US), ("a", 1)):
        now_us += later_us
        with crew.as_worker() as db:
            asked.append(todo.keep_duty(db, "route", keeper, ROUTE_EVERY_US, OFFERS_LEFT_AFTER_US, now_us))
    assert asked == [False, None, True, False, None]


def test_a_round_whose_offers_were_not_written_is_made_again(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    worker = Worker(crew.address("work"))
    worker.once()
    held = crew.claim("ada")
    assert held is not None

    def broken(*about: object) -> None:
        raise RuntimeError("no line")

    with monkeypatch.context() as at:
        at.setattr(todo, "tell_people", broken)
        with pytest.raises(RuntimeError):
            worker.once()
    assert crew.value(WAITING) > 0, "what changed is not forgotten"
    worker.once()
    assert held[1] not in offered(crew, "ada")
    assert crew.value(WAITING) == 0
