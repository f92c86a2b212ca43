"""What the server itself heeds of routing: languages, pins, pauses, hours, and what a person does not work with."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Json

from annodesk.store.private_server import PrivateServer
from tests.store.shared.test_work import admin, claimed, refused
from tests.team import PROJECT, Team, made_team

OTHER_LANGUAGE = "not in a language I work in"
FIRST, SECOND = f"t-{PROJECT}-0", f"t-{PROJECT}-1"


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    """A team of this test alone."""
    with made_team(postgres, items=3) as made:
        yield made


def know(team: Team, name: str, skill: str) -> None:
    admin(team, "insert into annodesk.person_skill values (%s, %s, 1)", team.people[name], skill)


def skip(team: Team, name: str, held: Any, note: str = "") -> None:
    team.call(name, "select annodesk.skip(%s, %s, %s, %s)", PROJECT, held[0], OTHER_LANGUAGE, note)


def all_of(team: Team, name: str) -> list[str]:
    found = []
    while (held := team.claim(name)) is not None:
        found.append(held[1])
    return found


def test_what_an_earlier_draw_took_stays_taken_and_becomes_as_probable_as_what_a_later_one_takes(team: Team) -> None:
    ids = [row[0] for row in admin(team, "select id from annodesk.item where project_id = %s order by id", PROJECT)]
    first, second = ids[:2]
    for taken, p, how in ((first, 0.4, "random"), (second, 0.5, "uncertainty")):
        rows = [{"item_id": one, "probability": p, "is_drawn": one == taken} for one in (first, second)]
        (count,) = team.call("moe", "select annodesk.record_draw(%s, %s, %s)", PROJECT, Json(rows), how)[0]
        assert count == 1, "only what this draw takes"
    found = admin(team, "select item_id, probability, is_drawn, how from annodesk.sampled order by item_id")
    assert [(i, round(p, 9), d, how) for i, p, d, how in found] == [
        (first, 0.7, True, "random"), (second, 0.7, True, "uncertainty"),
    ]  # fmt: skip


def test_a_task_in_another_language_goes_to_whoever_knows_it(team: Team) -> None:
    know(team, "ada", "en")
    know(team, "ben", "en")
    know(team, "cleo", "pt")
    held = claimed(team, "ada")
    skip(team, "ada", held, " PT ")
    assert held[1] not in all_of(team, "ben")
    assert held[1] in all_of(team, "cleo")


def test_metadata_that_postgresql_cannot_tell_as_text_keeps_nobody_from_work(team: Team) -> None:
    strange = '{"language": "en", "sensitive": "violence", "note": "a\\u0000b", "half": "\\ud83d"}'
    admin(team, "update annodesk.item set metadata = %s::json", strange)
    admin(team, "update annodesk.project_rules set sensitive_minutes = 60")
    team.call("ben", "select annodesk.set_declined(%s, %s)", PROJECT, ["violence"])
    know(team, "cleo", "pt")
    held = claimed(team, "ada")
    skip(team, "ada", held, "pt")
    assert held[1] in all_of(team, "cleo")


def test_a_task_in_a_language_nobody_named_goes_to_whoever_knows_another(team: Team) -> None:
    know(team, "ada", "en")
    know(team, "ben", "en")
    know(team, "cleo", "en")
    know(team, "cleo", "sv")
    held = claimed(team, "ada")
    skip(team, "ada", held, "something with å")
    assert held[1] not in all_of(team, "ben")
    assert held[1] in all_of(team, "cleo")


def test_a_task_that_is_kept_for_a_person_comes_to_them_first_and_to_nobody_else(team: Team) -> None:
    team.call("moe", "select annodesk.assign_task(%s, %s, %s, false)", PROJECT, SECOND, team.people["ben"])
    assert SECOND not in all_of(team, "ada")
    assert claimed(team, "ben")[1] == SECOND


def test_a_paused_task_is_given_to_nobody(team: Team) -> None:
    team.call("moe", "select annodesk.assign_task(%s, %s, null, true)", PROJECT, FIRST)
    assert FIRST not in all_of(team, "ada")
    team.call("moe", "select annodesk.assign_task(%s, %s, null, false)", PROJECT, FIRST)
    assert FIRST in all_of(team, "ada")


def test_a_task_is_taken_from_who_holds_it_for_good(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("moe", "select annodesk.reassign(%s, %s, %s)", PROJECT, held[0], team.people["ben"])
    assert claimed(team, "ben")[1] == held[1]
    assert held[1] not in all_of(team, "ada")
    assert refused(team, "ada", "select annodesk.resume(%s, %s)", PROJECT, held[0]) == "AN009"
    assert team.submit("ada", held) == "late", "what was done is kept"


def test_a_paused_member_keeps_what_they_hold_and_gets_nothing_new(team: Team) -> None:
    held = claimed(team, "ada")
    team.call("moe", "select annodesk.pause_member(%s, %s, true)", PROJECT, team.people["ada"])
    assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN001"
    assert team.submit("ada", held) == "submitted"


@pytest.mark.parametrize(("ahead_min", "is_open"), [(0, True), (-240, False), (240, False)])
def test_nothing_is_given_out_outside_of_a_persons_hours(team: Team, ahead_min: int, is_open: bool) -> None:
    """Two hours around now, by a clock that is right, four hours behind, or four ahead."""
    with team.connect("ada") as db:
        row = db.execute("select (annodesk.now_us() / 60000000 %% 1440)::int", ()).fetchone()
    assert row is not None
    minute = int(str(row[0]))
    begins, ends = (minute - 60) % 1440, (minute + 60) % 1440 or 1440
    me = team.people["ada"]
    team.call("ada", "select annodesk.set_hours(%s, %s, %s, %s, 127, %s)", PROJECT, me, begins, ends, ahead_min)
    if is_open:
        assert team.claim("ada") is not None
    else:
        assert refused(team, "ada", "select * from annodesk.claim(%s)", PROJECT) == "AN001"


def test_what_a_person_does_not_work_with_is_not_given_to_them(team: Team) -> None:
    described = '{"sensitive": "Violence; medical"}'
    admin(team, "update annodesk.item set metadata = %s where id = %s", described, f"{PROJECT}-0")
    team.call("ada", "select annodesk.set_declined(%s, array['violence'])", PROJECT)
    assert FIRST not in all_of(team, "ada")
    assert FIRST in all_of(team, "ben")


def test_only_a_manager_keeps_pauses_and_takes_away(team: Team) -> None:
    me = team.people["ada"]
    for asked in (
        f"select annodesk.assign_task('{PROJECT}', '{FIRST}', '{me}', false)",
        f"select annodesk.pause_member('{PROJECT}', '{team.people['ben']}', true)",
        f"select annodesk.set_hours('{PROJECT}', '{team.people['ben']}', 0, 1, 1, 0)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            team.call("ada", asked)


def test_a_task_is_kept_for_annotators_of_the_project_alone(team: Team) -> None:
    assert refused(team, "moe", "select annodesk.assign_task(%s, %s, %s, false)", PROJECT, FIRST, "nobody") == "AN045"
    assert refused(team, "moe", "select annodesk.assign_task(%s, %s, null, true)", PROJECT, "t-none") == "AN009"
