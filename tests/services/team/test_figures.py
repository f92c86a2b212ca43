"""Figures of a team, kept by what changed, are those that counting everything would give; and who is told them."""

from __future__ import annotations

import re

import psycopg
import pytest

from annodesk.services import escalating
from annodesk.services.worker import Worker
from annodesk.store import rollup, security, todo
from tests.services.made import ALIKE, OTHER
from tests.services.team.crew import Crew

KEPT = "select name, part, n, total from annodesk.figure"
ALL = (
    "select 'items', state, count(*), 0 from annodesk.item_state group by state",
    "select 'settled by', settled_by, count(*), 0 from annodesk.settlement where stands group by settled_by",
    "select 'agreement', '', count(*), sum(round(value * 1000000)) from annodesk.score"
    " where scope = 'item' and is_current and value is not null having count(*) > 0",
    "select 'agreement of part', part, count(*), sum(round(value * 1000000)) from annodesk.score"
    " where scope = 'part' and is_current and value is not null group by part",
    "select 'done', '', count(*), 0 from annodesk.item_state i where state = 'settled' and not exists (select from"
    " annodesk.task t join annodesk.settlement s on s.task_id = t.id and s.stands and s.settled_by = 'machine'"
    " where t.item_id = i.item_id) having count(*) > 0",
    "select 'review time', '', count(*), sum(spent) from (select sum(e.elapsed_us) as spent from annodesk.claim c"
    " join annodesk.task t on t.id = c.task_id and t.stage = 'review' join annodesk.edit e on e.set_id = c.set_id"
    " where c.state = 'submitted' group by c.set_id having sum(e.elapsed_us) > 0) r having count(*) > 0",
    *(
        f"select '{name}', '', count(*), sum({value}) from (select sum(e.elapsed_us) as spent from annodesk.claim c"
        " join annodesk.task t on t.id = c.task_id and t.stage = 'annotate' join annodesk.edit e on e.set_id = c.set_id"
        " join annodesk.item_state i on i.item_id = t.item_id and i.state in ('escalated', 'settled')"
        " where c.state = 'submitted' group by t.item_id having sum(e.elapsed_us) > 0) r having count(*) > 0"
        for name, value in (("label time", "spent"), ("label time squared", "floor(spent * spent / 10000000000)"))
    ),
)


def is_exact(crew: Crew) -> bool:
    """Whether what is kept is what there is."""
    counted = {(row[0], row[1]): (row[2], int(row[3])) for one in ALL for row in crew.admin(one)}
    kept = {(row[0], row[1]): (row[2], row[3]) for row in crew.admin(KEPT)}
    names = {re.match("select '([^']+)'", one)[1] for one in ALL}  # type: ignore[index]
    return {key: value for key, value in kept.items() if key[0] in names} == counted


def test_figures_that_follow_are_those_of_a_full_recount(crew: Crew) -> None:
    crew.round()
    for second in (OTHER, ALIKE):
        crew.forget_offers()
        crew.label("ada")
        crew.label("ben", second)
        crew.round()
    crew.judge("ana")
    crew.round()
    kept = sorted(crew.admin(KEPT))
    names = {row[0] for row in kept}
    assert names >= {"band", "handed in on", "settled on", "reviewed on", "escalated on", "agreement on squared"}
    for statement in ("delete from annodesk.counted", "delete from annodesk.figure where name <> 'starved'"):
        crew.admin(statement)
    crew.admin("insert into annodesk.recount (project_id, item_id) select project_id, id from annodesk.item")
    crew.round()
    assert sorted(crew.admin(KEPT)) == kept


def test_figures_follow_all_that_is_decided_and_taken_back(crew: Crew) -> None:
    crew.round()
    assert is_exact(crew)
    crew.forget_offers()
    crew.label("ada")
    crew.label("ben")
    crew.round()
    assert is_exact(crew)
    crew.forget_offers()
    claim = crew.label("ada")
    crew.label("ben", OTHER)
    assert crew.round().escalated == 1
    assert is_exact(crew)
    crew.call("ana", "select annodesk.return_work(%s, %s, 'again')", crew.project_id, claim[2])
    crew.round()
    assert is_exact(crew)
    crew.call("ada", "select annodesk.resume(%s, %s)", crew.project_id, claim[0])
    ask = "select head, digest from annodesk.submission where set_id = %s"
    again = crew.call("ada", ask, claim[2])[0]
    crew.call("ada", "select annodesk.submit(%s, %s, %s, %s)", crew.project_id, claim[0], *again)
    assert crew.round().escalated == 1
    assert is_exact(crew)
    crew.judge("ana")
    assert crew.round().settled == 1
    assert is_exact(crew)


