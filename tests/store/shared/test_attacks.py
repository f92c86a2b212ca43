"""What each person can reach with nothing but psql and their own password, tried under real logins."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from annodesk.store import shared_tables
from annodesk.store.security import POLICIES, VERSION_TABLE
from tests.store.shared.attacks import ATTACKS, BLIND, NOTHING, Attack, push
from tests.store.shared.scene import SECRET, Scene, make_scene
from tests.team import PROJECT, Team, edit_json


@pytest.fixture(scope="module")
def scene(team: Team) -> Scene:
    return make_scene(team)


@pytest.fixture(scope="module")
def sessions(scene: Scene) -> Iterator[dict[str, psycopg.Connection[tuple[object, ...]]]]:
    """One session of each attacker; what an attack does is rolled back."""
    held = {name: scene.team.connect(name, autocommit=False) for name in {one.who for one in ATTACKS}}
    yield held
    for one in held.values():
        one.close()


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_fails(
    scene: Scene, sessions: dict[str, psycopg.Connection[tuple[object, ...]]], attack: Attack
) -> None:
    db, said = sessions[attack.who], ""
    try:
        found = db.execute(scene.fill(attack.sql).encode())
        while found.nextset():
            pass
        rows = found.fetchall() if found.description else []
        outcome = (
            NOTHING if not rows and (found.description or found.rowcount <= 0) else f"{len(rows)} rows: {rows[:2]}"
        )
    except psycopg.Error as error:
        outcome, said = str(error.sqlstate), str(error)
    finally:
        db.rollback()
    assert SECRET not in said
    assert outcome == attack.outcome or (attack.outcome == "any" and len(outcome) == 5)


def test_there_are_as_many_attacks_as_promised() -> None:
    assert len({one.name for one in ATTACKS}) == len(ATTACKS) >= 60
    assert len(BLIND) >= 10


# What people must be able to do, so that no attack fails for a wrong reason.


def test_everybody_reads_their_own(scene: Scene) -> None:
    team, ada = scene.team, scene.names["ada"]
    assert team.call("ada", "select id from annodesk.person") == [(ada,)]
    assert len(team.call("ada", "select task_id from annodesk.claim")) == 2
    assert len(team.call("ada", "select body from annodesk.edit")) == 1
    assert {row[0] for row in team.call("ada", "select id from annodesk.item")} == {
        scene.names["reference"],
        scene.names["second"],
    }


def test_analysts_and_managers_read_their_projects(scene: Scene) -> None:
    team = scene.team
    assert team.call("ana", "select count(body) from annodesk.edit") == [(4,)]
    assert (scene.names["reference"],) in team.call("ana", "select item_id from annodesk.reference_item")
    assert team.call("moe", "select count(id) from annodesk.item") == [(6,)]
    letters = team.call("moe", "select letter, task_id from annodesk.read_work(%s, %s)", PROJECT, f"{PROJECT}-1")
    labelled = f"t-{PROJECT}-1"
    assert sorted(letters) == [("", "review"), ("", labelled), ("A", labelled), ("B", labelled)]


def test_the_worker_reads_the_project_it_names_and_no_other(scene: Scene) -> None:
    with scene.team.connect("work") as db:
        db.execute("set annodesk.project = 'project-one'")
        assert db.execute("select distinct project_id from annodesk.item").fetchall() == [(PROJECT,)]


def test_a_person_sees_others_once_their_item_is_settled_for_them(scene: Scene) -> None:
    found = scene.team.call(
        "cleo", "select letter, author_kind from annodesk.read_work(%s, %s)", PROJECT, scene.names["third"]
    )
    assert ("", "model") in found


def test_showing_suggestions_writes_down_that_they_were_seen(scene: Scene) -> None:
    team = scene.team
    seen = "select suggestions_from_us from annodesk.view where set_id = %s"
    assert team.call("ben", seen, scene.names["ben_set"]) == []
    shown = team.call("ben", "select body from annodesk.read_suggestions(%s, %s)", PROJECT, scene.names["ben_claim"])
    assert shown == [({"secret": 1},)]
    assert team.call("ben", seen, scene.names["ben_set"])[0][0] > 0


# What cannot be told from the outside: pairs that must look the same.


def refusal(team: Team, who: str, statement: str) -> str:
    with pytest.raises(psycopg.Error) as told:
        team.call(who, statement)
    return str(told.value)


def test_anothers_set_and_one_that_is_not_there_are_refused_in_the_same_words(scene: Scene) -> None:
    push_there = scene.fill(push("{ben_set}", "{ada}"))
    push_nowhere = scene.fill(push("no such set", "{ada}"))
    assert refusal(scene.team, "ada", push_there) == refusal(scene.team, "ada", push_nowhere)


@pytest.mark.parametrize(
    "call",
    [
        "submit('{P}', 'ID', null, 'd')",
        "recall('{P}', 'ID')",
        "ask_question('{P}', 'ID', '{}')",
        "read_suggestions('{P}', 'ID')",
    ],
)
def test_anothers_claim_and_one_that_is_not_there_are_refused_in_the_same_words(scene: Scene, call: str) -> None:
    statement = scene.fill(f"select annodesk.{call}")
    there, nowhere = statement.replace("ID", scene.names["ben_claim"]), statement.replace("ID", "no such claim")
    assert refusal(scene.team, "ada", there) == refusal(scene.team, "ada", nowhere)


def test_work_on_an_item_that_is_not_there_looks_like_work_one_may_not_see(scene: Scene) -> None:
    ask = "select * from annodesk.read_work(%s, %s)"
    assert scene.team.call("ada", ask, PROJECT, "no such item") == scene.team.call("ada", ask, PROJECT, f"{PROJECT}-5")


def test_every_claim_comes_with_the_same_facts_whatever_the_item(scene: Scene) -> None:
    of = (
        "select state, reason, flag, note, round, author_kind from annodesk.claim c"
        " join annodesk.annotation_set s on s.id = c.set_id where c.task_id = %s"
    )
    ordinary = scene.team.call("cleo", of, scene.names["settled_task"])
    reference = scene.team.call("ben", of, scene.names["ben_task"])
    assert scene.names["ben_task"].endswith("-0")
    assert ordinary == reference


def test_a_reference_item_leaves_the_same_rows_in_the_feed_of_its_person(scene: Scene) -> None:
    ask = "select kind from annodesk.feed where item_id = %s order by position"
    assert scene.team.call("ben", ask, scene.names["reference"]) == scene.team.call("cleo", ask, scene.names["third"])


def test_positions_of_the_feed_have_no_gaps_for_anybody(scene: Scene) -> None:
    ask = "select audience, count(position), max(position) from annodesk.feed"
    for name in ("ada", "ben", "ana", "moe"):
        rows = scene.team.call(name, f"{ask} group by audience")
        assert all(n == top for _, n, top in rows)


# A table nobody has thought about.

UNREAD = {
    "claim_from",
    "due",
    "duty",
    "feed_head",
    "feed_lock",
    "lot",
    "invitation",
    "offer_rank",
    "unfolded",
    "moved",
    "recount",
    "counted",
    "tally",
    "workstation",
    "look",
}
"""Tables of which no person reads anything: only the owner's functions and the worker do."""


