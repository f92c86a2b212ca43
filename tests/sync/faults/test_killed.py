"""Workstations, worker and server killed at random points while people work: what was saved is there once."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec import Struct, field
from sqlalchemy import select

from annodesk.services import Services
from annodesk.store import journal, local_tables
from tests.services.team.crew import Crew
from tests.services.team.test_killed import start as start_worker
from tests.sync.faults.desks import DeskProcess, Desks, desks_of
from tests.sync.faults.durable import DurableServer, crew_of, durable_server, edit_ids, server_digests, team_on
from tests.team import Team

pytestmark = [
    pytest.mark.postgres,
    pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL"),
]

ROUNDS, SLOW_ROUNDS = 20, 200
VICTIMS = ("ada", "ben", "worker", "server")
LONGEST_PAUSE_S = 0.3
ITEMS_A_ROUND = 15


class Lab(Struct):
    """Ada and Ben, who label without rest, a worker and a server; all of them mortal."""

    server: DurableServer
    team: Team
    desks: Desks
    rng: random.Random
    people: dict[str, DeskProcess] = field(default_factory=dict)
    saved: dict[str, list[str]] = field(default_factory=lambda: {"ada": [], "ben": []})
    worker: subprocess.Popen[str] | None = None
    killed: Counter[str] = field(default_factory=Counter)

    @property
    def crew(self) -> Crew:
        return crew_of(self.team)

    def begin(self) -> None:
        for name in self.saved:
            self.desks.join(name).close()
            self.set_to_work(name)
        self.worker = start_worker(self.crew)

    def set_to_work(self, name: str) -> None:
        self.people[name] = self.desks.start(name)
        self.people[name].begin("work", str(self.rng.random()))
        self.desks.warm_up()

    def kill(self, victim: str) -> None:
        """End somebody wherever they are, and set them to work again."""
        # Any instant may be the last one, so the moment is left to chance.
        signal.sigtimedwait([], self.rng.uniform(0, LONGEST_PAUSE_S))
        if victim == "server":
            self.server.kill()
            self.server.start()
        elif victim == "worker":
            self._end_worker()
        else:
            self.people[victim].kill()
            self.saved[victim] += self.people[victim].edits()
            self.set_to_work(victim)
        assert self.worker is not None
        if self.worker.poll() is not None:
            self._end_worker()
            self.worker = start_worker(self.crew)
        self.killed[victim] += 1

    def acknowledged(self, name: str) -> list[str]:
        """Edits of which a workstation was told that the server has them."""
        table = local_tables.journal.c
        with Services.open(self.people[name].path, read_only=True) as reader, reader.file.read() as db:
            return list(db.execute(select(table.id).where(table.outbox == journal.ACKNOWLEDGED)).scalars())

    def end(self) -> None:
        """Stop everything but the server."""
        for name, desk in self.people.items():
            desk.kill()
            self.saved[name] += desk.edits()
        self._end_worker()

    def _end_worker(self) -> None:
        if self.worker is not None:
            self.worker.kill()
            self.worker.communicate()


@pytest.fixture
def lab(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Lab]:
    rounds = SLOW_ROUNDS if request.node.get_closest_marker("slow") else ROUNDS
    seed = os.environ.get("ANNODESK_TEST_SEED") or str(random.SystemRandom().randrange(10**9))
    print(f"ANNODESK_TEST_SEED={seed}")
    items = rounds * ITEMS_A_ROUND
    with durable_server() as server, team_on(server.server, items) as team, desks_of(team, tmp_path) as desks:
        made = Lab(server, team, desks, random.Random(seed))
        try:
            yield made
        finally:
            made.end()


def kill_again_and_again(lab: Lab, rounds: int) -> None:
    """Everybody works, and one after the other is killed; after each kill the server has all that it acknowledged."""
    lab.begin()
    victims = [VICTIMS[number % len(VICTIMS)] for number in range(rounds)]
    lab.rng.shuffle(victims)
    for number, victim in enumerate(victims):
        lab.people["ada"].heard("edit", 1)
        lab.people["ben"].heard("edit", 1)
        lab.kill(victim)
        known = [lab.acknowledged(name) for name in lab.saved]
        there = set(edit_ids(lab.team))
        for ids in known:
            assert set(ids) <= there, f"round {number}: the server has forgotten what it said to have, after {victim}"


def last_words(lab: Lab, name: str) -> tuple[DeskProcess, dict[str, object]]:
    """A person's workstation once more, with everything sent."""
    desk = lab.desks.start(name)
    said = desk.ask("sync")
    return desk, said


def nothing_is_half_done(crew: Crew) -> None:
    """What the worker has decided about an item stands whole, whatever was recalled and handed in again meanwhile."""
    assert crew.value("select count(*) from annodesk.due") == 0
    states = dict(crew.admin("select item_id, state from annodesk.item_state"))
    moves: dict[str, list[str]] = {item_id: ["open"] for item_id in states}
    told = "select subject_id, before, after from annodesk.state_change where subject = 'item' order by position"
    for item_id, before, after in crew.admin(told):
        assert before == moves[item_id][-1]
        moves[item_id].append(after)
    assert states == {item_id: after[-1] for item_id, after in moves.items()}
    score = "select item_id, count(*) from annodesk.score where scope = 'item' and is_current group by item_id"
    scores = dict(crew.admin(score))
    assert {scores.get(item_id) for item_id, state in states.items() if state != "open"} == {1}
    stands = "select t.item_id, count(*) from annodesk.settlement l join annodesk.task t on t.id = l.task_id"
    found = dict(crew.admin(f"{stands} where l.stands group by t.item_id"))
    assert found == {item_id: 1 for item_id, state in states.items() if state == "settled"}


@pytest.mark.parametrize(
    "rounds", [pytest.param(ROUNDS, id="20"), pytest.param(SLOW_ROUNDS, id="200", marks=pytest.mark.slow)]
)
def test_whoever_is_killed_what_was_saved_is_there_exactly_once(lab: Lab, rounds: int) -> None:
    kill_again_and_again(lab, rounds)
    lab.end()
    while lab.crew.round().seen:
        pass
    for name, saved in lab.saved.items():
        desk, said = last_words(lab, name)
        assert said["waiting"] == 0
        assert said["standing"] == "synced"
        there = Counter(edit_ids(lab.team))
        assert len(saved) >= rounds
        assert [there[edit_id] for edit_id in saved] == [1] * len(saved)
        own = {task: desk.ask("stored", task) for task in desk.ask("claims")}
        here = {one["set"]: one["digest"] for one in own.values()}
        assert here == server_digests(lab.team, here)
        desk.close()
    assert all(lab.killed[victim] >= rounds // len(VICTIMS) for victim in VICTIMS)
    assert lab.crew.value("select count(*) from annodesk.submission") > 0
    assert lab.crew.value("select count(*) from annodesk.set_fault") == 0
    while lab.crew.round().seen:
        pass
    nothing_is_half_done(lab.crew)
