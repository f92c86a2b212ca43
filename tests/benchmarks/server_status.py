"""Status and queue of a team's project with a million tasks, under real logins; beside them the same rows by plain SQL.

``ANNODESK_TASKS`` names another number of tasks.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import Any

import psycopg

from annodesk.services.overview import MOST_SHOWN, Overview
from annodesk.store import remote, rollup, todo
from annodesk.store.private_server import PrivateServer
from tests.benchmarks._figures import quantile, tell
from tests.postgres import running_server
from tests.store.shared.large import large_team
from tests.team import PASSWORD, PROJECT, Team

TASKS, ROUNDS, WARM_UP = int(os.environ.get("ANNODESK_TASKS", "1000000")), 200, 5
FAST = {"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "16GB", "shared_buffers": "512MB"}
COUNTED_AT_ONCE = 1_000

# What workers have counted, as they would have come to it one item after another.
_FIGURES = (
    "insert into annodesk.figure (project_id, name, part, n, total)"
    " select project_id, 'items', state, count(*), 0 from annodesk.item_state where project_id = %s"
    " group by project_id, state",
    "insert into annodesk.figure (project_id, name, part, n, total)"
    " select project_id, 'agreement', '', count(*), sum(round(value * 1000000)) from annodesk.score"
    " where project_id = %s and scope = 'item' and is_current group by project_id",
)
_ROWS = (
    "select name, part, n, total from annodesk.figure where project_id = %s",
    "select role, count(*) from annodesk.membership where project_id = %s group by role",
)
_QUEUE = (
    "select s.task_id, i.key, e.reason, e.value, e.threshold from annodesk.slot s"
    " join annodesk.task t on t.project_id = s.project_id and t.id = s.task_id"
    " join annodesk.item i on i.project_id = t.project_id and i.id = t.item_id"
    " join annodesk.escalation e on e.project_id = i.project_id and e.item_id = i.id and e.closed_at_us is null"
    " where s.project_id = %s and s.task_id = any (%s)"
)


def place(team: Team, name: str) -> remote.Address:
    """Where a person of the team enters."""
    return remote.read_address(team.server.url(team.login(name), team.database)).with_password(PASSWORD)


def times_ms(work: Callable[[], Any]) -> list[float]:
    """How long each of many calls takes."""
    found = []
    for number in range(WARM_UP + ROUNDS):
        began = time.perf_counter()
        work()
        if number >= WARM_UP:
            found.append(1000 * (time.perf_counter() - began))
    return found


def compare(name: str, work: Callable[[], Any], plainly: Callable[[], Any], **more: Any) -> None:
    """Tell the 95th percentile of ours and of the plain one, and the medians."""
    ours, plain = times_ms(work), times_ms(plainly)
    p50 = {"p50_ms": round(quantile(ours, 0.5), 2), "baseline_p50_ms": round(quantile(plain, 0.5), 2)}
    tell(name, quantile(ours, 0.95), "ms p95", quantile(plain, 0.95), limit_ms=100, **p50, **more)


def main() -> None:
    """Fill a server, then ask."""
    with running_server(settings=FAST) as server, large_team(server, TASKS, edits_each=0) as team:
        measure(server, team)


def measure(server: PrivateServer, team: Team) -> None:
    """Status by a manager, the queue by an analyst, and what counting costs the worker."""
    with team.administrator() as db:
        for statement in _FIGURES:
            db.execute(statement.encode(), (PROJECT,))
        db.execute("vacuum analyze annodesk.figure")
    with (
        Overview(place(team, "moe")) as manager,
        Overview(place(team, "ana")) as analyst,
        Overview(place(team, "ann")) as labels_too,
        psycopg.connect(server.url(database=team.database), autocommit=True, prepare_threshold=None) as plain,
    ):
        (status,) = manager.status(PROJECT)
        assert status["items"] >= TASKS, status
        queue = analyst.queue(PROJECT)
        assert len(queue) == MOST_SHOWN
        ids = [one["task"] for one in queue]

        def rows_of_status() -> None:
            for statement in _ROWS:
                plain.execute(statement.encode(), (PROJECT,)).fetchall()

        def rows_of_queue() -> None:
            assert len(plain.execute(_QUEUE.encode(), (PROJECT, ids)).fetchall()) == MOST_SHOWN

        more = {"tasks": TASKS}
        compare("status of a team, as its manager", lambda: manager.status(PROJECT), rows_of_status, **more)
        compare("review queue of a team, as an analyst", lambda: analyst.queue(PROJECT), rows_of_queue, **more)
        team.claim("ann")
        compare("the same, as an analyst who also labels", lambda: labels_too.queue(PROJECT), rows_of_queue, **more)
        count(team, plain)


def count(team: Team, plain: psycopg.Connection[Any]) -> None:
    """What it costs a worker to count a page of items anew; beside it, counting all of them at once."""
    address = place(team, "work")
    engine = remote.open_shared(address)
    with remote.writing(engine, address) as db:
        todo.begin(db, PROJECT)
        for number in range(1, COUNTED_AT_ONCE + 1):
            rollup.recount(db, f"i{number}")
    began = time.perf_counter()
    with remote.writing(engine, address) as db:
        todo.begin(db, PROJECT)
        assert rollup.roll_up(db, COUNTED_AT_ONCE)[0]
    page_s = time.perf_counter() - began
    began = time.perf_counter()
    plain.execute("select state, count(*) from annodesk.item_state where project_id = %s group by state", (PROJECT,))
    whole_s = time.perf_counter() - began
    tell("count 1,000 changed items anew", 1000 * page_s, "ms", 1000 * whole_s, baseline_is="counting all states")


if __name__ == "__main__":
    main()
