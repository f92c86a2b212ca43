"""Lines that break, servers that forget, people who are removed: nothing is lost, nothing is there twice."""

from __future__ import annotations

import json
import random
import threading
import time
from collections.abc import Callable

import psycopg
import pytest

from annodesk.errors import AnnodeskError
from annodesk.model.work import SlotState
from annodesk.services import server as administrator
from annodesk.services.sync import LATEST_S, Synced, wait_before
from annodesk.services.sync_state import Standing
from annodesk.store import remote
from annodesk.store.line import ShutOut, Unreachable
from annodesk.sync.push import INSERT
from tests.proxy import Line
from tests.sync.computers import Computer, admin, with_password
from tests.team import PASSWORD, PROJECT, Team, edit_json

Make = Callable[..., Computer]


def over(line: Line, team: Team, name: str) -> str:
    return f"postgresql://{team.login(name)}@127.0.0.1:{line.port}/{team.database}"


def edits(team: Team) -> int:
    return int(admin(team, "select count(*) from annodesk.edit")[0][0])


@pytest.fixture
def ada(team: Team, desk: Make, bad_line: Line) -> Computer:
    """Ada, whose line can be harmed."""
    return desk("ada", url=over(bad_line, team, "ada"), limit_s=2.0)


def test_work_goes_on_without_a_line_and_arrives_when_it_is_back(team: Team, ada: Computer, bad_line: Line) -> None:
    task = ada.take()
    bad_line.close()
    ada.finish(task)
    with pytest.raises(Unreachable):
        ada.sync()
    state = ada.services.sync.state()
    assert (state.standing, state.waiting) == (Standing.OFFLINE, 3)
    bad_line.close(False)
    assert ada.sync().state.standing is Standing.SYNCED
    assert edits(team) == 2
    assert ada.states() == {task: SlotState.SUBMITTED}


@pytest.mark.parametrize("words", [b"annodesk.pushed", b"COMMIT", b"annodesk.submit"])
def test_a_reply_that_is_lost_after_the_commit_costs_nothing(
    team: Team, ada: Computer, bad_line: Line, words: bytes
) -> None:
    task = ada.take()
    ada.finish(task)
    bad_line.cut_reply_to(words)
    with pytest.raises(Unreachable):
        ada.sync()
    assert bad_line.cuts == 1
    done = ada.sync()
    assert (done.result.waiting, done.result.refused) == (0, [])
    assert edits(team) == 2
    assert admin(team, "select count(*) from annodesk.submission") == [(1,)]


@pytest.mark.parametrize("words", [b"annodesk.claim(", b"annodesk.skip", b"annodesk.recall"])
def test_a_request_whose_answer_was_lost_is_not_done_twice(
    team: Team, ada: Computer, bad_line: Line, words: bytes
) -> None:
    first, second = ada.take(), ada.take()
    work = ada.finish(second)
    ada.sync()
    ada.services.sync.ask_for_task()
    ada.services.tasks.skip(ada.open(first).set_id, "bad sound")
    ada.services.tasks.recall(work.set_id)
    bad_line.cut_reply_to(words)
    with pytest.raises(Unreachable):
        ada.sync()
    assert bad_line.cuts == 1
    done = ada.sync()
    assert (done.result.waiting, done.result.refused) == (0, [])
    states = dict(admin(team, "select task_id, state from annodesk.claim"))
    assert (states.pop(first), states.pop(second)) == ("skipped", "leased")
    assert list(states.values()) == ["leased"]
    assert {task: state.value for task, state in ada.states().items()} == {
        first: "skipped", second: "leased", **states
    }  # fmt: skip


def test_no_call_waits_for_a_silent_line_longer_than_its_limit(ada: Computer, bad_line: Line) -> None:
    ada.sync()
    bad_line.fall_silent()
    began = time.monotonic()
    with pytest.raises(Unreachable, match="did not answer in time"):
        ada.sync()
    assert time.monotonic() - began < 6
    bad_line.fall_silent(False)
    assert ada.sync().state.standing is Standing.SYNCED


def test_a_person_who_was_removed_keeps_their_work_and_is_told(team: Team, desk: Make) -> None:
    ada = desk("ada")
    task = ada.take()
    ada.finish(task)
    admin(team, "delete from annodesk.membership where person_id = %s", ada.me)
    with pytest.raises(ShutOut, match="no member of this project any more"):
        ada.sync()
    state = ada.services.sync.state()
    assert (state.standing, state.waiting) == (Standing.REFUSED, 3)
    assert len(ada.stored(task)) == 2
    assert edits(team) == 0


def test_a_login_that_was_removed_is_told_so(team: Team, desk: Make) -> None:
    ben = desk("ben")
    task = ben.take()
    ben.label(task)
    address = remote.read_address(team.server.url(database=team.database))
    administrator.remove_user(address, team.login("ben"))
    with pytest.raises(AnnodeskError):
        ben.sync()
    with pytest.raises(ShutOut):
        ben.sync()
    assert ben.services.sync.state().standing is Standing.REFUSED
    assert len(ben.stored(task)) == 1


