"""Workers killed at random points, while people hand in work and other workers run: nothing is left half done."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.services.made import ALIKE, OTHER, make_house
from tests.services.team.crew import Crew, bring, made_crew
from tests.services.team.test_worker import require_whole
from tests.team import PASSWORD

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no SIGKILL")

ROUNDS = 20

CHILD = """
import sys, threading
from annodesk.services.worker import Worker
from annodesk.store import remote
worker = Worker(remote.read_address(sys.argv[1]).with_password(sys.argv[2]))
print("ready", flush=True)
worker.run(threading.Event(), pause_s=0.01)
"""


@contextmanager
def started(crew: Crew) -> Iterator[list[subprocess.Popen[str]]]:
    """Worker processes of this test; whatever still runs at the end is ended."""
    running: list[subprocess.Popen[str]] = []
    try:
        yield running
    finally:
        for child in running:
            child.kill()
            child.communicate()


def start(crew: Crew) -> subprocess.Popen[str]:
    url = crew.server.url(f"{crew.prefix}work", crew.database)
    return subprocess.Popen(
        [sys.executable, "-c", CHILD, url, PASSWORD],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip


def wait_until_ready(child: subprocess.Popen[str]) -> None:
    assert child.stdout is not None
    assert child.stdout.readline() == "ready\n", child.communicate()[1]


def play(crew: Crew, rounds: int, rng: random.Random) -> int:
    """Hand work in and kill a worker, again and again; returns how many were killed."""
    killed = 0
    with started(crew) as running:
        running += [start(crew) for _ in range(3)]
        for _ in range(rounds):
            crew.forget_offers()
            for name in ("ada", "ben"):
                crew.label(name, rng.choice([ALIKE, OTHER]))
            victim = running.pop(0)
            wait_until_ready(victim)
            # The worker's own transaction is what is to be hit: anywhere within what it does for an item.
            with pytest.raises(subprocess.TimeoutExpired):
                victim.wait(timeout=rng.uniform(0.0, 0.15))
            victim.send_signal(signal.SIGKILL)
            victim.communicate()
            killed += victim.returncode == -signal.SIGKILL
            running.append(start(crew))
    return killed


@pytest.mark.parametrize(
    "rounds", [pytest.param(ROUNDS, id="20"), pytest.param(10 * ROUNDS, id="200", marks=pytest.mark.slow)]
)
def test_workers_killed_at_random_points_leave_nothing_half_done(
    postgres: PrivateServer, tmp_path: Path, rng: random.Random, rounds: int
) -> None:
    seed = str(rng.random())
    print(f"seed: {seed}")
    house = make_house(tmp_path, items=rounds, seconds=40)
    with closing(house.services), made_crew(postgres) as crew:
        bring(crew, house)
        assert play(crew, rounds, random.Random(seed)) == rounds
        crew.round()
        assert crew.value("select count(*) from annodesk.submission") >= 2 * rounds
        assert "open" not in crew.states()
        require_whole(crew)
