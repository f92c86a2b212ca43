"""Places on a real server: taken and given back, in packs, above the overlap, by absent people, and by many at once."""

from __future__ import annotations

import multiprocessing
import os
import random
from collections import Counter
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from annodesk.store.private_server import PrivateServer
from tests.store.shared.test_work import admin, claimed, holders, let_expire, refused, state
from tests.team import ANNOTATORS, PASSWORD, PROJECT, Row, Team, edit_json, made_team

DAY_US = 86_400_000_000


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    """A team of this test alone."""
    with made_team(postgres, items=3) as made:
        yield made


def reclaim(team: Team, name: str, task: int, claim: str = "c", made: str = "s") -> str:
    """What came of it: empty, or why not."""
    try:
        team.call(name, "select annodesk.reclaim(%s, %s, %s, %s, 1)", PROJECT, f"t-{PROJECT}-{task}", claim, made)
    except psycopg.Error as error:
        return str(error.sqlstate)
    return ""


def until(team: Team, claim: Row) -> tuple[int, int | None]:
    """Microseconds that a lease and its pack have left."""
    ask = (
        "select lease_until_us - annodesk.now_us(), pack_until_us - annodesk.now_us() from annodesk.claim where id = %s"
    )
    lease, pack = admin(team, ask, claim[0])[0]
    return int(lease), pack


# What went back unseen


def test_what_went_back_untouched_comes_first_when_its_person_takes_work_again(team: Team) -> None:
    first, second = claimed(team, "ada"), claimed(team, "ada")
    assert team.call("ada", "select annodesk.give_back(%s, %s)", PROJECT, [second[0]]) == [(1,)]
    assert holders(team, second[1]) == 0
    again = claimed(team, "ada")
    assert again[:3] == second[:3]
    assert state(team, first) == state(team, again) == "leased"
    assert holders(team, second[1]) == 1


