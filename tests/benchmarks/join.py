"""A new workstation joins a project of 100,000 items: until its person's own tasks are here, and until all is.

The person labels and manages, so they mirror both their 20 tasks and the list of all items. Limit: 2 s from the first
word with the server to a task that can be opened. Baselines: psycopg reading the same own rows; psycopg reading items,
states and tasks of the whole project and sqlite3 writing them, with nothing around either.
"""

from __future__ import annotations

import resource
import sqlite3
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import psycopg

from annodesk.store import remote
from tests.benchmarks._figures import tell
from tests.benchmarks._teams import add_annotators, give_tasks, large_team, side_by_side, url_of, workstation
from tests.team import PASSWORD, PROJECT

ITEMS, OWN, LIMIT_S = 100_000, 20, 2.0
_TABLES = ("item", "item_state", "task", "task_plan")


def memory_mb() -> float:
    """The most memory this process has held."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def joined(gate: Any, url: str, me: str, folder: str) -> dict[str, float]:
    """Seconds until the first of the own tasks is open, and until all that this person mirrors is here."""
    gate.wait()
    at_first = memory_mb()
    began = time.perf_counter()
    with workstation(url, Path(folder) / "new.annodesk") as services:
        services.sync.first_round()
        cards = services.tasks.cards(PROJECT, me)
        services.tasks.open(PROJECT, me, cards[0].task_id)
        usable, own_mb = time.perf_counter() - began, memory_mb()
        services.sync.round()
        complete = time.perf_counter() - began
        with services.file.read() as db:
            items = db.exec_driver_sql("select count(*) from item").scalar_one()
    size_mb = sum(path.stat().st_size for path in Path(folder).iterdir()) / (1 << 20)
    return {
        "usable": usable, "complete": complete, "tasks": len(cards), "items": items, "file_mb": size_mb,
        "first_mb": at_first, "own_mb": own_mb, "most_mb": memory_mb(),
    }  # fmt: skip


def bare(gate: Any, url: str, folder: str) -> dict[str, float]:
    """The same rows by psycopg and sqlite3 alone."""
    gate.wait()
    began = time.perf_counter()
    address = remote.read_address(url)
    with psycopg.connect(**remote.words(address), password=PASSWORD) as db:
        db.execute("select * from annodesk.annotation_set where project_id = %s", (PROJECT,)).fetchall()
        own = db.execute("select id, task_id from annodesk.claim where project_id = %s", (PROJECT,)).fetchall()
        wanted = [task_id for _, task_id in own]
        db.execute(
            "select k.id, i.key from annodesk.task k join annodesk.item i on i.project_id = k.project_id"
            " and i.id = k.item_id where k.project_id = %s and k.id = any(%s)",
            (PROJECT, wanted),
        ).fetchall()
        usable = time.perf_counter() - began
        file = sqlite3.connect(Path(folder) / "bare.db")
        for table in _TABLES:
            with db.cursor(name="all") as cursor:
                cursor.itersize = 5000
                cursor.execute(f"select * from annodesk.{table} where project_id = %s".encode(), (PROJECT,))
                rows = [tuple(str(value) for value in row) for row in cursor]
            names = ", ".join(f"c{n}" for n in range(len(rows[0])))
            file.execute(f"create table {table} ({names})")
            file.executemany(f"insert into {table} values ({', '.join('?' * len(rows[0]))})", rows)
        file.commit()
        file.close()
    return {"usable": usable, "complete": time.perf_counter() - began}


def main() -> None:
    """The baseline in a process of its own, then ours in one."""
    with large_team(ITEMS) as team, tempfile.TemporaryDirectory() as folder:
        add_annotators(team, 1)
        give_tasks(team, "max", OWN)
        give_tasks(team, "p000", OWN)
        url = url_of(team, "max")
        (plain,) = side_by_side(bare, [{"url": url, "folder": folder}])
        (Path(folder) / "ours").mkdir()
        ours_at = {"url": url, "me": team.people["max"], "folder": str(Path(folder) / "ours")}
        (ours,) = side_by_side(joined, [ours_at])
        (Path(folder) / "labels").mkdir()
        labels_at = {"url": url_of(team, "p000"), "me": team.people["p000"], "folder": str(Path(folder) / "labels")}
        (labels,) = side_by_side(joined, [labels_at])
    facts = {"items": ITEMS, "own_tasks": OWN}
    for who, found in (("manager", ours), ("annotator", labels)):
        whole = found["tasks"] == OWN
        tell(f"join.usable_{who}", found["usable"], "s", plain["usable"], limit=LIMIT_S,
             ok=whole and found["usable"] < LIMIT_S, baseline_is="psycopg reading the same own rows",
             complete_s=round(found["complete"], 2), memory_mb=round(found["own_mb"] - found["first_mb"], 1),
             **facts)  # fmt: skip
    memory = round(ours["most_mb"] - ours["first_mb"], 1)
    tell("join.complete_manager", ours["complete"], "s", plain["complete"], ok=ours["items"] >= ITEMS,
         baseline_is="psycopg reading items, states and tasks, and sqlite3 writing them", here=ours["items"],
         memory_mb=memory, file_mb=round(ours["file_mb"], 1), **facts)  # fmt: skip


if __name__ == "__main__":
    main()
