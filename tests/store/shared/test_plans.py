"""What workstations ask, under the policies of a real login and the planner's own settings, is found by an index."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from annodesk.store.private_server import PrivateServer
from tests.team import PROJECT, Team, made_team

TASKS = 20_000
PEOPLE = 200
LARGE = ("item", "item_state", "task", "slot", "annotation_set", "claim", "edit", "feed")

FILL = (
    "insert into annodesk.item (project_id, id, batch_id, key, duration_us, metadata, made_at_us)"
    " select '{P}', 'i' || g, 'b-{P}', 'k' || g, 9, '{}', 1 from generate_series(1, {N}) g",
    "insert into annodesk.item_state (project_id, item_id, state, changed_at_us)"
    " select '{P}', 'i' || g, 'open', 1 from generate_series(1, {N}) g",
    "insert into annodesk.task (project_id, id, item_id, stage, start_us, end_us, made_at_us)"
    " select '{P}', 'T' || g, 'i' || g, 'annotate', 0, 9, 1 from generate_series(1, {N}) g",
    "insert into annodesk.slot (project_id, id, task_id, number, shows_suggestions, batch_id, rank)"
    " select '{P}', 'S' || g || '-' || k, 'T' || g, k, true, 'b-{P}', 1"
    " from generate_series(1, {N}) g, generate_series(1, 2) k",
    "insert into annodesk.annotation_set"
    " (project_id, id, task_id, author_kind, author_id, round, project_version, made_at_us)"
    " select '{P}', 'A' || g, 'T' || g, 'person',"
    " case when g % {PEOPLE} = 0 then '{ada}' else 'p' || (g % {PEOPLE}) end, 1, 1, 1 from generate_series(1, {N}) g",
    "insert into annodesk.claim (project_id, id, task_id, person_id, set_id, state, made_at_us, changed_at_us)"
    " select project_id, 'C' || id, task_id, author_id, id, 'submitted', 1, 1 from annodesk.annotation_set",
    "insert into annodesk.edit (project_id, set_id, id, author_id, device, device_seq, parents, format,"
    " project_version, elapsed_us, made_at_us, body, received_at_us)"
    " select project_id, id, 'e' || k, author_id, 'd', k, '[]', 1, 1, 1, 1, '{}', 1"
    " from annodesk.annotation_set, generate_series(1, 5) k",
    "insert into annodesk.feed (project_id, audience, position, kind)"
    " select '{P}', 'members', g + 1000, 'look' from generate_series(1, {N}) g",
)  # fmt: skip

ASKED = {
    "own claims": "select task_id, state from annodesk.claim where project_id = '{P}' and person_id = '{ada}'",
    "own tasks": "select id from annodesk.task where project_id = '{P}'",
    "one task": "select item_id from annodesk.task where project_id = '{P}' and id = 'T400'",
    "one item": "select key from annodesk.item where project_id = '{P}' and id = 'i400'",
    "own sets": "select id from annodesk.annotation_set where project_id = '{P}'",
    "sets of a task": "select id from annodesk.annotation_set where project_id = '{P}' and task_id = 'T400'",
    "Edits of a set": "select body from annodesk.edit where project_id = '{P}' and set_id = 'A400'",
    "news": "select kind, item_id from annodesk.feed where project_id = '{P}' and audience = 'members'"
    " and position > 5000 order by position limit 200",
    "the review queue": "select item_id from annodesk.item_state where project_id = '{P}' and state = 'escalated'",
}
OF_THE_WORKER = {
    "what is due": "select item_id from annodesk.due order by id limit 800",
    "an item to have": "select item_id from annodesk.item_state where item_id = 'i400' for no key update skip locked",
    "claims on an item": "select c.id from annodesk.claim c where c.task_id in"
    " (select t.id from annodesk.task t where t.item_id = 'i400') for share of c skip locked",
    "handed in with a place": "select c.id from annodesk.claim c join annodesk.slot s on s.claim_id = c.id"
    " where c.task_id = 'T400' and c.state = 'submitted'",
    "open places": "select task_id from annodesk.slot where stage = 'annotate' and batch_id = 'b-{P}'"
    " and claim_id is null order by rank, task_id limit 2000",
    "Edits of a set": "select body from annodesk.edit where set_id = 'A400'",
    "model's sets": "select distinct task_id from annodesk.annotation_set a where author_kind = 'model' and not exists"
    " (select from annodesk.suggestion s where s.task_id = a.task_id) limit 1000",
    "expired leases": "select id from annodesk.claim where state = 'leased' and lease_until_us < 5 limit 500",
    "tasks of an item": "select id from annodesk.task where item_id = 'i400'",
}
"""What the worker asks for each item, in the project it has set."""

WHOLE = ("own tasks", "own sets", "own claims")
"""Asked by annotators alone: an analyst would read all there is."""

CASES = [
    (who, what)
    for who in ("ada", "ana", "moe", "work")
    for what in ASKED
    if (who == "ada" and what != "the review queue")
    or (who in ("ana", "work") and what not in WHOLE)
    or (who == "moe" and what not in (*WHOLE, "sets of a task", "Edits of a set"))
]


@pytest.fixture(scope="module")
def large(postgres: PrivateServer) -> Iterator[Team]:
    with made_team(postgres) as team:
        with team.administrator() as db:
            # The server need not check each of the rows we make up.
            db.execute("set session_replication_role = replica")
            for statement in FILL:
                db.execute(fill(team, statement).encode())
            db.execute("vacuum analyze")
        yield team


def fill(team: Team, statement: str) -> str:
    for name, value in {"P": PROJECT, "N": TASKS, "PEOPLE": PEOPLE, "ada": team.people["ada"]}.items():
        statement = statement.replace("{" + name + "}", str(value))
    return statement


def plan_of(team: Team, who: str, statement: str) -> str:
    with team.connect(who) as db:
        if who == "work":
            db.execute("set annodesk.project = 'project-one'")
        return "\n".join(str(row[0]) for row in db.execute(f"explain {fill(team, statement)}".encode()))


@pytest.mark.parametrize(("who", "what"), CASES)
def test_no_large_table_is_read_whole(large: Team, who: str, what: str) -> None:
    plan = plan_of(large, who, ASKED[what])
    # What a check for analysts reads whole only where they label themselves stands behind an "or" and is not run.
    read_whole = [name for name in LARGE if f"Seq Scan on {name}" in plan.split("SubPlan")[0]]
    assert read_whole == [], plan


@pytest.mark.parametrize("what", OF_THE_WORKER)
def test_the_worker_reads_no_large_table_whole(large: Team, what: str) -> None:
    plan = plan_of(large, "work", OF_THE_WORKER[what])
    assert [name for name in LARGE if f"Seq Scan on {name}" in plan] == [], plan


def test_a_query_without_its_project_is_seen_to_read_everything(large: Team) -> None:
    assert "Seq Scan on edit" in plan_of(large, "ana", "select body from annodesk.edit where elapsed_us = 2")


def test_taking_a_task_looks_at_few_rows(large: Team) -> None:
    with large.connect("ben") as db:
        for _ in range(5):
            assert db.execute("select task_id from annodesk.claim(%s)", (PROJECT,)).fetchone()
    with large.administrator() as db:
        db.execute("select pg_stat_force_next_flush()")
        db.execute("select pg_stat_clear_snapshot()")
        before = db.execute("select seq_tup_read from pg_stat_user_tables where relname = 'slot'").fetchone()
    with large.connect("ben") as db:
        for _ in range(20):
            assert db.execute("select task_id from annodesk.claim(%s)", (PROJECT,)).fetchone()
    with large.administrator() as db:
        db.execute("select pg_stat_clear_snapshot()")
        after = db.execute("select seq_tup_read from pg_stat_user_tables where relname = 'slot'").fetchone()
    assert before == after
