"""Two hundred people label in one project for a minute: how long each waits for the next task, and that nobody starves.

All of them are there by connections of their own, spread over a few processes. A person has a task, draws, goes on
drawing, hands in, and takes the next: what a round asks the server for, by our client's connection. (In the application
the next task lies ready, so nobody sees this wait.) Baseline: the claim alone by psycopg, at the same pace, by as many
connections. Limits: no error, nobody starves, p95 under 100 ms.

Then forty of them as whole workstations, with a file (in memory where the system has such a place) and a sync lane:
from the wish to the task in the file, a whole round. Ten of them share an interpreter, and all of them two processors
with the server, so this tells more of the machine than of one workstation.

Then as many connections without any pause: what the server gives at most.
"""

from __future__ import annotations

import heapq
import itertools
import json
import random
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any

from annodesk.errors import AnnodeskError
from annodesk.model.annotations import Segment
from annodesk.model.edits import add, set_answer
from annodesk.model.ids import new_id
from annodesk.store import mirror
from annodesk.store.engine import open_local
from annodesk.sync.push import INSERT
from tests.benchmarks._figures import quantile, tell
from tests.benchmarks._teams import (
    LENGTH_US,
    add_annotators,
    large_team,
    memory,
    open_link,
    side_by_side,
    url_of,
    workstation,
)
from tests.benchmarks.claim_submit import CLAIM, SUBMIT
from tests.team import PASSWORD, PROJECT, Team, edit_json

PEOPLE, WHOLE, PROCESSES, ITEMS = 200, 40, 4, 40_000
SECONDS, BARE_S, FULL_S = 60.0, 20.0, 15.0
TASK_S, PARTS = 24.0, 3
"""How long a person works on a task on average, and in how many goes: sent each time, as the window sends them."""
LIMIT_MS, STARVED_S = 100.0, 10.0
SWITCH_S = 0.0005
"""As the application has it: many computers share an interpreter here, and none is to wait for another."""


class Person:
    """A workstation whose person works on one task after another; ``turn`` is their next act."""

    def __init__(self, services: Any, me: str, rng: random.Random, came: SimpleQueue[Person]) -> None:
        self.services, self.me, self.rng, self._came = services, me, rng, came
        self.waits_ms: list[float] = []
        self.light_ms: list[float] = []
        self.errors: list[str] = []
        self.done, self.part = 0, 0
        self._wished: float | None = None
        self._work: Any = None

    def begin(self) -> None:
        """The sync lane goes, as in the window."""
        self.services.sync.start(self._on_round)

    def wish(self) -> None:
        """Ask for the next task; ``came`` hears of it once it is in the file."""
        self._wished = time.perf_counter()
        self.services.sync.ask_for_task()

    def act(self) -> bool:
        """The next go at the task; returns whether it was the last, and was handed in."""
        if self.part == 0:
            with self.services.file.read() as db:
                claims = mirror.claims_by_state(db, PROJECT, self.me)
            (held,) = (claim["task_id"] for claim in claims if claim["state"] == "leased")
            self._work = self.services.tasks.open(PROJECT, self.me, held)
        self.part += 1
        session, step = self._work.session, LENGTH_US // PARTS
        draft = add(Segment(new_id(), "content", (self.part - 1) * step, self.part * step, ("speech",)))
        self.services.annotate.record(session.stage(draft))
        if self.part == PARTS:
            self.services.annotate.record(session.stage(set_answer(session.annotations, "policy", ("none",))))
            self.services.tasks.submit(session.annotations)
            self.part, self.done = 0, self.done + 1
        self.services.sync.nudge()
        return self.part == 0

    @property
    def is_starved(self) -> bool:
        """Whether they have been waiting for a task for long."""
        return self._wished is not None and time.perf_counter() - self._wished > STARVED_S

    def pause(self) -> float:
        """How long the next go takes."""
        return TASK_S / PARTS * self.rng.uniform(0.5, 1.5)

    def _on_round(self, synced: Any) -> None:
        if synced is None:
            lines = self.services.sync.log()
            self.errors.append(lines[-1].sentence if lines else "a round in vain")
            return
        self.errors += synced.result.refused
        if self._wished is None:
            return
        with self.services.file.read() as db:
            states = [state for state, _ in mirror.own_claims(db, PROJECT, self.me).values()]
        if "leased" in states:
            self.waits_ms.append(1000 * (time.perf_counter() - self._wished))
            self._wished = None
            self._came.put(self)


