"""The coordinator's verbs: publish a project, do all there is to do, run until told to stop."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from annodesk.store.private_server import PrivateServer
from tests.cli.conftest import Command
from tests.services.made import OTHER, House, make_house
from tests.services.team.crew import Crew, bring, made_crew
from tests.services.team.test_worker import require_whole


@pytest.fixture
def local(tmp_path: Path) -> Iterator[House]:
    house = make_house(tmp_path, items=1, seconds=40)
    yield house
    house.services.close()


@pytest.fixture
def crew(postgres: PrivateServer) -> Iterator[Crew]:
    with made_crew(postgres) as made:
        yield made


def test_a_published_project_is_worked_off_once(command: Command, crew: Crew, local: House) -> None:
    local.services.close()
    done = command("publish", local.services.path, "--to", crew.url("max"), "--json")
    assert done.code == 0
    assert done.json["project"] == "podcast-policy"
    assert done.json["brought"]["item"] == 1
    again = command("publish", local.services.path, "--to", crew.url("max"))
    assert (again.code, "belongs to a team already" in again.err) == (1, True)
    done = command("worker", "--db", crew.url("work"), "--once", "--json")
    assert done.code == 0
    assert {name: done.json[name] for name in ("scored", "escalated", "routed")} == {
        "scored": 0,
        "escalated": 0,
        "routed": 0,
    }


@pytest.mark.skipif(sys.platform == "win32", reason="services are stopped otherwise there")
def test_a_worker_told_to_stop_finishes_and_says_what_it_did(crew: Crew, local: House) -> None:
    bring(crew, local)
    crew.label("ada")
    crew.label("ben", OTHER)
    child = subprocess.Popen(
        [sys.executable, "-m", "annodesk", "worker", "--db", crew.url("work"), "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=dict(os.environ),
    )  # fmt: skip
    try:
        assert child.stderr is not None
        said = [child.stderr.readline()]
        while said[-1] and "1 scored" not in said[-1]:
            said.append(child.stderr.readline())
        child.send_signal(signal.SIGTERM)
        out, _ = child.communicate(timeout=60)
    finally:
        child.kill()
        child.communicate()
    assert child.returncode == 0, said
    assert json.loads(out)["escalated"] == 1
    require_whole(crew)


def test_only_the_worker_s_login_does_the_worker_s_work(command: Command, crew: Crew, local: House) -> None:
    bring(crew, local)
    done = command("worker", "--db", crew.url("ada"), "--once")
    assert (done.code, "not a worker's" in done.err) == (1, True)


def test_a_worker_needs_the_url_of_a_shared_database(command: Command, tmp_path: Path) -> None:
    done = command("worker", "--db", tmp_path / "work.annodesk", "--once")
    assert (done.code, "URL" in done.err) == (1, True)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="there is no systemd here")
def test_the_unit_of_systemd_is_one(repo: Path) -> None:
    unit = repo / "packaging" / "annodesk-worker.service"
    found = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", str(unit)], capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout + found.stderr) == (0, "")