def test_every_table_is_decided_upon() -> None:
    assert set(shared_tables.metadata.tables) == {policy.table for policy in POLICIES} | UNREAD


def unguarded(db: psycopg.Connection[tuple[object, ...]]) -> list[str]:
    """Tables of our schema whose rows are not held back, or that no policy names."""
    rows = db.execute(
        "select c.relname from pg_class c where c.relnamespace = 'annodesk'::regnamespace"
        " and c.relkind in ('r', 'p', 'v', 'm') and not (c.relrowsecurity and c.relforcerowsecurity"
        " and exists (select from pg_policy p where p.polrelid = c.oid))"
    )
    return [str(row[0]) for row in rows]


def test_no_table_is_without_policies(scene: Scene) -> None:
    with scene.team.administrator() as db:
        assert unguarded(db) == []


def test_a_new_table_without_a_policy_is_found(scene: Scene) -> None:
    with scene.team.administrator() as db, db.transaction(force_rollback=True):
        db.execute("create table annodesk.forgotten (project_id text)")
        assert unguarded(db) == ["forgotten"]


@pytest.mark.parametrize("who", ["ada", "ana", "moe", "olga", "work"])
def test_no_policy_is_for_everybody_and_nobody_has_a_table_whole(scene: Scene, who: str) -> None:
    login = scene.team.login(who)
    with scene.team.administrator() as db:
        rows = db.execute(
            "select c.relname from pg_class c where c.relnamespace = 'annodesk'::regnamespace and c.relkind = 'r'"
            " and (has_table_privilege(%s, c.oid, 'select') and not pg_has_role(%s, 'annodesk_worker', 'member')"
            "  or has_table_privilege(%s, c.oid, 'truncate, references, trigger'))",
            (login, login, login),
        ).fetchall()
        public = db.execute("select polname from pg_policy where 0 = any (polroles)").fetchall()
    assert (rows, public) == ([], [])


def test_the_version_table_is_read_by_everybody_and_written_by_nobody(scene: Scene) -> None:
    assert scene.team.call("olga", f"select version_num from annodesk.{VERSION_TABLE}") == [("0001",)]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        scene.team.call("work", f"update annodesk.{VERSION_TABLE} set version_num = '1'")


def test_an_edit_of_ones_own_arrives_once_however_often_it_is_sent(scene: Scene) -> None:
    one = edit_json()
    statement = scene.fill(push("{ada_set}", "{ada}")).replace("'x'", f"'{one['id']}'", 1) + " on conflict do nothing"
    scene.team.call("ada", statement)
    scene.team.call("ada", statement)
    assert scene.team.call("ada", "select count(id) from annodesk.edit where id = %s", one["id"]) == [(1,)]
