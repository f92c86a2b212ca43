"""Others' work on an item is shown once it is settled for a person, where the project allows it, and goes again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.model.annotations import AuthorKind
from annodesk.services.worker import Worker
from annodesk.store import journal, remote
from tests.sync.computers import Computer, admin, with_password
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres
Desk = Callable[..., Computer]


def work(team: Team) -> None:
    Worker(remote.read_address(with_password(team.server.url(team.login("work"), team.database)))).once()


def same_task(*people: Computer) -> str:
    """Let people label one task alike and hand it in; returns its id."""
    (task,) = {one.take() for one in people}
    for one in people:
        one.finish(task)
        one.sync()
    return task


def others(one: Computer, task: str) -> list[tuple[AuthorKind, str]]:
    with one.services.file.read() as db:
        return [(s.author.kind, s.author.id) for s in journal.sets_of_task(db, task) if s.author.id != one.me]


def test_what_a_colleague_said_is_shown_once_it_is_settled_and_without_a_name(desk: Desk, team: Team) -> None:
    ada, ben, cleo = desk("ada"), desk("ben"), desk("cleo")
    task = same_task(ada, ben)
    ada.sync()
    assert others(ada, task) == [], "not before it is settled"
    work(team)
    for one in (ada, ben, cleo):
        one.sync()
    found = others(ada, task)
    assert {kind for kind, _ in found} == {AuthorKind.PERSON, AuthorKind.CONSENSUS}
    assert not {name for _, name in found} & set(team.people.values())
    shown = ada.open(task)
    assert [lane.title for lane in shown.others] in (["A", "what stands"], ["B", "what stands"])
    assert len(shown.others[0].annotations) > 0
    assert cleo.count("annotation_set") == 0, "somebody who did not label it is shown nothing"
    team.call("ana", "select annodesk.reopen(%s, %s, 'the end')", PROJECT, task.removeprefix("t-"))
    ada.sync()
    assert others(ada, task) == []
    assert ada.open(task).others == ()


def test_where_the_project_never_shows_it_nothing_comes(desk: Desk, team: Team) -> None:
    admin(team, "update annodesk.project_rules set see_others = 'never'")
    ada, ben = desk("ada"), desk("ben")
    task = same_task(ada, ben)
    work(team)
    ada.sync()
    assert others(ada, task) == []


def test_the_models_answer_is_not_told_this_way_where_it_is_never_shown(desk: Desk, team: Team) -> None:
    ada, ben = desk("ada"), desk("ben")
    task = same_task(ada, ben)
    made = (
        "insert into annodesk.annotation_set (project_id, id, task_id, author_kind, author_id, round, project_version,"
        " made_at_us) values (%s, 'model-x', %s, 'model', 'm', 1, 1, 1)"
    )
    admin(team, made, PROJECT, task)
    work(team)
    asked = "select author_kind from annodesk.read_work(%s, %s)"
    item = task.removeprefix("t-")
    told = {row[0] for row in team.call("ada", asked, PROJECT, item)}
    assert "person" in told
    assert "model" not in told
    assert "model" in {row[0] for row in team.call("moe", asked, PROJECT, item)}
