"""What a project does not keep of people never gets into its tables, however it is sent; the work itself does."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from psycopg.types.json import Json

from annodesk.model.edits import Edit
from annodesk.model.shown import How, Played, Shown, ShownNote, from_note, to_note
from annodesk.store import shared
from annodesk.store.additions import add_what_is_missing
from annodesk.store.private_server import PrivateServer
from tests.store.shared.attacks import push
from tests.store.shared.test_work import admin, claimed
from tests.team import OTHER, PROJECT, Row, Team, edit_json, made_team

DAY_US = 86_400_000_000
NOTED = ShownNote("s", "before", (Shown("a", How.OWN, 7, Played.ALL), Shown("b", How.REFUSED, 9, Played.NONE)))


@pytest.fixture
def team(postgres: PrivateServer) -> Iterator[Team]:
    """A team of this test alone."""
    with made_team(postgres, items=2) as made:
        yield made


def keep(team: Team, **rules: object) -> None:
    """What a manager's new version of the project says."""
    team.call(
        "moe",
        "select annodesk.add_version(%s, %s, '', '{}', '', null, 'settled', 'before', 24, 7, rules => %s)",
        *(PROJECT, str(rules), Json(rules)),
    )


def sent(team: Team, note: dict[str, Any]) -> Row:
    """An Edit as it stands in the tables after it was pushed: body, elapsed time, when it was made, offset, arrival."""
    one = edit_json() | {"made_at_us": 3 * DAY_US + 5, "server_offset_us": 4}
    one["body"] = {"verb": "add", "changes": [{"before": None, "after": {"start_us": 1.50}}], "note": note}
    held = claimed(team, "ada")
    ask = "select annodesk.submit(%s, %s, %s, 'digest', %s)"
    team.call("ada", ask, PROJECT, held[0], one["id"], Json([one]))
    (row,) = admin(
        team,
        "select body, elapsed_us, made_at_us, server_offset_us, received_at_us from annodesk.edit where id = %s",
        one["id"],
    )
    return row


def test_everything_is_kept_unless_it_is_switched_off(team: Team) -> None:
    body, *times, received_us = sent(team, {**to_note(NOTED), "tool": "pen"})
    assert from_note(body["note"]) == NOTED
    assert times == [5, 3 * DAY_US + 5, 4]
    assert received_us % DAY_US != 0


def test_what_was_played_is_left_out_and_the_rest_stays(team: Team) -> None:
    keep(team, records_played=False)
    body, *times, _ = sent(team, {**to_note(NOTED), "tool": "pen"})
    found = from_note(body["note"])
    assert found is not None
    assert [(one.how, one.in_view_us, one.played) for one in found.answered] == [
        (How.OWN, 7, None),
        (How.REFUSED, 9, None),
    ]
    assert body["note"]["tool"] == "pen"
    assert times == [5, 3 * DAY_US + 5, 4]


def test_what_was_done_with_suggestions_is_left_out_whole(team: Team) -> None:
    keep(team, records_suggestions=False)
    body, *_ = sent(team, {**to_note(NOTED), "tool": "pen"})
    assert body["note"] == {"tool": "pen"}
    assert body["changes"] == [{"before": None, "after": {"start_us": 1.5}}]


def test_of_times_only_days_are_left(team: Team) -> None:
    keep(team, records_times=False)
    body, elapsed_us, made_us, offset_us, received_us = sent(team, to_note(NOTED))
    found = from_note(body["note"])
    assert found is not None
    assert [(one.how, one.in_view_us, one.played) for one in found.answered] == [
        (How.OWN, None, Played.ALL),
        (How.REFUSED, None, Played.NONE),
    ]
    assert (elapsed_us, made_us, offset_us, received_us % DAY_US) == (0, 3 * DAY_US, None, 0)


def test_a_push_leaves_out_what_handing_in_leaves_out(team: Team) -> None:
    keep(team, records_times=False, records_suggestions=False)
    held = claimed(team, "ada")
    statement = push("{set}", "{ada}").replace("{P}", PROJECT).replace("{set}", held[2])
    statement = statement.replace("{ada}", team.people["ada"]).replace("'{}')", '\'{"note": {"suggestions": 5}}\')')
    team.call("ada", statement)
    assert team.call("ada", "select body, elapsed_us, made_at_us from annodesk.edit") == [({"note": {}}, 0, 0)]


@pytest.mark.parametrize("note", [None, 5, [], {"suggestions": None}, {"suggestions": {"answered": [1, {}]}}])
def test_no_strange_note_keeps_work_from_being_taken_in(team: Team, note: Any) -> None:
    keep(team, records_played=False, records_times=False)
    body, elapsed_us, *_ = sent(team, note)
    assert (body["verb"], elapsed_us) == ("add", 0)


