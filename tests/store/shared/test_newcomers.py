"""First tasks in a team, a day's sensitive content, reassigning by the task, and what is told of small teams."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from psycopg.types.json import Json

from annodesk.store.private_server import PrivateServer
from tests.store.shared.test_work import admin, claimed, refused
from tests.team import ANNOTATORS, PROJECT, Row, Team, made_team

FEEDBACK = "select body, still_to_come from annodesk.first_feedback(%s, %s)"
MINUTE_US = 60_000_000


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    """A team of this test alone."""
    with made_team(postgres, items=6) as made:
        yield made


def task_of(n: int) -> str:
    return f"t-{PROJECT}-{n}"


def make_open_references(team: Team, *numbers: int) -> None:
    """Some items are settled by Ana's answer, which was confirmed."""
    for n in numbers:
        task, answer = task_of(n), f"answer-{n}"
        admin(
            team,
            "insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round,"
            " project_version, made_at_us) values (%s, %s, %s, 'adjudicator', %s, 1, 1, 1)",
            *(PROJECT, answer, task, team.people["ana"]),
        )
        admin(
            team,
            "insert into annodesk.set_snapshot (project_id, set_id, number, body, digest, edits)"
            " values (%s, %s, 1, %s, 'd', 0)",
            *(PROJECT, answer, Json({"author": "", "elements": [{"id": str(n)}]})),
        )
        admin(
            team,
            "insert into annodesk.settlement (project_id, id, task_id, set_id, settled_by, stands, made_at_us)"
            " values (%s, %s, %s, %s, 'adjudication', true, 1)",
            *(PROJECT, f"settled-{n}", task, answer),
        )
        admin(team, "update annodesk.item_state set state = 'settled' where item_id = %s", f"{PROJECT}-{n}")
        admin(
            team,
            "insert into annodesk.reference_item (project_id, item_id, is_hidden, set_id, made_at_us)"
            " values (%s, %s, false, %s, 2)",
            *(PROJECT, f"{PROJECT}-{n}", answer),
        )


def all_of(team: Team, name: str) -> list[str]:
    found = []
    while (held := team.claim(name)) is not None:
        found.append(str(held[1]))
    return found


def test_a_newcomer_is_given_open_references_before_anything_else(team: Team) -> None:
    make_open_references(team, 3, 4)
    assert [set(found[:2]) for found in (all_of(team, name) for name in ANNOTATORS)] == [{task_of(3), task_of(4)}] * 3
    free = admin(team, "select count(*) from annodesk.slot where task_id = %s and stage <> 'closed'", task_of(3))
    assert free == [(2,)], "its own places are as they were"


def test_also_before_what_a_manager_keeps_for_them(team: Team) -> None:
    make_open_references(team, 3)
    team.call("moe", "select annodesk.assign_task(%s, %s, %s, false)", PROJECT, task_of(5), team.people["ada"])
    assert all_of(team, "ada")[:2] == [task_of(3), task_of(5)]


def test_who_has_begun_otherwise_is_no_newcomer(team: Team) -> None:
    first = claimed(team, "ada")
    make_open_references(team, 3, 4)
    assert not {task_of(3), task_of(4)} & set(all_of(team, "ada"))
    assert first[1] == task_of(0)


def test_no_more_than_ten_first_tasks(postgres: PrivateServer) -> None:
    with made_team(postgres, items=13) as team:
        make_open_references(team, *range(1, 13))
        found = all_of(team, "ada")
        assert len(found) == 11
        assert found[-1] == task_of(0)


