"""Taking tasks and handing them in: our client by 1 and by 8 processes, against pgbench calling the same functions.

Each process is a person with a login of their own. Ours is measured twice: the connection as the application opens it,
and with the file's outbox, which keeps each wish before it is sent, and each answer (files lie in memory where the
system has such a place: the server's disk is not theirs).
Limit: at least half of pgbench's rate. Beside it what the server does with nothing but one UPDATE ... SKIP LOCKED.
"""

from __future__ import annotations

import re
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from annodesk.store import facts, outbox
from annodesk.store.engine import open_local
from annodesk.store.facts import Joined
from annodesk.store.private_server import ADMINISTRATOR
from annodesk.sync.meeting import meet
from annodesk.sync.outbox import Teller
from annodesk.sync.push import Pusher
from tests.benchmarks._figures import quantile, tell
from tests.benchmarks._teams import add_annotators, large_team, memory, open_link, side_by_side, url_of
from tests.team import PASSWORD, PROJECT, Team

PROCESSES, TASKS = 8, 40_000
SECONDS = 10
AT_LEAST = 0.5
CLAIM = "select * from annodesk.claim(%s, %s)"
SUBMIT = "select annodesk.submit(%s, %s, %s, %s, '[]', %s) as said"
PGBENCH = f"""select claim_id as c from annodesk.claim('{PROJECT}', 'annotate') \\gset
select annodesk.submit('{PROJECT}', ':c', null, 'digest', '[]', '');
"""
RAW = """\\set owner :client_id
update raw set state = 'claimed', owner = :owner where id =
 (select id from raw where state = 'open' order by id for update skip locked limit 1);
"""


def by_link(gate: Any, url: str, *, count: int | None = None) -> dict[str, Any]:
    """Take and hand in for a time, or so many, by the connection alone; what is only counted waits for no disk."""
    link = open_link(url)
    if count is not None:
        link.ask("set synchronous_commit = off")
    taken, waits = [], []
    gate.wait()
    began = time.perf_counter()
    while len(taken) < count if count is not None else time.perf_counter() - began < SECONDS:
        asked = time.perf_counter()
        found = link.ask(CLAIM, PROJECT, "annotate")
        if not found:
            break
        waits.append(time.perf_counter() - asked)
        taken.append((found[0]["task_id"], found[0]["claim_id"]))
        link.ask(SUBMIT, PROJECT, found[0]["claim_id"], None, "digest", "")
    ended = time.perf_counter()
    link.close()
    return {"taken": taken, "waits": waits, "began": began, "ended": ended}


def by_outbox(gate: Any, url: str, me: str) -> dict[str, Any]:
    """The same through a local file: the wish and the submission wait in its outbox until the server has answered."""
    link, taken, waits = open_link(url), [], []
    with tempfile.TemporaryDirectory(dir=memory()) as folder:
        file = open_local(Path(folder) / "bench.annodesk", create=True)
        with file.write() as db:
            facts.note_joined(db, Joined(url, PROJECT, me))
        team = meet(file, link, _now_us)
        teller = Teller(file, team, Pusher(file, team))
        gate.wait()
        began = time.perf_counter()
        while time.perf_counter() - began < SECONDS:
            asked = time.perf_counter()
            with file.write() as db:
                outbox.ask(db, "claim", None, _now_us(), stage="annotate")
            teller.claims.clear()
            teller.tell()
            waits.append(time.perf_counter() - asked)
            (claim_id,) = teller.claims
            taken.append(("", claim_id))
            with file.write() as db:
                outbox.ask(db, "submit", claim_id, _now_us(), head=None, digest="digest", reason="")
            teller.tell()
        ended = time.perf_counter()
        assert not teller.refused, teller.refused[0]
        file.close()
    link.close()
    return {"taken": taken, "waits": waits, "began": began, "ended": ended}


def _now_us() -> int:
    return time.time_ns() // 1000


def pgbench(team: Team, logins: list[str], script: str) -> float:
    """Scripts a second of so many pgbench processes at once, each by a login of its own."""
    program = Path(team.server.binaries.program("pgbench"))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "script.sql"
        path.write_text(script)
        words = [str(program), "-n", "-c", "1", "-T", str(SECONDS), "-f", str(path)]
        found = team.server.url(database=team.database)
        host = re.search(r"host=([^&]+)", found)
        assert host is not None
        at = ["-h", unquote(host[1]), "-p", str(team.server.port())]
        started = [
            subprocess.Popen(
                [*words, *at, "-U", login, team.database],
                env={"PGPASSWORD": PASSWORD, "PATH": ""},
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                text=True,
            )
            for login in logins
        ]
        rate = 0.0
        for process in started:
            said, trouble = process.communicate()
            counted = re.search(r"tps = ([0-9.]+)", said)
            if process.returncode or counted is None:
                raise RuntimeError(trouble)
            rate += float(counted[1])
    return rate


def raw_rate(team: Team) -> float:
    """One UPDATE with SKIP LOCKED by so many pgbench processes: no rights, no history, no rules."""
    with team.administrator() as db:
        db.execute("create table raw (id int primary key, state text not null, owner int)")
        db.execute("create index on raw (id) where state = 'open'")
        db.execute("insert into raw select g, 'open', null from generate_series(1, 200000) g")
        db.execute("vacuum analyze raw")
    return pgbench(team, [ADMINISTRATOR] * PROCESSES, RAW)


def rate_of(answers: list[dict[str, Any]]) -> float:
    """Tasks a second of all processes together."""
    count = sum(len(one["taken"]) for one in answers)
    return count / (max(one["ended"] for one in answers) - min(one["began"] for one in answers))


def main() -> None:
    """One process, then eight, each between two runs of pgbench."""
    with large_team(TASKS) as team:
        names = add_annotators(team, PROCESSES)
        logins = [team.login(name) for name in names]
        urls = [url_of(team, name) for name in names]
        for count in (1, PROCESSES):
            people = [{"url": url, "me": team.people[name]} for url, name in zip(urls, names, strict=True)][:count]
            base = [pgbench(team, logins[:count], PGBENCH)]
            link = side_by_side(by_link, [{"url": one["url"]} for one in people])
            base.append(pgbench(team, logins[:count], PGBENCH))
            whole = side_by_side(by_outbox, people)
            base.append(pgbench(team, logins[:count], PGBENCH))
            name = f"claim_submit.{count}_process{'es' * (count > 1)}"
            told = {"baseline_is": "pgbench calling the same functions", "limit": AT_LEAST}
            for what, found, beside in (("link", link, base[:2]), ("outbox", whole, base[1:])):
                rate, baseline = rate_of(found), sum(beside) / 2
                waits = [1000 * wait for one in found for wait in one["waits"]]
                p95, worst = round(quantile(waits, 0.95), 2), round(max(waits), 1)
                tell(f"{name}.{what}", rate, "tasks/s", baseline, ok=rate >= AT_LEAST * baseline,
                     claim_p95_ms=p95, claim_max_ms=worst, **told)  # fmt: skip
        raw = raw_rate(team)
    tell(
        "claim_submit.raw_skip_locked", raw, "updates/s", raw, baseline_is="itself: what stands beside the rates above"
    )


if __name__ == "__main__":
    main()