def test_another_project_keeps_what_it_keeps(team: Team) -> None:
    keep(team, records_times=False)
    asked = "select records_times from annodesk.project_rules where project_id = %s"
    assert admin(team, asked, OTHER) == [(True,)]
    assert admin(team, asked, PROJECT) == [(False,)]


def test_a_version_that_says_nothing_of_it_changes_nothing_of_it(team: Team) -> None:
    keep(team, records_times=False, sensitive_minutes=30)
    older = "select annodesk.add_version(%s, 'f', '', '{}', '', null, 'settled', 'before', 24, 7, true, true)"
    team.call("moe", older, PROJECT)
    asked = "select records_times, sensitive_minutes from annodesk.project_rules where project_id = %s"
    assert admin(team, asked, PROJECT) == [(False, 30.0)]


def test_who_looked_is_told_to_everybody_but_themselves(team: Team) -> None:
    for kind in ("who takes what for what", "who takes what for what", "what Ada does not work with"):
        team.call("ana", "select annodesk.note_look(%s, %s)", PROJECT, kind)
    asked = "select name, kind, at_us > 0 from annodesk.looks_at_people(%s)"
    assert team.call("ada", asked, PROJECT) == [("Ana", "who takes what for what", True)]
    assert team.call("ana", asked, PROJECT) == []


def test_no_look_is_noted_where_they_are_not_kept(team: Team) -> None:
    keep(team, records_looks=False)
    team.call("ana", "select annodesk.note_look(%s, 'who takes what for what')", PROJECT)
    assert team.call("ada", "select * from annodesk.looks_at_people(%s)", PROJECT) == []


def test_a_database_of_before_is_brought_up_and_heeds_what_its_files_say(team: Team) -> None:
    """As it stood before: without the columns, with the function that took less, under the same revision."""
    said = "[prelabel]\nrecord_played = false\n[workflow]\nsensitive_minutes_a_day = 45\n"
    with team.admin.begin() as db:
        db.exec_driver_sql("drop table annodesk.look")
        for name in ("played", "suggestions", "times", "looks"):
            db.exec_driver_sql(f"alter table annodesk.project_rules drop column records_{name}")
        db.exec_driver_sql("alter table annodesk.project_rules drop column sensitive_minutes")
        db.exec_driver_sql("update annodesk.project_version set file = %s where project_id = %s", (said, PROJECT))
        assert shared.differences(db) != []
        assert shared.make(db) == shared.SHARED_HEAD
    asked = "select records_played, records_times, sensitive_minutes from annodesk.project_rules where project_id = %s"
    assert admin(team, asked, PROJECT) == [(False, True, 45.0)]
    assert admin(team, asked, OTHER) == [(True, True, None)]
    with team.admin.begin() as db:
        assert shared.differences(db) == []
        db.exec_driver_sql("set search_path = annodesk")
        db.exec_driver_sql("update project_rules set records_played = true")
        add_what_is_missing(db)
    assert admin(team, asked, PROJECT) == [(True, True, 45.0)], "what was set since is not set back"


def test_an_edit_is_what_a_program_reads_after_parts_were_left_out(team: Team) -> None:
    keep(team, records_suggestions=False, records_played=False, records_times=False)
    held = claimed(team, "ada")
    one = Edit(id="e", set_id=held[2], verb="x", changes=(), device="d", device_seq=1, note=to_note(NOTED))
    sent_one = edit_json() | {"id": "e", "body": one.body()}
    team.call("ada", "select annodesk.submit(%s, %s, 'e', 'd', %s)", PROJECT, held[0], Json([sent_one]))
    (row,) = team.call("ada", "select body from annodesk.edit where id = 'e'")
    assert row[0]["note"] == {}
    assert row[0]["verb"] == "x"


@pytest.mark.parametrize("sign", ["\0", "\ud83d", "\\", "\\u0000", "\U0001f600", '\\"\\u'])
def test_no_sign_keeps_work_from_being_taken_in_or_is_changed(team: Team, sign: str) -> None:
    keep(team, records_suggestions=False)
    held = claimed(team, "ada")
    body = {"verb": f"a{sign}b", sign: [sign], "note": {"suggestions": sign, "tool": sign}}
    statement = push("{set}", "{ada}").replace("{P}", PROJECT).replace("{set}", held[2])
    team.call("ada", statement.replace("{ada}", team.people["ada"]).replace("'{}')", "%s)"), Json(body))
    assert team.call("ada", "select body from annodesk.edit") == [({**body, "note": {"tool": sign}},)]