def test_what_a_threshold_would_do_is_asked_by_analysts_and_managers_alone(crew: Crew) -> None:
    for second in (OTHER, ALIKE):
        crew.forget_offers()
        crew.label("ada")
        crew.label("ben", second)
        crew.round()
    asked = (crew.project_id, escalating.MOST_ITEMS) * 2
    rows = sorted(map(str, crew.call("ana", escalating._PAST, *asked)))
    assert len(rows) > 10
    assert sorted(map(str, crew.call("max", escalating._PAST, *asked))) == rows
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        crew.call("ada", escalating._PAST, *asked)


def test_a_round_in_which_nothing_changed_counts_nothing(crew: Crew) -> None:
    crew.label("ada")
    crew.label("ben")
    crew.round()
    told = "select count(*) from annodesk.feed where kind = 'figures'"
    before = crew.value(told), crew.admin("select computed_at_us from annodesk.figure order by name, part")
    crew.round()
    after = crew.value(told), crew.admin("select computed_at_us from annodesk.figure order by name, part")
    assert before == after


def test_an_item_that_is_counted_twice_counts_once(crew: Crew) -> None:
    crew.round()
    with crew.as_worker() as db:
        for (item_id,) in crew.admin("select item_id from annodesk.item_state"):
            rollup.recount(db, item_id)
            rollup.recount(db, item_id)
    crew.round()
    assert is_exact(crew)


def test_so_many_at_a_time_are_counted(crew: Crew) -> None:
    with crew.as_worker() as db:
        assert rollup.roll_up(db, 2) == (True, True)
        assert rollup.roll_up(db, 2) == (True, False)
    assert is_exact(crew)


def test_two_workers_count_nothing_twice(crew: Crew) -> None:
    crew.label("ada")
    crew.round()
    crew.label("ben")
    with crew.as_worker() as db:
        assert todo.take_duty(db, "roll up", 0, crew.value("select annodesk.now_us()"))
        assert Worker(crew.address("work")).once().settled == 1
        assert crew.admin("select 1 from annodesk.figure where part = 'settled'") == []
    crew.round()
    assert is_exact(crew)


def test_every_function_of_the_server_that_decides_about_items_has_them_counted() -> None:
    decides = re.compile(r"(insert into|update) (item_state|settlement|score)\b")
    functions = [
        one for path in security.SQL.glob("*.sql") for one in path.read_text("utf-8").split("create or replace ")
    ]
    strays = [one.split("(")[0] for one in functions if decides.search(one) and "insert into recount" not in one]
    assert strays == []


def test_a_sign_that_the_server_cannot_tell_as_text_keeps_no_figure_from_being_counted(crew: Crew) -> None:
    sets = [crew.label(name)[2] for name in ("ada", "ben")]
    crew.round()
    kept = sorted(crew.admin(KEPT))
    with crew.as_worker() as db:
        sizes = rollup._sizes(db, sets)
    assert all(sizes[one] > 0 for one in sets)
    crew.admin(
        "update annodesk.set_snapshot set body ="
        ' (left(body::text, length(body::text) - 1) || \', "more": "\\u0000"}\')::json'
    )
    with crew.as_worker() as db:
        assert rollup._sizes(db, sets) == sizes
    for statement in ("delete from annodesk.counted", "delete from annodesk.figure where name <> 'starved'"):
        crew.admin(statement)
    crew.admin("insert into annodesk.recount (project_id, item_id) select project_id, id from annodesk.item")
    crew.round()
    assert sorted(crew.admin(KEPT)) == kept


@pytest.mark.log_errors("cannot be counted")
def test_what_cannot_be_counted_stops_no_worker_and_nothing_counted_is_lost(crew: Crew) -> None:
    crew.label("ada")
    crew.round()
    kept = sorted(crew.admin(KEPT))
    crew.admin("update annodesk.counted set said = '{\"items:open\": 7}'")
    crew.label("ben")
    crew.round()
    assert sorted(crew.admin(KEPT)) == kept