def test_what_a_restored_server_has_lost_is_sent_again(team: Team, desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    kept = one.take()
    one.finish(kept)
    one.sync()
    lost = one.take()
    one.label(lost, 0, 10)
    one.sync()
    other.sync()
    other.label(lost, 10, 20)
    other.sync()
    one.sync()
    set_id = one.stored(lost).id
    with team.administrator() as db:
        # As it was before: the second task was not taken, and the first one not handed in.
        for table in ("edit", "submission"):
            db.execute(f"delete from annodesk.{table}")
        db.execute("update annodesk.claim set state = 'leased'")
        db.execute(
            "update annodesk.slot set claim_id = null"
            " where claim_id in (select id from annodesk.claim where set_id = %s)",
            (set_id,),
        )
        db.execute("delete from annodesk.claim where set_id = %s", (set_id,))
        db.execute("delete from annodesk.annotation_set where id = %s", (set_id,))
        db.execute("delete from annodesk.feed where position > 1")
        db.execute("update annodesk.feed_head set last = 1 where last > 1")
    done = one.sync()
    assert any("set back to an older copy" in note for note in done.result.notes)
    assert done.result.waiting == 0
    assert edits(team) == 4, "those of the other machine too"
    assert admin(team, "select digest from annodesk.submission") == [(one.stored(kept).digest(),)]
    assert [row[0] for row in admin(team, "select set_id from annodesk.claim where task_id = %s", lost)] == [set_id]
    other.sync()
    assert other.stored(lost).digest() == one.stored(lost).digest()
    assert (one.sync().result.pushed, one.sync().result.pulled) == (0, 0)


def test_a_workstation_is_woken_by_another_and_stops_at_once(team: Team, desk: Make) -> None:
    one, other = desk("ada", device="one"), desk("ada", device="other")
    task = one.take()
    other.sync()
    arrived, first = threading.Event(), threading.Event()

    def after(synced: Synced | None) -> None:
        first.set()
        if synced is not None and synced.result.branches:
            arrived.set()

    other.services.sync.start(after)
    assert first.wait(20)
    one.label(task)
    one.sync()
    assert arrived.wait(20), "well before it would have looked by itself"
    began = time.monotonic()
    other.services.sync.stop()
    assert time.monotonic() - began < 5
    assert other.stored(task).digest() == one.stored(task).digest()


def test_the_thread_goes_on_when_the_line_was_cut(team: Team, ada: Computer, bad_line: Line) -> None:
    task = ada.take()
    rounds: list[Synced | None] = []
    sent = threading.Event()

    def after(synced: Synced | None) -> None:
        rounds.append(synced)
        if synced is not None and synced.result.pushed:
            sent.set()

    ada.services.sync.start(after)
    bad_line.drop()
    ada.label(task)
    ada.services.sync.nudge()
    assert sent.wait(30)
    ada.services.sync.stop()
    assert edits(team) == 1


def test_tries_in_vain_come_ever_more_slowly_and_not_all_at_once() -> None:
    rng = random.Random(1)
    waits = [wait_before(attempt, rng) for attempt in range(1, 40)]
    assert waits[0] <= 1
    assert all(wait <= LATEST_S for wait in waits)
    assert waits[-1] >= LATEST_S / 2
    assert len(set(waits)) == len(waits)


def test_a_file_belongs_to_one_person(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    with pytest.raises(AnnodeskError, match="another project or person"):
        ada.services.sync.join(with_password(team.server.url(team.login("ben"), team.database)), PROJECT)


def test_no_password_is_in_the_file(team: Team, desk: Make) -> None:
    ada = desk("ada")
    ada.sync()
    assert PASSWORD.encode() not in ada.services.path.read_bytes()
    with ada.services.file.read() as db:
        assert not any(PASSWORD in str(value) for value in db.exec_driver_sql("select value from file_fact").scalars())


@pytest.mark.parametrize(
    "body", ['{"secret": "x"}', "[1, 2]", "7", '{"verb": "add", "changes": [{"after": {"kind": 3}}]}']
)
def test_a_change_that_cannot_be_understood_locks_its_set_and_nothing_else(team: Team, desk: Make, body: str) -> None:
    one = desk("ada", device="one")
    task = one.take()
    work = one.label(task, 0, 10)
    one.sync()
    before = one.stored(task).digest()
    odd = edit_json() | {"set_id": work.set_id, "parents": [one.stored(task).head], "body": json.loads(body)}
    with psycopg.connect(team.server.url(team.login("ada"), team.database), password=PASSWORD) as db:
        db.execute(INSERT.encode(), (PROJECT, team.people["ada"], json.dumps([odd])))
        db.execute("select annodesk.pushed(%s, %s)", (PROJECT, [work.set_id]))
    for machine in (one, desk("ada", device="other")):
        machine.sync()
        assert machine.stored(task).digest() == before
        assert "cannot be understood" in machine.open(task).session.locked
        assert not machine.services.file.is_read_only
    one.finish(one.take())
    assert one.sync().result.refused == []
