"""Answers of the model that stand without a person, in a team: by the worker alone, and told to who decides by it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import cycle
from pathlib import Path

import psycopg
import pytest

from annodesk.model.annotations import AnnotationSet
from annodesk.model.edits import set_answer
from annodesk.quality import verdicts
from annodesk.services import alarms, machine, pricing
from annodesk.store import lots
from annodesk.store.private_server import PrivateServer
from annodesk.workflow.sampling import is_drawn
from tests.services.alone import make_alone, model_answers, need_few
from tests.services.made import House
from tests.services.team.crew import Crew, bring, made_crew

STANDING = "select count(*) from annodesk.settlement where stands and settled_by = 'machine' and project_id = %s"
ALARMS = "select ending, audits, audits_right, since_us is not null from annodesk.promise where ended_at_us is not null"


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    """Twenty recordings that the model has answered alike, one place each."""
    house = make_alone(tmp_path, items_there=20)
    model_answers(house, *range(20))
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer, local: House) -> Iterator[Crew]:
    """The people of a team whose project has just been published; all take tasks in one order."""
    with made_crew(postgres) as made:
        bring(made, local)
        yield made


def answer(crew: Crew, *people: str, label: str = "news") -> None:
    """Each takes the next task and answers it; then the worker looks."""
    for name in people:
        crew.forget_offers()
        claim = crew.claim(name)
        assert claim is not None
        crew.hand_in(name, claim, set_answer(AnnotationSet(claim[2]), "format", label))
    crew.round()


def test_the_worker_lets_answers_stand_and_nobody_is_given_them(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    crew.round()
    held = crew.claim("dan")
    assert held is not None
    answer(crew, *["ada"] * 4)
    assert crew.value(STANDING, crew.project_id) == 0
    answer(crew, "ada")
    assert crew.value(STANDING, crew.project_id) == 14
    assert crew.states().count("settled") == 19
    assert crew.claim("ben") is None
    assert crew.value("select n from annodesk.figure where name = 'settled by' and part = 'machine'") == 14
    assert crew.value("select n from annodesk.figure where name = 'done'") == 5
    assert crew.hand_in("dan", held, set_answer(AnnotationSet(held[2]), "format", "talk"))
    crew.round()
    assert crew.states().count("settled") == 20, "what somebody held was left to them"
    assert crew.value(STANDING, crew.project_id) == 14


def test_audits_that_fall_under_the_promise_queue_again_what_stood_since(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch, audited=1.0)
    crew.round()
    answer(crew, *["ada"] * 5)
    assert crew.value(STANDING, crew.project_id) == 0
    assert crew.value("select count(*) from annodesk.slot where not shows_suggestions and claim_id is null") == 15
    (row,) = crew.admin("select part, label, above, answers from annodesk.promise")
    assert row == ("format", "news", 0.9, 5)
    answer(crew, *["ben"] * 8, label="talk")
    ((ending, audits, right, is_dated),) = crew.admin(ALARMS)
    assert (ending, right, is_dated) == ("alarm", 0, True)
    assert audits == 8


def test_what_stood_is_given_out_again_after_an_alarm(crew: Crew, monkeypatch: pytest.MonkeyPatch) -> None:
    need_few(monkeypatch)
    every_second = cycle((0.0, 1.0))
    monkeypatch.setattr(machine, "machine_audit_share", lambda share: next(every_second))
    crew.round()
    answer(crew, *["ada"] * 5)
    stood = crew.value(STANDING, crew.project_id)
    assert stood in (7, 8)
    answer(crew, *["ben"] * (15 - stood), label="talk")
    assert crew.admin(ALARMS)
    assert crew.value(STANDING, crew.project_id) == 0
    assert crew.states().count("reopened") == stood
    assert crew.value("select count(*) from annodesk.slot where stage = 'closed'") == 0
    assert crew.claim("dan") is not None


def test_an_analyst_opens_again_what_stood_and_one_person_labels_it(
    crew: Crew, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch)
    crew.round()
    answer(crew, *["ada"] * 5)
    ((item_id, task_id),) = crew.admin(
        "select t.item_id, t.id from annodesk.settlement s join annodesk.task t on t.id = s.task_id"
        " where s.settled_by = 'machine' limit 1"
    )
    crew.call("ana", "select annodesk.reopen(%s, %s, 'wrong')", crew.project_id, item_id)
    assert crew.admin("select stage, shows_suggestions from annodesk.slot where task_id = %s", task_id) == [
        ("annotate", False)
    ]
    answer(crew, "ben", label="talk")
    ask = "select settled_by from annodesk.settlement where stands and task_id = %s"
    assert crew.value(ask, task_id) == "single"


@pytest.mark.parametrize("name", ["ana", "max"])
def test_analysts_and_managers_are_told_what_prices_are_made_of(crew: Crew, name: str) -> None:
    crew.round()
    answer(crew, "ada", "ben")
    rows = crew.call(name, pricing.TALLIES, crew.project_id, verdicts.NAME, 5_000)
    assert len(rows) == 2
    assert [body["model"][0]["format"]["said"] for _, body in rows] == [[["news", 0.95, True, True]]] * 2
    assert crew.call(name, alarms.PROMISES, crew.project_id) == []


def test_annotators_are_told_nothing_of_it(crew: Crew) -> None:
    for ask, values in ((pricing.TALLIES, (verdicts.NAME, 5_000)), (alarms.PROMISES, ())):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            crew.call("ada", ask, crew.project_id, *values)


def test_audits_of_a_team_are_drawn_by_a_secret_that_came_with_nobodys_file(
    crew: Crew, local: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    need_few(monkeypatch, audited=0.5)
    crew.round()
    answer(crew, *["ada"] * 5)
    (secret,) = crew.admin("select secret from annodesk.lot where project_id = %s", crew.project_id)
    crew.round()
    assert crew.admin("select secret from annodesk.lot") == [secret], "one for all rounds"
    with local.services.file.read() as db:
        assert lots.local_secret(db, crew.project_id) != secret[0]
    stood = crew.admin(
        "select distinct t.item_id from annodesk.settlement s"
        " join annodesk.task t on t.project_id = s.project_id and t.id = s.task_id where s.settled_by = 'machine'"
    )
    assert stood
    assert not any(is_drawn(0.5, str(secret[0]), "machine audit", row[0]) for row in stood)
