"""Who may take something down, what that may change, and that nobody brings back what is gone."""

# ruff: noqa: E501  (a table: one attack a line, as it would be typed)

from __future__ import annotations

import psycopg
import pytest
from psycopg.types.json import Json

from tests.store.shared.attacks import DENIED, NOTHING, Attack
from tests.store.shared.scene import SECRET, Scene, make_scene
from tests.team import PROJECT, Team, edit_json

ATTACKS = (
    Attack("an annotator taking an item down", "ada", "select annodesk.take_down('{P}', '{second}')", DENIED),
    Attack("an analyst taking an item down", "ana", "select annodesk.take_down('{P}', '{second}')", DENIED),
    Attack("somebody of another project taking an item down", "olga", "select annodesk.take_down('{P}', '{second}')", DENIED),
    Attack("a manager taking down what is another project's", "moe", "select annodesk.take_down('{O}', '{O}-0')", DENIED),
    Attack("a manager naming another project's item as one of theirs", "moe", "select annodesk.take_down('{P}', '{O}-0')", "AN051"),
    Attack("the worker taking an item down", "work", "select annodesk.take_down('{P}', '{second}')", DENIED),
    Attack("an annotator blanking their own history", "ada", "select annodesk.blank_item('{P}', '{second}')", DENIED),
    Attack("an annotator blanking what was taken down", "ada", "select annodesk.blank_item('{P}', '{reference}')", DENIED),
    Attack("a manager blanking what was not taken down", "moe", "select annodesk.blank_item('{P}', '{second}')", "AN052"),
    Attack("a manager blanking another project's item", "moe", "select annodesk.blank_item('{O}', '{O}-0')", DENIED),
    Attack("a manager writing history directly", "moe", "update annodesk.edit set body = '{}'", DENIED),
    Attack("a manager deleting history", "moe", "delete from annodesk.edit", DENIED),
    Attack("a manager counting digests anew", "moe", "update annodesk.submission set digest = 'x'", DENIED),
    Attack("the worker writing history", "work", "update annodesk.edit set body = '{}'", DENIED),
    Attack("the worker undoing a takedown", "work", "delete from annodesk.takedown", DENIED),
    Attack("a manager undoing a takedown", "moe", "delete from annodesk.takedown", DENIED),
    Attack("a manager widening what stays", "moe", "update annodesk.takedown set version = 99", DENIED),
    Attack("an annotator noting a takedown", "ada",
           "insert into annodesk.takedown (project_id, item_id, number, version, by_person, made_at_us) values ('{P}', '{second}', 9, 1, '', 1)", DENIED),
    Attack("blanking a body of one's choice", "moe", "select annodesk.blank_edit('{}', 1, '')", DENIED),
    Attack("the project's files of another project", "moe", "select annodesk.words_left('{O}', '{O}-0')", DENIED),
    Attack("the item of a colleague's set", "ada", "select annodesk.item_of('{P}', '{ben_set}', null)", DENIED),
    Attack("who took it down", "ada", "select by_person from annodesk.takedown", DENIED),
    Attack("takedowns of items one never had", "olga", "select item_id from annodesk.takedown", NOTHING),
    Attack("takedowns of items somebody else holds", "cleo", "select item_id from annodesk.takedown", NOTHING),
    Attack("others' workstations", "ada", "select copy_id from annodesk.workstation", DENIED),
    Attack("workstations as a table", "moe", "select copy_id from annodesk.workstation", DENIED),
    Attack("who has not confirmed", "ada", "select * from annodesk.takedowns('{P}')", DENIED),
    Attack("who has not confirmed, as an analyst", "ana", "select * from annodesk.takedowns('{P}')", DENIED),
    Attack("who has not confirmed elsewhere", "moe", "select * from annodesk.takedowns('{O}')", DENIED),
    Attack("giving up a colleague's workstation", "ada", "select annodesk.give_up_copy('{P}', 'c')", DENIED),
    Attack("confirming in another project", "ada", "select annodesk.check_in('{O}', 'c', 1)", DENIED),
    Attack("confirming under a strange name", "ada", "select annodesk.check_in('{P}', 'a b', 1)", "AN007"),
    Attack("confirming what is still to come", "ada", "insert into annodesk.workstation (project_id, person_id, copy_id, since_us, seen_us, done) values ('{P}', '{ada}', 'c', 1, 1, 99)", DENIED),
    Attack("switching the blanking off", "ada", "alter table annodesk.edit disable trigger stay_blank", DENIED),
    Attack("going round the blanking as a replica", "ada", "set session_replication_role = replica", DENIED),
    Attack("going round the blanking as the worker", "work", "alter table annodesk.edit disable trigger all", DENIED),
    Attack("a manager going round the blanking", "moe", "drop trigger stay_blank on annodesk.edit", DENIED),
    Attack("filling an item's metadata again", "moe", "update annodesk.item set metadata = '{}'", DENIED),
    Attack("publishing it once more", "max", "select annodesk.publish('{P}', 'edit', '[]')", "AN011"),
    Attack("taking it up again", "ada", "select annodesk.resume('{P}', '{ada_claim}')", "AN009"),
)  # fmt: skip


