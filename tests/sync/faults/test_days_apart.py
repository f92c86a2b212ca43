"""Workstations that were away for a day, whose clock is years wrong, or whose person was removed meanwhile."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter

import pytest

from annodesk.services import server as administrator
from annodesk.store import remote
from tests.sync.computers import admin
from tests.sync.faults.desks import REPO, Desks, Told
from tests.sync.faults.durable import edit_ids, server_digests
from tests.team import PASSWORD, PROJECT, Team

pytestmark = pytest.mark.postgres

KNOWN = {**os.environ, "PGPASSWORD": PASSWORD}
DAY_S = 86_400.0
TEN_YEARS_S = 3652 * DAY_S


def a_day_passes(team: Team) -> None:
    """On the server leases run out and are given back, as the worker does."""
    admin(team, "update annodesk.claim set lease_until_us = annodesk.now_us() - 1")
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)


def test_two_machines_of_one_author_offline_for_a_day_each_come_to_one_set(team: Team, desks: Desks) -> None:
    one, other = desks.join("ada", "one"), desks.join("ada", "other")
    task = one.ask("take")
    saved = one.ask("label", task, 0, 60)
    one.ask("sync")
    other.ask("sync")
    for desk in (one, other):
        desk.close()
    one = desks.start("ada", "one", ahead_s=DAY_S)
    saved += [one.ask("answer", task, "policy", ["none"]), one.ask("write", task, "as one has it")]
    one.close()
    a_day_passes(team)
    other = desks.start("ada", "other", ahead_s=2 * DAY_S)
    saved += [other.ask("answer", task, "quality", 4), other.ask("write", task, "as the other has it")]
    a_day_passes(team)
    assert other.ask("sync")["waiting"] == 0
    one = desks.start("ada", "one", ahead_s=2 * DAY_S)
    assert one.ask("sync")["standing"] == "conflict"
    assert other.ask("sync")["conflicts"] == 1
    assert one.ask("choose", task) == 1
    assert one.ask("sync")["standing"] == "synced"
    assert other.ask("sync")["standing"] == "synced"
    own = one.ask("stored", task)
    assert own == other.ask("stored", task)
    assert server_digests(team, [own["set"]]) == {own["set"]: own["digest"]}
    there = Counter(edit_ids(team))
    assert [there[edit_id] for edit_id in saved] == [1] * len(saved)
    one.ask("submit", task)
    assert one.ask("sync")["refused"] == []
    assert admin(team, "select digest from annodesk.submission") == [(own["digest"],)]


@pytest.mark.parametrize("ahead_s", [TEN_YEARS_S, -TEN_YEARS_S], ids=["ten years ahead", "ten years behind"])
def test_a_clock_that_is_ten_years_wrong_harms_nothing(team: Team, desks: Desks, ahead_s: float) -> None:
    wrong, right = desks.join("ada", "wrong", ahead_s=ahead_s), desks.join("ada", "right")
    task = wrong.ask("take")
    wrong.ask("label", task, 0, 60)
    assert wrong.ask("sync")["standing"] == "synced"
    right.ask("sync")
    right.ask("answer", task, "quality", 4)
    wrong.ask("answer", task, "policy", ["none"])
    right.ask("sync")
    assert wrong.ask("sync")["conflicts"] == 0
    wrong.ask("submit", task)
    assert wrong.ask("sync")["refused"] == []
    right.ask("sync")
    assert right.ask("stored", task) == wrong.ask("stored", task)
    assert right.ask("claims") == wrong.ask("claims") == {task: "submitted"}
    assert admin(team, "select is_late from annodesk.submission") == [(False,)]
    off = "select max(abs(made_at_us + coalesce(server_offset_us, 0) - annodesk.now_us())) from annodesk.edit"
    assert admin(team, off)[0][0] < 300_000_000, "what is known of the clock corrects it"


def removed_login(team: Team, name: str) -> None:
    administrator.remove_user(remote.read_address(team.server.url(database=team.database)), team.login(name))


def removed_member(team: Team, name: str) -> None:
    admin(team, "delete from annodesk.membership where person_id = %s", team.people[name])


@pytest.mark.parametrize(
    ("remove", "words"),
    [(removed_login, "knows no such login"), (removed_member, "You are no member of this project any more")],
)
def test_a_person_removed_while_offline_keeps_their_work_and_is_told(
    team: Team, desks: Desks, remove: object, words: str
) -> None:
    ben = desks.join("ben")
    task = ben.ask("take")
    saved = ben.ask("finish", task)
    before = ben.ask("stored", task)
    remove(team, "ben")  # type: ignore[operator]
    with pytest.raises(Told, match=words):
        ben.ask("sync")
    state = ben.ask("state")
    assert state["standing"] == "refused"
    assert state["waiting"] == len(saved) + 1
    assert words in state["sentence"]
    assert edit_ids(team) == []
    assert ben.ask("stored", task) == before
    ben.close()
    out = desks.folder / "kept"
    call = [sys.executable, "-m", "annodesk", "export", "--db", str(ben.path), "--which", "all", "--format", "csv"]
    done = subprocess.run([*call, "-o", str(out)], cwd=REPO, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "speech" in "".join(p.read_text() for p in out.rglob("*.csv")) if out.is_dir() else out.read_text()
    call = [sys.executable, "-m", "annodesk", "sync", "--db", str(ben.path), "--once", "--json"]
    said = subprocess.run(call, cwd=REPO, env=KNOWN, capture_output=True, text=True, check=False)
    assert said.returncode == 1
    assert words in said.stderr
    assert '"state": "refused"' in said.stdout
