"""All that is asked of a large shared database, by real logins and the planner's own settings, is found by keys.

A project with 100,000 tasks and a million Edits (ten times as many in the slow tier) is asked everything that people,
workers, the administrator and the server's functions ever ask; the server itself tells how it answered.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterator

import psycopg
import pytest
from msgspec import Struct, field

from annodesk.store.security import CALLS
from annodesk.store.shared_tables import GLOBAL, metadata
from tests.postgres import binaries_or_skip, running_server
from tests.store.shared import plans
from tests.store.shared.everything import as_asked, play_everything, written_statements
from tests.store.shared.large import QUEUES, SMALL, large_team
from tests.store.shared.plans import Asked
from tests.team import PROJECT, Team

TASKS, MORE_TASKS = 100_000, 1_000_000
LARGE_FROM = 10_000
"""A table of so many rows is large: of fewer, the planner is right to read a few dozen pages."""
PERSONAL = (
    *("projects_as", "my_tasks", "my_items", "my_sets", "blind_items", "current_person"),
    "is_unseen_ruling",
)
"""Functions that policies call; the server does not name them where it tells what they asked."""
FAST = {
    "log_line_prefix": plans.PREFIX, "wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "16GB",
    "shared_buffers": "512MB", "autovacuum": "off",
}  # fmt: skip
"""How a server is made to take rows fast and tell all; nothing of it concerns the planner."""


class Played(Struct):
    """A large team, and what was asked of it."""

    team: Team
    tasks: int
    asked: list[Asked]
    rows: dict[str, int] = field(default_factory=dict)

    @property
    def texts(self) -> set[str]:
        return {" ".join(one.text.split()) for one in self.asked}

    @property
    def large(self) -> set[str]:
        return {table for table, rows in self.rows.items() if rows >= LARGE_FROM} - {*SMALL, *QUEUES}


@pytest.fixture(
    scope="module",
    params=[pytest.param(TASKS, id="100k"), pytest.param(MORE_TASKS, id="1M", marks=pytest.mark.slow)],
)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    """Everything that is ever asked, asked of a project of so many tasks with ten times as many Edits."""
    began = time.monotonic()
    with running_server(binaries_or_skip(), settings=FAST) as server:
        with psycopg.connect(server.url(database="postgres"), autocommit=True) as db:
            try:
                db.execute(f"load '{plans.LIBRARY}'".encode())
            except psycopg.errors.UndefinedFile:
                pytest.skip("this server comes without the library that explains nested statements")
        with large_team(server, request.param) as team:
            filled = time.monotonic()
            plans.tell_plans(team)
            log = plans.log_of(server)
            begin = log.stat().st_size
            play_everything(team, tmp_path_factory.mktemp("desks"))
            asked = plans.read_plans(log, begin, team.database)
            with team.administrator() as db:
                found = db.execute(
                    "select relname, reltuples::bigint from pg_class where relkind = 'r'"
                    " and relnamespace = 'annodesk'::regnamespace"
                ).fetchall()
            print(f"filled in {filled - began:.0f} s, asked {len(asked)} in {time.monotonic() - filled:.0f} s")
            yield Played(team, request.param, asked, {str(row[0]): int(row[1]) for row in found})


def words(text: str) -> str:
    return " ".join(text.split())[:160]


def test_no_large_table_is_read_whole(played: Played) -> None:
    found = Counter(
        (read.table, words(one.text))
        for one in played.asked
        for read in one.reads()
        if read.how == "Seq Scan" and read.table in played.large
    )
    assert found == {}


def test_no_statement_goes_through_a_large_part_of_a_project(played: Played) -> None:
    found = {
        (read.table, read.how, read.rows, words(one.text))
        for one in played.asked
        for read in one.reads()
        if read.table in played.large and read.rows > played.tasks // 10
    }
    assert found == set()


def test_no_statement_crosses_projects(played: Played) -> None:
    led = set(metadata.tables) - {*GLOBAL, "project", "membership"}
    found = {
        (read.table, read.how, words(one.text))
        for one in played.asked
        for read in one.reads()
        if read.table in led and "project_id" not in read.by
    }
    assert found == set()


def test_what_reads_everything_is_seen(played: Played) -> None:
    log = plans.log_of(played.team.server)
    begin = log.stat().st_size
    played.team.call("ana", "select count(*) from annodesk.edit where elapsed_us = 2")
    (asked,) = [
        one for one in plans.read_plans(log, begin, played.team.database) if "elapsed_us" in one.text
    ]  # fmt: skip
    read = max(asked.reads(), key=lambda one: one.rows)
    assert (read.table, "Seq Scan" in read.how) == ("edit", True)
    assert read.rows > played.tasks


def test_every_table_is_filled_or_said_to_be_small(played: Played) -> None:
    tables = set(metadata.tables)
    assert tables >= {*SMALL, *QUEUES}
    few = {name: played.rows[name] for name in tables - {*SMALL, *QUEUES} if played.rows[name] < played.tasks // 25}
    assert few == {}, "a new table: fill it in large.py, or say that it stays small"
    assert played.rows["edit"] >= 10 * played.tasks


def test_every_role_and_the_administrator_asked(played: Played) -> None:
    names = {one.login.removeprefix(played.team.prefix) for one in played.asked}
    assert names >= {"ada", "ana", "ann", "max", "moe", "work", "annodesk_admin"}


def test_every_statement_that_stands_in_the_program_was_asked(played: Played) -> None:
    texts = played.texts
    strays = {
        f"{file}: {words(statement)}"
        for statement, file in written_statements().items()
        if not any(as_asked(statement).search(text) for text in texts)
    }
    assert strays == set(), "a new statement: have everything.py ask it"


def test_every_function_that_a_login_may_call_was_called(played: Played) -> None:
    said = "\n".join(played.texts)
    strays = {name for name in CALLS if name not in PERSONAL and not re.search(rf"\b{name}\s*\(", said)}
    assert strays == set(), "a new function: have everything.py call it"


def test_taking_a_task_looks_at_few_rows(played: Played) -> None:
    log = plans.log_of(played.team.server)
    begin = log.stat().st_size
    with played.team.connect("max") as db:
        for _ in range(20):
            assert db.execute("select task_id from annodesk.claim(%s)", (PROJECT,)).fetchone()
    asked = plans.read_plans(log, begin, played.team.database)
    assert len(asked) > 20
    assert max(read.rows for one in asked for read in one.reads() if read.table in ("slot", "task")) < 2_000