class Light(Person):
    """Somebody of whom there is nothing but the connection: the statements of a round, made when they act."""

    def __init__(self, url: str, me: str, rng: random.Random, came: SimpleQueue[Person]) -> None:
        super().__init__(None, me, rng, came)
        self._link = open_link(url)
        self._device_seq = 0
        self._claim: Any = None

    def begin(self) -> None:
        """There is no lane."""

    def wish(self) -> None:
        """Take the next task at once."""
        began = time.perf_counter()
        try:
            self._greet()
            (self._claim,) = self._link.ask(CLAIM, PROJECT, "annotate")
            self._link.ask("select annodesk.number_feed(%s)", PROJECT)
            item = "id in (select item_id from annodesk.task where project_id = %s and id = %s)"
            task = self._claim["task_id"]
            for _ in range(3):
                self._link.ask(f"select * from annodesk.item where project_id = %s and {item}", PROJECT, PROJECT, task)
        except AnnodeskError as error:
            self.errors.append(str(error))
        self.light_ms.append(1000 * (time.perf_counter() - began))
        self._came.put(self)

    def act(self) -> bool:
        """Send an Edit, after the last hand in."""
        try:
            self._greet()
            self._device_seq += 1
            edit = edit_json() | {"set_id": self._claim["set_id"], "device_seq": self._device_seq}
            with self._link.transaction():
                self._link.ask(INSERT, PROJECT, self.me, json.dumps([edit]))
                self._link.ask("select annodesk.pushed(%s, %s)", PROJECT, [self._claim["set_id"]])
            self.part += 1
            if self.part == PARTS:
                self._link.ask(SUBMIT, PROJECT, self._claim["claim_id"], edit["id"], "digest", "")
                self.part, self.done = 0, self.done + 1
            self._link.ask("select annodesk.number_feed(%s)", PROJECT)
        except AnnodeskError as error:
            self.errors.append(str(error))
        return self.part == 0

    def _greet(self) -> None:
        self._link.ask("select annodesk.current_person(), annodesk.audiences(%s)", PROJECT)
        self._link.ask(
            "select position, kind, item_id from annodesk.feed where project_id = %s and audience = %s"
            " and position > %s order by position limit 500",
            *(PROJECT, self.me, self._device_seq),
        )

    def close(self) -> None:
        """Let go of the connection."""
        self._link.close()


def light(gate: Any, who: list[tuple[str, str]], seed: int) -> list[dict[str, Any]]:
    """Some of the people of whom there is only the connection."""
    came: SimpleQueue[Person] = SimpleQueue()
    all_here = [Light(url, me, random.Random(1000 * seed + n), came) for n, (url, me) in enumerate(who)]
    for person in all_here:
        person.wish()
        came.get()
        person.light_ms.clear()
    found = work_on(gate, all_here, came)
    for person in all_here:
        while not person.act():  # what they hold is handed in, for who comes next under this name holds nothing
            pass
        person.close()
    return found


def people(gate: Any, who: list[tuple[str, str]], folder: str, template: str, seed: int) -> list[dict[str, Any]]:
    """Some of the people, at work for as long as is measured."""
    came: SimpleQueue[Person] = SimpleQueue()
    sys.setswitchinterval(SWITCH_S)
    with ExitStack() as stack:
        all_here = []
        for number, (url, me) in enumerate(who):
            path = Path(folder) / f"{seed}-{number}.annodesk"
            shutil.copyfile(template, path)
            services = stack.enter_context(workstation(url, path))
            services.sync.ask_for_task()
            services.sync.round()
            all_here.append(Person(services, me, random.Random(1000 * seed + number), came))
        return work_on(gate, all_here, came)


def work_on(gate: Any, all_here: Sequence[Person], came: SimpleQueue[Person]) -> list[dict[str, Any]]:
    """Have all of them work at their own pace for as long as is measured."""
    gate.wait()
    began = time.perf_counter()
    order = itertools.count()
    due: list[tuple[float, int, Person]] = []
    for person in all_here:
        person.begin()
        heapq.heappush(due, (began + TASK_S / PARTS * person.rng.random(), next(order), person))
    while (now := time.perf_counter()) < began + SECONDS:
        while due and due[0][0] <= now:
            person = heapq.heappop(due)[2]
            if person.act():
                person.wish()
            else:
                heapq.heappush(due, (now + person.pause(), next(order), person))
        try:
            person = came.get(timeout=max(0.0, min(due[0][0] if due else now + 1, now + 0.5) - now))
        except Empty:
            continue
        heapq.heappush(due, (time.perf_counter() + person.pause(), next(order), person))
    return [
        {
            "waits_ms": one.waits_ms,
            "light_ms": one.light_ms,
            "done": one.done,
            "errors": one.errors,
            "starved": one.is_starved,
        }
        for one in all_here
    ]


