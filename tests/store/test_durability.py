"""Killed at any instant, annodesk reopens on the last acknowledged Edit."""

from __future__ import annotations

import os
import random
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from annodesk.services import Services
from annodesk.store import journal
from tests.services.made import House, make_house

ROUNDS, SLOW_ROUNDS = 20, 200
MOST_EDITS = 60
LONGEST_PAUSE_S = 0.03


class Editing:
    """A project file that a child process edits until it is killed, over and over."""

    def __init__(self, folder: Path, repo: Path) -> None:
        house = make_house(folder, with_text=True)
        self.repo, self.path, self.project_id = repo, house.services.path, house.project_id
        self.person, self.task = house.id_of("Ada"), house.tasks()[0]
        self.set_id = house.open("Ada").set_id
        house.services.close()

    def command(self, seed: str) -> list[str]:
        return [sys.executable, "-m", "tests.store.editor", str(self.path), self.task, self.person, seed]

    def kill_one(self, rng: random.Random, seed: str) -> list[str]:
        """Let a child edit, kill it at a random moment; the ids of the Edits it acknowledged."""
        with subprocess.Popen(self.command(seed), stdout=subprocess.PIPE, cwd=self.repo) as child:
            assert child.stdout is not None
            said = b""
            wanted = rng.randrange(1, MOST_EDITS)
            while said.count(b"\n") < wanted:
                more = os.read(child.stdout.fileno(), 65536)
                assert more, "the editor ended by itself"
                said += more
            # Any instant of an Edit may be the last, so the moment within it is left to chance.
            try:
                child.wait(rng.uniform(0, LONGEST_PAUSE_S))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
            said += child.stdout.read()
        assert child.returncode == -signal.SIGKILL
        return [line.decode() for line in said.split(b"\n")[:-1]]

    def check(self, acknowledged: list[str]) -> None:
        """Everything acknowledged is there, in a file that is whole."""
        with Services.open(self.path, read_only=True) as reader, reader.file.read() as db:
            kept = [edit.id for edit in journal.edits_of(db, self.set_id)]
        with Services.open(self.path) as services, services.file.read() as db:
            assert db.execute(text("PRAGMA integrity_check")).scalars().all() == ["ok"]
            assert db.execute(text("PRAGMA foreign_key_check")).all() == []
            ids = [edit.id for edit in journal.edits_of(db, self.set_id)]
            rows, folded = journal.get_set(db, self.set_id), journal.fold(db, self.set_id)
        assert ids == kept
        assert set(acknowledged) <= set(ids)
        assert [i for i in ids if i in set(acknowledged)] == acknowledged
        assert (rows.digest(), rows.head) == (folded.digest(), folded.head)


def kill_rounds(editing: Editing, rounds: int) -> list[str]:
    """Check after each kill; every Edit that was acknowledged."""
    seed = os.environ.get("ANNODESK_TEST_SEED") or str(random.SystemRandom().randrange(10**9))
    rng = random.Random(seed)
    acknowledged: list[str] = []
    for number in range(rounds):
        print(f"round {number}: ANNODESK_TEST_SEED={seed}")
        acknowledged += editing.kill_one(rng, f"{seed}:{number}")
        editing.check(acknowledged)
    return acknowledged


@pytest.fixture
def editing(tmp_path: Path, repo: Path) -> Editing:
    return Editing(tmp_path, repo)


def test_sigkill_at_a_random_moment_loses_no_acknowledged_edit(editing: Editing) -> None:
    assert len(kill_rounds(editing, ROUNDS)) >= ROUNDS


@pytest.mark.slow
def test_sigkill_at_two_hundred_random_moments_loses_no_acknowledged_edit(editing: Editing) -> None:
    assert len(kill_rounds(editing, SLOW_ROUNDS)) >= SLOW_ROUNDS


@pytest.mark.slow
def test_sigkill_while_the_file_is_made_leaves_one_that_can_be_made(tmp_path: Path, repo: Path) -> None:
    code = "import sys, pathlib; from annodesk.store.engine import open_local; print(flush=True); "
    code += "open_local(pathlib.Path(sys.argv[1]), create=True)"
    rng = random.Random(os.environ.get("ANNODESK_TEST_SEED", "0"))
    for number in range(40):
        path = tmp_path / f"{number}.annodesk"
        with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE, cwd=repo) as child:
            assert child.stdout is not None
            child.stdout.readline()
            try:
                child.wait(rng.uniform(0, 0.6))
            except subprocess.TimeoutExpired:
                child.send_signal(signal.SIGKILL)
        with Services.open(path, create=True) as services:
            assert services.projects.list() == []


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
def test_each_acknowledgement_follows_an_fsync_of_the_log(editing: Editing, tmp_path: Path) -> None:
    trace = tmp_path / "trace"
    # -D keeps the child ours, so that killing it kills the editor and not the tracer.
    tracer = ["strace", "-D", "-f", "-y", "-s", "64", "-e", "trace=fsync,fdatasync,write,pwrite64", "-o", str(trace)]
    with subprocess.Popen([*tracer, *editing.command("traced")], stdout=subprocess.PIPE, cwd=editing.repo) as child:
        assert child.stdout is not None
        acknowledged = [child.stdout.readline().decode().strip() for _ in range(30)]
        child.send_signal(signal.SIGKILL)
        child.stdout.read()
    if "" in acknowledged:
        pytest.skip("this system does not let strace trace")
    log = re.escape(str(editing.path)) + "-wal"
    wrote, synced, seen = False, False, []
    for line in trace.read_text(errors="replace").splitlines():
        if re.search(rf"pwrite64\(\d+<{log}>", line) or re.search(rf"\bwrite\(\d+<{log}>", line):
            wrote, synced = True, False
        elif re.search(rf"f(data)?sync\(\d+<{log}>\)\s+= 0", line):
            synced = wrote
        elif found := re.search(r'\bwrite\(1<[^>]*>, "([0-9a-f-]{36})\\n"', line):
            assert synced, f"acknowledged before it was synced: {line}"
            seen.append(found.group(1))
            wrote = synced = False
    assert seen[: len(acknowledged)] == acknowledged


def test_an_edit_recorded_twice_is_there_once(house: House) -> None:
    work = house.label("Ada")
    edit = house.services.annotate.reload(work.set_id)[1][-1]
    house.services.annotate.record(edit)
    assert [e.id for e in house.services.annotate.reload(work.set_id)[1]].count(edit.id) == 1
