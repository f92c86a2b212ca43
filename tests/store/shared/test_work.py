"""Taking work and handing it in on a real server: places, leases, late work, recall, skills, absence, publishing."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator

import psycopg
import pytest
from psycopg.types.json import Json

from annodesk.model.work import Role
from annodesk.store import logins
from annodesk.store.private_server import PrivateServer
from tests.team import OTHER, PROJECT, Row, Team, edit_json, made_team, number


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    """A team of this test alone."""
    with made_team(postgres, items=3) as made:
        yield made


def claimed(team: Team, name: str, stage: str = "annotate") -> Row:
    found = team.claim(name, stage)
    assert found is not None
    return found


def admin(team: Team, statement: str, *values: object) -> list[Row]:
    with team.administrator() as db:
        found = db.execute(statement, values)
        return found.fetchall() if found.description else []


def state(team: Team, claim: Row) -> str:
    return str(admin(team, "select state from annodesk.claim where id = %s", claim[0])[0][0])


def let_expire(team: Team, claim: Row) -> None:
    admin(team, "update annodesk.claim set lease_until_us = annodesk.now_us() - 1 where id = %s", claim[0])


def holders(team: Team, task: str) -> int:
    found = admin(team, "select count(*) from annodesk.slot where task_id = %s and claim_id is not null", task)
    return int(found[0][0])


def refused(team: Team, name: str, statement: str, *values: object) -> str:
    with pytest.raises(psycopg.Error) as told:
        team.call(name, statement, *values)
    return str(told.value.sqlstate)


def test_a_person_gets_each_task_once_and_then_nothing(team: Team) -> None:
    assert [claimed(team, "ada")[1] for _ in range(3)] == [f"t-{PROJECT}-{i}" for i in range(3)]
    assert team.claim("ada") is None


def test_the_best_offer_comes_before_plain_order(team: Team) -> None:
    with team.connect("work") as db:
        db.execute("set annodesk.project = 'project-one'")
        for rank, n in enumerate((2, 0)):
            key = (f"t-{PROJECT}-{n}", team.people["ada"])
            db.execute(
                "insert into annodesk.offer (task_id, person_id, reason, computed_at_us) values (%s, %s, '', 1)", key
            )
            db.execute("insert into annodesk.offer_rank (task_id, person_id, rank) values (%s, %s, %s)", (*key, rank))
    assert [claimed(team, "ada")[1][-1] for _ in range(3)] == ["2", "0", "1"]


def test_a_stale_offer_of_a_task_without_a_place_is_passed_over(team: Team) -> None:
    with team.connect("work") as db:
        db.execute("set annodesk.project = 'project-one'")
        key = (f"t-{PROJECT}-0", team.people["cleo"])
        db.execute(
            "insert into annodesk.offer (task_id, person_id, reason, computed_at_us) values (%s, %s, '', 1)", key
        )
        db.execute("insert into annodesk.offer_rank (task_id, person_id, rank) values (%s, %s, 0)", key)
    claimed(team, "ada")
    claimed(team, "ben")
    assert claimed(team, "cleo")[1] == f"t-{PROJECT}-1"


def test_a_paused_batch_gives_nothing_out(team: Team) -> None:
    admin(team, "update annodesk.batch set state = 'paused'")
    assert team.claim("ada") is None


def test_nothing_is_given_out_before_a_project_is_published(team: Team) -> None:
    admin(team, "update annodesk.project set is_published = false where id = %s", PROJECT)
    assert team.claim("ada") is None


def test_a_task_goes_to_those_who_have_what_it_needs(team: Team) -> None:
    admin(team, "insert into annodesk.item_need values (%s, %s, 'pt', 2)", PROJECT, f"{PROJECT}-0")
    admin(
        team,
        "insert into annodesk.person_skill values (%s, 'pt', 1), (%s, 'pt', 2)",
        team.people["ada"],
        team.people["ben"],
    )
    assert claimed(team, "ada")[1] == f"t-{PROJECT}-1"
    assert claimed(team, "ben")[1] == f"t-{PROJECT}-0"


def test_a_batch_goes_to_those_who_have_what_it_asks_for(team: Team) -> None:
    first, name = admin(team, "select id, name from annodesk.batch where project_id = %s", PROJECT)[0]
    told = {"id": first, "name": name, "state": "open", "priority": 0, "needs": "medical:2, en"}
    team.call("moe", "select annodesk.set_batch(%s, %s)", PROJECT, Json(told))
    team.call("moe", "select annodesk.set_skill(%s, %s, 'en', 1)", PROJECT, team.people["ada"])
    team.call("moe", "select annodesk.set_skill(%s, %s, 'medical', 1)", PROJECT, team.people["ada"])
    assert team.claim("ada") is None
    team.call("moe", "select annodesk.set_skill(%s, %s, 'medical', 2)", PROJECT, team.people["ada"])
    held = claimed(team, "ada")
    assert held[1] == f"t-{PROJECT}-0"
    del told["needs"]
    team.call("moe", "select annodesk.set_batch(%s, %s)", PROJECT, Json(told))
    assert admin(team, "select needs from annodesk.batch where id = %s", first) == [("medical:2, en",)], "not said of"
    team.call("moe", "select annodesk.set_batch(%s, %s)", PROJECT, Json(told | {"needs": ""}))
    assert team.claim("ben") is not None


def test_a_quota_ends_the_day(team: Team) -> None:
    team.call("moe", "select annodesk.set_terms(%s, %s, 1, null)", PROJECT, team.people["ada"])
    claimed(team, "ada")
    assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN003"


def test_nobody_hoards_tasks(team: Team) -> None:
    admin(team, "update annodesk.project_rules set held_most = 1")
    claimed(team, "ada")
    assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN002"


def test_an_absent_person_blocks_nothing_and_gets_nothing(team: Team) -> None:
    held = claimed(team, "ada")
    until = 9_000_000_000_000_000
    assert team.call("ada", "select annodesk.set_terms(%s, %s, null, %s)", PROJECT, team.people["ada"], until) == [(1,)]
    assert (state(team, held), holders(team, held[1])) == ("expired", 0)
    assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN001"


def test_an_expired_lease_is_given_to_another_and_the_late_work_is_kept(team: Team) -> None:
    for _ in range(3):
        claimed(team, "ben")
    late = claimed(team, "ada")
    for _ in range(2):
        claimed(team, "ada")
    let_expire(team, late)
    assert claimed(team, "cleo")[1] == late[1]
    assert team.submit("ada", late) == "late"
    assert holders(team, late[1]) == 2
    assert team.call("ada", "select is_late from annodesk.submission where set_id = %s", late[2]) == [(True,)]
    assert team.call("ada", "select count(id) from annodesk.edit where set_id = %s", late[2]) == [(1,)]


def test_late_work_looks_the_same_whether_or_not_somebody_took_the_place(team: Team) -> None:
    seen = []
    for taken in (True, False):
        late = claimed(team, "ada")
        let_expire(team, late)
        if taken:
            admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
            claimed(team, "ben")
            claimed(team, "cleo")
        said = team.submit("ada", late)
        facts = team.call("ada", "select state, reason, flag, note from annodesk.claim where id = %s", late[0])
        seen.append((said, facts))
    assert seen[0] == seen[1]


def test_a_submission_sent_again_after_a_lost_reply_counts_once(team: Team) -> None:
    held, one = claimed(team, "ada"), edit_json()
    for _ in range(2):
        ask = "select annodesk.submit(%s, %s, %s, 'd', %s)"
        assert team.call("ada", ask, PROJECT, held[0], one["id"], Json([one])) == [("submitted",)]
    assert team.call("ada", "select count(set_id) from annodesk.submission") == [(1,)]


def test_a_submission_whose_last_edit_is_missing_is_refused(team: Team) -> None:
    held = claimed(team, "ada")
    ask = "select annodesk.submit(%s, %s, 'not here', 'd')"
    assert refused(team, "ada", ask, PROJECT, held[0]) == "AN004"
    assert state(team, held) == "leased"


def test_the_text_of_an_edit_stays_as_it_was_sent(team: Team) -> None:
    held, one = claimed(team, "ada"), edit_json()
    text = '{"b": 1.0, "a": 1e5, "big": 12345678901234567890, "é": "\\u00e9"}'
    one["body"] = {}
    ask = "select annodesk.submit(%s, %s, %s, 'd', %s::json)"
    sent = "[" + json.dumps(one).replace('"body": {}', f'"body": {text}') + "]"
    team.call("ada", ask, PROJECT, held[0], one["id"], sent)
    assert team.call("ada", "select body::text from annodesk.edit") == [(text,)]


def test_a_correction_after_the_submission_needs_a_reason_and_is_a_row_of_its_own(team: Team) -> None:
    held = claimed(team, "ada")
    team.submit("ada", held)
    one = edit_json()
    ask = "select annodesk.submit(%s, %s, %s, 'd', %s, %s)"
    assert refused(team, "ada", ask, PROJECT, held[0], one["id"], Json([one]), "") == "AN006"
    assert team.call("ada", ask, PROJECT, held[0], one["id"], Json([one]), "misheard") == [("submitted",)]
    assert team.call("ada", "select number, reason from annodesk.submission order by number") == [
        (1, ""),
        (2, "misheard"),
    ]


def test_a_submission_is_recalled_opened_and_handed_in_again(team: Team) -> None:
    held = claimed(team, "ada")
    team.submit("ada", held)
    team.call("ada", "select annodesk.recall(%s, %s)", PROJECT, held[0])
    assert state(team, held) == "recalled"
    team.call("ada", "select annodesk.resume(%s, %s)", PROJECT, held[0])
    assert state(team, held) == "leased"
    assert team.submit("ada", held) == "submitted"


def test_what_is_settled_is_not_recalled(team: Team) -> None:
    held = claimed(team, "ada")
    team.submit("ada", held)
    admin(team, "update annodesk.item_state set state = 'settled' where item_id = %s", f"{PROJECT}-0")
    assert refused(team, "ada", "select annodesk.recall(%s, %s)", PROJECT, held[0]) == "AN008"


def test_a_skipped_task_goes_to_another_and_never_comes_back(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.skip(%s, %s, 'bad sound', 'hiss')", PROJECT, held[0])
    assert (state(team, held), holders(team, held[1])) == ("skipped", 0)
    assert held[1] not in {claimed(team, "ada")[1], claimed(team, "ada")[1]}
    assert team.claim("ada") is None


def test_what_was_brought_back_is_open_to_others(team: Team) -> None:
    mine, hers = claimed(team, "ada"), claimed(team, "ben")
    assert team.call("ada", "select annodesk.give_back(%s, %s)", PROJECT, [mine[0], hers[0]]) == [(1,)]
    assert (state(team, mine), state(team, hers)) == ("expired", "leased")


def test_a_lease_is_renewed_for_as_long_as_the_project_allows(team: Team) -> None:
    held = claimed(team, "ada")
    week = team.call("ada", "select annodesk.renew(%s, %s, 365)", PROJECT, [held[0]])[0][0]
    now = admin(team, "select annodesk.now_us()")[0][0]
    assert week - now == pytest.approx(7 * 86_400_000_000, abs=60_000_000)
    left = "select lease_until_us - annodesk.now_us() from annodesk.claim"
    assert team.call("ada", left)[0][0] == pytest.approx(7 * 86_400_000_000, abs=60_000_000)


def test_an_expired_lease_is_not_renewed(team: Team) -> None:
    held = claimed(team, "ada")
    let_expire(team, held)
    team.call("ada", "select annodesk.renew(%s, %s, 7)", PROJECT, [held[0]])
    assert team.call("ada", "select lease_until_us < annodesk.now_us() from annodesk.claim") == [(True,)]


def test_nobody_reviews_what_they_labelled(team: Team) -> None:
    admin(team, "update annodesk.item_state set state = 'escalated'")
    for n in range(2):
        admin(
            team, "insert into annodesk.task values (%s, %s, %s, 'review', 0, 9, 1)", PROJECT, f"r{n}", f"{PROJECT}-{n}"
        )
        admin(
            team,
            "insert into annodesk.slot (project_id, id, task_id, number, shows_suggestions, stage, batch_id)"
            " values (%s, %s, %s, 1, false, 'review', %s)",
            *(PROJECT, f"sr{n}", f"r{n}", f"b-{PROJECT}"),
        )
    admin(team, "update annodesk.item_state set state = 'open' where item_id = %s", f"{PROJECT}-0")
    team.submit("ann", claimed(team, "ann"))
    admin(team, "update annodesk.item_state set state = 'escalated'")
    assert claimed(team, "ann", "review")[1] == "r1"
    assert claimed(team, "ana", "review")[1] == "r0"


def test_who_has_been_shown_others_work_never_labels_that_item(team: Team) -> None:
    team.call("ana", "select * from annodesk.read_work(%s, %s)", PROJECT, f"{PROJECT}-0")
    team.call("max", "select * from annodesk.read_work(%s, %s)", PROJECT, f"{PROJECT}-0")
    assert claimed(team, "max")[1] == f"t-{PROJECT}-1"


def test_the_view_before_a_comparison_is_written_once(team: Team) -> None:
    held = claimed(team, "ada")
    note = "select annodesk.note_view(%s, %s, %s)"
    assert refused(team, "ada", note, PROJECT, held[0], "unknown") == "AN004", "what nobody knows holds up its item"
    team.call("ada", note, PROJECT, held[0], None)
    team.submit("ada", held)
    head = team.call("ada", "select head from annodesk.annotation_set")[0][0]
    team.call("ada", note, PROJECT, held[0], head)
    found = team.call("ada", "select independent_head, independent_until_us is not null from annodesk.view")
    assert (found, head is not None) == ([(None, True)], True)


def test_a_manager_adds_and_removes_annotators_and_their_work_stays(team: Team) -> None:
    done, held = claimed(team, "ada"), claimed(team, "ada")
    team.submit("ada", done)
    assert team.call("moe", "select annodesk.remove_member(%s, %s)", PROJECT, team.people["ada"]) == [(1,)]
    assert (state(team, done), state(team, held)) == ("submitted", "expired")
    assert team.call("ada", "select id from annodesk.annotation_set") == []
    assert admin(team, "select count(*) from annodesk.edit") == [(1,)]
    assert refused(team, "ada", "select annodesk.submit(%s, %s, null, 'd')", PROJECT, held[0]) == "42501"
    team.call("moe", "select annodesk.add_member(%s, %s)", PROJECT, team.login("ada"))
    assert len(team.call("ada", "select id from annodesk.annotation_set")) == 2


def test_a_manager_makes_annotators_and_nothing_more(team: Team) -> None:
    team.call("moe", "select annodesk.add_member(%s, %s)", PROJECT, team.login("olga"))
    found = admin(
        team,
        "select role from annodesk.membership where project_id = %s and person_id = %s",
        PROJECT,
        team.people["olga"],
    )
    assert found == [("annotator",)]


def test_a_removed_login_gives_its_tasks_back_and_its_sessions_end(team: Team) -> None:
    held = claimed(team, "ada")
    with team.connect("ada") as session:
        with team.admin.begin() as db:
            assert logins.shut_out(db, team.login("ada")) == 1
        with team.admin.begin() as db:
            logins.remove_login(db, team.login("ada"))
        with pytest.raises(psycopg.OperationalError):
            session.execute("select 1")
    assert (state(team, held), holders(team, held[1])) == ("expired", 0)


def test_rows_of_another_project_are_not_brought_in(team: Team) -> None:
    team.call("max", "select annodesk.make_project('new', 'new')")
    row = Json([{"project_id": OTHER, "id": "x", "name": "x", "state": "open", "is_pilot": False, "priority": 0}])
    assert refused(team, "max", "select annodesk.publish('new', 'batch', %s)", row) == "42501"


def test_work_is_not_brought_in_under_the_name_of_somebody_with_a_login(team: Team) -> None:
    team.call("max", "select annodesk.make_project('new', 'new')")
    row = {
        "project_id": "new",
        "id": "s",
        "task_id": "t",
        "author_kind": "person",
        "round": 1,
        "project_version": 1,
        "made_at_us": 1,
    }
    ask = "select annodesk.publish('new', 'annotation_set', %s)"
    assert refused(team, "max", ask, Json([{**row, "author_id": team.people["ada"]}])) == "42501"


def test_a_local_project_is_brought_in_with_its_history_and_who_brought_it(team: Team) -> None:
    def bring(table: str, **row: object) -> None:
        team.call(
            "max",
            "select annodesk.publish('new', %s, %s)",
            table,
            Json([{"project_id": "new", "made_at_us": 1, **row}]),
        )

    team.call("max", "select annodesk.make_project('new', 'new')")
    bring("batch", id="b", name="b", state="open", is_pilot=False, priority=0)
    bring("item", id="i", batch_id="b", key="i", duration_us=1, metadata={})
    bring("task", id="t", item_id="i", stage="annotate", start_us=0, end_us=1)
    bring("annotation_set", id="s", task_id="t", author_kind="person", author_id="paula", round=1, project_version=1)
    one = {**edit_json("kept"), "set_id": "s", "author_id": "paula", "received_at_us": 1}
    for _ in range(2):
        bring("edit", **one)
    assert admin(team, "select author_id, body from annodesk.edit where project_id = 'new'") == [
        ("paula", {"secret": "kept"})
    ]
    assert admin(team, "select brought_by from annodesk.annotation_set where id = 's'") == [(team.people["max"],)]
    team.call("max", "select annodesk.finish_publishing('new')")
    assert refused(team, "max", "select annodesk.publish('new', 'edit', '[]')") == "AN011"


def test_two_machines_of_one_person_never_get_one_task_twice(team: Team) -> None:
    got: list[str] = []

    def machine() -> None:
        with team.connect("ada") as db:
            for _ in range(6):
                row = db.execute("select task_id from annodesk.claim('project-one')").fetchone()
                if row is not None:
                    got.append(str(row[0]))

    machines = [threading.Thread(target=machine) for _ in range(4)]
    for one in machines:
        one.start()
    for one in machines:
        one.join()
    assert sorted(got) == [f"t-{PROJECT}-{i}" for i in range(3)]
    assert admin(
        team, "select count(*) from annodesk.slot where project_id = %s and claim_id is not null", PROJECT
    ) == [(3,)]


def test_readers_of_the_feed_miss_nothing_while_others_write(team: Team) -> None:
    def write(seed: int) -> None:
        with team.connect("work", autocommit=False) as db:
            for n in range(40):
                db.execute("select annodesk.tell(%s, 'members', 'look', %s)", (PROJECT, f"{seed}-{n}"))
                if n % 7 == 6:
                    db.rollback()
                elif n % 3 == 2:
                    db.commit()
            db.commit()

    writers = [threading.Thread(target=write, args=(seed,)) for seed in range(4)]
    for one in writers:
        one.start()
    seen: list[tuple[int, str]] = []
    ask = "select position, item_id from annodesk.feed where project_id = %s and audience = 'members' and position > %s"
    with team.connect("ada") as db:
        while True:
            last = not any(one.is_alive() for one in writers)
            db.execute("select annodesk.number_feed(%s)", (PROJECT,))
            found = db.execute(f"{ask} order by position", (PROJECT, seen[-1][0] if seen else 0)).fetchall()
            seen += [(int(row[0]), str(row[1])) for row in found]
            if last and not found:
                break
    for one in writers:
        one.join()
    written = admin(team, "select item_id from annodesk.feed where project_id = %s and audience = 'members'", PROJECT)
    assert sorted(item for _, item in seen) == sorted(str(row[0]) for row in written)
    assert [position for position, _ in seen] == list(range(1, len(seen) + 1))


def test_the_feed_is_not_numbered_under_an_old_snapshot(team: Team) -> None:
    with team.connect("ada", autocommit=False) as db:
        db.execute("set transaction isolation level repeatable read")
        with pytest.raises(psycopg.Error, match="read committed"):
            db.execute("select annodesk.number_feed(%s)", (PROJECT,))


def test_a_role_given_by_the_administrator_reaches_its_project_alone(team: Team) -> None:
    with team.admin.begin() as db:
        logins.give_role(db, team.login("olga"), PROJECT, Role.ANALYST)
    assert team.call("olga", "select count(value) from annodesk.score") == [(3,)]
    assert number(team, "olga") >= 0