def test_an_untouched_task_that_others_have_filled_meanwhile_is_passed_over(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.give_back(%s, %s)", PROJECT, [held[0]])
    assert claimed(team, "ben")[1] == claimed(team, "cleo")[1] == held[1]
    assert claimed(team, "ada")[1] != held[1]
    assert holders(team, held[1]) == 2


def test_what_a_person_does_not_want_is_not_given_to_them_again(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.give_back(%s, %s, true)", PROJECT, [held[0]])
    assert held[1] not in {claimed(team, "ada")[1], claimed(team, "ada")[1]}
    assert team.claim("ada") is None


def test_taking_again_what_went_back_untouched_does_not_count_for_the_day_twice(team: Team) -> None:
    team.call("moe", "select annodesk.set_terms(%s, %s, 1, null)", PROJECT, team.people["ada"])
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.give_back(%s, %s)", PROJECT, [held[0]])
    assert claimed(team, "ada")[0] == held[0]
    assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN003"


def test_who_saw_suggestions_takes_no_place_for_an_answer_without_them(team: Team) -> None:
    claimed(team, "ben")  # the place without suggestions
    held = claimed(team, "ada")
    assert held[4], "the second place shows them"
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        db.execute('insert into annodesk."view" (set_id, suggestions_from_us) values (%s, 1)', (held[2],))
    team.call("ada", "select annodesk.give_back(%s, %s)", PROJECT, [held[0]])
    assert claimed(team, "cleo")[1] == held[1], "which fills the second place"
    team.call("ben", "select annodesk.give_back(%s, array(select id from annodesk.claim))", PROJECT)
    assert refused(team, "ada", "select annodesk.resume(%s, %s)", PROJECT, held[0]) == "AN009"
    assert team.submit("ada", held) == "late"
    assert holders(team, held[1]) == 1


def test_who_fills_a_place_without_suggestions_is_shown_none(team: Team) -> None:
    claimed(team, "ben")
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.give_back(%s, %s)", PROJECT, [held[0]])
    claimed(team, "cleo")
    team.call("ben", "select annodesk.give_back(%s, array(select id from annodesk.claim))", PROJECT)
    assert claimed(team, "ada")[:2] == held[:2]
    assert team.call("ada", "select shows_suggestions from annodesk.claim where id = %s", held[0]) == [(False,)]


# Packs


def test_a_pack_is_leased_for_days_and_home_again_for_hours(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.renew(%s, %s, 3)", PROJECT, [held[0]])
    assert until(team, held) == (pytest.approx(3 * DAY_US, rel=0.01), pytest.approx(3 * DAY_US, rel=0.01))
    team.call("ada", "select annodesk.renew(%s, %s)", PROJECT, [held[0]])
    assert until(team, held)[0] == pytest.approx(3 * DAY_US, rel=0.01), "working on it makes it no shorter"
    assert team.call("ada", "select annodesk.unpack(%s, %s)", PROJECT, [held[0]]) == [(1,)]
    assert until(team, held) == (pytest.approx(DAY_US, rel=0.01), None)


def test_what_nobody_has_begun_is_not_renewed_for_ever(team: Team) -> None:
    untouched, begun = claimed(team, "ada"), claimed(team, "ada")
    one = edit_json()
    push = "select annodesk.submit(%s, %s, %s, 'd', %s)"
    team.call("ada", push, PROJECT, begun[0], one["id"], Json([one]))
    team.call("ada", "select annodesk.recall(%s, %s)", PROJECT, begun[0])
    team.call("ada", "select annodesk.resume(%s, %s)", PROJECT, begun[0])
    admin(team, "update annodesk.claim set changed_at_us = changed_at_us - %s", 13 * DAY_US // 2)
    for days in (0, 7):
        team.call("ada", "select annodesk.renew(%s, %s, %s)", PROJECT, [untouched[0], begun[0]], days)
    assert until(team, untouched)[0] == pytest.approx(DAY_US, rel=0.01), "what it had when it was taken"
    assert until(team, begun)[0] == pytest.approx(7 * DAY_US, rel=0.01)
    admin(team, "update annodesk.claim set lease_until_us = annodesk.now_us() + 1000000000")
    team.call("ada", "select annodesk.renew(%s, %s)", PROJECT, [untouched[0]])
    assert until(team, untouched)[0] == pytest.approx(DAY_US / 2, rel=0.01), "until a pack would end"


def test_a_project_that_forbids_offline_work_leases_no_packs(team: Team) -> None:
    admin(team, "update annodesk.project_rules set offline_media = false")
    held = claimed(team, "ada")
    assert refused(team, "ada", "select annodesk.renew(%s, %s, 3)", PROJECT, [held[0]]) == "AN031"
    team.call("ada", "select annodesk.renew(%s, %s)", PROJECT, [held[0]])
    assert until(team, held)[1] is None


@pytest.mark.parametrize(("may_carry", "rows"), [(True, 1), (False, 0)])
def test_a_pack_carries_suggestions_only_where_the_project_lets_it(team: Team, may_carry: bool, rows: int) -> None:
    admin(team, "update annodesk.project_rules set offline_suggestions = %s", may_carry)
    claimed(team, "ben")
    held = claimed(team, "ada")
    with team.connect("work") as db:
        db.execute("select set_config('annodesk.project', %s, false)", (PROJECT,))
        made = ("insert into annodesk.annotation_set (id, task_id, author_kind, author_id, round, project_version,"
                " made_at_us) values ('m', %s, 'model', 'model', 1, 1, 1)")  # fmt: skip
        db.execute(made, (held[1],))
        db.execute(
            "insert into annodesk.suggestion (task_id, set_id, body, digest) values (%s, 'm', '{}', '')", (held[1],)
        )
    team.call("ada", "select annodesk.renew(%s, %s, 3)", PROJECT, [held[0]])
    ask = "select * from annodesk.read_suggestions(%s, %s)"
    assert len(team.call("ada", ask, PROJECT, held[0])) == rows
    assert len(team.call("ada", "select set_id from annodesk.view")) == rows, "what was not shown was not seen"
    team.call("ada", "select annodesk.unpack(%s, %s)", PROJECT, [held[0]])
    assert len(team.call("ada", ask, PROJECT, held[0])) == 1


# Nobody who is away holds up others


@pytest.mark.parametrize("after", ["recalled", "returned"])
def test_who_does_not_come_back_to_a_task_loses_their_place_after_a_while(team: Team, after: str) -> None:
    held = claimed(team, "ada")
    team.submit("ada", held)
    call = "recall(%s, %s)" if after == "recalled" else "return_work(%s, %s, 'look again')"
    which = held[0] if after == "recalled" else held[2]
    team.call("ada" if after == "recalled" else "ana", f"select annodesk.{call}", PROJECT, which)
    assert (state(team, held), holders(team, held[1])) == (after, 1)
    assert until(team, held)[0] == pytest.approx(7 * DAY_US, rel=0.01)
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    assert state(team, held) == after
    let_expire(team, held)
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    assert (state(team, held), holders(team, held[1])) == ("expired", 0)


def test_all_an_absent_person_has_goes_back_at_once_and_they_are_told(team: Team) -> None:
    kept = {name: claimed(team, "ada") for name in ("leased", "returned", "submitted")}
    for name in ("returned", "submitted"):
        team.submit("ada", kept[name])
    team.call("ana", "select annodesk.return_work(%s, %s, 'look again')", PROJECT, kept["returned"][2])
    admin(team, "delete from annodesk.feed")
    far = 9_000_000_000_000_000
    assert team.call("moe", "select annodesk.set_terms(%s, %s, null, %s)", PROJECT, team.people["ada"], far) == [(2,)]
    assert [state(team, claim) for claim in kept.values()] == ["expired", "expired", "submitted"]
    told = admin(team, "select subject_id from annodesk.feed where audience = %s", team.people["ada"])
    assert {row[0] for row in told} == {kept["leased"][0], kept["returned"][0]}


# No more holders than places


def test_late_work_above_the_overlap_is_recalled_and_still_takes_no_place(team: Team) -> None:
    late = claimed(team, "ada")
    let_expire(team, late)
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    claimed(team, "ben"), claimed(team, "cleo")
    assert team.submit("ada", late) == "late"
    team.call("ada", "select annodesk.recall(%s, %s)", PROJECT, late[0])
    assert refused(team, "ada", "select annodesk.resume(%s, %s)", PROJECT, late[0]) == "AN009"
    assert holders(team, late[1]) == 2
    assert team.submit("ada", late) == "late"
    assert holders(team, late[1]) == 2


def test_what_is_settled_meanwhile_is_not_opened_again(team: Team) -> None:
    held = claimed(team, "ada")
    let_expire(team, held)
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    admin(team, "update annodesk.item_state set state = 'settled'")
    assert refused(team, "ada", "select annodesk.resume(%s, %s)", PROJECT, held[0]) == "AN009"


def test_who_has_been_shown_others_work_does_not_go_on_with_their_own(team: Team) -> None:
    held = claimed(team, "max")
    let_expire(team, held)
    admin(team, "select annodesk.free_expired(%s, 10)", PROJECT)
    team.call("max", "select * from annodesk.read_work(%s, %s)", PROJECT, f"{PROJECT}-0")
    assert refused(team, "max", "select annodesk.resume(%s, %s)", PROJECT, held[0]) == "AN009"
    assert claimed(team, "max")[1] != held[1]


# Claims that a restored server has lost


def test_reclaimed_tasks_count_for_the_day(team: Team) -> None:
    team.call("moe", "select annodesk.set_terms(%s, %s, 2, null)", PROJECT, team.people["ada"])
    claimed(team, "ada")
    assert reclaim(team, "ada", 1, "c1", "s1") == ""
    assert reclaim(team, "ada", 2, "c2", "s2") == "AN003"
    assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN003"


def test_without_a_quota_nobody_reclaims_more_a_day_than_they_may_hold(team: Team) -> None:
    admin(team, "update annodesk.project_rules set held_most = 2")
    assert [reclaim(team, "ada", n, f"c{n}", f"s{n}") for n in range(3)] == ["", "", "AN003"]


def test_a_reclaimed_task_has_no_place_until_one_is_free(team: Team) -> None:
    mine = claimed(team, "ben"), claimed(team, "cleo")
    assert mine[0][1] == mine[1][1] == f"t-{PROJECT}-0"
    assert reclaim(team, "ada", 0) == ""
    assert refused(team, "ada", "select annodesk.resume(%s, 'c')", PROJECT) == "AN009"
    team.call("ben", "select annodesk.give_back(%s, %s)", PROJECT, [mine[0][0]])
    team.call("ada", "select annodesk.resume(%s, 'c')", PROJECT)
    assert holders(team, mine[0][1]) == 2


def test_nothing_is_reclaimed_of_what_one_has_held(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("ada", "select annodesk.skip(%s, %s, 'bad sound', '')", PROJECT, held[0])
    assert reclaim(team, "ada", 0) == "AN009"


# Many at once, each a process of its own


def _play(url: str, seed: int, rounds: int, out: Any) -> None:
    """Take, give back, skip, let expire, hand in, recall, go on, reclaim: whatever comes."""
    rng, taken, strange = random.Random(seed), [], []
    tasks = [f"t-{PROJECT}-{n}" for n in range(3)]
    with psycopg.connect(url, password=PASSWORD, autocommit=True) as db:
        for n in range(rounds):
            mine = [row[0] for row in db.execute("select id from annodesk.claim").fetchall()]
            one = rng.choice(mine) if mine else "none"
            ask, values = rng.choice((
                ("select slot from annodesk.claim(%s) slot", (PROJECT,)),
                ("select slot from annodesk.claim(%s) slot", (PROJECT,)),
                ("select annodesk.give_back(%s, %s)", (PROJECT, [one])),
                ("select annodesk.give_back(%s, %s)", (PROJECT, mine)),
                ("select annodesk.resume(%s, %s)", (PROJECT, one)),
                ("select annodesk.submit(%s, %s, null, 'd')", (PROJECT, one)),
                ("select annodesk.recall(%s, %s)", (PROJECT, one)),
                ("select annodesk.ask_question(%s, %s, %s)",
                 (PROJECT, one, Json({"id": f"q{seed}-{n % 5}", "words": "which?"}))),
                ("select annodesk.withdraw_question(%s, %s, %s)", (PROJECT, one, f"q{seed}-{n % 5}")),
                ("select annodesk.renew(%s, %s, 1)", (PROJECT, mine)),
                ("select annodesk.unpack(%s, %s)", (PROJECT, mine)),
                ("select annodesk.reclaim(%s, %s, %s, %s, 1)",
                 (PROJECT, rng.choice(tasks), f"c{seed}-{n}", f"s{seed}-{n}")),
            ))  # fmt: skip
            try:
                found = db.execute(ask, values).fetchall()
                if found and ".claim(" in ask:
                    taken.append(str(found[0][0]))
            except psycopg.Error as error:
                if not (error.sqlstate or "").startswith("AN") and error.sqlstate != "42501":
                    strange.append(f"{error.sqlstate} {ask}: {error}")
    out.put((seed, len(taken), strange))


def _expire(url: str, rounds: int, out: Any) -> None:
    """Time passes for somebody, and for all; the coordinator cleans up. After each step the invariant is looked at."""
    rng, wrong = random.Random(1), []
    with psycopg.connect(url, autocommit=True) as db:
        for _ in range(rounds):
            where = "true" if rng.random() < 0.1 else "random() < 0.3"
            # In the order in which the server itself locks many, so that no two wait for each other.
            db.execute(
                f"with chosen as materialized"
                f" (select id from annodesk.claim where {where} order by id for no key update)"
                " update annodesk.claim c set lease_until_us = annodesk.now_us() - 1 from chosen where c.id = chosen.id"
            )
            db.execute("select annodesk.free_expired(%s, 10)", (PROJECT,))
            wrong += look(db)
    out.put((0, 0, wrong))


def look(db: psycopg.Connection[Row]) -> list[str]:
    """What is not as it must always be: who holds a task has one of its places, which are as many as its overlap."""
    rows = db.execute(
        "select c.id, c.state, count(s.id), p.overlap,"
        " (select count(*) from annodesk.slot o where o.task_id = c.task_id),"
        " (select count(*) from annodesk.claim h where h.task_id = c.task_id"
        "   and h.state in ('leased', 'parked', 'returned')) as holders"
        " from annodesk.claim c join annodesk.task_plan p on p.task_id = c.task_id"
        " left join annodesk.slot s on s.claim_id = c.id group by 1, 2, 4, c.task_id"
    ).fetchall()
    wrong = []
    for claim, now, places, overlap, all_places, held in rows:
        # Late work above the overlap is handed in, and recalled, without a place.
        fits = {"expired": (0,), "skipped": (0,), "submitted": (0, 1), "recalled": (0, 1)}.get(now, (1,))
        if places not in fits or all_places != overlap or held > overlap:
            wrong.append(f"{claim} {now}: {places} places of {all_places}, {held} holders, overlap {overlap}")
    return wrong


def test_processes_that_do_everything_at_once_never_hold_more_than_there_is(team: Team) -> None:
    run = multiprocessing.get_context("spawn")
    out, seed = run.Queue(), int(os.environ.get("ANNODESK_SEED", "0")) or random.SystemRandom().randrange(10**6)
    print(f"ANNODESK_SEED={seed}")
    # Two machines of each person.
    names = [name for name in ANNOTATORS for _ in range(2)]
    url = {name: team.server.url(team.login(name), team.database) for name in names}
    players = [run.Process(target=_play, args=(url[name], seed + n, 120, out)) for n, name in enumerate(names)]
    players.append(run.Process(target=_expire, args=(team.server.url(database=team.database), 120, out)))
    for one in players:
        one.start()
    said = [out.get(timeout=120) for _ in players]
    for one in players:
        one.join()
    assert [strange for _, _, strange in said if strange] == []
    assert sum(taken for _, taken, _ in said) > 30, "so many places were really taken"
    with team.administrator() as db:
        assert look(db) == []


def _take_all(url: str, project: str, out: Any) -> None:
    got: list[str] = []
    with psycopg.connect(url, password=PASSWORD, autocommit=True) as db:
        empty = 0
        while empty < 3:
            row = db.execute("select task_id from annodesk.claim(%s)", (project,)).fetchone()
            got += [str(row[0])] if row else []
            empty = 0 if row else empty + 1
    out.put(got)


def test_two_clients_never_get_the_same_place(postgres: PrivateServer) -> None:
    with made_team(postgres, items=30) as team:
        run = multiprocessing.get_context("spawn")
        out = run.Queue()
        urls = [team.server.url(team.login(name), team.database) for name in ANNOTATORS for _ in range(2)]
        clients = [run.Process(target=_take_all, args=(url, PROJECT, out)) for url in urls]
        for one in clients:
            one.start()
        got = Counter(task for _ in clients for task in out.get(timeout=120))
        for one in clients:
            one.join()
        assert set(got.values()) == {2}, "each task as often as it has places"
        assert len(got) == 30
        places = "select count(claim_id), count(distinct claim_id) from annodesk.slot where project_id = %s"
        assert admin(team, places, PROJECT) == [(60, 60)]


def _take_one(url: str, out: Any) -> None:
    with psycopg.connect(url, password=PASSWORD, autocommit=True) as db:
        for _ in range(5):
            try:
                db.execute("select * from annodesk.claim(%s)", (PROJECT,))
            except psycopg.Error as error:
                out.put(error.sqlstate)
                return
    out.put("none")


def test_a_quota_holds_for_all_machines_of_a_person_together(postgres: PrivateServer) -> None:
    with made_team(postgres, items=10) as team:
        team.call("moe", "select annodesk.set_terms(%s, %s, 3, null)", PROJECT, team.people["ada"])
        run = multiprocessing.get_context("spawn")
        out = run.Queue()
        url = team.server.url(team.login("ada"), team.database)
        machines = [run.Process(target=_take_one, args=(url, out)) for _ in range(4)]
        for one in machines:
            one.start()
        assert {out.get(timeout=60) for _ in machines} == {"AN003"}
        for one in machines:
            one.join()
        assert admin(team, "select count(*) from annodesk.claim") == [(3,)]