def test_the_answer_is_told_once_handed_in_and_the_item_is_never_theirs_again(team: Team) -> None:
    make_open_references(team, 3, 4)
    held = claimed(team, "ada")
    assert team.call("ada", FEEDBACK, PROJECT, held[0]) == []
    team.submit("ada", held)
    ((body, left),) = team.call("ada", FEEDBACK, PROJECT, held[0])
    assert body["elements"] == [{"id": str(held[1])[-1]}]
    assert left == 1
    view = "select independent_head = s.head from annodesk.view v join annodesk.submission s using (set_id)"
    assert admin(team, f"{view} where set_id = %s", held[2]) == [(True,)]
    item = str(held[1]).removeprefix("t-")
    assert admin(team, "select person_id from annodesk.sight where item_id = %s", item) == [(team.people["ada"],)]
    # A second stretch of the same item, as a long recording has.
    admin(
        team,
        "insert into annodesk.task (project_id, id, item_id, stage, start_us, end_us, made_at_us)"
        " values (%s, 'second', %s, 'annotate', 9, 18, 1)",
        *(PROJECT, item),
    )
    assert "second" not in all_of(team, "ada")
    assert "second" in all_of(team, "ben")


def test_nothing_is_told_of_what_is_hidden_suspended_or_younger_than_the_answer(team: Team) -> None:
    make_open_references(team, 3)
    held = claimed(team, "ada")
    team.submit("ada", held)
    for change in ("is_hidden = true", "is_hidden = false, suspended_at_us = 5",
                   "suspended_at_us = null, made_at_us = 8000000000000000"):  # fmt: skip
        admin(team, f"update annodesk.reference_item set {change} where item_id = %s", f"{PROJECT}-3")
        assert team.call("ada", FEEDBACK, PROJECT, held[0]) == []


def make_sensitive(team: Team, minutes: float, *numbers: int) -> None:
    admin(team, "update annodesk.project_rules set sensitive_minutes = %s where project_id = %s", minutes, PROJECT)
    for n in numbers:
        described = "update annodesk.item set metadata = %s where id = %s"
        admin(team, described, Json({"sensitive": "violence"}), f"{PROJECT}-{n}")
        admin(team, "update annodesk.task set end_us = %s where id = %s", 10 * MINUTE_US, task_of(n))


def test_a_day_holds_so_much_sensitive_content_and_no_more(team: Team) -> None:
    make_sensitive(team, 25, 1, 2, 3, 4)
    found = all_of(team, "ada")
    assert len({task_of(n) for n in (1, 2, 3, 4)} & set(found)) == 2
    assert {task_of(0), task_of(5)} <= set(found)
    admin(team, "update annodesk.claim set made_at_us = made_at_us - 86400000001")
    assert len(all_of(team, "ada")) == 2, "the next day"


def test_the_first_of_a_day_may_be_longer_and_no_offer_or_pin_goes_round_the_cap(team: Team) -> None:
    make_sensitive(team, 5, 1, 2)
    for n in (1, 2):
        team.call("moe", "select annodesk.assign_task(%s, %s, %s, false)", PROJECT, task_of(n), team.people["ada"])
    assert len({task_of(1), task_of(2)} & set(all_of(team, "ada"))) == 1
    reclaim = "select annodesk.reclaim(%s, %s, 'c', 's', 1)"
    left = ({task_of(1), task_of(2)} - {r[0] for r in team.call("ada", "select task_id from annodesk.claim")}).pop()
    assert refused(team, "ada", reclaim, PROJECT, left) == "AN009"


def test_a_task_is_given_to_somebody_else_by_who_does_not_know_who_holds_it(team: Team) -> None:
    first, second = claimed(team, "ada"), claimed(team, "ben")
    assert first[1] == second[1]
    admin(team, "update annodesk.claim set changed_at_us = 1 where id = %s", second[0])
    said = team.call("moe", "select annodesk.reassign_task(%s, %s, %s)", PROJECT, first[1], team.people["cleo"])
    assert said == [("",)]
    asked = "select id, state, reason from annodesk.claim where task_id = %s order by state"
    assert admin(team, asked, first[1]) == [(second[0], "expired", "declined"), (first[0], "leased", "")]
    assert claimed(team, "cleo")[1] == first[1]
    assert first[1] not in all_of(team, "ben")


def test_whom_it_is_kept_for_is_never_told_to_have_held_it(team: Team) -> None:
    held = claimed(team, "ada")
    for name in ANNOTATORS:
        said = team.call("moe", "select annodesk.reassign_task(%s, %s, %s)", PROJECT, held[1], team.people[name])
        assert said == [("",)]
        admin(team, "update annodesk.claim set state = 'leased' where id = %s", held[0])


