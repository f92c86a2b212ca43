"""Sending 10,000 Edits that waited: one round of ours, against the same rows sent by psycopg with nothing around them.

Limit: 10 s. The baselines send bodies that are ready, as the same person, under the same policies: a plain INSERT of
each row, as psycopg batches them (the baseline of the figure), and as the administrator COPY, which row security
refuses to people.
"""

from __future__ import annotations

import json
import tempfile
import time
from pathlib import Path
from typing import Any

from psycopg import sql

from annodesk.store import outbox
from annodesk.store.checked import to_json
from tests.benchmarks._figures import tell
from tests.benchmarks._teams import give_tasks, large_team, url_of, work_offline, workstation
from tests.team import PROJECT, Team

EDITS, TASKS, LIMIT_S = 10_000, 20, 10.0


def bare_rows(services: Any, me: str) -> tuple[list[str], list[list[Any]]]:
    """What waits, as rows of the shared table."""
    with services.file.read() as db:
        waiting = outbox.waiting_edits(db, PROJECT, most=EDITS)
    whole = [json.loads(text) for text in waiting.texts]
    names, rows = list(whole[0]), []
    for row in whole:
        values = [to_json(row[name]) if name in ("parents", "body") else row[name] for name in names]
        rows.append([PROJECT, me, *values])
    return ["project_id", "author_id", *names], rows


def copied_s(team: Team, names: list[str], rows: list[list[Any]]) -> float:
    """COPY by the administrator, and away with it."""
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    with team.administrator() as db:
        began = time.perf_counter()
        with db.cursor().copy(sql.SQL("copy annodesk.edit ({}) from stdin").format(columns)) as copy:
            for row in rows:
                copy.write_row(row)
        seconds = time.perf_counter() - began
        db.execute("delete from annodesk.edit")
    return seconds


def inserted_s(team: Team, name: str, names: list[str], rows: list[list[Any]]) -> float:
    """INSERT as the person, in one transaction, and away with it."""
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    marks = sql.SQL(", ").join([sql.Placeholder()] * len(names))
    statement = sql.SQL("insert into annodesk.edit ({}) values ({})").format(columns, marks)
    with team.connect(name) as db, db.cursor() as cursor:
        began = time.perf_counter()
        with db.transaction():
            cursor.executemany(statement, rows)
        seconds = time.perf_counter() - began
    with team.administrator() as db:
        db.execute("delete from annodesk.edit")
    return seconds


def main() -> None:
    """The baselines first, on the same rows; then the round."""
    with large_team(1000) as team, tempfile.TemporaryDirectory() as folder:
        give_tasks(team, "ada", TASKS)
        with workstation(url_of(team, "ada"), Path(folder) / "ada.annodesk") as services:
            services.sync.round()
            work_offline(services, team.people["ada"], EDITS)
            names, rows = bare_rows(services, team.people["ada"])
            copied = copied_s(team, names, rows)
            inserted = inserted_s(team, "ada", names, rows)
            began = time.perf_counter()
            result = services.sync.round().result
            ours = time.perf_counter() - began
            began = time.perf_counter()
            services.sync.round()
            after = time.perf_counter() - began
        with team.administrator() as db:
            row = db.execute("select count(*) from annodesk.edit").fetchone()
        assert row is not None
    whole = result.pushed == EDITS == row[0] and result.waiting == 0
    tell("push_edits.round", ours, "s", inserted, limit=LIMIT_S, ok=whole and ours < LIMIT_S, edits=row[0], sets=TASKS,
         baseline_is="INSERT of the same rows by psycopg, as the same person", copy_s=round(copied, 2),
         next_round_s=round(after, 3))  # fmt: skip


if __name__ == "__main__":
    main()
