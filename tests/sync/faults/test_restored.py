"""A database that was restored from an older backup: workstations notice, and send again what it has lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg import sql

from tests.sync.computers import admin
from tests.sync.faults.desks import Desks
from tests.sync.faults.durable import crew_of, edit_ids, server_digests
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres

SOON_S = 40.0


class Backup:
    """A whole copy of a team's database, made by the server itself."""

    def __init__(self, team: Team) -> None:
        self._team, self._name = team, f"{team.database}_backup"
        self._run("create database {} template {}", self._name, team.database)

    def restore(self) -> None:
        """Put the copy in the place of the database, under everybody's feet."""
        self._run("drop database {} with (force)", self._team.database)
        self._run("create database {} template {}", self._team.database, self._name)

    def drop(self) -> None:
        self._run("drop database if exists {} with (force)", self._name)

    def _run(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._team.server.url(database="postgres"), autocommit=True) as db:
            for name in names:
                # A copy is made only of what nobody is in.
                db.execute("select pg_terminate_backend(pid) from pg_stat_activity where datname = %s", (name,))
            db.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))  # type: ignore[arg-type]


@contextmanager
def backup_of(team: Team) -> Iterator[Backup]:
    made = Backup(team)
    try:
        yield made
    finally:
        made.drop()


def test_workstations_notice_and_send_again_what_a_restored_server_has_lost(team: Team, desks: Desks) -> None:
    ada, other, ben = desks.join("ada", "one"), desks.join("ada", "other"), desks.join("ben")
    first = ada.ask("take")
    saved = ada.ask("label", first, 0, 60)
    ada.ask("sync")
    other.ask("sync")
    with backup_of(team) as backup:
        saved += [other.ask("answer", first, "policy", ["none"])]
        other.ask("sync")
        ada.ask("sync")
        ada.ask("submit", first)
        second = ada.ask("take")
        saved += ada.ask("label", second, 0, 60)
        ada.ask("sync")
        assert ben.ask("take") == first
        saved += ben.ask("finish", first)
        ben.ask("sync")
        crew_of(team).round()
        for desk in (ada, ben):
            desk.ask("start")
        backup.restore()
        assert len(edit_ids(team)) == 1, "the server is as it was"
        for desk in (ada, ben):
            desk.ask("nudge")
            assert desk.ask("until", "synced", 0, SOON_S)
            desk.ask("stop")
    ada.ask("sync")
    assert any("set back to an older copy" in line or "had lost" in line for line in ada.ask("log"))
    assert Counter(edit_ids(team)) == Counter(saved), "the other machine's work too, which was never lost here"
    for desk in (ada, ben):
        own = [desk.ask("stored", task) for task in desk.ask("claims")]
        assert server_digests(team, [one["set"] for one in own]) == {one["set"]: one["digest"] for one in own}
    digests = {row[0] for row in admin(team, "select digest from annodesk.submission")}
    assert digests == {ada.ask("stored", first)["digest"], ben.ask("stored", first)["digest"]}
    other.ask("sync")
    assert other.ask("stored", first) == ada.ask("stored", first)
    assert crew_of(team).round().scored == 1, "the item is judged anew"


def test_a_restored_server_whose_feed_looks_as_before_is_noticed_too(team: Team, desks: Desks) -> None:
    ada, other = desks.join("ada", "one"), desks.join("ada", "other")
    task = ada.ask("take")
    other.ask("sync")
    with backup_of(team) as backup:
        saved = ada.ask("label", task, 0, 10)
        ada.ask("sync")
        backup.restore()
        # The other machine's first word now stands where the lost one stood, and says the same.
        saved += other.ask("label", task, 10, 20)
        other.ask("sync")
        said = admin(team, "select audience, position, kind, subject_id from annodesk.feed where kind = 'edits'")
        assert len(said) == 1
        ada.ask("sync")
    assert Counter(edit_ids(team)) == Counter(saved)


def test_who_is_not_in_the_backup_keeps_their_work_and_is_told(team: Team, desks: Desks) -> None:
    ben = desks.join("ben")
    task = ben.ask("take")
    with team.administrator() as db:
        db.execute("delete from annodesk.membership where person_id = %s", (team.people["ben"],))
    with backup_of(team) as backup:
        with team.administrator() as db:
            member = "insert into annodesk.membership (project_id, person_id, role) values (%s, %s, 'annotator')"
            db.execute(member, (PROJECT, team.people["ben"]))
        ben.ask("label", task, 0, 10)
        ben.ask("sync")
        kept = ben.ask("stored", task)
        backup.restore()
        ben.ask("start")
        assert ben.ask("until", "refused", 0, SOON_S)
        ben.ask("stop")
    assert "no member of this project" in ben.ask("state")["sentence"]
    assert ben.ask("stored", task) == kept