@pytest.fixture(scope="module")
def scene(team: Team) -> Scene:
    """The scene of all attacks; afterwards the reference item, which Ada has open beside Ben, was taken down."""
    made = make_scene(team)
    with team.connect("moe") as db:
        db.execute("select annodesk.take_down(%s, %s)", (PROJECT, made.names["reference"]))
        db.execute("select annodesk.blank_item(%s, %s)", (PROJECT, made.names["reference"]))
    return made


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_an_attack_fails(scene: Scene, attack: Attack) -> None:
    with scene.team.connect(attack.who, autocommit=False) as db:
        try:
            found = db.execute(scene.fill(attack.sql).encode())
            rows = found.fetchall() if found.description else []
            outcome = NOTHING if not rows and (found.description or found.rowcount <= 0) else f"{len(rows)} rows"
        except psycopg.Error as error:
            outcome = str(error.sqlstate)
        db.rollback()
    assert outcome == attack.outcome


def said_anywhere(team: Team, words: str) -> list[str]:
    with team.administrator() as db:
        tables = [r[0] for r in db.execute("select tablename from pg_tables where schemaname = 'annodesk'")]
        ask = 'select 1 from annodesk."{0}" t where t::text like %s limit 1'
        return [t for t in tables if db.execute(ask.format(t).encode(), (f"%{words}%",)).fetchall()]


def said_edit(words: str) -> dict[str, object]:
    change = {"before": None, "after": {"kind": "segment", "id": words[:8], "tier": "content", "start_us": 0,
                                        "end_us": 5, "labels": ["speech"], "text": words}}  # fmt: skip
    return {**edit_json(), "body": {"verb": "add segment", "changes": [change]}}


PUSH = (
    "insert into annodesk.edit (project_id, set_id, id, author_id, device, device_seq, parents, format, project_version,"
    " elapsed_us, made_at_us, body) values (%s, %s, %s, %s, 'd', 1, '[]', 1, 1, 1, 1, %s)"
)


def push(db: psycopg.Connection[tuple[object, ...]], scene: Scene, words: str) -> None:
    one, ada = said_edit(words), scene.names["ada"]
    db.execute(PUSH, (PROJECT, scene.names["ada_set"], one["id"], ada, Json(one["body"])))


def test_a_manager_learns_no_name_of_who_labelled_it(scene: Scene) -> None:
    rows = scene.team.call("moe", "select * from annodesk.takedowns(%s)", PROJECT)
    assert [row[2] for row in rows] == [scene.names["reference"]]
    assert scene.names["ada"] not in str(rows)


def test_a_push_a_submission_a_comment_and_a_flag_arrive_without_words(scene: Scene) -> None:
    team, words = scene.team, "brought back by four ways"
    with team.connect("ada") as db:
        push(db, scene, words)
        one = said_edit(words)
        db.execute(
            "select annodesk.submit(%s, %s, %s, 'digest', %s, %s)",
            (PROJECT, scene.names["ada_claim"], one["id"], Json([one]), words),
        )
        db.execute("select annodesk.raise_flag(%s, %s, 'other', %s)", (PROJECT, scene.names["ada_claim"], words))
        db.execute(
            "insert into annodesk.comment (project_id, id, set_id, author_id, text, made_at_us)"
            " values (%s, 'back', %s, %s, %s, 1)",
            (PROJECT, scene.names["ada_set"], scene.names["ada"], words),
        )
        kept = db.execute("select body ->> 'purged' from annodesk.edit where id = %s", (one["id"],)).fetchall()
    assert kept == [("true",)]
    assert said_anywhere(team, words) == []


def test_the_worker_brings_nothing_back(scene: Scene) -> None:
    words = "brought back by the worker"
    body = Json({"elements": [{"kind": "segment", "id": "a", "text": words}]})
    with scene.team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        db.execute(
            "insert into annodesk.set_snapshot (set_id, number, head, body, digest, edits) values (%s, 9, 'h', %s, 'd', 1)",
            (scene.names["ada_set"], body),
        )
        db.execute("update annodesk.set_snapshot set body = %s where set_id = %s", (body, scene.names["ada_set"]))
        db.execute(
            "update annodesk.item set metadata = %s where id = %s", (Json({"t": words}), scene.names["reference"])
        )
    assert said_anywhere(scene.team, words) == []


def test_an_older_view_of_things_brings_nothing_in(scene: Scene) -> None:
    with scene.team.connect("ada", autocommit=False) as db:
        db.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        with pytest.raises(psycopg.Error) as refused:
            push(db, scene, "from before")
    assert refused.value.sqlstate == "AN007"


def is_blank(team: Team, item: str) -> bool:
    return {row[1]: row[4] for row in team.call("moe", "select * from annodesk.takedowns(%s)", PROJECT)}[item]


