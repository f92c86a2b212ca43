"""A team on a real server for the benchmarks: one project of many items, as many people as wanted, and processes."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from annodesk.model.annotations import Segment
from annodesk.model.edits import add, set_labels
from annodesk.model.ids import new_id
from annodesk.model.work import Role
from annodesk.services import Services
from annodesk.store import journal, logins, remote
from annodesk.store.engine import open_local
from annodesk.store.link import Link
from annodesk.store.private_server import PrivateServer
from tests.postgres import running_server
from tests.sync.computers import LENGTH_US, give_project_its_file
from tests.team import PASSWORD, PROJECT, Team, made_team

SETTINGS = {"shared_buffers": "256MB", "max_wal_size": "2GB", "max_connections": "250"}
"""The server is durable (fsync and synchronous_commit on) in all of them; client and baseline share it."""

_MANY = (
    "insert into annodesk.item (project_id, id, batch_id, key, duration_us, metadata, made_at_us)"
    " select '{P}', i, 'b-{P}', i, {LENGTH}, '{}', 1 from {IDS}",
    "insert into annodesk.item_state (project_id, item_id, state, changed_at_us) select '{P}', i, 'open', 1 from {IDS}",
    "insert into annodesk.task (project_id, id, item_id, stage, start_us, end_us, made_at_us)"
    " select '{P}', 't' || i, i, 'annotate', 0, {LENGTH}, 1 from {IDS}",
    "insert into annodesk.task_plan (project_id, task_id, overlap, priority) select '{P}', 't' || i, 2, 0 from {IDS}",
    "insert into annodesk.slot (project_id, id, task_id, number, shows_suggestions, batch_id)"
    " select '{P}', i || '-' || k, 't' || i, k, k = 2, 'b-{P}' from {IDS}, generate_series(1, 2) k",
)


@contextmanager
def server(**settings: str) -> Iterator[PrivateServer]:
    """A server as it comes, durable, that ends with the block."""
    with running_server(durable=True, settings={**SETTINGS, **settings}) as made:
        yield made


@contextmanager
def large_team(items: int, **settings: str) -> Iterator[Team]:
    """A published project of so many items, each one task for two people."""
    with server(**settings) as running, made_team(running, items=1) as team:
        give_project_its_file(team)
        with team.administrator() as db:
            # The server need not check each of the rows we make up.
            db.execute("set session_replication_role = replica")
            ids = f"(select 'i' || lpad(g::text, 7, '0') as i from generate_series(1, {items}) g) ids"
            for statement in _MANY:
                for name, value in {"P": PROJECT, "LENGTH": LENGTH_US, "IDS": ids}.items():
                    statement = statement.replace("{" + name + "}", str(value))
                db.execute(statement.encode())
            db.execute("vacuum analyze")
        yield team


def add_annotators(team: Team, count: int) -> list[str]:
    """So many more people who label; their names as the team knows them."""
    names = [f"p{number:03}" for number in range(count)]
    with team.admin.begin() as db:
        for name in names:
            found = logins.add_login(db, team.login(name), name, PASSWORD, [Role.ANNOTATOR.value])
            team.people[name] = str(found)
            logins.give_role(db, team.login(name), PROJECT, Role.ANNOTATOR)
    return names


def memory() -> str | None:
    """Where files of simulated workstations lie: here they would share a disk with the server."""
    place = Path("/dev/shm")
    return str(place) if place.is_dir() and os.access(place, os.W_OK) else None


def url_of(team: Team, name: str) -> str:
    """Where somebody enters, without the password."""
    return team.server.url(team.login(name), team.database)


def give_tasks(team: Team, name: str, count: int) -> None:
    """Have somebody take so many tasks."""
    with team.connect(name) as db:
        for _ in range(count):
            assert db.execute("select task_id from annodesk.claim(%s)", (PROJECT,)).fetchone()


@contextmanager
def workstation(url: str, path: Path) -> Iterator[Services]:
    """A file of its own, joined as whoever enters there; nothing is fetched yet."""
    services = Services(open_local(path, create=not path.exists()), device=path.stem)
    try:
        services.sync.join_at(remote.read_address(url).with_password(PASSWORD), PROJECT)
        yield services
    finally:
        services.close()


def work_offline(services: Services, person_id: str, edits: int, *, but: str = "") -> None:
    """Spread so many Edits over all tasks that a person holds but one: new segments, and labels for them in turn."""
    cards = [card for card in services.tasks.cards(PROJECT, person_id) if card.task_id != but]
    each = -(-edits // len(cards))
    left = edits
    for card in cards:
        work = services.tasks.open(PROJECT, person_id, card.task_id)
        session, made, step, newest = work.session, [], LENGTH_US // (4 * each), ""
        first = max((one.end_us for one in session.annotations.segments("content")), default=0)
        for number in range(min(each, left)):
            if number % 2:
                draft = set_labels(session.annotations, [newest], ["music"])
            else:
                newest, start = new_id(), first + number * step
                draft = add(Segment(newest, "content", start, start + step, ("speech",)))
            edit = session.stage(draft)
            assert edit is not None
            made.append(edit)
        # As many as a day of work makes, without a disk's pause after each.
        with services.file.write() as db:
            for edit in made:
                journal.record(db, edit)
        left -= len(made)


def open_link(url: str) -> Link:
    """Our client's connection, as the application opens it."""
    return Link(remote.read_address(url).with_password(PASSWORD))


def side_by_side(work: Callable[..., Any], each: Sequence[Mapping[str, Any]]) -> list[Any]:
    """What this work gives in processes of their own, which wait for each other at the gate they are given."""
    context = multiprocessing.get_context("spawn")
    gate, answers = context.Barrier(len(each)), context.Queue()
    started = [
        context.Process(target=_answer, args=(number, work, gate, answers, dict(how)))
        for number, how in enumerate(each)
    ]
    for process in started:
        process.start()
    found: dict[int, Any] = {}
    while len(found) < len(started):
        number, answer = answers.get()
        if isinstance(answer, BaseException):
            for process in started:
                process.terminate()
            raise answer
        found[number] = answer
    for process in started:
        process.join()
    return [found[number] for number in range(len(started))]


def _answer(number: int, work: Callable[..., Any], gate: Any, answers: Any, how: dict[str, Any]) -> None:
    try:
        answers.put((number, work(gate, **how)))
    except Exception as error:  # noqa: BLE001 - told to whoever started the process
        gate.abort()
        answers.put((number, RuntimeError(f"{type(error).__name__}: {error}")))
