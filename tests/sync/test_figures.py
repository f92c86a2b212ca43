"""The team's figures reach the workstations of those who may see them, and of nobody else."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from annodesk.services.worker import Worker
from annodesk.store import remote
from tests.sync.computers import Computer, admin, with_password
from tests.team import PROJECT, Team

pytestmark = pytest.mark.postgres


def work(team: Team) -> None:
    Worker(remote.read_address(with_password(team.server.url(team.login("work"), team.database)))).once()


def test_a_managers_file_shows_the_work_of_the_whole_team(desk: Callable[..., Computer], team: Team) -> None:
    moe, ada, ben = desk("moe"), desk("ada"), desk("ben")
    moe.sync()
    admin(team, "delete from annodesk.score")
    for one in (ada, ben):
        one.finish(one.take())
        one.sync()
    admin(team, "delete from annodesk.offer_rank")
    work(team)
    moe.sync()
    (found,) = moe.services.dashboard.status()
    assert {name: found[name] for name in ("items", "settled", "done", "escalated")} in (
        {"items": 3, "settled": 1, "done": 1, "escalated": 0},
        {"items": 3, "settled": 0, "done": 0, "escalated": 0},
    )
    team_figures = moe.services.dashboard.team(PROJECT)
    assert team_figures is not None
    assert sum(team_figures.items.values()) == 3
    admin(team, "update annodesk.item_state set state = 'escalated' where item_id = %s", f"{PROJECT}-2")
    admin(team, "insert into annodesk.recount (project_id, item_id) values (%s, %s)", PROJECT, f"{PROJECT}-2")
    admin(team, "update annodesk.duty set done_at_us = 0")
    work(team)
    changed = moe.sync().changes
    assert "figures" in {kind.value for kind in changed.kinds}
    assert moe.services.dashboard.status()[0]["escalated"] == 1


def test_an_annotators_file_holds_no_figures(desk: Callable[..., Computer], team: Team) -> None:
    ada, ana = desk("ada"), desk("ana")
    work(team)
    ada.sync()
    ana.sync()
    assert ada.count("figure") == 0
    assert ada.services.dashboard.team(PROJECT) is None
    assert ana.count("figure") > 0
