"""How a team agrees, measured on a workstation from what the server tells; and thresholds that travel with sync."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.errors import AnnodeskError
from annodesk.store.line import Unreachable
from tests.proxy import Line
from tests.sync.computers import Computer, admin
from tests.sync.test_others import same_task, work
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]


def test_an_analyst_measures_the_whole_team_without_a_set_on_their_computer(desk: Desk, team: Team) -> None:
    ada, ben, ana = desk("ada"), desk("ben"), desk("ana")
    same_task(ada, ben)
    work(team)
    ana.sync()
    report = ana.services.quality.agreement(PROJECT, ana.me)
    content = next(part for part in report.parts if part.part == "content")
    assert report.is_whole
    assert content.people is not None
    assert (content.people.whole.items, content.people.whole.percent) == (1, 1.0)
    assert content.scores == (1.0,)
    with ana.services.file.read() as db:
        assert db.exec_driver_sql("select count(*) from tally").scalar() == 0


def test_a_manager_of_few_is_told_scores_alone(desk: Desk, team: Team) -> None:
    ada, ben, moe = desk("ada"), desk("ben"), desk("moe")
    same_task(ada, ben)
    work(team)
    for name in ("max", "ann"):
        leave = "delete from annodesk.membership where project_id = %s and person_id = %s and role = 'annotator'"
        admin(team, leave, PROJECT, team.people[name])
    moe.sync()
    report = moe.services.quality.agreement(PROJECT, moe.me)
    content = next(part for part in report.parts if part.part == "content")
    assert (report.is_whole, content.people, content.scores) == (False, None, (1.0,))


def test_without_a_connection_it_says_so_and_does_not_wait(desk: Desk, team: Team, bad_line: Line) -> None:
    url = f"postgresql://{team.login('ana')}@127.0.0.1:{bad_line.port}/{team.database}"
    ana = desk("ana", url=url, limit_s=2.0)
    ana.sync()
    bad_line.close()
    with pytest.raises(AnnodeskError) as told_to:
        ana.services.quality.agreement(PROJECT, ana.me)
    assert isinstance(told_to.value, Unreachable)
    assert told_to.value.sentence


def test_thresholds_that_a_manager_sets_reach_the_team_both_of_them(desk: Desk, team: Team) -> None:
    moe, ana = desk("moe"), desk("ana")
    moe.sync()
    ana.sync()
    projects = moe.services.projects
    first = projects.set_threshold(PROJECT, moe.me, 0.8, part="content")
    second = projects.set_threshold(PROJECT, moe.me, 0.6)
    assert first.info.is_waiting
    assert second.info.is_waiting
    moe.sync()
    ana.sync()
    now = ana.services.projects.get(PROJECT).project
    assert (now.schema.tier("content").escalate_below, now.workflow.escalate_below) == (0.8, 0.6)
    projects.set_threshold(PROJECT, moe.me, first.before, part="content")
    moe.sync()
    ana.sync()
    assert ana.services.projects.get(PROJECT).project.schema.tier("content").escalate_below is None
    assert admin(team, "select max(version) from annodesk.project_version where project_id = %s", PROJECT)[0][0] >= 3


@pytest.mark.parametrize("name", ["ana", "ada"])
def test_nobody_else_sets_a_threshold_in_a_team(desk: Desk, name: str) -> None:
    one = desk(name)
    one.sync()
    assert not one.services.projects.may_set(PROJECT, one.me)
    with pytest.raises(AnnodeskError, match="by the project's manager"):
        one.services.projects.set_threshold(PROJECT, one.me, 0.5)


def test_who_labels_sees_in_a_team_how_near_their_answers_come_to_what_stands(desk: Desk, team: Team) -> None:
    ada, ben = desk("ada"), desk("ben")
    same_task(ada, ben)
    ada.sync()
    before = ada.services.quality.own(PROJECT, ada.me)
    assert before.parts == ()
    work(team)
    ada.sync()
    own = ada.services.quality.own(PROJECT, ada.me)
    assert {part.part: part.scores for part in own.parts}["content"] == (1.0,)
    with pytest.raises(AnnodeskError, match="for the analysts"):
        ada.services.quality.agreement(PROJECT, ada.me)
