"""Workstations beside a running worker: it folds long sets while they grow, and wakes those whom its work concerns."""

from __future__ import annotations

import queue
from collections.abc import Callable

import psycopg
import pytest
from sqlalchemy import text

from annodesk.model.annotations import Segment
from annodesk.model.edits import add, set_answer, set_labels
from annodesk.model.ids import new_id
from annodesk.services.sync import POLL_S, Synced
from annodesk.services.tasks import TaskWork
from annodesk.services.worker import Rounds, Worker
from annodesk.store import folding, journal, projects, remote, snapshots, todo
from annodesk.store.wakes import channel
from tests.sync.computers import LENGTH_US, Computer, admin
from tests.team import PASSWORD, PROJECT, Team

Make = Callable[..., Computer]
EVERY, PIECES = 100, 120
STEP_US = LENGTH_US // PIECES


def work_off(team: Team) -> Rounds:
    """Let a worker do all there is to do."""
    return Worker(place_of(team)).once()


def place_of(team: Team) -> remote.Address:
    return remote.read_address(team.server.url(team.login("work"), team.database)).with_password(PASSWORD)


def add_pieces(desk: Computer, work: TaskWork, first: int, last: int) -> None:
    """One Edit for each piece of the recording."""
    for k in range(first, last):
        desk.do(work, add(Segment(new_id(), "content", k * STEP_US, (k + 1) * STEP_US, ("speech",))))


@pytest.fixture
def long_set(team: Team, desk: Make, monkeypatch: pytest.MonkeyPatch) -> tuple[Computer, TaskWork]:
    """A set of more Edits than are folded at once, pushed and not handed in."""
    assert folding.EVERY == 1_000
    monkeypatch.setattr(folding, "EVERY", EVERY)
    ada = desk("ada")
    work = ada.open(ada.take())
    add_pieces(ada, work, 0, PIECES - 5)
    ada.sync()
    return ada, work


SNAPSHOTS = "select number, edits, head, digest from annodesk.set_snapshot where set_id = %s order by number"


def test_a_long_set_is_folded_while_it_is_worked_on_and_handed_in_from_there(
    team: Team, long_set: tuple[Computer, TaskWork]
) -> None:
    ada, work = long_set
    work_off(team)
    here = ada.stored(work.task.id)
    assert admin(team, SNAPSHOTS, work.set_id) == [(folding.RUNNING, PIECES - 5, here.head, here.digest())]

    add_pieces(ada, work, PIECES - 5, PIECES)
    ada.do(work, set_answer(work.session.annotations, "policy", ("none",)))
    ada.services.tasks.submit(work.session.annotations)
    ada.sync()
    with remote.writing(remote.open_shared(place_of(team)), place_of(team)) as db:
        todo.begin(db, PROJECT)
        schema = projects.get_version(db, PROJECT, 1).project.schema
        begun = folding.running(db, work.set_id)
        assert begun is not None
        base = snapshots._opened(journal.header(db, work.set_id).with_header(head=begun[0]), begun[1])
        done = ada.stored(work.task.id)
        found = folding.fold_from(db, schema, base, str(done.head), [str(done.head)])
        assert found is not None
        assert (found[0].digest(), found[1:]) == (done.digest(), (PIECES + 1, 6))
    assert work_off(team).put_aside == 0
    assert admin(team, SNAPSHOTS, work.set_id)[1:] == [(1, PIECES + 1, done.head, done.digest())]


def test_what_another_machine_did_on_earlier_edits_is_folded_from_the_beginning(
    team: Team, desk: Make, long_set: tuple[Computer, TaskWork]
) -> None:
    ada, work = long_set
    other = desk("ada", device="other")
    other.sync()
    theirs = other.open(work.task.id)
    first = theirs.session.annotations.segments("content")[0]
    other.do(theirs, set_labels(theirs.session.annotations, [first.id], ["music"]))
    add_pieces(ada, work, PIECES - 5, PIECES)
    ada.sync()
    work_off(team)
    other.sync()
    ada.sync()
    merged = ada.stored(work.task.id)
    assert " " in str(merged.head), "two branches"
    mine = ada.open(work.task.id)
    ada.do(mine, set_answer(mine.session.annotations, "policy", ("none",)))
    ada.services.tasks.submit(mine.session.annotations)
    ada.sync()
    assert work_off(team).put_aside == 0
    assert admin(team, SNAPSHOTS, work.set_id)[-1][3] == ada.stored(work.task.id).digest()


def test_a_short_set_is_not_folded_before_it_is_handed_in(team: Team, desk: Make) -> None:
    ada = desk("ada")
    work = ada.label(ada.take())
    ada.sync()
    work_off(team)
    assert admin(team, SNAPSHOTS, work.set_id) == []
    assert admin(team, "select count(*) from annodesk.unfolded") == [(0,)]


def test_nobody_is_shown_what_is_folded_before_it_is_handed_in(team: Team, long_set: tuple[Computer, TaskWork]) -> None:
    _, work = long_set
    work_off(team)
    found = team.call("moe", "select set_id, body from annodesk.read_work(%s, %s)", PROJECT, work.task.item_id)
    assert (work.set_id, None) in found


def both_finish(desk: Make) -> None:
    ada, ben = desk("ada"), desk("ben")
    task = ada.take()
    assert ben.take() == task
    for one in (ada, ben):
        one.finish(task)
        one.sync()


def test_a_worker_wakes_those_whom_a_decision_concerns_and_nobody_else(team: Team, desk: Make) -> None:
    both_finish(desk)
    audiences = ("analysts", "managers", *(team.people[name] for name in ("ada", "ben", "cleo")))
    names = {channel(PROJECT, audience): audience for audience in audiences}
    with team.connect("cleo") as db:
        for name in names:
            db.execute(psycopg.sql.SQL("listen {}").format(psycopg.sql.Identifier(name)))
        assert work_off(team).settled == 1
        heard = {names[one.channel] for one in db.notifies(timeout=1)}
    assert heard == {"analysts", "managers", team.people["ada"], team.people["ben"]}


def test_what_a_worker_says_is_said_once(team: Team, desk: Make) -> None:
    both_finish(desk)
    work_off(team)
    with team.connect("cleo") as db:
        db.execute(f"listen {channel(PROJECT, 'analysts')}".encode())
        work_off(team)
        assert list(db.notifies(timeout=0.5)) == []


def item_states(desk: Computer) -> list[tuple[str]]:
    with desk.services.file.read() as db:
        return [(row.state,) for row in db.execute(text("select state from item_state"))]


def test_a_sleeping_workstation_wakes_when_a_worker_has_decided(team: Team, desk: Make) -> None:
    ana = desk("ana")
    rounds: queue.Queue[Synced | None] = queue.Queue()
    ana.services.sync.start(rounds.put)
    try:
        while (first := rounds.get(timeout=POLL_S)) is None or first.result.is_more:
            pass
        both_finish(desk)
        assert work_off(team).settled == 1
        while ("settled",) not in item_states(ana):
            assert rounds.get(timeout=POLL_S / 2) is not None, "woken, not found by chance"
    finally:
        ana.services.sync.stop()
