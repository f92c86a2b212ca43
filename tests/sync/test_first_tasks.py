"""A newcomer's first task in a team: given by the server, handed in, and told how it went at their workstation."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from psycopg.types.json import Json

from annodesk.model.annotations import Answer, Segment, answer_id, element_to_json
from annodesk.model.ids import new_id
from annodesk.store import tasks
from tests.sync.computers import LENGTH_US, Computer, admin
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]
TASK = f"t-{PROJECT}-1"


def make_open_reference(team: Team, label: str) -> None:
    """The second item has one label throughout, settled by Ana and confirmed since."""
    answer = (
        Segment(new_id(), "content", 0, LENGTH_US, (label,)),
        Answer(answer_id("policy"), "policy", ("none",)),
    )
    body = {"author": "", "elements": [element_to_json(one) for one in answer]}
    for statement, *values in (
        ("insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round, project_version,"
         " made_at_us) values (%s, 'answer', %s, 'adjudicator', %s, 1, 1, 1)", PROJECT, TASK, team.people["ana"]),
        ("insert into annodesk.set_snapshot (project_id, set_id, number, body, digest, edits)"
         " values (%s, 'answer', 1, %s, 'd', 0)", PROJECT, Json(body)),
        ("update annodesk.item_state set state = 'settled' where item_id = %s", f"{PROJECT}-1"),
        ("insert into annodesk.reference_item (project_id, item_id, is_hidden, set_id, made_at_us)"
         " values (%s, %s, false, 'answer', 2)", PROJECT, f"{PROJECT}-1"),
    ):  # fmt: skip
        admin(team, statement, *values)


@pytest.mark.parametrize(("label", "is_right"), [("speech", True), ("music", False)])
def test_how_it_went_is_told_once_it_is_handed_in(desk: Desk, team: Team, label: str, is_right: bool) -> None:
    make_open_reference(team, label)
    ada = desk("ada")
    task = ada.take()
    assert task == TASK
    work = ada.finish(task)
    set_id = work.session.annotations.id
    onboarding = ada.services.onboarding
    assert onboarding.waits_for_server(set_id)
    told = onboarding.feedback_of_team(set_id)
    assert told is not None
    assert (told.is_right, told.left) == (is_right, 0)
    assert any("you said speech; it is music" in one for one in told.sentences) is not is_right
    with ada.services.file.read() as db:
        assert tasks.view_of(db, set_id).independent_until_us is not None
    assert admin(team, "select count(*) from annodesk.sight where item_id = %s", f"{PROJECT}-1") == [(1,)]


def test_of_ordinary_work_nothing_is_told(desk: Desk) -> None:
    ada = desk("ada")
    work = ada.finish(ada.take())
    assert ada.services.onboarding.feedback_of_team(work.session.annotations.id) is None
