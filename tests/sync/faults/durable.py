"""A server as a team runs it (fsync and synchronous_commit on) that a test may kill, stop, fill and set back."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from annodesk.model import branches
from annodesk.store import journal, projects
from annodesk.store.private_server import Binaries, PrivateServer
from tests.postgres import binaries_or_skip, ended_with_us, private_folder
from tests.services.team.crew import Crew
from tests.store.test_private_server import runs
from tests.sync.computers import give_project_its_file
from tests.team import PROJECT, Team, made_team

START_S = 60.0


class DurableServer:
    """A private server at one port, over as many ends and starts as a test likes."""

    def __init__(self, folder: Path, binaries: Binaries) -> None:
        self.server = PrivateServer(folder, binaries)
        self.server.start(durable=True, port=0)
        self._port = self.server.port()

    def start(self) -> None:
        """Start it again where it was; it mends itself from its log."""
        deadline = time.monotonic() + START_S
        while True:
            with contextlib.suppress(Exception):
                self.server.start(durable=True, port=self._port)
                return
            assert time.monotonic() < deadline, "the server does not start again"
            signal.sigtimedwait([], 0.05)

    def restart(self, *, at_once: bool) -> None:
        """Stop it, in the midst of everything or after a word, and start it again."""
        self.server.stop(at_once=at_once)
        self.start()

    def kill(self) -> None:
        """End all of its processes at once, as a power cut does."""
        first = self.server.process_id()
        asked = subprocess.run(["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=False)
        numbers = [first, *map(int, asked.stdout.split())]
        for number in numbers:
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        # Until the system has forgotten them too: a process that is dead but known counts as running.
        while self.server.is_running() or any(runs(str(number)) for number in numbers):
            signal.sigtimedwait([], 0.02)

    def pause(self) -> None:
        """Stop all of its processes: connections stay open, and nobody answers."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, what: signal.Signals) -> None:
        first = self.server.process_id()
        asked = subprocess.run(["ps", "-o", "pid=", "--ppid", str(first)], capture_output=True, text=True, check=False)
        for number in (first, *map(int, asked.stdout.split())):
            with contextlib.suppress(ProcessLookupError):
                os.kill(number, what)


@contextmanager
def durable_server(folder: Path | None = None, binaries: Binaries | None = None) -> Iterator[DurableServer]:
    """A durable server for a block, in a folder that is given or made."""
    with contextlib.ExitStack() as stack:
        home = stack.enter_context(private_folder()) if folder is None else folder
        stack.enter_context(ended_with_us(home))
        made = DurableServer(home / "pg", binaries or binaries_or_skip())
        stack.callback(lambda: made.server.is_running() and made.server.stop(at_once=True))
        yield made


@contextmanager
def team_on(server: PrivateServer, items: int = 3) -> Iterator[Team]:
    """A team whose project can be worked on."""
    with made_team(server, items=items) as made:
        give_project_its_file(made)
        yield made


def crew_of(team: Team) -> Crew:
    """The same team, as the tests of the worker know it."""
    return Crew(team.server, team.database, team.prefix, PROJECT, team.people)


def edit_ids(team: Team) -> list[str]:
    """Ids of all Edits that the server has, each as often as it is there."""
    with team.administrator() as db:
        return [str(row[0]) for row in db.execute("select id from annodesk.edit")]


_EDITS = """
select set_id, id, device, device_seq, parents, undoes, format, project_version, elapsed_us, made_at_us,
       server_offset_us, body
  from annodesk.edit where set_id = %s
"""
_HEADS = "select head from annodesk.submission where set_id = %s and head is not null order by number"


def server_digests(team: Team, set_ids: Iterable[str]) -> dict[str, str]:
    """The digest of what each set's Edits on the server fold to."""
    found = {}
    with crew_of(team).as_worker() as db:
        schema = projects.get_version(db, PROJECT).project.schema
        for set_id in set_ids:
            made = [journal.any_edit(row) for row in db.exec_driver_sql(_EDITS, (set_id,))]
            heads = list(db.exec_driver_sql(_HEADS, (set_id,)).scalars())
            empty = journal.header(db, set_id).with_header(head=None)
            found[set_id] = branches.fold(schema, empty, made, heads).annotations.digest()
    return found


def is_up(server: PrivateServer) -> bool:
    """Whether the server answers."""
    try:
        psycopg.connect(server.url(database="postgres"), connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True
