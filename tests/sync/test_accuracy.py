"""How often answers meet confirmed ones, in a team: an analyst asks the server, and nobody else is told."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import WorkflowError
from annodesk.services.accuracy import PersonAccuracy
from annodesk.services.own_accuracy import NOT_YET
from annodesk.store.line import Refused
from tests.sync.computers import Computer
from tests.sync.test_others import same_task, work
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]


def of_everybody(ana: Computer) -> dict[str, PersonAccuracy]:
    return {one.person_id: one for one in ana.services.accuracy.of_people(PROJECT, ana.me)}


def test_an_analyst_is_told_by_the_server_whose_answers_met_a_reference(desk: Desk, team: Team) -> None:
    ada, ben, ana = desk("ada"), desk("ben"), desk("ana")
    item = same_task(ada, ben).removeprefix("t-")
    work(team)
    ana.sync()
    assert {one.whole.n for one in of_everybody(ana).values()} == {0}
    with team.administrator() as db:
        db.execute("delete from annodesk.reference_item")
        answer = db.execute(
            "select l.set_id from annodesk.settlement l join annodesk.task k on k.id = l.task_id where k.item_id = %s",
            [item],
        ).fetchone()
        assert answer is not None
        db.execute(
            "insert into annodesk.reference_item (project_id, item_id, is_hidden, set_id, confirmed_by, made_at_us)"
            " values (%s, %s, true, %s, %s, 1)",
            [PROJECT, item, answer[0], team.people["ann"]],
        )
    found = of_everybody(ana)
    assert {one: (found[one].whole.n, found[one].whole.right) for one in (ada.me, ben.me)} == {
        ada.me: (1, 1),
        ben.me: (1, 1),
    }


@pytest.mark.parametrize("name", ["ada", "moe"])
def test_whoever_is_no_analyst_is_told_so(desk: Desk, name: str) -> None:
    one = desk(name)
    one.sync()
    with pytest.raises(WorkflowError, match="Only analysts"):
        one.services.accuracy.of_people(PROJECT, one.me)


def test_an_annotator_is_told_that_nothing_is_counted_yet_and_whoever_does_not_annotate_is_refused(desk: Desk) -> None:
    ada, moe = desk("ada"), desk("moe")
    ada.sync()
    moe.sync()
    assert ada.services.accuracy.own(PROJECT, ada.me).reason == NOT_YET
    with pytest.raises(Refused, match="may not do this"):
        moe.services.accuracy.own(PROJECT, moe.me)