def test_what_nobody_holds_is_not_taken_from_anybody(team: Team) -> None:
    ask = "select annodesk.reassign_task(%s, %s, %s)"
    assert refused(team, "moe", ask, PROJECT, task_of(0), team.people["ada"]) == "AN068"
    assert admin(team, "select count(*) from annodesk.assignment") == [(0,)]


def hand_in(team: Team, *names: str) -> list[Row]:
    held = [claimed(team, name) for name in names]
    for name, one in zip(names, held, strict=True):
        team.submit(name, one)
    return held


def test_what_single_people_do_is_told_of_five_who_handed_in_and_not_of_five_who_joined(team: Team) -> None:
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        for name in ("work on", "work times", "items"):
            db.execute("insert into annodesk.figure (name, part, n, total) values (%s, 'x', 1, 1)", (name,))
    seen = "select name from annodesk.figure where name in ('work on', 'work times', 'items') order by 1"
    assert team.call("ana", seen) == [("items",), ("work on",), ("work times",)]
    hand_in(team, "ada", "ben", "cleo", "ann")
    assert team.call("moe", seen) == [("items",)], "five are members, four have handed in"
    hand_in(team, "max")
    assert team.call("moe", seen) == [("items",), ("work on",), ("work times",)]


def test_what_waits_is_counted_without_names(team: Team) -> None:
    asked = "select questions, questions_since_us > 0, disputes, doubted from annodesk.waits_of(%s)"
    assert team.call("moe", asked, PROJECT) == [(0, None, 0, 0)]
    held = claimed(team, "ada")
    question = Json({"id": "q", "words": "which?", "place": ""})
    team.call("ada", "select annodesk.ask_question(%s, %s, %s)", PROJECT, held[0], question)
    admin(team, "update annodesk.reference_item set suspended_at_us = 5 where project_id = %s", PROJECT)
    admin(
        team,
        "insert into annodesk.told_ruling"
        " (project_id, id, item_id, task_id, set_id, person_id, body, made_at_us, waits)"
        " values (%s, 'r', %s, %s, %s, %s, '{}', 1, true)",
        *(PROJECT, f"{PROJECT}-0", held[1], held[2], team.people["ada"]),
    )
    for name in ("moe", "ana"):
        assert team.call(name, asked, PROJECT) == [(1, True, 1, 1)]


def test_nothing_is_told_of_what_was_taken_down(team: Team) -> None:
    make_open_references(team, 3)
    held = claimed(team, "ada")
    team.submit("ada", held)
    team.call("moe", "select annodesk.take_down(%s, %s)", PROJECT, f"{PROJECT}-3")
    assert team.call("ada", FEEDBACK, PROJECT, held[0]) == []


def test_no_share_of_a_day_is_too_large_to_be_counted(team: Team) -> None:
    make_sensitive(team, 1e305, 1, 2)
    assert {task_of(1), task_of(2)} <= set(all_of(team, "ada"))


def test_who_takes_a_task_away_waits_for_its_claim_and_holds_up_nobody_meanwhile(team: Team) -> None:
    """Else two managers, one who names the claim and one who names the task, would wait for each other."""
    held = claimed(team, "ada")
    team.call("moe", "select annodesk.assign_task(%s, %s, %s, false)", PROJECT, held[1], team.people["ben"])
    ask, said = "select annodesk.reassign_task(%s, %s, %s)", list[list[Row]]()
    waits = "select count(*) from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    other = threading.Thread(
        target=lambda: said.append(team.call("moe", ask, PROJECT, held[1], team.people["cleo"])), daemon=True
    )
    with team.administrator() as db, db.transaction():
        db.execute("select from annodesk.claim where id = %s for no key update", (held[0],))
        other.start()
        while db.execute(waits).fetchone() == (0,):
            assert other.is_alive()
            db.execute("select pg_sleep(0.01), pg_stat_clear_snapshot()")
        db.execute("update annodesk.assignment set is_paused = false where task_id = %s", (held[1],))
    other.join(30)
    assert said == [[("",)]]
    assert admin(team, "select person_id from annodesk.assignment") == [(team.people["cleo"],)]