def test_who_is_bringing_something_in_just_then_cannot_hold_it_up_and_is_waited_for(scene: Scene) -> None:
    team, words, item = scene.team, "on its way meanwhile", scene.names["second"]
    with team.connect("ada", autocommit=False) as db:
        one = said_edit(words)
        db.execute(PUSH, (PROJECT, scene.names["done_set"], one["id"], scene.names["ada"], Json(one["body"])))
        team.call("moe", "select annodesk.take_down(%s, %s)", PROJECT, item)
        team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, item)
        assert not is_blank(team, item)
        db.commit()
    assert said_anywhere(team, words) == ["edit"]
    team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, item)
    assert is_blank(team, item)
    assert said_anywhere(team, words) == []
    assert set(said_anywhere(team, SECRET)) == {"edit", "told_ruling"}, "cleo's third item is not concerned"


def test_who_came_in_before_the_takedown_was_committed_is_waited_for_too(scene: Scene) -> None:
    team, words, item = scene.team, "came in beside the takedown", scene.names["third"]
    with team.connect("cleo", autocommit=False) as db:
        with team.connect("moe", autocommit=False) as manager:
            manager.execute("select annodesk.take_down(%s, %s)", (PROJECT, item))
            one, cleo = said_edit(words), scene.names["cleo"]
            db.execute(PUSH, (PROJECT, scene.names["settled_set"], one["id"], cleo, Json(one["body"])))
            manager.commit()
        team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, item)
        assert not is_blank(team, item)
        db.commit()
    team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, item)
    assert is_blank(team, item)
    assert said_anywhere(team, words) == []


def test_both_calls_in_one_transaction_are_refused(scene: Scene) -> None:
    with scene.team.connect("moe", autocommit=False) as db:
        db.execute("select annodesk.take_down(%s, %s)", (PROJECT, f"{PROJECT}-4"))
        with pytest.raises(psycopg.Error) as refused:
            db.execute("select annodesk.blank_item(%s, %s)", (PROJECT, f"{PROJECT}-4"))
    assert refused.value.sqlstate == "AN007"


def test_nobody_floods_the_list_of_workstations(scene: Scene) -> None:
    with scene.team.connect("ben") as db:
        every = "select annodesk.check_in(%s, 'copy-' || n, 0) from generate_series(1, {}) n"
        db.execute(every.format(100).encode(), (PROJECT,))
        with pytest.raises(psycopg.Error) as refused:
            db.execute(every.format(101).encode(), (PROJECT,))
        assert refused.value.sqlstate == "AN053"
        db.execute("select annodesk.check_in(%s, 'copy-1', 0)", (PROJECT,))


TOLD = (
    "insert into annodesk.told_ruling"
    " (project_id, id, item_id, task_id, set_id, person_id, body, words, objection, made_at_us)"
    " values (%s, %s, %s, %s, %s, %s, %s, %s, %s, 1)"
)


def test_questions_precedents_and_told_rulings_are_blanked_whenever_they_came(scene: Scene) -> None:
    team, n = scene.team, scene.names
    about = (n["reference"], n["ben_task"], n["ben_set"], n["ben"], Json({"said": SECRET}), SECRET, SECRET)
    with team.administrator() as db:
        db.execute("alter table annodesk.told_ruling disable trigger stay_blank")
        db.execute(TOLD, (PROJECT, "before", *about))
        db.execute("alter table annodesk.told_ruling enable trigger stay_blank")
        db.execute(TOLD, (PROJECT, "late", *about))
    team.call("moe", "select annodesk.blank_item(%s, %s)", PROJECT, n["reference"])
    with team.administrator() as db:
        for table in ("told_ruling", "inquiry", "precedent"):
            left = db.execute(
                f"select to_jsonb(r)::text from annodesk.{table} r where item_id = %s".encode(), (n["reference"],)
            )
            rows = [row[0] for row in left.fetchall()]
            assert len(rows) == (2 if table == "told_ruling" else 1)
            assert SECRET not in "".join(rows)


def test_nothing_that_an_edit_says_keeps_it_from_being_blanked(scene: Scene) -> None:
    team, n = scene.team, scene.names
    bodies = ({"purged": True, "verb": "called blank by its author"}, {"words": "a sign that is no text\0"})
    with team.administrator() as db:
        db.execute("alter table annodesk.edit disable trigger stay_blank")
        for number, body in enumerate(bodies):
            db.execute(PUSH, (PROJECT, n["ada_set"], f"before-{number}", n["ada"], Json({**body, "changes": []})))
        db.execute("alter table annodesk.edit enable trigger stay_blank")
    blank = "select annodesk.blank_item(%s, %s)"
    assert [team.call("moe", blank, PROJECT, n["reference"]) for _ in range(2)] == [[(2,)], [(0,)]]
    kept = team.call("ada", "select body from annodesk.edit where id like 'before-%%'")
    assert kept == [({"changes": [], "purged": True, "verb": "called blank by its author"},),
                    ({"changes": [], "purged": True, "verb": ""},)]  # fmt: skip