def bare(gate: Any, urls: list[str], seconds: float, pause_s: float) -> list[dict[str, Any]]:
    """As many connections by psycopg alone, one thread each, that claim and submit."""
    import psycopg

    found: list[dict[str, Any]] = []

    def work(db: Any, rng: random.Random) -> None:
        mine: dict[str, Any] = {"waits_ms": [], "done": 0, "errors": []}
        found.append(mine)
        row = db.execute(CLAIM, (PROJECT, "annotate")).fetchone()
        db.execute(SUBMIT, (PROJECT, row[0], None, "digest", ""))
        ready.release()
        start.wait()
        until = time.perf_counter() + seconds
        time.sleep(min(seconds, pause_s * rng.random()))
        while time.perf_counter() < until:
            asked = time.perf_counter()
            row = db.execute(CLAIM, (PROJECT, "annotate")).fetchone()
            mine["waits_ms"].append(1000 * (time.perf_counter() - asked))
            time.sleep(max(0.0, min(until - time.perf_counter(), pause_s * rng.uniform(0.5, 1.5))))
            db.execute(SUBMIT, (PROJECT, row[0], None, "digest", ""))
            mine["done"] += 1

    start, ready = threading.Event(), threading.Semaphore(0)
    links = [psycopg.connect(url, password=PASSWORD, autocommit=True) for url in urls]
    threads = [threading.Thread(target=work, args=(db, random.Random(n))) for n, db in enumerate(links)]
    for thread in threads:
        thread.start()
    for _ in threads:
        ready.acquire()
    gate.wait()
    start.set()
    for thread in threads:
        thread.join()
    for db in links:
        db.close()
    return found


def present(gate: Any, is_whole: bool, **how: Any) -> list[dict[str, Any]]:
    """Some of the people, of one of the two sorts."""
    return people(gate, **how) if is_whole else light(gate, **how)


def shares(values: list[Any]) -> list[list[Any]]:
    """The people dealt out to the processes."""
    return [values[number::PROCESSES] for number in range(PROCESSES)]


def told_by(team: Team, names: list[str], seconds: float, pause_s: float) -> list[dict[str, Any]]:
    """What the bare connections of all people met."""
    urls = [url_of(team, name) for name in names]
    each = [{"urls": part, "seconds": seconds, "pause_s": pause_s} for part in shares(urls)]
    return [one for part in side_by_side(bare, each) for one in part]


def links(who: list[tuple[str, str]]) -> list[dict[str, Any]]:
    """The people of whom there is only the connection, dealt out to the processes."""
    return [
        {"is_whole": False, "who": part, "seed": PROCESSES + number} for number, part in enumerate(shares(who)) if part
    ]


def main() -> None:
    """The bare connections first, then the people, then some as workstations, then all without a pause."""
    with large_team(ITEMS) as team, tempfile.TemporaryDirectory(dir=memory()) as folder:
        # A workstation begins with what its person has: those who come with one have done nothing by a bare connection.
        everyone = add_annotators(team, PEOPLE + WHOLE)
        names = everyone[:PEOPLE]
        plain = told_by(team, names, BARE_S, TASK_S)
        template = Path(folder) / "template.annodesk"
        open_local(template, create=True).close()
        who = [(url_of(team, name), team.people[name]) for name in everyone]
        by_link = [one for part in side_by_side(present, links(who[:PEOPLE])) for one in part]
        each: list[dict[str, Any]] = [
            {"is_whole": True, "who": part, "folder": folder, "template": str(template), "seed": number}
            for number, part in enumerate(shares(who[PEOPLE:]))
        ]
        mixed = [one for part in side_by_side(present, each + links(who[WHOLE:PEOPLE])) for one in part]
        full = told_by(team, names, FULL_S, 0.0)
    base = quantile([wait for one in plain for wait in one["waits_ms"]], 0.95)
    facts = {"people": PEOPLE, "seconds": SECONDS, "task_s": TASK_S}
    for name, ours, kind, limit in (
        ("next_task", by_link, "light_ms", {"limit": LIMIT_MS}),
        ("whole_workstations", mixed, "waits_ms", {}),
    ):
        waits = [wait for one in ours for wait in one[kind]]
        errors = [error for one in ours for error in one["errors"]]
        starved = sum(one["starved"] for one in ours)
        p95 = quantile(waits, 0.95)
        ok = not errors and not starved and (not limit or p95 < LIMIT_MS)
        tell(f"annotators.{name}_p95", p95, "ms", base, ok=ok, tasks=len(waits),
             median=round(quantile(waits, 0.5), 1), max=round(max(waits), 1), errors=len(errors),
             first_error=errors[0] if errors else "", starved=starved, done=sum(one["done"] for one in ours),
             baseline_is="claim alone by psycopg at the same pace", **limit, **facts)  # fmt: skip
    rates = [one["done"] for one in full]
    waits = [wait for one in full for wait in one["waits_ms"]]
    tell("annotators.saturated", sum(rates) / FULL_S, "tasks/s", sum(rates) / FULL_S, ok=min(rates) > 0,
         fewest=min(rates), most=max(rates), claim_p95_ms=round(quantile(waits, 0.95), 1), people=PEOPLE,
         baseline_is="itself: claim and submit by psycopg without a pause")  # fmt: skip


if __name__ == "__main__":
    main()
